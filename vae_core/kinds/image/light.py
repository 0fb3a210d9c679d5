"""Take shadows off a photographed sheet: each place is divided by the paper's light around it."""

import numpy as np
from PIL import Image
from scipy import ndimage

from vae_core.kinds.image.ink import enlarged, reduced, smooth_ground
from vae_core.kinds.image.sheet import is_drawn

SIDE = 200
"""The paper's light is estimated on a copy of about this size."""
WIDEST = 0.2
"""Of the picture's longer side: what is narrower and dark is ink."""
UNEVEN = 0.06
"""How far, of the brightest paper, its light strays from a smooth surface where there is a shadow."""
DARKEST = 0.12
"""Of the brightest paper: what is left of it in a shadow, at least. Less is a dark ground."""
DARK_INK = 0.65
"""Of what differs from its surroundings, the part that is darker, where the ink is dark."""


def even(image: Image.Image) -> Image.Image | None:
    """A grey picture of dark ink on paper without its shadows; None where there are none, or no dark ink on paper."""
    if is_drawn(image):
        return None
    light = np.asarray(image, dtype=np.float32) / 255
    small = reduced(light, max(1, round(max(light.shape) / SIDE)))
    side = max(3, round(WIDEST * max(small.shape)))
    # Beyond the border the shadows go on: an edge that meets it at a slant would close like a stroke.
    wide = ndimage.grey_closing(np.pad(small, side, mode="edge"), (side, side))
    paper = wide[side:-side, side:-side]
    strays = np.percentile(np.abs(paper - smooth_ground(paper)), 90) > UNEVEN * paper.max()
    if not strays or paper.min() < DARKEST * paper.max() or not _is_ink_dark(small):
        return None
    # Not above the paper beside an edge of a shadow, or the edge would look like ink.
    paper = np.minimum(paper, ndimage.gaussian_filter(paper, 2))
    level = np.percentile(paper, 90)
    evened = (light / np.maximum(enlarged(paper, light.shape), 1e-3)).clip(0, 1) * level
    return Image.fromarray((255 * evened).round().astype(np.uint8))


def _is_ink_dark(small: np.ndarray) -> bool:
    """Whether what differs from its surroundings is dark; an edge of a shadow differs as much to both sides."""
    small = small[::2, ::2]
    above = small - ndimage.median_filter(small, max(3, round(WIDEST * max(small.shape))))
    dark, bright = -above[above < -0.1].sum(), above[above > 0.1].sum()
    return bool(dark > DARK_INK * (dark + bright))
