"""Kinds of data, one a file: what an example is at rest, how it is fed to a network, how it is shown, what users bring.

Everything else (posterior, sliders, maps, projections, arithmetic, jobs, checkpoints) is the same for all kinds. Add
one: a file here with a subclass of `Kind`, registered with `@KINDS.register("name", Config)`, and its renderer,
`components/shared/kinds/NAME.js`. docs/kinds.md has the whole of it.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from vae_core.data import DataSpec, Split
from vae_core.errors import UserError
from vae_core.registry import Registry

KINDS = Registry("kind of data", __name__)


@dataclass(frozen=True)
class Prepared:
    """What a user brought, as a model takes it: `x` [1, *shape] in batch form. `steps` are what was done, in order: an
    id, and what the example looked like afterwards (a picture, or text)."""

    steps: list[tuple[str, Any]]
    x: Tensor


class Shows(Protocol):
    """What a kind asks of a likelihood (`vae_core/likelihoods`): see `Likelihood.shown` and `Likelihood.draw`."""

    def shown(self, params: Tensor) -> Tensor: ...

    def draw(self, params: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor: ...


class Kind:
    """One kind of data.

    `unit` is one example in a word: losses are nats per `unit`. `likelihoods` are those that make sense, the first is
    the default. At rest an example has shape `spec.shape` and `dtype`; in batch form it has the same shape, as floats
    or as symbol ids.
    """

    name = ""
    unit = "example"
    likelihoods: tuple[str, ...] = ()
    dtype = torch.uint8

    def __init__(self, config: Any = None):
        del config  # kinds have no options: what varies stands in the spec

    def check_spec(self, spec: DataSpec) -> None:
        """UserError if the spec is none of this kind, or larger than this program serves. Strangers' models are
        asked."""
        raise NotImplementedError

    def check(self, spec: DataSpec, x: Tensor) -> None:
        """UserError if x is not [N, *spec.shape] of this kind's type with values that the spec allows; never a cast."""
        if x.dtype != self.dtype:
            raise UserError(f"{spec.name}: {self.name} data at rest are {self.dtype}, not {x.dtype}.")
        if tuple(x.shape[1:]) != tuple(spec.shape):
            raise UserError(f"{spec.name}: an example has shape {tuple(x.shape[1:])}, its spec says {spec.shape}.")

    def feed(self, x: Tensor) -> Tensor:
        """At rest [N, *shape] -> batch form [N, *shape]."""
        raise NotImplementedError

    def rest(self, shown: Tensor) -> Tensor:
        """What a model shows, [N, *shape] in batch form -> at rest, as films and files keep it."""
        raise NotImplementedError

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Pure noise in the shape and form of a batch x: what fills hidden values before anything is known of them."""
        raise NotImplementedError

    def shown(self, params: Tensor, likelihood: Shows, spec: DataSpec) -> Tensor:
        """What parameters of the likelihood stand for on the screen, [N, *shape] in batch form. A kind whose values
        depend on each other, as the halves of a pipe do, chooses them together."""
        return likelihood.shown(params)

    def drawn(
        self,
        params: Tensor,
        likelihood: Shows,
        spec: DataSpec,
        temperature: float,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """As `shown`, but one draw from p(x | z) each, sharpened by a `temperature` below 1."""
        return likelihood.draw(params, temperature, generator)

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor | None:
        """Batch form [N, *shape] -> uint8 [N, H, W, 3] for previews, films, stamps and GIFs; None without pictures."""
        raise NotImplementedError

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        """Batch form [N, *shape] -> a line of text each."""
        raise NotImplementedError

    def read(self, content: bytes, spec: DataSpec, options: Any = None) -> Prepared:
        """A user's file -> what a model for `spec` takes, step by step. UserError in one sentence for what is
        refused."""
        raise NotImplementedError

    def choice(self, spec: DataSpec) -> Mapping[str, Any]:
        """How the page's engine chooses what is shown, JSON-ready, where `shown` does more than the likelihood's."""
        return {}

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        """What the kind's renderer in the page must know, JSON-ready."""
        return {}


@functools.lru_cache(maxsize=256)
def _kind(name: str) -> Kind:
    return KINDS[name].build()


def kind_of(spec: DataSpec) -> Kind:
    """The kind of a spec's data; UserError names those that there are."""
    return _kind(spec.kind)


def built_in(name: str) -> bool:
    """Whether a kind is this package's own, or a plug-in's."""
    return f"{KINDS[name].build.__module__}.".startswith(f"{__name__}.")


def check_data(spec: DataSpec, *splits: Split) -> None:
    """UserError if the spec or the examples of a split are not what their kind says."""
    kind = kind_of(spec)
    kind.check_spec(spec)
    for split in splits:
        kind.check(spec, split.x)


def unit(spec: DataSpec) -> str:
    """One example of the data in a word: "image", "level"."""
    return kind_of(spec).unit


def units(spec: DataSpec) -> str:
    """Several of them: "images", "levels"."""
    return f"{unit(spec)}s"
