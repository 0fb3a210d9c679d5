"""The user's own images, from a folder or a zip file.

The files may hold anything, so formats are judged by content and come from a short list, sizes are checked before
anything is decoded, and a zip file is read in memory, member by member (`zips`).
"""

import functools
import io
import logging
import os
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image, ImageOps

from vae_core import zips
from vae_core.config import option
from vae_core.data import Data, DataSpec, split_at_random
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.kinds.image.imaging import FORMATS, MAX_FILE_BYTES, MAX_PIXELS, flattened

MAX_FILES = 20_000
MAX_ZIP_BYTES = 4 * 2**30  # of a zip file, unpacked: limits the time that a zip bomb can cost

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Own pictures"

    path: str = option("", "Folder or zip file of images, with one subfolder per class or without subfolders.")
    image_size: int = option(28, "Width and height in pixels.", minimum=8, maximum=128)
    image_channels: int = option(1, "1 for grey, 3 for colour.", choices=(1, 3))
    invert: bool = option(False, "Swap light and dark, as for drawings with a dark pen on paper.")
    test_fraction: float = option(0.2, "Share of held-out images.", minimum=0.05, maximum=0.5)
    split_seed: int = option(0, "Seed of the split into train and test.", minimum=0, maximum=2**31 - 1)


@DATASETS.register("folder", Config)
def load(config: Config, data_dir: Path | None = None, max_pixels: int | None = None) -> Data:
    """Your own images from a folder or zip file, with one subfolder per class or all in one place.

    PNG, JPEG, WebP, BMP and GIF (its first frame), rotated as their EXIF data say, on white where they are transparent,
    cropped to the central square and scaled with a Lanczos filter. The classes are the subfolders that hold an image,
    sorted; without subfolders there are no classes, and `y` is zero. Hidden files are ignored; files in other formats,
    over 10 MiB or over 16 megapixels are skipped and logged. A relative `path` is searched for in the current folder,
    then in `data_dir`.

    UserError if the path is missing or neither a folder nor a zip file, if images lie both inside and outside of
    subfolders, if there are more than 20,000 files, if the images have more than `max_pixels` together, or if fewer
    than 2 images can be read.
    """
    root = _resolve(config.path, data_dir)
    images, labels, skipped, n_pixels = [], [], [], 0
    with warnings.catch_warnings():
        # Pillow warns of damaged and of huge images; both are judged here, and reported as skipped.
        warnings.simplefilter("ignore")
        for file in _files(root):
            try:
                image = _opened(file)
                n_pixels += image.width * image.height
                if max_pixels is not None and n_pixels > max_pixels:
                    raise UserError(
                        f"These images have more than {max_pixels / 1e9:g} gigapixels together, which is the limit "
                        "here: make them smaller, or take fewer."
                    )
                images.append(_read(functools.partial(_to_pixels, image, config)))
                labels.append(file.name.parts[0] if len(file.name.parts) > 1 else "")
            except _Unusable as error:
                skipped.append(f"{file.name} {error}")
    if len(images) < 2:
        raise UserError(f"{root} must hold at least 2 usable images but has {len(images)}{_examples(skipped)}.")
    if skipped:
        log.warning("%s: skipped %d of %d files%s", root, len(skipped), len(skipped) + len(images), _examples(skipped))
    classes = tuple(sorted(set(labels)))
    if classes == ("",):
        classes = ()
    elif "" in classes:
        raise UserError(
            f"{root} holds images both inside and outside of subfolders: put all of them into subfolders, one for each "
            "class, or none."
        )
    x = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()  # [N, C, H, W]
    y = torch.tensor([classes.index(label) if classes else 0 for label in labels])
    train, test = split_at_random(x, y, config.test_fraction, config.split_seed)
    return Data(DataSpec("folder", "image", tuple(x.shape[1:]), classes), train, test)


class _Unusable(Exception):
    """A file to skip; the message continues a sentence that begins with the file's name."""


@dataclass(frozen=True)
class _File:
    name: PurePosixPath  # relative to the root
    size: int
    read: Callable[[], bytes]


def _resolve(path: str, data_dir: Path | None) -> Path:
    if not path.strip():
        raise UserError("Name the folder or zip file that holds the images: the option path is empty.")
    given = Path(os.path.expanduser(path))
    places = [given] if data_dir is None else [given, data_dir / given]  # an absolute path ignores data_dir
    for place in places:
        if os.path.exists(place):
            return place
    raise UserError(f"There is no folder or zip file {' or '.join(dict.fromkeys(map(str, places)))}.")


