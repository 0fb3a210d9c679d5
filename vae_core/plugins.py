"""Plug-ins: networks, objectives, datasets, … from outside this package.

An installed package lists its modules under entry points: the group `vae_core.networks` holds those that register a
network, and so on for every registry. Whoever starts the program names further Python files, or folders of them, by
`--plugin PATH` or $LATENT_PLUGINS. Nothing else can name one: no config, link or upload ever reaches this module, and
it is the only one that imports code by its path.
"""

import functools
import hashlib
import importlib
import inspect
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

from vae_core.errors import UserError

VARIABLE = "LATENT_PLUGINS"
KINDS = "vae_core.kinds"

_lock = threading.RLock()  # of one thread: a plug-in may look something up while it is imported
_begun: set[str] = set()
_failures: dict[str, str] = {}


def named() -> list[Path]:
    """The files and folders that $LATENT_PLUGINS names, in order."""
    return [Path(path).resolve() for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]


def start(paths: Iterable[Path] = ()) -> None:
    """Load the named plug-ins and `paths`, at the start of a program. The processes that it launches load them too,
    whatever their working directory."""
    every = dict.fromkeys([*named(), *(path.resolve() for path in paths)])
    if every:
        os.environ[VARIABLE] = os.pathsep.join(map(str, every))
    load()


def load(group: str | None = None) -> None:
    """Import the modules that installed packages list under `group`, then the named plug-ins, each once.

    UserError names the plug-in that cannot be imported or registers a name that is taken, now and at every later call.
    """
    with _lock:
        for point, distribution in _entry_points(group) if group else ():
            _import_once(f"{point.value} of {distribution}", point.module)
        for path in named():
            for file in _files(path):
                _import_once(str(file), f"{_package(file.parent)}.{file.stem}")


def javascript() -> dict[str, Path]:
    """The renderers that plug-ins bring, by the name of their kind.

    `NAME.js` lies in a named folder, beside a named `NAME.py`, or beside the module of an entry point `NAME` in the
    group `vae_core.kinds`. UserError if two plug-ins bring a renderer for one kind.
    """
    load(KINDS)
    found: dict[str, Path] = {}
    for file in _renderers():
        if found.setdefault(file.stem, file) != file:
            raise UserError(f"Two plug-ins bring a renderer for {file.stem}: {found[file.stem]} and {file}.")
    return found


def _renderers() -> Iterator[Path]:
    beside = []
    for point, _ in _entry_points(KINDS):
        module = sys.modules[point.module]
        beside.append(Path(inspect.getfile(module)).with_name(f"{point.name}.js"))
    for path in named():
        beside += sorted(path.glob("*.js")) if path.is_dir() else [path.with_suffix(".js")]
    yield from (file for file in beside if file.is_file())


def _entry_points(group: str) -> list[tuple[metadata.EntryPoint, str]]:
    """The entry points of a group, and the name of the distribution that has each."""
    return [(point, distribution) for point, distribution in _installed() if point.group == group]


@functools.cache
def _installed() -> list[tuple[metadata.EntryPoint, str]]:
    found = [(point, each.name) for each in metadata.distributions() for point in each.entry_points]
    return sorted({(point, name) for point, name in found if point.group.startswith("vae_core.")})


def _files(path: Path) -> list[Path]:
    """The Python files that a path names: itself, or those in the folder, without `_private` ones."""
    if path.is_file() and path.suffix == ".py":
        return [path]
    files = [file for file in sorted(path.glob("*.py")) if not file.name.startswith("_")]
    if not files:
        raise UserError(f"There is no plug-in {path}: name a Python file, or a folder that holds some.")
    return files


def _package(folder: Path) -> str:
    """The name of a package that stands for a folder of plug-ins, so that its files can import each other."""
    name = f"_plugins_{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[name] = module_from_spec(spec)
    return name


def _import_once(plugin: str, module: str) -> None:
    if plugin not in _begun:
        _begun.add(plugin)
        try:
            importlib.import_module(module)
        except (Exception, SystemExit) as error:
            reason = " ".join(str(error).split())
            if not isinstance(error, UserError):
                reason = f"{type(error).__name__}: {reason}"
            _failures[plugin] = f"The plug-in {plugin} cannot be used: {reason}"
    if plugin in _failures:
        raise UserError(_failures[plugin])
