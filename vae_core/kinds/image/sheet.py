"""Find a sheet of paper in a photo, and straighten it: the largest bright quadrilateral, whatever lies around it."""

from itertools import combinations

import numpy as np
from PIL import Image
from scipy import ndimage

SIDE = 192
"""The search uses a copy whose longer side has so many pixels."""
SMALLEST = 100
"""Pixels of the shorter side of a picture that may be a photo of a sheet: smaller ones are pictures of one thing."""
MIN_AREA = 0.14
"""Of the picture, that a sheet covers at least."""
LONGEST = 2.2
"""Longer by shorter side of a sheet, at most."""
LINES = 26
ANGLES = 120
CONTRAST = 0.09
"""By how much the logarithm of the light rises from the table to the sheet, at least."""
SUPPORT = 0.72
"""Share of each side along which it does."""
BEYOND = 0.65
"""Share of the surroundings that are darker than the sheet beside them."""
DEEPEST = 1.5
"""By how much the logarithm of the light falls from the brightest paper to the deepest shadow on it, at most."""
INSET = 0.012
"""Of a side: what is taken off, so that no table shows at the edges."""


def find(image: Image.Image) -> np.ndarray | None:
    """The corners of a sheet, float [4, 2] in parts of the width and height, clockwise from the top left; None if no
    sheet shows with its edges."""
    if min(image.size) < SMALLEST or is_drawn(image):
        return None
    light = _light(image)
    # Neither ink and ruling nor the grain of a table is wider than this; edges of a sheet stay where they are.
    bare = ndimage.grey_opening(ndimage.grey_closing(light, (9, 9)), (5, 5))
    bare = np.log(ndimage.gaussian_filter(bare, 1) + 0.04)
    quads, borders = _quads(_lines(bare), light.shape)
    if not len(quads):
        return None
    best = _best(quads, borders, bare)
    if best is None or not _written_on(light, best):
        return None
    height, width = light.shape
    return _inset(best / [width - 1, height - 1])


def is_drawn(image: Image.Image) -> bool:
    """Whether a picture is no photo: nearly all of its border, and much of it, has exactly one tone."""
    image = image.convert("L")
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.NEAREST))
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    tone = np.median(border)
    return bool((border == tone).mean() > 0.9 and (pixels == tone).mean() > 0.3)


def _light(image: Image.Image) -> np.ndarray:
    """How white each pixel of a small copy is, [H, W] in [0, 1]: the darkest channel, as tables have colours."""
    scale = SIDE / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = image.convert("RGB").resize(size, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).min(2) / 255


def _lines(bare: np.ndarray) -> np.ndarray:
    """Straight edges (Hough 1962; Duda & Hart 1972), each by the direction into the light and its distance: [K, 2] of
    angle and offset with x cos + y sin ≥ offset on the lit side."""
    across, down = ndimage.gaussian_filter(bare, 1, order=(0, 1)), ndimage.gaussian_filter(bare, 1, order=(1, 0))
    strength = np.hypot(across, down)
    y, x = np.nonzero(strength > 0.02)
    if not len(y):
        return np.empty((0, 2))
    weight = np.minimum(strength[y, x], 0.12)
    bins = np.arctan2(down[y, x], across[y, x]) / (2 * np.pi) * ANGLES
    reach = int(np.hypot(*bare.shape)) + 1
    votes = np.zeros((ANGLES, 2 * reach))
    for shift in range(-3, 4):
        angle = (np.round(bins).astype(int) + shift) % ANGLES
        radians = angle * (2 * np.pi / ANGLES)
        offset = np.round(x * np.cos(radians) + y * np.sin(radians)).astype(int) + reach
        votes += np.bincount(angle * 2 * reach + offset, weight, votes.size).reshape(votes.shape)
    smooth = ndimage.gaussian_filter(votes, (0.5, 1), mode=("wrap", "constant"))
    peaks = smooth == ndimage.maximum_filter(smooth, (7, 7), mode=("wrap", "constant"))
    order = np.argsort(np.where(peaks, smooth, 0).ravel())[::-1][:LINES]
    order = order[smooth.ravel()[order] > 0.15 * smooth.max()]
    angle, offset = np.unravel_index(order, smooth.shape)
    return np.stack([angle * (2 * np.pi / ANGLES), offset - reach], axis=1)


