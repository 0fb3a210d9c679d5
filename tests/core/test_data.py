import json

import pytest
import torch

from vae_core.data import Data, DataSpec, Split, split_at_random
from vae_core.errors import UserError
from vae_core.kinds.image import as_float


def numbered(n):
    return torch.arange(n, dtype=torch.uint8).view(n, 1), torch.arange(n)


def test_spec_goes_through_json():
    spec = DataSpec("toy", "image", (3, 8, 8), ("a", "b"), ("x",))
    assert DataSpec.from_json(spec.to_json()) == spec
    assert DataSpec.from_json(
        {"name": "toy", "kind": "image", "shape": [1, 2], "classes": [], "factors": []}
    ) == DataSpec("toy", "image", (1, 2))


def test_as_float_spreads_bytes_over_zero_to_one():
    x = torch.tensor([0, 51, 255], dtype=torch.uint8)
    assert as_float(x).tolist() == pytest.approx([0, 0.2, 1])
    assert as_float(x).dtype == torch.float32 and x.tolist() == [0, 51, 255]


def test_a_split_holds_examples_and_labels_of_one_length():
    x, y = numbered(4)
    for wrong in ((x, y.int()), (x, y[:3])):
        with pytest.raises(ValueError, match="y must be int64 and as long as x"):
            Split(*wrong)


@pytest.mark.parametrize(
    ("labels", "n_train", "sentence"),
    [
        ([0, 1, 2], 2, "test part of toy has labels from 2 to 2, but its classes are numbered from 0 to 1"),
        ([0, -1, 1], 2, "train part of toy has labels from -1 to 0"),
        ([0, 1, 0], 3, "test part of toy is empty"),
        ([0, 1, 0], 0, "train part of toy is empty"),
    ],
)
def test_data_without_examples_or_with_labels_of_no_class_are_refused(labels, n_train, sentence):
    whole = Split(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), torch.tensor(labels))
    with pytest.raises(UserError, match=sentence):
        Data(DataSpec("toy", "image", (1, 2, 2), ("a", "b")), whole.take(slice(n_train)), whole.take(slice(n_train, 3)))


def test_a_spec_of_symbols_goes_through_json_and_one_without_keeps_its_five_keys():
    spec = DataSpec("toy", "tiles", (2, 3), symbols=("-", "X"), symbol_names=("sky", "ground"), padding=0)
    assert DataSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert list(DataSpec("toy", "image", (1, 2, 2)).to_json()) == ["name", "kind", "shape", "classes", "factors"]


def test_take_keeps_examples_labels_and_factors_together():
    x, y = numbered(5)
    part = Split(x, y, y.float().unsqueeze(1)).take(torch.tensor([3, 1]))
    assert (part.x.flatten().tolist(), part.y.tolist(), part.factors.flatten().tolist()) == ([3, 1], [3, 1], [3, 1])
    assert len(part) == 2 and Split(x, y).take(slice(0, 2)).factors is None


@pytest.mark.parametrize(("n", "fraction", "held_out"), [(100, 0.2, 20), (7, 0.5, 4), (2, 0.05, 1), (3, 0.9, 2)])
def test_a_random_split_uses_every_example_once(n, fraction, held_out):
    train, test = split_at_random(*numbered(n), fraction, seed=0)
    assert len(test) == held_out
    assert sorted(train.y.tolist() + test.y.tolist()) == list(range(n))
    assert torch.equal(train.x.flatten().long(), train.y)


def test_the_seed_decides_the_split():
    first, same, other = (split_at_random(*numbered(100), 0.3, seed)[1].y for seed in (1, 1, 2))
    assert torch.equal(first, same) and not torch.equal(first, other)
