"""Plug-ins: an installed package's entry points, and files that whoever starts the program names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.asking import refusal
from vae_core import plugins
from vae_core.errors import UserError
from vae_core.networks import NETWORKS
from vae_core.registry import Registry

ROOT = Path(__file__).parents[2]
THINGS = Registry("thing", __name__)
"""What the plug-ins of this file register, so that the real registries stay as they are."""

THING = '''
"""A plug-in."""

from dataclasses import dataclass

from tests.core.test_plugins import THINGS


@dataclass(frozen=True)
class Config:
    """No options."""


@THINGS.register("{name}", Config)
def build(config):
    """A thing from outside of the package."""
    return "{name}"
'''
PART = '''
"""The package's own {built_in} under another name."""

from dataclasses import dataclass

from vae_core.{group} import {registry}


@dataclass(frozen=True)
class Config({registry}["{built_in}"].config):
    """The same options."""


@{registry}.register("{name}", Config)
class Toy({registry}["{built_in}"].build):
    """One more of them, which comes with the toy package."""

    {body}
'''
FUNCTION = '''
"""The package's own {built_in} under another name."""

from dataclasses import dataclass

from vae_core.{group} import {registry}

original = {registry}["{built_in}"]


@dataclass(frozen=True)
class Config(original.config):
    """The same options."""


@{registry}.register("{name}", Config)
def build(config, *arguments):
    """One more of them, which comes with the toy package."""
    {body}
