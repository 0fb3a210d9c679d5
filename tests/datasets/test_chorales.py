"""The chorales: which voice sings which pitch, and tunes that are moved."""

from pathlib import Path

import pytest
import torch

from tests.datasets.files import write_chorales
from vae_core.data import Data
from vae_core.datasets import DATASETS, chorales
from vae_core.datasets.chorales import FARTHEST, HIGH, LOW, voiced
from vae_core.errors import UserError
from vae_core.kinds.notes.voices import SILENT, pitches


@pytest.mark.parametrize(
    ("chord", "before", "expected"),
    [
        ([48, 60, 64, 72], [48, 60, 67, 76], [48, 60, 64, 72]),
        ([48, 60, 67], [48, 60, 62, 67], [48, 60, 60, 67]),  # two voices meet, where it is nearest
        ([48, 60, 67], [48, 53, 60, 72], [48, 48, 60, 67]),
        ([60], [49, 59, 63, 69], [SILENT, 60, SILENT, SILENT]),
        ([81], [48, 60, 67, 76], [SILENT, SILENT, SILENT, 81]),
        ([], [48, 60, 67, 76], [SILENT] * 4),
    ],
)
def test_who_sings_what(chord, before, expected):
    assert voiced(chord, before) == expected


def test_a_pitch_that_no_voice_reaches_is_an_error():
    with pytest.raises(ValueError):
        voiced([20, 60, 64, 72], [48, 60, 64, 72])


@pytest.fixture
def data(tmp_path) -> Data:
    return DATASETS.build(chorales.Config(), write_chorales(tmp_path / "data"))


def test_windows_are_what_the_file_says_an_octave_lower(data):
    assert len(data.train) == 12 * 5 and len(data.test) == 6 * 5  # pieces of 20 chords, windows of 16
    tunes = pitches(data.test.x, data.spec)
    assert (tunes[:, :, 1:] >= tunes[:, :, :-1]).all() and tunes.min() >= LOW[0] and tunes.max() <= HIGH[3]
    assert torch.equal(tunes[0, 1:], tunes[1, :-1])  # a step further


def test_tunes_are_moved_as_a_whole_and_stay_within_the_ranges(data, generator):
    assert data.augment is not None
    x = data.train.x.repeat(40, 1)
    moved = data.augment(x, generator)
    by = pitches(moved, data.spec) - pitches(x, data.spec)
    assert (by.flatten(1) == by[:, :1, 0]).all()
    assert set(by.unique().tolist()) == set(range(-FARTHEST, FARTHEST + 1))
    resting = torch.zeros_like(x)
    assert torch.equal(data.augment(resting, generator), resting)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"train": []}', '{"train": [[["a"]]], "valid": [], "test": []}', '{"train": [[[1, 2]]]}']
)
def test_another_file_is_refused(tmp_path, content):
    folder = write_chorales(tmp_path / "data")
    (folder / chorales.FOLDER / chorales.FILE).write_text(content)
    with pytest.raises(UserError, match="is not the file of chorales"):
        DATASETS.build(chorales.Config(), folder)
    assert chorales.held_out(chorales.Config(), folder) is None


def test_a_missing_file_and_short_pieces_get_a_sentence(tmp_path):
    with pytest.raises(UserError, match="not on this computer: place jsb-chorales-quarter.json"):
        chorales.file_of(Path(tmp_path))
    with pytest.raises(UserError, match="No chorale in that file has 64 steps"):
        DATASETS.build(chorales.Config(steps=64), write_chorales(tmp_path / "data"))
