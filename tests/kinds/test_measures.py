"""What levels measure, on levels whose numbers are known."""

import pytest
import torch

from tests.kinds.levels import SYMBOLS, level, spec_of, written
from vae_core.kinds.tiles import measures
from vae_core.kinds.tiles.pipes import whole_pipes

PIPE = """
------
--<>--
--[]--
XXXXXX
"""


def of(text, measure):
    tiles, spec = level(text)
    return measure(tiles[None], spec)


def test_density_is_the_share_of_solid_tiles():
    assert of("----\n-E--\nXXXX", measures.density).item() == pytest.approx(4 / 12)
    assert of("-?Q-\n-BX-\n-bS-", measures.density).item() == pytest.approx(6 / 12)


def test_gaps_are_counted_with_their_columns():
    assert [each.item() for each in of("-----\nX-X--", measures.gaps)] == [2, 3]
    assert [each.item() for each in of("-----\nXXXXX", measures.gaps)] == [0, 0]


def test_leniency_weighs_help_against_danger_for_each_column():
    # One coin and one block help, one enemy and one gap do not: 0.5 + 0.5 - 1 - 0.5, over five columns.
    assert of("-o?--\n---E-\nXXX-X", measures.leniency).item() == pytest.approx(-0.5 / 5)


def test_flat_and_evenly_sloped_levels_are_linear():
    flat, slope = "----\n----\nXXXX", "---X\n--X-\n-X--\nX---"
    assert of("----\n" + slope, measures.linearity).item() == pytest.approx(1)
    assert of(flat, measures.linearity).item() == pytest.approx(1)
    assert of("----\nX-X-\n-X-X\n----", measures.linearity).item() < 0.8


def test_a_whole_pipe_is_one_and_not_broken():
    assert [each.item() for each in of(PIPE, measures.broken_pipes)] == [0, 1]


@pytest.mark.parametrize(
    "text",
    [
        "------\n--<---\n--[]--\nXXXXXX",  # half a top
        "------\n--<>--\n--[---\nXXXXXX",  # half a stem
        "------\n--[]--\n--[]--\nXXXXXX",  # no top
        "------\n--<>--\n--<>--\nXXXXXX",  # two tops
        "--<>--\n--[]--\n------\nXXXXXX",  # hangs in the air
        "------\n---->-\n----]-\nXXXXXX",  # right halves alone
        "--->--\n--<]--\n--[]--\nXXXXXX",  # a right half that reaches higher
    ],
)
def test_pipes_that_are_not_whole_are_broken(text):
    assert [each.item() for each in of(text, measures.broken_pipes)] == [1, 1]


def test_a_pipe_that_the_edge_cuts_does_not_count():
    for text in ("----\n>---\n]---\nXXXX", "----\n---<\n---[\nXXXX"):
        assert [each.item() for each in of(text, measures.broken_pipes)] == [0, 0]


def test_the_nearest_training_level_is_found(generator):
    training = torch.randint(13, (50, 4, 6), generator=generator)
    changed = training[[7, 3]].clone()
    changed[0, 0, :2] = (changed[0, 0, :2] + 1) % 13
    distance, index = measures.nearest_training_distance(changed, training)
    assert distance.tolist() == [2, 0] and index.tolist() == [7, 3]


def test_factors_stand_in_the_order_of_their_names():
    tiles, spec = level(PIPE)
    found = dict(zip(measures.FACTORS, measures.factors(tiles[None], spec)[0].tolist(), strict=True))
    assert found["pipes"] == 1 and found["gap columns"] == 0 and found["enemies"] == 0
    assert found["density"] == pytest.approx(10 / 24)


def logits_of(text):
    tiles, spec = level(text)
    return 4.0 * torch.nn.functional.one_hot(tiles, len(SYMBOLS)).movedim(-1, 0)[None].float(), spec


def test_whole_levels_are_left_alone():
    for text in (PIPE, "----\nXX-E\nSSQ?", "----\n---<\n---[\nXXXX", "----\n>--o\n]---\nXXXX"):
        logits, spec = logits_of(text)
        assert written(whole_pipes(logits, spec)[0]) == text.split()


def test_the_likelier_whole_level_is_chosen():
    logits, spec = logits_of("------\n--<---\n--[]--\nXXXXXX")
    assert written(whole_pipes(logits, spec)[0]) == PIPE.split()  # one tile to add, three to take away
    logits, spec = logits_of("------\n--<---\n------\nXXXXXX")
    assert written(whole_pipes(logits, spec)[0]) == ["------", "------", "------", "XXXXXX"]


def test_whole_pipes_against_trying_every_level(generator):
    """On levels so small that all can be tried: the best of those with whole pipes whose other tiles are the
    likeliest."""
    spec = spec_of(2, 3)
    # Each place: 0 what it is without a pipe, 1 to 4 a half of one.
    choices = torch.cartesian_prod(*[torch.arange(5)] * 6).view(-1, 2, 3)
    for _ in range(20):
        logits = torch.randn(1, len(SYMBOLS), 2, 3, generator=generator)
        logits[:, 2:7] = logits[:, 11:] = -20  # sky, ground and the four halves of a pipe
        plain = logits[0, :2].argmax(0)
        every = torch.where(choices == 0, plain, choices + 6)
        whole = (measures.broken_pipes(every, spec)[0] == 0) & _cut_pipes_are_whole(every)
        score = sum(logits[0, every[:, row, column], row, column] for row in range(2) for column in range(3))
        found = whole_pipes(logits, spec)[0]
        mine = sum(logits[0, found[row, column], row, column] for row in range(2) for column in range(3))
        assert mine.item() == pytest.approx(score[whole].max().item())


def _cut_pipes_are_whole(levels):
    """What an edge cuts must still be tops above stems, standing on the ground or leaving at the bottom."""
    ok = torch.ones(len(levels), dtype=torch.bool)
    for column, (top, stem) in ((0, (8, 10)), (2, (7, 9))):
        upper, lower = levels[:, 0, column], levels[:, 1, column]
        cut_upper = (upper == top) | (upper == stem)
        cut_lower = (lower == top) | (lower == stem)
        ok &= ~(upper == stem)
        ok &= ~((lower == stem) & ~cut_upper)
        ok &= ~((lower == top) & cut_upper)
        ok &= ~((upper == top) & ~cut_lower & (lower != 1))
    return ok
