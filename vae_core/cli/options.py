"""Shared by the commands: the parser, the options of a training, derived from its config fields, and JSON lines."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from vae_core import config as configs
from vae_core import plugins
from vae_core.data import Data
from vae_core.datasets import DATA_DIR_VARIABLE, DATASETS, default_data_dir, protocol
from vae_core.errors import UserError
from vae_core.likelihoods import LIKELIHOODS
from vae_core.numerals import numeral
from vae_core.training import PARTS, TrainConfig
from vae_core.training.config import default_likelihood
from vae_core.training.losses import decimals, describe_losses

DIGITS = 5
"""Significant digits of a loss: two trainings that differ by a thousandth differ in what is printed."""
METAVARS = {int: "N", str: "NAME"}
"""Of an option that takes several values."""

PLUGIN_HELP = (
    "a Python file, or a folder of them, that registers further networks, objectives, datasets, …; anywhere among the "
    f"options, several times (default: ${plugins.VARIABLE})"
)


class Parser(argparse.ArgumentParser):
    """argparse, except that a mistake is one sentence (exit status 2) and an abbreviated option is a mistake."""

    def __init__(self, **options: Any):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.")


def load_plugins(arguments: list[str]) -> list[str]:
    """Load the plug-ins that `arguments` name, since they add options. Returns the other arguments."""
    parser = Parser(prog="python -m vae_core", add_help=False)
    parser.add_argument("--plugin", type=Path, action="append", default=[])
    namespace, others = parser.parse_known_args(arguments)
    plugins.start(namespace.plugin)
    return others


def add_common(command: Parser) -> None:
    """Add the options of every command that reads a dataset."""
    help = f"folder with dataset files (default: ${DATA_DIR_VARIABLE}, else a download)"
    command.add_argument("--data-dir", type=Path, default=default_data_dir(), metavar="DIR", help=help)
    command.add_argument("--json", action="store_true", help="print JSON lines, and nothing else, on standard output")


def add_train_options(command: Parser, arguments: list[str]) -> None:
    """Add the options of a training and of its parts: those that `arguments` choose, else the default ones."""
    default = TrainConfig()
    # Parse the parts first: they determine which further options exist.
    parts = Parser(prog=command.prog, add_help=False)
    for kind, registry in PARTS.items():
        name = None if registry is LIKELIHOODS else registry.of(getattr(default, kind)).name  # the data decide it
        parts.add_argument(f"--{kind}", default=name)
    chosen = vars(parts.parse_known_args(arguments)[0])
    if chosen["likelihood"] is None:
        chosen["likelihood"] = LIKELIHOODS.of(default_likelihood(DATASETS[chosen["dataset"]].config())).name

    for kind, registry in PARTS.items():
        command.add_argument(
            f"--{kind}", default=chosen[kind], help=f"one of {', '.join(registry.names)}", metavar="NAME"
        )
    for kind, registry in PARTS.items():
        group = command.add_argument_group(f"{kind} {chosen[kind]}", registry[chosen[kind]].caption)
        add_options(group, registry[chosen[kind]].config, configs.plain(registry[chosen[kind]].config()))
    add_options(command.add_argument_group("training"), TrainConfig, configs.plain(default))
    add_common(command)


def add_options(
    group: Any, config: type, defaults: dict[str, Any], items: Sequence[configs.Option] | None = None
) -> None:
    """Add the options of a config, or some of them, with their defaults."""
    for item in configs.options(config) if items is None else items:
        shown = " ".join(map(str, defaults[item.name])) if item.type is tuple else defaults[item.name]
        shown = f"{shown}; {item.allowed}" if item.choices else shown
        arguments: dict[str, Any] = {"default": argparse.SUPPRESS, "help": f"{item.help} [{shown}]".replace("%", "%%")}
        if item.type is bool:
            arguments["action"] = argparse.BooleanOptionalAction
        else:
            arguments["metavar"] = item.type.__name__.upper() if item.type is not tuple else METAVARS[item.items]
            arguments["nargs"] = "+" if item.type is tuple else None
        try:
            group.add_argument(item.flag, dest=item.name, **arguments)
        except argparse.ArgumentError:  # between a plug-in's parts, or its and ours
            raise UserError(f"Two of the chosen parts have an option {item.flag}: they cannot be combined.") from None


def train_epilog() -> str:
    lines = ["Further options, by part:"]
    for kind, registry in PARTS.items():
        for entry in registry:
            flags = " ".join(item.flag for item in configs.options(entry.config)) or "(no options)"
            lines.append(f"  --{kind} {entry.name}: {flags}")
    return "\n".join(lines)


def train_config(namespace: argparse.Namespace) -> TrainConfig:
    """The config that the options describe; UserError if a value is not allowed."""
    given = vars(namespace)
    parts = {}
    for kind, registry in PARTS.items():
        entry = registry[given[kind]]
        values = {item.name: given[item.name] for item in configs.options(entry.config) if item.name in given}
        parts[kind] = entry.config(**configs.checked(entry.config, values))
    values = {item.name: given[item.name] for item in configs.options(TrainConfig) if item.name in given}
    return TrainConfig(**parts, **configs.checked(TrainConfig, values))


def check_data_dir(data_dir: Path | None) -> None:
    if data_dir is not None and not data_dir.is_dir():
        raise UserError(f"There is no folder {data_dir}: --data-dir or ${DATA_DIR_VARIABLE} names it.")


def load_data(config: TrainConfig, data_dir: Path | None) -> Data:
    check_data_dir(data_dir)
    return DATASETS.build(config.dataset, data_dir)


def describe_test(config: TrainConfig, test: Mapping[str, Any]) -> str:
    """As "−ELBO 25.104 = NLL 20.002 + KL 5.102 nats per example (test)"."""
    how = protocol(config.dataset)
    return f"{describe_losses(config, test, DIGITS)} nats per example (test{how and f', {how}'})"


def number(value: float, digits: int = DIGITS) -> str:
    """A number with `digits` significant digits, never in powers of ten: 137.92, 0.0034512."""
    return numeral(value, f".{decimals(value, digits)}f")


def print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value), flush=True)
