"""Kinds of data, one per file: how examples are stored, fed to a network, shown, and read from users' files.

Everything else (posterior, sliders, maps, projections, arithmetic, jobs, checkpoints) is shared by all kinds. Add one:
a file here with a subclass of `Kind`, registered with `@KINDS.register("name", Config)`, and its renderer,
`components/shared/kinds/NAME.js`. See docs/kinds.md.
"""

import functools
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from vae_core import zips
from vae_core.data import DataSpec, Split
from vae_core.errors import UserError
from vae_core.registry import Registry

KINDS = Registry("kind of data", __name__)


@dataclass(frozen=True)
class Prepared:
    """A user's file as model input: `x` [1, *shape] in batch form. `steps` lists the processing steps in order, each
    an id and the intermediate result (a picture or text)."""

    steps: list[tuple[str, Any]]
    x: Tensor


@dataclass(frozen=True)
class Fact:
    """A number that is told of each example: `values` [N], and the two groups that it tells apart, a title and who
    belongs to it (bool [N]) each: those of high values, and of low ones."""

    name: str
    values: Tensor
    groups: tuple[tuple[str, Tensor], tuple[str, Tensor]]

    @classmethod
    def halved(cls, name: str, values: Tensor) -> "Fact":
        """A fact that tells those above the median from the others."""
        above = values > values.median()
        return cls(name, values, ((f"{name}: above the median", above), (f"{name}: at or below the median", ~above)))


@dataclass(frozen=True)
class Several:
    """Examples of a user's file: `x` [N, *shape] in batch form, and where in the file each lies, JSON-ready, such as
    {"line": 3} or {"start": "2014-07-01T00:00:00", "end": …}."""

    x: Tensor
    places: list[dict[str, Any]]


