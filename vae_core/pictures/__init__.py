"""Pictures in files of unknown origin: the formats that are read, their limits, and decoding.

The content determines the format, from a short list, and sizes are checked before anything is decompressed. `decode`
works in this process; `vae_core.pictures.guarded` decodes in another one, whose time and memory are limited.
"""

import io
from dataclasses import dataclass

from PIL import Image, features

from vae_core.errors import UserError
from vae_core.reading import shown

try:
    from pillow_heif import register_heif_opener  # not required: phones' HEIC photos are read where it is installed
except ImportError:
    HEIC = False
else:
    register_heif_opener()
    HEIC = True

FORMATS = [
    "PNG",
    "JPEG",
    "WEBP",
    "BMP",
    "GIF",
    *(["AVIF"] if features.check("avif") else []),
    *(["HEIF"] if HEIC else []),
]
SUFFIXES = ["png", "jpg", "jpeg", "jfif", "webp", "bmp", "gif", *(["avif"] if "AVIF" in FORMATS else [])]
SUFFIXES += ["heic", "heif"] if HEIC else []
"""Of files in these formats, for choosing them. They are read whatever they are called."""
NAMED = ", ".join(name.replace("WEBP", "WebP").replace("HEIF", "HEIC") for name in FORMATS[:-1])
NAMED += f" or {FORMATS[-1].replace('HEIF', 'HEIC')}"
"""The formats, for people."""
MAX_FILE_BYTES = 10_000_000
MAX_PIXELS = 16_000_000
"""To decompress. A JPEG is decoded at a fraction of its size, so MAX_JPEG_PIXELS may stand in its file."""
MAX_JPEG_PIXELS = 64_000_000
MAX_KEPT = 4_000_000
"""Pixels that are handed on."""
MAX_SCANS = 100
"""Of a progressive JPEG: encoders write about ten, and each costs a pass over the whole picture."""

_ORIENTATION = 0x0112  # the tag in EXIF
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(UserError):
    """A file that is not decoded. The message is a sentence of its own; `reason` continues one that begins with the
    file's name: "has more than 16 megapixels"."""

    def __init__(
        self, reason: str, advice: str = "save it again as PNG or JPEG", subject: str = "That picture"
    ) -> None:
        super().__init__(f"{subject} {reason}: {advice}.")
        self.reason = reason


@dataclass(frozen=True)
class Decoded:
    """The first frame of a picture, in mode L, RGB or RGBA with 8 bits a channel, as it lies in the file; `orientation`
    is EXIF's, 1 to 8, and 1 where there is none or it cannot be read."""

    image: Image.Image
    orientation: int = 1

    @property
    def upright(self) -> Image.Image:
        """The image turned and mirrored as `orientation` says."""
        transpose = _UPRIGHT.get(self.orientation)
        return self.image if transpose is None else self.image.transpose(transpose)


def decode(content: bytes, side: int) -> Decoded:
    """Decode a picture that is needed with at least `side` pixels a side; a larger one is reduced to not much more, and
    a strip of millions of pixels to one that is a few times as long as `side`.

    Refused if it is no picture in one of FORMATS, is damaged or exceeds a limit.
    """
    image = _opened(content)
    try:
        image.draft(None, (side, side))
        if image.width * image.height > MAX_PIXELS:
            raise _too_large(MAX_PIXELS)
        image.load()
        orientation, eight_bits = _orientation(image), _in_eight_bits(image)
        factor = max(1, min(image.size) // side)
        if image.width * image.height > MAX_KEPT * factor**2:
            factor = max(factor, -(-max(image.size) // (4 * side)))
        return Decoded(eight_bits.reduce(factor) if factor > 1 else eight_bits, orientation)
    except Refused:
        raise
    except MemoryError:
        raise Refused("takes too much memory to read", "save a smaller copy of it") from None
    except Exception as error:  # decoders raise nearly anything on damaged input
        raise Refused(f"is damaged and cannot be read ({shown(str(error) or type(error).__name__)})") from None


def _opened(content: bytes) -> Image.Image:
    """The picture with only its header read."""
    if len(content) > MAX_FILE_BYTES:
        raise Refused(f"is larger than {MAX_FILE_BYTES // 10**6} MB", "save a smaller copy of it", "That file")
    if not content:
        raise Refused("is empty", "save the picture again as PNG or JPEG", "That file")
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.UnidentifiedImageError:
        raise _no_picture(content) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(MAX_PIXELS) from None
    except Exception as error:
        raise Refused(f"is damaged and cannot be read ({shown(str(error) or type(error).__name__)})") from None
    jpeg = image.format == "JPEG"
    limit = MAX_JPEG_PIXELS if jpeg else MAX_PIXELS
    if image.width * image.height > limit:
        raise _too_large(limit)
    if jpeg and content.count(b"\xff\xda") > MAX_SCANS:  # the marker of a scan: never within compressed data
        raise Refused(f"is a JPEG of more than {MAX_SCANS} scans, which no camera writes")
    return image


def _too_large(limit: int) -> Refused:
    return Refused(f"has more than {limit // 10**6} megapixels", "save a smaller copy of it")


def _no_picture(content: bytes) -> Refused:
    start = content[:64].lstrip().lower()
    if content[4:8] == b"ftyp":
        heic = content[8:12] in (b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1")
        kind = "a HEIC photo" if heic else "a video or a photo in a video's format"
        return Refused(f"is {kind}, which is not read here", "save it as JPEG", "That file")
    kinds = {b"<!doctype html": "HTML", b"<html": "HTML", b"<svg": "SVG", b"<?xml": "XML or SVG", b"%pdf": "PDF"}
    found = next((name for begin, name in kinds.items() if start.startswith(begin)), None)
    looks = f" (it looks like {found})" if found else ""
    return Refused(f"is not a {NAMED} picture{looks}", subject="That file")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow would clip instead of scaling
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _orientation(image: Image.Image) -> int:
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # as with decoders; a picture without readable EXIF is shown as it lies, as every viewer does
        return 1
    return found if found in _UPRIGHT else 1
