"""Small frozen dataclasses as configuration: declared once, checked here, and turned into options and forms.

Declare a field with `option(default, "one line of explanation", minimum=…, maximum=…, choices=…)`.
"""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vae_core.errors import UserError
from vae_core.reading import number_in, shown, whole_in

MAX_NUMBERS, MAX_TEXT = 32, 4096
"""Numbers in an option that holds several, such as layers; characters of a text."""


def option(
    default: Any,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices=None,
    live: bool = False,
    place: bool = False,
) -> Any:
    """A dataclass field with its explanation and its allowed values. A `live` one may change while a training runs; the
    value of a `place` is a path on this computer, of which pages show the last part alone."""
    choices = tuple(choices) if choices else None
    limits = {"minimum": minimum, "maximum": maximum, "choices": choices}
    metadata = {"help": help, **limits, "live": live, "place": place}
    return dataclasses.field(default=default, metadata=metadata)


class NotAllowed(UserError):
    """A value that an option does not take. `told(name)` is the sentence for those who know it by another name."""

    def __init__(self, option: "Option", value: Any) -> None:
        if value and isinstance(value, (tuple, list)):  # as it would be typed; the first numbers are enough
            value = " ".join(shown(each) for each in value[:8])
        words = repr(shown(value)) if isinstance(value, str) else shown(value)
        self.option, self.rest = option.name, f"cannot be {words}; allowed: {option.allowed}."
        super().__init__(self.told(option.name))

    def told(self, name: str) -> str:
        return f"{name} {self.rest}"


@dataclass(frozen=True)
class Option:
    """One field of a config, as a form or a command line needs it."""

    name: str
    type: type
    default: Any
    help: str
    minimum: float | None
    maximum: float | None
    choices: tuple | None
    live: bool = False
    place: bool = False
    items: Any = int
    """What a tuple holds: whole numbers or texts."""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def allowed(self) -> str:
        """The allowed values in words, such as "a whole number from 1 to 512"."""
        if self.choices:
            return "one of " + ", ".join(str(choice) for choice in self.choices)
        words = {
            int: "a whole number",
            float: "a number",
            bool: "true or false",
            str: "a text",
            tuple: f"up to {MAX_NUMBERS} {'texts, with commas between them' if self.items is str else 'whole numbers'}",
        }[self.type]
        if self.minimum is not None and self.maximum is not None:
            return f"{words} from {self.minimum} to {self.maximum}"
        if self.minimum is not None:
            return f"{words}, {self.minimum} or more"
        if self.maximum is not None:
            return f"{words}, at most {self.maximum}"
        return words

    def check(self, value: Any) -> Any:
        """Return `value` in the field's type, or raise UserError saying what is allowed."""
        try:
            value = self._convert(value)
        except (TypeError, ValueError, OverflowError):
            raise NotAllowed(self, value) from None
        numbers = value if isinstance(value, tuple) else (value,)
        least = 0 if self.items is str else 1
        if self.type is tuple and not least <= len(numbers) <= MAX_NUMBERS:
            raise NotAllowed(self, value)
        if any(isinstance(each, str) and len(each) > MAX_TEXT for each in numbers):
            raise NotAllowed(self, value)
        for number in numbers:
            if isinstance(number, float) and not math.isfinite(number):
                raise NotAllowed(self, value)
            if self.minimum is not None and number < self.minimum or self.maximum is not None and number > self.maximum:
                raise NotAllowed(self, value)
        if self.choices and value not in self.choices:
            raise NotAllowed(self, value)
        return value

    def _convert(self, value: Any) -> Any:
        if self.type is tuple and self.items is str:
            texts = value.split(",") if isinstance(value, str) else value
            if not isinstance(texts, (list, tuple)):
                raise TypeError
            return tuple(text for text in (_text(each).strip() for each in texts[: MAX_NUMBERS + 1]) if text)
        if self.type is tuple:
            items = value.replace(",", " ").split() if isinstance(value, str) else value
            if not isinstance(items, (list, tuple, int)):
                raise TypeError
            return tuple(_whole(item) for item in ([items] if isinstance(items, int) else items[: MAX_NUMBERS + 1]))
        if self.type is bool:
            return value if isinstance(value, bool) else ("false", "true").index(_text(value).lower()) == 1
        if self.type is int:
            return _whole(value)
        if self.type is float:
            return _number(value)
        return _text(value)


def _whole(value: Any) -> int:
    if isinstance(value, str):
        sign, digits = (-1, value[1:]) if value.startswith("-") else (1, value)
        found = whole_in(digits.strip())
        if found is None:
            raise ValueError
        return sign * found
    if isinstance(value, bool) or isinstance(value, float) and not value.is_integer():
        raise TypeError
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # ValueError for half of a character, which no file can hold
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    found = number_in(value) if isinstance(value, str) else float(value)
    if found is None:
        raise ValueError
    return found


def options(config: type) -> list[Option]:
    """The options that a config class declares with `option`, in order."""
    hints = typing.get_type_hints(config)
    found = []
    for field in dataclasses.fields(config):
        if "help" not in field.metadata:
            continue
        hint = hints[field.name]
        kind = typing.get_origin(hint) or hint
        assert kind in (int, float, bool, str, tuple) and not isinstance(hint, types.UnionType), f"unsupported {hint}"
        items = typing.get_args(hint)[0] if kind is tuple else int
        found.append(Option(field.name, kind, field.default, **field.metadata, items=items))
    return found


def checked(config: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Convert plain values (JSON, a form, a command line) to their types; UserError for a name or value not allowed."""
    known = {item.name: item for item in options(config)}
    for name in values:
        if name not in known:
            raise UserError(f"There is no option {shown(name)!r} here; there are: {', '.join(known) or 'none'}.")
    return {name: known[name].check(value) for name, value in values.items()}


def check(config: Any) -> Any:
    """Check a config that was built directly and convert its values; UserError if one is not allowed."""
    values = {item.name: item.check(getattr(config, item.name)) for item in options(type(config))}
    return dataclasses.replace(config, **values)


def plain(config: Any) -> dict[str, Any]:
    """A config's options as JSON-ready values."""
    values = {item.name: getattr(config, item.name) for item in options(type(config))}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
