"""Routes that judge and repair long levels. Codes come as the page shows them: at most 20 windows."""

import torch
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from torch import Tensor

from components.levels.links import WINDOWS
from components.levels.making import SAMPLES, maker, playable_samples, rounded, suits
from components.shared.app.exports import MAX_NAME, answer, asked_checkpoint
from components.shared.app.traffic import queue
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.kinds.tiles.playability import farthest_way
from vae_core.reading import Values

FARTHEST = 1000.0
NO_STORE = {"Cache-Control": "no-store"}


async def check(request: Request) -> Response:
    """POST {checkpoint, codes [N][D]} -> {playable, path: [[row, column], …], end, samples, playable_samples}.

    `end` is the last column that can be reached (−1: none), `path` a shortest way there, and the last two say how many
    of the model's own samples can be played.
    """
    return await answer(request, _check)


async def repair(request: Request) -> Response:
    """POST {checkpoint, codes [N][D]} -> {playable, codes [N][D]}, as few of them moved as needed."""
    return await answer(request, _repair, queue.REPAIRS)


def _asked(body: Values) -> tuple[Checkpoint, Tensor]:
    checkpoint = asked_checkpoint(body.text("checkpoint", MAX_NAME))
    if not suits(checkpoint):
        raise UserError(f"{checkpoint.name} makes no levels that could be played.")
    return checkpoint, torch.tensor(
        body.rows("codes", WINDOWS[-1], checkpoint.train_config.latent_dim, FARTHEST), dtype=torch.float32
    )


def _check(body: Values) -> Response:
    checkpoint, codes = _asked(body)
    level = maker(checkpoint).level(codes)
    path = farthest_way(level, checkpoint.spec)
    end = path[-1][1] if path else -1
    found = {
        "playable": end == level.shape[1] - 1,
        "path": path,
        "end": end,
        "samples": SAMPLES,
        "playable_samples": playable_samples(checkpoint),
    }
    return JSONResponse(found, headers=NO_STORE)


def _repair(body: Values) -> Response:
    checkpoint, codes = _asked(body)
    moved, playable = maker(checkpoint).repair(rounded(codes), torch.Generator().manual_seed(0))
    return JSONResponse({"playable": playable, "codes": rounded(moved).double().tolist()}, headers=NO_STORE)


routes = [
    Route("/levels/check", check, methods=["POST"]),
    Route("/levels/repair", repair, methods=["POST"]),
]
