"""Our own routes: the browser's modules and the models it runs, each under a URL that changes with the content.

Such a URL may be cached for ever, so a browser downloads a model once.
"""

import functools
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save as save_safetensors
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from torch import Tensor

from components.shared.app import models
from components.shared.app.traffic import queue
from vae_core import checkpoints, plugins, samplers
from vae_core import page_program as browser
from vae_core.errors import UserError
from vae_core.kinds import built_in, kind_of
from vae_core.latent.reader import neighbours_tell, reader_of, tolerance
from vae_core.latent.reconstruction import QUANTILES, stored_examples
from vae_core.latent.typicality import reencoding_distance
from vae_core.model import Model
from vae_core.samplers import SAMPLERS

COMPONENTS = Path(__file__).parents[2]
PLUGINS = "plugins"
TYPES = {".js": "text/javascript; charset=utf-8"}
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
BLURS, PIECE = 500, 200
"""Stored examples that say how blurred this model's pictures are, and how many of them are encoded together."""


def module_url(name: str) -> str:
    """The URL of an ES module below `components/`; one digest stands for all, so that relative imports agree."""
    return f"/assets/js/{_digest_at(int(time.monotonic()))}/{name}"


def renderer_url(kind: str) -> str:
    """The URL of the module that shows a kind of data. A plug-in's stands in a folder `plugins` beside ours: it imports
    `../shared/kit/dom.js`."""
    return module_url(f"shared/kinds/{kind}.js" if built_in(kind) else f"{PLUGINS}/{kind}.js")


def model_url(checkpoint: checkpoints.Checkpoint) -> str:
    """The URL of a checkpoint as the page runs it, with the weights of its decoder."""
    return f"/assets/models/{checkpoint.name}/{checkpoint.digest[:16]}.safetensors"


def encoder_url(checkpoint: checkpoints.Checkpoint) -> str:
    """The URL of the weights of its encoder: the first picture does not wait for them."""
    return f"/assets/encoders/{checkpoint.name}/{checkpoint.digest[:16]}.safetensors"


def latents_url(checkpoint: checkpoints.Checkpoint) -> str:
    """The URL of a checkpoint's encoded held-out examples, and of what rates how typical a point is."""
    return f"/assets/latents/{checkpoint.name}/{checkpoint.digest[:16]}.safetensors"


def facts_url(checkpoint: checkpoints.Checkpoint) -> str:
    """The URL of what is known of each held-out example: how typical it is, its KL, NLL and ground-truth factors."""
    return f"/assets/facts/{checkpoint.name}/{checkpoint.digest[:16]}.safetensors"


def sampler_url(checkpoint: checkpoints.Checkpoint, name: str) -> str:
    """The URL of what a sampler of that name draws from."""
    return f"/assets/samplers/{name}/{checkpoint.name}/{checkpoint.digest[:16]}.safetensors"


def kind_url(checkpoint: checkpoints.Checkpoint) -> str:
    """The URL of what the renderer of its kind of data needs, such as thousands of words."""
    return f"/assets/kinds/{checkpoint.name}/{checkpoint.digest[:16]}.json"


def preview_url(checkpoint: checkpoints.Checkpoint) -> str:
    """The URL of a few pictures that a model was measured on, for its thumbnail."""
    return f"/assets/previews/{checkpoint.name}/{checkpoint.digest[:16]}.png"


@functools.lru_cache(maxsize=1)
def _digest_at(_: int) -> str:
    """The digest of all modules. They are looked at once in a second: a page asks for several addresses, and a class
    reruns thirty times a second."""
    return _digest(_versions())


def _versions() -> tuple[tuple[Path, int], ...]:
    """Every module's file, ours and the plug-ins', and when it was last changed."""
    files = [*sorted(COMPONENTS.rglob("*.js")), *plugins.javascript().values()]
    return tuple((file, file.stat().st_mtime_ns) for file in files)


