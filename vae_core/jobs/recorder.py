"""What a training job writes while it trains: history, resumable state, frames and checkpoints.

History and state are written after every epoch, so that no complete one is lost (`EpochLog`, which a training in the
shell uses too). Frames and checkpoints, which only serve observers, are written less often where they are expensive:
the training spends a small share of its time on them.
"""

import copy
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vae_core.checkpoints.runs import add_epoch, latest_epoch, set_epochs
from vae_core.data import Data
from vae_core.jobs.files import FRAMES, HISTORY, RESUME
from vae_core.jobs.frames import FrameWriter, frame_epochs
from vae_core.metrics import encode_split
from vae_core.model import Model
from vae_core.objectives import OBJECTIVES
from vae_core.training import EpochRecord, TrainConfig, TrainingState

CHECKPOINT_SECONDS, CHECKPOINT_SHARE = 10.0, 0.02
"""A checkpoint is due this many seconds after the last one, later if it would cost more than this share of the time."""

FRAME_SECONDS, DURABLE_SECONDS = 0.5, 5.0


class EpochLog:
    """What a training resumes from: after every epoch a line in the history in `folder`, then the state in `resume`.

    The order matters: a training that resumes cuts the history back to the epoch of its state. `history` holds the
    records of all epochs so far. Raises OSError if something cannot be written; what was written before stays whole.
    """

    def __init__(self, folder: Path, resume: Path, history: list[dict[str, Any]]):
        self.resume, self.history = resume, history
        self.lines = (folder / HISTORY).open("ab")
        self.durable_at = time.monotonic()

    def add(self, record: EpochRecord) -> None:
        now = time.monotonic()
        durable = now - self.durable_at >= DURABLE_SECONDS
        self.history.append(record.to_json())
        self.lines.write(json.dumps(self.history[-1]).encode() + b"\n")
        self.lines.flush()
        if durable:
            os.fsync(self.lines.fileno())
        record.state.save(self.resume, durable=durable)
        self.durable_at = now if durable else self.durable_at

    def close(self) -> None:
        self.lines.close()


class Recorder:
    """Called with the record of each epoch. `history` holds the previous epochs; `seconds` is the time of each part.

    Raises OSError if something cannot be written; what was written before stays whole.
    """

    def __init__(self, folder: Path, config: TrainConfig, data: Data, history: list[dict[str, Any]]):
        self.folder, self.config, self.data = folder, config, data
        self.seconds: dict[str, float] = defaultdict(float)
        with self._part("frames"):
            self.frames = FrameWriter(folder / FRAMES, config, data)
            self.frames.forget_after(len(history))
        self.log = EpochLog(folder, folder / RESUME, history)
        self.ranked = OBJECTIVES.of(config.objective).build.ranked
        self.best_written = 0
        self.frame_at = self.checkpoint_at = time.monotonic()
        self.checkpoint_cost = 0.0

    def __call__(self, record: EpochRecord) -> None:
        state, now = record.state, time.monotonic()
        with self._part("history and state"):
            score = -record.test["elbo"]
            if state.best is None or score < state.best.score or not self.ranked:
                state.take_best(score)
            self.log.add(record)
        if self.frames.is_kept(state.epoch) or now - self.frame_at >= FRAME_SECONDS:
            with self._part("frames"):
                self.frames.write(state.epoch, state.model, record.encoded)
            self.frame_at = now
        pause = max(CHECKPOINT_SECONDS, self.checkpoint_cost / CHECKPOINT_SHARE)
        if not latest_epoch(self.folder) or now - self.checkpoint_at >= pause:
            self._checkpoint(state)

    def finish(self, state: TrainingState) -> None:
        """Write the frame and the checkpoint of the last epoch, after a training is done or was stopped."""
        if state.epoch not in frame_epochs(self.folder / FRAMES):
            with self._part("frames"):
                self.frames.write(state.epoch, state.model, encode_split(state.model, self.data.test))
        self.frames.finish()
        self._checkpoint(state, keep=1)
        self.log.close()

    def _checkpoint(self, state: TrainingState, **options: Any) -> None:
        best, started = state.best, time.monotonic()
        assert best is not None, "every recorded epoch has a best one up to it"
        with self._part("checkpoints"):
            if self.best_written < best.epoch < state.epoch:
                model = copy.deepcopy(state.model)
                model.load_state_dict(best.weights, strict=True)
                self._add(best.epoch, model)
            self._add(state.epoch, state.model)
            set_epochs(self.folder, state.epoch, best.epoch, **options)
        self.best_written = best.epoch
        self.checkpoint_at = time.monotonic()
        self.checkpoint_cost = self.checkpoint_at - started

    def _add(self, epoch: int, model: Model) -> None:
        add_epoch(self.folder, epoch, model, self.config, self.data, self.log.history[:epoch])

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - started
