"""Long levels: seams, walks and repairs, with a decoder whose levels are known."""

import math

import pytest
import torch

from tests.kinds.levels import SYMBOLS, level, spec_of, written
from vae_core import checkpoints
from vae_core.kinds.tiles.playability import path
from vae_core.latent.long_levels import LongLevels, nearest_playable, random_walk, stitch, way_through
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import mlp


def scores(text):
    tiles, _ = level(text)
    return 6.0 * torch.nn.functional.one_hot(tiles, len(SYMBOLS)).movedim(-1, 0).float()


def test_windows_without_overlap_stand_side_by_side():
    one, other = scores("--X\nXXX"), scores("E--\nX--")
    joined = stitch(torch.stack([one, other]), overlap=0)
    assert written(joined.argmax(0)) == ["--XE--", "XXXX--"]


def test_a_seam_fades_from_one_window_into_the_next():
    one, other = scores("----\nXXXX"), scores("----\n----")
    joined = stitch(torch.stack([one, other]), overlap=2)
    assert joined.shape == (len(SYMBOLS), 2, 6)
    # Two columns of three weights each: a third of the way, the first window still outweighs the second.
    assert written(joined.argmax(0)) == ["------", "XXX---"]
    assert torch.allclose(joined[:, :, 0], one.log_softmax(0)[:, :, 0])


@pytest.mark.parametrize("overlap", [-1, 3])
def test_an_overlap_of_more_than_half_a_window_is_refused(overlap):
    with pytest.raises(ValueError, match="between 0 and 2"):
        stitch(torch.stack([scores("----\nXXXX")] * 2), overlap)


def test_a_walk_keeps_to_the_prior_and_its_step(generator):
    codes = random_walk(4000, 3, 0.5, generator)
    torch.testing.assert_close(codes.std(0), torch.ones(3), atol=0.15, rtol=0)
    together = (codes[1:] * codes[:-1]).mean().item()
    assert together == pytest.approx(torch.tensor(0.5).cos().item(), abs=0.12)
    still = random_walk(3, 2, 0.0, generator)
    assert torch.equal(still[0], still[2])


def test_a_way_goes_through_its_points():
    points = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    codes = way_through(points, 5)
    assert torch.equal(codes[0], points[0]) and torch.equal(codes[-1], points[-1])
    torch.testing.assert_close(codes[2], points[1], atol=0.1, rtol=0)
    torch.testing.assert_close(codes.norm(dim=1), torch.ones(5), atol=1e-3, rtol=0)
    assert way_through(points[:1], 4).shape == (4, 2)


def test_the_nearest_playable_code_lies_on_the_edge(generator):
    """A level is playable where the first coordinate is above 1: the nearest such point is straight ahead."""

    def decode(codes):
        return codes[:, :, None, None]

    found = nearest_playable(
        torch.tensor([0.2, 0.5]), decode, lambda s: s, lambda tiles: bool(tiles[0, 0, 0] > 1), generator
    )
    assert found[0] > 1 and (found - torch.tensor([0.2, 0.5])).norm() == pytest.approx(0.8, abs=0.05)
    already = torch.tensor([1.5, 0.0])
    assert torch.equal(
        nearest_playable(already, decode, lambda s: s, lambda tiles: bool(tiles[0, 0, 0] > 1), generator), already
    )
    assert nearest_playable(already, decode, lambda s: s, lambda tiles: False, generator) is None


@pytest.fixture(scope="module")
def maker():
    checkpoint = checkpoints.load("mario-vae")
    return LongLevels(checkpoint.load_model(), checkpoint.load_latents().posterior.mu[::12])


def test_a_repaired_walk_can_be_played_and_moves_little(maker):
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        codes = random_walk(6, 16, 1.2, generator)
        moved, works = maker.repair(codes, generator)
        tiles = maker.level(moved)
        assert tiles.shape == (14, 6 * 12 + 4)
        assert works and path(tiles, maker.spec) is not None
        assert (moved - codes).norm(dim=1).max() < 3.1
        if not (moved != codes).any():
            assert path(maker.level(codes), maker.spec) is not None


def test_one_windows_nearest_playable_code(maker):
    generator = torch.Generator().manual_seed(0)
    for z in 1.6 * torch.randn(10, 16, generator=generator):
        found = maker.nearest_playable(z, generator)
        assert found is not None and path(maker.finish(maker.decode(found[None]))[0], maker.spec) is not None


def test_a_seam_mixes_logarithms_by_known_weights():
    """Windows of width 4 that overlap by 2: their weights at the seam are 2/3 and 1/3, then 1/3 and 2/3."""
    windows = torch.randn(3, 2, 1, 4, generator=torch.Generator().manual_seed(0))
    log_p = windows.log_softmax(1)
    joined = stitch(windows, overlap=2)
    weights = torch.tensor(
        [[1, 1, 2 / 3, 1 / 3, 0, 0, 0, 0], [0, 0, 1 / 3, 2 / 3, 2 / 3, 1 / 3, 0, 0], [0] * 4 + [1 / 3, 2 / 3, 1, 1]]
    )
    expected = torch.zeros(2, 1, 8)
    for index in range(3):
        expected[..., 2 * index : 2 * index + 4] += weights[index, 2 * index : 2 * index + 4] * log_p[index]
    torch.testing.assert_close(joined, expected)


