"""`python -m vae_core score`: how unlike what it learned a model finds the examples of a file."""

import argparse
from pathlib import Path
from typing import Any

from torch import Tensor

from vae_core import anomalies, checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.cli.options import number, print_json
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.latent.typicality import Typicality

SHARE = 0.99
"""Of the normal examples, how many lie below the threshold that is taken where none is given."""


def add_command(commands: Any) -> None:
    command = commands.add_parser("score", help="score the examples of a file: higher is less like what was learned")
    command.add_argument("checkpoint", metavar="NAME_OR_PATH", help="a name that `list` shows, or a folder")
    command.add_argument(
        "--input",
        type=Path,
        required=True,
        metavar="FILE",
        help="a table (every window of it), a text (every line), or a file or a zip of files of the model's kind",
    )
    command.add_argument("--score", choices=list(anomalies.SCORES), default="neg_elbo", help="which score [neg_elbo]")
    command.add_argument(
        "--threshold",
        type=float,
        metavar="T",
        help=f"flag what scores higher [the score below which {SHARE:.0%} of the held-out normal examples lie]",
    )
    command.add_argument("--json", action="store_true", help="print one JSON object a line")
    command.set_defaults(run=_score)


def _score(namespace: argparse.Namespace) -> int:
    checkpoint = checkpoints.load(namespace.checkpoint)
    try:
        content = namespace.input.read_bytes()
    except OSError as error:
        raise UserError(f"{namespace.input} cannot be read: {error.strerror}.") from None
    several = kind_of(checkpoint.spec).read_all(content, namespace.input.name, checkpoint.spec)
    typicality, normal = _normal(checkpoint, namespace.score)
    threshold = namespace.threshold
    if threshold is None:
        if normal is None:
            raise UserError(f"{checkpoint.name} keeps no scores of normal examples: give a --threshold.")
        threshold = anomalies.quantile(normal, SHARE)
    model = checkpoint.load_model()
    found = anomalies.unlabelled(model, kind_of(model.spec).rest(several.x), typicality)[namespace.score]
    flagged = found > threshold
    for index, (place, score, flag) in enumerate(zip(several.places, found.tolist(), flagged.tolist(), strict=True)):
        if namespace.json:
            print_json({"event": "example", "index": index, **place, "score": score, "flagged": flag})
        else:
            where = " to ".join(map(str, place.values()))
            print(f"{where}  {number(score)}{'  flagged' if flag else ''}")
    n = int(flagged.sum())
    if namespace.json:
        print_json({"event": "done", "n": len(found), "threshold": threshold, "flagged": n})
    else:
        print(f"{n:,} of {len(found):,} {kind_of(checkpoint.spec).unit}s score above {number(threshold)} nats")
    return 0


def _normal(checkpoint: Checkpoint, name: str) -> tuple[Typicality, Tensor | None]:
    """How typical codes are, and the scores of the held-out normal examples, both from what the checkpoint stores.
    Older ones store no NLL, hence no scores."""
    latents = checkpoint.load_latents()
    known, typicality = latents.known(checkpoint.spec), latents.density(checkpoint.spec)
    if latents.nll is None:
        return typicality, None
    return typicality, anomalies.of_parts(latents.nll[known].float(), latents.posterior.take(known), typicality)[name]
