"""The command line: `python -m vae_core train | jobs | evaluate | list | datasets`.

The options of `train` come from the config fields of the chosen dataset, network, objective and likelihood, so what a
new file registers is at once an option here.
"""

import argparse
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vae_core import checkpoints, metrics
from vae_core import config as configs
from vae_core.cli import jobs as cli_jobs
from vae_core.cli.options import (
    DATA_DIR_VARIABLE,
    PLUGIN_HELP,
    Parser,
    add_common,
    add_train_options,
    load_data,
    load_plugins,
    print_json,
    train_config,
    train_epilog,
)
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.training import PARTS, EpochRecord, TrainConfig, train

__all__ = ["DATA_DIR_VARIABLE", "main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 for a mistake of the user's, 130 when interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            arguments = load_plugins(arguments)
            namespace = _parser(arguments).parse_args(arguments)
            return namespace.run(namespace)
        finally:
            sys.stdout.flush()  # here, where a reader that has gone can still be dealt with
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`; Python must not complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser(arguments: list[str]) -> Parser:
    parser = Parser(prog="python -m vae_core", description="Train, measure and list latent-variable models.")
    parser.add_argument("--plugin", metavar="PATH", help=PLUGIN_HELP)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)

    command = commands.add_parser("train", help="train a model and write a checkpoint folder", epilog=train_epilog())
    add_train_options(command, arguments if arguments[:1] == ["train"] else [])
    command.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write (default: runs/DATASET-OBJECTIVE-TIME)"
    )
    command.set_defaults(run=_train)

    cli_jobs.add_command(commands, arguments)

    command = commands.add_parser("evaluate", help="measure a checkpoint on the held-out examples of its dataset")
    command.add_argument("checkpoint", metavar="NAME_OR_PATH", help="a name that `list` shows, or a folder")
    add_common(command)
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("list", help="the checkpoints that are there")
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    command.set_defaults(run=_list)

    command = commands.add_parser("datasets", help="the datasets that can be trained on")
    command.set_defaults(run=_datasets)
    return parser


def _train(namespace: argparse.Namespace) -> int:
    config = train_config(namespace)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    out = namespace.out or checkpoints.RUNS / f"{namespace.dataset}-{namespace.objective}-{stamp}"
    checkpoints.check_target(out)
    data = load_data(config, namespace)
    started = time.perf_counter()

    history, kept, interrupted = [], None, False
    with nullcontext(_show_json) if namespace.json else _Progress(config) as show:
        try:
            for record in train(config, data):
                history.append(record.to_json())
                weights = {name: tensor.clone() for name, tensor in record.state.model.state_dict().items()}
                kept = weights, len(history)  # one step, so that an interruption cannot part them
                show(record)
        except KeyboardInterrupt:
            interrupted = True  # what the finished epochs learned is kept
    if kept is None:
        return 130
    weights, n_epochs = kept
    record.state.model.load_state_dict(weights)
    checkpoint = checkpoints.save(out, record.state.model, config, data, history[:n_epochs])
    test = {name: checkpoint.metrics[name] for name in ("elbo", "nll", "kl")}
    seconds = time.perf_counter() - started
    if namespace.json:
        print_json({"event": "done", "test": test, "seconds": seconds, "path": str(checkpoint.path)})
    else:
        words = _in_words(test, config.model.variational)
        print(f"{checkpoint.path}: {words} after {n_epochs} epochs in {seconds:.1f} s")
    return 130 if interrupted else 0


def _show_json(record: EpochRecord) -> None:
    print_json({"event": "epoch", **record.to_json()})


class _Progress:
    """A progress bar with the losses of the last epoch (test set, nats per example) and the time left."""

    def __init__(self, config: TrainConfig):
        self.bar = tqdm(total=config.epochs, unit="epoch", file=sys.stderr, dynamic_ncols=True)

    def __enter__(self) -> "_Progress":
        return self

    def __call__(self, record: EpochRecord) -> None:
        test = record.test
        self.bar.set_postfix_str(f"loss {test['loss']:.2f}, NLL {test['nll']:.2f}, KL {test['kl']:.2f} nats/example")
        self.bar.update()

    def __exit__(self, failure: type | None, *rest: Any) -> None:
        self.bar.leave = failure is None  # an error's message stands on a line of its own
        self.bar.close()


def _evaluate(namespace: argparse.Namespace) -> int:
    checkpoint = checkpoints.load(namespace.checkpoint)
    data = load_data(checkpoint.train_config, namespace)
    if data.spec != checkpoint.spec:
        raise UserError(
            f"The data found now ({data.spec}) are not what {checkpoint.name} was trained on ({checkpoint.spec})."
        )
    results = metrics.measure(checkpoint.load_model(), data.test)
    if namespace.json:
        print_json({"event": "evaluated", "name": checkpoint.name, "path": str(checkpoint.path), "test": results})
        return 0
    print(f"{checkpoint.name}, {len(data.test):,} held-out examples of {data.spec.name}")
    for name, value in results.items():
        print(f"  {name:<16} {_number(value)}")
    return 0


def _number(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_number(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _in_words(test: dict[str, float], variational: bool = True) -> str:
    if not variational:  # a deterministic code has no KL, hence no evidence lower bound
        return f"NLL {test['nll']:.2f} nats per example (test)"
    return f"−ELBO {-test['elbo']:.2f} = NLL {test['nll']:.2f} + KL {test['kl']:.2f} nats per example (test)"


def _list(namespace: argparse.Namespace) -> int:
    found = checkpoints.find()
    for checkpoint in found:
        try:
            checkpoint.verify()
        except UserError as error:
            print(f"passed over: {error}", file=sys.stderr)
            continue
        config = checkpoint.config["training"]
        row = {
            "name": checkpoint.name,
            "path": str(checkpoint.path),
            **{part: config[part]["name"] for part in PARTS},
            "latent_dim": config["latent_dim"],
            "conditional": config["conditional"],
            "test": {name: checkpoint.metrics[name] for name in ("elbo", "nll", "kl")},
        }
        if namespace.json:
            print_json(row)
        else:
            what = f"{row['dataset']}, {row['network']}, {row['objective']}, {row['latent_dim']}-D"
            words = _in_words(row["test"], checkpoint.train_config.model.variational)
            print(f"{row['name']:<24} {what:<36} {words}")
    if not found and not namespace.json:
        print("No checkpoints yet; `python -m vae_core train` makes one.")
    return 0


def _datasets(namespace: argparse.Namespace) -> int:
    for entry in DATASETS:
        print(f"{entry.name:<16} {entry.caption}")
        for item in configs.options(entry.config):
            print(f"  {item.flag:<22} {item.help}")
    return 0
