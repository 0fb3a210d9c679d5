"""Typed readers of what people and strangers write: JSON, link parameters, names. Each value has a type and bounds.

Everything that was not written by this process a moment ago passes here: JSON by `parsed` or `read_json`, its fields by
`Values`, and single words by `whole_in` and `numbers_in`.
"""

import json
import math
import re
import types
import typing
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeGuard

from vae_core.errors import UserError
from vae_core.numerals import numeral

MAX_BYTES = 64_000_000
"""Of a JSON file on this computer."""
MAX_DEPTH = 16
MAX_WHOLE = 2**53
"""Larger whole numbers are not exact as floats, and a browser reads them as others."""
MAX_NAME = 80
"""Letters of a name: a class's, a model's, a symbol's."""
SHOWN = 60
"""Letters of a stranger's text that a message repeats."""
_TURNS_TEXT = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Classes of characters that turn the text around them, and so a page's own words."""
_WHOLE = re.compile(r"\d{1,16}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][-+]?\d{1,4})?", re.ASCII)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parsed(content: bytes, name: str) -> Any:
    """The value of JSON in UTF-8, which `name` calls in messages.

    UserError for what is no JSON, or holds what JSON or a browser lacks: NaN, infinite and huge numbers, one key twice,
    half of a character, more than MAX_DEPTH levels.
    """
    try:
        text = content.decode()  # `json` would guess other encodings, later readers of the file do not
        value = json.loads(
            text,
            object_pairs_hook=_without_doubles,
            parse_constant=_not_json,
            parse_float=_finite,
            parse_int=_exact,
        )
        if _ESCAPED_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()  # whole characters have two halves
    except UnicodeDecodeError:
        raise UserError(f"{name} is not JSON: it is not text in UTF-8.") from None
    except UnicodeEncodeError:
        raise UserError(f"{name} is not JSON: it has half of a character.") from None
    except json.JSONDecodeError as error:
        raise UserError(f"{name} is not JSON: line {error.lineno}, column {error.colno} cannot be read.") from None
    except RecursionError:
        raise UserError(f"{name} is not JSON of this app: it is nested too deeply.") from None
    except ValueError as error:
        raise UserError(f"{name} is not JSON: {error}.") from None
    if not _shallow(value):
        raise UserError(f"{name} is not JSON of this app: it is nested more than {MAX_DEPTH} times.")
    return value


def read_json(path: Path, name: str) -> Any:
    """`parsed` for a file. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UserError(f"{name} is larger than {MAX_BYTES // 10**6} MB.")
    return parsed(content, name)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it has one key twice")
    return found


def _not_json(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{shown(text)} is too large a number")
    return value


def _exact(text: str) -> int:
    if len(text) > 17 or abs(value := int(text)) > MAX_WHOLE:
        raise ValueError(f"{shown(text)} is too large a number")
    return value


def _shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list)))
        level = [each for values in inner for each in values if isinstance(each, (dict, list))]
        if not level:
            return True
    return False


# Single values


def is_whole(value: Any, least: int = 0, most: int = MAX_WHOLE) -> bool:
    """Whether a value is a whole number within bounds; true and false are none."""
    return type(value) is int and least <= value <= most


def is_number(value: Any, least: float = -math.inf, most: float = math.inf) -> bool:
    """Whether a value is a finite number within bounds; true and false are none."""
    if type(value) is int:
        return abs(value) <= MAX_WHOLE and least <= value <= most
    return isinstance(value, float) and math.isfinite(value) and least <= value <= most


def is_text(value: Any, longest: int = MAX_NAME) -> TypeGuard[str]:
    """Whether a value is one line of 1 to `longest` characters that has a visible one, without characters that steer a
    terminal, turn text around or are half of one."""
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.strip():
        return False
    return all(map(is_ordinary, value))


def is_ordinary(letter: str) -> bool:
    """Whether a character may stand in a name: it is no control character and turns no text around."""
    if letter.isprintable():
        return True
    # Also unprintable by Python's rule, but parts of words and emoji: joiners, and spaces of other widths.
    return unicodedata.category(letter) in ("Cf", "Zs") and unicodedata.bidirectional(letter) not in _TURNS_TEXT


def shown(value: Any, longest: int = SHOWN) -> str:
    """A stranger's text in a message: one line, cut after `longest` letters."""
    try:
        text = value if isinstance(value, str) else repr(value)
    except ValueError:  # a number of more digits than Python writes
        text = "a number of thousands of digits"
    kept = "".join(letter if is_ordinary(letter) else "�" for letter in text[: longest + 1])
    return kept if len(kept) <= longest else f"{kept[:longest]}…"


# Texts, as in links and forms


def whole_in(text: str, least: int = 0, most: int = MAX_WHOLE) -> int | None:
    """The whole number that a text of ASCII digits writes; None for any other text or value."""
    return int(text) if _WHOLE.fullmatch(text) and least <= int(text) <= most else None


def number_in(text: str, most: float = math.inf) -> float | None:
    """The number in a text, at most `most` in size; None for any other text."""
    text = text.strip(" ")
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) and abs(value) <= most else None


def numbers_in(text: str, most: float = math.inf, longest: int = 4096) -> list[float] | None:
    """Up to `longest` numbers with commas between them; None if a part is none."""
    parts = text.split(",", longest)
    found = [number_in(part, most) for part in parts]
    return None if len(parts) > longest or None in found else typing.cast(list[float], found)


# The fields of JSON objects

