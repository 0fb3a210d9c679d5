"""Text: sentences of words or characters, int16 ids [N, T] at rest, int64 in a batch.

Each sentence ends with the end symbol, and padding fills up the rest. vocabulary.py holds the special symbols.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import KINDS, Fact, File, Kind, Prepared, Several, Shows
from vae_core.kinds.text.vocabulary import END, MASK, PADDING, ROLES, SPECIAL, UNKNOWN, encoded, spelled, tokens

MAX_LENGTH, MAX_SYMBOLS, MAX_BYTES = 256, 20_000, 100_000
NEVER = (PADDING, UNKNOWN, MASK)
"""What a model may read but never writes; padding follows the end by itself."""


@dataclass(frozen=True)
class Config:
    """No options."""


def is_characters(spec: DataSpec) -> bool:
    """Whether the symbols are single characters, which stand without spaces between them."""
    return all(len(symbol) == 1 for symbol in spec.symbols[len(SPECIAL) :])


@KINDS.register("text", Config)
class Text(Kind):
    """Sentences: one symbol of a vocabulary after the other, up to the end."""

    name = "text"
    unit = "sentence"
    makes, made = "writes", "wrote"
    classed = "a sentence of “{class}”"
    likelihoods = ("categorical",)
    dtype = torch.int16
    network = "gru"

    def check_spec(self, spec: DataSpec) -> None:
        if len(spec.shape) != 1 or type(spec.shape[0]) is not int or not 2 <= spec.shape[0] <= MAX_LENGTH:
            raise UserError(f"Sentences have 2 to {MAX_LENGTH} symbols; {spec.name} has shape {spec.shape}.")
        if not len(SPECIAL) < len(spec.symbols) <= MAX_SYMBOLS:
            raise UserError(
                f"A vocabulary has {len(SPECIAL) + 1} to {MAX_SYMBOLS:,} symbols; {spec.name} has {len(spec.symbols)}."
            )
        if spec.symbol_roles[: len(ROLES)] != ROLES or len(spec.symbol_roles) != len(spec.symbols):
            raise UserError(f"The symbols of {spec.name} do not begin with {', '.join(ROLES)}.")
        if spec.padding != PADDING:
            raise UserError(f"The padding of {spec.name} is not its first symbol.")
        if len(set(spec.symbols)) < len(spec.symbols) or not all(map(_is_symbol, spec.symbols)):
            raise UserError(f"The symbols of {spec.name} are not different words or characters.")

    def check(self, spec: DataSpec, x: Tensor) -> None:
        super().check(spec, x)
        if not len(x):
            return
        if int(x.min()) < 0 or int(x.max()) >= len(spec.symbols):
            raise UserError(f"{spec.name} has a symbol {int(x.max())}, but only {len(spec.symbols)} symbols.")
        ends, lengths = (x == END).sum(1), (x != PADDING).sum(1)
        last = x.gather(1, (lengths - 1).clamp(min=0)[:, None].long())[:, 0]
        if not ((ends == 1) & (last == END)).all():
            raise UserError(f"{spec.name} has a sentence that does not end once, with nothing but padding after it.")

    def feed(self, x: Tensor) -> Tensor:
        return x.long()

    def rest(self, shown: Tensor) -> Tensor:
        return shown.to(torch.int16)

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        # The batch's own words, shuffled over the places of words: lengths and frequencies stay.
        words = x >= len(SPECIAL)
        found = x.clone()
        if n := int(words.sum()):
            found[words] = x[words][torch.randint(n, (n,), generator=generator)]
        return found

    def shown(self, params: Tensor, likelihood: Shows, spec: DataSpec) -> Tensor:
        return self.finished(likelihood.shown(self.allowed(params)))

    def drawn(
        self,
        params: Tensor,
        likelihood: Shows,
        spec: DataSpec,
        temperature: float,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        return self.finished(likelihood.draw(self.allowed(params), temperature, generator))

    def allowed(self, params: Tensor) -> Tensor:
        return params.index_fill(1, torch.tensor(NEVER, device=params.device), -torch.inf)

    def finished(self, x: Tensor) -> Tensor:
        ended = (x == END).cumsum(1) - (x == END).long()  # how many ends stand before a place
        x = torch.where(ended > 0, PADDING, x)
        open = ~(x == END).any(1)
        return torch.cat([x[:, :-1], torch.where(open, END, x[:, -1])[:, None]], 1)

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor:
        from vae_core.kinds.text.cards import cards

        return cards(self.lines(x, spec))

    def facts(self, x: Tensor, spec: DataSpec) -> tuple[Fact, ...]:
        from vae_core.kinds.text.facets import facts

        return facts(x, spec)

    def features(self, x: Tensor, spec: DataSpec) -> Tensor | None:
        from vae_core.kinds.text.facets import bags_of_words

        return bags_of_words(x, spec)

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        characters = is_characters(spec)
        return [spelled(ids, spec.symbols, characters) or "(nothing)" for ids in x.tolist()]

    def files(self, x: Tensor, spec: DataSpec) -> Iterator[File]:
        """One text, a sentence a line."""
        lines = self.lines(x, spec)
        yield File("sentences.txt", "".join(f"{line}\n" for line in lines).encode(), len(lines))

    def read(self, content: bytes, spec: DataSpec, options: Any = None) -> Prepared:
        sentence = sentence_of(content)
        words = tokens(sentence, is_characters(spec))
        if not words:
            raise UserError("There is no word in this text.")
        known = set(spec.symbols)
        if not any(word in known for word in words):
            raise UserError("This model knows none of these words.")
        x = encoded([words], spec.symbols, spec.shape[0])
        return Prepared([("read", sentence), ("seen", self.lines(x, spec)[0])], self.feed(x))

    def read_all(self, content: bytes, name: str, spec: DataSpec) -> Several:
        """Every line of a text file that is not empty. UserError names the line that is refused."""
        try:
            lines = content.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise UserError(f"{name} is not a text in UTF-8.") from None
        found, places = [], []
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    found.append(self.read(line.encode(), spec).x)
                except UserError as error:
                    raise UserError(f"{name}, line {number}: {error}") from None
                places.append({"line": number})
        if not found:
            raise UserError(f"{name} has no line of text.")
        return Several(torch.cat(found), places)

    def choice(self, spec: DataSpec) -> Mapping[str, Any]:
        return {"name": "sentence", "never": list(NEVER), "end": END, "padding": PADDING}

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        from vae_core.kinds.text.cards import HEIGHT, WIDTH

        tile = {"width": WIDTH, "height": HEIGHT}
        return {"symbols": list(spec.symbols), "characters": is_characters(spec), "card": tile}


def sentence_of(content: bytes) -> str:
    """A user's text as one line. UserError if it is not text, or far longer than a sentence."""
    if len(content) > MAX_BYTES:
        raise UserError(f"This text has {len(content):,} bytes; a sentence has at most {MAX_BYTES:,}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("This is not a text in UTF-8.") from None
    return " ".join(text.replace("\0", " ").split())


def _is_symbol(symbol: str) -> bool:
    return (
        isinstance(symbol, str)
        and 1 <= len(symbol) <= 60
        and (symbol == " " or symbol.isprintable() and symbol.split() == [symbol])
    )
