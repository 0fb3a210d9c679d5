"""The process of one projection's fit, a task (`vae_core.task`) that `fits` starts."""

import json
import logging
import time
from pathlib import Path

from safetensors.torch import save as to_safetensors

from vae_core import checkpoints, processes
from vae_core.errors import UserError
from vae_core.files import write_bytes, write_json
from vae_core.fits import PROGRESS, REQUEST, RESULT, State, run_queue
from vae_core.processes import Superseded
from vae_core.projections import PROJECTIONS, fit
from vae_core.projections.faithfulness import judge
from vae_core.reading import Values, read_json

REPORT_SECONDS = 0.2
FITTING = 0.95
"""The share of the work that is fitting; the rest is judging the map."""

log = logging.getLogger(__name__)


def main(folder: Path, token: str) -> int:
    """Fit, judge, write the result, and start the next one. Returns the exit status."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    try:
        with State.changed(folder, token) as state:
            state.hold()
        try:
            content, reason = work(folder), None
        except Exception as error:  # any error at all: the page must show it instead of a fit that never ends
            log.exception("%s has failed", folder.name)
            content, reason = None, failure_reason(error)
        status = end(folder, token, content, reason)
    except Superseded:  # cancelled, or started again
        return 0
    except UserError as error:
        log.error("The end of %s could not be recorded: %s", folder.name, error)
        return 1
    return 0 if status == "done" else 1


def end(folder: Path, token: str, content: bytes | None, reason: str | None) -> str:
    """Write the result, record how the fit ended, and start the next one. Returns the status."""
    with State.changed(folder, token) as state:
        try:
            if content is not None:
                write_bytes(folder / RESULT, content, durable=False)
        except OSError as error:
            reason = failure_reason(error)
        state.status, state.reason = "done" if reason is None else "failed", reason
        state.release()
    run_queue(folder.parent)
    return state.status


def work(folder: Path) -> bytes:
    """Fit what request.json asks for. Returns a safetensors file: the map's tensors, with its quality as metadata."""
    request = Values(read_json(folder / REQUEST, REQUEST), REQUEST)
    checkpoint = checkpoints.load(request.text("checkpoint", 4096), digest=request.text("digest"))
    latents = checkpoint.load_latents()
    report = Reporter(folder)
    began = time.monotonic()
    config, dimensions = PROJECTIONS.from_json(request.inside("config").values), request.whole("dimensions", 1, 3)
    fitted = fit(config, latents.posterior.mu, dimensions, report)
    seconds = time.monotonic() - began
    report(1.0, "judging the map")
    metadata = {"faithfulness": json.dumps(judge(fitted, latents.y).to_json()), "seconds": f"{seconds:.1f}"}
    return to_safetensors({name: tensor.contiguous() for name, tensor in fitted.tensors.items()}, metadata)


class Reporter:
    """Records the fit's progress a few times a second."""

    def __init__(self, folder: Path):
        self.folder, self.at, self.doing = folder, 0.0, ""

    def __call__(self, part: float, doing: str) -> None:
        now = time.monotonic()
        if now - self.at >= REPORT_SECONDS or doing != self.doing:
            self.at, self.doing = now, doing
            write_json(self.folder / PROGRESS, {"part": round(FITTING * part, 3), "doing": doing}, durable=False)


def failure_reason(error: BaseException) -> str:
    """Why the fit failed, in one sentence for its user."""
    return processes.failure_reason(
        error,
        no_memory="for this map: take fewer neighbours, or close other programs.",
        no_space="free some space and try again.",
    )
