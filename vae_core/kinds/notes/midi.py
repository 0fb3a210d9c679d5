"""MIDI files: from any of them to four voices in quarter notes, and back.

Which notes the four voices are is decided by a rule with a name (`RULES`), and what it leaves out is said.
"""

import io
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import mido
import numpy as np
import torch
from mido.midifiles.meta import KeySignatureError
from torch import Tensor

from vae_core.errors import UserError
from vae_core.kinds.notes.voices import SILENT, VOICES, Ranges

MAX_BYTES, MAX_STEPS = 150_000, 4096
"""Of a file, and of what is read of it in quarter notes: three quarters of an hour."""
DRUMS = 9
"""The channel whose numbers are drums, not pitches, counted from 0."""
TICKS = 480
RULES = {
    "parts": "the four parts that sound longest, the lowest as the bass",
    "outline": "at each beat the highest note as the soprano, the lowest as the bass, and two between them",
}
_MALFORMED = (OSError, EOFError, ValueError, LookupError, TypeError, struct.error, KeySignatureError)


@dataclass(frozen=True)
class Piece:
    """What was read: `pitches` int64 [steps, 4], SILENT for a rest; the `rule` by which the voices were found, a key of
    RULES; `said`, a sentence for each thing that was left out or changed."""

    pitches: Tensor
    rule: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class _Note:
    part: tuple[int, int]  # track, channel
    pitch: int
    start: int
    end: int


