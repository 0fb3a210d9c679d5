"""How far a map can be trusted, in plain words."""

from typing import Any

from components.projection import maps as projection_maps
from components.projection.controls import Shown
from components.shared.app.words import units
from vae_core.checkpoints import Checkpoint
from vae_core.projections.faithfulness import Faithfulness

SURE, SOME = 0.95, 0.85
"""Least trustworthiness of a map whose neighbours are nearly always, and mostly, neighbours in latent space."""


def describe_faithfulness(checkpoint: Checkpoint, shown: list[Shown], own: bool) -> list[dict[str, Any]] | None:
    """What each map keeps of neighbourhoods and classes, how well the way back works, and where new examples go:
    {title, sentences} each. None until `judge_maps` has measured it: the maps come first."""
    found = [projection_maps.known_faithfulness(checkpoint, each.config, each.fitted.dimensions) for each in shown]
    if None in found:
        return None
    return [
        {"title": each.title, "sentences": _sentences(each, faithfulness, own, units(checkpoint.spec))}
        for each, faithfulness in zip(shown, found, strict=True)
    ]


def judge_maps(checkpoint: Checkpoint, shown: list[Shown]) -> None:
    """Measure how far the maps can be trusted."""
    for each in shown:
        projection_maps.faithfulness(checkpoint, each.config, each.fitted.dimensions)


def _sentences(shown: Shown, found: Faithfulness, own: bool, units: str) -> list[str]:
    method, words = shown.fitted.projection, []
    if found.trustworthiness is not None:
        level = found.trustworthiness
        often = "nearly always" if level >= SURE else "mostly" if level >= SOME else "often not"
        words.append(
            f"Neighbours on the map are {often} neighbours in latent space "
            f"(trustworthiness {level:.3f}; 1 is perfect, 0.5 chance)."
        )
    if found.knn_map is not None and found.knn_latent is not None:
        words.append(
            f"Ten neighbours vote for the right class {found.knn_map:.1%} of the time on the map, "
            f"{found.knn_latent:.1%} in latent space."
        )
    if method.exact_inverse:
        left = f"it leaves out {found.inverse_error:.0%} of the {units}' spread"
        lost = "nothing is lost" if found.inverse_error < 0.005 else left
        words.append(f"Back to latent space: exact on the plane; {lost}.")
    else:
        words.append(
            f"Back to latent space: by the 8 nearest points, weighted by distance. For held-out {units} the error is "
            f"{found.inverse_error:.0%} of what it is when the mean is taken for all of them."
        )
    if own and not method.own_transform:
        words.append(
            f"{shown.title} cannot place new {units} itself: yours lie amid their neighbours, weighted by distance."
        )
    return words
