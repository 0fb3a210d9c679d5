"""Sentences as text files: of no word, of unknown ones, endless, of another direction, of marks, and no text at all."""

from tests.hostile.corpus import Bad

A = "a man in a red shirt is riding a bike."
NONE_KNOWN = "knows none of these words"
NO_WORD = "no word in this text|is empty"
NO_TEXT = "not a text in UTF-8"
TOO_LONG = "reads at most 23"
TOO_LARGE = "larger than|at most 100,000"


def files() -> list[Bad]:
    good = {
        "plain.txt": A.encode(),
        "marked.txt": b"\xef\xbb\xbf" + A.encode(),
        "windows.txt": f"{A}\r\n".encode(),
        "capitals.txt": A.upper().encode(),
        "one word.txt": b"dog",
        "one mark.txt": b".",
        "two lines.txt": b"a man\nis riding a bike",
        "spaces.txt": b"  a   man \t runs \x0b\x0c ",
        "null between.txt": b"a man\0is\0running",
        "control characters.txt": b"a\x07 man\x1b[31m runs\x7f",
        "no width.txt": "a\u200b man\u200d runs\ufeff".encode(),
        "turned.txt": "a man \u202eruns\u202c in the park".encode(),
        "html.txt": b"<b>a man</b> <img src=x onerror=alert(1)>",
        "script.txt": b"<script>alert('man')</script>",
        "markdown.txt": b"**a man** [runs](javascript:alert(1)) $x$ :smile:",
        "emoji between.txt": "a man 🏃‍♂️ runs 🎉".encode(),
        "special.txt": "‹end› a man ‹mask›".encode(),
        "longest.txt": " ".join(["dog"] * 23).encode(),
        "decomposed.txt": "a café\u0301 for a man".encode(),
    }
    refused = {
        "empty.txt": (b"", NO_WORD),
        "blank.txt": (b" \n\t\r\n\x0b", NO_WORD),
        "zeros.txt": (bytes(1000), NO_WORD),
        "only marks of direction.txt": (("\u202e\u200b\u200f\ufeff" * 9).encode(), NO_WORD),
        "unknown.txt": (b"zyxgl blorf wumpus", NONE_KNOWN),
        "right to left.txt": ("رجل يركب دراجة في الحديقة".encode(), NONE_KNOWN),
        "hebrew.txt": ("איש רוכב על אופניים".encode(), NONE_KNOWN),
        "chinese.txt": ("一个男人骑自行车".encode(), NONE_KNOWN),
        "emoji.txt": ("🏃‍♂️🎉👩🏽‍🚀".encode(), NONE_KNOWN),
        "one long word.txt": (b"x" * 99_000, NONE_KNOWN),
        "accents.txt": (("e" + "\u0301" * 40_000).encode(), NONE_KNOWN),
        "too long.txt": (" ".join(["dog"] * 24).encode(), TOO_LONG),
        "many words.txt": (b"dog " * 24_000, TOO_LONG),
        "ten megabytes in a line.txt": (b"a man " * 1_700_000, TOO_LARGE),
        "ten megabytes of one word.txt": (b"x" * 10_000_000, TOO_LARGE),
        "utf-16.txt": (A.encode("utf-16"), NO_TEXT),
        "latin-1.txt": ("a café for a man".encode("latin-1"), NO_TEXT),
        "surrogate.txt": (b"a man \xed\xa0\x80", NO_TEXT),
        "overlong.txt": (b"a man \xc0\xaf", NO_TEXT),
        "cut off.txt": ("a man é".encode()[:-1], NO_TEXT),
        "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(50), NO_TEXT),
        "zip.txt": (b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(128, 256)), f"{NO_TEXT}|not a zip"),
    }
    found = [Bad(name, content, "works") for name, content in good.items()]
    return found + [Bad(name, *rest) for name, rest in refused.items()]
