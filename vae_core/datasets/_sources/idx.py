"""The IDX file format and the datasets published in it: MNIST and its drop-in replacements.

Such a dataset is a `Source` and a `load` that calls `load_idx`. Its four files, gzipped or plain, come from
`data_dir/NAME` or `data_dir`, from a folder `raw` in either (torchvision's layout), else from the user's cache, else
from a download into the cache. Checksums verify downloads; files placed by the user are only checked for their
structure, so that variants can be used.
"""

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pooch
import torch

from vae_core.data import Data, DataSpec, Split
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.binarised import binarised, held_out
from vae_core.errors import UserError

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
IMAGE_SHAPE = (28, 28)


@dataclass(frozen=True)
class Source:
    """The source of a dataset in IDX files: its registered name, its mirrors, and the SHA-256 of its gzipped files.

    `mirrors` are folder addresses, tried in order; `sha256` follows the order of `FILES`.
    """

    name: str
    title: str
    mirrors: tuple[str, ...]
    sha256: tuple[str, str, str, str]
    classes: tuple[str, ...]


def load_idx(source: Source, data_dir: Path | None, binarise: bool = False) -> Data:
    """The dataset of `source` with its published split; UserError if its files are missing or broken."""
    train_images, train_labels, test_images, test_labels = _find(source, data_dir) or _download(source, data_dir)
    data = Data(
        DataSpec(source.name, "image", (1, *IMAGE_SHAPE), source.classes),
        _read_split(train_images, train_labels, len(source.classes)),
        _read_split(test_images, test_labels, len(source.classes)),
    )
    return binarised(data) if binarise else data


def held_out_idx(source: Source, data_dir: Path | None, binarise: bool = False) -> Split | None:
    """The held-out examples of `source`; None if its files are not on this computer. UserError if they are broken."""
    found = _find(source, data_dir)
    if found is None:
        return None
    images, labels = found[2:]
    split = _read_split(images, labels, len(source.classes))
    return held_out(split) if binarise else split


def cache_folder(source: Source) -> Path:
    """The folder for downloads of this dataset."""
    return Path(pooch.os_cache("latent-space-explorer")) / source.name


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """The array of bytes (uint8) in an IDX file, gzipped or plain; UserError if it is broken or of another rank.

    Format: two zero bytes, the type (8: unsigned byte), the rank, each dimension as a big-endian uint32, the data.
    """
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read ({error}): replace it by a fresh copy.") from None
    start = 4 + 4 * dimensions
    if len(content) < start or content[:4] != bytes([0, 0, 8, dimensions]):
        raise UserError(f"{path} is not an IDX file of bytes with {dimensions} dimensions: replace it by a fresh copy.")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    expected = int(np.prod(shape, dtype=object))  # Python's integers: a broken header may exceed 64 bits
    if len(content) - start != expected:
        raise UserError(
            f"{path} should hold {expected:,} bytes after its header but holds {len(content) - start:,}: "
            "replace it by a fresh copy."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _read_split(images_path: Path, labels_path: Path, n_classes: int) -> Split:
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if images.shape[1:] != IMAGE_SHAPE:
        raise UserError(f"{images_path} holds images of {images.shape[1]}×{images.shape[2]} pixels instead of 28×28.")
    if len(images) == 0 or len(images) != len(labels):
        raise UserError(f"{images_path} holds {len(images):,} images but {labels_path} {len(labels):,} labels.")
    if labels.max() >= n_classes:
        raise UserError(f"{labels_path} holds the label {labels.max()}, but there are only {n_classes} classes.")
    return Split(torch.tensor(images).unsqueeze(1), torch.tensor(labels, dtype=torch.int64))


def _find(source: Source, data_dir: Path | None) -> list[Path] | None:
    """The four files, from the first folder that has all of them: parts of two datasets must never be mixed."""
    for folder in [*_places(source, data_dir), cache_folder(source)]:
        found = [[path for path in _spellings(folder, name) if path.is_file()] for name in FILES]
        if all(found):
            return [paths[0] for paths in found]
    return None


def _places(source: Source, data_dir: Path | None) -> list[Path]:
    """The folders of the user's that may hold the files."""
    if data_dir is None:
        return []
    # The file names are the same for every dataset here, so a folder named for another one is not ours.
    ours = _plain(source.name)
    another = _plain(data_dir.resolve().name) in {_plain(name) for name in DATASETS.names} - {ours}
    try:
        named = sorted(folder for folder in data_dir.iterdir() if _plain(folder.name) == ours)
    except OSError:
        named = []
    return [folder for place in (*named, *([] if another else [data_dir])) for folder in (place, place / "raw")]


def _plain(name: str) -> str:
    """The same for fashion_mnist and FashionMNIST."""
    return name.lower().replace("_", "").replace("-", "")


def _spellings(folder: Path, name: str) -> list[Path]:
    """Also with a dot before `idx`, as some archives unpack."""
    names = (name, name.replace("-idx", ".idx"))
    return [folder / f"{each}{suffix}" for each in names for suffix in (".gz", "")]


def _download(source: Source, data_dir: Path | None) -> list[Path]:
    return [
        _download_file(source, f"{name}.gz", sha256, data_dir)
        for name, sha256 in zip(FILES, source.sha256, strict=True)
    ]


def _download_file(source: Source, name: str, sha256: str, data_dir: Path | None) -> Path:
    # The progress bar of pooch goes to stderr; standard output belongs to the command.
    downloader = pooch.HTTPDownloader(progressbar=True, chunk_size=2**16, timeout=(5, 30))
    for mirror in source.mirrors:
        try:
            path = pooch.retrieve(mirror + name, f"sha256:{sha256}", name, cache_folder(source), downloader=downloader)
            return Path(path)
        except (OSError, ValueError) as error:  # no network, no such file, a full disk; or another checksum
            reason = error
    place = data_dir / source.name if data_dir else f"a folder {source.name} in the data folder"
    places = ", ".join(map(str, _places(source, data_dir)))
    looked = f" (it was looked for in {places})" if places else ""
    raise UserError(
        f"{source.title} is not on this computer{looked} and could not be downloaded ({_in_words(reason)}): "
        f"get {', '.join(f'{file}.gz' for file in FILES)} from {' or '.join(source.mirrors)} "
        f"and place them in {place} or in {cache_folder(source)}."
    )


def _in_words(error: OSError | ValueError) -> str:
    import requests  # a sixth of a second, which only a download needs

    if isinstance(error, (requests.ConnectionError, requests.Timeout)):
        return "no connection"
    if isinstance(error, OSError):
        return " ".join(str(error).split())
    return "the download does not have the published checksum"
