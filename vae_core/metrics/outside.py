"""Whether a model finds strange what is none of its data."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from vae_core.config import option
from vae_core.data import Split
from vae_core.datasets import DATASETS, default_data_dir, held_out, kind_name
from vae_core.errors import UserError
from vae_core.kinds.image import Image
from vae_core.metrics import METRICS, Measure, batches, encode_split
from vae_core.metrics.one_class import auc
from vae_core.model import Model
from vae_core.posterior import Posterior

NOISE = "noise"


@dataclass(frozen=True)
class Config:
    on_request: ClassVar[bool] = True
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure(
            "outside_auc_neg_elbo",
            "Outside AUC, −ELBO",
            "How well −ELBO tells other data (noise, unless some was named): 1 always, 0.5 by chance.",
            "strangers",
            better="higher",
            alike=("outside_against",),
        ),
        Measure(
            "outside_auc_error",
            "Outside AUC, error",
            "How well the error of the reconstruction tells other data: 1 always, 0.5 by chance.",
            "strangers",
            better="higher",
            alike=("outside_against",),
        ),
        Measure(
            "outside_auc_typicality",
            "Outside AUC, typicality",
            "How well the distance of −ELBO from its usual value tells other data: 1 always, 0.5 by chance.",
            "strangers",
            better="higher",
            alike=("outside_against",),
        ),
    )

    against: str = option(
        NOISE,
        "What the strange examples are: noise, or the name of another dataset, such as fashion_mnist or letters for "
        "mnist.",
    )
    data_dir: str = option("", "Folder with the other dataset's files; empty: $LATENT_DATA_DIR.", place=True)
    noise_seed: int = option(0, "Seed of the noise and of the draws of z.", minimum=0)


@METRICS.register("outside", Config)
def outside(config: Config, model: Model, split: Split, encoded: Posterior) -> dict[str, Any]:
    """AUC with which three scores tell other data from the model's own (0.5 is chance; below, it prefers the others).

    `outside_auc_neg_elbo`: −ELBO, one draw each. `outside_auc_error`: the squared error of the reconstruction, of
    symbols the share that is wrong. `outside_auc_typicality`: how far −ELBO is from its mean on half of the model's own
    examples, above or below (Nalisnick et al. 2019); the other half is told apart. Other pictures are brought to the
    size of the model's. `outside_against` is what was named: AUCs against different data do not compare.
    """
    strange = _strange(config, model, split)
    own = _scores(model, split, encoded, config.noise_seed)
    other = _scores(model, strange, encode_split(model, strange), config.noise_seed)
    half = len(split) // 2
    usual = own["neg_elbo"][:half].mean() if half else own["neg_elbo"].mean()
    for scores in (own, other):
        scores["typicality"] = (scores["neg_elbo"] - usual).abs()
    found = {f"outside_auc_{name}": auc(own[name][half:], other[name]) for name in own}
    return {**found, "outside_against": config.against}


def _strange(config: Config, model: Model, split: Split) -> Split:
    """As many examples as there are, or fewer, that are none of the model's data, at rest."""
    if config.against == NOISE:
        generator = torch.Generator().manual_seed(config.noise_seed)
        return Split(model.kind.rest(model.kind.random(model.kind.feed(split.x), generator)), split.y)
    entry = DATASETS[config.against]
    found = held_out(entry.config(), Path(config.data_dir) if config.data_dir else default_data_dir())
    if found is None:
        raise UserError(f"{config.against} is not on this computer: name the folder of its files with --data-dir.")
    found = found.take(slice(0, len(split)))
    if kind_name(entry.config) == model.spec.kind == Image.name and found.x.shape[1] == split.x.shape[1]:
        found = replace(found, x=_of_size(found.x, split.x.shape[2:]))
    if found.x.shape[1:] != split.x.shape[1:] or found.x.dtype != split.x.dtype:
        raise UserError(f"Examples of {config.against} have another shape than those of {model.spec.name}.")
    # A conditional model is asked about each as if it were of a class of its own.
    return Split(found.x, split.y[: len(found)])


def _of_size(x: Tensor, size: torch.Size) -> Tensor:
    """Pictures at rest [N, C, H, W] of another height and width."""
    if x.shape[2:] == size:
        return x
    resized = F.interpolate(x.float(), tuple(size), mode="bilinear", antialias=True, align_corners=False)
    return resized.round().clamp(0, 255).to(torch.uint8)


@torch.inference_mode()
def _scores(model: Model, split: Split, encoded: Posterior, seed: int) -> dict[str, Tensor]:
    """`neg_elbo` in nats and `error` of each example, [N]."""
    training = model.training
    model.eval()
    generator, kl = torch.Generator(model.device).manual_seed(seed), encoded.kl_per_dim().double().sum(1)
    nlls, errors, start = [], [], 0
    for part in batches(model, split):
        some = encoded.take(slice(start, start + len(part)))
        posterior = Posterior(*(None if each is None else each.to(model.device) for each in some))  # type: ignore[arg-type]
        nlls.append(model.nll(part.x, posterior.sample(generator), part.y).double().cpu())
        shown = model.decode(posterior.mu, part.y)
        off = (shown != part.x).double() if model.spec.symbols else (shown - part.x).double().square()
        errors.append(off.flatten(1).mean(1).cpu())
        start += len(part)
    model.train(training)
    return {"neg_elbo": torch.cat(nlls) + kl, "error": torch.cat(errors)}
