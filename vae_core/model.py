"""The model: a network and a likelihood under four verbs, encode, decode, reconstruct and sample.

The loss is defined by an objective (`vae_core/objectives`), so one class serves every kind of autoencoder:
deterministic or variational, conditional or not.
"""

import functools
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.likelihoods import LIKELIHOODS
from vae_core.networks import NETWORKS, SequenceDecoder, Sizes
from vae_core.posterior import Posterior
from vae_core.writing import Writer

AT_ONCE, IN_PIECES = 64_000_000, 8_000_000
"""Values that a layer may put out for a batch of a training: 256 MB in single precision; and where examples go through
it in pieces, as in the app, which many share."""
MAX_BEAMS = 64


def _numbers(out: Any) -> int:
    """How many numbers a layer puts out; a recurrent one puts out several tensors."""
    if isinstance(out, Tensor):
        return out.numel()
    return sum(map(_numbers, out)) if isinstance(out, tuple) else 0


@dataclass(frozen=True)
class ModelConfig:
    """The parts of a model; with a DataSpec it rebuilds the model. Nested configs belong to their registries."""

    network: Any
    likelihood: Any
    latent_dim: int
    variational: bool = True
    conditional: bool = False


class Model(nn.Module):
    """Encoder, decoder and likelihood for data of one spec.

    A conditional model takes a condition `y`: class labels, int64 [B], or class weights, float [B, K], which may mix
    classes. An unconditional model ignores it. The prior over z is N(0, I), with or without a class.

    UserError if the likelihood or the network does not suit the data.
    """

    def __init__(self, config: ModelConfig, spec: DataSpec):
        super().__init__()
        if not 1 <= config.latent_dim <= 512:
            raise UserError(f"latent_dim cannot be {config.latent_dim}: a whole number from 1 to 512 is allowed.")
        if config.conditional and len(spec.classes) < 2:
            raise UserError(
                f"A conditional model needs data with classes; {spec.name} has {len(spec.classes) or 'none'}."
            )
        if config.conditional and spec.normal is not None:
            raise UserError(
                f"A conditional model is told the class, but {spec.name} is learned from the class "
                f"“{spec.classes[spec.normal]}” alone: train one without classes."
            )
        self.config = config
        self.spec = spec
        self.n_conditions = len(spec.classes) if config.conditional else 0
        self.kind = kind_of(spec)
        likelihood = LIKELIHOODS.of(config.likelihood).name
        if likelihood not in self.kind.likelihoods:
            raise UserError(
                f"The likelihood {likelihood} is not for {self.kind.unit}s; these are: "
                f"{', '.join(self.kind.likelihoods)}."
            )
        self.likelihood = LIKELIHOODS.build(config.likelihood, spec)
        self.possible: Tensor | None
        self.register_buffer("possible", self.kind.possible(spec), persistent=False)
        sizes = Sizes(
            input=spec.shape,
            output=self.likelihood.parameter_shape(spec),
            latent=config.latent_dim,
            code=config.latent_dim * (2 if config.variational else 1),
            classes=self.n_conditions,
            symbols=len(spec.symbols),
            padding=spec.padding,
            columns=tuple(len(column.values) for column in spec.columns) if len(spec.shape) == 1 else (),
            unknown=spec.symbol_roles.index("unknown") if "unknown" in spec.symbol_roles else None,
        )
        self.network = NETWORKS.build(config.network, sizes)

    @functools.cached_property
    def largest_activation(self) -> int:
        """The most values that one layer puts out for one example."""
        sizes = [1]
        hooks = [
            module.register_forward_hook(lambda _module, _inputs, out: sizes.append(_numbers(out)))
            for module in self.network.modules()
        ]
        training = self.training
        self.eval()
        try:
            with torch.inference_mode(), self.device:
                y = torch.zeros(1, self.n_conditions) if self.n_conditions else None
                x = self.kind.feed(torch.zeros(1, *self.spec.shape, dtype=self.kind.dtype))
                self.decode(self.encode(x, y).mu, y)
        finally:
            self.train(training)
            for hook in hooks:
                hook.remove()
        return max(sizes)

    def pieces(self, n: int, most: int) -> list[slice]:
        """Parts of `n` examples to encode or decode one after the other: up to `most`, and fewer where a layer puts out
        so much that a batch of them would take a lot of memory (IN_PIECES)."""
        size = max(1, min(most, IN_PIECES // self.largest_activation))
        return [slice(start, min(start + size, n)) for start in range(0, n, size)]

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def condition(self, y: Tensor | None) -> Tensor | None:
        """The condition as class weights, float [B, K]; None for an unconditional model. UserError for any other y."""
        if not self.n_conditions:
            return None
        if y is None:
            raise UserError("This model is conditional: give the class y with it.")
        looked_at = y.device.type == "cpu" or not (self.training or y.is_meta)
        if looked_at and y.numel() and not y.is_floating_point():
            lowest, highest = (value.item() for value in y.aminmax())
            if lowest < 0 or highest >= self.n_conditions:
                wrong = lowest if lowest < 0 else highest
                raise UserError(f"There is no class {wrong}: y goes from 0 to {self.n_conditions - 1}.")
        weights = y if y.is_floating_point() else F.one_hot(y.long(), self.n_conditions).float()
        if weights.ndim != 2 or weights.shape[1] != self.n_conditions:
            raise UserError(
                f"The condition must be class labels [B] or class weights [B, {self.n_conditions}], "
                f"not of shape {list(y.shape)}."
            )
        return weights

    def encode(self, x: Tensor, y: Tensor | None = None) -> Posterior:
        """x [B, *shape] in batch form -> q(z | x) with mu and logvar [B, D]."""
        x = self._checked(x)
        code = self.network.encoder(
            x, self._condition_of(x, y)
        ).float()  # the KL of a bfloat16 code would be off by 0.1 nats
        if not self.config.variational:
            return Posterior(code, None)
        mu, logvar = code.chunk(2, dim=1)
        return Posterior(mu, logvar)

    def decode_logits(self, z: Tensor, y: Tensor | None = None, given: Tensor | None = None) -> Tensor:
        """z [B, D] -> the likelihood's parameters before any output non-linearity, [B, *parameter_shape].

        `given` [B, *shape] holds the true values that an autoregressive decoder conditions on; others ignore it.
        """
        z, condition = self._point(z, y)
        if isinstance(self.network.decoder, SequenceDecoder):
            return self.network.decoder(z, condition, given, self._writer.greedy())
        return self.network.decoder(z, condition)

    def _point(self, z: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """What a decoder takes: points [B, D] and their condition. UserError for points of another space."""
        if z.ndim != 2 or z.shape[1] != self.config.latent_dim:
            raise UserError(
                f"z must be points [B, {self.config.latent_dim}] of this latent space, not {list(z.shape)}."
            )
        return z.float(), self._condition_of(z, y)  # a point typed as whole numbers is a point too

    @property
    def _writer(self) -> Writer:
        return Writer(self.network.decoder, self.kind, self.spec, self.likelihood, self.possible)

    def nll(self, x: Tensor, z: Tensor, y: Tensor | None = None, visible: Tensor | None = None) -> Tensor:
        """−log p(x | z) in nats, [B], of x [B, *shape] in batch form.

        `visible` (1 or 0, broadcasts to x) restricts the sum to visible values. Only here do likelihood and decoder
        meet, and only here does an autoregressive decoder get teacher forcing.
        """
        x = self._checked(x)
        decoder, padding = self.network.decoder, self.spec.padding
        if visible is None and padding is not None and isinstance(decoder, SequenceDecoder):
            self._check_pairs(z, x)
            places = x != padding
            params = decoder.forced_at(decoder.start(*self._point(z, y)), x, places)  # [M, V]
            found = self.likelihood.nll_per_value(params, x[places])
            return torch.zeros(x.shape, device=found.device, dtype=found.dtype).masked_scatter(places, found).sum(1)
        return self._nll(self.decode_logits(z, y, given=x), x, visible)

    def nll_and_filled(self, x: Tensor, z: Tensor, visible: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """−log p(x_visible | z) in nats, [B], and x [B, *shape] with what is not `visible` as z has it.

        A decoder that writes step by step writes between what is visible, and never sees what is hidden.
        """
        x = self._checked(x)
        seen = visible.bool().expand(x.shape)
        if not isinstance(self.network.decoder, SequenceDecoder):
            nll, shown = self.nll_and_shown(x, z, y, visible)
            return nll, torch.where(seen, x, shown)
        filled = self._writer.fill(self._point(z, y), x, seen)
        return self._nll(self.decode_logits(z, y, given=filled), filled, visible), filled

    def bag_nll(self, x: Tensor, z: Tensor, y: Tensor | None = None) -> Tensor:
        """−log of the probability of the symbols of x [B, T], each drawn for itself from one distribution that z gives,
        in nats, [B]: a bag of words (Zhao et al. 2017). UserError for a decoder that does not write step by step."""
        x, decoder = self._checked(x), self.network.decoder
        if not isinstance(decoder, SequenceDecoder):
            raise UserError("A bag of words is for a network that writes one symbol after the other.")
        self._check_pairs(z, x)
        found = -decoder.bag(decoder.start(*self._point(z, y))).log_softmax(1).gather(1, x)  # [B, T]
        return found.masked_fill(x == self.spec.padding, 0).sum(1) if self.spec.padding is not None else found.sum(1)

    def nll_and_shown(
        self, x: Tensor, z: Tensor, y: Tensor | None = None, visible: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """`nll` and what z decodes to, [B, *shape], in one pass where the decoder allows it."""
        x = self._checked(x)
        logits = self.decode_logits(z, y, given=x)
        sequential = isinstance(self.network.decoder, SequenceDecoder)
        return self._nll(logits, x, visible), self.decode(z, y) if sequential else self._shown(logits)

    def _checked(self, x: Tensor) -> Tensor:
        """x in single precision; UserError unless it is a batch of the model's data. Training looks at no values: the
        data were checked before it, and reading a number would stall a GPU at every batch. A model without memory has
        none."""
        self.kind.check_batch(self.spec, x, values=not self.training and not x.is_meta)
        return x.float() if x.is_floating_point() else x

    def _condition_of(self, batch: Tensor, y: Tensor | None) -> Tensor | None:
        """`condition(y)`, one for each example of a batch."""
        condition = self.condition(y)
        if condition is not None and len(condition) != len(batch):
            raise UserError(f"Each of the {len(batch)} examples needs a class: y has {len(condition)}.")
        return condition

    def _nll(self, logits: Tensor, x: Tensor, visible: Tensor | None) -> Tensor:
        self._check_pairs(logits, x)
        if visible is None:
            return self.likelihood.nll(logits, x)
        return (self.likelihood.nll_per_value(logits, x) * visible).flatten(1).sum(1)

    def _check_pairs(self, z: Tensor, x: Tensor) -> None:
        if len(z) != len(x):
            raise UserError(f"Each x needs its own z: there are {len(x)} and {len(z)}.")

    def decode(
        self,
        z: Tensor,
        y: Tensor | None = None,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        top_p: float = 1.0,
        beams: int = 1,
    ) -> Tensor:
        """Decode z [B, D] to [B, *shape] in batch form: the mean, or the most likely symbols.

        With a `temperature` above 0 the result is a draw from p(x | z) instead; below 1 the distribution is sharpened.
        `generator` must live on the CPU. A decoder that writes step by step takes the most likely symbol each time; it
        draws among those that make up a share `top_p` of the probability (Holtzman et al. 2020), and with several
        `beams` it looks for the most likely whole sentence. UserError for values that do not go together.
        """
        if temperature < 0:
            raise UserError(f"temperature cannot be {temperature}: 0, for the mean, or more is allowed.")
        if not 0 < top_p <= 1:
            raise UserError(f"top_p cannot be {top_p}: a share above 0, up to 1, is allowed.")
        if not 1 <= beams <= MAX_BEAMS:
            raise UserError(f"beams cannot be {beams}: a whole number from 1 to {MAX_BEAMS} is allowed.")
        if beams > 1 and temperature:
            raise UserError("A beam search looks for the most likely sentence and draws nothing: set temperature to 0.")
        if isinstance(self.network.decoder, SequenceDecoder):
            writer, point = self._writer, self._point(z, y)
            if beams > 1:
                return writer.search(point, beams)
            return writer.write(
                point, writer.drawing(temperature, generator, top_p) if temperature else writer.greedy()
            )
        if beams > 1 or top_p < 1:
            raise UserError("top_p and beams are for a network that writes one symbol after the other.")
        logits = self.decode_logits(z, y)
        if temperature:
            return self.kind.drawn(self._limited(logits), self.likelihood, self.spec, temperature, generator)
        return self._shown(logits)

    def _shown(self, logits: Tensor) -> Tensor:
        return self.kind.shown(self._limited(logits), self.likelihood, self.spec)

    def _limited(self, logits: Tensor) -> Tensor:
        """Logits [B, V, *shape] with −∞ for the symbols that may not stand where they are."""
        return logits if self.possible is None else logits.masked_fill(~self.possible.movedim(-1, 0), -torch.inf)

    def reconstruct(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """Decode the posterior mean of x [B, *shape]: [B, *shape]. Deterministic: equal inputs give equal outputs."""
        return self.decode(self.encode(x, y).mu, y)

    def sample(
        self,
        n: int,
        y: Tensor | None = None,
        generator: torch.Generator | None = None,
        temperature: float = 0.0,
        top_p: float = 1.0,
        beams: int = 1,
    ) -> Tensor:
        """Decode `n` draws from the prior N(0, I), as `decode` does: [n, *shape]. `y` is the condition of each, as in
        `condition`. `generator` must live on the CPU."""
        if n < 0:
            raise UserError(f"{n} samples cannot be drawn.")
        z = torch.randn(n, self.config.latent_dim, generator=generator).to(self.device)
        return self.decode(z, y if y is None else y.to(self.device), temperature, generator, top_p, beams)
