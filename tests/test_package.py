"""What `pip install .` installs, and that it works away from the repository."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from vae_core import checkpoints

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = [Requirement(line) for line in PROJECT["dependencies"]]
APP = [Requirement(line) for line in PROJECT["optional-dependencies"]["app"]]
INTO_THE_APP_ALONE = {"av"}
"""Imported by functions of the core that only the app calls."""
IF_INSTALLED = {"pillow_heif"}
"""Imported where it is there."""


def requirements(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True, timeout=100)
    (found,) = folder.iterdir()
    return found


def test_the_wheel_holds_the_core_and_the_shipped_models_and_nothing_else(wheel):
    core = {path.relative_to(ROOT).as_posix() for path in (ROOT / "vae_core").rglob("*.py")}
    core |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "vae_core" / "latent" / "readers").iterdir()}
    folder = ROOT / "checkpoints"
    models = {path.parent for pattern in ("*", "series/*") for path in folder.glob(f"{pattern}/manifest.json")}
    shipped = {f"vae_core/_shipped/{path.relative_to(folder)}" for model in models for path in model.iterdir()}
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    about = {Path(name).name for name in names if ".dist-info/" in name}
    assert {name for name in names if ".dist-info/" not in name} == core | shipped
    assert len(core) > 50 and len(shipped) >= 7 * 8
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE", "NOTICE.md"}


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs the installed command in a folder, without the repository on the path."""
    site = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*command, "--target", site, wheel], check=True, timeout=100)

    def run(*arguments, cwd):
        (program,) = (site / "bin").iterdir()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LATENT_")}
        environment |= {"PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=100
        )

    return run


def test_the_command_finds_the_shipped_models_and_trains_into_the_current_folder(installed, tmp_path):
    command = "train --dataset digits --network mlp --hidden 8 --epochs 1 --out runs/mine".split()
    training = installed(*command, cwd=tmp_path)
    assert training.returncode == 0, training.stderr
    listing = installed("list", cwd=tmp_path)
    assert (listing.returncode, listing.stderr) == (0, "")
    found = {line.split()[0] for line in listing.stdout.splitlines()}
    assert found == {"mine", *(path.parent.name for path in (ROOT / "checkpoints").glob("*/manifest.json"))}


def test_the_repository_keeps_its_models_beside_the_package():
    assert checkpoints.SHIPPED == ROOT / "checkpoints" and not checkpoints.INSTALLED


def test_what_is_installed_is_what_was_tested_up_to_the_next_major_version():
    pins = {requirement.name: requirement for requirement in requirements("requirements.txt")}
    assert {requirement.name for requirement in CORE + APP} == pins.keys()
    for requirement in CORE + APP:
        (pin,) = pins[requirement.name].specifier
        assert pin.operator == "=="
        later = Version(pin.version).major + 1
        assert {str(part) for part in requirement.specifier} == {f">={pin.version}", f"<{later}"}, requirement.name


def test_every_requirement_is_exact():
    for requirement in requirements("requirements.txt") + requirements("requirements-dev.txt"):
        assert re.fullmatch(r"==[\d.]+", str(requirement.specifier)), requirement.name


def test_the_build_backend_is_the_one_that_the_tests_install():
    (backend,) = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert backend in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()


def third_party(path):
    """The installed packages that a source imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top != "vae_core":
                yield top


def test_the_core_imports_only_what_it_declares():
    """Or what a declared package requires itself."""
    brought = {canonicalize_name(requirement.name) for requirement in CORE}
    for name in list(brought):
        brought |= {canonicalize_name(Requirement(line).name) for line in metadata.requires(name) or []}
    distributions = metadata.packages_distributions()
    imported = {top for path in (ROOT / "vae_core").rglob("*.py") for top in third_party(path)}
    assert {"torch", "PIL", "sklearn"} <= imported
    foreign = {
        top for top in imported - IF_INSTALLED if not {canonicalize_name(name) for name in distributions[top]} & brought
    }
    assert foreign == INTO_THE_APP_ALONE
