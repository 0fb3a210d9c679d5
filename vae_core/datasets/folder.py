"""The user's own images, from a folder or a zip file, which may hold anything: see `vae_core.pictures` and `zips`."""

import logging
import math
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from PIL import Image

from vae_core import pictures, zips
from vae_core.config import option
from vae_core.data import Data, DataSpec, Split, split_at_random
from vae_core.datasets import DATASETS, PATH_HELP
from vae_core.datasets._sources import picture_files
from vae_core.errors import UserError
from vae_core.kinds.image.imaging import flattened

ENCODINGS = ("", "gbk", "big5", "shift_jis", "euc_kr", "cp1251", "cp866", "cp1252")
"""Those of Windows in China, Taiwan, Japan, Korea, Russia (two) and Western Europe; no zip says which one it is in."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Own pictures"

    path: str = option("", PATH_HELP, place=True)
    image_size: int = option(28, "Width and height in pixels.", minimum=8, maximum=128)
    image_channels: int = option(1, "1 for grey, 3 for colour.", choices=(1, 3))
    invert: bool = option(False, "Swap light and dark, as for drawings with a dark pen on paper.")
    test_fraction: float = option(0.2, "Share of held-out examples.", minimum=0.05, maximum=0.5)
    split_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)
    name_encoding: str = option("", "Encoding of a zip's names where they are not UTF-8.", choices=ENCODINGS)


@dataclass(frozen=True)
class Reading:
    """What was read: the data, the files that were left out as (name, reason), and whether names look garbled because
    their encoding is unknown."""

    data: Data
    left_out: list[tuple[str, str]]
    garbled: bool


@DATASETS.register("folder", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Your own images from a folder or zip file, with one subfolder per class or all in one place.

    PNG, JPEG, WebP, BMP, GIF and AVIF (the first frame), HEIC where pillow-heif is installed; rotated as their EXIF
    data say, on white where they are transparent (light ink on nothing: on black), cropped to the central square and
    scaled with a Lanczos filter. The classes are the subfolders that hold an image, in natural order; without
    subfolders there are no classes, and `y` is zero. Folders called train and test hold the two parts of the data;
    otherwise the split is random. Hidden files are ignored; files in other formats, over 10 MB or over 16 megapixels
    (JPEG: 64) are skipped and logged. A relative `path` is searched for in the current folder, then in `data_dir`.

    UserError if the path is missing or neither a folder nor a zip file, if images lie both inside and outside of
    subfolders, if there are more than 20,000 files, or if fewer than 2 images can be read.
    """
    root = _resolve(config.path, data_dir)
    found = read(config, root, str(root))
    if found.left_out:
        n = len(found.left_out)
        total = n + len(found.data.train) + len(found.data.test)
        log.warning("%s: skipped %d of %d files: %s", root, n, total, listed(found.left_out))
    if found.garbled:
        log.warning("%s: names look garbled; name_encoding says how they are written", root)
    return found.data


def read(
    config: Config,
    root: Path,
    called: str,
    *,
    seconds_left: Callable[[], float] = lambda: math.inf,
    decode: Callable[[bytes, int], pictures.Decoded] = pictures.decode,
) -> Reading:
    """The images in the folder or zip file `root`, which messages call `called`. UserError as for `load`, and when
    there are no `seconds_left` for the rest."""
    images, names, left_out, garbled = [], [], [], False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of damaged and of huge images: both are judged here
        for file in picture_files.files(root, called, config.name_encoding or None):
            if seconds_left() <= 0:
                raise UserError(f"{called} takes too long to read: take fewer or smaller images.")
            try:
                if file.size > pictures.MAX_FILE_BYTES:
                    raise pictures.Refused(f"is larger than {pictures.MAX_FILE_BYTES // 10**6} MB")
                images.append(_to_pixels(decode(file.read(), 4 * config.image_size), config))
                names.append(file.name)
                garbled |= file.garbled
            except pictures.Refused as error:
                left_out.append((str(file.name), error.reason))
            except (zips.ZipError, OSError) as error:
                left_out.append((str(file.name), str(error)))
    if len(images) < 2:
        others = f": {listed(left_out)}" if left_out else ""
        raise UserError(f"{called} must hold at least 2 usable images but has {len(images)}{others}.")
    places = picture_files.places(names, called)
    x = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()  # [N, C, H, W]
    y = torch.tensor(places.labels)
    if places.held_out is None:
        train, test = split_at_random(x, y, config.test_fraction, config.split_seed)
    else:
        whole, held_out = Split(x, y), torch.tensor(places.held_out)
        train, test = whole.take(~held_out), whole.take(held_out)
    return Reading(
        Data(DataSpec("folder", "image", tuple(x.shape[1:]), places.classes), train, test), left_out, garbled
    )


def listed(left_out: list[tuple[str, str]], most: int = 3) -> str:
    """The first files that were left out with their reasons, and how many more there are."""
    more = f"; and {len(left_out) - most:,} more" if len(left_out) > most else ""
    return "; ".join(f"{name} {reason}" for name, reason in left_out[:most]) + more


def _resolve(path: str, data_dir: Path | None) -> Path:
    if not path.strip():
        raise UserError("Name the folder or zip file that holds the images: the option path is empty.")
    given = Path(os.path.expanduser(path))
    places = [given] if data_dir is None else [given, data_dir / given]  # an absolute path ignores data_dir
    for place in places:
        if os.path.exists(place):
            return place
    raise UserError(f"There is no folder or zip file {' or '.join(dict.fromkeys(map(str, places)))}.")


def _to_pixels(decoded: pictures.Decoded, config: Config) -> np.ndarray:
    """uint8 [H, W, C]."""
    size = (config.image_size, config.image_size)
    image = decoded.upright
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Crop before scaling: ImageOps.fit would let what lies outside the square bleed into its edge.
    square = flattened(image.crop((left, top, left + side, top + side)))
    image = square.convert("L" if config.image_channels == 1 else "RGB").resize(size, Image.Resampling.LANCZOS)
    pixels = np.asarray(image).reshape(*size, config.image_channels)
    return 255 - pixels if config.invert else pixels
