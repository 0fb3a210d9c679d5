"""The user's own sentences: what is taken for an example and for a symbol, and what is left out."""

import random

import pytest

from vae_core.datasets import DATASETS
from vae_core.datasets.text import Config, read
from vae_core.errors import UserError
from vae_core.kinds import kind_of

WORDS = ["the", "dog", "runs", "home", "a", "red", "cat", "sees", "him"]
CHINESE = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主"


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "own.txt"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def lines(symbols, n, least, most, between=" "):
    chance = random.Random(0)
    return [between.join(chance.choices(symbols, k=chance.randint(least, most))) for _ in range(n)]


def test_lines_of_words_that_recur_are_words(written):
    path = written("\n".join([*lines(WORDS, 200, 5, 9), "dog " * 70, "the dog runs", "the dog runs", "", "\0"]))
    reading = read(Config(path=path))
    assert not reading.characters and not reading.sentences and reading.length == 10
    assert reading.repeated >= 1 and reading.long == 1
    assert str(reading) == (
        f"{len(reading.examples)} of {len(reading.examples) + reading.repeated + 1} lines, made of words "
        f"({reading.repeated} occur more than once, 1 are longer than 9 words)"
    )
    data = DATASETS.build(Config(path=path))
    assert set(data.spec.symbols[4:]) == set(WORDS)
    assert len(data.train) + len(data.test) == len(reading.examples)


@pytest.mark.parametrize(
    "found",
    [
        lines(CHINESE, 200, 5, 15, between=""),
        [name.title() for name in lines("abcdefghijklmnopqrstuvwxyz", 200, 4, 9, between="")],
    ],
    ids=["Chinese", "names"],
)
def test_scripts_without_spaces_and_lists_of_names_are_characters(written, found):
    path = written("\n".join(found))
    assert read(Config(path=path)).characters
    data = DATASETS.build(Config(path=path))
    written_again = kind_of(data.spec).lines(kind_of(data.spec).feed(data.train.x), data.spec)
    assert set(written_again) <= {line.lower() for line in found}
    assert not read(Config(path=path, symbols="words", min_count=1)).characters


def test_a_book_is_sentences_though_its_lines_are_wrapped(written):
    sentences = [f"{line.capitalize()}." for line in lines(WORDS, 400, 8, 12)]
    paragraphs = [" ".join(sentences[i : i + 20]) for i in range(0, 400, 20)]
    one_line_each = read(Config(path=written("\n".join(paragraphs))))
    assert one_line_each.sentences and set(one_line_each.examples) == set(sentences)
    wrapped = "\n\n".join(paragraph.replace(" ", "\n", 3) for paragraph in paragraphs)
    assert set(read(Config(path=written(wrapped), examples="sentences")).examples) == set(sentences)


def test_a_length_and_symbols_that_are_asked_for_hold(written):
    path = written("\n".join(lines(WORDS, 200, 5, 9)))
    reading = read(Config(path=path, symbols="characters", max_symbols=30, examples="lines"))
    assert reading.characters and reading.length == 30 and max(map(len, reading.examples)) < 30


def test_too_few_and_one_endless_line_get_a_sentence(written):
    with pytest.raises(UserError, match="own.txt has 1 different lines of text; a training needs 20"):
        read(Config(path=written("the dog runs home\n" * 300)))
    with pytest.raises(UserError, match="own.txt has 0 different sentences of at most 63 symbols; a training needs 20"):
        read(Config(path=written("dog " * 3_000)))