def test_a_walk_turns_by_its_step():
    codes = random_walk(4, 5, 0.7, torch.Generator().manual_seed(1))
    draws = [torch.randn(5, generator=given) for given in [torch.Generator().manual_seed(1)] for _ in range(4)]
    expected = [draws[0]]
    for draw in draws[1:]:
        expected.append(math.cos(0.7) * expected[-1] + math.sin(0.7) * draw)
    torch.testing.assert_close(codes, torch.stack(expected))


def test_a_way_is_evenly_spread_over_its_arcs():
    points = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    codes = way_through(points, 9)
    angles = torch.atan2(codes[:, 1], codes[:, 0])
    torch.testing.assert_close(angles, torch.linspace(0, math.pi, 9), atol=1e-3, rtol=0)
    assert torch.equal(way_through(points[1:2], 3), points[1:2].repeat(3, 1))


@pytest.mark.parametrize(("limit", "found_at"), [(0.2, 0.2), (0.75, 0.75), (2.9, 2.9), (3.1, None)])
def test_the_edge_is_found_at_any_radius(limit, found_at, generator):
    """On a line a level is playable from a limit on: the bisection finds it to a 64th of its last stride."""
    found = nearest_playable(
        torch.zeros(1),
        lambda z: z[:, :, None, None],
        lambda s: s,
        lambda tiles: bool(tiles[0, 0, 0] >= limit),
        generator,
    )
    assert (found is None) == (found_at is None)
    if found is not None:
        assert found_at <= found.item() <= found_at + 1.01 / 64


def test_an_anchor_shows_the_way_and_is_not_passed(generator):
    """Only what lies on the line to one anchor, close to it, can be played."""
    z, anchor = torch.zeros(40), torch.full((40,), 3 / 40**0.5)  # at distance 3
    tried = []

    def playable(tiles):
        code = tiles[:, 0, 0]
        tried.append(code)
        along = float(code @ anchor / 3)
        return along >= 2.9 and float((code - along * anchor / 3).norm()) < 1e-3

    def nearest(**options):
        return nearest_playable(z, lambda z: z[:, :, None, None], lambda s: s, playable, generator, **options)

    assert nearest() is None
    found = nearest(anchors=torch.stack([-anchor, anchor]))
    torch.testing.assert_close(found, anchor * 2.9 / 3, atol=0.02, rtol=0)
    on_the_line = [code for code in tried if (code / code.norm() - anchor / 3).norm() < 1e-3]
    assert max(code.norm().item() for code in on_the_line) < 3.01


def walled(always=False):
    """A model of windows with 8 columns, each with a wall at column 4 unless z₁ > 0.5, and at 7 unless z₂ > 0.5."""
    spec = spec_of(3, 8)
    config = ModelConfig(mlp.Config(hidden=(2,)), categorical.Config(), 2)
    model = Model(config, spec).eval()
    first, layer = (module for module in model.network.decoder if isinstance(module, torch.nn.Linear))
    first.weight.data, first.bias.data = torch.eye(2), torch.zeros(2)
    sky, ground = SYMBOLS.index("-"), SYMBOLS.index("X")
    weight, bias = torch.zeros(len(SYMBOLS), 3, 8, 2), torch.full((len(SYMBOLS), 3, 8), -100.0)
    bias[sky, :2], bias[ground, 2], bias[ground, :2] = 0.0, 0.0, -50.0
    for dim, column in enumerate((4, 7)):
        weight[ground, :2, column, dim], bias[ground, :2, column] = (0.0, 50.0) if always else (-100.0, 50.0)
    layer.weight.data, layer.bias.data = weight.flatten(0, 2), bias.flatten()
    return LongLevels(model, overlap=2)


@pytest.mark.parametrize(("window", "dim"), [(None, 0), (0, 0), (1, 0), (2, 0), (2, 1)])
def test_only_the_window_with_the_wall_is_moved(window, dim, generator):
    maker, codes = walled(), torch.ones(3, 2)
    if window is not None:
        codes[window, dim] = 0.3
    moved, works = maker.repair(codes, generator)
    assert works and [bool((moved[i] != codes[i]).any()) for i in range(3)] == [i == window for i in range(3)]
    assert maker.level(moved).shape == (3, 20) and "X" not in "".join(written(maker.level(moved))[:2])
    assert window is None or (0.5 < moved[window, dim] and (moved[window] - codes[window]).norm() < 0.3)


@pytest.mark.parametrize("n", [1, 3])
def test_what_no_code_can_repair_stays_as_it_is(n, generator):
    codes = torch.ones(n, 2)
    moved, works = walled(always=True).repair(codes, generator)
    assert not works and torch.equal(moved, codes)
