"""Voices and symbols: from pitches to the symbols of a spec, and back.

An example is a row of symbols, step by step, in each step from the bass upwards: place 4·step + voice. A voice sings a
pitch of its own range or rests; a pitch that stands again is held.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vae_core.data import DataSpec

VOICES = ("bass", "tenor", "alto", "soprano")
REST, UNKNOWN = range(2)
SPECIAL = ("rest", "?")
ROLES = ("rest", "unknown")
SILENT = -1
"""In place of a pitch."""
_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


def pitch_name(pitch: int) -> str:
    """Of a MIDI pitch: 60 is C4."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


@dataclass(frozen=True)
class Ranges:
    """Of each voice, from the bass upwards: the lowest and the highest MIDI pitch, and the id of the lowest."""

    low: tuple[int, ...]
    high: tuple[int, ...]
    first: tuple[int, ...]

    @property
    def lowest(self) -> int:
        return min(self.low)

    @property
    def highest(self) -> int:
        return max(self.high)


def symbols_of(low: Sequence[int], high: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The symbols of voices that go from `low` to `high`, with their names and roles, as a DataSpec takes them."""
    pairs = [(voice, pitch) for voice, a, b in zip(VOICES, low, high, strict=True) for pitch in range(a, b + 1)]
    symbols = SPECIAL + tuple(f"{voice[0]}{pitch}" for voice, pitch in pairs)
    names = ROLES + tuple(f"{voice} {pitch_name(pitch)}" for voice, pitch in pairs)
    return symbols, names, ROLES + tuple(voice for voice, _ in pairs)


@functools.lru_cache(maxsize=64)
def ranges_of(symbols: tuple[str, ...]) -> Ranges | None:
    """The ranges that symbols describe; None if they are not those of four voices, each a range without gaps."""
    low, high, first = [], [], []
    at = len(SPECIAL)
    for voice in VOICES:
        own = [symbol for symbol in symbols[at:] if isinstance(symbol, str) and symbol[:1] == voice[0]]
        if not own or not own[0][1:].isdecimal() or len(own[0]) > 4:
            return None
        low.append(int(own[0][1:]))
        high.append(low[-1] + len(own) - 1)
        first.append(at)
        at += len(own)
    if max(high) > 127 or symbols_of(low, high)[0] != symbols:
        return None
    return Ranges(tuple(low), tuple(high), tuple(first))


def ranges(spec: DataSpec) -> Ranges:
    """The ranges of a spec that has been checked."""
    found = ranges_of(spec.symbols)
    if found is None:
        raise ValueError(f"{spec.name} has no symbols of four voices")
    return found


@functools.lru_cache(maxsize=64)
def _pitches(symbols: tuple[str, ...]) -> Tensor:
    """The MIDI pitch of each symbol, [V]; SILENT for those that are none."""
    return torch.tensor([SILENT] * len(SPECIAL) + [int(symbol[1:]) for symbol in symbols[len(SPECIAL) :]])


def possible(spec: DataSpec) -> Tensor:
    """Which symbols may stand where, bool [4·steps, V]: rests, and pitches of the voice's own range."""
    found = ranges(spec)
    each = torch.zeros(len(VOICES), len(spec.symbols), dtype=torch.bool)
    each[:, REST] = True
    for voice, (low, high, first) in enumerate(zip(found.low, found.high, found.first, strict=True)):
        each[voice, first : first + high - low + 1] = True
    return each.repeat(spec.shape[0] // len(VOICES), 1)


def pitches(x: Tensor, spec: DataSpec) -> Tensor:
    """Symbol ids [N, 4·steps] -> MIDI pitches int64 [N, steps, 4], SILENT where a voice rests."""
    return _pitches(spec.symbols).to(x.device)[x.long()].unflatten(1, (-1, len(VOICES)))


def encoded(pitches: Tensor, spec: DataSpec) -> Tensor:
    """MIDI pitches [N, steps, 4] within the voices' ranges -> symbol ids int64 [N, 4·steps]."""
    own = ranges(spec)
    offsets = torch.tensor(own.first) - torch.tensor(own.low)
    return torch.where(pitches == SILENT, REST, pitches.long() + offsets.to(pitches.device)).flatten(1)
