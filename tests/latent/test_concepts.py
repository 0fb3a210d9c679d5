import json

import pytest
import torch
from sklearn.metrics import roc_auc_score

from vae_core.errors import UserError
from vae_core.latent.concept_files import KIND, Concept, read
from vae_core.latent.concepts import Reliability, auc, effects, reliability
from vae_core.latent.geometry import analogy, concept_vector


def groups(generator, shift, n=300, dim=8):
    """Two clouds, the first moved by `shift` along the last dimension."""
    positive, negative = torch.randn(2, n, dim, generator=generator)
    return positive + shift * torch.eye(dim)[-1], negative


def test_auc_counts_the_pairs_in_the_right_order():
    positive, negative = torch.tensor([1.0, 3.0, 5.0]), torch.tensor([0.0, 3.0])
    # 1 > 0; 3 > 0 and 3 = 3, which counts half; 5 > 0 and 5 > 3
    assert auc(positive, negative) == pytest.approx((1 + 1.5 + 2) / 6)
    assert auc(negative - 10, positive) == 0


def test_auc_is_scikit_learns_with_and_without_ties(generator):
    for digits in (0, 1, 9):
        positive, negative = (torch.randn(n, generator=generator).round(decimals=digits) for n in (70, 50))
        positive += 1  # on the same grid, so that rounded ones tie
        truth = [1] * len(positive) + [0] * len(negative)
        expected = roc_auc_score(truth, torch.cat([positive, negative]).numpy())
        assert auc(positive, negative) == pytest.approx(expected, abs=1e-12)


def test_a_planted_direction_is_reliable_and_random_ones_are_not(generator):
    found = reliability(*groups(generator, 8.0))
    assert found.auc == pytest.approx(1, abs=1e-3) and found.level == "reliable"
    assert found.low <= found.auc <= found.high
    assert found.random == pytest.approx(0.5, abs=0.1) and found.random < found.random_high
    assert found.counts == (300, 300)


def test_groups_of_one_kind_have_no_direction_between_them(generator):
    # The vector of a few examples in many dimensions separates these very examples: judged on them, it would look good.
    few, others = torch.randn(2, 20, 64, generator=generator)
    found = reliability(few, others)
    vector = concept_vector(few, others)
    assert auc(few @ vector, others @ vector) > 0.95
    assert found.auc == pytest.approx(0.5, abs=0.15) and found.level == "none"


def test_the_auc_is_that_of_two_normal_distributions(generator):
    # Two normals with variance 1 whose means are d apart: AUC = Φ(d / √2).
    found = reliability(*groups(generator, 1.5, n=1000, dim=2))
    expected = torch.special.ndtr(torch.tensor(1.5) / 2**0.5).item()
    assert found.auc == pytest.approx(expected, abs=0.02)
    assert found.level == "weak"


def test_a_handful_of_pictures_is_never_called_reliable(generator):
    assert reliability(*groups(generator, 50.0, n=5)).level == "weak"
    with pytest.raises(UserError, match="at least two"):
        reliability(torch.randn(1, 3), torch.randn(50, 3))


@pytest.fixture
def lattice():
    """Codes on a lattice, a class that changes along dimension 0, and each dimension as a factor."""
    axis = torch.arange(-10.0, 11)
    codes = torch.cartesian_prod(axis, axis)
    return codes, (codes[:, 0] > 0).long(), codes


def test_a_pure_direction_has_no_side_effects(lattice):
    codes, y, factors = lattice
    before = torch.tensor([[-4.0, 0.0], [-4.0, 3.0]])
    found = effects(before, before + torch.tensor([0.0, 4.0]), codes, y, 2, factors, k=5)
    assert found.moved_to().tolist() == [0, 0]
    assert found.factors[0].item() == pytest.approx(0, abs=1e-9)
    assert found.factors[1].item() == pytest.approx(4 / factors[:, 1].std(correction=0).item())


def test_a_direction_across_the_border_changes_the_class(lattice):
    codes, y, factors = lattice
    before = torch.tensor([[-4.0, 0.0], [4.0, 0.0]])
    found = effects(before, before + torch.tensor([6.0, 0.0]), codes, y, 2, factors, k=5)
    assert found.classes_before.tolist() == [0.5, 0.5]
    assert found.moved_to().tolist() == [-0.5, 0.5]


def test_effects_need_neither_classes_nor_factors(lattice):
    codes, _, _ = lattice
    found = effects(
        codes[:3], codes[:3] + 1, codes[3:], torch.zeros(len(codes) - 3, dtype=torch.long), 0, codes[3:, :0]
    )
    assert found.classes_before.shape == (0,) and found.factors.shape == (0,)


def test_an_analogy_of_linear_data_is_exact(generator):
    mixing = torch.randn(3, 8, generator=generator, dtype=torch.float64)
    a, b, c, d = torch.tensor([[1, 0, 2], [1, 1, 2], [5, 0, 3], [5, 1, 3]], dtype=torch.float64) @ mixing
    torch.testing.assert_close(analogy(a, b, c), d)
    torch.testing.assert_close(analogy(a, a, c), c)


@pytest.fixture
def concept(generator):
    positive, negative = groups(generator, 3.0, n=50, dim=3)
    vector = concept_vector(positive, negative)
    return Concept("slant", "tiny", vector, "class 7", "class 1", reliability(positive, negative))


