"""What things are called: an example of a model's data, as in "12 images", "an image" and "nats/image", a dimension, a
model."""

import re
from collections import Counter
from collections.abc import Iterable

from vae_core import datasets
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.kinds import unit, units
from vae_core.numerals import numeral
from vae_core.objectives import OBJECTIVES
from vae_core.reading import shown
from vae_core.training import TrainConfig

__all__ = ["escaped", "one", "prepared", "quoted", "spoken", "title", "titles", "unit", "units", "z_name"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#!|~$^@]|:(?=\S))")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def one(spec: DataSpec) -> str:
    """One example with its article."""
    name = unit(spec)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def prepared(config: TrainConfig, unit: str) -> str:
    """What losses are per: the unit, and how examples were prepared where losses of others do not compare."""
    return f"{datasets.protocol(config.dataset)} {unit}".lstrip()


def quoted(text: str) -> str:
    """What a link or a file says, in a page's sentence: in quotes, short, and never read as Markdown."""
    return f"“{escaped(shown(text))}”"


def escaped(text: str) -> str:
    """A text with a stranger's words in it that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def number(value: float, form: str = "") -> str:
    """A number as it is read: with a minus sign, and not a hyphen, before it; without a `form`, with a decimal unless
    it has four digits already."""
    form = form or (".1f" if abs(value) < 999.95 else ".0f")
    return numeral(value, form)


def z_name(dim: int) -> str:
    """What dimension 12 is called, "z₁₂", as the page's own zName has it."""
    return "z" + str(dim).translate(_SUBSCRIPTS)


def spoken(classes: Iterable[str]) -> list[str]:
    """The names of classes, told apart when they are read aloud: "C (capital)" where there is a c as well."""
    names = list(classes)

    def case(name: str) -> str:
        other = name.swapcase()
        alike = len(name) == 1 and other != name and other in names
        return f"{name} ({'capital' if name.isupper() else 'small'})" if alike else name

    return list(map(case, names))


def title(config: TrainConfig) -> str:
    """What a person calls a model, "Handwritten digits, 2 numbers". Several may be called the same: their names tell
    them apart."""
    dim = config.latent_dim
    how = OBJECTIVES.of(config.objective).build.title
    parts = (
        datasets.title(config.dataset) + (" by class" if config.conditional else ""),
        "1 number" if dim == 1 else f"{dim} numbers",
        how,
    )
    return ", ".join(part for part in parts if part)


def titles(models: Iterable[Checkpoint]) -> dict[str, str]:
    """The titles of models by name, where several are called the same with the name."""
    found = {model.name: title(model.train_config) for model in models}
    times = Counter(found.values())
    return {name: text if times[text] == 1 else f"{text} ({name})" for name, text in found.items()}