'''
NETWORK = FUNCTION.format(
    group="networks",
    registry="NETWORKS",
    built_in="mlp",
    name="toy_network",
    body="return original.build(config, *arguments)",
)


@pytest.fixture
def name(monkeypatch):
    """Names plug-ins for this test, as `--plugin` does."""
    monkeypatch.setenv(plugins.VARIABLE, "")
    return lambda *paths: plugins.start(Path(path) for path in paths)


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# Files and folders.


def test_a_file_is_found_and_so_are_all_files_of_a_folder(name, tmp_path):
    file = written(tmp_path / "alone.py", THING.format(name="of a file"))
    for letter in "ab":
        written(tmp_path / "folder" / f"{letter}.py", THING.format(name=f"of a folder, {letter}"))
    written(tmp_path / "folder" / "_private.py", "raise SystemExit('never imported by itself')")
    name(file, tmp_path / "folder")
    name(tmp_path / "folder" / "a.py")  # once more, by itself: it is not imported twice
    assert {"of a file", "of a folder, a", "of a folder, b"} <= {*THINGS.names}
    assert THINGS.build(THINGS["of a file"].config()) == "of a file"


def test_files_of_a_folder_import_each_other(name, tmp_path):
    written(tmp_path / "_helpers.py", "NAME = 'named by a neighbour'")
    text = THING.format(name="{NAME}").replace('"{NAME}"', "NAME").replace("@dataclass", "\n@dataclass", 1)
    name(written(tmp_path / "thing.py", text.replace("from tests", "from ._helpers import NAME\nfrom tests")))
    assert "named by a neighbour" in THINGS.names


def test_relative_paths_reach_processes_that_start_elsewhere(name, tmp_path, monkeypatch):
    written(tmp_path / "here.py", "")
    monkeypatch.chdir(tmp_path)
    name("here.py")
    assert os.environ[plugins.VARIABLE] == str(tmp_path / "here.py")
    name()
    assert plugins.named() == [tmp_path / "here.py"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f(:", "SyntaxError: invalid syntax (broken.py, line 1)"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("raise KeyError('two\\nlines')", r"KeyError: 'two\nlines'"),
        (NETWORK.replace("toy_network", "mlp"), "Another network is named 'mlp'."),
        (
            NETWORK.replace('    """One more of them, which comes with the toy package."""\n', ""),
            "The network 'toy_network' has no docstring, whose first line would be its caption.",
        ),
    ],
)
def test_what_cannot_be_used_is_one_sentence_that_names_the_file(name, tmp_path, monkeypatch, text, reason):
    file = written(tmp_path / "broken.py", text)
    for _ in range(2):  # at every look-up, not only at the first
        with pytest.raises(UserError) as caught:
            name(file)
        assert str(caught.value) == f"The plug-in {file} cannot be used: {reason}"
    monkeypatch.setenv(plugins.VARIABLE, "")
    assert "toy_network" not in NETWORKS.names and NETWORKS["mlp"].build.__module__ == "vae_core.networks.mlp"


@pytest.mark.parametrize("given", ["nowhere", "empty", "text.txt"])
def test_a_path_without_python_files_is_no_plug_in(name, tmp_path, given):
    (tmp_path / "empty").mkdir()
    written(tmp_path / "text.txt", "THINGS")
    with pytest.raises(UserError, match="There is no plug-in .*: name a Python file, or a folder that holds some"):
        name(tmp_path / given)


def test_a_config_names_no_plug_in(tmp_path):
    file = written(tmp_path / "evil.py", f"open({str(tmp_path / 'ran')!r}, 'w')")
    for network in (str(file), "evil", f"{tmp_path}.evil", "os"):
        with pytest.raises(UserError, match="There is no network"):
            NETWORKS.from_json({"name": network, "plugin": str(file)})
    assert not (tmp_path / "ran").exists()


# Renderers.


def test_a_renderer_lies_beside_its_kind(name, tmp_path):
    for path in ("folder/one.js", "folder/one.py", "two.js", "two.py", "unrelated.js"):
        written(tmp_path / path, "")
    name(tmp_path / "folder", tmp_path / "two.py")
    assert plugins.javascript() == {"one": tmp_path / "folder" / "one.js", "two": tmp_path / "two.js"}


def test_two_renderers_of_one_kind_are_refused(name, tmp_path):
    for path in ("a/one.js", "a/kind.py", "b/one.js", "b/kind.py"):
        written(tmp_path / path, "")
    name(tmp_path / "a", tmp_path / "b")
    with pytest.raises(UserError, match="Two plug-ins bring a renderer for one: .*a/one.js and .*b/one.js"):
        plugins.javascript()


# In processes of their own, with what is really registered.

OF_THE_TOY_KIND = """from dataclasses import replace

    data = original.build(config, *arguments)
    return replace(data, spec=replace(data.spec, kind="toy_kinds"))"""


@pytest.fixture
def toy(tmp_path):
    """The folder of an installed package with a part of every kind and a kind's renderer."""
    site = tmp_path / "site"
    parts = [
        ("networks", "NETWORKS", "mlp", FUNCTION, "return original.build(config, *arguments)"),
        ("objectives", "OBJECTIVES", "vae", PART, ""),
        ("datasets", "DATASETS", "digits", FUNCTION, OF_THE_TOY_KIND),
        ("likelihoods", "LIKELIHOODS", "bernoulli", PART, ""),
        ("metrics", "METRICS", "elbo", FUNCTION, "return {'toy': 42}"),
        ("projections", "PROJECTIONS", "pca", PART, ""),
        ("samplers", "SAMPLERS", "prior", FUNCTION, "return original.build(config, *arguments)"),
        ("kinds", "KINDS", "image", PART, "name, likelihoods = 'toy_kinds', ('toy_likelihoods',)"),
    ]
    for group, registry, built_in, text, body in parts:
        text = text.format(group=group, registry=registry, built_in=built_in, name=f"toy_{group}", body=body)
        written(site / "toy_vae" / f"{group}.py", text)
    written(site / "toy_vae" / "toy_kinds.js", "export function renderer(kind, shape) {}")
    about = site / "toy_vae-0.1.dist-info"
    written(about / "METADATA", "Metadata-Version: 2.1\nName: toy-vae\nVersion: 0.1\n")
    groups = [f"[vae_core.{group}]\ntoy_{group} = toy_vae.{group}\n" for group, *_ in parts]
    written(about / "entry_points.txt", "\n".join(groups))
    return site


def python(code, *arguments, cwd, **environment):
    """Run Python code in a process of its own; what it printed and said, and its exit status."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("LATENT_")}
    path = os.pathsep.join([str(ROOT), environment.pop("PYTHONPATH", "")])
    environment = inherited | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path, **environment}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    run = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=110)
    return run.returncode, run.stdout, run.stderr


WITH_THE_TOY = """
import torch
from vae_core import plugins
from vae_core.cli import main
from vae_core.projections import PROJECTIONS, fit
from vae_core.posterior import Posterior
from vae_core.samplers import SAMPLERS, draw

options = [f"--{part}=toy_{part}s" for part in ("dataset", "network", "objective", "likelihood")]
assert main(["train", *options, "--epochs", "1", "--hidden", "8", "--out", "out", "--json"]) == 0
assert main(["evaluate", "out", "--json"]) == 0
assert draw(SAMPLERS["toy_samplers"].config(), 3, Posterior(torch.randn(20, 4), None)).shape == (3, 4)
assert fit(PROJECTIONS["toy_projections"].config(), torch.randn(20, 4)).flat.shape == (20, 2)
print(plugins.javascript()["toy_kinds"].read_text())
"""


def test_an_installed_package_brings_parts_of_every_kind(toy, tmp_path):
    status, out, err = python(WITH_THE_TOY, cwd=tmp_path, PYTHONPATH=str(toy))
    assert status == 0, err
    *lines, renderer = out.splitlines()
    assert json.loads(lines[-1])["test"]["toy"] == 42
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["training"]["network"]["name"] == "toy_networks" and config["data"]["kind"] == "toy_kinds"
    assert renderer == (toy / "toy_vae" / "toy_kinds.js").read_text()


def test_an_installed_package_that_takes_a_name_is_one_sentence(toy, tmp_path):
    text = (toy / "toy_vae" / "networks.py").read_text().replace('"toy_networks"', '"mlp"')
    written(toy / "toy_vae" / "networks.py", text)
    code = "import sys; from vae_core.cli import main; sys.exit(main(['list']))"
    status, out, err = python(code, cwd=tmp_path, PYTHONPATH=str(toy))
    reason = "Another network is named 'mlp'."
    assert (status, out) == (2, "")
    assert err == f"error: The plug-in toy_vae.networks of toy-vae cannot be used: {reason}\n"


IN_A_JOB = """
import sys
import time
from vae_core import jobs
from vae_core.cli import main

file = sys.argv[1]
assert main(["--plugin", file, "datasets"]) == 0
options = ["--network", "toy_network", "--hidden", "8", "--epochs", "1", "--name", "toy"]
assert main(["jobs", "start", "--plugin", file, *options]) == 0
assert main(["jobs", "follow", "toy", f"--plugin={file}"]) == 0
"""


def test_a_job_finds_the_plug_in_that_started_it(tmp_path):
    written(tmp_path / "mine" / "network.py", NETWORK)
    status, out, err = python(IN_A_JOB, Path("mine", "network.py"), cwd=tmp_path, LATENT_RUNS=str(tmp_path / "runs"))
    assert status == 0, err
    assert out.splitlines()[-1].split() == "toy done, epoch 1 of 1".split()


@pytest.mark.parametrize("arguments", [["list", "--plugin", "no.py"], ["--plugin=no.py", "list"]])
def test_a_plug_in_may_be_named_anywhere_on_the_command_line(name, tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    assert f"There is no plug-in {tmp_path / 'no.py'}: name" in refusal(arguments, capsys)


def test_naming_none_after_all_is_a_mistake(name, capsys):
    assert "Argument --plugin: expected one argument" in refusal(["list", "--plugin"], capsys)
