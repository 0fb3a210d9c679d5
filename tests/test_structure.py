"""What holds for the sources as a whole."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vae_core.datasets import DATASETS
from vae_core.likelihoods import LIKELIHOODS
from vae_core.metrics import METRICS
from vae_core.networks import NETWORKS
from vae_core.objectives import OBJECTIVES
from vae_core.projections import PROJECTIONS

ROOT = Path(__file__).parents[1]
FOLDERS = ("vae_core", "components", "pages", "checkpoints", "benchmarks")
SOURCES = sorted([ROOT / "app.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))])
CORE = [path for path in SOURCES if path.is_relative_to(ROOT / "vae_core")]

PLUGINS = ROOT / "vae_core" / "plugins.py"
"""The one module that may import code by its path."""

MODULES_THAT_RUN_WHAT_THEY_READ = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
IMPORTS_BY_PATH = {"runpy", "imp", "importlib.machinery"} | {
    f"importlib.util.{name}" for name in ("spec_from_file_location", "spec_from_loader", "module_from_spec")
}


def ids(path):
    return str(path.relative_to(ROOT))


def imported(tree):
    """The modules that a source imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def unsafe(tree):
    """What could run code that comes from a file, or load weights that do not fit."""
    for name in imported(tree):
        if name.partition(".")[0] in MODULES_THAT_RUN_WHAT_THEY_READ:
            yield f"imports {name}"
        if any(name == way or name.startswith(f"{way}.") for way in IMPORTS_BY_PATH):
            yield f"can import by path: {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if called in ("eval", "exec", "compile", "__import__") or called in ("torch.load", "torch.save"):
                yield f"calls {called}"
            if called.removeprefix("importlib.util.") in ("spec_from_file_location", "spec_from_loader"):
                yield f"can import by path: {called}"
            if called.endswith((".exec_module", ".load_module", "module_from_spec")):
                yield f"can import by path: {called}"
            if called.endswith("load_state_dict") and given.get("strict") == "False":
                yield "loads weights that need not fit"
            if given.get("allow_pickle") == "True" or given.get("shell") == "True":
                yield f"calls {called} with {given}"


TRAIN = """
import os
import sys
from pathlib import Path

found = dict(os.environ)
import vae_core.cli, vae_core.jobs.process
assert dict(os.environ) == found, "who imports the core keeps the settings of the threads that were chosen"
from vae_core import checkpoints
from vae_core.datasets import DATASETS
from vae_core.training import TrainConfig, train

config = TrainConfig(epochs=1, latent_dim=8)
data = DATASETS.build(config.dataset)
(record,) = train(config, data)
checkpoints.save(Path(sys.argv[1]), record.state.model, config, data, [record.to_json()])
print({"sklearn", "scipy", "pandas", "umap", "requests", "torch._dynamo"} & {*sys.modules})
"""


def test_a_first_epoch_waits_for_nothing_that_few_need(tmp_path):
    """Each of them takes from a sixth of a second to longer than PyTorch itself to import."""
    command = [sys.executable, "-c", TRAIN, str(tmp_path / "first")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == ("set()\n", "")


def test_there_are_sources_to_look_at():
    assert len(CORE) > 20 and ROOT / "vae_core" / "networks" / "mlp.py" in CORE


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_no_source_runs_what_it_reads(path):
    found = list(unsafe(ast.parse(path.read_text(encoding="utf-8"))))
    if path == PLUGINS:
        assert found and all(fault.startswith("can import by path: ") for fault in found)
    else:
        assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "def f():\n    import dill.source",
        "eval('1')",
        "torch.load(path)",
        "model.load_state_dict(state, strict=False)",
        "np.load(path, allow_pickle=True)",
        "from importlib.util import spec_from_file_location",
        "import importlib.util\nspec = importlib.util.spec_from_file_location('a', path)",
        "spec.loader.exec_module(module)",
        "import importlib.machinery",
        "import runpy",
    ],
)
def test_the_check_finds_what_it_looks_for(source):
    assert list(unsafe(ast.parse(source)))


@pytest.mark.parametrize("path", CORE, ids=ids)
def test_every_module_of_the_core_says_what_it_is(path):
    if path.name != "__main__.py":
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("place", "registry"),
    [
        ("networks/", NETWORKS),
        ("objectives/", OBJECTIVES),
        ("datasets/", DATASETS),
        ("metrics/", METRICS),
        ("projections/", PROJECTIONS),
        ("likelihoods.py", LIKELIHOODS),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_readme_names_everything_that_is_registered(place, registry):
    """In the line of its layout that stands for the package."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = [line.strip() for line in readme.splitlines() if line.strip().startswith(place)]
    assert len(lines) == 1, f"one line of the README's layout begins with {place}"
    words = re.findall(r"\w+", lines[0].removeprefix(place))
    assert [name for name in registry.names if name not in words] == []
