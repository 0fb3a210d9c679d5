"""Pictures as the page takes them: the one place that packs pixels."""

import base64

import numpy as np
from starlette.responses import Response
from torch import Tensor


def channels_last(images: Tensor) -> np.ndarray:
    """Images, uint8 [N, C, H, W] or float in [0, 1], as uint8 [N, H, W, C]."""
    if images.is_floating_point():
        images = (images * 255).round().byte()
    return images.permute(0, 2, 3, 1).contiguous().numpy()


def rgba(pictures: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W, C], C = 1 (grey) or 3 (RGB), as opaque RGBA, uint8 [N, H, W, 4]."""
    packed = np.full((*pictures.shape[:3], 4), 255, dtype=np.uint8)
    packed[..., :3] = pictures
    return packed


def response(pictures: np.ndarray, headers: dict[str, str]) -> Response:
    """RGBA pixels of uint8 [N, H, W, C], one picture after the other; headers say their size."""
    _, height, width, _ = pictures.shape
    size = {"X-Width": str(width), "X-Height": str(height)}
    return Response(rgba(pictures).tobytes(), media_type="application/octet-stream", headers=headers | size)


def at_rest(x: Tensor) -> str:
    """One example in batch form, float in [0, 1], as the bytes that it has at rest, for a component's data."""
    return base64.b64encode((x * 255).round().byte().numpy().tobytes()).decode()
