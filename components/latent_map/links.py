"""What a link carries of the Latent map, as in `?axes=0,3&grid=15&spacing=linear&window=-1,1,-1,1&layers=grid,points`
and in `?hide=3&path=0,0,1,1&fade=off`."""

from dataclasses import dataclass

from components.shared.app.addresses.links import read_numbers, read_window, read_words, written
from vae_core.checkpoints import Checkpoint
from vae_core.latent.geometry import DIRECTIONS
from vae_core.reading import whole_in

GRIDS = [[str(n)] for n in range(3, 32, 2)]
SPACINGS = [["normal"], ["linear"]]
LAYERS = {"grid", "points", "contours"}
MAX_PATH = 64
"""Points of a path, at most."""


@dataclass(frozen=True)
class MapView:
    """What the Latent map shows: its two axes ("3" a dimension, "pc1" a principal direction), tiles along a side,
    spacing, zoom window (left, right, bottom, top), layers, classes that are hidden, the path's points on the two axes,
    and whether the grid fades where the model guesses. None: the page's default."""

    axes: list[str] | None = None
    grid: int | None = None
    spacing: str | None = None
    window: list[float] | None = None
    layers: list[str] | None = None
    hidden: list[int] | None = None
    path: list[list[float]] | None = None
    fade: bool | None = None


def view(checkpoint: Checkpoint) -> MapView:
    """What the link says of the map. Values that do not fit the model are dropped with a warning."""
    dim = checkpoint.train_config.latent_dim
    kinds = {str(i) for i in range(dim)}, {f"pc{i + 1}" for i in range(min(dim, DIRECTIONS))}
    axes = read_words(
        "axes",
        lambda words: len(words) == 2 == len(set(words)) and any(set(words) <= kind for kind in kinds),
        "two dimensions, as in 0,1, or two principal directions, as in pc1,pc2, are needed",
        checkpoint,
    )
    grid = read_words("grid", lambda words: words in GRIDS, "an odd number of tiles from 3 to 31 is needed", checkpoint)
    spacing = read_words("spacing", lambda words: words in SPACINGS, "normal or linear is needed", checkpoint)
    layers = read_words(
        "layers",
        lambda words: words == ["none"] or set(words) <= LAYERS,
        "some of grid, points and contours, or none, is needed",
        checkpoint,
    )
    n_classes = len(checkpoint.spec.classes)
    hidden = read_words(
        "hide",
        lambda words: all(whole_in(word, 0, n_classes - 1) is not None for word in words),
        "the numbers of classes are needed",
        checkpoint,
    )
    path = read_numbers("path", range(4, 2 * MAX_PATH + 1, 2), checkpoint)
    fade = read_words("fade", lambda words: words == ["off"], "off is needed, or nothing", checkpoint)
    return MapView(
        axes=axes,
        grid=int(grid[0]) if grid else None,
        spacing=spacing and spacing[0],
        window=read_window("window", checkpoint),
        layers=layers,
        hidden=[int(word) for word in hidden] if hidden else None,
        path=[path[i : i + 2] for i in range(0, len(path), 2)] if path else None,
        fade=False if fade == ["off"] else None,
    )


def parameters(view: MapView) -> dict[str, str]:
    """A map as link parameters, without the parts that are None."""
    found = {
        "axes": ",".join(view.axes or ()),
        "grid": "" if view.grid is None else str(view.grid),
        "spacing": view.spacing or "",
        "window": written(view.window),
        "layers": ",".join(view.layers or ()),
        "hide": ",".join(map(str, view.hidden or ())),
        "path": written(value for point in view.path or () for value in point),
        "fade": "off" if view.fade is False else "",
    }
    return {name: text for name, text in found.items() if text}
