"""`python -m vae_core evaluate`: measure a checkpoint on the held-out examples of its dataset."""

import argparse
import sys
from typing import Any

from vae_core import anomalies, checkpoints, metrics
from vae_core import config as configs
from vae_core.checkpoints import Checkpoint
from vae_core.cli.options import Parser, add_common, add_options, load_data, number, print_json
from vae_core.data import Split
from vae_core.datasets import protocol
from vae_core.errors import UserError
from vae_core.metrics import METRICS
from vae_core.model import Model


def add_command(commands: Any, arguments: list[str]) -> None:
    """Add `evaluate`; `arguments` choose the metrics, which have options of their own."""
    command = commands.add_parser("evaluate", help="measure a checkpoint on the held-out examples of its dataset")
    command.add_argument("checkpoint", metavar="NAME_OR_PATH", help="a name that `list` shows, or a folder")
    which = command.add_mutually_exclusive_group()
    which.add_argument(
        "--metrics",
        nargs="+",
        metavar="NAME",
        help=f"which to measure and to keep in the checkpoint, of {', '.join(METRICS.names)} [those that take little "
        "time, which are only printed]",
    )
    which.add_argument("--all", action="store_true", help="measure and keep all of them")
    command.add_argument(
        "--importance",
        type=int,
        nargs="?",
        const=500,
        metavar="K",
        help="also the importance-weighted NLL, from K draws of z for each example (500), and I(x; z)",
    )
    add_common(command)
    for name in _wanted(arguments):
        config = METRICS[name].config
        group = command.add_argument_group(f"metric {name}", METRICS[name].caption)
        taken = command._option_string_actions  # two metrics may share an option, such as the seed of their noise
        own = [item for item in configs.options(config) if item.flag not in taken]
        add_options(group, config, configs.plain(config()), own)
    command.set_defaults(run=_evaluate)


def _wanted(arguments: list[str]) -> list[str]:
    """The metrics that the command line names, before it is read as a whole."""
    if arguments[:1] != ["evaluate"]:
        return []
    early = Parser(prog="python -m vae_core evaluate", add_help=False)
    early.add_argument("--metrics", nargs="+", default=[])
    early.add_argument("--all", action="store_true")
    found = early.parse_known_args(arguments)[0]
    return METRICS.names if found.all else found.metrics


def _evaluate(namespace: argparse.Namespace) -> int:
    checkpoint = checkpoints.load(namespace.checkpoint)
    data = load_data(checkpoint.train_config, namespace.data_dir)
    if data.spec != checkpoint.spec:
        raise UserError(
            f"The data found now ({data.spec}) are not what {checkpoint.name} was trained on ({checkpoint.spec})."
        )
    model, split = checkpoint.load_model(), data.test.take(data.judged)
    names = METRICS.names if namespace.all else namespace.metrics
    results, refused = _named(names, namespace, model, split) if names else (metrics.measure(model, split), None)
    if namespace.importance is not None:
        encoded = metrics.encode_split(model, split)
        wanted = METRICS["importance"].config(samples=namespace.importance)
        for config in (wanted, METRICS["mutual_information"].config()):
            results |= METRICS.build(config, model, split, encoded)
    if not names:
        results |= anomalies.measured(model, data)
    if names:
        _keep(checkpoint, results)
    if results or not refused:
        _print(checkpoint, results, len(split), namespace.json)
    if refused:
        raise refused
    return 0


def _print(checkpoint: Checkpoint, results: dict[str, Any], n: int, as_json: bool) -> None:
    if as_json:
        print_json({"event": "evaluated", "name": checkpoint.name, "path": str(checkpoint.path), "test": results})
        return
    how = protocol(checkpoint.train_config.dataset)
    print(f"{checkpoint.name}, {n:,} held-out examples of {checkpoint.spec.name}{how and f', {how}'}")
    width = max(16, *map(len, results)) if results else 0
    for name, value in results.items():
        print(f"  {name:<{width}} {_number(value)}")
    if not results:
        print("  undefined for these data")


def _named(
    names: list[str], namespace: argparse.Namespace, model: Model, split: Split
) -> tuple[dict[str, Any], UserError | None]:
    """What these metrics say, with the options that were given, and why the first that cannot say anything does not:
    the others took their time."""
    given = {name: str(value) if name == "data_dir" else value for name, value in vars(namespace).items()}
    if namespace.data_dir is None:
        del given["data_dir"]
    chosen = []
    for name in names:
        config = METRICS[name].config
        options = {item.name: given[item.name] for item in configs.options(config) if item.name in given}
        chosen.append(config(**configs.checked(config, options)))  # before any is measured
    encoded = metrics.encode_split(model, split)
    results: dict[str, Any] = {}
    refused = None
    for config in chosen:
        try:
            results |= METRICS.build(config, model, split, encoded)
        except UserError as error:
            refused = refused or error
    return results, refused


def _keep(checkpoint: Checkpoint, results: dict[str, Any]) -> None:
    """Put what was measured beside what the checkpoint knows; where that cannot be, say so and go on."""
    try:
        checkpoints.keep_metrics(checkpoint, results)
    except UserError as error:
        print(f"Printed, but not kept: {error}", file=sys.stderr)


def _number(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_number(item) for item in value)
    return number(value) if isinstance(value, float) else str(value)
