"""Sentences: tokens, vocabularies, and what is refused."""

from dataclasses import replace

import pytest
import torch

from benchmarks.text import content_words, kept
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import check_data, kind_of
from vae_core.kinds.text.vocabulary import (
    END,
    PADDING,
    ROLES,
    SPECIAL,
    UNKNOWN,
    encoded,
    joined,
    spelled,
    tokens,
    vocabulary,
)


def spec_of(*words: str, length: int = 6) -> DataSpec:
    roles = ROLES + ("",) * len(words)
    return DataSpec("toy", "text", (length,), symbols=SPECIAL + words, symbol_roles=roles, padding=PADDING)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("A man's dog, it RUNS!", ["a", "man's", "dog", ",", "it", "runs", "!"]),
        ("well-known\tand\u00a0old", ["well-known", "and", "old"]),
        ("cafe\u0301", ["café"]),
        ("a\x00b\u202e c", ["ab", "c"]),
        ("<b>hi</b>", ["<", "b", ">", "hi", "<", "/", "b", ">"]),
        (" \n ", []),
    ],
)
def test_words_of_a_sentence(sentence, expected):
    assert tokens(sentence) == expected


def test_characters_of_a_sentence():
    assert tokens("两 只 狗。", characters=True) == ["两", " ", "只", " ", "狗", "。"]
    assert joined(["两", "只", "狗", "。"], characters=True) == "两只狗。"


@pytest.mark.parametrize("sentence", ["a man's dog, it runs!", "(well) “done”, he says.", "two dogs"])
def test_a_sentence_comes_back_as_it_was_written(sentence):
    assert joined(tokens(sentence)) == sentence


def test_a_vocabulary_is_sorted_by_count_and_leaves_rare_words_out():
    words = [["b", "a", "a"], ["c", "a", "b"]]
    assert vocabulary(words, 2, 100) == (*SPECIAL, "a", "b") and vocabulary(words, 1, 5) == (*SPECIAL, "a")
    x = encoded([["a", "c"], ["b"]], vocabulary(words, 2, 100), 4)
    assert x.tolist() == [[4, UNKNOWN, END, PADDING], [5, END, PADDING, PADDING]] and x.dtype == torch.int16
    assert spelled(x[0].tolist(), vocabulary(words, 2, 100), False) == "a ‹?›"
    with pytest.raises(UserError, match="This sentence has 4 symbols; this model reads at most 3"):
        encoded([["a"] * 4], vocabulary(words, 2, 100), 4)


@pytest.mark.parametrize(
    "row", [[4, 5, 0, 0, 0, 0], [4, END, 5, 0, 0, 0], [END, END, 0, 0, 0, 0], [0] * 6, [0, END, 0, 0, 0, 0]]
)
def test_a_sentence_that_does_not_end_once_is_refused(row):
    spec = spec_of("a", "b")
    kind = kind_of(spec)
    with pytest.raises(UserError, match="does not end once"):
        kind.check(spec, torch.tensor([[int(id) for id in row]], dtype=torch.int16))


@pytest.mark.parametrize("id", [6, -1])
def test_a_symbol_of_no_vocabulary_is_refused(id):
    spec = spec_of("a", "b")
    with pytest.raises(UserError, match="has a symbol"):
        kind_of(spec).check(spec, torch.tensor([[id, END, 0, 0, 0, 0]], dtype=torch.int16))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": (600,)}, "2 to 256 symbols"),
        ({"shape": (4, 4)}, "2 to 256 symbols"),
        ({"symbols": SPECIAL}, "5 to 20,000 symbols"),
        ({"symbol_roles": ()}, "do not begin with padding, end"),
        ({"padding": 1}, "not its first symbol"),
        ({"symbols": (*SPECIAL, "a", "a")}, "not different words"),
        ({"symbols": (*SPECIAL, "a b", "c")}, "not different words"),
        ({"symbols": (*SPECIAL, "a", "c\n")}, "cannot be a name in the data"),
    ],
)
def test_a_spec_of_no_sentences_is_refused(changes, words):
    with pytest.raises(UserError, match=words):
        check_data(replace(spec_of("a", "b"), **changes))


def test_what_a_user_types_is_read_step_by_step():
    kind, spec = kind_of(spec_of("a", "dog", "runs")), spec_of("a", "dog", "runs")
    prepared = kind.read(b"A  dog\njumps", spec)
    assert prepared.steps == [("read", "A dog jumps"), ("seen", "a dog ‹?›")]
    assert prepared.x.tolist() == [[4, 5, UNKNOWN, END, PADDING, PADDING]]
    for content, words in (
        (b"", "no word"),
        (b"\x00 \xe2\x80\xae", "no word"),
        (b"x y z", "knows none of these words"),
        (b"\xff\xfe", "not a text in UTF-8"),
        (b"a dog runs a dog runs a dog", "reads at most 5"),
        (b"a" * 200_000, "at most 100,000"),
    ):
        with pytest.raises(UserError, match=words):
            kind.read(content, spec)


def test_cards_hold_the_words_and_cut_off_what_is_too_long():
    kind, spec = kind_of(spec_of("dog", length=40)), spec_of("dog", length=40)
    short, long, empty = (kind.feed(encoded([["dog"] * n], spec.symbols, 40)) for n in (1, 39, 0))
    ink = [int((kind.pictures(x, spec) < 128).sum()) for x in (short, long, empty)]
    assert ink[1] > 5 * ink[0] > 0 and ink[2] > 0  # nothing is said in words


def test_content_words_are_counted_as_often_as_they_stand():
    """Of man, dog and dog the first and one of the others are kept; articles, marks and the unknown are no content."""
    words = ("a", "man", "dog", ".", "in", "cat")
    spec = DataSpec(
        "toy", "text", (8,), symbols=SPECIAL + words, symbol_roles=ROLES + ("",) * len(words), padding=PADDING
    )
    own, again = (
        encoded([line.split()], spec.symbols, 8).long() for line in ("a man in a dog dog .", "a man . cat dog .")
    )
    assert kept(own, again, spec) == pytest.approx(2 / 3) and kept(own, own, spec) == 1
    assert content_words(spec).nonzero().flatten().tolist() == [5, 6, 9]


def test_facts_are_read_off_the_words():
    words = ("a", "man", "two", "dogs", "men", "run", "running", "sitting", ".")
    spec = DataSpec(
        "toy", "text", (6,), symbols=SPECIAL + words, symbol_roles=ROLES + ("",) * len(words), padding=PADDING
    )
    lines = ["a man running .", "two men sitting", "a man", "dogs run", "a man sitting running ."]
    x = encoded([line.split() for line in lines], spec.symbols, 6).long()
    length, people, movement = kind_of(spec).facts(x, spec)
    assert length.values.tolist() == [4, 3, 2, 2, 5]
    assert people.values.tolist() == [-1, 1, -1, 0, -1]  # "two men": several, though "man" is no part of it
    assert movement.values.tolist() == [1, -1, 0, 0, 0]
    (several, in_several), (one, in_one) = people.groups
    assert (several, one) == ("several people", "one person")
    assert in_several.tolist() == [False, True, False, False, False] and int(in_one.sum()) == 3
    bags = kind_of(spec).features(x, spec)
    assert bags.shape == (5, len(spec.symbols)) and bags[:, :2].sum() == 0
    assert torch.allclose(bags.norm(dim=1), torch.ones(5)) and (bags @ bags.T)[2, 3] == 0