def test_a_concept_comes_back_as_it_was_saved(concept):
    again = read(concept.to_json().encode(), "tiny", 3)
    torch.testing.assert_close(again.vector, concept.vector, atol=1e-6, rtol=0)
    assert again.reliability == concept.reliability
    assert (again.name, again.checkpoint, again.towards, again.away) == ("slant", "tiny", "class 7", "class 1")


def changed(**values):
    def change(concept):
        return json.dumps(json.loads(concept.to_json()) | values).encode()

    return change


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (lambda _: b"\x89PNG\r\n\xff", "not JSON"),
        (lambda _: b"[" * 100_000, "not JSON"),
        (lambda _: b'{"kind": ' + b"9" * 5000 + b"}", "not JSON"),
        (lambda _: b" " * 300_000, "larger than 200 kB"),
        (lambda _: b"[1, 2]", "no concept vector"),
        (lambda _: b'{"mu": [1]}', "no concept vector"),
        (changed(format=2), "another version"),
        (changed(checkpoint="other"), "belongs to the model other"),
        (changed(checkpoint=3), "its checkpoint must be"),
        (changed(name=""), "its name must be"),
        (changed(name="x" * 81), "its name must be"),
        (changed(name="a\u202eb"), "its name must be"),
        (changed(towards=None), "its towards must be"),
        (changed(vector=[1.0, 2.0]), "3 finite numbers"),
        (changed(vector=[1.0, 2.0, float("nan")]), "NaN is no number"),
        (changed(vector=[1.0, 2.0, float("inf")]), "Infinity is no number"),
        (changed(vector=[1.0, 2.0, 10**400]), "too large a number"),
        (changed(vector=[1.0, 2.0, True]), "3 finite numbers"),
        (changed(vector={"0": 1}), "3 finite numbers"),
        (changed(kind=KIND, reliability={"auc": 2}), "reliability"),
        (changed(reliability=None), "reliability"),
    ],
)
def test_what_is_no_concept_of_this_model_gets_one_sentence(concept, content, sentence):
    with pytest.raises(UserError, match=sentence) as found:
        read(content(concept), "tiny", 3)
    assert "\n" not in str(found.value)


def test_effects_ask_as_many_neighbours_as_they_say():
    """On a line, the k nearest to the left end are the first k: the share of class 1 among them is known."""
    examples, y = torch.arange(8.0)[:, None], torch.tensor([0, 1, 1, 0, 0, 0, 0, 0])
    ends = torch.tensor([[-1.0]]), torch.tensor([[9.0]])
    for k in (1, 2, 3, 4, 8, 9):
        found = effects(*ends, examples, y, 2, examples, k=k)
        first = min(k, 8)
        assert found.classes_before.tolist() == pytest.approx(
            [1 - min(2, first - 1) / first, min(2, first - 1) / first]
        )
        # The mean of the last k numbers less that of the first k, in standard deviations of 0 to 7: √(63/12).
        assert found.factors.item() == pytest.approx((8 - first) / (63 / 12) ** 0.5)


@pytest.mark.parametrize(
    ("auc", "counts", "level"),
    [
        (0.69, (50, 50), "none"),
        (0.7, (50, 50), "weak"),
        (0.89, (50, 50), "weak"),
        (0.9, (20, 20), "reliable"),
        (0.99, (19, 500), "weak"),
        (0.99, (500, 19), "weak"),
        (0.6, (2, 2), "none"),
    ],
)
def test_the_levels_and_their_limits(auc, counts, level):
    assert Reliability(auc, 0.0, 1.0, 0.5, 0.6, counts).level == level


def test_reliability_by_scikit_learn(generator):
    """The same splits and directions, by its AUC: half of each group makes the vector, the other half judges it."""
    positive, negative = groups(generator, 1.0, n=11, dim=3)
    negative = negative[:8]
    found = reliability(positive, negative, splits=5, directions=40, seed=3)
    draws = torch.Generator().manual_seed(3)

    def drawn(group):
        return group[torch.randperm(len(group), generator=draws)].double()

    def of(up, down, vector):
        return roc_auc_score([1] * len(up) + [0] * len(down), torch.cat([up, down]) @ vector)

    halves = []
    for _ in range(5):
        up, down = drawn(positive), drawn(negative)
        halves.append(of(up[5:], down[4:], up[:5].mean(0) - down[:4].mean(0)))
    up, down = drawn(positive), drawn(negative)
    chance = [of(up, down, way) for way in torch.randn(40, 3, generator=draws, dtype=torch.float64)]
    assert (found.auc, found.low, found.high) == pytest.approx((sum(halves) / 5, min(halves), max(halves)))
    assert found.low < found.auc < found.high and found.counts == (11, 8)
    assert found.random == pytest.approx(sum(chance) / 40)
    assert found.random_high == pytest.approx(torch.tensor(chance).quantile(0.95).item())
    assert reliability(positive[:2], negative[:2]).counts == (2, 2)


def test_a_factor_that_never_changes_does_not_change(lattice):
    codes, y, factors = lattice
    constant = torch.cat([factors, torch.full((len(codes), 1), 0.1)], 1)
    found = effects(codes[:1], codes[-1:], codes[1:-1], y[1:-1], 2, constant[1:-1], k=5)
    assert found.factors[2].item() == pytest.approx(0, abs=1e-3) and found.factors[0] > 1
