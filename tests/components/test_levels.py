"""The routes of long levels: what they answer, what they refuse; and the directions that the page's sliders add."""

import json
from dataclasses import replace

import pytest
import torch

from components.levels import routes
from components.levels.directions import directions, ends
from components.levels.making import RoundedLevels, maker, overlap, rounded, suits
from components.shared.app import exports
from tests.routes import ask
from vae_core import checkpoints
from vae_core.kinds.tiles.measures import FACTORS, factors
from vae_core.kinds.tiles.playability import path
from vae_core.latent.long_levels import LongLevels, random_walk

NAME = "mario-vae"
STUCK = 11
"""A seed whose walk of twelve windows cannot be played."""


def post(what: str, body: dict):
    return ask(routes.routes, "POST", f"/levels/{what}", json={"checkpoint": NAME} | body)


@pytest.fixture(scope="module")
def checkpoint():
    return checkpoints.load(NAME)


def walk(seed: int, n: int = 12) -> torch.Tensor:
    return rounded(random_walk(n, 16, 0.8, torch.Generator().manual_seed(seed)))


def test_a_playable_level_has_a_way_to_its_last_column(checkpoint):
    found = post("check", {"codes": walk(0).tolist()}).json()
    level = LongLevels(checkpoint.load_model()).level(walk(0))
    assert found["playable"] and found["end"] == level.shape[1] - 1 == 12 * 12 + 4 - 1
    assert [tuple(cell) for cell in found["path"]] == path(level, checkpoint.spec)


def test_the_share_of_playable_samples_is_counted_on_the_prior(checkpoint):
    z = torch.randn(300, 16, generator=torch.Generator().manual_seed(0))
    found = post("check", {"codes": walk(STUCK).tolist()}).json()
    counted = sum(path(level, checkpoint.spec) is not None for level in checkpoint.load_model().decode(z))
    assert (found["samples"], found["playable_samples"]) == (300, counted)


def test_a_repair_moves_a_few_windows_and_the_rounded_level_can_be_played(checkpoint):
    codes = walk(STUCK)
    stuck = post("check", {"codes": codes.tolist()}).json()
    assert not stuck["playable"] and 0 <= stuck["path"][-1][1] == stuck["end"] < 147
    answer = post("repair", {"codes": codes.tolist()}).json()
    moved = torch.tensor(answer["codes"])
    assert answer["playable"] and 1 <= (moved != codes).any(1).sum() <= 3
    assert torch.equal(moved, rounded(moved))
    assert path(LongLevels(checkpoint.load_model()).level(moved), checkpoint.spec) is not None
    again = post("repair", {"codes": answer["codes"]}).json()
    assert again == answer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"checkpoint": 1, "codes": [[0] * 16]}, "checkpoint must be"),
        ({"checkpoint": "no such", "codes": [[0] * 16]}, "There is no checkpoint 'no such'"),
        ({"checkpoint": "mnist-vae-2d", "codes": [[0, 0]]}, "mnist-vae-2d makes no levels"),
        ({}, "codes must be 1 to 20 rows of 16 numbers"),
        ({"codes": "many"}, "codes must be 1 to 20 rows of 16 numbers"),
        ({"codes": [[0] * 16, [0]]}, "codes must be 1 to 20 rows of 16 numbers"),
        ({"codes": []}, "codes must be 1 to 20 rows of 16 numbers"),
        ({"codes": [[0] * 15]}, "codes must be 1 to 20 rows of 16 numbers"),
        ({"codes": [[0] * 16] * 21}, "codes must be 1 to 20 rows of 16 numbers"),
        ({"codes": [[1001] * 16]}, "from −1000 to 1000"),
    ],
)
@pytest.mark.parametrize("what", ["check", "repair"])
def test_a_wrong_request_is_refused_in_a_sentence(what, body, words):
    answer = post(what, body)
    assert answer.status_code == 400 and words in answer.text and answer.text.count("\n") == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not JSON"),
        (b'{"checkpoint": "mario-vae", "codes": [[NaN]]}', "NaN is no number"),
        (b" " * (exports.MAX_REQUEST + 1), "too much for one request"),
        (json.dumps({"checkpoint": "../mario-vae", "codes": [[0] * 16]}).encode(), "must be a model's name"),
    ],
)
def test_what_is_no_request_is_refused_too(content, words):
    answer = ask(routes.routes, "POST", "/levels/check", content=content)
    assert answer.status_code == 400 and words in answer.text


def test_codes_are_decoded_as_links_carry_them(checkpoint):
    codes = random_walk(3, 16, 0.8, torch.Generator().manual_seed(0))
    exact, coarse = LongLevels(checkpoint.load_model()), RoundedLevels(checkpoint.load_model())
    assert torch.equal(coarse.decode(codes), exact.decode(rounded(codes)))
    assert not torch.equal(coarse.decode(codes), exact.decode(codes))
    assert rounded(torch.tensor([[0.12345, -0.0006]])).tolist() == torch.tensor([[0.123, -0.001]]).tolist()


def test_only_models_of_levels_without_classes_suit(checkpoint):
    assert suits(checkpoint) and not suits(checkpoints.load("mnist-vae-2d"))
    spec = replace(checkpoint.train_config, conditional=True)
    assert not suits(replace(checkpoint, train_config=spec))
    narrow = replace(checkpoint.spec, shape=(14, 6))
    assert (overlap(checkpoint.spec), overlap(narrow)) == (4, 3)


def test_each_direction_makes_levels_have_more_of_its_factor(checkpoint):
    """Averaged over long levels: what a slider promises."""
    found = directions(checkpoint)
    assert [each.name for each in found][3:] == ["More gaps", "More enemies", "More coins", "More pipes"]
    levels = maker(checkpoint)
    codes = torch.cat([walk(seed) for seed in range(4)])

    def measured(by: torch.Tensor) -> torch.Tensor:
        return factors(levels.finish(levels.decode(codes + by)), checkpoint.spec).double().mean(0)

    for index, direction in enumerate(found):
        vector = torch.tensor(direction.vector)
        assert measured(1.5 * vector)[index] > measured(-1.5 * vector)[index], FACTORS[index]


def test_a_direction_is_one_standard_deviation_long(checkpoint):
    mu = checkpoint.load_latents().posterior.mu
    for direction in directions(checkpoint):
        vector = torch.tensor(direction.vector)
        assert (mu @ vector / vector.norm()).std(correction=0) == pytest.approx(vector.norm().item(), rel=1e-3)


@pytest.mark.parametrize(
    ("values", "top", "bottom"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [8, 9], [0, 1]),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 3], [9], list(range(9))),
        ([1, 5, 5, 5, 5, 5, 5, 5, 5, 5], list(range(1, 10)), [0]),
    ],
)
def test_the_ends_of_a_factor_keep_equal_values_together(values, top, bottom):
    found = ends(torch.tensor(values, dtype=torch.float64))
    assert [each.nonzero().flatten().tolist() for each in found] == [top, bottom]


def test_a_factor_that_never_varies_has_no_ends():
    assert ends(torch.ones(5, dtype=torch.float64)) is None
