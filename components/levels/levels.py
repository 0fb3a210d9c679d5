"""The Levels component: the Python side of levels.js."""

from dataclasses import asdict
from typing import Any

from components.levels import links as levels_links
from components.levels.directions import directions
from components.levels.links import LevelsView, Moved
from components.levels.making import overlap, suits
from components.levels.start import default_ends, keep, starting_view
from components.shared.app import models, page
from components.shared.app.addresses import links
from components.shared.app.addresses.links import View
from components.shared.app.live import declare, scene
from vae_core.checkpoints import Checkpoint
from vae_core.kinds.tiles.playability import EDGE, JUMP

_component = declare("levels", "Levels", "lv", "levels/levels.css")


def levels(checkpoint: Checkpoint) -> LevelsView:
    """Show the long level that the link, the session or the defaults describe; returns it as the user left it last."""
    factors = directions(checkpoint)
    view = starting_view(checkpoint, levels_links.view(checkpoint, models.n_examples(checkpoint), len(factors)))

    result = scene(
        _component,
        "levels",
        "levels/levels.js",
        checkpoint,
        View(),
        sampler=view.sampler,
        level=asdict(view),
        ends=[asdict(end) for end in default_ends(checkpoint)],
        directions=[asdict(direction) for direction in factors],
        overlap=overlap(checkpoint.spec),
        limits={
            "windows": [levels_links.WINDOWS[0], levels_links.WINDOWS[-1]],
            "step": levels_links.STEPS,
            "shift": levels_links.SHIFT,
            "seed": levels_links.MAX_SEED,
        },
        physics={"jump": JUMP, "gap": EDGE},
        check_url="/levels/check",
        repair_url="/levels/repair",
    )
    if result.settled:
        view = _reported(result.settled)
        keep(checkpoint, view)
    return view


def _reported(found: dict[str, Any]) -> LevelsView:
    between = found["between"] and [View(**end) for end in found["between"]]
    return LevelsView(**found | {"between": between, "moved": [Moved(**each) for each in found["moved"]]})


def offer_suiting(checkpoint: Checkpoint) -> None:
    """Explain that this model makes no levels, and offer those that do."""
    reason = "This model was not trained on levels, so there is nothing to walk through"
    can, train = "a model of levels can be", "a model on levels"
    page.offer(models.suiting(suits), reason, can, train, page="levels.py", icon=":material/landscape:")


def show_link(view: LevelsView) -> None:
    """Put what is seen into the address bar."""
    links.show(View(), levels_links.parameters(view))
