"""`python -m vae_core jobs`: list training jobs, start, follow and control them."""

import argparse
import time
from typing import Any

from vae_core import jobs
from vae_core.cli.options import (
    Parser,
    add_train_options,
    check_data_dir,
    describe_test,
    number,
    print_json,
    train_config,
    train_epilog,
)
from vae_core.computing import AT_ONCE, AT_ONCE_VARIABLE, THREADS_VARIABLE
from vae_core.jobs import Job

ACTIONS = {
    "pause": (Job.pause, "hold trainings; the next in the queue may run"),
    "resume": (Job.resume, "continue trainings that are paused, stopped, interrupted or failed"),
    "stop": (Job.stop, "end trainings and keep what they have learned"),
    "delete": (Job.delete, "end trainings and delete everything they have written"),
}
SHOWN = ("name", "status", "reason", "position", "epoch", "seconds_left", "live")
POLL_SECONDS = 0.2


def add_command(commands: Any, arguments: list[str]) -> None:
    """Add `jobs` and its own commands; `arguments` choose which options `jobs start` has."""
    command = commands.add_parser("jobs", help="the training jobs: list, start, follow, pause, resume, stop, delete")
    _add_json(command)
    command.set_defaults(run=_list)
    actions = command.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)

    action = actions.add_parser("start", help="queue a training as a process of its own", epilog=train_epilog())
    add_train_options(action, arguments if arguments[:2] == ["jobs", "start"] else [])
    action.add_argument("--name", help="of its folder in runs/ (default: DATASET-OBJECTIVE-TIME)")
    action.add_argument(
        "--at-once",
        type=_count,
        metavar="N",
        help=f"wait while N others run (default: ${AT_ONCE_VARIABLE}, else {AT_ONCE})",
    )
    action.add_argument(
        "--threads",
        type=_count,
        metavar="N",
        help=f"threads to compute with (default: ${THREADS_VARIABLE}, else the cores shared by the jobs)",
    )
    action.set_defaults(run=_start)

    action = actions.add_parser("follow", help="show a training's epochs until it ends")
    action.add_argument("name", metavar="NAME", help="a name that `jobs` shows")
    _add_json(action)
    action.set_defaults(run=_follow)

    action = actions.add_parser("set", help="change a training from the next batch on, while it runs")
    action.add_argument("name", metavar="NAME", help="a name that `jobs` shows")
    action.add_argument("--lr", type=float, help="learning rate; with one_cycle, its peak")
    action.add_argument("--beta", type=float, help="weight of the KL")
    _add_json(action)
    action.set_defaults(run=_set)

    for name, (method, help) in ACTIONS.items():
        action = actions.add_parser(name, help=help)
        action.add_argument("names", metavar="NAME", nargs="+", help="names that `jobs` shows")
        _add_json(action)
        action.set_defaults(run=_act, method=method)


def _add_json(command: Parser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object a line")


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"cannot be {text}; allowed: a whole number from 1")
    return value


def _list(namespace: argparse.Namespace) -> int:
    found = jobs.find()
    for job in found:
        _show(job, namespace.json)
    if not found and not namespace.json:
        print("No training jobs yet; `python -m vae_core jobs start` starts one.")
    return 0


def _start(namespace: argparse.Namespace) -> int:
    config = train_config(namespace)
    check_data_dir(namespace.data_dir)
    job = jobs.start(
        config,
        namespace.name,
        data_dir=namespace.data_dir,
        at_once=namespace.at_once,
        threads=namespace.threads,
    )
    _show(job, namespace.json)
    return 0


def _set(namespace: argparse.Namespace) -> int:
    _show(jobs.get(namespace.name).set(lr=namespace.lr, beta=namespace.beta), namespace.json)
    return 0


def _act(namespace: argparse.Namespace) -> int:
    for job in [jobs.get(name) for name in namespace.names]:
        after = namespace.method(job)
        if after is not None:
            _show(after, namespace.json)
        elif namespace.json:
            print_json({"name": job.name, "status": "deleted"})
        else:
            print(f"{job.name:<40} deleted")
    return 0


def _follow(namespace: argparse.Namespace) -> int:
    job, shown = jobs.get(namespace.name), 0
    while True:
        for record in job.history(since=shown):
            shown = record["epoch"]
            if namespace.json:
                print_json({"event": "epoch", **record})
            else:
                test = record["test"]
                losses = f"loss {number(test['loss'])}, {describe_test(job.config, test)}"
                print(f"epoch {shown} of {job.config.epochs}: {losses}", flush=True)
        if not job.active:
            _show(job, namespace.json)
            return 0
        time.sleep(POLL_SECONDS)
        job = job.refresh()


def _show(job: Job, as_json: bool) -> None:
    if not as_json:
        print(f"{job.name:<40} {describe(job)}")
        return
    row = {name: getattr(job, name) for name in SHOWN}
    print_json({**row, "path": str(job.path), "training": job.config.to_json()})


def describe(job: Job) -> str:
    """The status of a job, as "running, epoch 12 of 100, 8 s left"."""
    parts = [job.status, f"epoch {int(job.epoch)} of {job.config.epochs}"]
    if job.seconds_left is not None:
        parts.append(f"{job.seconds_left:.0f} s left")
    return ", ".join(parts) + (f": {job.reason}" if job.reason else "")
