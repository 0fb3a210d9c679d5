"""Levels of tiles: text in and out, pictures, and what is refused."""

import base64

import numpy as np
import pytest
import torch

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.kinds.tiles import Options, corpus, measures
from vae_core.kinds.tiles.pipes import whole_pipes
from vae_core.kinds.tiles.sprites import ART, INKS, SIDE, colors, sprites

SYMBOLS = tuple(corpus.KNOWN)
NAMES, ROLES = corpus.named(SYMBOLS)
SPEC = DataSpec("levels", "tiles", (3, 4), symbols=SYMBOLS, symbol_names=NAMES, symbol_roles=ROLES)
LEVEL = "----\n-?E-\nXXXX\n"


def spec(**changes):
    import dataclasses

    return dataclasses.replace(SPEC, **changes)


def test_a_level_goes_from_text_to_ids_and_back():
    found = kind_of(SPEC).read(LEVEL.encode(), SPEC)
    assert found.x.shape == (1, 3, 4) and [name for name, _ in found.steps] == ["read"]
    assert corpus.as_text(found.x[0], SYMBOLS) == LEVEL
    assert found.x[0, 1].tolist() == [SYMBOLS.index(symbol) for symbol in "-?E-"]


def test_a_byte_order_mark_windows_line_ends_and_empty_lines_around_are_no_tiles():
    content = b"\xef\xbb\xbf\r\n" + LEVEL.replace("\n", "\r\n").encode() + b"\r\n\r\n"
    assert corpus.as_text(kind_of(SPEC).read(content, SPEC).x[0], SYMBOLS) == LEVEL


def test_a_larger_level_gives_the_window_that_was_asked_for_from_its_ground_up():
    wide = "??????\n------\n-EEo--\nXSXSXS\n"
    found = kind_of(SPEC).read(wide.encode(), SPEC, Options(start=1))
    assert corpus.as_text(found.x[0], SYMBOLS) == "----\nEEo-\nSXSX\n"
    assert [name for name, _ in found.steps] == ["read", "window"]
    last = kind_of(SPEC).read(wide.encode(), SPEC, Options(start=99))
    assert corpus.as_text(last.x[0], SYMBOLS) == "----\nEo--\nXSXS\n"


def test_a_smaller_level_stands_on_the_ground_with_sky_around():
    found = kind_of(SPEC).read(b"E-\nXX\n", SPEC)
    assert corpus.as_text(found.x[0], SYMBOLS) == "----\nE---\nXX--\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "is empty"),
        (b"----\n---\n----\n", "rows of different lengths: row 2 has 3 tiles, the first 4"),
        (b"----\n-@#-\nXXXX\n", r"tiles that this model does not know \(# @\)"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "is not text"),
        (b"-" * 3_000_000, "is larger than 2 MB"),
        (b"-" * 20_000, "is larger than 64 rows and 10,000 columns"),
        (b"-\n" * 100, "is larger than 64 rows"),
    ],
)
def test_what_is_no_level_is_refused_in_one_sentence(content, words):
    with pytest.raises(UserError, match=words) as caught:
        kind_of(SPEC).read(content, SPEC)
    assert str(caught.value).count(".") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": (3,)}, "at most 64 rows"),
        ({"shape": (64, 65)}, "4,096 tiles"),
        ({"shape": (0, 4)}, "at most 64 rows"),
        ({"shape": (4096, 1)}, "at most 64 rows"),  # the search for pipes takes memory by the square of the rows
        ({"padding": 0}, "no padding"),
        ({"symbols": ("-",), "symbol_names": (), "symbol_roles": ()}, "2 to 64 different symbols"),
        ({"symbols": ("-", "XX"), "symbol_names": (), "symbol_roles": ()}, "one character each"),
        ({"symbols": ("-", "-"), "symbol_names": (), "symbol_roles": ()}, "different symbols"),
        ({"symbol_names": ("sky",)}, "does not name each"),
    ],
)
def test_specs_that_no_level_has_are_refused(changes, words):
    with pytest.raises(UserError, match=words):
        kind_of(SPEC).check_spec(spec(**changes))


