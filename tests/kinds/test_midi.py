"""MIDI files: which notes become the four voices, what is said of the rest, and what is refused."""

import random
import re

import pytest
import torch

from tests.hostile.tunes import files, midi, sung
from vae_core.errors import UserError
from vae_core.kinds.notes.midi import Piece, read_midi, write_midi
from vae_core.kinds.notes.voices import SILENT, Ranges

RANGES = Ranges((31, 45, 48, 54), (67, 74, 79, 84), (2, 39, 69, 101))
NO_TEMPO = "It names no tempo, which you choose when you play it."


def read(content: bytes) -> Piece:
    return read_midi(content, RANGES)


def test_what_is_written_is_read_again():
    draw = random.Random(0)
    tune = torch.tensor(
        [[draw.choice([SILENT, *range(center - 3, center + 4)]) for center in (48, 58, 66, 76)] for _ in range(40)]
    )
    tune[0] = tune[-1] = torch.tensor([48, 60, 64, 72])  # silence around a piece is not part of it
    piece = read(write_midi(tune))
    assert torch.equal(piece.pitches, tune) and piece.rule == "parts" and piece.said == ()


def test_of_many_parts_the_longest_four_are_the_voices_the_lowest_as_the_bass():
    parts = [sung([72] * 4, 0), sung([48] * 4, 1), sung([90] * 2, 2), sung([60] * 4, 3), sung([66] * 4, 4)]
    piece = read(midi(*parts, sung([35] * 4, 9)))
    assert piece.pitches.tolist() == [[48, 60, 66, 72]] * 4 and piece.rule == "parts"
    assert piece.said == ("1 more part is left out.", "4 strokes of drums are left out.", NO_TEMPO)


def chord(*pitches: int) -> bytes:
    begin = b"".join(b"\0" + bytes([0x90, pitch, 64]) for pitch in pitches)
    return begin + b"".join((b"\x83\x60" if i == 0 else b"\0") + bytes([0x80, p, 0]) for i, p in enumerate(pitches))


def test_of_fewer_parts_the_outline_of_each_chord_is_taken():
    content = midi(chord(48, 52, 55, 60, 64, 72) + chord(48, 60, 64) + chord(48, 72) + chord(72))
    piece = read(content)
    assert piece.rule == "outline" and piece.said == (NO_TEMPO,)
    assert piece.pitches.tolist() == [
        [48, 55, 60, 72],
        [48, SILENT, 60, 64],
        [48, SILENT, SILENT, 72],
        [SILENT, SILENT, SILENT, 72],
    ]


def test_one_voice_is_the_soprano():
    piece = read(midi(sung([60, 62, 64])))
    assert piece.pitches.tolist() == [[SILENT] * 3 + [pitch] for pitch in (60, 62, 64)]
    assert piece.said == ("It has one voice, which is the soprano: the others rest.", NO_TEMPO)


def test_notes_between_the_beats_are_left_out_and_others_moved_by_octaves():
    quavers = sung([60, 61, 62, 63], ticks=240)
    piece = read(midi(quavers, sung([96, 97], 1)))
    assert piece.pitches[:, 3].tolist() == [84, 73] and piece.pitches[:, 0].tolist() == [60, 62]
    assert piece.said[0].startswith("2 notes that sound on no beat")
    assert piece.said[-1] == "2 notes lie outside their voice's range and are moved by octaves."


def test_a_note_lasts_as_long_as_it_is_held():
    """One and a half beats are two steps; what is pressed again ends what it began."""
    long, again = sung([60], ticks=720) + sung([62], ticks=240), b"\0\x90\x40\x40\x83\x60\x90\x40\x40\x83\x60\x80\x40\0"
    assert read(midi(long)).pitches[:, 3].tolist() == [60, 60]
    assert read(midi(again)).pitches[:, 3].tolist() == [64, 64]


@pytest.mark.parametrize("bad", files(), ids=lambda bad: bad.name)
def test_a_bad_file_works_or_gets_its_sentence(bad):
    try:
        piece = read(bad.content)
    except UserError as error:
        said = str(error)
        assert bad.right != "works" and said.endswith(".") and "\n" not in said
        assert re.search(bad.right, said), said
        return
    assert bad.right in ("", "works")
    sung_ = piece.pitches != SILENT
    low, high = torch.tensor(RANGES.low), torch.tensor(RANGES.high)
    assert 1 <= len(piece.pitches) <= 4096 and ((piece.pitches >= low) & (piece.pitches <= high))[sung_].all()
