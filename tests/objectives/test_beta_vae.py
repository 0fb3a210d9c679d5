"""What controls the KL: warm-up, cycles, free bits, capacity, a hurried encoder, a bag of words."""

import pytest
import torch

from tests.objectives.toy import PER_DIM, SENTENCES, SPEC, TERMS, batch, model_for
from vae_core.data import Batch
from vae_core.errors import UserError
from vae_core.kinds.text.vocabulary import PADDING
from vae_core.objectives import OBJECTIVES, beta_vae
from vae_core.objectives.beta_vae import ramp


def loss(epoch=0.0, **options):
    return OBJECTIVES.build(beta_vae.Config(**options)).loss(TERMS, epoch).item()


def test_beta_weighs_the_kl():
    assert loss(beta=1.0) == pytest.approx(103.51)
    assert loss(beta=4.0) == pytest.approx(100 + 4 * 3.51)
    assert loss(beta=0.0) == 100


@pytest.mark.parametrize(("epoch", "weight"), [(0, 0.0), (1, 0.5), (3, 1.5), (4, 2.0), (9, 2.0)])
def test_warmup_raises_the_weight_linearly(epoch, weight):
    assert loss(epoch, beta=2.0, warmup_epochs=4.0) == pytest.approx(100 + weight * 3.51)


def test_free_bits_are_paid_by_no_dimension_below_them():
    assert loss(beta=1.0, free_bits=0.4) == pytest.approx(100 + 3.0 + 0.5 + 0.4)
    assert loss(beta=2.0, free_bits=1.0) == pytest.approx(100 + 2 * (3.0 + 1.0 + 1.0))


def test_free_bits_press_only_on_dimensions_above_them():
    per_dim = PER_DIM.clone().requires_grad_()
    objective = OBJECTIVES.build(beta_vae.Config(beta=3.0, free_bits=0.4))
    objective.loss({"nll": torch.tensor(0.0), "kl": per_dim.sum(), "kl_per_dim": per_dim}, 0).backward()
    assert per_dim.grad.tolist() == [3, 3, 0]


@pytest.mark.parametrize(("epoch", "held_at"), [(0, 0.0), (2.5, 2.5), (5, 5.0), (10, 10.0), (20, 10.0)])
def test_capacity_holds_the_kl_at_a_rising_value(epoch, held_at):
    expected = 100 + 50 * abs(3.51 - held_at)
    assert loss(epoch, beta=50.0, capacity=10.0, capacity_epochs=10.0) == pytest.approx(expected)


def test_capacity_and_free_bits_and_warmup_together():
    assert loss(1.0, beta=8.0, warmup_epochs=2.0, free_bits=1.0, capacity=20.0, capacity_epochs=10.0) == pytest.approx(
        100 + 4 * abs(5.0 - 2.0)
    )


@pytest.mark.parametrize(("total", "kl"), [(2.0, 3.51), (5.0, 5.0)])
def test_free_bits_in_total_are_paid_by_whichever_dimensions_carry_them(total, kl):
    assert loss(beta=2.0, free_bits_total=total) == pytest.approx(100 + 2 * kl)


def test_free_bits_in_total_press_on_nothing_below_them():
    for total, pressed in ((5.0, 0), (2.0, 3)):
        per_dim = PER_DIM.clone().requires_grad_()
        objective = OBJECTIVES.build(beta_vae.Config(beta=3.0, free_bits_total=total))
        terms = {"nll": torch.zeros((), requires_grad=True), "kl": per_dim.sum(), "kl_per_dim": per_dim}
        objective.loss(terms, 0).backward()
        assert per_dim.grad.tolist() == [pressed] * 3


def test_cycles_raise_the_weight_again_and_again():
    """Fu et al. 2019, equation 6: 4 cycles of 2 epochs, the weight rises for half of each, and stays after them."""
    options = {"beta": 2.0, "cycles": 4, "cycle_epochs": 2.0, "cycle_rise": 0.5}
    weights = [(loss(epoch, **options) - 100) / 3.51 for epoch in (0, 0.5, 1, 1.5, 2, 2.25, 3.5, 6, 7, 8, 8.5, 30)]
    assert weights == pytest.approx([0, 1, 2, 2, 0, 0.5, 2, 0, 2, 2, 2, 2], abs=1e-5)
    assert loss(0.01, **options | {"cycle_rise": 0.0}) == pytest.approx(100 + 2 * 3.51)


