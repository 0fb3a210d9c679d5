"""The Jacobian's norm against torch.func.jacrev, exactly and estimated."""

import pytest
import torch
from torch.func import jacrev, vmap

from tests.objectives.toy import SENTENCES, SPEC, batch, model_for
from vae_core.errors import UserError
from vae_core.likelihoods import bernoulli
from vae_core.model import Model, ModelConfig
from vae_core.networks import conv, mlp
from vae_core.objectives import OBJECTIVES, contractive


def by_jacrev(model, given):
    """‖∂z/∂x‖² of each example, from its whole Jacobian."""
    y = model.condition(given.y)

    def code(x, condition):
        return model.network.encoder(x[None], None if condition is None else condition[None])[0]

    jacobians = vmap(jacrev(code), in_dims=(0, None if y is None else 0))(given.x, y)
    return jacobians.flatten(1).square().sum(1)


def deep(config):
    torch.manual_seed(0)
    return Model(ModelConfig(config, bernoulli.Config(), 3, variational=False), SPEC)


@pytest.mark.parametrize("activation", ["relu", "silu", "tanh"])
@pytest.mark.parametrize("conditional", [False, True])
def test_one_hidden_layer_is_exact(conditional, activation, generator):
    torch.manual_seed(0)
    parts = (mlp.Config((16,), activation), bernoulli.Config())
    model = Model(ModelConfig(*parts, 3, variational=False, conditional=conditional), SPEC)
    given = batch(generator)
    found = contractive.squared_norm(model, given, probes=1)
    torch.testing.assert_close(found, by_jacrev(model, given))


@pytest.mark.parametrize("config", [mlp.Config((16, 8), "tanh"), conv.Config((4,), 8, "silu")])
def test_deeper_encoders_are_exact_with_a_probe_a_dimension_and_right_in_the_mean_with_one(config, generator):
    model, given = deep(config), batch(generator, n=3)
    expected = by_jacrev(model, given)
    torch.testing.assert_close(contractive.squared_norm(model, given, probes=3), expected)
    draws = torch.stack([contractive.squared_norm(model, given, 1, generator).detach() for _ in range(400)])
    deviation = draws.std(0) / 20
    assert ((draws.mean(0) - expected).abs() < 4 * deviation).all() and (draws.std(0) > 0).all()


def test_its_gradient_is_that_of_the_jacobian(generator):
    for config, probes in ((mlp.Config((16,), "tanh"), 1), (mlp.Config((16, 8), "tanh"), 3)):
        model, given = deep(config), batch(generator)
        weights = list(model.network.encoder.parameters())
        weights = [weight for weight in weights if weight.ndim == 2]
        found = torch.autograd.grad(contractive.squared_norm(model, given, probes).mean(), weights)
        expected = torch.autograd.grad(by_jacrev(model, given).mean(), weights)
        torch.testing.assert_close(found, expected)


def test_its_weight_pays_for_it_and_symbols_have_no_jacobian(generator):
    objective = OBJECTIVES.build(contractive.Config(contraction=2.0))
    model, given = model_for(objective), batch(generator)
    terms = objective(model, given, generator)
    expected = model.nll(given.x, model.encode(given.x).mu).mean() + 2 * by_jacrev(model, given).mean()
    torch.testing.assert_close(terms["loss"], expected)
    with pytest.raises(UserError, match="toy sentences has symbols"):
        objective.check(SENTENCES)
