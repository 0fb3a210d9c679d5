"""What one example of a model's data is called, as in "12 images", "an image" and "nats/image", and a dimension."""

from vae_core.data import DataSpec
from vae_core.kinds import unit, units

__all__ = ["one", "unit", "units", "z_name"]

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def one(spec: DataSpec) -> str:
    """One example with its article."""
    name = unit(spec)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def z_name(dim: int) -> str:
    """What dimension 12 is called, "z₁₂", as the page's own zName has it."""
    return "z" + str(dim).translate(_SUBSCRIPTS)
