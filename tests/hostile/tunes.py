"""MIDI files: cut off, endless, of one voice and of a hundred, and no MIDI at all."""

import random
import struct
from collections.abc import Sequence

import torch

from tests.hostile.corpus import Bad
from vae_core.kinds.notes.midi import MAX_BYTES, write_midi
from vae_core.kinds.notes.voices import SILENT

CHORD = torch.tensor([48, 60, 64, 72])
TUNE = CHORD.repeat(20, 1) + torch.arange(20)[:, None] % 5


def midi(*tracks: bytes, kind: int = 1, beat: int = 480, count: int | None = None) -> bytes:
    """A file of these tracks, whose header may count wrongly."""
    head = struct.pack(">4sIHHH", b"MThd", 6, kind, len(tracks) if count is None else count, beat & 0xFFFF)
    return head + b"".join(struct.pack(">4sI", b"MTrk", len(track)) + track for track in tracks)


def length(ticks: int) -> bytes:
    found = [ticks & 127]
    while ticks := ticks >> 7:
        found.insert(0, (ticks & 127) | 128)
    return bytes(found)


def sung(pitches: Sequence[int], channel: int = 0, ticks: int = 480) -> bytes:
    """A track of one note after the other."""
    return b"".join(
        b"\0" + bytes([0x90 | channel, pitch, 64]) + length(ticks) + bytes([0x80 | channel, pitch, 0])
        for pitch in pitches
    )


def files() -> list[Bad]:
    plain = write_midi(TUNE)
    draw = random.Random(0)
    melody = sung([60 + i % 12 for i in range(20)])
    held = b"".join(b"\0" + bytes([0x90 | c, p, 64]) for c in range(9) for p in range(128)) + length(480 * 4000)
    held += b"\x90\x01\0"
    good = {
        "plain.mid": plain,
        "one voice.mid": midi(melody),
        "one track.mid": midi(melody, kind=0),
        "no tempo.mid": midi(*(sung([p] * 20, c) for c, p in enumerate(CHORD.tolist()))),
        "a hundred voices.mid": midi(*(sung([40 + i % 40] * 20, i % 9) for i in range(100))),
        "chords in one track.mid": midi(
            b"".join(b"\0" + bytes([0x90, p, 64]) for p in (40, 50, 60, 65, 72)) + length(4800) + b"\x90\x28\0"
        ),
        "no end of track.mid": midi(melody, melody),
        "a note that never ends.mid": midi(melody + b"\0\x90\x40\x40" + length(9600) + b"\x90\x01\0"),
        "running status.mid": midi(b"\0\x90\x40\x40" + b"\x83\x60\x40\0\0\x40\x40" * 20),
        "one step.mid": write_midi(CHORD[None]),
        "very low and high.mid": midi(sung([0, 1, 126, 127] * 5), sung([127] * 20, 1)),
        "with drums.mid": midi(melody, sung([35] * 20, 9)),
        "held by all.mid": midi(held),
        "held everywhere.mid": midi(*[held] * (MAX_BYTES // len(held) - 1)),
        "many notes at once.mid": midi(b"\0\x90\x40\x40" + b"\1\x40\x40" * 45_000),
    }
    refused = {
        "empty.mid": (b"", "is not a MIDI file"),
        "text.mid": (b"C D E F G\n" * 20, "is not a MIDI file"),
        "a picture.mid": (b"\x89PNG\r\n\x1a\n" + bytes(50), "is not a MIDI file"),
        "riff.mid": (b"RIFF" + plain, "is not a MIDI file"),
        "header alone.mid": (plain[:14], "broken or cut off"),
        "half a header.mid": (plain[:9], "broken or cut off"),
        "cut off.mid": (plain[: len(plain) // 2], "broken or cut off"),
        "one byte less.mid": (plain[:-1], "broken or cut off"),
        "more tracks than there are.mid": (midi(melody, count=30_000), "broken or cut off"),
        "negative tracks.mid": (midi(melody, count=0xFFFF), "broken or cut off|no notes"),
        "four gigabytes of a track.mid": (midi(melody).replace(b"MTrk\0", b"MTrk\xff"), "broken or cut off"),
        "no tracks.mid": (midi(), "no notes"),
        "empty tracks.mid": (midi(*[b""] * 15_000), "no notes"),
        "ten hours.mid": (midi(sung([60] * 100, ticks=480 * 720)), "72,000 quarter notes; at most 4,096"),
        "longest ticks.mid": (midi(b"\0\x90\x40\x40\xff\xff\xff\x7f\x40\0" * 3), "quarter notes; at most"),
        "no beat.mid": (midi(melody, beat=0), "in frames of film, not in beats"),
        "film.mid": (midi(melody, beat=0xE728), "in frames of film, not in beats"),
        "several pieces.mid": (midi(melody, melody, kind=2), "several pieces"),
        "too large.mid": (plain + bytes(MAX_BYTES), "a MIDI file may have 150,000"),
        "drums alone.mid": (midi(sung([35] * 20, 9)), "drums, but no notes"),
        "nothing but pressure.mid": (midi(b"\0\xd0\x10" + b"\0\x10" * 70_000), "no notes"),
        "nothing but words.mid": (midi(b"\0\xff\x01\0" * 30_000), "no notes"),
        "long words.mid": (midi(b"\0\xff\x01\xff\xff\xff\x7f"), "broken or cut off"),
        "long system message.mid": (midi(b"\0\xf0\xff\xff\xff\x7f"), "broken or cut off"),
        "wrong key.mid": (midi(b"\0\xff\x59\x02\x7f\x7f" + melody), "broken or cut off"),
        "short tempo.mid": (midi(b"\0\xff\x51\x01\x01" + melody), "broken or cut off"),
        "data without a status.mid": (midi(b"\0\x40\x40" * 9), "broken or cut off"),
        "all between the beats.mid": (midi(b"\x64\x90\x40\x40\x64\x40\0"), "no note that sounds on a beat"),
        "silence.mid": (write_midi(torch.full((4, 4), SILENT)), "no notes"),
    }
    either = {
        "zeros.mid": b"MThd" + bytes(100),
        "noise.mid": b"MThd" + draw.randbytes(500),
        "noise in a track.mid": midi(draw.randbytes(5000)),
        "html.mid": midi(b"\0\xff\x03\x19<script>alert(1)</script>" + melody),
        "high data.mid": midi(b"\0\x90\xff\xff" + melody),
    }
    found = [Bad(name, content, "works") for name, content in good.items()]
    found += [Bad(name, *rest) for name, rest in refused.items()]
    return found + [Bad(name, content) for name, content in either.items()]
