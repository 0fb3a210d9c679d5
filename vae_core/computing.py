"""How a process computes: how many threads, how they wait for each other (settings of the environment that OpenMP reads
when torch is imported), and what its garbage collector looks through."""

import atexit
import gc
import os
from collections.abc import MutableMapping

from vae_core.limits import whole

AT_ONCE_VARIABLE, THREADS_VARIABLE = "LATENT_JOBS_AT_ONCE", "LATENT_JOB_THREADS"
AT_ONCE = 2
NUMBER = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def at_once() -> int:
    """How many trainings run at once: $LATENT_JOBS_AT_ONCE, else two."""
    return whole(AT_ONCE_VARIABLE, AT_ONCE)


def threads() -> int:
    """Threads that a training computes with: $LATENT_JOB_THREADS, else the cores shared by the jobs, at most 4."""
    return whole(THREADS_VARIABLE, max(1, min(4, (os.cpu_count() or 1) // at_once())))


def sleep_while_waiting(environment: MutableMapping[str, str]) -> None:
    """Threads that wait for each other sleep, unless the environment already says how they wait. Spinning, they take
    the core from whatever else runs, and one that is held up holds up the others."""
    if not any(name in environment for name in WAITING):
        environment["OMP_WAIT_POLICY"] = "PASSIVE"


def share_the_machine(environment: MutableMapping[str, str]) -> None:
    """The settings of a training job for a process that is about to import torch; what the user set stays."""
    sleep_while_waiting(environment)
    if not any(name in environment for name in NUMBER):
        environment["OMP_NUM_THREADS"] = str(threads())


def pause_the_collector() -> None:
    """No garbage collections until `spare_the_collector`: while a program is imported there is none, and they take a
    fifth of the time."""
    gc.disable()


def spare_the_collector() -> None:
    """From now on, the garbage collector leaves out what a program has imported and loaded, and at its end everything.

    None of that is ever garbage, but with PyTorch it takes a full collection 80 ms to find out, and the one at the end
    a quarter of a second.
    """
    gc.enable()
    gc.freeze()
    atexit.register(gc.freeze)
