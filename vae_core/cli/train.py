"""`python -m vae_core train`: train in the shell's own process; resume what was interrupted or killed."""

import argparse
import contextlib
import sys
import time
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from vae_core import checkpoints
from vae_core.cli import unfinished
from vae_core.cli.options import (
    DIGITS,
    Parser,
    add_train_options,
    describe_test,
    load_data,
    number,
    print_json,
    train_config,
    train_epilog,
)
from vae_core.cli.unfinished import Unfinished
from vae_core.data import Data
from vae_core.errors import UserError
from vae_core.processes import NO_SPACE
from vae_core.training import EpochRecord, TrainConfig, train
from vae_core.training.losses import describe_losses


def add_command(commands: Any, arguments: list[str]) -> None:
    """Add `train`; `arguments` choose which options it has."""
    command = commands.add_parser("train", help="train a model and write a checkpoint folder", epilog=train_epilog())
    add_train_options(command, arguments if arguments[:1] == ["train"] else [])
    command.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write (default: runs/DATASET-OBJECTIVE-TIME)"
    )
    command.add_argument("--force", action="store_true", help="replace a checkpoint in FOLDER without asking")
    command.add_argument(
        "--resume",
        type=Path,
        metavar="FOLDER",
        help="continue the training that was interrupted or killed in this folder; no other option of a training goes "
        "with it",
    )
    command.set_defaults(run=lambda namespace: _resume(namespace, arguments) if namespace.resume else _begin(namespace))


def _begin(namespace: argparse.Namespace) -> int:
    config = train_config(namespace)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    out = namespace.out or checkpoints.RUNS / f"{namespace.dataset}-{namespace.objective}-{stamp}"
    unfinished.check_new(out)
    if not namespace.force:
        _check_replacing(out, namespace.json)
    data = load_data(config, namespace.data_dir)
    with unfinished.begin(out, config, namespace.data_dir) as run:
        return _train(run, data, namespace.json)


def _check_replacing(out: Path, as_json: bool) -> None:
    """Ask whether the checkpoint in `out`, if any, may be replaced; UserError if not, and if nobody answers."""
    if not (out / "manifest.json").exists():
        return
    if not as_json and sys.stdin.isatty() and sys.stderr.isatty():
        print(f"{out} holds a trained model. Replace it when this training ends? [y/N] ", end="", file=sys.stderr)
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() in ("y", "yes"):
            return
        raise UserError(f"{out} stays as it is: nothing was trained.")
    raise UserError(f"{out} holds a trained model: name another folder, or replace it with --force.")


def _resume(namespace: argparse.Namespace, arguments: list[str]) -> int:
    allowed = Parser(add_help=False)
    for flag in ("--resume", "--data-dir"):
        allowed.add_argument(flag, type=Path)
    allowed.add_argument("--json", action="store_true")
    given, others = allowed.parse_known_args(arguments[1:])
    if others:
        flags = ", ".join(each for each in others if each.startswith("--")) or others[0]
        raise UserError(f"--resume continues with the options that the training began with: leave out {flags}.")
    folder = namespace.resume
    with unfinished.reopen(folder if folder.name not in ("", "..") else folder.resolve()) as run:
        request = run.request
        torch.set_num_threads(request.threads)  # the last bits of a sum depend on it
        data_dir = given.data_dir or request.data_dir or namespace.data_dir
        # Relative paths in the config start where the training began.
        with contextlib.chdir(request.cwd) if request.cwd.is_dir() else contextlib.nullcontext():
            data = load_data(request.config, data_dir and data_dir.absolute())
        return _train(run, data, namespace.json)


def _train(run: Unfinished, data: Data, as_json: bool) -> int:
    """Train from the last complete epoch to the end, or until Ctrl-C. Returns the exit status."""
    config, started = run.request.config, time.perf_counter()
    state = run.load(data.spec)
    log = run.log(state)
    n_before, interrupted = len(log.history), False
    with contextlib.nullcontext(_show_json) if as_json else _Progress(config, n_before) as show:
        try:
            for record in train(config, data, state):
                state = record.state
                log.add(record)
                show(record)
        except KeyboardInterrupt:
            interrupted = True
        except UserError:
            if len(log.history) > n_before:  # the loss is no longer a number: resuming would end there again
                run.discard()
            raise
        except OSError as error:
            reason = "the disk is full, or a quota is used up" if error.errno in NO_SPACE else str(error)
            later = "" if run.new and not log.history else f"; continue later with: {run.command}"
            raise UserError(f"{run.run} cannot be written: {reason}{later}") from None
        finally:
            log.close()
    if interrupted:  # the unfinished epoch has changed the weights; the last complete one counts
        state = run.load(data.spec)
    if state is not None:
        checkpoint = run.save(state, data, log.history)
        _show_end(checkpoint, state.epoch, time.perf_counter() - started, as_json)
    if interrupted and run.folder.exists() and not (run.new and state is None):
        done = 0 if state is None else state.epoch
        print(f"Interrupted after epoch {done} of {config.epochs}; continue with: {run.command}", file=sys.stderr)
    return 130 if interrupted else 0


def _show_end(checkpoint: checkpoints.Checkpoint, n_epochs: int, seconds: float, as_json: bool) -> None:
    test = {name: checkpoint.metrics[name] for name in ("elbo", "nll", "kl")}
    if as_json:
        print_json({"event": "done", "test": test, "seconds": seconds, "path": str(checkpoint.path)})
    else:
        losses = describe_test(checkpoint.train_config, test)
        print(f"{checkpoint.path}: {losses} after {n_epochs} epochs in {seconds:.1f} s")


def _show_json(record: EpochRecord) -> None:
    print_json({"event": "epoch", **record.to_json()})


class _Progress:
    """A progress bar with the losses of the last epoch (test set, nats per example) and the time left."""

    def __init__(self, config: TrainConfig, n_before: int):
        self.config = config
        self.bar = tqdm(total=config.epochs, initial=n_before, unit="epoch", file=sys.stderr, dynamic_ncols=True)

    def __enter__(self) -> "_Progress":
        return self

    def __call__(self, record: EpochRecord) -> None:
        test = record.test
        losses = describe_losses(self.config, test, DIGITS)
        self.bar.set_postfix_str(f"loss {number(test['loss'])}, {losses} nats/example")
        self.bar.update()

    def __exit__(self, failure: type | None, *rest: Any) -> None:
        self.bar.leave = failure is None  # an error's message stands on a line of its own
        self.bar.close()
