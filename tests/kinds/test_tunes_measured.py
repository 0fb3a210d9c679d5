"""Measures of tunes, and what tunes are measured against, on tunes whose answer is known."""

import math

import pytest
import torch

from benchmarks.music.baselines import Chain, repeated
from vae_core.kinds.notes import measures
from vae_core.kinds.notes.voices import SILENT, Ranges


def tune(*steps: list[int]) -> torch.Tensor:
    return torch.tensor([steps])


CHORD, UP = [48, 55, 60, 64], [50, 57, 62, 66]


def test_voices_cross_where_the_lower_one_is_above():
    wrong, pairs = measures.crossings(tune(CHORD, [48, 62, 60, 64], [48, 60, 60, SILENT]))
    assert wrong.tolist() == [1] and pairs.tolist() == [3 + 3 + 2]


def test_parallels_are_perfect_intervals_moved_the_same_way():
    """Bass and tenor sing a fifth, then a fifth; nothing else of the chord is perfect but an octave, bass to alto."""
    fifths, moves = measures.parallels(tune(CHORD, UP))
    assert fifths.tolist() == [1] and moves.tolist() == [6]
    assert measures.parallels(tune(CHORD, UP), measures.OCTAVE)[0].tolist() == [1]
    assert measures.parallels(tune(CHORD, CHORD))[0].tolist() == [0]  # held
    contrary = tune([48, 67, 72, 76], [50, 57, 60, 64])  # a twelfth to a fifth, one up and one down
    assert measures.parallels(contrary)[0].tolist() == [0]
    resting = tune(CHORD, [SILENT, 57, 62, 66])
    assert measures.parallels(resting)[1].tolist() == [3]


def test_notes_outside_their_range_and_shared_ones():
    ranges = Ranges((40, 50, 55, 60), (60, 60, 70, 80), (2, 23, 34, 50))
    beyond, sung = measures.outside(tune(CHORD, [39, 61, SILENT, 64]), ranges)
    assert beyond.tolist() == [2] and sung.tolist() == [7]
    assert measures.shared(tune(CHORD, UP), tune(CHORD, CHORD)).tolist() == [0.5]


@pytest.mark.parametrize("below", [False, True])
def test_a_chain_knows_what_always_follows(below):
    """Two voices' worth of symbols that alternate: 2, 3, 2, 3 in the first, and the others stand."""
    x = torch.tensor([[[2, 4, 6, 8], [3, 4, 6, 8]] * 4] * 50)
    possible = torch.zeros(4, 10, dtype=torch.bool)
    for voice in range(4):
        possible[voice, 2 + 2 * voice : 4 + 2 * voice] = True
    chain = Chain.fit(x, 10, 1e-6, below)
    assert torch.equal(chain.guess(x, possible), x[:, 1:])
    # What is not known is which of 2 and 3 begins: they are as frequent.
    assert chain.nll(x, possible).mean().item() == pytest.approx(math.log(2), abs=1e-3)
    assert (repeated(x) == x[:, 1:]).double().mean().item() == 0.75
    drawn = chain.sample(20, 8, possible, torch.Generator().manual_seed(0))
    assert (drawn[:, 1:, 0] != drawn[:, :-1, 0]).all() and torch.equal(drawn[:, :, 1:], x[:20, :, 1:])