@functools.lru_cache(maxsize=1)
def _digest(versions: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256()
    for file, _ in versions:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _decoder(checkpoint: checkpoints.Checkpoint) -> bytes:
    return browser.export(models.loaded(checkpoint), ("decoder",))


def _encoder(checkpoint: checkpoints.Checkpoint) -> bytes:
    return browser.export(models.loaded(checkpoint), ("encoder",))


def _kind(checkpoint: checkpoints.Checkpoint) -> bytes:
    return json.dumps(dict(kind_of(checkpoint.spec).for_page(checkpoint.spec)), ensure_ascii=False).encode()


def _latents(checkpoint: checkpoints.Checkpoint) -> bytes:
    return encoded_file(models.loaded(checkpoint), models.latents(checkpoint))


def encoded_file(model: Model, latents: checkpoints.Latents) -> bytes:
    """The encoded examples as a page takes them, with what it judges pictures by: how typical a place is, how blurred a
    picture, and what says which class it shows."""
    posterior, typicality = latents.posterior, latents.typicality(model.spec)
    tensors = {
        "mu": posterior.mu,
        "y": latents.y.float(),
        "components.mu": typicality.mu.float(),
        "components.logvar": typicality.logvar.float(),
        "components.quantiles": typicality.quantiles.float(),
    }
    if posterior.logvar is not None:
        tensors["logvar"] = posterior.logvar
    metadata = {}
    if (reader := reader_of(model.spec)) is not None:
        metadata["reader"] = json.dumps(browser.operations(reader.network, "reader"))
        metadata["tolerance"] = json.dumps(tolerance(reader, model, latents))
        tensors |= {f"reader.{name}": value.half() for name, value in reader.network.state_dict().items()}
    elif neighbours_tell(model, latents):
        metadata["neighbours_tell"] = "true"
    drawn = stored_examples(model, latents, BLURS)
    blurs = model.kind.undecided(drawn)
    tensors["back"] = _back(model, latents, drawn)
    if blurs is not None:
        tensors["blur.quantiles"] = torch.quantile(blurs.float(), torch.linspace(0, 1, QUANTILES))
    return save_safetensors({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata)


@torch.inference_mode()
def _back(model: Model, latents: checkpoints.Latents, drawn: Tensor) -> Tensor:
    """How far 19 of 20 stored examples, decoded and encoded again, land from where they were, in posterior standard
    deviations [1]: far where a code is precise and what is drawn lacks the noise of the data."""
    mu, y = latents.posterior.mu[: len(drawn)], latents.y[: len(drawn)] if model.n_conditions else None
    pieces = model.pieces(len(drawn), PIECE)
    found = [reencoding_distance(mu[i], model.encode(drawn[i], None if y is None else y[i])) for i in pieces]
    return torch.cat(found).nan_to_num().quantile(0.95)[None].float()


def _facts(checkpoint: checkpoints.Checkpoint) -> bytes:
    latents = models.latents(checkpoint)
    tensors = {"typicality": latents.typicality(checkpoint.spec).percentile(latents.posterior.mu).float()}
    if latents.posterior.logvar is not None:
        tensors["kl"] = latents.posterior.kl_per_dim().sum(1)
    if latents.nll is not None:
        tensors["nll"] = latents.nll.float()
    if latents.factors is not None:
        tensors["factors"] = latents.factors.float()
    return save_safetensors({name: tensor.contiguous() for name, tensor in tensors.items()})


@functools.cache
def _sampled(name: str) -> Callable[[checkpoints.Checkpoint], bytes]:
    """What makes the file of a sampler: one function a name, by which `per_checkpoint` knows it again."""
    config = SAMPLERS[name].config()

    def work(checkpoint: checkpoints.Checkpoint) -> bytes:
        latents = models.latents(checkpoint)
        known = latents.known(checkpoint.spec)
        classes = latents.y[known] if checkpoint.train_config.conditional else None
        return save_safetensors(samplers.for_page(config, latents.posterior.take(known), classes))

    return work


def serve_module(request: Request) -> Response:
    path = _module(request.path_params["name"])
    if path is None:
        return PlainTextResponse("There is no such module.", 404)
    return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers=IMMUTABLE)


def _module(name: str) -> Path | None:
    """The file of a module: of a plug-in only those that its folder shows, else whatever lies below `components/`."""
    folder, _, rest = name.partition("/")
    if folder == PLUGINS:
        return plugins.javascript().get(rest.removesuffix(".js")) if rest.endswith(".js") else None
    path = (COMPONENTS / name).resolve()
    return path if path.is_relative_to(COMPONENTS) and path.suffix in TYPES and path.is_file() else None


@queue.in_queue(queue.FILES)
def serve_checkpoint(request: Request) -> Response:
    """A file made from a checkpoint: 404 if that has changed meanwhile, 501 if the page cannot run the model."""
    made = {"models": _decoder, "encoders": _encoder, "latents": _latents, "facts": _facts, "kinds": _kind}
    given = request.path_params
    name, digest = given["name"], given["digest"]
    try:
        make = _sampled(given["sampler"]) if "sampler" in given else made.get(given["kind"])
        checkpoint = checkpoints.load(name, digest=digest)  # a training goes on; what a page shows is kept a while
        if make is None or checkpoint.digest[:16] != digest:
            return PlainTextResponse(f"Checkpoint {name} has changed; reload the page.", 404)
        content = models.per_checkpoint(make, checkpoint)
    except UserError as error:
        return PlainTextResponse(str(error), 404)
    except browser.UnsupportedLayer as error:
        return PlainTextResponse(str(error), 501)
    return Response(content, media_type="application/octet-stream", headers=IMMUTABLE)


def serve_preview(request: Request) -> Response:
    """404 if the checkpoint has changed meanwhile."""
    name, digest = request.path_params["name"], request.path_params["digest"]
    try:
        checkpoint = checkpoints.load(name, digest=digest)
        if checkpoint.digest[:16] != digest:
            return PlainTextResponse(f"Checkpoint {name} has changed; reload the page.", 404)
        return Response((checkpoint.path / "preview.png").read_bytes(), media_type="image/png", headers=IMMUTABLE)
    except (UserError, OSError) as error:
        return PlainTextResponse(str(error), 404)


def healthz(request: Request) -> Response:
    return JSONResponse({"status": "ok", "checkpoints": len(checkpoints.find())})


routes = [
    Route("/assets/js/{digest}/{name:path}", serve_module),
    Route("/assets/{kind}/{name}/{digest}.safetensors", serve_checkpoint),
    Route("/assets/{kind}/{name}/{digest}.json", serve_checkpoint),
    Route("/assets/samplers/{sampler}/{name}/{digest}.safetensors", serve_checkpoint),
    Route("/assets/previews/{name}/{digest}.png", serve_preview),
    Route("/healthz", healthz),
]
