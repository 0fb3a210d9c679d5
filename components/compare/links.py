"""What a link carries of models side by side, as in `?show=noise&example=12&noise=gaussian&strength=0.40`."""

from dataclasses import dataclass

import streamlit as st

from components.shared.app import samplers
from components.shared.app.addresses import links
from components.shared.app.addresses.links import read_whole
from vae_core.checkpoints import Checkpoint
from vae_core.numerals import numeral
from vae_core.objectives.denoising import NOISES
from vae_core.reading import numbers_in

SHOWS = ("examples", "noise", "samples", "traversal")
SEEDS = 1_000_000
REACH = 3.0
"""σ of the prior to each side that a dimension is walked."""
OWN = ("show", "example", "seed", "dim", "at", "ranked", "from", "noise", "strength", samplers.PARAMETER)


@dataclass(frozen=True)
class Seen:
    """What the page shows, as side_by_side.js has it: what is compared, the number of the held-out example, the seed of
    samples and what draws them (None: in each model what is usual there), the noise and its strength, and of the
    traversal the dimension, counted by what dimensions carry if `ranked`, and the place on it in σ; `start`: it starts
    at the example."""

    show: str = "examples"
    example: int = 0
    seed: int = 0
    sampler: str | None = None
    kind: str = "gaussian"
    strength: float = 0.4
    dim: int = 0
    at: float = 0.0
    ranked: bool = False
    start: bool = True


def view(source: Checkpoint, n_examples: int, latent_dim: int) -> Seen:
    """What the link says of models that are given examples of `source`. The rest is dropped, with a warning."""
    usual = Seen()
    show = links.read_words("show", lambda words: words[0] in SHOWS, f"one of {', '.join(SHOWS)} is needed", source)
    kind = links.read_words("noise", lambda words: words[0] in NOISES, f"one of {', '.join(NOISES)} is needed", source)
    strength, at = _number("strength", 0, 1, source), _number("at", -REACH, REACH, source)
    flags = {name: read_whole(name, 2, source) for name in ("ranked", "from")}
    return Seen(
        show=show[0] if show else usual.show,
        example=read_whole("example", max(1, n_examples), source) or usual.example,
        seed=read_whole("seed", SEEDS, source) or usual.seed,
        sampler=samplers.wanted(source),
        kind=kind[0] if kind else usual.kind,
        strength=usual.strength if strength is None else strength,
        dim=read_whole("dim", latent_dim, source) or usual.dim,
        at=usual.at if at is None else at,
        ranked=bool(flags["ranked"]),
        start=flags["from"] != 0,
    )


def _number(name: str, low: float, high: float, source: Checkpoint) -> float | None:
    text = st.query_params.get(name)
    found = None if text is None else numbers_in(text, links.FARTHEST)
    if found and len(found) == 1 and low <= found[0] <= high:
        return found[0]
    if text is not None:
        bounds = f"{numeral(low, 'g')} to {numeral(high, 'g')}"
        st.warning(f"The link's {name} does not fit {source.name}: a number from {bounds} is needed.")
    return None


def parameters(seen: Seen) -> dict[str, str]:
    """What the page shows as link parameters, without what does not bear on it; side_by_side.js writes the same."""
    example = {"show": seen.show, "example": str(seen.example)}
    sampler = {samplers.PARAMETER: seen.sampler} if seen.sampler else {}
    return {
        "examples": example,
        "noise": example | {"noise": seen.kind, "strength": f"{seen.strength:.2f}"},
        "samples": {"show": seen.show, "seed": str(seen.seed)} | sampler,
        "traversal": example
        | {
            "dim": str(seen.dim),
            "at": f"{seen.at:.2f}",
            "ranked": str(int(seen.ranked)),
            "from": str(int(seen.start)),
        },
    }[seen.show]
