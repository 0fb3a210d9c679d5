"""What holds for the sources as a whole."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs import screenshots
from tests import test_imports
from vae_core import checkpoints, page_program
from vae_core.checkpoints import files as checkpoint_files
from vae_core.datasets import DATASETS
from vae_core.kinds import KINDS
from vae_core.latent import concept_files
from vae_core.likelihoods import LIKELIHOODS
from vae_core.metrics import METRICS
from vae_core.networks import NETWORKS
from vae_core.objectives import OBJECTIVES
from vae_core.projections import PROJECTIONS
from vae_core.samplers import SAMPLERS

ROOT = Path(__file__).parents[1]
FOLDERS = ("vae_core", "components", "pages", "checkpoints", "benchmarks")
SOURCES = sorted(
    [ROOT / "app.py", ROOT / "serve.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
)
CORE = [path for path in SOURCES if path.is_relative_to(ROOT / "vae_core")]

RUN_CODE = {
    ROOT / "vae_core" / "plugins.py": "can import by path: ",
    ROOT / "benchmarks" / "mutants" / "mutations.py": "calls compile",
    ROOT / "benchmarks" / "mutants" / "running.py": "can import by path: ",
}
"""The modules that may run code by its path: plug-ins, and mutants of these very sources for their tests."""

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
    if path in RUN_CODE:
        assert found and all(fault.startswith(RUN_CODE[path]) for fault in found)
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


def layout():
    """The README's layout: the path of each entry, and what is said of it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.split("## Layout")[1].split("```")[1]
    found, above, path = {}, [], ""
    for line in block.strip("\n").splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        if depth > 4:  # the line before goes on
            found[path] += " " + line.strip()
            continue
        name, _, words = line.strip().partition(" ")
        above = [*above[:depth], name.rstrip("/")]
        path = "/".join(above)
        found[path] = words.strip()
    return found


LAYOUT = layout()
REGISTRIES = {
    "vae_core/kinds": KINDS,
    "vae_core/networks": NETWORKS,
    "vae_core/likelihoods": LIKELIHOODS,
    "vae_core/objectives": OBJECTIVES,
    "vae_core/datasets": DATASETS,
    "vae_core/metrics": METRICS,
    "vae_core/projections": PROJECTIONS,
    "vae_core/samplers": SAMPLERS,
}


@pytest.mark.parametrize("place", REGISTRIES)
def test_the_readme_names_everything_that_is_registered(place):
    """In the line of its layout that stands for the package."""
    words = re.findall(r"\w+", LAYOUT[place])
    assert [name for name in REGISTRIES[place].names if name not in words] == []


def test_what_the_readme_names_exists():
    assert len(LAYOUT) > 30
    assert [path for path in LAYOUT if not (ROOT / path).exists()] == []
    for path, words in LAYOUT.items():
        for name in re.findall(r"[\w-]+\.(?:py|md)\b", words):
            assert any((ROOT / folder / name).exists() for folder in (path, Path(path).parent, "docs")), name


def test_the_readme_names_every_folder_of_code():
    """By an entry of its own, or by a word in its parent's."""
    files = [path for top in LAYOUT if "/" not in top for path in (ROOT / top).rglob("*")]
    code = [path.relative_to(ROOT) for path in files if path.suffix in (".py", ".js", ".mjs")]
    folders = {folder for path in code for folder in path.parents[:-1]}
    assert Path("components/shared/map") in folders
    unnamed = {
        str(folder)
        for folder in folders
        if str(folder) not in LAYOUT and folder.name not in re.findall(r"\w+", LAYOUT.get(str(folder.parent), ""))
    }
    assert unnamed == set()


def table(file, heading, columns):
    """The cells of a table with so many columns, under a heading if there are several: what stands in `backticks`."""
    section = (ROOT / file).read_text(encoding="utf-8")
    if heading:
        section = section.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[set(re.findall(r"`([^`]+)`", cell)) for cell in row] for row in rows if len(row) == columns][2:]


