"""The corpus's levels and levels of the user's own: windows, splits, augmentation, and what is refused."""

import re
from pathlib import Path

import pytest
import torch

from tests.datasets.files import level_text, write_levels
from vae_core.datasets import DATASETS, held_out, levels, tiles
from vae_core.datasets._sources.level_windows import splicing, windows
from vae_core.errors import UserError
from vae_core.kinds import check_data
from vae_core.kinds.tiles import corpus
from vae_core.kinds.tiles.measures import FACTORS, broken_pipes
from vae_core.networks import conv
from vae_core.training import TrainConfig, train

TILES = DATASETS["tiles"].config


@pytest.fixture
def data_dir(tmp_path):
    write_levels(tmp_path / levels.FOLDER, [f"mario-{name}" for name in (*levels.TRAINED_ON, *levels.HELD_OUT)])
    return tmp_path


def test_whole_levels_are_held_out(data_dir):
    data = DATASETS.build(levels.Config(), data_dir)
    check_data(data.spec, data.train, data.test)
    n = len(levels.TRAINED_ON)
    assert len(data.train) == sum(40 + seed - 15 for seed in range(n))
    assert len(data.test) == sum(40 + seed - 15 for seed in (n, n + 1))
    first = corpus.as_text(data.train.x[0].long(), data.spec.symbols)
    assert first == "".join(row[:16] + "\n" for row in level_text(40, seed=0).split())
    assert data.spec.factors == FACTORS and data.train.factors.shape == (len(data.train), len(FACTORS))
    assert torch.equal(held_out(levels.Config(), data_dir).x, data.test.x)


def test_windows_slide_by_a_column():
    level = torch.arange(10).view(1, 10).expand(2, 10)
    assert windows(level, 4)[:, 0, 0].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert windows(level, 10).shape == (1, 2, 10)


def test_spliced_windows_are_two_halves_of_real_ones_with_whole_pipes(data_dir, generator):
    data = DATASETS.build(levels.Config(splice=1.0), data_dir)
    x = data.train.x[torch.randperm(len(data.train), generator=generator)[:200]]
    spliced = data.augment(x, generator)
    changed = (spliced != x).any((1, 2))
    assert spliced.dtype == torch.uint8 and 0.5 < changed.float().mean() < 1
    assert broken_pipes(spliced.long(), data.spec)[0].sum() == 0
    pool = data.train.x
    for before, after in zip(x[changed][:20], spliced[changed][:20], strict=True):
        cut = int((before != after).any(0).nonzero()[0])  # the first column that differs: the seam, or behind it
        assert any(torch.equal(after[:, k:], other[:, k:]) for other in pool for k in range(2, cut + 1))


def test_without_a_share_nothing_is_spliced(data_dir, generator):
    assert DATASETS.build(levels.Config(splice=0.0), data_dir).augment is None
    data = DATASETS.build(levels.Config(), data_dir)
    never = splicing(data.spec, data.train.x, 0.0)
    assert torch.equal(never(data.train.x[:50], generator), data.train.x[:50])


def test_a_training_on_levels_repeats_itself_and_takes_the_categorical_likelihood(data_dir):
    config = TrainConfig(dataset=levels.Config(), network=conv.Config(channels=(4, 4), dense=8), epochs=1)
    assert config.to_json()["likelihood"] == {"name": "categorical"}
    data = DATASETS.build(config.dataset, data_dir)
    (one,), (other,) = train(config, data), train(config, data)
    assert one.test["loss"] == other.test["loss"] and one.train == other.train
    plain = DATASETS.build(levels.Config(splice=0.0), data_dir)
    (without,) = train(config, plain)
    assert without.train != one.train


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda folder: (folder / "mario-4-1.txt").unlink(), "mario-4-1.txt cannot be read"),
        (lambda folder: (folder / "mario-1-1.txt").write_text("---\n--\n"), "rows of different lengths"),
        (lambda folder: (folder / "mario-1-1.txt").write_text(""), "is empty"),
        (lambda folder: (folder / "mario-1-1.txt").write_text("---\nXXX\n"), "has 2 rows instead of 14"),
        (lambda folder: (folder / "mario-1-1.txt").write_text("@\n" * 14), "tiles that this model does not know"),
    ],
)
def test_broken_levels_are_named(data_dir, break_it, words):
    break_it(data_dir / levels.FOLDER)
    with pytest.raises(UserError, match=words):
        DATASETS.build(levels.Config(), data_dir)


