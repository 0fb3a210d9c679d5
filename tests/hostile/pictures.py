"""Pictures: of every format, in odd modes, damaged, lying and bombs, and what is no picture at all."""

import struct
import zlib

import numpy as np
from PIL import Image

from tests.datasets.files import encoded, picture
from tests.hostile.corpus import Bad


def png(chunks, magic=b"\x89PNG\r\n\x1a\n") -> bytes:
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return magic + b"".join(chunk(*each) for each in chunks)


def header(width, height, depth=8, color=0, interlaced=0) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)


def grey(width=8, height=8) -> bytes:
    return zlib.compress(b"".join(b"\0" + bytes(range(width)) for _ in range(height)))


def tiny(*between, size=(8, 8), depth=8, data=None, after=()) -> bytes:
    """A grey PNG, of 8 × 8 if nothing else is said, with further chunks in it."""
    return png([header(*size, depth), *between, (b"IDAT", grey() if data is None else data), *after, (b"IEND", b"")])


def with_segments(content: bytes, *segments: tuple[int, bytes]) -> bytes:
    """A JPEG with further segments, of (marker, data)."""
    added = b"".join(struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in segments)
    return content[:2] + added + content[2:]


def scans(n: int, size=(64, 64)) -> bytes:
    """A progressive JPEG whose last scan stands n more times in it."""
    content = encoded(Image.new("L", size, 128), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * n + content[-2:]


def animated(format: str, n: int, size=(16, 16)) -> bytes:
    frames = [Image.new("RGB", size, (i % 256, i // 256, 0)) for i in range(n)]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=10)


def tiff(**entries) -> bytes:
    return encoded(picture(), "TIFF", **entries)


def bmp(width, height, bits=24, compression=0, colors=0, data=b"\0" * 64) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, colors, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, 54) + info + data


def files() -> list[Bad]:
    image = picture(size=(40, 30))
    jpeg, plain = encoded(image, "JPEG"), encoded(image)
    webp, gif = encoded(image, "WEBP"), encoded(image, "GIF")
    exif = b"Exif\0\0II*\0\x08\0\0\0"
    circle = exif + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8)  # the entry leads to itself
    sixteen = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    rotated = Image.Exif()
    rotated[0x0112] = 77
    bomb = zlib.compress(bytes(60_000_000), 1)
    palette = Image.new("P", (9, 9), 3)
    palette.putpalette([1, 2, 3])
    good = {
        "grey 16 bit.png": encoded(Image.fromarray(sixteen)),
        "one bit.png": encoded(image.convert("1")),
        "grey with alpha.png": encoded(image.convert("LA")),
        "all transparent.png": encoded(Image.new("RGBA", (30, 30))),
        "palette with transparency.png": encoded(image.convert("P"), transparency=b"\0\x80\xff"),
        "short palette.png": encoded(palette),
        "cmyk.jpg": encoded(image.convert("CMYK"), "JPEG"),
        "one pixel.png": encoded(Image.new("L", (1, 1))),
        "one pixel.gif": encoded(Image.new("L", (1, 1)), "GIF"),
        "a line down.png": encoded(Image.new("L", (1, 16_000))),
        "a long line.png": encoded(Image.new("RGB", (200_000, 1))),
        "a wide strip.png": encoded(Image.new("RGBA", (10_000, 1500)), compress_level=1),
        "sixteen megapixels.png": encoded(Image.new("RGBA", (4000, 4000), (9, 9, 9, 9)), compress_level=1),
        "many megapixels.jpg": encoded(Image.new("L", (6000, 4000), 90), "JPEG"),
        "progressive.jpg": encoded(image, "JPEG", progressive=True),
        "fifty scans.jpg": scans(50),
        "jpeg named.png": jpeg,
        "png named.jpg": plain,
        "exif orientation 77.jpg": encoded(image, "JPEG", exif=rotated),
        "exif damaged.jpg": encoded(image, "JPEG", exif=exif + b"\xff\xff" + bytes(10)),
        "exif circular.jpg": encoded(image, "JPEG", exif=circle),
        "exif garbage.webp": encoded(image, "WEBP", exif=b"garbage"),
        "exif raw profile.png": tiny((b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n  20\nzzzz\n"))),
        "icc garbage.jpg": with_segments(jpeg, (0xE2, b"ICC_PROFILE\0\x01\x05" + b"\xff" * 200)),
        "icc garbage.png": tiny((b"iCCP", b"x\0\0" + zlib.compress(b"\xff" * 500))),
        "comments.jpg": with_segments(jpeg, *[(0xFE, bytes(60_000))] * 20),
        "photoshop garbage.jpg": with_segments(jpeg, (0xED, b"Photoshop 3.0\x008BIM" + b"\xff" * 30)),
        "mpf garbage.jpg": with_segments(jpeg, (0xE2, b"MPF\0II*\0\x08\0\0\0\x01\0\x02\xb0" + b"\xff" * 20)),
        "two thousand frames.gif": animated("GIF", 2000),
        "hundred frames.webp": animated("WEBP", 100),
        "hundred frames.png": animated("PNG", 100),
        "rest after the end.png": plain + b"<script>" * 1000,
        "rest after the end.jpg": jpeg + bytes(100_000),
    }
    refused = {
        "empty.png": (b"", "is empty"),
        "one byte.png": (b"\x89", "is not a PNG"),
        "noise.jpg": (np.random.default_rng(0).bytes(5000), "is not a PNG"),
        "text.png": (b"hello", "is not a PNG"),
        "page.png": (b"<!DOCTYPE html><script>alert(1)</script>", "looks like HTML"),
        "drawing.png": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "looks like SVG"),
        "entities.png": (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', "XML or SVG"),
        "document.jpg": (b"%PDF-1.7\n" + bytes(100), "looks like PDF"),
        "postscript.png": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a PNG"),
        "photo.jpg": (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC|damaged|not a PNG"),
        "film.png": (b"\0\0\0\x18ftypisom" + bytes(400), "a video"),
        "icon.png": (encoded(picture(), "ICO"), "is not a PNG"),
        "portable.png": (b"P6 99999 99999 255\n" + bytes(100), "is not a PNG"),
        "tiff.png": (tiff(), "is not a PNG"),
        "tiff deflated.png": (tiff(compression="tiff_deflate"), "is not a PNG"),
        "tiff of many pages.png": (animated("TIFF", 50), "is not a PNG"),
        "tiff circular.png": (b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "is not a PNG"),
        "wrong magic.png": (b"\x88" + plain[1:], "is not a PNG"),
        "no image.png": (png([header(8, 8), (b"IEND", b"")]), "damaged"),
        "header alone.png": (plain[:33], "damaged|not a PNG"),
        "no header.png": (png([(b"IDAT", grey()), (b"IEND", b"")]), "damaged|not a PNG"),
        "no pixels.png": (tiny(size=(0, 0)), "damaged|not a PNG"),
        "depth of three.png": (png([header(8, 8, 3), (b"IDAT", grey()), (b"IEND", b"")]), "damaged|not a PNG"),
        "wrong checksum.png": (plain[:-20] + bytes(8) + plain[-12:], "damaged"),
        "no deflate.png": (tiny(data=b"not compressed"), "damaged"),
        "bomb by header.png": (tiny(size=(60_000, 60_000)), "more than 16 megapixels"),
        "bomb by two.png": (tiny(size=(2**31 - 1, 2**31 - 1)), "megapixels|damaged|not a PNG"),
        "bomb of 17 megapixels.png": (encoded(Image.new("1", (4200, 4200))), "more than 16 megapixels"),
        "bomb.webp": (webp[:26] + struct.pack("<HH", 16_383, 16_383) + webp[30:], "more than 16 megapixels"),
        "bomb.jpg": (jpeg.replace(b"\x08\0\x1e\0\x28", b"\x08\xff\xff\xff\xff", 1), "megapixels"),
        "bomb.gif": (gif[:6] + struct.pack("<HH", 65535, 65535) + gif[10:], "megapixels"),
        "bomb.bmp": (bmp(60_000, 60_000), "more than 16 megapixels"),
        "three thousand scans.jpg": (scans(3000), "more than 100 scans"),
        "large file.jpg": (jpeg + bytes(10_000_000), "larger than 10 MB"),
        "upside down.bmp": (bmp(2**31 - 1, -(2**31)), "megapixels|damaged|not a PNG"),
        "no width.bmp": (bmp(0, 5), "damaged|not a PNG"),
        "many colors.bmp": (bmp(5, 5, bits=8, colors=2**31), "damaged|not a PNG"),
        "run lengths.bmp": (bmp(50, 50, bits=8, compression=1, colors=1, data=b"\xff\x01" * 9), "damaged|not a PNG"),
        "other bits.bmp": (bmp(5, 5, bits=7), "damaged|not a PNG"),
        "no scan.jpg": (jpeg[: jpeg.index(b"\xff\xda")] + b"\xff\xd9", "damaged"),
        "lossless.jpg": (jpeg.replace(b"\xff\xc0", b"\xff\xc3", 1), "damaged|not a PNG"),
    }
    either = {
        # Pillow checks texts for bombs, and ignores those of chunks that a picture does not need.
        "text bomb.png": tiny((b"zTXt", b"a\0\0" + bomb)),
        "texts bomb.png": tiny(*[(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000), 9))] * 200),
        "profile bomb.png": tiny((b"iCCP", b"x\0\0" + bomb)),
        "pixels bomb.png": tiny(data=bomb),
        "text bomb behind.png": tiny(after=[(b"iTXt", b"a\0\x01\0\0\0" + bomb)]),
        "wide in twelve bits.jpg": jpeg.replace(b"\x08\0\x1e\0\x28", b"\x0c\0\x1e\0\x28", 1),
        "cut lzw.gif": gif[:-300] + bytes(100),
        "negative alpha.bmp": bmp(5, -5, bits=32, data=b"\xff" * 100),
        "animated lie.png": tiny((b"acTL", struct.pack(">II", 2**31 - 1, 0)), (b"fcTL", bytes(26))),
        "no end.png": plain[:-12],
        "no size.gif": gif[:6] + bytes(4) + gif[10:],
        "no tables.jpg": jpeg.replace(b"\xff\xc4", b"\xff\xfe"),
        "arithmetic.jpg": jpeg.replace(b"\xff\xc0", b"\xff\xc9", 1),
        "riff lie.webp": webp[:4] + b"\xff\xff\xff\x7f" + webp[8:],
        "turned bytes.webp": webp[:60] + webp[60:][::-1],
    }
    either |= {
        f"cut at {share}.{format.lower()}": content[: int(len(content) * share)]
        for format, content in {
            "PNG": plain,
            "JPEG": jpeg,
            "WEBP": webp,
            "GIF": gif,
            "BMP": encoded(image, "BMP"),
        }.items()
        for share in (0.5, 0.95)
    }
    found = [Bad(name, content, "works") for name, content in good.items()]
    found += [Bad(name, *rest) for name, rest in refused.items()]
    return found + [Bad(name, content) for name, content in either.items()]


def slow() -> Bad:
    """Within every limit that is known beforehand, and yet seconds of work."""
    return Bad("slow.jpg", scans(85, (6000, 6000)), "takes too long to read")
