"""Routes that decode for the page: what its engine cannot run, and animations for taking home."""

import io
import json
import math
from typing import Any

import numpy as np
import torch
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components import models
from vae_core import checkpoints
from vae_core.errors import UserError

MAX_POINTS, MAX_WIDTH, MAX_BYTES = 1024, 1024, 64_000_000
FRAME_MS = 42
FORMATS = {"gif": "image/gif", "webp": "image/webp"}


async def decode(request: Request) -> Response:
    """POST {checkpoint, points [N][D], y [K] or [N][K]} -> RGBA pixels, N pictures one after the other."""
    return await _answer(request, _pixels)


async def animation(request: Request) -> Response:
    """POST {checkpoint, points [N][D], y [K] or [N][K], format, width, frame_ms} -> a GIF or WebP, for ever."""
    return await _answer(request, _animation)


async def _answer(request: Request, make) -> Response:
    try:
        body = json.loads(await request.body())
        if not isinstance(body, dict):
            raise UserError("The request must be a JSON object.")
        return await run_in_threadpool(make, body)
    except json.JSONDecodeError as error:
        return PlainTextResponse(f"The request is not JSON: {error}", 400)
    except UserError as error:
        return PlainTextResponse(str(error), 400)


def _images(body: dict[str, Any]) -> np.ndarray:
    """The decoded points as uint8 [N, H, W, C]; UserError if the request does not fit the model."""
    checkpoint = checkpoints.load(str(body.get("checkpoint")))
    dim, n_classes = checkpoint.train_config.latent_dim, len(checkpoint.spec.classes)
    try:
        points = torch.tensor(body.get("points"), dtype=torch.float32)
        y = torch.tensor(body["y"], dtype=torch.float32) if body.get("y") is not None else None
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise UserError("points and y must be lists of numbers.") from None
    if points.ndim != 2 or points.shape[1] != dim or not 1 <= len(points) <= MAX_POINTS or not points.isfinite().all():
        raise UserError(f"points must be 1 to {MAX_POINTS} rows of {dim} numbers.")
    conditional = checkpoint.train_config.conditional
    if conditional and (y is None or y.shape not in ((n_classes,), (len(points), n_classes)) or not y.isfinite().all()):
        raise UserError(f"y must be {n_classes} class weights, or a row of so many for each point.")
    if len(points) * 4 * math.prod(checkpoint.spec.shape[1:]) > MAX_BYTES:
        raise UserError("That is too much for one request; ask for fewer points.")
    model = models.loaded(checkpoint)
    with torch.inference_mode():
        images = model.decode(points, y.expand(len(points), -1) if conditional else None)
    return (images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def _pixels(body: dict[str, Any]) -> Response:
    images = _images(body)
    n, height, width, channels = images.shape
    rgba = np.full((n, height, width, 4), 255, dtype=np.uint8)
    rgba[..., :3] = images
    headers = {"X-Width": str(width), "X-Height": str(height), "Cache-Control": "no-store"}
    return Response(rgba.tobytes(), media_type="application/octet-stream", headers=headers)


def _animation(body: dict[str, Any]) -> Response:
    kind = body.get("format")
    if kind not in FORMATS:
        raise UserError(f"format must be one of {', '.join(FORMATS)}.")
    width = body.get("width", 280)
    if not isinstance(width, int) or not 1 <= width <= MAX_WIDTH:
        raise UserError(f"width must be a whole number from 1 to {MAX_WIDTH}.")
    frame_ms = body.get("frame_ms", FRAME_MS)
    if not isinstance(frame_ms, int) or not 20 <= frame_ms <= 1000:
        raise UserError("frame_ms must be a whole number from 20 to 1000.")
    images = _images(body)
    scale = max(1, round(width / images.shape[2]))
    if images.size * scale * scale > MAX_BYTES * 4:
        raise UserError("That is too much for one animation; ask for fewer points or a smaller width.")
    images = images.repeat(scale, axis=1).repeat(scale, axis=2)
    frames = [Image.fromarray(image.squeeze(2) if image.shape[2] == 1 else image) for image in images]
    file = io.BytesIO()
    options = {"lossless": True} if kind == "webp" else {}
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=frame_ms, loop=0, **options)
    return Response(file.getvalue(), media_type=FORMATS[kind], headers={"Cache-Control": "no-store"})


routes = [
    Route("/decode", decode, methods=["POST"]),
    Route("/export/animation", animation, methods=["POST"]),
]