def test_ramp():
    assert [ramp(epoch, 4) for epoch in (0, 1, 4, 8)] == [0, 0.25, 1, 1]
    assert ramp(0, 0) == 1


def test_a_batch_is_of_the_beginning_unless_it_says_otherwise(generator):
    objective = OBJECTIVES.build(beta_vae.Config(beta=5.0, warmup_epochs=2.0))
    terms = objective(model_for(objective), Batch(batch(generator).x, None), generator)
    assert terms["loss"].item() == pytest.approx(terms["nll"].item())


def test_encoder_steps_come_before_each_step_of_both(generator):
    objective = OBJECTIVES.build(beta_vae.Config(encoder_steps=2, encoder_epochs=1.0))
    model = model_for(objective)
    encoder = set(model.network.encoder.parameters())
    for epoch, expected in ((0.3, [True, True, False] * 2), (1.0, [False] * 6)):
        parts = [objective.trained(model, epoch, step) for step in range(6)]
        assert [part is not None for part in parts] == expected
        assert all(set(part) == encoder for part in parts if part is not None)
    assert OBJECTIVES.build(beta_vae.Config()).trained(model, 0.0, 0) is None


def test_a_bag_of_words_is_the_same_in_any_order_and_asks_z(generator):
    """By torch.distributions: each word for itself from one distribution, read off the state before the first step."""
    plain, objective = (OBJECTIVES.build(beta_vae.Config(beta=1.0, bag_of_words=weight)) for weight in (0.0, 0.5))
    model, given = model_for(objective, spec=SENTENCES), batch(generator, spec=SENTENCES)
    z = torch.randn(6, 3, generator=generator)
    decoder = model.network.decoder
    words = torch.distributions.Categorical(logits=decoder.scores(torch.tanh(decoder.first(z))))
    expected = [-words.log_prob(column) * (column != PADDING) for column in given.x.T]
    torch.testing.assert_close(model.bag_nll(given.x, z), torch.stack(expected).sum(0))
    turned = torch.where(given.x == PADDING, PADDING, given.x).sort(1, descending=True).values  # padding stays last
    torch.testing.assert_close(model.bag_nll(turned, z), model.bag_nll(given.x, z))

    without, with_ = (each(model, given, torch.Generator().manual_seed(5)) for each in (plain, objective))
    noise = model.encode(given.x).sample(torch.Generator().manual_seed(5))
    expected = without["loss"] + 0.5 * model.bag_nll(given.x, noise).mean()
    torch.testing.assert_close(with_["loss"], expected)
    assert torch.equal(with_["nll"], without["nll"])
    with pytest.raises(UserError, match="sentences"):
        objective.check(SPEC)
    with pytest.raises(UserError, match="one symbol after the other"):
        model_for(plain).bag_nll(batch(generator).x, z)


@pytest.mark.parametrize("name", [entry.name for entry in OBJECTIVES if hasattr(entry.config, "bag_of_words")])
def test_whichever_objective_offers_a_bag_of_words_asks_for_it(name, generator):
    plain, objective = (OBJECTIVES.build(OBJECTIVES[name].config(bag_of_words=weight)) for weight in (0.0, 0.5))
    model = model_for(objective, conditional=objective.conditional, spec=SENTENCES)
    given, helper = batch(generator, spec=SENTENCES), objective.helper(model)
    losses = [each(model, given, torch.Generator().manual_seed(5), helper)["loss"] for each in (plain, objective)]
    chance = torch.Generator().manual_seed(5)
    z = model.encode(objective.seen(given.x, chance), given.y).sample(chance)
    torch.testing.assert_close(losses[1] - losses[0], 0.5 * model.bag_nll(given.x, z, given.y).mean())
