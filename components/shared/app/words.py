"""What one example of a model's data is called, as in "12 images", "an image" and "nats/image"."""

from vae_core.data import DataSpec
from vae_core.kinds import unit, units

__all__ = ["one", "unit", "units"]


def one(spec: DataSpec) -> str:
    """One example with its article."""
    name = unit(spec)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
