"""The process of one projection's fit: `python -m vae_core.fits.process FOLDER TOKEN`, started by `fits.py`."""

import json
import logging
import os
import sys
import time
from pathlib import Path

from safetensors.torch import save as to_safetensors

from vae_core import checkpoints
from vae_core.errors import UserError
from vae_core.files import write_bytes, write_json
from vae_core.fits import PROGRESS, REQUEST, RESULT, claimed
from vae_core.jobs.process import NICENESS, NO_MEMORY
from vae_core.projections import PROJECTIONS, fit
from vae_core.projections.faithfulness import judge

REPORT_SECONDS = 0.2
FITTING = 0.95
"""The part of the work that fitting is; the rest is judging the map."""

log = logging.getLogger(__name__)


def main(folder: Path, token: str) -> int:
    """Fit, judge, write the result, and start the next one."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    if hasattr(os, "setpriority"):  # the app comes first
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    try:
        content = work(folder)
        status, reason = "done", None
    except Exception as error:  # whatever it is, people must see it on the page instead of a fit that never ends
        log.exception("%s has failed", folder.name)
        content, status, reason = None, "failed", in_words(error)
    with claimed(folder, token) as state:
        if state is None:  # cancelled meanwhile
            return 0
        try:
            if content is not None:
                write_bytes(folder / RESULT, content, durable=False)
        except OSError as error:
            status, reason = "failed", in_words(error)
        state.status, state.reason, state.pid, state.process = status, reason, None, None
    return 0 if status == "done" else 1


def work(folder: Path) -> bytes:
    """Fit what request.json asks for: the tensors as safetensors, with what the map keeps in its metadata."""
    request = json.loads((folder / REQUEST).read_bytes())
    latents = checkpoints.load(request["checkpoint"], digest=request["digest"]).load_latents()
    report = Reporter(folder)
    began = time.monotonic()
    fitted = fit(PROJECTIONS.from_json(request["config"]), latents.posterior.mu, request["dimensions"], report)
    seconds = time.monotonic() - began
    report(1.0, "judging the map")
    metadata = {"faithfulness": json.dumps(judge(fitted, latents.y).to_json()), "seconds": f"{seconds:.1f}"}
    return to_safetensors({name: tensor.contiguous() for name, tensor in fitted.tensors.items()}, metadata)


class Reporter:
    """Writes down how far the fit is, a few times a second."""

    def __init__(self, folder: Path):
        self.folder, self.at, self.doing = folder, 0.0, ""

    def __call__(self, part: float, doing: str) -> None:
        now = time.monotonic()
        if now - self.at >= REPORT_SECONDS or doing != self.doing:
            self.at, self.doing = now, doing
            write_json(self.folder / PROGRESS, {"part": round(FITTING * part, 3), "doing": doing}, durable=False)


def in_words(error: BaseException) -> str:
    """The reason of a failure as one sentence for people."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return "There is not enough memory for this map: take fewer neighbours, or close other programs."
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first or 'no reason given'}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
