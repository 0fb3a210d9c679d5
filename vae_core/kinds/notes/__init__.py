"""Notes: tunes in four voices, uint8 symbol ids [N, 4·steps] at rest, int64 in a batch.

voices.py says what the symbols are, roll.py draws piano rolls, midi.py reads and writes MIDI files, measures.py counts
what choirs avoid.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import KINDS, File, Kind, Prepared
from vae_core.kinds.notes import voices
from vae_core.kinds.notes.voices import ROLES, SILENT, VOICES, pitch_name, ranges, ranges_of

MAX_STEPS, MAX_SYMBOLS = 64, 256
STAY = 1.2
"""Nats. The likeliest next chord is mostly the one before, so that the likeliest tune is one chord: with this toll, as
many notes are held in tunes of the prior as in chorales (docs/decisions.md)."""
MOSTLY = 0.5
"""A melody that stands still at a larger share of its steps is a plain one; of Bach's, one in eleven is."""


@dataclass(frozen=True)
class Options:
    """`start` is the first step of the window cut from a piece that is longer than the model's."""

    start: int = 0


@dataclass(frozen=True)
class Config:
    """No options."""


@KINDS.register("notes", Config)
class Notes(Kind):
    """Tunes in four voices: in each step, every voice sings a note, holds it or rests."""

    name = "notes"
    unit = "tune"
    makes, made = "composes", "composed"
    likelihoods = ("categorical",)
    network = "gru"
    toll = (len(VOICES), STAY)

    def check_spec(self, spec: DataSpec) -> None:
        most = MAX_STEPS * len(VOICES)
        size = spec.shape[0] if len(spec.shape) == 1 else None
        if type(size) is not int or not len(VOICES) <= size <= most or size % len(VOICES):
            raise UserError(
                f"Tunes have four voices and 1 to {MAX_STEPS} steps, so 4 to {most} symbols; {spec.name} has shape "
                f"{spec.shape}."
            )
        if len(spec.symbols) > MAX_SYMBOLS or ranges_of(spec.symbols) is None:
            raise UserError(f"The symbols of {spec.name} are not a rest and the pitches of four voices.")
        if spec.symbol_roles[: len(ROLES)] != ROLES or len(spec.symbol_roles) != len(spec.symbols):
            raise UserError(f"The symbols of {spec.name} do not begin with {', '.join(ROLES)}.")
        if spec.padding is not None:
            raise UserError(f"Tunes have no padding; {spec.name} names symbol {spec.padding!r} as such.")

    def check(self, spec: DataSpec, x: Tensor) -> None:
        super().check(spec, x)
        if not len(x):
            return
        if int(x.max()) >= len(spec.symbols):
            raise UserError(f"{spec.name} has a symbol {int(x.max())}, but only {len(spec.symbols)} symbols.")
        table = voices.possible(spec)
        if not table[torch.arange(x.shape[1]), x.long()].all():
            raise UserError(f"{spec.name} has a voice outside its range.")

    def check_batch(self, spec: DataSpec, x: Tensor, values: bool = True) -> None:
        super().check_batch(spec, x, values)
        if values and x.numel() and not 0 <= int(x.min()) <= int(x.max()) < len(spec.symbols):
            raise UserError(f"{spec.name} has a symbol that is none of its {len(spec.symbols)}.")

    def feed(self, x: Tensor) -> Tensor:
        return x.long()

    def rest(self, shown: Tensor) -> Tensor:
        return shown.to(torch.uint8)

    def random(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        # The batch's own symbols, shuffled within each voice: ranges stay.
        each = x.unflatten(1, (-1, len(VOICES))).flatten(0, 1)  # [N·steps, 4]
        order = torch.randint(len(each), each.shape, generator=generator).to(x.device)
        return each.gather(0, order).reshape(x.shape)

    def possible(self, spec: DataSpec) -> Tensor:
        return voices.possible(spec)

    def plain(self, x: Tensor, spec: DataSpec) -> Tensor:
        soprano = voices.pitches(x, spec)[..., -1]
        return (soprano[:, 1:] == soprano[:, :-1]).double().mean(1) > MOSTLY

    def pictures(self, x: Tensor, spec: DataSpec) -> Tensor:
        from vae_core.kinds.notes.roll import rolls

        return rolls(x, spec)

    def lines(self, x: Tensor, spec: DataSpec) -> list[str]:
        return [_line(tune) for tune in voices.pitches(x, spec).tolist()]

    def files(self, x: Tensor, spec: DataSpec) -> Iterator[File]:
        """A MIDI file each."""
        from vae_core.kinds.notes.midi import write_midi

        for i, tune in enumerate(voices.pitches(x, spec)):
            yield File(f"{i + 1:06}.mid", write_midi(tune))

    def read(self, content: bytes, spec: DataSpec, options: Any = None) -> Prepared:
        from vae_core.kinds.notes.midi import read_midi

        options = options or Options()
        steps = spec.shape[0] // len(VOICES)
        piece = read_midi(content, ranges(spec))
        first = min(max(0, options.start), max(0, len(piece.pitches) - steps))
        window = torch.full((1, steps, len(VOICES)), SILENT)
        part = piece.pitches[first : first + steps]
        window[0, : len(part)] = part
        x = voices.encoded(window, spec)
        return Prepared([("read", piece), ("window", self.lines(x, spec)[0])], x)

    def choice(self, spec: DataSpec) -> Mapping[str, Any]:
        each = voices.possible(spec)[: len(VOICES)]
        possible = [row.nonzero().flatten().tolist() for row in each]
        return {"name": "places", "possible": possible, "toll": {"period": len(VOICES), "nats": STAY}}

    def for_page(self, spec: DataSpec) -> Mapping[str, Any]:
        from vae_core.kinds.notes.roll import COLORS, GAP, GUIDE, OCTAVE, PAPER, STEP

        own = ranges(spec)
        roll = {"step": STEP, "gap": GAP, "colors": COLORS, "paper": PAPER, "guide": GUIDE, "octave": OCTAVE}
        named = {"voices": list(VOICES), "low": list(own.low), "high": list(own.high), "first": list(own.first)}
        return {**named, "roll": roll}


def _line(tune: list[list[int]]) -> str:
    """The outer voices of pitches [steps, 4], which one hears best."""
    parts = []
    for voice in (3, 0):
        notes, before = [], None
        for step in tune:
            pitch = step[voice]
            notes.append("–" if pitch == before and pitch != SILENT else "·" if pitch == SILENT else pitch_name(pitch))
            before = pitch
        parts.append(f"{VOICES[voice]} {' '.join(notes)}")
    return " | ".join(parts)