def _examples(skipped: list[str]) -> str:
    if not skipped:
        return ""
    more = f"; and {len(skipped) - 3:,} more" if len(skipped) > 3 else ""
    return f": {'; '.join(skipped[:3])}{more}"


def _files(root: Path) -> Iterator[_File]:
    """The visible files in a folder or zip file, sorted by name."""
    if root.is_dir():
        yield from _files_in_folder(root)
    elif root.is_file() and zipfile.is_zipfile(root):
        yield from _files_in_zip(root)
    else:
        raise UserError(f"{root} is neither a folder nor a zip file.")


def _files_in_folder(root: Path) -> Iterator[_File]:
    found = 0
    for folder, subfolders, names in os.walk(root, onerror=_refuse):
        subfolders[:] = sorted(filter(_visible, subfolders))
        for name in sorted(filter(_visible, names)):
            path = Path(folder, name)
            if not path.is_file():  # a pipe or a socket would never end
                continue
            found += 1
            _check_number(root, found)
            yield _File(PurePosixPath(path.relative_to(root).as_posix()), path.stat().st_size, path.read_bytes)


def _files_in_zip(root: Path) -> Iterator[_File]:
    try:
        with zips.opened(root) as found:
            members = {}
            for member in found:
                name = PurePosixPath(member.name.replace("\\", "/").lstrip("/"))
                if name.parts and all(map(_visible, name.parts)):
                    members[name] = member
            _check_number(root, len(members))
            zips.check_total(list(members.values()), MAX_ZIP_BYTES)
            # A packed folder puts all files below its own name, which is not a class.
            wrapped = len({name.parts[0] for name in members}) == 1 and all(len(name.parts) > 1 for name in members)
            for name, member in sorted(members.items(), key=lambda item: item[0]):
                name = PurePosixPath(*name.parts[1 if wrapped else 0 :])
                yield _File(name, member.size, member.read)
    except zips.ZipError as error:
        raise UserError(f"{root} {error}.") from None


def _visible(name: str) -> bool:
    return not name.startswith(".") and name != "__MACOSX"


def _check_number(root: Path, found: int) -> None:
    if found > MAX_FILES:
        raise UserError(f"{root} holds more than {MAX_FILES:,} files, which is the limit.")


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename} cannot be read ({error.strerror}).")


def _opened(file: _File) -> Image.Image:
    """The image in a file, with only its header read; _Unusable if the file is too large or not an image."""
    if file.size > MAX_FILE_BYTES:
        raise _Unusable(f"is larger than {MAX_FILE_BYTES // 2**20} MiB")
    image = _read(lambda: Image.open(io.BytesIO(file.read()), formats=FORMATS))
    if image.width * image.height > MAX_PIXELS:
        raise _Unusable(f"has more than {MAX_PIXELS // 10**6} megapixels")
    return image


def _read(make: Callable[[], Any]) -> Any:
    """The result of `make`; _Unusable, with the reason, for any error it raises."""
    try:
        return make()
    except _Unusable:
        raise
    except zips.ZipError as error:
        raise _Unusable(str(error)) from None
    except Image.UnidentifiedImageError:
        raise _Unusable("is not a PNG, JPEG, WebP, BMP or GIF image") from None
    except Image.DecompressionBombError:
        raise _Unusable(f"has more than {MAX_PIXELS // 10**6} megapixels") from None
    except Exception as error:  # decoders raise nearly anything on damaged input; the reason is reported
        raise _Unusable(f"cannot be read ({str(error) or type(error).__name__})") from None


def _to_pixels(image: Image.Image, config: Config) -> np.ndarray:
    """uint8 [H, W, C]."""
    size = (config.image_size, config.image_size)
    image.draft(None, (4 * config.image_size, 4 * config.image_size))  # JPEGs decode faster at a fraction of their size
    image = ImageOps.exif_transpose(image)
    image = flattened(image).convert("L" if config.image_channels == 1 else "RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Crop before scaling: ImageOps.fit would let what lies outside the square bleed into its edge.
    image = image.crop((left, top, left + side, top + side)).resize(size, Image.Resampling.LANCZOS)
    pixels = np.asarray(image).reshape(*size, config.image_channels)
    return 255 - pixels if config.invert else pixels
