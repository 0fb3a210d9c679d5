"""Routes that decode for the page: what its engine cannot run, and animations for taking home.

Thirty people share the server, so a request's size is bounded before it is read, and each waits for its turn.
"""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from torch import Tensor

from components.shared.app import models, pixels
from components.shared.app.traffic import queue
from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.reading import Values, is_text, parsed

MAX_REQUEST, MAX_POINTS, MAX_WIDTH, MAX_BYTES = 2_000_000, 1024, 1024, 64_000_000
LARGEST, MAX_NAME = 1e6, 255
"""Of a coordinate or a class's weight; letters of a folder's name."""
AT_ONCE = 32
"""Points that are decoded together, at most."""
FRAME_MS = 42
FORMATS = {"gif": "image/gif", "webp": "image/webp"}


async def decode(request: Request) -> Response:
    """POST {checkpoint, points [N][D], y [K] or [N][K], form} -> RGBA pixels, N pictures one after the other; of the
    form "values", the N examples at rest."""
    return await answer(request, _decoded)


async def animation(request: Request) -> Response:
    """POST {checkpoint, points [N][D], y [K] or [N][K], format, width, frame_ms} -> a GIF or WebP, for ever."""
    return await answer(request, _animation, queue.EXPORTS)


async def answer(request: Request, make: Callable[[Values], Response], turn: queue.Queue = queue.DECODING) -> Response:
    """What `make` makes of a request's JSON, in its turn; 400 with a sentence if it raises UserError."""
    try:
        body = Values(parsed(await _content(request), "the request"), "the request")
        return await queue.queued(turn, request, make, body)
    except UserError as error:
        return PlainTextResponse(str(error), 400)


async def _content(request: Request) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_REQUEST:
            raise UserError("That is too much for one request; ask for fewer points.")
    return bytes(content)


def asked_checkpoint(name: str) -> checkpoints.Checkpoint:
    """The model that a request names; UserError if it names none that is here."""
    if not is_text(name, MAX_NAME) or Path(name).name != name:  # no other folder of this machine is anybody's business
        raise UserError("checkpoint must be a model's name.")
    return checkpoints.load(name)


def _shown(body: Values, example_bytes: Callable[[DataSpec, Tensor], int]) -> tuple[Tensor, DataSpec]:
    """The decoded points, [N, *shape] in batch form; UserError if the request does not fit the model, or what is made
    of an example would have too many bytes."""
    checkpoint = asked_checkpoint(body.text("checkpoint", MAX_NAME))
    dim, n_classes = checkpoint.train_config.latent_dim, len(checkpoint.spec.classes)
    points = torch.tensor(body.rows("points", MAX_POINTS, dim, LARGEST))
    rows = None
    if checkpoint.train_config.conditional:
        weights = body.values.get("y")
        if isinstance(weights, list) and weights and isinstance(weights[0], list):
            rows = torch.tensor(body.rows("y", len(points), n_classes, LARGEST))
        else:
            rows = torch.tensor([body.numbers("y", n_classes, LARGEST)])
        if len(rows) not in (1, len(points)):
            raise UserError(f"y must be {n_classes} class weights, or a row of so many for each point.")
        rows = rows.float().expand(len(points), -1)
    model, points = models.loaded(checkpoint), points.float()
    with torch.inference_mode():
        first = model.decode(points[:1], None if rows is None else rows[:1])
        if len(points) * example_bytes(checkpoint.spec, first) > MAX_BYTES:
            raise UserError("That is too much for one request; ask for fewer points.")
        shown = []
        for piece in model.pieces(len(points), AT_ONCE):
            queue.still_asked()
            shown.append(model.decode(points[piece], None if rows is None else rows[piece]))
    return torch.cat(shown), checkpoint.spec


def _images(body: Values) -> np.ndarray:
    """The decoded points as pictures, uint8 [N, H, W, 3]."""
    return pixels.pictures(*_shown(body, pixels.picture_bytes))


def _decoded(body: Values) -> Response:
    headers = {"Cache-Control": "no-store"}
    if body.values.get("form") != "values":
        return pixels.response(_images(body), headers)
    shown, spec = _shown(body, lambda spec, first: kind_of(spec).rest(first).nbytes)
    content = kind_of(spec).rest(shown).contiguous().numpy().tobytes()
    return Response(content, media_type="application/octet-stream", headers=headers)


def _animation(body: Values) -> Response:
    kind = body.values.get("format")
    if not isinstance(kind, str) or kind not in FORMATS:
        raise UserError(f"format must be one of {', '.join(FORMATS)}.")
    width, frame_ms = body.whole("width", 1, MAX_WIDTH, default=280), body.whole("frame_ms", 20, 1000, default=FRAME_MS)
    images = _images(body)
    scale = max(1, round(width / images.shape[2]))
    if images.size * scale * scale > MAX_BYTES:
        raise UserError("That is too much for one animation; ask for fewer points or a smaller width.")
    images = images.repeat(scale, axis=1).repeat(scale, axis=2)
    frames = [Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image) for image in images]
    queue.still_asked()
    file = io.BytesIO()
    options = {"lossless": True} if kind == "webp" else {}
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=frame_ms, loop=0, **options)
    return Response(file.getvalue(), media_type=FORMATS[kind], headers={"Cache-Control": "no-store"})


routes = [
    Route("/decode", decode, methods=["POST"]),
    Route("/export/animation", animation, methods=["POST"]),
]
