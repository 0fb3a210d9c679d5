"""Levels that can be walked through, and levels that cannot, by the physics that playability.py states."""

import pytest
import torch

from tests.kinds.levels import level
from vae_core.kinds.tiles.playability import JUMP, farthest, farthest_way, path


def gap(width: int) -> str:
    """A plain with a gap of so many columns."""
    sky = "-" * (8 + width)
    return "\n".join([sky] * 8 + ["XXXX" + "-" * width + "XXXX"])


def wall(height: int) -> str:
    """A plain with a wall so high."""
    return "\n".join(["--------"] * (8 - height) + ["----X---"] * height + ["XXXXXXXX"])


@pytest.mark.parametrize(("width", "works"), [(1, True), (5, True), (9, True), (10, False), (14, False)])
def test_gaps_that_a_running_jump_clears(width, works):
    tiles, spec = level(gap(width))
    assert (path(tiles, spec) is not None) == works
    assert works or farthest(tiles, spec) < 4 + width


@pytest.mark.parametrize(("height", "works"), [(1, True), (JUMP, True), (JUMP + 1, False)])
def test_walls_that_a_jump_gets_onto(height, works):
    tiles, spec = level(wall(height))
    assert (path(tiles, spec) is not None) == works
    assert works or farthest(tiles, spec) == 3


def test_a_way_goes_as_far_as_it_can():
    tiles, spec = level(wall(JUMP + 1))
    way = farthest_way(tiles, spec)
    assert path(tiles, spec) is None and (way[0][1], way[-1][1]) == (0, farthest(tiles, spec))
    tiles, spec = level("----\n----")
    assert farthest_way(tiles, spec) == [] and farthest(tiles, spec) == -1


def test_a_way_is_of_neighbouring_free_tiles_from_edge_to_edge():
    tiles, spec = level(gap(5))
    way = path(tiles, spec)
    assert way[0][1] == 0 and way[-1][1] == tiles.shape[1] - 1
    for (row, column), (next_row, next_column) in zip(way, way[1:], strict=False):
        assert max(abs(next_row - row), abs(next_column - column)) == 1
        assert spec.symbols[int(tiles[next_row, next_column])] in "-Eo"


def test_a_plain_is_crossed_by_walking():
    tiles, spec = level("-----\n-----\nXXXXX")
    assert path(tiles, spec) == [(1, column) for column in range(5)]


def test_enemies_and_coins_are_walked_through_and_pipes_are_not():
    assert path(*level("-----\n-oEo-\nXXXXX")) is not None
    blocked = "\n".join(["<><><"] * 8 + ["-[-]-", "XXXXX"])
    assert path(*level(blocked)) is None


def test_a_low_ceiling_ends_a_jump():
    open_sky = ["--------"] * 5 + ["----X---"] * 3 + ["XXXXXXXX"]
    low = ["SSSS----"] * 5 + ["----X---"] * 3 + ["XXXXXXXX"]
    assert path(*level("\n".join(open_sky))) is not None
    assert path(*level("\n".join(low))) is None


def test_a_level_without_footing_goes_nowhere():
    tiles, spec = level("----\n----\n----")
    assert path(tiles, spec) is None and farthest(tiles, spec) == -1


def test_a_long_level_takes_no_time_worth_naming_and_is_searched_whole():
    tiles, spec = level(gap(9))
    long = torch.cat([tiles] * 20, dim=1)
    way = path(long, spec)
    assert way[-1][1] == long.shape[1] - 1
    broken = long.clone()
    broken[-1, 150:165] = 0
    broken[:, 151:164] = torch.where(broken[:, 151:164] > 0, 0, broken[:, 151:164])
    assert path(broken, spec) is None and 140 < farthest(broken, spec) < 165
