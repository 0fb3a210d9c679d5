"""A dataset: its spec (kind, shape, symbols, classes, ground-truth factors) and its examples, resident in memory.

Its kind (`vae_core/kinds`) defines how examples are stored and how they are fed to a network.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from vae_core.errors import UserError
from vae_core.reading import MAX_NAME, Values, is_text, shown

NAMES = ("classes", "groups", "factors", "symbols", "symbol_names", "symbol_roles")
MAX_AXES, MAX_CLASSES, MAX_FACTORS, MAX_NAMES, MAX_COLUMNS, MAX_VALUES = 4, 1000, 100, 100_000, 500, 1000


@dataclass(frozen=True)
class Column:
    """A column of measured data: what its numbers mean, and how they are scaled for a network.

    A scaled value is `(v − center) / spread`, of log(1 + v) in place of v where `log` is set; center and spread are
    those of the training part. A column with `values` holds symbols instead: numbers that index them; two are a flag.
    """

    name: str
    unit: str = ""
    center: float = 0.0
    spread: float = 1.0
    log: bool = False
    values: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many numbers tell a network its value: one for each of more than two symbols, else a single one."""
        return len(self.values) if len(self.values) > 2 else 1

    def scaled(self, raw: Tensor) -> Tensor:
        """Values in the column's unit, of any shape -> scaled, float32. Values below −1 have no logarithm: it is taken
        of their size, with their sign."""
        raw = raw.double()
        if self.log:
            raw = raw.sign() * raw.abs().log1p()
        return ((raw - self.center) / self.spread).float()

    def raw(self, scaled: Tensor) -> Tensor:
        """Scaled values -> the column's unit, float64."""
        values = scaled.double() * self.spread + self.center
        return values.sign() * values.abs().expm1() if self.log else values

    @classmethod
    def fitted(cls, raw: Tensor, name: str, unit: str = "", log: bool = False) -> "Column":
        """A column whose scaled values of `raw` have mean 0 and standard deviation 1; constant ones become 0."""
        values = cls(name, unit, log=log).scaled(raw).double()
        spread = float(values.std(correction=0))
        return cls(name, unit, float(values.mean()), spread if spread > 1e-9 else 1.0, log)

    @classmethod
    def from_json(cls, values: Any) -> "Column":
        """What a spec's JSON says of a column. UserError for anything else."""
        found = Values(values, "the description of a column")
        found.only([field.name for field in fields(cls)])
        return cls(
            name=found.text("name"),
            unit=found.text("unit") if found.values.get("unit") else "",
            center=found.number("center", -1e30, 1e30, default=0.0),
            spread=found.number("spread", 1e-30, 1e30, default=1.0),
            log=found.flag("log", default=False),
            values=found.texts("values", MAX_VALUES, default=()),
        )


@dataclass(frozen=True)
class DataSpec:
    """What a model must know about its data, and all that a checkpoint keeps of it.

    `shape` is the shape of one example at rest: (channels, height, width) for images, (rows, columns) for tiles. Labels
    index `classes`. Where an example may be of several classes at once, such as the facts that a sentence states,
    `groups` names what each class is a value of. `factors` names the ground-truth factors, if any. The values of
    symbolic data index `symbols`, such as the characters of tiles; `symbol_names` describes each symbol in words and
    `symbol_roles` gives its function, if known (each is empty or has one entry per symbol). `padding` is the id of the
    symbol that fills up short examples and contributes nothing to the loss. `columns` describes what was measured, such
    as the channels of a series, whose steps are `step` seconds apart if that is known; the first is `begin` seconds
    after 1970 began, by the series' own clock. `normal` is the label of the class that a model learns, where those of
    the others are anomalies, held out to be found.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    symbol_names: tuple[str, ...] = ()
    symbol_roles: tuple[str, ...] = ()
    padding: int | None = None
    columns: tuple[Column, ...] = ()
    step: float | None = None
    begin: float | None = None
    normal: int | None = None
    groups: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; omits what the data lack (symbols, padding, columns)."""
        always = ("name", "kind", "shape", "classes", "factors")
        return {name: value for name, value in asdict(self).items() if name in always or value not in ((), None)}

    @classmethod
    def from_json(cls, values: Any) -> "DataSpec":
        """What `to_json` wrote; UserError for anything else, and for names that `check` refuses."""
        found = Values(values, "the description of the data")
        found.only([field.name for field in fields(cls)])
        spec = cls(
            name=found.text("name"),
            kind=found.text("kind"),
            shape=found.wholes("shape", MAX_AXES, least=1),
            padding=found.whole("padding", default=None),
            columns=tuple(map(Column.from_json, found.items("columns", MAX_COLUMNS, default=()))),
            step=found.number("step", 1e-9, 1e12, default=None),
            begin=found.number("begin", -1e11, 1e11, default=None),
            normal=found.whole("normal", default=None),
            **{name: tuple(found.items(name, MAX_NAMES, default=())) for name in NAMES},
        )
        spec.check()
        return spec

    def check(self) -> None:
        """UserError unless every name is a short line of text, and their number within bounds: they stand on pages, in
        files and in other people's browsers."""
        words = [self.name, self.kind]
        for name in NAMES:
            given = getattr(self, name)
            # The name and the role of a symbol may be unknown.
            words += [word for word in given if word != "" or name in ("classes", "groups", "factors", "symbols")]
        for word in words:
            if not is_text(word):
                raise UserError(
                    f"{shown(word)!r} cannot be a name in the data: a line of 1 to {MAX_NAME} letters is needed."
                )
        if self.groups and len(self.groups) != len(self.classes):
            raise UserError(
                f"These data have {len(self.classes)} classes in {len(self.groups)} groups: one each is needed."
            )
        if self.normal is not None and self.normal >= len(self.classes):
            raise UserError(
                f"The normal class of these data is number {self.normal}, but they have {len(self.classes)}."
            )
        for name, most in (("classes", MAX_CLASSES), ("factors", MAX_FACTORS)):
            if len(getattr(self, name)) > most:
                raise UserError(f"These data have {len(getattr(self, name)):,} {name}; at most {most:,} are allowed.")


