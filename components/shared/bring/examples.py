"""The stored examples' original pictures, where their data is on this computer, and the route that serves them."""

from typing import Any

import torch
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from torch import Tensor

from components.shared.app import models, pixels
from components.shared.app.assets import IMMUTABLE
from components.shared.app.traffic import queue
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.datasets import default_data_dir, held_out
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.reading import whole_in

MAX_EXAMPLES = 1000


def originals(checkpoint: Checkpoint) -> Tensor | None:
    """The held-out examples at rest [N, *shape], in the order of the model's latents; only the first ones where a
    checkpoint keeps those and the data is not at hand; None without either."""
    return models.per_checkpoint(_originals, checkpoint)


def _originals(checkpoint: Checkpoint) -> Tensor | None:
    split = held_out(checkpoint.train_config.dataset, default_data_dir())
    y = models.latents(checkpoint).y
    if split is None or not torch.equal(split.y, y):
        return checkpoint.load_originals()
    try:
        kind_of(checkpoint.spec).check(checkpoint.spec, split.x)
    except UserError:  # other data of this name, as beside a model that was uploaded
        return checkpoint.load_originals()
    return split.x


def n_originals(checkpoint: Checkpoint) -> int:
    """How many of the stored examples, from the first on, have their original at hand."""
    found = originals(checkpoint)
    return 0 if found is None else len(found)


def originals_url(checkpoint: Checkpoint) -> str | None:
    """Where the page asks for originals, as `?index=17,4`; None if none are at hand."""
    return f"/originals/{checkpoint.name}/{checkpoint.digest[:16]}" if n_originals(checkpoint) else None


async def serve(request: Request) -> Response:
    """RGBA pixels of the examples that `index` names, one picture after the other; with `as=values`, their bytes at
    rest."""
    query = request.query_params
    try:
        index, as_values = query.get("index", ""), query.get("as") == "values"
        return await queue.queued(queue.FILES, request, _served, request.path_params, index, as_values)
    except UserError as error:
        return PlainTextResponse(str(error), 404)


def _served(path: dict[str, Any], index: str, as_values: bool) -> Response:
    checkpoint = checkpoints.load(path["name"], digest=path["digest"])
    images = originals(checkpoint)
    if images is None or checkpoint.digest[:16] != path["digest"]:
        raise UserError(f"The data of {path['name']} is not at hand.")
    parts = index.split(",")[: MAX_EXAMPLES + 1]
    numbers = [whole_in(part, 0, len(images) - 1) for part in parts]
    if len(numbers) > MAX_EXAMPLES or None in numbers:
        raise UserError(f"index must be 1 to {MAX_EXAMPLES} numbers from 0 to {len(images) - 1}.")
    if as_values:
        values = images[numbers].contiguous().numpy().tobytes()
        return Response(values, media_type="application/octet-stream", headers=IMMUTABLE)
    shown = kind_of(checkpoint.spec).feed(images[numbers])
    return pixels.response(pixels.pictures(shown, checkpoint.spec), IMMUTABLE)


routes = [Route("/originals/{name}/{digest}", serve)]
