"""Measures of tunes: what choirs avoid, counted.

Every function takes MIDI pitches [N, steps, 4], from the bass upwards, SILENT for a rest."""

import torch
from torch import Tensor

from vae_core.kinds.notes.voices import SILENT, VOICES, Ranges

FIFTH, OCTAVE = 7, 12


def crossings(pitches: Tensor) -> tuple[Tensor, Tensor]:
    """How many pairs of neighbouring voices stand the wrong way round, the lower above the upper, and how many pairs
    sound at all: int64 [N] each."""
    lower, upper = pitches[..., :-1], pitches[..., 1:]
    both = (lower != SILENT) & (upper != SILENT)
    return (both & (lower > upper)).flatten(1).sum(1), both.flatten(1).sum(1)


def parallels(pitches: Tensor, interval: int = FIFTH) -> tuple[Tensor, Tensor]:
    """How many pairs of voices move from one perfect fifth (or, with OCTAVE, unison or octave) to another one, in the
    same direction, and how many pairs both move: int64 [N] each."""
    found = torch.zeros(len(pitches), dtype=torch.int64)
    moves = torch.zeros(len(pitches), dtype=torch.int64)
    before, now = pitches[:, :-1], pitches[:, 1:]
    step = torch.where((before != SILENT) & (now != SILENT), now - before, 0)  # [N, steps − 1, 4]
    for upper in range(1, len(VOICES)):
        for lower in range(upper):
            both = (step[..., lower] != 0) & (step[..., upper] != 0)
            together = both & (step[..., lower].sign() == step[..., upper].sign())
            same = [(each[..., upper] - each[..., lower]) % OCTAVE == interval % OCTAVE for each in (before, now)]
            found += (together & same[0] & same[1]).sum(1)
            moves += both.sum(1)
    return found, moves


def outside(pitches: Tensor, ranges: Ranges) -> tuple[Tensor, Tensor]:
    """How many notes lie outside their voice's range, and how many sound: int64 [N] each."""
    sounds = pitches != SILENT
    beyond = (pitches < torch.tensor(ranges.low)) | (pitches > torch.tensor(ranges.high))
    return (sounds & beyond).flatten(1).sum(1), sounds.flatten(1).sum(1)


def shared(pitches: Tensor, others: Tensor) -> Tensor:
    """The share of notes and rests that two tunes have in common, [N]."""
    return (pitches == others).flatten(1).double().mean(1)
