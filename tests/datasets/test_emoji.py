"""Emoji are drawn from a font, in the groups of Unicode, and no two that look alike are on both sides of the split."""

import sys

import numpy as np
import pytest
import torch
from PIL import Image, features

from tests.datasets.colour_font import glyph, write_font
from vae_core.datasets import emoji, held_out
from vae_core.datasets._sources.emoji_groups import ALIKE, GROUPS, code_points
from vae_core.errors import UserError

FACES = [chr(point) for point in range(0x1F600, 0x1F640)]
JOINS = features.check("raqm")
FLAGS = [emoji.flag(letters) for letters in ("DE", "NO", "BV", "SJ")] if JOINS else []
OTHERS = ["\u2764", "🍕", "🏁", "✅"]
TEXTS = [*FACES, *OTHERS, *FLAGS]


@pytest.fixture(scope="module")
def pictures():
    return {text: glyph(seed) for seed, text in enumerate(TEXTS)}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory, pictures):
    place = tmp_path_factory.mktemp("data")
    write_font(place / emoji.FOLDER / emoji.FILE, pictures)
    return place


def as_drawn(picture, side=64):
    """A font's picture on white, from the picture itself: [3, side, side]."""
    sheet = Image.new("RGB", (136, 136), "white")
    sheet.paste(picture, (0, 4), picture)
    return torch.from_numpy(np.array(sheet.resize((side, side), Image.Resampling.LANCZOS))).permute(2, 0, 1)


def test_groups_are_those_of_unicode():
    points = {group: code_points(group) for group in GROUPS}
    assert [len(each) for each in points.values()] == [163, 158, 155, 129, 219, 85, 265, 212, 5]
    assert len({point for each in points.values() for point in each}) == 1391
    known = {
        "Smileys & Emotion": "😀\u2764👻", "People & Body": "👍👩🏃", "Animals & Nature": "🐶🌳🦋",
        "Food & Drink": "🍕🍎\u2615", "Travel & Places": "🚗🏠🌙", "Activities": "\u26bd🎨🎁",
        "Objects": "📱🔑\u2702", "Symbols": "\u2705\u267b🔴", "Flags": "🏁🏳",
    }  # fmt: skip
    assert all(set(map(ord, texts)) <= set(points[group]) for group, texts in known.items())
    assert emoji.CLASSES == tuple(known)


def test_what_looks_alike_is_on_one_side_of_the_split():
    every = {chr(point) for group in GROUPS for point in code_points(group)}
    families = [
        [emoji.flag(family[i : i + 2]) for i in range(0, len(family), 2)] if family.isascii() else list(family)
        for family in ALIKE.split()
    ]
    members = [text for family in families for text in family]
    assert len(members) == len(set(members)) and all(len(family) > 1 for family in families)
    assert {text for text in members if len(text) == 1} <= every
    sides = [{emoji.is_held_out(text) for text in family} for family in families]
    assert all(len(side) == 1 for side in sides) and {True} in sides and {False} in sides
    share = sum(map(emoji.is_held_out, every)) / len(every)
    assert 0.1 < share < 0.15


def test_a_picture_is_what_the_font_holds_on_white(data_dir, pictures):
    data = emoji.load(emoji.Config(flags=JOINS), data_dir)
    assert data.spec.shape == (3, 64, 64) and data.spec.classes == emoji.CLASSES
    for split, side in ((data.train, False), (data.test, True)):
        expected = {text: as_drawn(pictures[text]) for text in TEXTS if emoji.is_held_out(text) == side}
        assert len(split) == len(expected) > 5
        found = {x.numpy().tobytes(): label for x, label in zip(split.x, split.y.tolist(), strict=True)}
        for text, picture in expected.items():
            group = emoji.CLASSES[found[picture.contiguous().numpy().tobytes()]]
            assert group == "Flags" if len(text) == 2 else ord(text) in code_points(group)
    assert torch.equal(held_out(emoji.Config(flags=JOINS), data_dir).x, data.test.x)
    small = emoji.load(emoji.Config(image_size=32, flags=False), data_dir)
    assert small.spec.shape == (3, 32, 32) and len(small.train) + len(small.test) == len(FACES) + len(OTHERS)
    assert small.test.x.float().mean() == pytest.approx(data.test.x.float().mean(), abs=8)


def test_a_batch_is_mirrored_in_part():
    x = torch.randint(0, 256, (64, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    seen = emoji.mirrored(x, torch.Generator().manual_seed(0))
    turned = [torch.equal(after, before.flip(2)) for after, before in zip(seen, x, strict=True)]
    same = [torch.equal(after, before) for after, before in zip(seen, x, strict=True)]
    assert all(a != b for a, b in zip(turned, same, strict=True)) and 16 < sum(turned) < 48


@pytest.fixture
def system_fonts(tmp_path, monkeypatch):
    """An empty folder in which Pillow looks for the system's fonts."""
    if sys.platform in ("win32", "darwin"):
        pytest.skip("where this system keeps its fonts cannot be changed")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "system"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "elsewhere"))
    return tmp_path / "system" / "fonts"


def test_a_font_that_is_missing_is_named_with_its_source(system_fonts, tmp_path):
    with pytest.raises(UserError, match=r"get NotoColorEmoji.ttf from https://\S+ and place it in .*noto_emoji\.$"):
        emoji.load(emoji.Config(flags=False), tmp_path)
    with pytest.raises(UserError, match=r"a folder noto_emoji in the data folder \(--data-dir\)"):
        emoji.load(emoji.Config(flags=False))
    assert held_out(emoji.Config(flags=False), tmp_path) is None


def test_the_font_of_the_system_will_do(system_fonts, pictures):
    write_font(system_fonts / "truetype" / emoji.FILE, {text: pictures[text] for text in FACES})
    data = emoji.load(emoji.Config(flags=False, mirrored=False))
    assert len(data.train) + len(data.test) == len(FACES) and data.augment is None


def test_a_font_that_cannot_be_drawn_is_refused(tmp_path):
    (tmp_path / emoji.FILE).write_bytes(b"no font")
    with pytest.raises(UserError, match=r"NotoColorEmoji.ttf cannot be drawn from \(.*\): get NotoColorEmoji.ttf"):
        emoji.load(emoji.Config(flags=False), tmp_path)
    write_font(tmp_path / emoji.FILE, {text: glyph(seed, grey=True) for seed, text in enumerate(FACES)})
    with pytest.raises(UserError, match="no pictures in colour"):
        emoji.load(emoji.Config(flags=False), tmp_path)


def test_flags_without_fribidi_are_refused_and_can_be_left_out(data_dir, monkeypatch):
    monkeypatch.setattr(features, "check", lambda feature: feature != "raqm")
    with pytest.raises(UserError, match=r"finds no FriBiDi .*--no-flags"):
        emoji.load(emoji.Config(), data_dir)
    assert len(emoji.load(emoji.Config(flags=False), data_dir).train) > 5
