"""What the tests of job processes share: small trainings, waiting, and killing."""

import dataclasses
import os
import signal
import time

import torch

from vae_core import jobs
from vae_core.jobs.files import State
from vae_core.networks import mlp
from vae_core.objectives import beta_vae
from vae_core.processes import identity
from vae_core.training import TrainConfig, train

QUICK = TrainConfig(
    network=mlp.Config(hidden=(16,)), objective=beta_vae.Config(2.0), epochs=25, batch_size=128, lr=3e-3
)
ENDLESS = dataclasses.replace(QUICK, epochs=100_000)
PATIENCE = 60.0


def end_all(root):
    for job in jobs.find(root):
        job.delete()


def start(root, config=QUICK, name="job", **options):
    return jobs.start(config, name, root=root, threads=1, **options)


def until(condition, patience=PATIENCE):
    """Wait for what a process is about to do; returns what the condition gave."""
    began = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - began < patience, "waited in vain"
        time.sleep(0.01)
    return found


def until_epoch(job, epoch):
    until(lambda: len(job.history()) >= epoch)
    return job.refresh()


def until_epoch_or_end(job, epoch):
    until(lambda: len(job.history()) >= epoch or not job.refresh().active)


def pid_of(job):
    return State.read(job.path).pid


def kill(job):
    """kill -9, as the system does it when memory is short. Returns whether there was something to kill."""
    state = State.read(job.path)
    if not state.alive:
        return False
    os.kill(state.pid, signal.SIGKILL)
    until(lambda: identity(state.pid) is None)
    return True


def weights_of(job):
    return job.checkpoint().load_model().state_dict()


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def undisturbed(config, data, changes=()):
    """The weights of a training that nobody touches, with the live changes at the batches where they were taken."""

    def controls(epoch, batch):
        return {change["name"]: change["value"] for change in changes if change["at"] == [epoch, batch]}

    # As in `start`: the last bits of a sum depend on the number of threads, and UMAP's compiler sets PyTorch's to the
    # number of cores wherever a map was fitted before (numba and PyTorch share one OpenMP).
    torch.set_num_threads(1)
    *_, last = train(config, data, controls=controls)
    return last.state.model.state_dict()