def test_without_files_it_says_where_they_are_to_be_had(tmp_path):
    for folder in (None, tmp_path):
        with pytest.raises(UserError, match=r"get the processed .* from https://github.com/TheVGLC/TheVGLC"):
            DATASETS.build(levels.Config(), folder)
        assert held_out(levels.Config(), folder) is None


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    for seed in range(5):
        (folder / f"level {seed}.txt").write_text(level_text(30, rows=8, seed=seed).replace("?", "#"))
    return folder


def test_own_levels_bring_their_symbols(own):
    data = DATASETS.build(TILES(level_path=str(own), level_columns=12, solid="#"))
    spec = data.spec
    assert spec.shape == (8, 12) and spec.symbols[0] == "-" and "#" in spec.symbols
    roles = dict(zip(spec.symbols, zip(spec.symbol_names, spec.symbol_roles, strict=True), strict=True))
    assert roles["X"] == ("ground", "solid") and roles["#"] == ("tile #", "solid") and roles["-"][1] == "empty"
    assert len(data.train) == 4 * 19 and len(data.test) == 19
    check_data(spec, data.train, data.test)


def test_of_a_single_level_the_last_part_is_held_out(tmp_path):
    (tmp_path / "one.txt").write_text(level_text(60, rows=8))
    data = DATASETS.build(TILES(level_path=str(tmp_path), level_columns=10))
    assert len(data.train) == 48 - 9 and len(data.test) == 12 - 9
    seen = {window.numpy().tobytes() for window in data.train.x}
    assert not seen & {window.numpy().tobytes() for window in data.test.x}


@pytest.mark.parametrize(
    ("files", "options", "words"),
    [
        ({}, {}, "holds no text files"),
        ({"a.txt": "--\nXX\n"}, {}, "holds no level that is 16 tiles wide"),
        ({"a.txt": "-" * 20 + "\n"}, {}, "1 different tiles"),
        ({"a.txt": "-X\n" * 3, "b.txt": "-X\n" * 4}, {}, "different numbers of rows: a.txt has 3 and b.txt has 4"),
        ({"a.txt": "---\n--\n"}, {}, "a.txt has rows of different lengths"),
        ({"a.txt": ""}, {}, "a.txt is empty"),
        ({"a.txt": "-X" * 10 + "\n"}, {}, "must be at least 32 tiles wide"),
    ],
)
def test_folders_that_are_no_levels_are_refused(tmp_path, files, options, words):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=words):
        DATASETS.build(TILES(level_path=str(tmp_path), **options))


@pytest.mark.parametrize(("path", "words"), [("", "level_path is empty"), ("nowhere", "There is no folder nowhere")])
def test_a_path_that_is_none_is_said(path, words):
    with pytest.raises(UserError, match=re.escape(words)):
        DATASETS.build(TILES(level_path=path))


def test_too_many_windows_are_refused(own, monkeypatch):
    """5 levels of 30 columns are 95 windows of 12."""
    options = TILES(level_path=str(own), level_columns=12, level_splice=0.0)
    monkeypatch.setattr(tiles, "MAX_WINDOWS", 95)
    assert len(DATASETS.build(options).train) == 76
    monkeypatch.setattr(tiles, "MAX_WINDOWS", 94)
    with pytest.raises(UserError, match="gives 95 windows, of which 94 are the limit"):
        DATASETS.build(options)


def test_a_level_that_cannot_be_read_is_named(own, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UserError, match=r"level 0\.txt cannot be read: Permission denied"):
        DATASETS.build(TILES(level_path=str(own)))
