from dataclasses import dataclass

import pytest

from vae_core import config as configs
from vae_core.config import option
from vae_core.errors import UserError


@dataclass(frozen=True)
class Example:
    count: int = option(2, "How many.", minimum=1, maximum=2**31 - 1)
    rate: float = option(0.5, "How fast.", minimum=0)
    flag: bool = option(False, "Whether.")
    word: str = option("a", "Which.", choices=("a", "b"))
    text: str = option("", "What.")
    sizes: tuple[int, ...] = option((4, 2), "How large.", minimum=1, maximum=9)
    internal: int = 0


OPTIONS = {item.name: item for item in configs.options(Example)}


def test_options_are_the_declared_fields_in_order():
    assert list(OPTIONS) == ["count", "rate", "flag", "word", "text", "sizes"]
    assert [item.type for item in OPTIONS.values()] == [int, float, bool, str, str, tuple]
    assert OPTIONS["sizes"].default == (4, 2) and OPTIONS["count"].help == "How many."


def test_flag_is_spelled_with_dashes():
    @dataclass(frozen=True)
    class Config:
        batch_size: int = option(1, "Size.")

    assert configs.options(Config)[0].flag == "--batch-size"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("count", "7", 7),
        ("count", 7.0, 7),
        ("rate", "1e-3", 1e-3),
        ("rate", 1, 1.0),
        ("flag", "True", True),
        ("flag", "false", False),
        ("flag", True, True),
        ("word", "b", "b"),
        ("sizes", "8, 4 2", (8, 4, 2)),
        ("sizes", ["8", "4"], (8, 4)),
        ("sizes", [8, 4.0], (8, 4)),
        ("sizes", 8, (8,)),
    ],
)
def test_values_come_out_in_their_type(name, value, expected):
    converted = OPTIONS[name].check(value)
    assert converted == expected and type(converted) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("count", value) for value in (0, 2**31, 1.5, "1.5", "two", True, None, [1], float("inf"), float("nan"))),
        *(("rate", value) for value in (-0.1, "nan", "inf", "fast", True, None, [1.0], 10**400)),
        *(("flag", value) for value in ("maybe", 1, 0, None, "")),
        *(("word", value) for value in ("c", "", None, 1)),
        *(("text", value) for value in (None, 1, True, ["a"])),
        *(("sizes", value) for value in ((), "", "4 x", [0], [10], [True], [1.5], None, 10, [[1]])),
    ],
)
def test_a_wrong_value_is_told_what_is_allowed(name, value):
    with pytest.raises(UserError, match=rf"^{name} cannot be .*; allowed: ") as caught:
        OPTIONS[name].check(value)
    assert str(caught.value).endswith(f"; allowed: {OPTIONS[name].allowed}.")


def test_allowed_values_in_words():
    assert OPTIONS["count"].allowed == "a whole number from 1 to 2147483647"
    assert OPTIONS["rate"].allowed == "a number, 0 or more"
    assert OPTIONS["flag"].allowed == "true or false"
    assert OPTIONS["word"].allowed == "one of a, b"
    assert OPTIONS["text"].allowed == "a text"
    assert OPTIONS["sizes"].allowed == "up to 32 whole numbers from 1 to 9"


def test_a_refused_list_is_shown_as_it_was_typed():
    with pytest.raises(UserError, match="sizes cannot be '4 x'; allowed: up to 32 whole numbers"):
        OPTIONS["sizes"].check(["4", "x"])


def test_an_unknown_option_lists_the_known_ones():
    with pytest.raises(UserError, match="no option 'cuont' here; there are: count, rate, flag, word, text, sizes"):
        configs.checked(Example, {"cuont": 1})


def test_checked_leaves_out_what_is_not_given():
    assert configs.checked(Example, {"count": "3"}) == {"count": 3}


def test_check_returns_the_config_in_its_types():
    checked = configs.check(Example(count="3", rate=1, sizes=[3, 2], internal=5))
    assert checked == Example(count=3, rate=1.0, sizes=(3, 2), internal=5)
    with pytest.raises(UserError, match="count cannot be 0"):
        configs.check(Example(count=0))


def test_plain_is_json_ready_and_leads_back():
    config = Example(count=5, sizes=(7,))
    plain = configs.plain(config)
    assert plain == {"count": 5, "rate": 0.5, "flag": False, "word": "a", "text": "", "sizes": [7]}
    assert Example(**configs.checked(Example, plain)) == config