class Shows(Protocol):
    """The part of a likelihood that a kind uses: see `Likelihood.shown` and `Likelihood.draw`."""

    def shown(self, params: Tensor) -> Tensor: ...

    def draw(self, params: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor: ...


@dataclass(frozen=True)
class File:
    """A file of `n` examples: its name and its content."""

    name: str
    content: bytes
    n: int = 1


class Kind:
    """One kind of data.

    `unit` is the word for one example: losses are in nats per `unit`; `makes` and `made` say what a model does to give
    one ("draws", "drew"). `classed` names one of a class in a sentence, "a record of “{class}”"; empty where the class
    itself does, "a 4". `likelihoods` lists the suitable ones, the
    default first. At rest an example has shape `spec.shape` and type `dtype`; in batch form it has the same shape and
    holds floats or symbol ids.
    """

    name = ""
    unit = "example"
    makes, made = "draws", "drew"
    classed = ""
    likelihoods: tuple[str, ...] = ()
    dtype = torch.uint8
    network = "mlp"
    """The network that a form begins with."""
    epochs: int | None = None
    """The epochs that it begins with; None: those of the first lesson, which is of small pictures."""

    def __init__(self, config: Any = None):
        del config  # kinds have no options: the spec holds what varies

    def check_spec(self, spec: DataSpec) -> None:
        """UserError if the spec does not describe data of this kind, or exceeds this program's limits. Also guards
        against uploaded models."""
        raise NotImplementedError

    def check(self, spec: DataSpec, x: Tensor) -> None:
        """UserError unless x is [N, *spec.shape] of this kind's type with values that the spec allows; never casts."""
        if x.dtype != self.dtype:
            raise UserError(f"{spec.name}: {self.name} data at rest are {self.dtype}, not {x.dtype}.")
        if tuple(x.shape[1:]) != tuple(spec.shape):
            raise UserError(f"{spec.name}: an example has shape {tuple(x.shape[1:])}, its spec says {spec.shape}.")

    def feed(self, x: Tensor) -> Tensor:
        """Examples at rest [N, *shape] -> batch form [N, *shape]."""
        raise NotImplementedError

    def check_batch(self, spec: DataSpec, x: Tensor, values: bool = True) -> None:
        """UserError unless x is [B, *spec.shape] in batch form. Without `values` only its shape and type are looked at,
        which never waits for a GPU."""
        if x.ndim != 1 + len(spec.shape) or tuple(x.shape[1:]) != tuple(spec.shape):
            shape = ", ".join(map(str, ("B", *spec.shape)))
            raise UserError(f"A batch of {spec.name} has shape [{shape}], not {list(x.shape)}.")
        if spec.symbols and (x.is_floating_point() or x.is_complex() or x.dtype == torch.bool):
            raise UserError(f"A batch of {spec.name} holds symbol ids, whole numbers, not {x.dtype}.")
        if not spec.symbols and not x.is_floating_point():
            raise UserError(
                f"A batch of {spec.name} holds floating-point numbers, not {x.dtype}: its kind's feed(x) converts."
            )

    def rest(self, shown: Tensor) -> Tensor:
        """A model's output, [N, *shape] in batch form -> at rest, as films and files store it."""
        raise NotImplementedError

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Pure noise in the shape and type of a batch x, the initial filling of hidden values."""
        raise NotImplementedError

    def shown(self, params: Tensor, likelihood: Shows, spec: DataSpec) -> Tensor:
        """The point estimate to show for the likelihood's parameters, [N, *shape] in batch form. A kind whose values
        depend on each other, like the halves of a pipe, chooses them jointly."""
        return likelihood.shown(params)

    def drawn(
        self,
        params: Tensor,
        likelihood: Shows,
        spec: DataSpec,
        temperature: float,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """One draw from p(x | z) each, [N, *shape] in batch form; a `temperature` below 1 sharpens the distribution."""
        return likelihood.draw(params, temperature, generator)

    def allowed(self, params: Tensor) -> Tensor:
        """Logits [B, V, …] with −∞ for the symbols that a model never writes."""
        return params

    def next_symbol(
        self,
        params: Tensor,
        likelihood: Shows,
        temperature: float,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """The symbols that a decoder writes at one step, int64 [B], for parameters [B, V]: the most likely ones, or a
        draw at a `temperature` above 0."""
        return likelihood.draw(self.allowed(params), temperature, generator)

    toll: tuple[int, float] | None = None
    """(period, nats): a decoder that writes the most likely symbols step by step takes the one that stood `period`
    places before only if it is by so many nats the most likely: a penalty for repetition (Keskar et al. 2019)."""

    def possible(self, spec: DataSpec) -> Tensor | None:
        """Which symbols a model may write where, bool [*shape, V]; None where all may stand anywhere."""
        return None

    def finished(self, x: Tensor) -> Tensor:
        """What a decoder has written step by step, [N, *shape] in batch form, as an example: nothing after its end."""
        return x

    def undecided(self, x: Tensor) -> Tensor | None:
        """How blurred each example of a batch [N, *shape] is, [N]: 0 where every value is one or the other; None where
        values cannot be in between."""
        return None

    def plain(self, x: Tensor, spec: DataSpec) -> Tensor | None:
        """Which examples of a batch [N, *shape] show too little to begin with, bool [N]; None for none of them."""
        return None

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor | None:
        """Batch form [N, *shape] -> uint8 [N, H, W, 3] for previews, films, stamps and GIFs; None without pictures."""
        raise NotImplementedError

    def facts(self, x: Tensor, spec: DataSpec) -> tuple[Fact, ...]:
        """What can be told of examples in batch form [N, *shape] beside their class: what a concept may be about, and
        what it moves. Without any, pages take the brightness of the picture."""
        return ()

    def features(self, x: Tensor, spec: DataSpec) -> Tensor | None:
        """Batch form [N, *shape] -> numbers [N, R] in which similar examples are near; None where pictures say that."""
        return None

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        """Batch form [N, *shape] -> a line of text each."""
        raise NotImplementedError

    def read(self, content: bytes, spec: DataSpec, options: Any = None) -> Prepared:
        """Turn a user's file into input for a model of `spec`, keeping each step. UserError if the file is refused."""
        raise NotImplementedError

    def read_all(self, content: bytes, name: str, spec: DataSpec) -> Several:
        """The examples of a user's file called `name`: those of a zip, or the only one. UserError if one is refused."""
        files = [(name, content)]
        if content[:4] == b"PK\3\4":
            try:
                with zips.opened(io.BytesIO(content), zips.visible) as members:
                    files = [(member.name, member.read()) for member in members]
            except zips.ZipError as error:
                raise UserError(f"{name} {error}.") from None
        if not files:
            raise UserError(f"{name} is empty.")
        found = []
        for file, inside in files:
            try:
                found.append(self.read(inside, spec).x)
            except UserError as error:
                raise error if len(files) == 1 else UserError(f"{file}: {error}") from None
        return Several(torch.cat(found), [{"file": file} for file, _ in files])

    def files(self, x: Tensor, spec: DataSpec) -> Iterator[File]:
        """Examples in batch form [N, *shape], in order, as files that other programs open: one each, or one of all."""
        for i, line in enumerate(self.lines(x, spec)):
            yield File(f"{i + 1:06}.txt", f"{line}\n".encode())

    def choice(self, spec: DataSpec) -> Mapping[str, Any]:
        """How the page's engine computes `shown`, JSON-ready; empty where the likelihood's own choice is enough."""
        return {}

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        """What the kind's renderer in the page needs, JSON-ready."""
        return {}


@functools.lru_cache(maxsize=256)
def _kind(name: str) -> Kind:
    return KINDS[name].build()


def kind_of(spec: DataSpec) -> Kind:
    """The kind of a spec's data; UserError for an unknown kind lists the known ones."""
    return _kind(spec.kind)


def built_in(name: str) -> bool:
    """Whether a kind is this package's own, or a plug-in's."""
    return f"{KINDS[name].build.__module__}.".startswith(f"{__name__}.")


def check_data(spec: DataSpec, *splits: Split) -> None:
    """UserError if the spec or the examples of a split do not conform to their kind."""
    kind = kind_of(spec)
    spec.check()
    kind.check_spec(spec)
    for split in splits:
        kind.check(spec, split.x)


def unit(spec: DataSpec) -> str:
    """The word for one example: "image", "level"."""
    return kind_of(spec).unit


def units(spec: DataSpec) -> str:
    """The word for several examples: "images", "levels"."""
    return f"{unit(spec)}s"
