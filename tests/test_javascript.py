"""The page's modules without a browser, where Node.js is there: their syntax, and tests/js. Nothing else needs it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NODE = shutil.which("node")
LEAST = (20, 19)
"""From this version on Node.js takes a .js file for a module by its syntax."""


def _version() -> tuple[int, ...]:
    found = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", found)[:2])


def _missing() -> str | None:
    if NODE is None:
        return "Node.js is not installed here; the browser tests run the same modules"
    return None if _version() >= LEAST else f"Node.js is older than {'.'.join(map(str, LEAST))}"


MISSING = _missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

# `node --check` takes .js files for scripts and overlooks what is wrong in a module.
PARSE = """
const { SourceTextModule } = require("vm");
const { readFileSync } = require("fs");
const faults = process.argv.slice(1).flatMap((path) => {
  try {
    new SourceTextModule(readFileSync(path, "utf8"));
    return [];
  } catch ({ message }) {
    return [[path, message]];
  }
});
console.log(JSON.stringify(faults));
"""


def faults(*paths: Path) -> list[list[str]]:
    """Which modules cannot be parsed, and why."""
    command = [NODE, "--experimental-vm-modules", "--no-warnings", "--eval", PARSE, "--", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_every_module_can_be_parsed():
    modules = sorted((ROOT / "components").rglob("*.js"))
    assert len(modules) > 50 and faults(*modules) == []


def test_a_planted_fault_is_found(tmp_path):
    (tmp_path / "sound.js").write_text('import { x } from "./y.js";\nexport const two = await x;')
    (tmp_path / "broken.js").write_text('import { x } from "./y.js";\nexport const = 2;')
    found = faults(tmp_path / "sound.js", tmp_path / "broken.js")
    assert [Path(path).name for path, _ in found] == ["broken.js"]


def test_the_modules_own_tests_pass():
    tests = sorted(map(str, (ROOT / "tests" / "js").glob("*.test.mjs")))
    command = [NODE, "--test", "--test-reporter", "tap", *tests]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stdout[-6000:]
    passed = re.search(r"^# pass (\d+)$", run.stdout, re.MULTILINE)
    assert passed and int(passed[1]) >= 40, run.stdout[-2000:]
