"""Chorales of J. S. Bach in four voices, in the split of Boulanger-Lewandowski, Bengio & Vincent 2012."""

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from vae_core.config import option
from vae_core.data import Data, DataSpec, Split
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.kinds.notes.voices import SILENT, SPECIAL, VOICES, encoded, ranges, symbols_of

FOLDER, FILE = "jsb_chorales", "jsb-chorales-quarter.json"
SOURCE = "https://github.com/czhuang/JSB-Chorales-dataset"
LOW, HIGH = (31, 45, 48, 54), (67, 74, 79, 84)
"""From the bass upwards, the lowest and the highest pitch of each voice in all pieces."""
OCTAVE = 12
"""The file has its pieces an octave above what choirs sing."""
FARTHEST = 5
"""Semitones that a piece is transposed by at most: with both directions, every key."""


@dataclass(frozen=True)
class Config:
    title: ClassVar[str] = "Bach's chorales"
    kind: ClassVar[str] = "notes"

    steps: int = option(16, "Quarter notes of a window.", minimum=4, maximum=64)
    transpose: bool = option(True, f"Move tunes of a batch by up to {FARTHEST} semitones, within the voices' ranges.")


@DATASETS.register("chorales", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Chorales of Bach in windows of 16 quarter notes and four voices, 77 of 382 pieces held out.

    Public-domain music; pieces and split of Boulanger-Lewandowski et al. 2012, `train` and `valid` together to learn
    from. File: `jsb_chorales/jsb-chorales-quarter.json` in `data_dir`. A pitch that a voice repeats is held: the file
    does not tell whether it begins again. UserError if the file is missing or is not such a file.
    """
    file = file_of(data_dir)
    spec = chorale_spec(config)
    found = pieces(file)
    train = _split([*found["train"], *found["valid"]], spec)
    return Data(spec, train, _split(found["test"], spec), transposing(spec) if config.transpose else None)


def chorale_spec(config: Config) -> DataSpec:
    symbols, names, roles = symbols_of(LOW, HIGH)
    shape = (len(VOICES) * config.steps,)
    return DataSpec("chorales", "notes", shape, symbols=symbols, symbol_names=names, symbol_roles=roles)


def held_out(config: Config, data_dir: Path | None) -> Split | None:
    """The windows of the held-out pieces; None if the file is not on this computer or is broken."""
    try:
        return _split(pieces(file_of(data_dir))["test"], chorale_spec(config))
    except UserError:
        return None


load.held_out = held_out


def file_of(data_dir: Path | None) -> Path:
    """Where the pieces lie. UserError if they are not on this computer."""
    for folder in () if data_dir is None else (data_dir / FOLDER, data_dir):
        if (folder / FILE).is_file():
            return folder / FILE
    place = f"{data_dir / FOLDER}" if data_dir else f"a folder {FOLDER} in the data folder (--data-dir)"
    raise UserError(f"The chorales are not on this computer: place {FILE} from {SOURCE} in {place}.")


def pieces(file: Path) -> dict[str, list[Tensor]]:
    """The pieces of each part, `train`, `valid` and `test`: MIDI pitches int64 [steps, 4], SILENT for a rest."""
    try:
        read = json.loads(file.read_bytes())
        return {part: [_piece(chords) for chords in read[part]] for part in ("train", "valid", "test")}
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror}): get it from {SOURCE}.") from None
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{file} is not the file of chorales: get it from {SOURCE}.") from None


def _piece(chords: Any) -> Tensor:
    """A list of chords, each a list of pitches from below, in four voices."""
    found: list[list[int]] = []
    before = [(low + high) // 2 for low, high in zip(LOW, HIGH, strict=True)]
    for chord in chords:
        found.append(voiced(sorted({int(pitch) - OCTAVE for pitch in chord}), before))
        before = [old if pitch == SILENT else pitch for pitch, old in zip(found[-1], before, strict=True)]
    return torch.tensor(found).reshape(-1, len(VOICES))


def voiced(pitches: Sequence[int], before: Sequence[int]) -> list[int]:
    """Which voice sings which of up to four pitches, none crossing another and all within their ranges, nearest to
    where they were `before`: three pitches are a chord in which two voices meet, one or two leave the others resting.
    ValueError if there is no such way."""
    n = len(VOICES)
    ways: list[list[int]] = []
    if len(pitches) >= 3:
        shared = itertools.combinations_with_replacement(range(len(pitches)), n)
        ways = [[pitches[i] for i in way] for way in shared if len(set(way)) == len(pitches)]
    for singing in itertools.combinations(range(n), len(pitches)) if not _within(ways) else ():
        way = [SILENT] * n
        for voice, pitch in zip(singing, pitches, strict=True):
            way[voice] = pitch
        ways.append(way)

    def moved(way: list[int]) -> int:
        return sum(abs(a - b) for a, b in zip(way, before, strict=True) if a != SILENT)

    return min(_within(ways), key=moved)


def _within(ways: list[list[int]]) -> list[list[int]]:
    return [
        way for way in ways if all(p == SILENT or low <= p <= high for low, p, high in zip(LOW, way, HIGH, strict=True))
    ]


def _split(found: Sequence[Tensor], spec: DataSpec) -> Split:
    """All windows of the pieces, a step apart. UserError if no piece is long enough."""
    steps = spec.shape[0] // len(VOICES)
    parts = [piece.unfold(0, steps, 1).movedim(2, 1) for piece in found if len(piece) >= steps]
    if not parts:
        raise UserError(f"No chorale in that file has {steps} steps: take fewer.")
    x = encoded(torch.cat(parts), spec).to(torch.uint8)
    return Split(x, torch.zeros(len(x), dtype=torch.int64))


def transposing(spec: DataSpec) -> Callable[[Tensor, torch.Generator], Tensor]:
    """An augmentation of batches [B, 4·steps]: each tune is moved by up to FARTHEST semitones, as far as all of its
    voices stay within their ranges."""
    own = ranges(spec)
    low = torch.tensor(own.first)
    high = low + torch.tensor(own.high) - torch.tensor(own.low)

    def transpose(x: Tensor, generator: torch.Generator) -> Tensor:
        ids = x.long().unflatten(1, (-1, len(VOICES)))
        sung = ids >= len(SPECIAL)
        down = (torch.where(sung, ids, high.max()) - low.to(x.device)).flatten(1).amin(1).clamp(max=FARTHEST)
        up = (high.to(x.device) - torch.where(sung, ids, 0)).flatten(1).amin(1).clamp(max=FARTHEST)
        place = torch.rand(len(x), generator=generator, device=x.device)
        shift = (place * (down + up + 1)).floor().long() - down
        return torch.where(sung, ids + shift[:, None, None], ids).flatten(1).to(x.dtype)

    return transpose