def test_a_model_without_roles_can_be_measured():
    plain = spec(symbol_names=(), symbol_roles=())
    kind_of(plain).check_spec(plain)
    found = measures.factors(torch.zeros(2, 3, 4, dtype=torch.int64), plain)
    assert found.shape == (2, len(measures.FACTORS)) and found.isfinite().all()


def test_symbols_that_are_all_parts_of_pipes_are_shown_as_scored(generator):
    roles = corpus.PIPES
    only_pipes = spec(symbols=tuple("<[>]"), symbol_names=(), symbol_roles=roles)
    scores = torch.randn(5, 4, 3, 4, generator=generator)
    assert torch.equal(whole_pipes(scores, only_pipes), scores.argmax(1))


def test_levels_are_chosen_and_painted_on_the_device_of_their_scores():
    """PyTorch's `meta` device computes nothing, but mixes with no other device, like a GPU."""
    scores = torch.empty(2, len(SYMBOLS), 3, 4, device="meta")
    shown = kind_of(SPEC).shown(scores, None, SPEC)
    drawn = kind_of(SPEC).drawn(scores, None, SPEC, 1.0)
    assert shown.device.type == drawn.device.type == "meta" and shown.shape == drawn.shape == (2, 3, 4)
    assert kind_of(SPEC).pictures(shown, SPEC).device.type == "meta"


def test_a_tile_without_a_symbol_is_refused():
    x = torch.full((1, 3, 4), len(SYMBOLS), dtype=torch.uint8)
    with pytest.raises(UserError, match="has a tile 13, but only 13 symbols"):
        kind_of(SPEC).check(SPEC, x)


def test_a_picture_puts_each_tile_where_it_stands():
    x = kind_of(SPEC).read(LEVEL.encode(), SPEC).x
    picture = kind_of(SPEC).pictures(x, SPEC)[0].numpy()
    assert picture.shape == (3 * SIDE, 4 * SIDE, 3)
    for row, line in enumerate(LEVEL.split()):
        for column, symbol in enumerate(line):
            found = picture[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
            expected = [[list(bytes.fromhex(INKS[ink])) for ink in inks] for inks in ART[symbol][1]]
            assert found.tolist() == expected


def test_every_symbol_has_a_picture_and_a_colour_of_its_own():
    own = spec(symbols=("-", "X", "a", "#", "é"), symbol_names=(), symbol_roles=("empty", "solid", "", "", ""))
    for each in (SPEC, own):
        art = sprites(each)
        assert art.shape == (len(each.symbols), SIDE, SIDE, 3)
        assert len({picture.numpy().tobytes() for picture in art}) == len(each.symbols)
        assert colors(each).shape == (len(each.symbols), 3)
    plain = [tuple(color) for color in colors(SPEC).tolist()]
    assert len(set(plain)) >= len(plain) - 1  # both halves of a pipe's body are one


def test_the_page_gets_the_very_pixels():
    sent = kind_of(SPEC).for_page(SPEC)
    pixels = np.frombuffer(base64.b64decode(sent["sprites"]), np.uint8).reshape(len(SYMBOLS), SIDE, SIDE, 3)
    assert np.array_equal(pixels, sprites(SPEC).numpy())
    assert [each["symbol"] for each in sent["symbols"]] == list(SYMBOLS) and sent["symbols"][0]["name"] == "sky"
    assert (sent["rows"], sent["columns"], sent["tile"]) == (3, 4, SIDE)


def test_a_line_counts_what_is_there():
    x = kind_of(SPEC).read(LEVEL.encode(), SPEC).x
    assert kind_of(SPEC).lines(x, SPEC) == ["3 × 4 tiles: 6 sky, 4 ground, 1 full question block, 1 enemy"]