def _quads(lines: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The quadrilaterals [Q, 4, 2] (x, y) that four of the lines, or up to two of them and the picture's borders,
    enclose, and which of their sides are borders [Q, 4]. Side i leads from corner i to the next one."""
    height, width = shape
    frame = np.array([[0, 0], [np.pi / 2, 0], [np.pi, 1.0 - width], [1.5 * np.pi, 1.0 - height]])
    lines = np.concatenate([lines, frame])
    border = np.arange(len(lines)) >= len(lines) - 4
    chosen = np.array(list(combinations(range(len(lines)), 4)))
    chosen = chosen[border[chosen].sum(1) <= 2]
    if not len(chosen):
        return np.empty((0, 4, 2)), np.empty((0, 4), dtype=bool)
    chosen = np.take_along_axis(chosen, np.argsort(lines[chosen, 0], axis=1), axis=1)
    angle = lines[chosen, 0]
    turn = np.diff(np.concatenate([angle, angle[:, :1] + 2 * np.pi], axis=1), axis=1)
    chosen = chosen[((turn > np.deg2rad(50)) & (turn < np.deg2rad(130))).all(1)]
    angle, offset = lines[chosen, 0], lines[chosen, 1]
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # [Q, 4, 2]
    before, of_before = np.roll(normal, 1, axis=1), np.roll(offset, 1, axis=1)
    area = before[..., 0] * normal[..., 1] - before[..., 1] * normal[..., 0]
    x = (of_before * normal[..., 1] - offset * before[..., 1]) / area
    y = (before[..., 0] * offset - normal[..., 0] * of_before) / area
    corners = np.stack([x, y], axis=-1)  # where a line meets the one before
    margin = 0.02 * max(shape)
    inside = ((corners > -margin) & (corners < [width - 1 + margin, height - 1 + margin])).all((1, 2))
    other = np.einsum("qij,qkj->qik", corners, normal) - offset[:, None]
    convex = (other > -1e-6 * max(shape)).all((1, 2))
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=-1)
    sides = sides[:, :2] + sides[:, 2:]
    shaped = sides.max(1) < LONGEST * sides.min(1)
    kept = inside & convex & shaped & (_areas(corners) > MIN_AREA * height * width)
    return corners[kept], border[chosen][kept]


def _areas(corners: np.ndarray) -> np.ndarray:
    x, y = corners[..., 0], corners[..., 1]
    return np.abs((x * np.roll(y, -1, 1) - y * np.roll(x, -1, 1)).sum(1)) / 2


def _best(quads: np.ndarray, borders: np.ndarray, bare: np.ndarray) -> np.ndarray | None:
    """The largest of the quadrilaterals all of whose sides are edges of something bright, its sides moved onto them."""
    inner = (_across(quads, bare, 3) + _across(quads, bare, 5)) / 2
    outer = (_across(quads, bare, -3) + _across(quads, bare, -5)) / 2
    support = np.where(borders, 1, (inner - outer > CONTRAST).mean(-1))
    good = support.min(1) >= SUPPORT
    # Beyond a sheet lies a table; beyond a stroke of ink the paper goes on.
    beyond = np.stack([inner - _across(quads, bare, -distance) > CONTRAST for distance in (3, 8, 14, 20, 26, 32)])
    beyond = beyond.mean((0, -1))  # [Q, 4]
    good &= (beyond * ~borders).sum(1) >= BEYOND * (~borders).sum(1)
    if not good.any():
        return None
    area = _areas(quads) / bare.size
    worth = np.where(good, support.mean(1) ** 4 * np.sqrt(area) * (1 - 0.1 * borders.sum(1)), 0)
    for best in np.argsort(worth)[::-1][:8]:
        if not worth[best]:
            break
        if _is_paper(quads[best], bare):
            return _moved(quads[best], borders[best], bare)
    return None


def _is_paper(quad: np.ndarray, bare: np.ndarray) -> bool:
    """Whether it is bright all over, shadows aside: the gaps in a large white letter on black are not."""
    page = _sampled(bare, quad)
    return bool((page > np.percentile(page, 90) - DEEPEST).mean() > 0.97)


def _sampled(values: np.ndarray, quad: np.ndarray, n: int = 96) -> np.ndarray:
    """The values [H, W] within a quadrilateral [4, 2], seen from above without its margin: [n, n]."""
    target = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
    a, b, c, d, e, f, g, h = perspective(target, (1, 1), quad)
    y, x = np.meshgrid(np.linspace(0.06, 0.94, n), np.linspace(0.06, 0.94, n), indexing="ij")
    far = g * x + h * y + 1
    return ndimage.map_coordinates(
        values, [(d * x + e * y + f) / far, (a * x + b * y + c) / far], order=1, mode="nearest"
    )


ALONG = np.linspace(0.04, 0.96, 40)
"""Where a side is looked at, in parts of its length: not at the corners, which may be round."""


def _across(quads: np.ndarray, bare: np.ndarray, distance: float) -> np.ndarray:
    """The light [Q, 4, 40] along the sides of quadrilaterals [Q, 4, 2], so many pixels inside of them."""
    along = np.roll(quads, -1, axis=1) - quads
    inward = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    inward = distance * inward / np.maximum(np.linalg.norm(along, axis=-1), 1e-6)[..., None]
    place = np.rint((quads + inward)[:, :, None] + ALONG[:, None] * along[:, :, None]).astype(int)
    height, width = bare.shape
    return bare[place[..., 1].clip(0, height - 1), place[..., 0].clip(0, width - 1)]


def _moved(quad: np.ndarray, border: np.ndarray, bare: np.ndarray) -> np.ndarray:
    """The corners after each side that is no border was fitted to the steepest places around it."""
    steps = np.arange(-6, 7)
    light = np.stack([_across(quad[None], bare, float(step))[0] for step in steps])  # [13, 4, 40]
    rise = light[2:] - light[:-2]
    along = np.roll(quad, -1, axis=0) - quad
    length = np.linalg.norm(along, axis=1)
    inward = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(length, 1e-6)[:, None]
    starts, ends = quad.copy(), np.roll(quad, -1, axis=0)
    for side in np.flatnonzero(~border):
        clear = rise[:, side].max(0) > CONTRAST / 2
        away = steps[1:-1][rise[:, side].argmax(0)].astype(float)
        for _ in range(4):
            if clear.sum() < 10:
                break
            slope, offset = np.polyfit(ALONG[clear], away[clear], 1)
            clear &= np.abs(away - (slope * ALONG + offset)) <= 1.5
        else:
            starts[side] += offset * inward[side]
            ends[side] += (slope + offset) * inward[side]
    return np.array([_crossing(starts[i - 1], ends[i - 1], starts[i], ends[i]) for i in range(4)])


def _crossing(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Where the line through a and b meets the one through c and d."""
    part = np.linalg.solve(np.stack([b - a, c - d], axis=1), c - a)[0]
    return a + part * (b - a)


def _written_on(light: np.ndarray, quad: np.ndarray) -> bool:
    """Whether something dark and thin is on the sheet, as ink is: a bright shape by itself is no sheet."""
    page = _sampled(light, quad)
    relative = page / np.maximum(ndimage.grey_closing(page, (25, 25)), 1e-3)
    return any(_areas_within(relative < dark) > 0.002 * page.size for dark in (0.8, 0.65, 0.5))


def _areas_within(mask: np.ndarray) -> int:
    """Pixels of the largest connected part that does not touch the border."""
    labels, _ = ndimage.label(mask)
    sizes = np.bincount(labels.ravel())
    sizes[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = 0
    sizes[0] = 0
    return int(sizes.max())


def _inset(corners: np.ndarray) -> np.ndarray:
    """The corners in order, each moved inwards."""
    centre = corners.mean(0)
    corners = (centre + (1 - 2 * INSET) * (corners - centre)).clip(0, 1)
    first = int((corners.sum(1)).argmin())  # the top left one
    return np.roll(corners, -first, axis=0)


def straighten(image: Image.Image, corners: np.ndarray, side: int) -> Image.Image:
    """What lies between four corners [4, 2], in parts of the width and height, seen from above, at most `side` pixels
    wide and high."""
    pixels = corners * [image.width, image.height]
    lengths = np.linalg.norm(np.roll(pixels, -1, axis=0) - pixels, axis=1)
    size = (lengths[:2] + lengths[2:]) / 2
    scale = max(1.0, size.max() / side)
    if scale > 1.5:  # no pixel is left out, as it would be by interpolation
        factor = round(scale)
        pixels, image = pixels / factor, image.reduce(factor)
    width, height = (max(1, round(length / scale)) for length in size.tolist())
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float)
    coefficients = perspective(target, image.size, pixels)
    return image.transform((width, height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)


def perspective(target: np.ndarray, size: tuple[int, int], source: np.ndarray | None = None) -> list[float]:
    """Pillow's eight numbers for the view that takes the corners `source` [4, 2] (None: of a picture of `size`) to
    `target` [4, 2], in pixels."""
    if source is None:
        source = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], dtype=float)
    rows, values = [], []
    for (x, y), (u, v) in zip(target, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows, dtype=float), np.array(values)).tolist()