def read_midi(content: bytes, ranges: Ranges) -> Piece:
    """A MIDI file in four voices, a step a quarter note. UserError for a file that is none, is broken, is too large or
    too long, or has no notes."""
    file = _opened(content)
    beat = file.ticks_per_beat
    notes, drums = _notes(file)
    if not notes:
        raise UserError("That file has drums, but no notes." if drums else "That file has no notes.")
    last = max(note.end for note in notes)
    if last > beat * MAX_STEPS:
        raise UserError(
            f"That file lasts {-(-last // beat):,} quarter notes; at most {MAX_STEPS:,} are read: take a part of it."
        )
    said = []
    parts = Counter[tuple[int, int]]()
    for note in notes:
        parts[note.part] += note.end - note.start
    rule = "parts" if len(parts) >= len(VOICES) else "outline"
    if rule == "parts":
        chosen = [part for part, _ in sorted(parts.items(), key=lambda each: (-each[1], each[0]))[: len(VOICES)]]
        kept = _by_parts([note for note in notes if note.part in chosen], beat, -(-last // beat))
        if left := len(parts) - len(chosen):
            said.append(f"{left} more {'part is' if left == 1 else 'parts are'} left out.")
    else:
        kept = _outline(notes, beat, -(-last // beat))
        if ((kept != SILENT).sum(1) <= 1).all():
            said.append("It has one voice, which is the soprano: the others rest.")
    sounding = np.flatnonzero((kept != SILENT).any(1))
    if not len(sounding):
        raise UserError("That file has no note that sounds on a beat.")
    kept = kept[sounding[0] : sounding[-1] + 1]
    between = sum(-(-note.start // beat) * beat >= note.end for note in notes)
    if between:
        said.append(f"{between:,} notes that sound on no beat are left out: a step is a quarter note.")
    if drums:
        said.append(f"{drums:,} strokes of drums are left out.")
    if not any(message.type == "set_tempo" for track in file.tracks for message in track):
        said.append("It names no tempo, which you choose when you play it.")
    return _within(torch.from_numpy(kept), ranges, rule, said)


def _opened(content: bytes) -> mido.MidiFile:
    if len(content) > MAX_BYTES:
        raise UserError(f"That file has {len(content):,} bytes; a MIDI file may have {MAX_BYTES:,}.")
    if content[:4] != b"MThd":
        raise UserError("That is not a MIDI file (.mid).")
    try:
        file = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except _MALFORMED:
        raise UserError("That MIDI file is broken or cut off: save it again.") from None
    if file.ticks_per_beat <= 0:
        raise UserError("That MIDI file counts time in frames of film, not in beats: save it with beats.")
    if file.type == 2:
        raise UserError("That MIDI file holds several pieces (type 2): save one of them.")
    return file


def _notes(file: mido.MidiFile) -> tuple[list[_Note], int]:
    """The notes of a file, one that never ends until its track does, and the number of strokes of drums."""
    found, drums = [], 0
    for number, track in enumerate(file.tracks):
        now = 0
        open: dict[tuple[int, int], int] = {}
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            if message.channel == DRUMS:
                drums += message.type == "note_on" and message.velocity > 0
                continue
            key = (message.channel, message.note)
            if key in open:  # the same key pressed again ends what it began
                found.append(_Note((number, message.channel), message.note, open.pop(key), now))
            if message.type == "note_on" and message.velocity > 0:
                open[key] = now
        found += [_Note((number, channel), pitch, start, now) for (channel, pitch), start in open.items()]
    return [note for note in found if note.end > note.start], drums


def _sounding(notes: Iterable[_Note], beat: int, steps: int) -> np.ndarray:
    """Which pitches sound on each beat, bool [steps, 128]. Every note is one assignment, however long it lasts."""
    found = np.zeros((steps, 128), dtype=bool)
    for note in notes:
        found[-(-note.start // beat) : -(-note.end // beat), note.pitch] = True
    return found


def _highest(sounding: np.ndarray) -> np.ndarray:
    return np.where(sounding.any(1), 127 - sounding[:, ::-1].argmax(1), SILENT)


def _lowest(sounding: np.ndarray) -> np.ndarray:
    return np.where(sounding.any(1), sounding.argmax(1), SILENT)


def _by_parts(notes: Sequence[_Note], beat: int, steps: int) -> np.ndarray:
    """A voice a part, the lowest on average as the bass; of a chord in a part its highest note, in the bass its
    lowest."""
    total, lengths = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for note in notes:
        total[note.part] += note.pitch * (note.end - note.start)
        lengths[note.part] += note.end - note.start
    order = sorted(total, key=lambda part: (total[part] / lengths[part], part))
    each = [_sounding((note for note in notes if note.part == part), beat, steps) for part in order]
    return np.stack([(_highest if voice else _lowest)(own) for voice, own in enumerate(each)], 1)


def _outline(notes: Sequence[_Note], beat: int, steps: int) -> np.ndarray:
    """The outer notes of each chord as the outer voices, and of those between them the two nearest to the thirds."""
    found = np.full((steps, len(VOICES)), SILENT)
    for row, sounding in zip(found, _sounding(notes, beat, steps), strict=True):
        chord = np.flatnonzero(sounding)
        n = len(chord)
        places = {0: [], 1: [3], 2: [0, 3], 3: [0, 2, 3]}.get(n, [0, 1, 2, 3])
        row[places] = chord if n <= len(VOICES) else chord[[0, round((n - 1) / 3), round(2 * (n - 1) / 3), n - 1]]
    return found


def _within(pitches: Tensor, ranges: Ranges, rule: str, said: list[str]) -> Piece:
    """Pitches outside their voice's range are moved by octaves, or left out where no octave is within it."""
    low, high = torch.tensor(ranges.low), torch.tensor(ranges.high)
    sung = pitches != SILENT
    up = torch.div(low - pitches + 11, 12, rounding_mode="floor").clamp(min=0)
    down = torch.div(pitches - high + 11, 12, rounding_mode="floor").clamp(min=0)
    moved = pitches + 12 * (up - down)
    fits = (moved >= low) & (moved <= high)
    if n := int((sung & fits & (moved != pitches)).sum()):
        said = [*said, f"{n:,} notes lie outside their voice's range and are moved by octaves."]
    if n := int((sung & ~fits).sum()):
        said = [*said, f"{n:,} notes lie outside their voice's range and are left out."]
    return Piece(torch.where(sung & fits, moved, SILENT), rule, tuple(said))


def write_midi(pitches: Tensor, tempo: float = 84.0) -> bytes:
    """Pitches [steps, 4], SILENT for a rest, as a MIDI file of type 1: a track a voice, the highest first."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))]))
    for voice in reversed(range(len(VOICES))):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=VOICES[voice])])
        file.tracks.append(track)
        before, waited = SILENT, 0
        for pitch in [*pitches[:, voice].tolist(), None]:
            if pitch != before:
                if before != SILENT:
                    track.append(mido.Message("note_off", channel=voice, note=before, time=waited))
                    waited = 0
                if pitch not in (SILENT, None):
                    track.append(mido.Message("note_on", channel=voice, note=pitch, velocity=80, time=waited))
                    waited = 0
                before = pitch
            waited += TICKS
        track.append(mido.MetaMessage("end_of_track", time=waited - TICKS))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()
