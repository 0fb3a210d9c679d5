"""What was changed while a training ran, and when."""

from collections.abc import Mapping
from typing import Any

from components.shared.app import forms
from vae_core.numerals import numeral


def describe_changes(history: list[dict[str, Any]]) -> str:
    """What was changed while a training ran, and in which epoch."""
    found = []
    for record in history:
        for change in record.get("changes", []):
            values = {name: value for name, value in change.items() if name != "batch"}
            found.append(f"{in_words(values)} in epoch {record['epoch']}")
    return "; ".join(found)


def in_words(values: Mapping[str, float]) -> str:
    """As "β 2, learning rate 0.001"."""
    return ", ".join(f"{forms.name_of(name)} {numeral(value, 'g')}" for name, value in values.items())