_BY_TYPE: Mapping[type, tuple[Callable[[Any], bool], str]] = {
    int: (is_whole, f"a whole number from 0 to {MAX_WHOLE}"),
    float: (is_number, "a finite number"),
    bool: (lambda value: isinstance(value, bool), "true or false"),
    str: (lambda value: isinstance(value, str), "a text"),
}
_NEEDED: Any = object()


class Values:
    """The fields of a JSON object, which messages call `name`. Each reader raises UserError unless the field is of its
    type and within its bounds; without a `default` it must be there."""

    def __init__(self, values: Any, name: str) -> None:
        if not isinstance(values, Mapping):
            raise UserError(f"{name} must be a JSON object.")
        self.values, self.name = values, name

    def _refused(self, key: str, needed: str) -> UserError:
        return UserError(f"{self.name} does not fit: its {key} must be {needed}.")

    def has(self, key: str, default: Any) -> bool:
        """Whether the field is there, if it need not be."""
        return default is _NEEDED or self.values.get(key) is not None

    def only(self, keys: Collection[str]) -> None:
        """UserError for a field that is none of these."""
        for key in self.values:
            if key not in keys:
                raise UserError(f"{self.name} does not fit: there is no field {shown(key)}.")

    def whole(self, key: str, least: int = 0, most: int = MAX_WHOLE, default: Any = _NEEDED) -> Any:
        value = self.values.get(key)
        if not self.has(key, default):
            return default
        if not is_whole(value, least, most):
            raise self._refused(key, f"a whole number from {least} to {most}")
        return value

    def number(self, key: str, least: float = -math.inf, most: float = math.inf, default: Any = _NEEDED) -> Any:
        value = self.values.get(key)
        if not self.has(key, default):
            return default
        if not is_number(value, least, most):
            bounded = math.isfinite(least) or math.isfinite(most)
            bounds = f"a number from {numeral(least, 'g')} to {numeral(most, 'g')}"
            raise self._refused(key, bounds if bounded else "a finite number")
        return value

    def flag(self, key: str, default: Any = _NEEDED) -> Any:
        value = self.values.get(key)
        if not self.has(key, default):
            return default
        if not isinstance(value, bool):
            raise self._refused(key, "true or false")
        return value

    def text(self, key: str, longest: int = MAX_NAME, default: Any = _NEEDED) -> Any:
        """A line of text, as `is_text` has it."""
        value = self.values.get(key)
        if not self.has(key, default):
            return default
        if not is_text(value, longest):
            raise self._refused(key, f"1 to {longest} characters of text in one line")
        return value

    def items(self, key: str, most: int, default: Any = _NEEDED) -> Any:
        """A list, or tuple, of up to `most` values of any type."""
        value = self.values.get(key)
        if not self.has(key, default):
            return default
        if not isinstance(value, (list, tuple)) or len(value) > most:
            raise self._refused(key, f"a list of at most {most:,}")
        return value

    def texts(self, key: str, most: int, longest: int = MAX_NAME, default: Any = _NEEDED) -> Any:
        found = self.items(key, most, default)
        if found is not default and not all(is_text(value, longest) for value in found):
            raise self._refused(key, f"texts of 1 to {longest} characters in one line")
        return found if found is default else tuple(found)

    def wholes(self, key: str, most: int, least: int = 0, default: Any = _NEEDED) -> Any:
        found = self.items(key, most, default)
        if found is not default and not all(is_whole(value, least) for value in found):
            raise self._refused(key, f"whole numbers, each {least} or more")
        return found if found is default else tuple(found)

    def numbers(self, key: str, count: int, size: float = math.inf) -> list[float]:
        """`count` numbers of at most this `size`."""
        found = self.values.get(key)
        if not isinstance(found, list) or len(found) != count or not all(is_number(v, -size, size) for v in found):
            raise self._refused(key, f"{count} finite numbers")
        return found

    def rows(self, key: str, most: int, width: int, size: float = math.inf) -> list[list[float]]:
        """1 to `most` lists of `width` numbers of at most this `size` each."""
        found: Any = self.values.get(key)
        fits = isinstance(found, list) and 1 <= len(found) <= most
        fits = fits and all(isinstance(row, list) and len(row) == width for row in found)
        if not fits or not all(is_number(value, -size, size) for row in found for value in row):
            bounds = f" from −{size:g} to {size:g}" if math.isfinite(size) else ""
            raise self._refused(key, f"1 to {most} rows of {width} numbers{bounds}")
        return found

    def inside(self, key: str) -> "Values":
        """An object in the object."""
        value = self.values.get(key)
        if not isinstance(value, Mapping):
            raise self._refused(key, "a JSON object")
        return Values(value, f"{self.name}: {key}")

    def of(self, config: type, longest: int = 10_000) -> dict[str, Any]:
        """What is there of a dataclass's fields, by their types: whole and other numbers, true or false, texts of any
        lines, and None where the type allows it. Fields of other types, and keys that are no fields, are left out;
        one without a default must be there."""
        hints = typing.get_type_hints(config)
        found: dict[str, Any] = {}
        for field in fields(config):
            hint = hints[field.name]
            options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
            check = _BY_TYPE.get(next(iter(set(options) - {types.NoneType})))
            if check is None or field.name not in self.values and field.default is not MISSING:
                continue
            value = self.values.get(field.name)
            if value is None and types.NoneType in options:
                found[field.name] = None
                continue
            fits, needed = check
            if not fits(value) or isinstance(value, str) and len(value) > longest:
                raise self._refused(field.name, needed)
            found[field.name] = value
        return found
