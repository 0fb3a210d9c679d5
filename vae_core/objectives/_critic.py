"""The discriminator of the adversarial objectives, and the losses of both sides (Goodfellow et al. 2014)."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import DataSpec
from vae_core.model import Model
from vae_core.networks import NETWORKS, Pipeline, Sizes
from vae_core.objectives import Objective, numbers_only


def steadiness() -> float:
    return option(
        1.0,
        "Weight of the discriminator's squared slope at examples, without which the two rarely settle (R1 of Mescheder "
        "et al. 2018).",
        minimum=0,
        maximum=1000,
        live=True,
    )


class Adversarial(Objective):
    """What objectives with a discriminator share: it is their helper, and −ELBO does not rank their epochs."""

    ranked = False

    def check(self, spec: DataSpec) -> None:
        numbers_only(spec, "A discriminator's gradient must reach what the decoder puts out")

    def helper(self, model: Model) -> nn.Module:
        return Critic(model)


class Critic(nn.Module):
    """Tells examples from a model's: the encoder of the model's own kind of network, with a single output.

    `features` are what its last layer reads, [B, F]: what a picture is like, in the critic's eyes.
    """

    def __init__(self, model: Model):
        super().__init__()
        spec, k = model.spec, model.n_conditions
        sizes = Sizes(input=spec.shape, output=model.likelihood.parameter_shape(spec), latent=1, code=1, classes=k)
        sizes = dataclasses.replace(sizes, columns=(0,) * len(spec.columns) if len(spec.shape) == 1 else ())
        *layers, last = NETWORKS.build(model.config.network, sizes).encoder
        self.body, self.last = Pipeline(*layers), last

    def features(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """x [B, *shape] in batch form, and class weights [B, K] of a conditional model -> [B, F]."""
        return self.body(x, condition).flatten(1)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """The logit of x being an example, [B]."""
        return self.last(self.body(x, condition))[:, 0]


def told_apart(real: Tensor, *fakes: Tensor) -> Tensor:
    """The critic's loss for logits of examples and of what is made, [B] each: a scalar in nats; each side counts half.

    log 2 where it cannot tell them apart.
    """
    made = sum((F.softplus(fake).mean() for fake in fakes), torch.zeros((), device=real.device)) / len(fakes)
    return 0.5 * (F.softplus(-real).mean() + made)


def convincing(*fakes: Tensor) -> Tensor:
    """The generator's loss, −log D, which does not fade where the critic is sure (non-saturating): a scalar in nats."""
    return torch.stack([F.softplus(-fake).mean() for fake in fakes]).mean()


def steepness(critic: Critic, x: Tensor, condition: Tensor | None = None) -> Tensor:
    """½‖∂D/∂x‖² at examples x [B, *shape], D the logit: a scalar, mean over the batch.

    A critic that pays for it settles, and with it the game (R1 of Mescheder, Geiger & Nowozin 2018).
    """
    x = x.detach().requires_grad_()
    # Recurrent networks of cuDNN have no second derivative.
    with torch.backends.cudnn.flags(enabled=False):
        (slope,) = torch.autograd.grad(critic(x, condition).sum(), x, create_graph=True)
    return 0.5 * slope.flatten(1).square().sum(1).mean()


@contextmanager
def watching(module: nn.Module) -> Iterator[None]:
    """Evaluation mode, for a while."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)


@contextmanager
def fixed(module: nn.Module) -> Iterator[None]:
    """Its weights get no gradient here; what goes through it does."""
    asked = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in asked:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in asked:
            parameter.requires_grad_(True)
