"""What one example of a model's data is called, as in "12 images", "an image" and "nats/image"."""

from vae_core.data import DataSpec

UNITS = {
    "image": "image",
    "tiles": "level",
    "text": "sentence",
    "notes": "tune",
    "series": "window",
    "records": "record",
}


def unit(spec: DataSpec) -> str:
    """One example, by the spec's kind: nats are counted per this."""
    return UNITS[spec.kind]


def units(spec: DataSpec) -> str:
    """Several examples."""
    return unit(spec) + "s"


def one(spec: DataSpec) -> str:
    """One example with its article."""
    name = unit(spec)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
