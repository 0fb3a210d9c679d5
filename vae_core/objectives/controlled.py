"""Controlled sentences: what a model writes for a class is read by a discriminator, which says whether it shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import option
from vae_core.data import Batch, DataSpec, Split
from vae_core.errors import UserError
from vae_core.metrics import batches
from vae_core.model import Model
from vae_core.networks import SequenceDecoder
from vae_core.objectives import OBJECTIVES, beta_vae
from vae_core.objectives.beta_vae import ramp
from vae_core.posterior import Posterior

GUMBEL, STRAIGHT_THROUGH, REINFORCE = "gumbel", "straight_through", "reinforce"


@dataclass(frozen=True)
class Config(beta_vae.Config):
    title: ClassVar[str] = "Controlled by class"

    beta: float = beta_vae.weight_of_kl(1.0)
    control: float = option(
        5.0,
        "Weight of the discriminator's loss on what is written for a random class.",
        minimum=0,
        maximum=1000,
        live=True,
    )
    independence: float = option(
        1.0, "Weight of hiding the class from an adversary that reads it off z.", minimum=0, maximum=1000, live=True
    )
    plain_epochs: float = option(
        1.0, "Epochs without both, while model and discriminator learn to write and to read.", minimum=0, maximum=1000
    )
    control_epochs: float = option(
        2.0, "Epochs over which the weights of both then rise from 0.", minimum=0, maximum=1000
    )
    rewritten: float = option(
        0.5, "Share of each batch that is also written for a random class; more takes longer.", minimum=0.01, maximum=1
    )
    choice: str = option(
        GUMBEL,
        "How gradients pass the choice of a word: gumbel (soft words, Jang et al. 2017), straight_through (whole words "
        "forwards, soft ones backwards) or reinforce (Williams 1992).",
        choices=(GUMBEL, STRAIGHT_THROUGH, REINFORCE),
    )
    temperature: float = option(1.0, "Of the Gumbel-softmax at the start.", minimum=0.01, maximum=10)
    last_temperature: float = option(0.3, "Of the Gumbel-softmax after its fall.", minimum=0.01, maximum=10)
    temperature_epochs: float = option(
        10.0, "Epochs over which the temperature falls, by the same factor in each.", minimum=0, maximum=1000
    )


def gumbel_softmax(
    logits: Tensor, temperature: float, generator: torch.Generator | None = None, hard: bool = False
) -> Tensor:
    """A soft draw of one of V symbols: logits [B, V] -> weights [B, V] that sum to 1 (Jang, Gu & Poole 2017).

    Its largest weight stands where a draw from the softmax would, whatever the temperature. `hard`: exactly one weight
    is 1, and the gradient is that of the soft weights, the straight-through estimator (Bengio et al. 2013).
    """
    uniform = torch.rand(logits.shape, generator=generator, device=logits.device).clamp(1e-20, 1 - 1e-7)
    soft = ((logits - (-uniform.log()).log()) / temperature).softmax(-1)
    return F.one_hot(soft.argmax(-1), soft.shape[-1]) + (soft - soft.detach()) if hard else soft


def reinforce(cost: Tensor, log_p: Tensor) -> Tensor:
    """The mean of costs [B] of draws whose log probabilities are `log_p` [B]; its gradient is the score-function
    estimate of Williams 1992. The baseline of each draw is the mean cost of the others, which leaves it unbiased."""
    n = len(cost)
    baseline = (cost.sum() - cost) / (n - 1) if n > 1 else torch.zeros_like(cost)
    surrogate = ((cost - baseline).detach() * log_p).mean()
    return cost.mean() + surrogate - surrogate.detach()


class Judges(nn.Module):
    """What the objective trains beside the model: a `discriminator` that reads the class off a sentence, and an
    `adversary` that tries to read it off z."""

    WIDTH = 64
    DROPPED = 0.3
    """Share of the words that the discriminator does not see while it learns: real sentences are few."""

    def __init__(self, model: Model):
        super().__init__()
        self.padding = model.spec.padding
        self.embedding = nn.Embedding(len(model.spec.symbols), self.WIDTH)
        self.words = nn.Linear(self.WIDTH, self.WIDTH)
        self.phrases = nn.Conv1d(self.WIDTH, self.WIDTH, 3, padding=1)
        self.classes = nn.Linear(2 * self.WIDTH, model.n_conditions)
        self.adversary = nn.Sequential(
            nn.Linear(model.config.latent_dim, self.WIDTH), nn.ReLU(), nn.Linear(self.WIDTH, model.n_conditions)
        )

    def discriminator(self, x: Tensor, read: Tensor | None = None) -> Tensor:
        """Symbols [B, T], or weights of them [B, T, V], to logits [B, K]: the largest value of each feature of single
        words and of three in a row (Kim 2014). `read` [B, T]: 1 where a word is seen; default: everywhere."""
        soft = x.is_floating_point()
        seen = x @ self.embedding.weight if soft else self.embedding(x)  # [B, T, E]
        if self.padding is not None:
            there = 1 - x[..., self.padding] if soft else (x != self.padding).float()
            read = there if read is None else there * read
        if read is not None:
            seen = seen * read[..., None]
        single, triple = self.words(seen), self.phrases(seen.transpose(1, 2)).transpose(1, 2)
        return self.classes(torch.cat([single, triple], 2).relu().amax(1))


@OBJECTIVES.register("controlled", Config)
class Controlled(beta_vae.BetaVAE):
    """A VAE whose sentences show the class that is asked for: a discriminator reads them (Hu et al. 2017).

    Each sentence is also written for a random class from its own z. `control` is the cross-entropy of that class under
    the discriminator, `independence` the divergence of what the adversary reads off z from knowing nothing, both in
    nats, and 0 in the records of epochs in which they are not heard. Where Hu et al. draw z from the prior, here it is
    drawn from the posterior: what is controlled is how a sentence is rewritten.
    """

    conditional = True
    title = "controlled"
    terms = ("loss", "nll", "kl", "control", "independence")
    labels: ClassVar[Mapping[str, str]] = {"control": "Control", "independence": "Independence"}

    def check(self, spec: DataSpec) -> None:
        if spec.groups or len(spec.classes) < 2 or len(spec.shape) != 1 or not spec.symbols:
            raise UserError(f"The controlled objective is for sentences of one class each; {spec.name} has none.")

    def prepare(self, model: Model) -> None:
        if not isinstance(model.network.decoder, SequenceDecoder):
            raise UserError("The controlled objective needs a network that writes word by word, such as gru.")

    def helper(self, model: Model) -> nn.Module:
        return Judges(model)

    def __call__(
        self,
        model: Model,
        batch: Batch,
        generator: torch.Generator | None = None,
        helper: nn.Module | None = None,
    ) -> dict[str, Tensor]:
        assert isinstance(helper, Judges) and batch.y is not None
        _, z, terms = self.encoded(model, batch, generator)
        terms |= {"control": torch.zeros_like(terms["nll"]), "independence": torch.zeros_like(terms["nll"])}
        if self.heard(batch.epoch):
            n = max(1, round(self.config.rewritten * len(z)))
            wanted = torch.randint(model.n_conditions, (n,), generator=generator, device=z.device)
            terms["control"] = self._control(model, z[:n], wanted, batch.epoch, generator, helper)
            terms["independence"] = independence(helper.adversary(z))
        loss, more = self.loss(terms, batch.epoch), self.aside(model, batch, z)
        return {"loss": loss if more is None else loss + more, **terms}

    def loss(self, terms: Mapping[str, Tensor], epoch: float) -> Tensor:
        config = self.config
        judged = config.control * terms["control"] + config.independence * terms["independence"]
        return super().loss(terms, epoch) + self.heard(epoch) * judged

    def heard(self, epoch: float) -> float:
        """How much discriminator and adversary count, 0 to 1."""
        config = self.config
        return ramp(epoch - config.plain_epochs, config.control_epochs) if epoch >= config.plain_epochs else 0.0

    def temperature(self, epoch: float) -> float:
        """Of the Gumbel-softmax: it falls geometrically."""
        first, last = self.config.temperature, self.config.last_temperature
        return first * (last / first) ** ramp(epoch, self.config.temperature_epochs)

    def _control(
        self,
        model: Model,
        z: Tensor,
        wanted: Tensor,
        epoch: float,
        generator: torch.Generator | None,
        judges: Judges,
    ) -> Tensor:
        """How far what is written at z [B, D] is from showing the class that is wanted [B], in nats, a scalar."""
        if self.config.choice == REINFORCE:
            with torch.no_grad():
                x = written(model, z, wanted, lambda logits: _drawn(logits, generator))
                cost = F.cross_entropy(judges.discriminator(x), wanted, reduction="none")
            forced = model.kind.allowed(model.decode_logits(z, wanted, given=x))
            return reinforce(cost, -model.likelihood.nll(forced, x))
        temperature, hard = self.temperature(epoch), self.config.choice == STRAIGHT_THROUGH
        x = written(model, z, wanted, lambda logits: gumbel_softmax(logits, temperature, generator, hard))
        return F.cross_entropy(judges.discriminator(x), wanted)

    def helper_loss(self, model: Model, batch: Batch, generator: torch.Generator | None, helper: nn.Module) -> Tensor:
        assert isinstance(helper, Judges) and batch.y is not None
        with torch.no_grad():
            z = model.encode(batch.x, batch.y).sample(generator)
        kept = torch.rand(batch.x.shape, generator=generator, device=batch.x.device) >= helper.DROPPED
        read = helper.discriminator(batch.x, kept.float())
        return F.cross_entropy(read, batch.y) + F.cross_entropy(helper.adversary(z), batch.y)

    @torch.inference_mode()
    def measured(
        self, model: Model, split: Split, encoded: Posterior, epoch: float, helper: nn.Module | None = None
    ) -> dict[str, Any]:
        """As every objective; `control` is that of each sentence as the next class, greedily written."""
        assert isinstance(helper, Judges)
        training = model.training
        model.eval()
        control, start = 0.0, 0
        for part in batches(model, split):
            assert part.y is not None
            wanted = (part.y + 1) % model.n_conditions
            x = model.decode(encoded.mu[start : start + len(part)].to(model.device), wanted)
            control += F.cross_entropy(helper.discriminator(x), wanted, reduction="sum").item()
            start += len(part)
        model.train(training)
        judged = {
            "control": control / len(split),
            "independence": independence(helper.adversary(encoded.mu.to(model.device))).item(),
        }
        return self.with_loss(self.elbo(model, split, encoded) | judged, epoch)


def written(model: Model, z: Tensor, y: Tensor, choose: Callable[[Tensor], Tensor]) -> Tensor:
    """What a model writes at z [B, D] for classes y [B] where `choose` picks each symbol from its logits [B, V]: ids
    [B, T], or, of a soft choice, weights [B, T, V]. Nothing but padding stands after the end."""
    found: list[Tensor] = []

    def chosen(params: Tensor) -> Tensor:
        found.append(choose(model.kind.allowed(params)))
        return found[-1]

    model.network.decoder(z, model.condition(y), None, chosen)
    x = torch.stack(found, 1)
    if not x.is_floating_point():
        return model.kind.finished(x)
    picked = x.argmax(2)
    after = (model.kind.finished(picked) != picked)[..., None]
    padding = F.one_hot(torch.full_like(picked, model.spec.padding or 0), x.shape[2])
    return torch.where(after, padding, x)


def independence(logits: Tensor) -> Tensor:
    """KL from knowing nothing of K classes to what an adversary says, logits [B, K]: a scalar in nats, mean over the
    batch. 0 where it says that all classes are equally likely."""
    uniform = torch.full_like(logits, 1 / logits.shape[1])
    return F.kl_div(logits.log_softmax(1), uniform, reduction="batchmean")


def _drawn(logits: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
