"""The checkpoints in a training job's run folder: one every few epochs.

Each is a checkpoint folder of its own, `epochs/000012`, moved there in one step and never changed; replacing
`epochs.json`, which names the latest and the best, is the commit. A kill at any instant leaves what was there readable.
"""

import logging
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from vae_core.checkpoints import EPOCHS, INDEX, Checkpoint, epochs_index, load, open_folder
from vae_core.checkpoints.files import write_folder
from vae_core.data import Data
from vae_core.errors import UserError
from vae_core.files import hide, new_folder, write_json
from vae_core.model import Model
from vae_core.training import TrainConfig

KEPT = 3
"""Latest checkpoints kept of a running job, so that a page that shows one can still load it."""

log = logging.getLogger(__name__)


def latest_epoch(run: Path) -> int:
    """The epoch of the run's current checkpoint; 0 before the first."""
    index = epochs_index(run)
    return 0 if index is None else int(index["latest"])


def best(run: Path) -> Checkpoint | None:
    """The checkpoint of a run's best epoch, with the lowest −ELBO on the held-out examples; None before the first.

    Raises UserError if it is broken.
    """
    index = epochs_index(run)
    return None if index is None else load(run / EPOCHS / index["best"])


def add_epoch(
    run: Path, epoch: int, model: Model, config: TrainConfig, data: Data, history: list[dict[str, Any]]
) -> None:
    """Write the checkpoint of one epoch of a run, unless it exists; `set_epochs` publishes it. Raises OSError."""
    folder = run / EPOCHS / f"{epoch:06d}"
    folder.parent.mkdir(exist_ok=True)
    if folder.is_dir():
        try:
            return open_folder(folder).verify()
        except UserError as error:
            log.warning("Writing it again: %s", error)
            shutil.rmtree(folder)
    staging = new_folder(folder)
    try:
        write_folder(staging, run.name, model, config, data, history)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)  # gone, unless something failed


def set_epochs(run: Path, latest: int, best: int, keep: int = KEPT) -> None:
    """Publish the run's latest and best epoch, both written by `add_epoch`, and delete all others but the last `keep`.

    Raises OSError.
    """
    index = {"latest": f"{latest:06d}", "best": f"{best:06d}"}
    write_json(run / INDEX, index)
    folders = [folder for folder in (run / EPOCHS).iterdir() if folder.name.isdecimal()]
    for folder in sorted(folders, key=lambda folder: int(folder.name))[:-keep]:
        if folder.name not in index.values():
            with suppress(OSError):  # on Windows one that is being read stays until the next time
                shutil.rmtree(hide(folder))
