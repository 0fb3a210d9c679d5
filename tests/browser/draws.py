"""The points that a page draws from a sampler by a seed, computed here from the same numbers."""

import math

import numpy as np

MASK = 2**32 - 1


def uniform(seed):
    """mulberry32 (Tommy Ettinger), as C has it."""
    state = seed & MASK
    while True:
        state = (state + 0x6D2B79F5) & MASK
        t = ((state ^ (state >> 15)) * (state | 1)) & MASK
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & MASK)) & MASK
        yield (t ^ (t >> 14)) / 2**32


def drawn(found, seed, label=None):
    """A point: a uniform number chooses among several Gaussians, pairs of them make normal numbers (Box & Muller)."""
    chance = uniform(seed)
    values = {name: tensor.numpy().astype(np.float64) for name, tensor in found.items()}
    here = np.arange(len(values["weights"])) if label is None else np.flatnonzero(values["y"] == label)
    chosen = here[0]
    if len(here) > 1:
        sums = values["weights"][here].cumsum()
        chosen = here[np.searchsorted(sums, next(chance) * sums[-1], side="right")]
    dim = values["means"].shape[1]
    noise = np.array(
        [math.sqrt(-2 * math.log(1 - next(chance))) * math.cos(2 * math.pi * next(chance)) for _ in range(dim)]
    )
    factor = values["factors"][chosen]
    return values["means"][chosen] + (factor @ noise if factor.ndim == 2 else factor * noise)
