"""Routes of what the Anomalies page downloads: scores, the series, and a threshold that is fitted."""

from typing import Any

from safetensors.torch import save as save_safetensors
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from components.anomalies.scoring import available, scores, series, tail
from components.shared.app import models
from components.shared.app.assets import IMMUTABLE
from components.shared.app.traffic import queue
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.reading import whole_in


def url(what: str, checkpoint: Checkpoint) -> str:
    """Where the page downloads `scores`, `series` or, with a query, `tail`."""
    return f"/anomalies/{what}/{checkpoint.name}/{checkpoint.digest[:16]}"


def _scores(checkpoint: Checkpoint) -> bytes:
    latents = models.latents(checkpoint)
    first = {} if latents.first is None else {"first": latents.first.float()}
    return save_safetensors({**scores(checkpoint), "y": latents.y.float(), **first})


def _series(checkpoint: Checkpoint) -> bytes:
    return save_safetensors({name: tensor.contiguous() for name, tensor in series(checkpoint).items()})


MADE = {"scores": _scores, "series": _series}


async def serve(request: Request) -> Response:
    """A file made from a checkpoint, as safetensors. `tail` gives {"threshold"} for `?score=NAME&normal=0,2`, or the
    {"reason"} for which there is none."""
    try:
        return await queue.queued(queue.FILES, request, _served, request.path_params, dict(request.query_params))
    except UserError as error:
        return PlainTextResponse(str(error), 404)


def _served(path: dict[str, Any], query: dict[str, str]) -> Response:
    checkpoint = checkpoints.load(path["name"], digest=path["digest"])
    if checkpoint.digest[:16] != path["digest"]:
        raise UserError(f"Checkpoint {path['name']} has changed; reload the page.")
    if path["what"] == "tail":
        return JSONResponse(_tail(checkpoint, query), headers=IMMUTABLE)
    if path["what"] not in MADE:
        raise UserError("There is no such file.")
    content = models.per_checkpoint(MADE[path["what"]], checkpoint)
    return Response(content, media_type="application/octet-stream", headers=IMMUTABLE)


def _tail(checkpoint: Checkpoint, query: dict[str, str]) -> dict[str, float | str]:
    n_classes, score = len(checkpoint.spec.classes), query.get("score", "")
    if score not in available(checkpoint):
        raise UserError(f"score must be one of {', '.join(available(checkpoint))}.")
    normal = None
    if "normal" in query:
        found = [whole_in(part, 0, n_classes - 1) for part in query["normal"].split(",")[: n_classes + 1]]
        normal = tuple(sorted({label for label in found if label is not None}))
        if None in found or len(found) > n_classes:
            raise UserError(f"normal must be classes, numbers from 0 to {n_classes - 1}.")
    try:
        return {"threshold": tail(checkpoint.name, checkpoint.digest, score, normal)}
    except UserError as error:  # too few examples
        return {"reason": str(error)}


routes = [Route("/anomalies/{what}/{name}/{digest}", serve)]
