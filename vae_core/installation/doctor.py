"""`python -m vae_core doctor`: what works in this installation, what does not, and what to do about it.

Each check is a function that yields findings; those that need a package import it themselves, so that the others still
report where it is missing.
"""

import argparse
import http.client
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from vae_core import computing, installation, places
from vae_core.errors import UserError

OK, NOTE, WRONG = "ok", "note", "wrong"
LITTLE, TOO_LITTLE = 2_000, 200
"""Free megabytes that get a note, and too few to train anything."""
NO_FILES = ("digits", "shapes")
"""Datasets that come with a package, or are drawn."""
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """What a check found: `level` is "ok", "note" for what the app does without, or "wrong"."""

    check: str
    level: str
    text: str


@dataclass(frozen=True)
class Asked:
    """What the checks were asked about."""

    port: int
    data_dir: Path | None


Check = Callable[[Asked], Iterator[tuple[str, str]]]


def python(asked: Asked) -> Iterator[tuple[str, str]]:
    installation.check_python()
    yield OK, f"Python {'.'.join(map(str, sys.version_info[:3]))}, {sys.executable}"


def packages(asked: Asked) -> Iterator[tuple[str, str]]:
    needed = installation.requirements()
    found = {name: installation.installed(name) for name in needed}
    missing = [name for name, version in found.items() if version is None]
    other = [
        f"{name} {version} (tested: {needed[name]})"
        for name, version in found.items()
        if version and needed[name] and version.partition("+")[0] != needed[name]
    ]
    if missing:
        yield WRONG, installation.sentence(missing)
    if other:
        yield NOTE, f"Other versions than those that were tested: {', '.join(other)}"
    if not missing and not other:
        yield OK, f"All {len(needed)} packages, in the versions that were tested"


def pytorch(asked: Asked) -> Iterator[tuple[str, str]]:
    if installation.installed("torch") is None:
        return  # said by `packages`
    try:
        import torch

        product = torch.full((64, 64), 0.5) @ torch.full((64, 64), 2.0)
    except (ImportError, OSError) as error:
        raise UserError(installation.explain(error)) from None
    if not bool((product == 64).all()):
        yield WRONG, f"PyTorch {torch.__version__} computes wrongly: install it again."
        return
    threads, cores = _count(torch.get_num_threads(), "thread"), _count(os.cpu_count() or 1, "core")
    gpu = ", and there is a CUDA device" if torch.cuda.is_available() else "; no GPU is needed"
    yield OK, f"PyTorch {torch.__version__} trains with {threads} on {cores}{gpu}"


def runs(asked: Asked) -> Iterator[tuple[str, str]]:
    """Models and trainings of people's own."""
    folder = places.RUNS
    here = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        if not here.is_dir():
            raise NotADirectoryError(f"{here} is a file")
        with tempfile.TemporaryFile(dir=here) as file:
            file.write(bytes(4096))
    except OSError as error:
        yield (
            WRONG,
            f"Nothing can be written in {folder} ({error.strerror or error}), so trainings and uploads would fail: "
            f"make it writable, or name another folder in ${places.RUNS_VARIABLE}",
        )
        return
    free = shutil.disk_usage(here).free // 1_000_000
    text = f"{folder} can be written; {free / 1000:.1f} GB are free"
    if free < TOO_LITTLE:
        yield WRONG, f"{text}: too little for a training. Delete what is not needed"
    else:
        yield (NOTE, f"{text}: enough for few trainings") if free < LITTLE else (OK, text)


def models(asked: Asked) -> Iterator[tuple[str, str]]:
    """The models that come with the app."""
    names, obstacle = _shipped()
    if obstacle:
        yield WRONG, obstacle
        return
    from vae_core import checkpoints

    damaged = 0
    for name in names:
        try:
            checkpoints.load(places.SHIPPED / name).load_model()
        except UserError as error:
            damaged += 1
            yield WRONG, f"{error} The other models work. Download the app again, or delete {places.SHIPPED / name}"
    if damaged < len(names):
        yield OK, f"{_count(len(names) - damaged, 'trained model')} in {places.SHIPPED}, as they were saved"


