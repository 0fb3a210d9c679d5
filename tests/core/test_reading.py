"""Typed readers: what is taken, and what is refused in a sentence."""

import json
from dataclasses import dataclass

import pytest

from vae_core.errors import UserError
from vae_core.reading import MAX_DEPTH, Values, is_number, is_text, is_whole, number_in, numbers_in, parsed, shown
from vae_core.reading import whole_in as whole


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b"NaN", "NaN is no number"),
        (b'{"a": [-Infinity]}', "-Infinity is no number"),
        (b"[1e999]", "1e999 is too large a number"),
        (b"9" * 5000, "too large a number"),
        (str(2**53 + 1).encode(), "too large a number"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "one key twice"),
        (b'["\\ud800"]', "half of a character"),
        (b'{"\\udc00\\ud800": 1}', "half of a character"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "nested more than"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "nested more than"),
        (b"[" * 100_000, "is not JSON"),
        ("[1]".encode("utf-16"), "is not JSON"),
        (b"\xef\xbb\xbf[1]", "is not JSON"),
        (b'["\x00"]', "is not JSON"),
        (b"\xff", "is not JSON"),
    ],
    ids=range(16),
)
def test_json_that_is_none_gets_one_sentence(content, words):
    with pytest.raises(UserError, match=words) as error:
        parsed(content, "That file")
    assert str(error.value).startswith("That file is not JSON") and len(str(error.value)) < 300


def test_json_is_read_as_it_was_written():
    value = {"a": [1, -2.5, True, None, "é😀", {"b": [[2**53]]}], "": {}}
    assert parsed(json.dumps(value).encode(), "x") == value  # with the emoji as two escapes
    assert parsed(json.dumps(value, ensure_ascii=False).encode(), "x") == value
    deep = json.loads("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert parsed(json.dumps(deep).encode(), "x") == deep


def test_what_are_numbers():
    assert is_whole(0) and is_whole(5, 5, 5)
    assert not any(map(is_whole, (True, 1.0, "1", None, -1, 2**60)))
    assert is_number(1, 0, 1) and is_number(-0.5) and is_number(0.0)
    assert not any(map(is_number, (True, float("nan"), float("inf"), "1", None, 10**400, [1])))
    assert not is_number(1.1, 0, 1)


@pytest.mark.parametrize("name", ["a", "犬", "chats é", "نام‌خانوادگی", "👨‍👩‍👧", "a\u3000b", "מילה", "x" * 80])
def test_names_of_all_languages_are_text(name):
    assert is_text(name)


@pytest.mark.parametrize(
    "name", ["", " ", "a\n", "a\0", "\x1b[31m", "a\u202eb", "\u2066", "\ud800", "a\u2028b", "x" * 81, 1, None, ["a"]]
)
def test_what_steers_or_breaks_a_page_is_no_text(name):
    assert not is_text(name)


def test_numbers_in_a_link():
    assert [whole(text) for text in ("0", "007", str(2**53))] == [0, 7, 2**53]
    assert not any(whole(t) is not None for t in ("", "-1", "1_0", "+1", " 1", "٣", "½", "1.0", str(2**53 + 1)))
    assert whole("1" * 4301) is None and whole("0" * 4301) is None
    assert whole("3", 0, -1) is None  # of no classes there is none
    assert numbers_in("1,-2.5, 1e-3,.5,5.,+2") == [1, -2.5, 0.001, 0.5, 5, 2]
    for text in ("", ",", "nan", "inf", "1e999", "1_0", "0x1", "١", "1" * 4301, "0." + "1" * 4301, "1,,2", "1;2"):
        assert numbers_in(text) is None, text
    assert numbers_in("5,-6", 5) is None and numbers_in("1,2,3", longest=2) is None
    assert number_in("1e1000") is None


def test_a_strangers_text_is_shown_short_and_in_one_line():
    assert shown("a\nb\u202ec") == "a�b�c"
    assert shown("x" * 100_000) == "x" * 60 + "…"
    assert shown(10**5000) and len(shown([10**5000])) < 70
    assert shown(["a"]) == "['a']"


@dataclass
class Kept:
    name: str
    age: int = 3
    share: float | None = None
    open: bool = False
    rest: tuple[int, ...] = ()


def test_the_fields_of_a_dataclass_have_its_types():
    assert Values({"name": "a\nb", "share": 1, "open": True, "other": []}, "x").of(Kept) == {
        "name": "a\nb",
        "share": 1,
        "open": True,
    }
    assert Kept(**Values({"name": "a", "share": None}, "x").of(Kept)) == Kept("a")
    for wrong in ({}, {"name": None}, {"name": "a", "age": True}, {"name": "a", "open": 1}, {"name": "x" * 20_000}):
        with pytest.raises(UserError, match="^x does not fit: its (name|age|open) must be"):
            Values(wrong, "x").of(Kept)


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda v: v.whole("true"), "its true must be a whole number from 0"),
        (lambda v: v.whole("none"), "its none must be a whole number"),
        (lambda v: v.number("text"), "its text must be a finite number"),
        (lambda v: v.number("three", 0, 1), "its three must be a number from 0 to 1"),
        (lambda v: v.flag("three"), "its three must be true or false"),
        (lambda v: v.text("three"), "its three must be 1 to 80 characters"),
        (lambda v: v.texts("list", 9), "its list must be texts"),
        (lambda v: v.wholes("list", 1), "its list must be a list of at most 1"),
        (lambda v: v.numbers("list", 3), "its list must be 3 finite numbers"),
        (lambda v: v.rows("list", 3, 2), "its list must be 1 to 3 rows of 2 numbers"),
        (lambda v: v.inside("list"), "its list must be a JSON object"),
        (lambda v: v.only(["list"]), "there is no field true"),
        (lambda v: Values([1], "y"), "y must be a JSON object"),
    ],
    ids=range(13),
)
def test_a_field_of_another_type_is_named(read, words):
    with pytest.raises(UserError, match=words):
        read(Values({"true": True, "text": "a", "three": 3, "list": [1, 2]}, "That file"))
