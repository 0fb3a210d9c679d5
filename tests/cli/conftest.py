"""The command line as a process of its own, and no data folder from outside."""

import os
import signal
import subprocess
import sys

import pytest

from vae_core import checkpoints
from vae_core.cli import DATA_DIR_VARIABLE


@pytest.fixture(autouse=True)
def no_data_dir_from_outside(monkeypatch):
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)


@pytest.fixture
def process():
    """Starts `python -m vae_core …` as a process of its own, which does not outlive the test."""
    started = []

    def start(*arguments, cwd=checkpoints.ROOT, env=None, **options):
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error::RuntimeWarning"} | (env or {})
        environment.pop("PYTHONUNBUFFERED", None)  # it would hide what goes wrong when buffers are emptied at the end
        command = [sys.executable, "-m", "vae_core", *map(str, arguments)]
        # Where the tests run in a shell's background, SIGINT is ignored, which children inherit; a handler they do not.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            running = subprocess.Popen(command, cwd=cwd, env=environment, text=True, encoding="utf-8", **options)
        finally:
            signal.signal(signal.SIGINT, before)
        started.append(running)
        return running

    yield start
    for running in started:
        with running:  # waits for it and closes its pipes
            running.kill()
