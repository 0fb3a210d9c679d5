"""What keeps the app from starting is said in a sentence, before anything heavy is imported."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from contextlib import contextmanager
from pathlib import Path

import pytest

from vae_core import checkpoints, computing, places
from vae_core.cli import main

ROOT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_path("purelib"))


def run(*arguments, **environment):
    """Python without the packages that are installed, but for those of `PYTHONPATH`."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
    )


@contextmanager
def taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.fixture(scope="module")
def without_av(tmp_path_factory):
    """A folder of all that is installed but for one package."""
    folder = tmp_path_factory.mktemp("site")
    for path in SITE.iterdir():
        if not path.name.startswith(("av-", "av.", "_")) and path.name != "av" and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return str(folder)


ALL_MISSING = "The packages torch, streamlit, plotly and "
INSTALL = f"missing from this Python. Install: {sys.executable} -m pip install -r requirements.txt\n"


@pytest.mark.parametrize(
    ("arguments", "prefix"), [(["serve.py"], ""), (["app.py"], ""), (["-m", "vae_core", "list"], "error: ")]
)
def test_without_packages_there_is_one_sentence(arguments, prefix):
    done = run("-S", *arguments)
    assert done.returncode != 0 and done.stdout == ""
    assert done.stderr.startswith(prefix + ALL_MISSING) and done.stderr.endswith(INSTALL)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["serve.py"], ["-m", "uvicorn", "app:app", "--port", "0"]])
def test_one_that_is_missing_is_named(arguments, without_av):
    done = run("-S", *arguments, PYTHONPATH=without_av)
    assert done.returncode != 0 and done.stderr == f"The package av is {INSTALL}"


