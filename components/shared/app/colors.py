"""The colours of classes and of runs: the one place that decides them, for the page, for Plotly and for films."""

import functools
import math
import tomllib
from collections.abc import Callable, Sequence

from vae_core import checkpoints

HUES = 25, 0.62
"""Where the first group's hues begin, in degrees, and the part of its share of the circle that a group fills."""
LIGHTNESS = 0.48, 0.62, 0.76
"""Of neighbours, in turn."""
CHROMA = 0.13
_GROUPS: tuple[Callable[[str], bool], ...] = (str.isdigit, str.isupper, str.islower)


@functools.lru_cache(maxsize=1)
def palette() -> list[str]:
    """Ten colours from the theme, which colour-blind people tell apart: those of up to ten classes, and of runs."""
    config = tomllib.loads((checkpoints.ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return config["theme"]["chartCategoricalColors"]


def run_color(index: int) -> str:
    """The colour of the run in that place, in pictures and curves."""
    return palette()[index % len(palette())]


def class_colors(classes: Sequence[str]) -> list[str]:
    """The colours of all classes, each "#rrggbb"; where there are none, the one of all points.

    More than the palette has go around the circle of hues, single characters by groups: digits, capitals and small
    letters have hues of their own. Neighbours differ in lightness too; which of 62 a colour is, only its name says.
    """
    if len(classes) <= len(palette()):
        return palette()[: max(1, len(classes))]
    groups = [_group(name) if all(len(each) == 1 for each in classes) else 0 for name in classes]
    order = sorted(set(groups))
    found = []
    for i, group in enumerate(groups):
        at, size = groups[:i].count(group), groups.count(group)
        share = 360 / len(order)
        filled = share * (HUES[1] if len(order) > 1 else (size - 1) / size)
        hue = HUES[0] + order.index(group) * share + filled * at / max(1, size - 1)
        found.append(_hex(LIGHTNESS[i % len(LIGHTNESS)], CHROMA, hue))
    return found


def _group(character: str) -> int:
    return next((i for i, belongs in enumerate(_GROUPS) if belongs(character)), len(_GROUPS))


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """A colour of OKLCH, in which equal steps look equal (Ottosson 2020), as "#rrggbb", with as much of the chroma as a
    screen can show."""
    a, b = (chroma * part(math.radians(hue)) for part in (math.cos, math.sin))
    long, middle, short = (
        (lightness + x * a + y * b) ** 3
        for x, y in ((0.3963377774, 0.2158037573), (-0.1055613458, -0.0638541728), (-0.0894841775, -1.2914855480))
    )
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    if chroma > 0 and not all(0 <= value <= 1 for value in linear):
        return _hex(lightness, max(0.0, chroma - 0.01), hue)
    values = (12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055 for x in linear)
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, value))):02X}" for value in values)
