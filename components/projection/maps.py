"""Fitted projections, cached for all sessions, and the route that serves them."""

from typing import Any
from urllib.parse import urlencode

from safetensors.torch import save as save_safetensors
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.shared.app import models
from components.shared.app.assets import IMMUTABLE
from components.shared.app.once import once
from components.shared.app.traffic import queue
from vae_core import checkpoints, fits
from vae_core import config as configs
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.projections import PROJECTIONS, Fitted, stored_name
from vae_core.projections.faithfulness import Faithfulness, judge


class NotReady(Exception):
    """The projection has to be fitted first."""


def ready(checkpoint: Checkpoint, config: Any, dimensions: int) -> Fitted | None:
    """The projection if it is ready, else None."""
    try:
        return _ready(checkpoint.name, checkpoint.digest, config, dimensions)
    except NotReady:  # not cached: it may be fitted the next time
        return None


@once
def _ready(name: str, digest: str, config: Any, dimensions: int) -> Fitted:
    checkpoint = checkpoints.load(name, digest=digest)
    found = fits.ready(checkpoint, models.latents(checkpoint), config, dimensions)
    if found is None:
        raise NotReady
    return found


def default_config(checkpoint: Checkpoint) -> Any:
    """The config that the page opens with: UMAP if the checkpoint holds it, else PCA, which takes no time."""
    umap = PROJECTIONS["umap"].config()
    stored = stored_name(umap, 2) in models.latents(checkpoint).projections
    return umap if stored else PROJECTIONS["pca"].config()


def faithfulness(checkpoint: Checkpoint, config: Any, dimensions: int) -> Faithfulness:
    """How far a ready projection can be trusted: as measured when it was fitted, else measured now and cached."""
    return _judged(checkpoint.name, checkpoint.digest, config, dimensions)


def known_faithfulness(checkpoint: Checkpoint, config: Any, dimensions: int) -> Faithfulness | None:
    """The same if it is already known, else None."""
    known = _judged.known(checkpoint.name, checkpoint.digest, config, dimensions)
    if known is None and fits.faithfulness(checkpoint, config, dimensions) is not None:
        return faithfulness(checkpoint, config, dimensions)
    return known


@once
def _judged(name: str, digest: str, config: Any, dimensions: int) -> Faithfulness:
    checkpoint = checkpoints.load(name, digest=digest)
    kept = fits.faithfulness(checkpoint, config, dimensions)
    return kept or judge(ready(checkpoint, config, dimensions), models.latents(checkpoint).y)


def url(checkpoint: Checkpoint, config: Any, dimensions: int) -> str:
    """Where the page downloads a projection. The address contains the settings, so it may be cached for ever."""
    query = urlencode({"method": PROJECTIONS.of(config).name, **configs.plain(config)})
    return f"/projections/{checkpoint.name}/{checkpoint.digest[:16]}/{dimensions}?{query}"


async def serve(request: Request) -> Response:
    """A projection as safetensors: `flat` [N, d] and what its inverse needs."""
    settings = dict(request.query_params)
    try:
        return await queue.queued(queue.FILES, request, _served, request.path_params, settings)
    except UserError as error:
        return PlainTextResponse(str(error), 404)


def _served(path: dict[str, Any], settings: dict[str, str]) -> Response:
    config = PROJECTIONS.from_json({"name": settings.pop("method", None), **settings})
    checkpoint = checkpoints.load(path["name"], digest=path["digest"])
    dimensions = 3 if path["dimensions"] == "3" else 2
    found = ready(checkpoint, config, dimensions) if checkpoint.digest.startswith(path["digest"]) else None
    if found is None:
        raise UserError(f"{path['name']} has no such map (any more); reload the page.")
    content = save_safetensors({name: tensor.contiguous() for name, tensor in found.tensors.items()})
    return Response(content, media_type="application/octet-stream", headers=IMMUTABLE)


routes = [Route("/projections/{name}/{digest}/{dimensions}", serve)]
