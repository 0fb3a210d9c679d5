"""What the tests of the command line share: how it is asked, and how it answers."""

import json
import os

import pytest

from vae_core.cli import main

QUICK = "train --network mlp --hidden 16 --epochs 2 --batch-size 256".split()


posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals and pipes")


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def refusal(arguments, capsys):
    """The one sentence that a mistake is answered with."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    last = err.rpartition("\r")[2]  # a progress bar that was there is overwritten
    assert last.startswith("error: ") and err.count("\n") == 1 and err.endswith("\n")
    return last
