"""The command line: `python -m vae_core train | jobs | evaluate | score | sample | list | datasets`.

The options of `train` come from the config fields of the chosen dataset, network, objective and likelihood, so what a
new file registers is at once an option here.
"""

import argparse
import os
import sys

from vae_core import checkpoints
from vae_core import config as configs
from vae_core.cli import evaluate as cli_evaluate
from vae_core.cli import jobs as cli_jobs
from vae_core.cli import sample as cli_sample
from vae_core.cli import score as cli_score
from vae_core.cli import train as cli_train
from vae_core.cli.options import (
    DATA_DIR_VARIABLE,
    PLUGIN_HELP,
    Parser,
    describe_test,
    load_plugins,
    print_json,
)
from vae_core.datasets import DATASETS
from vae_core.errors import UserError
from vae_core.installation import doctor
from vae_core.training import PARTS

__all__ = ["DATA_DIR_VARIABLE", "main"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 for a mistake by the user, 130 when interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            if arguments[:1] == ["doctor"]:  # it has a parser of its own, which needs no packages
                return doctor.main(arguments[1:])
            arguments = load_plugins(arguments)
            namespace = _parser(arguments).parse_args(arguments)
            return namespace.run(namespace)
        finally:
            sys.stdout.flush()  # here, where a reader that has gone can still be handled
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the output has gone, as with `| head`; Python must not complain again when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser(arguments: list[str]) -> Parser:
    parser = Parser(prog="python -m vae_core", description="Train, measure and list latent-variable models.")
    parser.add_argument("--plugin", metavar="PATH", help=PLUGIN_HELP)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)

    cli_train.add_command(commands, arguments)
    cli_jobs.add_command(commands, arguments)

    cli_evaluate.add_command(commands, arguments)
    cli_score.add_command(commands)
    cli_sample.add_command(commands, arguments)

    command = commands.add_parser("list", help="list the checkpoints")
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    command.set_defaults(run=_list)

    commands.add_parser("doctor", help="check this installation, and say what works and what does not")

    command = commands.add_parser("datasets", help="list the datasets to train on")
    command.set_defaults(run=_datasets)
    return parser


def _list(namespace: argparse.Namespace) -> int:
    found = checkpoints.find()
    for checkpoint in found:
        try:
            checkpoint.verify()
        except UserError as error:
            print(f"skipped: {error}", file=sys.stderr)
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
            losses = describe_test(checkpoint.train_config, row["test"])
            print(f"{row['name']:<24} {what:<36} {losses}")
    if not found and not namespace.json:
        print("No checkpoints yet; `python -m vae_core train` makes one.")
    return 0


def _datasets(namespace: argparse.Namespace) -> int:
    for entry in DATASETS:
        print(f"{entry.name:<16} {entry.caption}")
        for item in configs.options(entry.config):
            print(f"  {item.flag:<22} {item.help}")
    return 0
