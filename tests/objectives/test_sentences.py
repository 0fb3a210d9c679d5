"""The objectives of sentences: without z, and with damaged words."""

import pytest
import torch

from tests.objectives.toy import SENTENCES, SPEC, batch, model_for
from vae_core.errors import UserError
from vae_core.kinds.text.vocabulary import END, MASK, PADDING
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import lstm, rnn, transformer
from vae_core.objectives import OBJECTIVES, controlled, language_model, masked


def test_a_language_model_makes_nothing_of_z_and_learns_to_make_nothing_of_it(generator):
    """Two steps of Adam, which moves every weight that has any gradient, leave every z without effect."""
    objective = OBJECTIVES.build(language_model.Config())
    model, given = model_for(objective, conditional=True, spec=SENTENCES), batch(generator, spec=SENTENCES)
    objective.prepare(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        losses.append(objective(model, given)["loss"])
        losses[-1].backward()
        optimizer.step()
    assert losses[1] < losses[0]
    z, y = torch.randn(6, 3, generator=generator), given.y
    torch.testing.assert_close(model.nll(given.x, z, y), model.nll(given.x, 0 * z, y), rtol=0, atol=0)
    assert not torch.equal(model.nll(given.x, z, y), model.nll(given.x, z, (y + 1) % 3))  # the class it knows
    posterior = model.encode(given.x, y)
    assert posterior.logvar is None and not posterior.mu.any()


@pytest.mark.parametrize("config", [rnn.Config(6, 8, 2), lstm.Config(6, 8, 2), transformer.Config(width=8, heads=2)])
def test_language_models_of_other_networks_ignore_z(config, generator):
    objective = OBJECTIVES.build(language_model.Config())
    model = Model(ModelConfig(config, categorical.Config(), 3, objective.variational), SENTENCES)
    x, z = batch(generator, spec=SENTENCES).x, torch.randn(6, 3, generator=generator)
    assert not torch.equal(model.nll(x, z), model.nll(x, 0 * z))
    objective.prepare(model)
    assert torch.equal(model.nll(x, z), model.nll(x, 0 * z))


def test_objectives_of_sentences_refuse_pictures():
    for config in (controlled.Config(), language_model.Config(), masked.Config()):
        with pytest.raises(UserError, match="sentences"):
            OBJECTIVES.build(config).check(SPEC)
    for config, said in (
        (language_model.Config(), "one symbol after the other"),
        (controlled.Config(), "word by word"),
    ):
        objective = OBJECTIVES.build(config)
        with pytest.raises(UserError, match=said):
            objective.prepare(model_for(objective))


X = torch.tensor([[4, 5, 6, 7, 8, END, PADDING, PADDING]])


def test_a_hidden_word_a_missing_word_and_a_jump():
    def seeded():
        return torch.Generator().manual_seed(3)

    assert torch.equal(masked.damaged(X, 0, 0, 0, seeded()), X)
    assert masked.damaged(X, 1, 0, 0, seeded()).tolist() == [[MASK] * 5 + [END, PADDING, PADDING]]
    assert masked.damaged(X, 0, 1, 0, seeded()).tolist() == [[END] + [PADDING] * 7]
    # Who jumps is drawn third; here by the generator's own numbers.
    uniform = [torch.rand(X.shape, generator=g) for g in [seeded()] for _ in range(3)]
    first = uniform[2][0, :5].argmin().item()
    found = masked.damaged(X, 0, 0, uniform[2][0, first].item() + 1e-6, seeded())[0].tolist()
    expected = X[0].tolist()
    if first < 4:
        expected[first : first + 2] = expected[first : first + 2][::-1]
    assert found == expected


def test_damage_takes_its_shares_and_leaves_the_target_alone(generator):
    x = torch.cat([torch.arange(4, 15).expand(400, 11).repeat_interleave(5, 1), torch.full((400, 1), END)], 1)
    hidden = masked.damaged(x, 0.3, 0, 0, generator)
    assert (hidden == MASK).float().sum(1).mean() / 55 == pytest.approx(0.3, abs=0.02)
    assert torch.equal(torch.where(hidden == MASK, x, hidden), x)
    short = masked.damaged(x, 0, 0.2, 0, generator)
    assert (short != PADDING).float().sum(1).mean().item() == pytest.approx(1 + 0.8 * 55, abs=0.6)
    order = masked.damaged(torch.arange(4, 60).expand(400, 56).clone(), 0, 0, 0.25, generator)
    assert torch.equal(order.sort(1).values, torch.arange(4, 60).expand(400, 56))  # the same words
    moved = (order - torch.arange(4, 60)).abs()
    assert 0.3 < (moved > 0).float().mean() < 0.5 and moved.max() <= 8

    objective = OBJECTIVES.build(masked.Config(mask=1.0, beta=0.5))
    model, given = model_for(objective, spec=SENTENCES), batch(generator, spec=SENTENCES)
    terms = objective(model, given, torch.Generator().manual_seed(5))
    noise = torch.Generator().manual_seed(5)
    seen = masked.damaged(given.x, 1.0, 0, 0, noise)
    posterior = model.encode(seen)
    assert terms["nll"].item() == pytest.approx(model.nll(given.x, posterior.sample(noise)).mean().item())
    assert terms["loss"].item() == pytest.approx((terms["nll"] + 0.5 * posterior.kl_per_dim().sum(1).mean()).item())
