"""The film of a training: the Python side of film.js, and the routes that serve its frames and its exports."""

import functools
import tomllib
from pathlib import Path

import torch
from safetensors.torch import save as save_safetensors
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from torch import Tensor

from components.shared.app import pixels
from components.shared.app.assets import module_url
from components.shared.app.exports import one_at_a_time
from components.shared.app.live import declare
from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.jobs import files as job_files
from vae_core.jobs import film, frames
from vae_core.kinds import kind_of

_component = declare("training_film", "Film of the training", "lf", "train/film.css")


def show_film(run: Path, token: str) -> None:
    """Samples, reconstructions and latent plane of a run, a frame an epoch, with a scrubber that follows the finger.

    `token` tells apart two runs that had the same name one after the other.
    """
    data = {
        "module": module_url("train/film.js"),
        "run": run.name,
        "frames_url": f"/films/{run.name}/{token}",
        "export_url": f"/films/{run.name}/export",
        "epochs": frames.frame_epochs(run / job_files.FRAMES),
    }
    _component(data=data, key=f"film {run.name} {token}")


def _run(request: Request) -> Path:
    name = request.path_params["run"]
    folder = checkpoints.RUNS / name
    if Path(name).name != name or not (folder / job_files.JOB).is_file():
        raise UserError(f"There is no training {name!r}.")
    return folder


@functools.lru_cache(maxsize=4096)
def _plane(folder: Path, token: str, epoch: int) -> Tensor:
    """The map of one epoch, aligned to the nearest earlier frame that there is."""
    earlier = [each for each in frames.frame_epochs(folder / job_files.FRAMES) if each < epoch]
    previous = _plane(folder, token, earlier[-1]) if earlier else None
    return film.plane(frames.read_frame(folder / job_files.FRAMES, epoch).mu, previous)


def _pictures(examples: Tensor, spec: DataSpec) -> Tensor:
    """Examples at rest as pictures, uint8 [N, H, W, 3]."""
    return torch.from_numpy(pixels.pictures(kind_of(spec).feed(examples), spec))


def serve_frame(request: Request) -> Response:
    """One epoch's frame: pictures, uint8 [N, H, W, C], and the aligned map. Immutable, so the browser keeps it."""
    try:
        folder, epoch = _run(request), request.path_params["epoch"]
        frame = frames.read_frame(folder / job_files.FRAMES, epoch)
        for earlier in frames.frame_epochs(folder / job_files.FRAMES):
            if earlier < epoch:
                _plane(folder, request.path_params["token"], earlier)  # in order, so that the recursion stays shallow
        flat = _plane(folder, request.path_params["token"], epoch)
    except UserError as error:
        return PlainTextResponse(str(error), 404)
    spec = frames.read_spec(folder / job_files.FRAMES)
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
    return await one_at_a_time(_exported, request)


def _exported(request: Request) -> Response:
    kind = request.query_params.get("format", "")
    try:
        folder = _run(request)
        found = [
            frames.read_frame(folder / job_files.FRAMES, e) for e in frames.frame_epochs(folder / job_files.FRAMES)
        ]
        content = film.export(found, frames.read_spec(folder / job_files.FRAMES), class_colors(), kind)
    except UserError as error:
        return PlainTextResponse(str(error), 400)
    headers = {"Content-Disposition": f'attachment; filename="{folder.name}.{kind}"', "Cache-Control": "no-store"}
    return Response(content, media_type=film.FORMATS[kind], headers=headers)


@functools.lru_cache(maxsize=1)
def class_colors() -> list[str]:
    """The classes' colours, as everywhere in the app, from the theme."""
    config = tomllib.loads((checkpoints.ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return config["theme"]["chartCategoricalColors"]


routes = [
    Route("/films/{run}/export", serve_export),
    Route("/films/{run}/{token}/{epoch:int}.safetensors", serve_frame),
]
