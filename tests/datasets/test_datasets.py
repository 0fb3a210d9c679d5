"""Every registered dataset keeps the contract."""

from dataclasses import replace

import pytest
import torch
from sklearn.datasets import load_digits

from tests.datasets.colour_font import glyph, write_font
from tests.datasets.files import (
    write_chorales,
    write_classes,
    write_connections,
    write_idx_files,
    write_levels,
    write_sentences,
    write_series,
)
from tests.datasets.fonts import write_fonts
from vae_core import config as configs
from vae_core.datasets import DATASETS, emoji, kind_name
from vae_core.datasets._sources.one_class import learned_alone
from vae_core.datasets.levels import FOLDER, HELD_OUT, TRAINED_ON
from vae_core.errors import UserError
from vae_core.kinds import check_data, kind_of

RESERVED = (
    "hidden activation channels_conv latent_dim epochs batch_size lr seed beta name out json dataset network objective"
).split()


def prepared(name, tmp_path):
    """A small config of the dataset, and the folder with its files. What is not listed must load with its defaults."""
    if name in ("mnist", "fashion_mnist", "kmnist"):
        write_idx_files(tmp_path / "data" / name)
        return {}, tmp_path / "data"
    if name == "folder":
        write_classes(tmp_path / "pictures")
        return {"path": str(tmp_path / "pictures")}, None
    if name == "emoji":
        faces = {chr(0x1F600 + i): glyph(i) for i in range(64)}
        write_font(tmp_path / "data" / emoji.FOLDER / emoji.FILE, faces)
        return {"flags": False}, tmp_path / "data"
    if name == "levels":
        folder = write_levels(tmp_path / "data" / FOLDER, [f"mario-{each}" for each in (*TRAINED_ON, *HELD_OUT)])
        return {}, folder.parent
    if name == "chorales":
        return {}, write_chorales(tmp_path / "data")
    if name in ("captions", "captions_facts", "reviews", "text"):
        return write_sentences(name, tmp_path / "data")
    if name in ("csv", "nyc_taxi", "ec2_latency", "ambient_temperature"):
        return write_series(name, tmp_path / "data")
    if name == "nsl_kdd":
        return {}, write_connections(tmp_path / "data")
    if name == "letters":
        return {"fonts": str(write_fonts(tmp_path / "fonts"))}, None
    if name == "tiles":
        return {"level_path": str(write_levels(tmp_path / "own", ["a", "b", "c"], rows=9))}, None
    return ({"n_train": 200, "n_test": 50} if name == "shapes" else {}), None


@pytest.mark.parametrize("name", DATASETS.names)
def test_dataset_keeps_the_contract(name, tmp_path):
    values, data_dir = prepared(name, tmp_path)
    config = DATASETS.from_json({"name": name, **values})
    data, again = DATASETS.build(config, data_dir), DATASETS.build(config, data_dir)
    spec = data.spec
    assert (spec.name, spec.kind) == (name, kind_name(config)) and type(spec).from_json(spec.to_json()) == spec
    for split, same in ((data.train, again.train), (data.test, again.test)):
        assert split.x.shape == (len(split), *spec.shape) and split.x.is_contiguous() and len(split) > 0
        highest = len(spec.symbols) - 1 if spec.symbols else 255
        assert split.x.dtype == kind_of(spec).dtype
        assert spec.columns or highest / 2 < split.x.max() <= highest
        assert split.y.dtype == torch.int64 and split.y.min() >= 0 and split.y.max() < max(1, len(spec.classes))
        assert torch.equal(split.x, same.x) and torch.equal(split.y, same.y)
        assert (split.factors is None) == (not spec.factors)
        if spec.factors:
            assert split.factors.shape == (len(split), len(spec.factors)) and split.factors.dtype == torch.float32
    check_data(spec, data.train, data.test)
    if spec.kind == "image":  # two levels may have a window in common: a stretch of plain ground
        images = [{image.numpy().tobytes() for image in split.x} for split in (data.train, data.test)]
        assert not images[0] & images[1]
    if data.augment is not None:
        spliced = data.augment(data.train.x[:20], torch.Generator().manual_seed(0))
        kind_of(spec).check(spec, spliced)


def test_option_names_do_not_clash():
    types = {}
    for entry in DATASETS:
        assert entry.caption.endswith(".") and len(entry.caption) < 100
        for item in configs.options(entry.config):
            assert item.name not in RESERVED
            assert types.setdefault(item.name, item.type) is item.type


def test_digits_are_those_that_scikit_learn_loads():
    """Our reader of its file against its own."""
    data, expected = DATASETS.build(DATASETS["digits"].config()), load_digits()
    ours = torch.cat([torch.cat([each.x.flatten(1), each.y[:, None]], dim=1) for each in (data.train, data.test)])
    pixels = (expected.images.reshape(-1, 64) * 255 / 16).round().astype(int)
    theirs = {(*x, y) for x, y in zip(pixels.tolist(), expected.target.tolist(), strict=True)}
    assert {tuple(row) for row in ours.tolist()} == theirs and len(theirs) == 1797


def test_one_class_is_learned_and_the_others_are_held_out():
    whole, alone = (DATASETS.build(DATASETS["digits"].config(one_class=label)) for label in (-1, 3))
    assert alone.spec.normal == 3 and whole.spec.normal is None
    assert torch.equal(alone.train.x, whole.train.x[whole.train.y == 3]) and alone.train.y.unique().tolist() == [3]
    assert torch.equal(alone.test.x, whole.test.x) and alone.test.take(alone.judged).y.unique().tolist() == [3]
    few = replace(whole, test=whole.test.take(whole.test.y != 3))
    with pytest.raises(UserError, match="digits has no class 3 in both of its parts"):
        learned_alone(few, 3)


def test_digits_are_scaled_to_the_full_range_and_split_by_the_seed():
    data = DATASETS.build(DATASETS["digits"].config(test_fraction=0.25))
    assert len(data.train) + len(data.test) == 1797 and len(data.test) == 449
    assert set(data.train.x.unique().tolist()) <= {round(level * 255 / 16) for level in range(17)}
    other = DATASETS.build(DATASETS["digits"].config(test_fraction=0.25, split_seed=1))
    assert not torch.equal(data.test.x, other.test.x)
