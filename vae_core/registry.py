"""Registries: one file in a package, or a plug-in, registers one network, objective, dataset or other part."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vae_core import config as configs
from vae_core import plugins
from vae_core.errors import UserError
from vae_core.reading import shown


@dataclass(frozen=True)
class Entry:
    """One registered thing: its name, its config class, and the class or function that builds it from a config.

    `build` is Any: beside being called, it carries what the registry's package reads before anything is built, such as
    an objective's `variational` or a dataset's `held_out`.
    """

    name: str
    config: type
    build: Any

    @property
    def title(self) -> str:
        """What a person calls it: the `title` of its config or of what it builds, else its name with spaces for
        underscores."""
        titles = (getattr(each, "title", "") for each in (self.config, self.build))
        return next(filter(None, titles), self.name.replace("_", " "))

    @property
    def caption(self) -> str:
        """The first line of its docstring, which is its caption in the app and in `--help`."""
        return (inspect.getdoc(self.build) or "").partition("\n")[0]


class Registry:
    """Named entries of one kind. The first look-up imports the modules of `package` except `_private` ones, then the
    plug-ins: entry points in the group of the package's name, then the files that `plugins` was given."""

    def __init__(self, kind: str, package: str):
        self.kind = kind
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._discovered = False

    def register(self, name: str, config: type) -> Callable:
        """Decorate the class or function that builds from a `config`: `build(config, …)`.

        UserError if the name is taken or the docstring, whose first line is the caption, is missing.
        """

        def decorate(build: Callable) -> Callable:
            if not f"{build.__module__}.".startswith(f"{self._package}."):
                self._import_package()  # first, so that a taken name is blamed on the plug-in and not on the package
            if name in self._entries:
                raise UserError(f"Another {self.kind} is named {name!r}.")
            if not inspect.getdoc(build):
                raise UserError(f"The {self.kind} {name!r} has no docstring, whose first line would be its caption.")
            self._entries[name] = Entry(name, config, build)
            return build

        return decorate

    def _discover(self) -> dict[str, Entry]:
        if not self._discovered:
            self._import_package()
            plugins.load(self._package)
            self._discovered = True
        return self._entries

    def _import_package(self) -> None:
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(getattr(package, "__path__", [])):
            if not module.name.startswith("_"):
                importlib.import_module(f"{self._package}.{module.name}")

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self._discover().values(), key=lambda entry: entry.name))

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self]

    def __getitem__(self, name: str) -> Entry:
        """The entry of that name; UserError lists the known names and suggests the closest."""
        try:
            return self._discover()[name]
        except (KeyError, TypeError):  # no name at all, from a file or a link
            called = shown(name)
            close = difflib.get_close_matches(called, self.names, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            called = repr(called) if isinstance(name, str) else called
            raise UserError(f"There is no {self.kind} {called}; there are: {', '.join(self.names)}.{hint}") from None

    def of(self, config: Any) -> Entry:
        """The entry that a config instance belongs to."""
        for entry in self:
            if type(config) is entry.config:
                return entry
        raise UserError(f"{type(config).__qualname__} is not the config of any {self.kind}.")

    def build(self, config: Any, *args: Any, **kwargs: Any) -> Any:
        """Build what `config` describes, after checking its values."""
        return self.of(config).build(configs.check(config), *args, **kwargs)

    def to_json(self, config: Any) -> dict[str, Any]:
        """`{"name": …, option: value, …}`."""
        return {"name": self.of(config).name, **configs.plain(config)}

    def from_json(self, values: Mapping[str, Any]) -> Any:
        """The config that `to_json` wrote; UserError for an unknown name or a value that is not allowed."""
        if not isinstance(values, Mapping):
            raise UserError(f"A {self.kind} is described by a JSON object, not by {shown(values)}.")
        values = dict(values)
        config = self[values.pop("name", None)].config
        return config(**configs.checked(config, values))
