"""A registry finds what its package holds: one file there registers one network, objective, dataset or metric."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vae_core import config as configs
from vae_core.errors import UserError


@dataclass(frozen=True)
class Entry:
    """One registered thing: its name, its config class and what builds it from a config."""

    name: str
    config: type
    build: Callable

    @property
    def caption(self) -> str:
        """The first line of its docstring, which is its caption in the app and in `--help`."""
        return inspect.getdoc(self.build).splitlines()[0]


class Registry:
    """Named entries of one kind. Modules of `package` (but for `_private` ones) are imported at the first look-up."""

    def __init__(self, kind: str, package: str):
        self.kind = kind
        self._package = package
        self._entries: dict[str, Entry] = {}
        self._discovered = False

    def register(self, name: str, config: type) -> Callable:
        """Decorate the class or function that builds from a `config`: `build(config, …)`."""

        def decorate(build: Callable) -> Callable:
            assert name not in self._entries, f"two {self.kind}s are named {name}"
            self._entries[name] = Entry(name, config, build)
            return build

        return decorate

    def _discover(self) -> dict[str, Entry]:
        if not self._discovered:
            package = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(getattr(package, "__path__", [])):
                if not module.name.startswith("_"):
                    importlib.import_module(f"{self._package}.{module.name}")
            self._discovered = True
        return self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self._discover().values(), key=lambda entry: entry.name))

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self]

    def __getitem__(self, name: str) -> Entry:
        """The entry of that name; UserError lists the right names (and the one probably meant)."""
        try:
            return self._discover()[name]
        except KeyError:
            close = difflib.get_close_matches(str(name), self.names, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise UserError(f"There is no {self.kind} {name!r}; there are: {', '.join(self.names)}.{hint}") from None

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
        """The config that `to_json` wrote; UserError if the name or a value is not allowed."""
        values = dict(values)
        config = self[values.pop("name", None)].config
        return config(**configs.checked(config, values))
