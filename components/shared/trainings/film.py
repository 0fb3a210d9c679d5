"""The films of trainings: the Python side of film.js, and the routes that serve their frames and their exports."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
import torch
from safetensors.torch import save as save_safetensors
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from torch import Tensor

from components.shared.app import exports, models, pixels
from components.shared.app.assets import module_url
from components.shared.app.colors import class_colors, run_color
from components.shared.app.live import declare
from components.shared.app.once import once
from components.shared.app.traffic import queue
from components.shared.trainings.units import unit_of
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.checkpoints.records import MAX_EPOCH
from vae_core.data import DataSpec
from vae_core.datasets import default_data_dir
from vae_core.errors import UserError
from vae_core.jobs import Job, film, frames
from vae_core.jobs import files as job_files
from vae_core.jobs.stills import still
from vae_core.kinds import kind_of
from vae_core.reading import shown, whole_in

PLACE = Path(__file__).parent / "place.css"
"""What a page that shows films loads first: their place before they are there."""

_component = declare("training_film", "Film of the training", "lf", "shared/trainings/film.css")


def reel(job: Job) -> dict[str, Any]:
    """A training's pictures as film.js takes them."""
    spec = _spec(job)
    token = f"{job.created:.6f}"  # tells apart two that had the same name one after the other
    return {
        "id": f"{job.name} {token}",
        "name": job.name,
        "frames_url": f"/films/{job.name}/{token}",
        "export_url": f"/films/{job.name}/export",
        "epochs": job.frame_epochs(),
        **_named(unit_of(job), spec),
    }


def still_reel(checkpoint: Checkpoint) -> dict[str, Any]:
    """The pictures of a finished model, which has no film: one frame, the same at every epoch."""
    return {
        "id": f"{checkpoint.name} {checkpoint.digest[:16]}",
        "name": checkpoint.name,
        "still_url": f"/stills/{checkpoint.name}/{checkpoint.digest[:16]}.safetensors",
        "epochs": [],
        **_named(kind_of(checkpoint.spec).unit, checkpoint.spec),
    }


def _spec(job: Job) -> DataSpec | None:
    """What its examples are; None before its first frame."""
    try:
        return frames.read_spec(job.path / job_files.FRAMES)
    except UserError:
        return None


def _named(unit: str, spec: DataSpec | None) -> dict[str, Any]:
    classes = list(spec.classes) if spec else []
    return {"unit": unit, "classes": classes, "colors": class_colors(classes)}


def show_films(reels: Sequence[dict[str, Any]]) -> None:
    """Samples, reconstructions and latent plane of each, with one scrubber that follows the finger for all of them."""
    shown = [each | {"color": run_color(i)} for i, each in enumerate(reels)]
    data = {"module": module_url("shared/trainings/film.js"), "reels": shown}
    with st.container(key="film"):
        _component(data=data, key="film " + " ".join(each["id"] for each in reels))


def _run(request: Request) -> Path:
    name = request.path_params["run"]
    folder = checkpoints.RUNS / name
    # os.path, because pathlib raises for a name that is too long.
    if Path(name).name != name or not os.path.isfile(folder / job_files.JOB):
        raise UserError(f"There is no training {shown(name)!r}.")
    return folder


@once
def _plane(folder: Path, token: str, epoch: int) -> Tensor:
    """The map of one epoch, aligned to the nearest earlier frame that there is."""
    earlier = [each for each in frames.frame_epochs(folder / job_files.FRAMES) if each < epoch]
    previous = _plane(folder, token, earlier[-1]) if earlier else None
    return film.plane(frames.read_frame(folder / job_files.FRAMES, epoch).mu, previous)


def _pictures(examples: Tensor, spec: DataSpec) -> Tensor:
    """Examples at rest as pictures, uint8 [N, H, W, 3]."""
    return torch.from_numpy(pixels.pictures(kind_of(spec).feed(examples), spec))


@queue.in_queue(queue.FILES)
def serve_frame(request: Request) -> Response:
    """One epoch's frame. Immutable, so the browser keeps it."""
    try:
        folder, epoch = _run(request), whole_in(request.path_params["epoch"], 1, MAX_EPOCH)
        if epoch is None:
            raise UserError("There is no frame of that epoch.")
        frame = frames.read_frame(folder / job_files.FRAMES, epoch)
        for earlier in frames.frame_epochs(folder / job_files.FRAMES):
            queue.still_asked()
            if earlier < epoch:
                _plane(folder, request.path_params["token"], earlier)  # in order, so that the recursion stays shallow
        flat = _plane(folder, request.path_params["token"], epoch)
        return _response(frame, frames.read_spec(folder / job_files.FRAMES), flat)
    except UserError as error:
        return PlainTextResponse(str(error), 404)


@queue.in_queue(queue.FILES)
def serve_still(request: Request) -> Response:
    """The frame of a finished model."""
    try:
        checkpoint = exports.asked_checkpoint(request.path_params["name"])
        frame = still(checkpoint, models.loaded(checkpoint), default_data_dir())
        return _response(frame, checkpoint.spec, film.plane(frame.mu, None))
    except UserError as error:
        return PlainTextResponse(str(error), 404)


def _response(frame: frames.Frame, spec: DataSpec, flat: Tensor) -> Response:
    """Pictures, uint8 [N, H, W, 3], the map `flat` [N, 2] and the classes of its points."""
    pictures = {"samples": frame.samples, "images": frame.images, "reconstructions": frame.reconstructions}
    tensors = {
        **{name: _pictures(examples, spec) for name, examples in pictures.items()},
        "plane": flat.float(),
        "y": frame.y.to(torch.uint8),
    }
    content = save_safetensors({name: tensor.contiguous() for name, tensor in tensors.items()})
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def serve_export(request: Request) -> Response:
    """The whole film as a file: `?format=gif`, `webp` or `mp4`."""
    return await queue.queued(queue.EXPORTS, request, _exported, request)


def _exported(request: Request) -> Response:
    kind = request.query_params.get("format", "")
    try:
        folder = _run(request)
        found = [
            frames.read_frame(folder / job_files.FRAMES, e) for e in frames.frame_epochs(folder / job_files.FRAMES)
        ]
        spec = frames.read_spec(folder / job_files.FRAMES)
        content = film.export(found, spec, class_colors(spec.classes), kind)
    except UserError as error:
        return PlainTextResponse(str(error), 400)
    headers = {"Content-Disposition": f'attachment; filename="{folder.name}.{kind}"', "Cache-Control": "no-store"}
    return Response(content, media_type=film.FORMATS[kind], headers=headers)


routes = [
    Route("/films/{run}/export", serve_export),
    Route("/films/{run}/{token}/{epoch}.safetensors", serve_frame),
    Route("/stills/{name}/{digest}.safetensors", serve_still),
]
