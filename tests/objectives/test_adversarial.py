"""VAE-GAN and GAN: who hears of which term, and the losses of both sides by hand."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.distributions import Independent, Normal

from tests.objectives.toy import SENTENCES, SPEC, batch, model_for
from vae_core.datasets import text
from vae_core.errors import UserError
from vae_core.likelihoods import bernoulli
from vae_core.model import Model, ModelConfig
from vae_core.networks import conv, gru
from vae_core.objectives import OBJECTIVES, gan, vae_gan
from vae_core.objectives._critic import Critic, convincing, told_apart
from vae_core.training import TrainConfig, TrainingState

NOISE = 5


def built(config, conditional=False):
    objective = OBJECTIVES.build(config)
    model = model_for(objective, conditional)
    return objective, model, objective.helper(model)


def seeded():
    return torch.Generator().manual_seed(NOISE)


def heard_by(term, model):
    """Which parts of a model a term reaches."""
    parts = {"encoder": model.network.encoder, "decoder": model.network.decoder}
    gradients = {
        name: torch.autograd.grad(term, list(part.parameters()), retain_graph=True, allow_unused=True)
        for name, part in parts.items()
    }
    return {name for name, found in gradients.items() if any(each is not None and each.any() for each in found)}


def test_both_sides_of_the_game_by_cross_entropy(generator):
    real, fake, other = (torch.randn(8, generator=generator) for _ in range(3))
    ones, zeros = torch.ones(8), torch.zeros(8)
    cross = F.binary_cross_entropy_with_logits
    torch.testing.assert_close(told_apart(real, fake), 0.5 * (cross(real, ones) + cross(fake, zeros)))
    both = 0.5 * (cross(real, ones) + 0.5 * (cross(fake, zeros) + cross(other, zeros)))
    torch.testing.assert_close(told_apart(real, fake, other), both)
    torch.testing.assert_close(convincing(fake, other), 0.5 * (cross(fake, ones) + cross(other, ones)))
    assert told_apart(zeros, zeros).item() == pytest.approx(math.log(2))


def test_a_steady_critic_pays_for_its_slope_at_examples(generator):
    for config in (gan.Config(steadiness=0.0), vae_gan.Config(steadiness=0.0)):
        objective, model, critic = built(config)
        given = batch(generator)
        slopes = torch.func.vmap(torch.func.grad(lambda x, critic=critic: critic(x[None])[0]))(given.x)
        steep = OBJECTIVES.build(type(config)(steadiness=3.0))
        without, with_ = (each.helper_loss(model, given, seeded(), critic) for each in (objective, steep))
        torch.testing.assert_close(with_ - without, 1.5 * slopes.flatten(1).square().sum(1).mean())


@pytest.mark.parametrize("conditional", [False, True])
def test_vae_gan_by_hand(conditional, generator):
    objective, model, critic = built(vae_gan.Config(adversarial=3.0, pixels=0.5), conditional)
    given = batch(generator)
    y = model.condition(given.y)
    terms = objective(model, given, seeded(), critic)
    noise = seeded()
    posterior = model.encode(given.x, given.y)
    z = posterior.sample(noise)
    drawn = torch.randn(z.shape, generator=noise)
    made = [torch.sigmoid(model.decode_logits(points, given.y)) for points in (z, drawn)]
    layer = Independent(Normal(critic.features(made[0], y), 1.0), 1)  # p(D_l(x) | z) of the paper, equation 7
    seen = critic.features(given.x, y)
    features = -layer.log_prob(seen).mean() - 0.5 * seen.shape[1] * math.log(2 * math.pi)
    torch.testing.assert_close(terms["features"], features)
    logits = torch.cat([critic(each, y) for each in made])
    torch.testing.assert_close(terms["adversarial"], -F.logsigmoid(logits).mean())
    expected = features + posterior.kl_per_dim().sum(1).mean() - 3 * F.logsigmoid(logits).mean()
    torch.testing.assert_close(terms["loss"], expected + 0.5 * model.nll(given.x, z, given.y).mean())
    assert heard_by(terms["adversarial"], model) == {"decoder"}
    assert heard_by(terms["features"], model) == {"encoder", "decoder"}


def test_gan_by_hand(generator):
    objective, model, critic = built(gan.Config())
    given = batch(generator)
    terms = objective(model, given, seeded(), critic)
    noise = seeded()
    model.encode(given.x).sample(noise)
    z = torch.randn(6, 3, generator=noise)
    drawn = torch.sigmoid(model.network.decoder(z))
    torch.testing.assert_close(terms["adversarial"], -F.logsigmoid(critic(drawn)).mean())
    code = model.network.encoder(drawn)
    q = Normal(code[:, :3], torch.exp(0.5 * code[:, 3:]))
    torch.testing.assert_close(terms["code"], -q.log_prob(z).sum() / 6)
    torch.testing.assert_close(terms["loss"], terms["adversarial"] + terms["code"])
    assert heard_by(terms["adversarial"], model) == {"decoder"} and heard_by(terms["code"], model) == {"encoder"}
    assert not terms["nll"].requires_grad and not terms["kl"].requires_grad


@pytest.mark.parametrize("config", [vae_gan.Config(steadiness=0.0), gan.Config(steadiness=0.0)])
def test_the_critic_learns_and_the_model_does_not_hear_of_that(config, generator):
    objective, model, critic = built(config)
    given, losses = batch(generator, n=32), []
    optimizer = torch.optim.Adam(critic.parameters(), 0.02)
    for _ in range(30):
        optimizer.zero_grad()
        losses.append(objective.helper_loss(model, given, generator, critic))
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]
    assert all(parameter.grad is None for parameter in model.parameters())
    objective(model, given, generator, critic)["loss"].backward()
    optimizer.zero_grad()
    assert all(parameter.requires_grad for parameter in critic.parameters())


def test_the_critic_is_of_the_models_own_kind_of_network(generator):
    torch.manual_seed(0)
    model = Model(ModelConfig(conv.Config((4,), 8, batch_norm=True), bernoulli.Config(), 3), SPEC)
    critic, x = Critic(model), torch.rand(5, *SPEC.shape, generator=generator)
    assert critic.features(x).shape == (5, 8) and critic(x).shape == (5,)
    torch.testing.assert_close(critic(x), critic.last(critic.features(x))[:, 0])
    for config in (vae_gan.Config(), gan.Config()):
        with pytest.raises(UserError, match="toy sentences has symbols"):
            OBJECTIVES.build(config).check(SENTENCES)
        training = TrainConfig(text.Config(), gru.Config(6, 8), config)
        with pytest.raises(UserError, match="toy sentences has symbols"):  # and not that a critic cannot be made
            TrainingState.start(training, SENTENCES)
