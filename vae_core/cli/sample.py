"""`python -m vae_core sample`: draw examples of any kind from a model and write them as files, with their labels."""

import argparse
import csv
import io
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_core import checkpoints, metrics
from vae_core import config as configs
from vae_core.checkpoints import Checkpoint
from vae_core.cli.options import Parser, add_common, add_options, load_data, print_json
from vae_core.errors import UserError
from vae_core.files import new_folder
from vae_core.kinds import kind_of, units
from vae_core.model import Model
from vae_core.posterior import Posterior
from vae_core.reading import whole_in
from vae_core.samplers import SAMPLERS, decoded, draw, fit, of_codes, usual

LABELS = "labels.csv"
MOST = 1_000_000


def add_command(commands: Any, arguments: list[str]) -> None:
    """Add `sample`; `arguments` choose the sampler, which has options of its own."""
    command = commands.add_parser("sample", help="draw examples from a model and write them as files, with labels")
    command.add_argument("checkpoint", metavar="NAME_OR_PATH", help="a name that `list` shows, or a folder")
    command.add_argument("--n", type=int, default=100, metavar="N", help="how many [100]")
    command.add_argument("--class", dest="label", metavar="C", help="all of this class: its name or its number")
    command.add_argument(
        "--sampler",
        metavar="NAME",
        help=f"where z comes from, one of {', '.join(SAMPLERS.names)} [prior; of a model that has none: mixture]; "
        "all but the prior draw near the codes of training examples",
    )
    command.add_argument(
        "--temperature",
        type=float,
        default=0.0,
        metavar="T",
        help="0: the mean or the most likely symbols; above, a draw of p(x | z), sharper below 1 [0]",
    )
    command.add_argument("--seed", type=int, default=0, metavar="N", help="random seed of the draws [0]")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a folder, new or empty")
    chosen = Parser(prog="python -m vae_core sample", add_help=False)
    chosen.add_argument("--sampler", default="prior")
    name = chosen.parse_known_args(arguments)[0].sampler if arguments[:1] == ["sample"] else "prior"
    entry = SAMPLERS[name]
    group = command.add_argument_group(f"sampler {name}", entry.caption)
    add_options(group, entry.config, configs.plain(entry.config()))
    add_common(command)
    command.set_defaults(run=_sample)


def _sample(namespace: argparse.Namespace) -> int:
    out: Path = namespace.out
    _check(namespace)
    checkpoint = checkpoints.load(namespace.checkpoint)
    entry = SAMPLERS[namespace.sampler or usual(checkpoint.load_latents().posterior)]
    given = vars(namespace)
    options = {item.name: given[item.name] for item in configs.options(entry.config) if item.name in given}
    config = entry.config(**configs.checked(entry.config, options))
    model, label = checkpoint.load_model(), _label(checkpoint, namespace.label)
    if label is not None and not model.n_conditions and not of_codes(config):
        raise UserError(
            f"{checkpoint.name} does not know classes, so the prior has none: choose --sampler aggregated_posterior or "
            "mixture, which draw near the codes of that class."
        )
    generator = torch.Generator().manual_seed(namespace.seed)
    codes, classes, conditions = _codes(checkpoint, model, namespace.data_dir, of_codes(config))
    if not of_codes(config) and (note := fit(config, codes).note):
        print(note, file=sys.stderr)
    y: Tensor | None = None
    if label is not None:
        y = torch.full((namespace.n,), label)
    condition = y
    if label is None and model.n_conditions:  # the classes as often as the examples have them
        like = torch.randint(len(classes), (namespace.n,), generator=generator)
        y = classes[like]
        condition = y if conditions is None else conditions[like]
    z = draw(config, namespace.n, codes, classes, y, generator)
    x = torch.cat(list(decoded(model, z, condition, namespace.temperature, generator)))
    names = [checkpoint.spec.classes[each] for each in y.tolist()] if y is not None else [""] * namespace.n
    _write(out, checkpoint, x, names)
    done = {"event": "done", "name": checkpoint.name, "n": namespace.n, "sampler": entry.name, "path": str(out)}
    if namespace.json:
        print_json(done)
    else:
        print(f"{namespace.n:,} {units(checkpoint.spec)} of {checkpoint.name} ({entry.title}) are in {out}.")
    return 0


def _check(namespace: argparse.Namespace) -> None:
    out: Path = namespace.out
    if not 1 <= namespace.n <= MOST:
        raise UserError(f"--n cannot be {namespace.n}: a whole number from 1 to {MOST:,} is allowed.")
    if not namespace.temperature >= 0:
        raise UserError(f"--temperature cannot be {namespace.temperature}: 0, for the mean, or more is allowed.")
    if namespace.seed < 0:
        raise UserError(f"--seed cannot be {namespace.seed}: 0 or more is allowed.")
    if os.path.lexists(out) and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is there already: name a folder that is new or empty.")


def _label(checkpoint: Checkpoint, wanted: str | None) -> int | None:
    """The number of a class that was named, or numbered."""
    if wanted is None:
        return None
    classes = checkpoint.spec.classes
    if wanted in classes:
        return classes.index(wanted)
    number = whole_in(wanted)
    if number is None or number >= len(classes):
        known = ", ".join(classes[:20]) + (", …" if len(classes) > 20 else "")
        raise UserError(f"{checkpoint.name} has no class {wanted!r}; its classes are: {known or 'none'}.")
    return number


def _codes(
    checkpoint: Checkpoint, model: Model, data_dir: Path | None, needed: bool
) -> tuple[Posterior, Tensor, Tensor | None]:
    """The posteriors of training examples, their classes, and their conditions where those are several classes. Where
    the data are not on this computer, those of held-out examples like them that the checkpoint keeps."""
    stored = checkpoint.load_latents()
    like = stored.known(checkpoint.spec)
    kept = stored.posterior.take(like), stored.y[like], None
    if not needed:
        return kept
    try:
        train = load_data(checkpoint.train_config, data_dir).train
    except UserError as error:
        print(f"The sampler uses the stored held-out examples in place of training examples: {error}", file=sys.stderr)
        return kept
    return metrics.encode_split(model, train), train.y, train.weights


def _write(out: Path, checkpoint: Checkpoint, x: Tensor, labels: list[str]) -> None:
    """The examples and `labels.csv` in one step: a folder that is there is whole."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = new_folder(out)
        try:
            table = io.StringIO()
            rows = csv.writer(table, lineterminator="\n")
            rows.writerow(["file", "row", "class"])
            at = 0
            for file in kind_of(checkpoint.spec).files(x, checkpoint.spec):
                (staging / file.name).write_bytes(file.content)
                for row in range(file.n):
                    rows.writerow([file.name, row + 1, labels[at]])
                    at += 1
            (staging / LABELS).write_text(table.getvalue(), encoding="utf-8")
            if out.is_dir():
                out.rmdir()
            os.replace(staging, out)
        finally:
            shutil.rmtree(staging, ignore_errors=True)  # gone, unless something failed
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}.") from None