def test_the_import_table_of_contributing_is_the_one_that_is_tested():
    levels = [modules for _, modules in table("CONTRIBUTING.md", "What may import what", 2)]
    assert levels == list(test_imports.CORE)
    shared = table("CONTRIBUTING.md", "What may import what", 3)
    names = [next(iter(row[0])) for row in shared]
    assert {name: row[1] | {name} for name, row in zip(names, shared, strict=True)} == test_imports.SHARED_JS
    python = {
        name: row[2] | {name} for name, row in zip(names, shared, strict=True) if name in test_imports.SHARED_PYTHON
    }
    assert python == test_imports.SHARED_PYTHON
    assert all(not row[2] for name, row in zip(names, shared, strict=True) if name not in python)


def test_the_changelog_tells_the_formats_that_are_written_and_read():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+ \w+) .*?\| (\d \| [\d and]+)", text, re.MULTILINE))
    engine = (ROOT / "components" / "shared" / "engine" / "engine.js").read_text(encoding="utf-8")
    in_the_page = json.loads(re.search(r"const FORMATS = (\[.*?\]);", engine)[1])
    expected = {
        "checkpoint folder": (checkpoint_files.FORMAT, checkpoint_files.READS),
        "page program": (page_program.FORMAT, in_the_page),
        "concept vector": (concept_files.FORMAT, [concept_files.FORMAT]),
    }
    told = {name: f"{written} | {' and '.join(map(str, read))}" for name, (written, read) in expected.items()}
    assert {name: rows[name].strip() for name in told} == told


def test_the_notice_tells_what_each_shipped_model_was_trained_on():
    rows = {frozenset(name): models for name, models, *_ in table("NOTICE.md", None, 4)}
    for checkpoint in checkpoints.find([checkpoints.SHIPPED]):
        assert checkpoint.name in rows[frozenset({checkpoint.spec.name})]


BIOME = ROOT / "node_modules" / ".bin" / "biome"


@pytest.mark.skipif(not (shutil.which("node") and BIOME.exists()), reason="needs Node and Biome (npm ci)")
@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("export const twice = (x) => 2 * y;", "noUndeclaredVariables"),
        ("import { a } from './a.js';\nexport const b = 1;", "noUnusedImports"),
        ("export function f() {\n  return;\n  f();\n}", "noUnreachable"),
        ("export const same = (x) => x == 1;", "noDoubleEquals"),
    ],
)
def test_the_javascript_linter_finds_what_it_looks_for(source, rule, tmp_path):
    shutil.copy(ROOT / "biome.json", tmp_path)
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "planted.js").write_text(source)
    command = [BIOME, "lint", "--error-on-warnings"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and rule in run.stdout + run.stderr


def test_every_page_has_a_picture_in_the_readme_that_one_command_makes():
    """The order, too, is that of the navigation."""
    router = (ROOT / "pages" / "router.py").read_text(encoding="utf-8")
    sections = re.search(r"^ *see, do, learn = (.*?)\n *\w", router, re.MULTILINE | re.DOTALL)[1]
    pages = re.findall(r"\w+", sections)
    assert sorted(pages) == sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "router")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert list(screenshots.PICTURES) == pages == re.findall(r"!\[.*\]\(docs/(\w+)\.png\)", readme)
    assert all((ROOT / "docs" / f"{page}.png").is_file() for page in pages)
    assert all(place.split("?")[0] in ("/", f"/{page}") for page, (place, _) in screenshots.PICTURES.items())


def test_a_benchmark_without_its_data_says_so_in_a_sentence(tmp_path):
    commands = [path for path in (ROOT / "benchmarks").rglob("*.py") if 'if __name__ == "__main__"' in path.read_text()]
    assert len(commands) > 15
    assert [path for path in commands if "exit_status(" not in path.read_text()] == []
    command = [sys.executable, "-m", "benchmarks.levels", "--data-dir", tmp_path]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: The levels are not on this computer") and "Traceback" not in ended.stderr
