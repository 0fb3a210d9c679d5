"""The import table of CONTRIBUTING.md: which folder may import which, in Python and in JavaScript."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("vae_core", "components", "pages", "checkpoints", "benchmarks", "tests")

CORE = (  # from the ground up: a module imports what stands above it here, or in its own package
    {
        "computing",
        "config",
        "errors",
        "files",
        "limits",
        "numerals",
        "owners",
        "pictures",
        "places",
        "plugins",
        "processes",
        "reading",
        "registry",
        "task",
        "zips",
    },
    {"data", "posterior"},
    {"kinds"},
    {"networks", "likelihoods", "datasets"},
    {"writing"},
    {"model"},
    {"latent", "page_program"},
    {"metrics"},
    {"anomalies", "forecasting", "objectives"},
    {"projections", "samplers", "training"},
    {"checkpoints"},
    {"jobs", "installation"},
    {"fits", "cli"},
    {"keeping"},
    {"__main__"},
)
LEVEL = {name: level for level, names in enumerate(CORE) for name in names}

SHARED_JS = {
    "engine": {"engine"},
    "kit": {"kit", "engine"},
    "kinds": {"kinds", "kit", "engine"},
    "latent": {"latent", "app", "kinds", "kit", "engine"},
    "map": {"map", "latent", "kinds", "kit", "engine"},
    "bring": {"bring", "app", "latent", "kinds", "kit", "engine"},
    "app": {"app", "kit", "engine"},
    "people": {"people", "app", "kit", "engine"},
    "trainings": {"trainings", "app", "latent", "kit", "engine"},
}
SHARED_PYTHON = {
    "app": {"app"},
    "people": {"people", "app"},
    "bring": {"bring", "people", "app"},
    "trainings": {"trainings", "app"},
}
EVERYWHERE = {"streamlit", "plotly", "components", "pages", "app"}
"""What the core must never import."""


def python_imports(source: str) -> Iterator[str]:
    """The modules that a source imports, wherever in it; of `from a import b` both a and a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)


def javascript_imports(source: str) -> Iterator[str]:
    """The addresses that a module imports, or starts as a worker; types in comments too."""
    yield from re.findall(r'(?:from |import |import\(|new URL\()"([^"]+\.js)"', source)


def python_faults(path: Path, source: str) -> list[str]:
    """What a Python file (its path from the root) imports against the table."""
    parts = path.with_suffix("").parts
    found = []
    for name in dict.fromkeys(python_imports(source)):
        target = name.split(".")
        if parts[0] == "vae_core":
            own = parts[1] if len(parts) > 1 else ""
            if target[0] in EVERYWHERE:
                found.append(name)
            elif target[0] == "vae_core" and len(target) > 1 and target[1] in LEVEL and own in LEVEL:
                if target[1] != own and LEVEL[target[1]] >= LEVEL[own] and LEVEL[own] > 0:
                    found.append(name)
        elif parts[0] == "components" and target[0] == "components" and len(target) > 1:
            feature, other = parts[1], target[1]
            if other == "shared" and feature == "shared":
                if len(target) > 2 and target[2] not in SHARED_PYTHON.get(parts[2], set()):
                    found.append(name)
            elif other not in ("shared", feature):
                found.append(name)
        elif parts[0] in ("components", "pages") and target[0] in ("pages", "app", "tests", "benchmarks"):
            found.append(name)
    return found


def javascript_faults(path: Path, source: str) -> list[str]:
    """What a JavaScript file (its path from the root) imports against the table."""
    here = (ROOT / path).parent
    found = []
    for address in dict.fromkeys(javascript_imports(source)):
        target = (here / address).resolve()
        if not target.is_relative_to(ROOT / "components"):
            found.append(address)
            continue
        parts, own = target.relative_to(ROOT / "components").parts, path.parts[1:]
        if own[0] == "shared":
            if parts[0] != "shared" or parts[1] not in SHARED_JS[own[1]]:
                found.append(address)
        elif parts[0] not in ("shared", own[0]):
            found.append(address)
    return found


