"""Examples as the page takes them: the one place that packs pixels and values."""

import base64

import numpy as np
from starlette.responses import Response
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import kind_of, units


def pictures(shown: Tensor, spec: DataSpec) -> np.ndarray:
    """Examples in batch form [N, *shape] as pictures, uint8 [N, H, W, 3]. UserError for data that have none."""
    found = kind_of(spec).pictures(shown, spec)
    if found is None:
        raise UserError(f"There are no pictures of {units(spec)}.")
    return found.contiguous().numpy()


def picture_bytes(spec: DataSpec, example: Tensor) -> int:
    """The bytes of one example's picture as RGBA, from one example in batch form [1, *shape]."""
    return 4 * int(np.prod(pictures(example, spec).shape[1:3]))


def response(found: np.ndarray, headers: dict[str, str]) -> Response:
    """Opaque RGBA pixels of uint8 [N, H, W, 3], one picture after the other; headers say their size."""
    n, height, width, _ = found.shape
    rgba = np.full((n, height, width, 4), 255, dtype=np.uint8)
    rgba[..., :3] = found
    size = {"X-Width": str(width), "X-Height": str(height)}
    return Response(rgba.tobytes(), media_type="application/octet-stream", headers=headers | size)


def at_rest(x: Tensor, spec: DataSpec) -> str:
    """Examples in batch form as the bytes that they have at rest, in base64, for a component's data."""
    return base64.b64encode(kind_of(spec).rest(x).contiguous().numpy().tobytes()).decode()