@dataclass(frozen=True)
class Split:
    """Examples at rest: `x` [N, *shape] in the kind's own type, `y` int64 [N] class labels (zeros without classes),
    `factors` float [N, F]. `weights` float [N, K], where an example may be of several classes: 1 for each that it is
    of, and `y` is one of them. `first` int64 [N], where examples were cut from one series: the step that each begins
    at."""

    x: Tensor
    y: Tensor
    factors: Tensor | None = None
    weights: Tensor | None = None
    first: Tensor | None = None

    def __post_init__(self):
        if self.y.dtype != torch.int64 or len(self.x) != len(self.y):
            raise ValueError(
                f"y must be int64 and as long as x, not {self.y.dtype} and {len(self.y)} for {len(self.x)}"
            )

    def __len__(self) -> int:
        return len(self.x)

    def to(self, device: str | torch.device) -> "Split":
        return self._each(lambda tensor: tensor.to(device))

    def take(self, index: Tensor | slice) -> "Split":
        return self._each(lambda tensor: tensor[index])

    def _each(self, work: Callable[[Tensor], Tensor]) -> "Split":
        further = (None if tensor is None else work(tensor) for tensor in (self.factors, self.weights, self.first))
        return Split(work(self.x), work(self.y), *further)

    @property
    def condition(self) -> Tensor:
        """What a conditional model is given with each example: its class, or the weights of all that it is of."""
        return self.y if self.weights is None else self.weights


@dataclass(frozen=True)
class Data:
    """A loaded dataset: its spec, the training split and the held-out split.

    `augment` maps a training batch at rest, [B, *shape], to a randomly modified one of the same shape and type; None:
    no augmentation.
    """

    spec: DataSpec
    train: Split
    test: Split
    augment: Callable[[Tensor, torch.Generator], Tensor] | None = None

    @property
    def judged(self) -> Tensor | slice:
        """The held-out examples that losses and metrics are of, as an index: all, or those of the normal class."""
        return slice(None) if self.spec.normal is None else (self.test.y == self.spec.normal).nonzero()[:, 0]

    def __post_init__(self):
        for part, split in (("train", self.train), ("test", self.test)):
            if not len(split):
                raise UserError(f"The {part} part of {self.spec.name} is empty: both parts need an example.")
            n_classes = max(1, len(self.spec.classes))
            if split.y.min() < 0 or split.y.max() >= n_classes:
                raise UserError(
                    f"The {part} part of {self.spec.name} has labels from {split.y.min()} to {split.y.max()}, but its "
                    f"classes are numbered from 0 to {n_classes - 1}."
                )


@dataclass(frozen=True)
class Batch:
    """Examples as a model receives them: `x` [B, *shape] in batch form, `y` int64 [B], class weights
    float [B, K] or None. `epoch` is the
    training's progress as a real number (2.5: half-way through the third epoch), for terms that change over time;
    `total` the number of training examples that the batch is drawn from, if known."""

    x: Tensor
    y: Tensor | None
    epoch: float = 0.0
    total: int | None = None

    def __len__(self) -> int:
        return len(self.x)


def split_at_random(x: Tensor, y: Tensor, test_fraction: float, seed: int) -> tuple[Split, Split]:
    """A seeded split into train and test; at least one example on each side."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    n_test = min(max(1, round(len(x) * test_fraction)), len(x) - 1)
    whole = Split(x, y)
    return whole.take(order[n_test:]), whole.take(order[:n_test])
