"""The colours of classes: of few the theme's, of many told apart by group and from neighbours."""

import colorsys
import string
from itertools import pairwise

import pytest
import streamlit as st

from components.shared.app.colors import class_colors, run_color

LETTERS = [*string.digits, *string.ascii_uppercase, *string.ascii_lowercase]


def hue(color: str) -> float:
    """In degrees."""
    return 360 * colorsys.rgb_to_hls(*(part / 255 for part in bytes.fromhex(color[1:])))[0]


def grey(color: str) -> float:
    """How light it is in grey print, 0 to 1 (relative luminance, WCAG 2)."""
    parts = [part / 255 for part in bytes.fromhex(color[1:])]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_few_classes_have_the_colours_that_plotly_gives_them():
    theme = st.get_option("theme.chartCategoricalColors")
    assert class_colors(["a", "b", "c"]) == theme[:3] and class_colors("0123456789") == theme
    assert class_colors([]) == theme[:1]
    assert [run_color(i) for i in (0, 11)] == theme[:2]


def test_digits_capitals_and_small_letters_have_hues_of_their_own():
    colors = class_colors(LETTERS)
    assert len(set(colors)) == 62
    ranges = [[hue(color) for color in colors[part]] for part in (slice(10), slice(10, 36), slice(36, 62))]
    ordered = sorted(((hue - 340) % 360, i) for i, hues in enumerate(ranges) for hue in hues)
    groups = [i for _, i in ordered]
    changes = sum(one != other for one, other in pairwise(groups))
    assert changes == 2, "each has an arc of the circle, where no other group is"


@pytest.mark.parametrize("classes", [LETTERS, [f"class {i}" for i in range(35)]])
def test_neighbours_among_many_differ_in_grey_print(classes):
    light = [grey(color) for color in class_colors(classes)]
    assert min(max(a, b) / min(a, b) for a, b in pairwise(light)) > 1.3