def test_one_that_cannot_be_loaded_is_a_sentence(tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch.so: no such file', name='torch')")
    sentence = (
        "The package torch is installed but cannot be loaded (libtorch.so: no such file). Install again: "
        f"{sys.executable} -m pip install --force-reinstall -r requirements.txt"
    )
    for arguments, status, said in (
        (["-m", "uvicorn", "app:app", "--port", "0"], 1, f"{sentence}\n"),
        (["-m", "vae_core", "list"], 2, f"error: {sentence}\n"),
    ):
        done = run(*arguments, PYTHONPATH=str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr) == (status, "", said)
    done = run("-m", "vae_core", "doctor", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1 and f"\nwrong  {sentence}\n" in done.stdout and done.stderr == ""


def test_a_port_that_is_taken_is_said_before_anything_heavy_is_imported():
    with taken_port() as port:
        done = run("-X", "importtime", "serve.py", "--port", port)
    *imports, last = done.stderr.splitlines()
    assert done.returncode != 0 and done.stdout == ""
    assert last == (
        f"Port {port} is taken by another program, perhaps by this app. End that one, or choose another port: "
        f"make app PORT={port + 1}, or python serve.py --port {port + 1}"
    )
    assert not [line for line in imports if {"torch", "streamlit", "uvicorn", "numpy"} & {*line.split()}]


def test_other_ports_that_cannot_be_had_are_sentences():
    assert "There is no port 70000: choose one from 1024 to 65535.\n" == run("serve.py", "--port", 70000).stderr
    assert "This computer cannot serve on 203.0.113.7, port 8501" in run("serve.py", "--host", "203.0.113.7").stderr


# doctor


def findings(capsys, *arguments):
    status = main(["doctor", "--json", *map(str, arguments)])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == any(each["level"] == "wrong" for each in found)
    return {name: [(each["level"], each["text"]) for each in found if each["check"] == name] for name in CHECKS}


CHECKS = ("python", "packages", "pytorch", "runs", "models", "datasets", "port", "others")


@pytest.fixture
def free_port():
    with taken_port() as port:
        pass
    return port


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An installation with one model and without runs, of the test's own."""
    monkeypatch.setattr(places, "SHIPPED", tmp_path / "checkpoints")
    monkeypatch.setattr(places, "RUNS", tmp_path / "runs")
    shutil.copytree(checkpoints.SHIPPED / "digits-vae-2d", places.SHIPPED / "digits-vae-2d")
    return tmp_path


def test_doctor_finds_this_installation_well(capsys, elsewhere, free_port):
    found = findings(capsys, "--port", free_port)
    assert all(found.values()) and not any(level == "wrong" for each in found.values() for level, _ in each)
    assert found["models"] == [("ok", f"1 trained model in {places.SHIPPED}, as they were saved")]
    assert found["port"] == [("ok", f"Port {free_port} is free")] and not places.RUNS.exists()
    assert "are not on this computer: " in found["datasets"][-1][1] or "MNIST" in str(found["datasets"])
    assert main(["doctor", "--port", str(free_port)]) == 0
    assert capsys.readouterr().out.endswith("\n\nEverything that is needed works: make app\n")


def test_doctor_says_what_is_wrong_and_what_to_do(capsys, elsewhere):
    shutil.copytree(places.SHIPPED / "digits-vae-2d", places.SHIPPED / "damaged")
    (places.SHIPPED / "damaged" / "model.safetensors").write_bytes(b"")
    places.RUNS.touch()
    with taken_port() as port:
        found = findings(capsys, "--port", port)
        assert main(["doctor", "--port", str(port)]) == 1
    assert capsys.readouterr().out.endswith("\n\n3 things to mend, marked “wrong”.\n")
    (damaged, whole), ((level, runs),) = found["models"], found["runs"]
    assert damaged[0] == "wrong" and "damaged: model.safetensors is not the file that was saved." in damaged[1]
    assert "The other models work." in damaged[1] and whole[0] == "ok"
    assert level == "wrong" and "trainings and uploads would fail: make it writable" in runs
    assert found["port"][0][0] == "wrong" and f"Port {port} is taken" in found["port"][0][1]


def test_doctor_finds_no_models(capsys, elsewhere, free_port):
    shutil.rmtree(places.SHIPPED / "digits-vae-2d")
    ((level, text),) = findings(capsys, "--port", free_port)["models"]
    assert level == "wrong" and f"There are no trained models in {places.SHIPPED}" in text and "page Train" in text


def test_doctor_runs_without_any_package(free_port):
    done = run("-S", "-m", "vae_core", "doctor", "--port", free_port)
    assert done.returncode == 1 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[1].startswith(f"wrong  {ALL_MISSING}") and "note   Not checked, models: " in done.stdout
    assert f"ok     Port {free_port} is free" in lines


# threads


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ({}, {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "3"}),
        ({"OMP_NUM_THREADS": "7"}, {"OMP_WAIT_POLICY": "PASSIVE"}),
        ({"MKL_NUM_THREADS": "7"}, {"OMP_WAIT_POLICY": "PASSIVE"}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_NUM_THREADS": "3"}),
        ({"KMP_BLOCKTIME": "200", "OMP_NUM_THREADS": "2"}, {}),
        ({"GOMP_SPINCOUNT": "1000"}, {"OMP_NUM_THREADS": "3"}),
    ],
)
def test_the_shell_shares_the_machine_as_jobs_do_unless_the_environment_says_otherwise(given, added, monkeypatch):
    monkeypatch.setenv(computing.THREADS_VARIABLE, "3")
    environment = dict(given)
    computing.share_the_machine(environment)
    assert environment == given | added


def test_threads_are_settled_before_torch_is_imported():
    code = """
import os, sys, vae_core.__main__
class Torch:
    def find_spec(self, name, *rest):
        if name == "torch":
            sys.exit(f"torch comes with {os.environ['OMP_WAIT_POLICY']} and {os.environ['OMP_NUM_THREADS']}")
sys.meta_path.insert(0, Torch())
sys.argv[1:] = ["list"]
vae_core.__main__.main()
"""
    environment = {name: "" for name in ()} | {computing.THREADS_VARIABLE: "3"}
    kept = {name: value for name, value in os.environ.items() if name not in computing.NUMBER + computing.WAITING}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=100
    )
    assert done.stderr == "torch comes with PASSIVE and 3\n"


def test_garbage_is_collected_again_once_the_app_is_imported():
    code = "import gc, app; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (done.stdout, done.stderr) == ("True True\n", "")