def _shipped() -> tuple[list[str], str | None]:
    """The names of the models that come with the app, and why there are none."""
    try:
        folders = [entry for entry in os.scandir(places.SHIPPED) if entry.is_dir() and entry.name[0] not in "._"]
        names = sorted(entry.name for entry in folders if {"config.json", "manifest.json"} & {*os.listdir(entry)})
        series = places.SHIPPED / places.SERIES.name
        inside = os.listdir(series) if series.is_dir() else []
        names += sorted(f"{series.name}/{name}" for name in inside if name[0] != ".")
    except OSError as error:
        return [], f"The trained models in {places.SHIPPED} cannot be read: {error}"
    again = "download the app again, or train a model on the page Train"
    nothing = f"There are no trained models in {places.SHIPPED}, so the pages have nothing to show: {again}"
    return names, None if names else nothing


def obstacles() -> Iterator[str]:
    """What the app says when it starts: what is quickly found, and keeps pages from working."""
    for level, text in runs(Asked(0, None)):
        if level == WRONG:
            yield text
    if obstacle := _shipped()[1]:
        yield obstacle


def datasets(asked: Asked) -> Iterator[tuple[str, str]]:
    from vae_core.datasets import DATA_DIR_VARIABLE, DATASETS, held_out, title

    here: list[str] = []
    absent: list[str] = []
    for entry in DATASETS:
        if entry.name in NO_FILES or not hasattr(entry.build, "held_out"):
            continue
        config = entry.config()
        (absent if held_out(config, asked.data_dir) is None else here).append(title(config))
    yield OK, "Data that need no files: handwritten digits of 8×8, drawn shapes"
    if here:
        yield OK, f"Data on this computer: {', '.join(here)}"
    if absent:
        yield (
            NOTE,
            f"Data that are not on this computer: {', '.join(absent)}. Images are downloaded when a training first "
            f"needs them; without a network, put the files into a folder and name it in ${DATA_DIR_VARIABLE}",
        )


def port(asked: Asked) -> Iterator[tuple[str, str]]:
    try:
        installation.check_port("127.0.0.1", asked.port)
    except UserError:
        if not _app_answers(asked.port):
            raise
        yield NOTE, f"The app is running already: http://127.0.0.1:{asked.port}"
        return
    yield OK, f"Port {asked.port} is free"


def _app_answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def others(asked: Asked) -> Iterator[tuple[str, str]]:
    yield OK, "No other program is needed: no Node, no nginx, no ffmpeg, no network"
    named = os.environ.get("CHROMIUM")
    if not (named and Path(named).exists() or any(map(shutil.which, CHROMIUM))):
        yield NOTE, "No Chromium was found: only the tests need it, and `make test` installs it"


CHECKS: dict[str, Check] = {
    "python": python,
    "packages": packages,
    "pytorch": pytorch,
    "runs": runs,
    "models": models,
    "datasets": datasets,
    "port": port,
    "others": others,
}
OF_THE_APP = ("port", "others")


def examine(asked: Asked) -> Iterator[Finding]:
    """The findings of all checks, in order. A check that fails itself is a finding."""
    for name, check in CHECKS.items():
        if places.INSTALLED and name in OF_THE_APP:  # the app runs from the repository
            continue
        try:
            for level, text in check(asked):
                yield Finding(name, level, text)
        except UserError as error:
            yield Finding(name, WRONG, str(error))
        except ImportError as error:  # `packages` or `pytorch` says what to do
            yield Finding(name, NOTE, f"Not checked, {name}: {error.name or 'a package'} cannot be imported")


def main(arguments: list[str]) -> int:
    """Print the findings. Returns 1 if something that the app needs does not work."""
    parser = argparse.ArgumentParser(prog="python -m vae_core doctor", description=main.__doc__, allow_abbrev=False)
    parser.add_argument("--port", type=int, default=8501, help="where the app is to be served (default: 8501)")
    parser.add_argument("--data-dir", type=Path, help="folder with dataset files (default: $LATENT_DATA_DIR)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    given = parser.parse_args(arguments)
    data_dir = given.data_dir or (Path(os.environ["LATENT_DATA_DIR"]) if os.environ.get("LATENT_DATA_DIR") else None)
    computing.share_the_machine(os.environ)
    wrong = 0
    for finding in examine(Asked(given.port, data_dir)):
        wrong += finding.level == WRONG
        print(json.dumps(asdict(finding)) if given.json else f"{finding.level:<6} {finding.text}", flush=True)
    if not given.json:
        start = "import vae_core" if places.INSTALLED else "make app"
        whole = f"Everything that is needed works: {start}"
        print(f"\n{_count(wrong, 'thing')} to mend, marked “wrong”." if wrong else f"\n{whole}")
    return 1 if wrong else 0


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