PYTHON = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))
JAVASCRIPT = sorted((ROOT / "components").rglob("*.js"))


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PYTHON, ids=ids)
def test_python_keeps_to_the_table(path):
    assert python_faults(path.relative_to(ROOT), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", JAVASCRIPT, ids=ids)
def test_javascript_keeps_to_the_table(path):
    source = path.read_text(encoding="utf-8")
    assert javascript_faults(path.relative_to(ROOT), source) == []
    missing = [address for address in javascript_imports(source) if not (path.parent / address).is_file()]
    assert missing == [] and not re.search(r'^(?:import|\}).* from "(?!\.)', source, re.MULTILINE), (
        "modules are named by relative paths"
    )


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("vae_core/model.py", "from vae_core.training import train"),
        ("vae_core/networks/mlp.py", "import vae_core.model"),
        ("vae_core/kinds/tiles.py", "from vae_core.datasets import DATASETS"),
        ("vae_core/metrics/elbo.py", "from vae_core.objectives import OBJECTIVES"),
        ("vae_core/checkpoints/card.py", "def f():\n    from vae_core import jobs"),
        ("vae_core/latent/geometry.py", "import streamlit as st"),
        ("components/explore/explorer.py", "from components.digits import digits"),
        ("components/shared/app/addresses/links.py", "from components.shared.bring import intake"),
        ("components/shared/bring/intake.py", "from components.reconstruct.reconstruct import reconstructor"),
        ("components/train/form.py", "import app"),
    ],
)
def test_a_planted_python_import_is_found(path, source):
    assert len(python_faults(Path(path), source)) >= 1


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("components/explore/explorer.js", "../digits/digits.js"),
        ("components/shared/engine/engine.js", "../latent/typicality.js"),
        ("components/shared/kit/dom.js", "../latent/axes.js"),
        ("components/shared/latent/pad.js", "../map/pad.js"),
        ("components/shared/kinds/picture.js", "../latent/latent_state.js"),
        ("components/shared/app/mounting.js", "../../explore/explorer.js"),
        ("components/shared/trainings/film.js", "../../../tests/film.js"),
    ],
)
def test_a_planted_javascript_import_is_found(path, address):
    assert javascript_faults(Path(path), f'import {{ x }} from "{address}";') == [address]


RASTER = (
    r"\btoRGBA\b",
    r"\[(?:\w+)?, ?height, ?width\]",
    r"\[(?:\w+)?, ?, ?width\]",
    r"\bmodel\.shape\b",
    r"\bC·H·W\b",
)
"""What betrays that a source takes an example for pixels [C, H, W]."""
KNOWS_RASTERS = {
    "shared/kinds": "each renderer knows its own kind",
    "shared/engine/ops.js": "feature maps have channels, rows and columns, whatever the data",
    "shared/engine/convolution.js": "likewise",
    "shared/engine/engine.js": "its documentation gives examples",
    "shared/engine/completing.js": "likewise",
    "shared/latent/decoded_view.js": "it hands the shape on to the renderer",
    "reconstruct/completions_panel.js": "it hands the shape on to the worker",
}


def takes_examples_for_images(path: Path, source: str) -> list[str]:
    """The lines of a JavaScript file (its path from components/) that only make sense for images."""
    if any(path.is_relative_to(known) for known in KNOWS_RASTERS):
        return []
    return [line for line in source.splitlines() if any(re.search(pattern, line) for pattern in RASTER)]


@pytest.mark.parametrize("path", JAVASCRIPT, ids=ids)
def test_only_renderers_know_what_an_example_is_made_of(path):
    source = path.read_text(encoding="utf-8")
    assert takes_examples_for_images(path.relative_to(ROOT / "components"), source) == []


@pytest.mark.parametrize(
    "line",
    [
        "const [, height, width] = view.model.shape;",
        "function f([channels, height, width]) {}",
        "toRGBA(pixels, shape, image.data);",
        "const size = model.shape[1] * model.shape[2];",
    ],
)
def test_a_planted_raster_is_found(line):
    assert takes_examples_for_images(Path("shared/map/grid.js"), line) == [line]
    assert takes_examples_for_images(Path("shared/kinds/image.js"), line) == []


@pytest.mark.parametrize("suffix", [".py", ".js"])
def test_no_folder_of_code_is_crowded(suffix):
    """More than about 20 files in one place are several things."""
    folders = {path.parent for folder in CODE for path in (ROOT / folder).rglob(f"*{suffix}")}
    crowded = {str(folder): n for folder in folders if (n := len(list(folder.glob(f"*{suffix}")))) > 21}
    assert not crowded
