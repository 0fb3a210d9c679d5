"""Fits of projections as real processes: done, kept, cancelled by a kill, failed with a reason, one at a time."""

import os
import signal
import time

import pytest

from vae_core import checkpoints, computing, fits
from vae_core.errors import UserError
from vae_core.files import write_json
from vae_core.fits import process as fit_process
from vae_core.processes import identity
from vae_core.projections import tsne
from vae_core.projections.faithfulness import Faithfulness

QUICK = tsne.Config(iterations=250)
LONG = tsne.Config(iterations=5000, perplexity=100)
PATIENCE = 100.0


@pytest.fixture
def checkpoint(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(computing, "threads", lambda: 1)
    yield checkpoints.load(folder)
    for state in fits.states(fits.root()).values():
        if state.alive:
            os.kill(state.pid, signal.SIGKILL)
            until(lambda pid=state.pid: identity(pid) is None)


@pytest.fixture
def forked(server, monkeypatch):
    """The processes of fits are forked; the test without this starts one as the app does."""
    monkeypatch.setattr(fits, "spawn", server.spawn_fit)


def until(condition):
    began = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.02)
    return found


def finished(checkpoint, config, dimensions=2):
    fit = until(lambda: (fit := fits.look(checkpoint, config, dimensions)) and not fit.active and fit)
    return fit


def test_a_fit_is_kept_with_its_judgement_and_had_at_once_the_next_time(checkpoint):
    latents = checkpoint.load_latents()
    assert fits.look(checkpoint, QUICK, 3) is None and fits.ready(checkpoint, latents, QUICK, 3) is None
    first = fits.start(checkpoint, QUICK, 3)
    assert first.active and 0 <= first.part <= 1
    assert finished(checkpoint, QUICK, 3).status == "done"
    fitted = fits.ready(checkpoint, latents, QUICK, 3)
    assert fitted.flat.shape == (359, 3) and fitted.flat.isfinite().all() and fitted.config == QUICK
    found = fits.faithfulness(checkpoint, QUICK, 3)
    assert isinstance(found, Faithfulness) and 0.8 < found.trustworthiness <= 1 and 0 < found.inverse_error < 1
    assert fits.ready(checkpoint, latents, QUICK, 2) is None  # another map


def test_a_cancelled_fit_is_killed_at_once_and_the_next_one_starts(checkpoint, forked):
    fits.start(checkpoint, LONG, 2)
    waiting = fits.start(checkpoint, QUICK, 2)
    assert (waiting.status, waiting.position) == ("queued", 1)
    running = fits.State.read(fits.place(checkpoint, LONG, 2))
    assert running.alive
    until(lambda: fits.look(checkpoint, LONG, 2).part > 0)  # in the middle of it
    fits.cancel(checkpoint, LONG, 2)
    until(lambda: identity(running.pid) is None)
    assert fits.look(checkpoint, LONG, 2).status == "cancelled"
    assert fits.look(checkpoint, QUICK, 2).status == "running"
    fits.cancel(checkpoint, QUICK, 2)
    assert fits.look(checkpoint, QUICK, 2).status == "cancelled"
    assert fits.ready(checkpoint, checkpoint.load_latents(), QUICK, 2) is None


def test_a_fit_that_fails_or_is_killed_says_why_and_can_be_tried_again(checkpoint, forked):
    fits.start(checkpoint, LONG, 2)
    os.kill(fits.State.read(fits.place(checkpoint, LONG, 2)).pid, signal.SIGKILL)
    fit = finished(checkpoint, LONG, 2)
    assert fit.status == "failed" and "it may have been killed" in fit.reason
    (checkpoint.path / "latents.safetensors").write_bytes(b"broken")  # found by the process, not by who asks
    folder = fits.place(checkpoint, QUICK, 2)
    folder.mkdir()
    request = {"checkpoint": str(checkpoint.path), "digest": checkpoint.digest, "config": {"name": "tsne"}}
    write_json(folder / fits.REQUEST, request | {"dimensions": 2})
    fits.State("queued", 9).write(folder)
    fit = finished(checkpoint, QUICK, 2)
    assert fit.status == "failed" and "latents.safetensors is not the file that was saved" in fit.reason


def test_a_process_that_a_fit_does_not_belong_to_leaves_it_alone(checkpoint, forked):
    fits.start(checkpoint, LONG, 2)
    folder = fits.place(checkpoint, LONG, 2)
    before = fits.State.read(folder)
    assert fit_process.main(folder, "another token") == 0
    assert fits.State.read(folder) == before and before.alive
    fits.cancel(checkpoint, LONG, 2)
    assert fit_process.main(folder, before.token) == 0  # it was slow to begin
    assert fits.State.read(folder).status == "cancelled" and not (folder / fits.RESULT).exists()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("Mend this."), "Mend this."),
        (MemoryError(), "There is not enough memory for this map: take fewer neighbours"),
        (OSError(28, "No space left on device"), "The disk is full"),
        (KeyError("two\nlines"), "KeyError: "),
    ],
)
def test_reasons_are_one_sentence(error, words):
    reason = fit_process.failure_reason(error)
    assert words in reason and "\n" not in reason
