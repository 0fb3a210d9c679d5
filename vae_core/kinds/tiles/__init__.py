"""Tiles: levels of games and other grids of symbols, uint8 ids [N, rows, columns] at rest, int64 in a batch."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import KINDS, File, Kind, Prepared, Shows
from vae_core.kinds.tiles.corpus import MAX_ROWS, PIPES, SOLID, as_text, read_text, roles_of

MAX_TILES, MAX_SYMBOLS = 4096, 64


@dataclass(frozen=True)
class Options:
    """`start` is the first column of the window cut from a level that is wider than the model's."""

    start: int = 0


@dataclass(frozen=True)
class Config:
    """No options."""


@KINDS.register("tiles", Config)
class Tiles(Kind):
    """Levels of tiles: each cell holds one of a few symbols, such as sky, ground or a pipe."""

    name = "tiles"
    unit = "level"
    likelihoods = ("categorical",)

    def check_spec(self, spec: DataSpec) -> None:
        whole = len(spec.shape) == 2 and all(type(size) is int and size > 0 for size in spec.shape)
        if not whole or spec.shape[0] > MAX_ROWS or spec.shape[0] * spec.shape[1] > MAX_TILES:
            raise UserError(
                f"Levels have at most {MAX_ROWS} rows and {MAX_TILES:,} tiles; {spec.name} has shape {spec.shape}."
            )
        if spec.padding is not None:
            raise UserError(f"Levels have no padding; {spec.name} names symbol {spec.padding!r} as such.")
        single = all(len(symbol) == 1 and symbol.isprintable() and symbol != " " for symbol in spec.symbols)
        if not 2 <= len(spec.symbols) <= MAX_SYMBOLS or not single or len(set(spec.symbols)) < len(spec.symbols):
            raise UserError(
                f"Levels consist of 2 to {MAX_SYMBOLS} different symbols of one character each; {spec.name} has "
                f"{len(spec.symbols)}."
            )
        if any(words and len(words) != len(spec.symbols) for words in (spec.symbol_names, spec.symbol_roles)):
            raise UserError(f"{spec.name} does not name each of its {len(spec.symbols)} symbols once.")

    def check(self, spec: DataSpec, x: Tensor) -> None:
        super().check(spec, x)
        _check_ids(spec, x)

    def check_batch(self, spec: DataSpec, x: Tensor, values: bool = True) -> None:
        super().check_batch(spec, x, values)
        if values:
            _check_ids(spec, x)

    def feed(self, x: Tensor) -> Tensor:
        return x.long()

    def rest(self, shown: Tensor) -> Tensor:
        return shown.to(torch.uint8)

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        # The batch's own tiles, shuffled: there is no spec here, and symbols that never occur would tell nothing.
        order = torch.randint(x.numel(), x.shape, generator=generator)
        return x.flatten()[order]

    def shown(self, params: Tensor, likelihood: Shows, spec: DataSpec) -> Tensor:
        """The most likely level with whole pipes: tiles int64 [N, H, W] of scores [N, V, H, W]."""
        from vae_core.kinds.tiles.pipes import whole_pipes

        return whole_pipes(params, spec)

    def drawn(
        self,
        params: Tensor,
        likelihood: Shows,
        spec: DataSpec,
        temperature: float,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        # The Gumbel-max trick: the argmax of perturbed scores is a draw; constrained to whole pipes, it nearly is.
        uniform = torch.rand(params.shape, generator=generator).clamp(1e-9, 1 - 1e-7).to(params.device)
        return self.shown(params.log_softmax(1) / temperature - torch.log(-torch.log(uniform)), likelihood, spec)

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor:
        from vae_core.kinds.tiles.sprites import SIDE, sprites

        n, (rows, columns) = len(x), spec.shape
        art = sprites(spec).to(x.device)[x]  # [N, rows, columns, SIDE, SIDE, 3]
        return art.transpose(2, 3).reshape(n, rows * SIDE, columns * SIDE, 3)

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        names = spec.symbol_names or spec.symbols
        rows, columns = spec.shape
        found = []
        for level in x:
            counts = torch.bincount(level.flatten(), minlength=len(names)).tolist()
            most = sorted(zip(counts, names, strict=True), key=lambda each: -each[0])
            parts = ", ".join(f"{count} {name}" for count, name in most if count)
            found.append(f"{rows} × {columns} tiles: {parts}")
        return found

    def files(self, x: Tensor, spec: DataSpec) -> Iterator[File]:
        """A text each, a line a row and a character a tile, as it is read."""
        for i, level in enumerate(x):
            yield File(f"{i + 1:06}.txt", as_text(level, spec.symbols).encode())

    def read(self, content: bytes, spec: DataSpec, options: Any = None) -> Prepared:
        options = options or Options()
        level = read_text(content, spec.symbols)  # [rows, any number of columns]
        steps: list[tuple[str, Any]] = [("read", as_text(level, spec.symbols))]
        rows, columns = spec.shape
        empty = spec.symbol_roles.index("empty") if "empty" in spec.symbol_roles else 0
        start = min(max(0, options.start), max(0, level.shape[1] - columns))
        part = level[max(0, level.shape[0] - rows) :, start : start + columns]  # keep the ground; pad with rows on top
        x = torch.full(spec.shape, empty, dtype=torch.int64)
        x[rows - part.shape[0] :, : part.shape[1]] = part
        if x.shape != level.shape:
            steps.append(("window", as_text(x, spec.symbols)))
        return Prepared(steps, x[None])

    def choice(self, spec: DataSpec) -> Mapping[str, Any]:
        from vae_core.kinds.tiles.pipes import pipe_symbols

        pipe = pipe_symbols(spec)
        stands_on = [index for index, role in enumerate(spec.symbol_roles) if role in SOLID - set(PIPES)]
        return {} if pipe is None else {"name": "whole_pipes", "pipe": pipe, "ground": stands_on}

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        from vae_core.kinds.tiles.sprites import SIDE, colors, sprites

        names = spec.symbol_names or spec.symbols
        roles = roles_of(spec)
        return {
            "rows": spec.shape[0],
            "columns": spec.shape[1],
            "tile": SIDE,
            "symbols": [
                {"symbol": symbol, "name": name, "role": role}
                for symbol, name, role in zip(spec.symbols, names, roles, strict=True)
            ],
            "sprites": base64.b64encode(sprites(spec).numpy().tobytes()).decode(),
            "colors": base64.b64encode(colors(spec).numpy().tobytes()).decode(),
        }


def _check_ids(spec: DataSpec, x: Tensor) -> None:
    for wrong in x[(x < 0) | (x >= len(spec.symbols))][:1].tolist():
        raise UserError(f"{spec.name} has a tile {wrong}, but only {len(spec.symbols)} symbols.")
