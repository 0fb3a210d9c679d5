import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from vae_core.data import Batch, DataSpec
from vae_core.errors import UserError
from vae_core.kinds.text.vocabulary import END, MASK, PADDING, ROLES, SPECIAL
from vae_core.likelihoods import bernoulli, categorical
from vae_core.model import Model, ModelConfig, Posterior
from vae_core.networks import gru, lstm, mlp, rnn, transformer
from vae_core.objectives import OBJECTIVES, autoencoder, beta_vae, controlled, denoising, language_model, masked, vae
from vae_core.objectives.beta_vae import ramp

SPEC = DataSpec("toy", "image", (1, 4, 4), ("a", "b", "c"))
WORDS = tuple("pqrstuvwxyz")
SENTENCES = DataSpec(
    "toy sentences",
    "text",
    (8,),
    ("a", "b", "c"),
    symbols=SPECIAL + WORDS,
    symbol_roles=ROLES + ("",) * len(WORDS),
    padding=PADDING,
)
OF_SENTENCES = ("controlled", "language_model", "masked")

PER_DIM = torch.tensor([3.0, 0.5, 0.01])
TERMS = {"nll": torch.tensor(100.0), "kl": PER_DIM.sum(), "kl_per_dim": PER_DIM}


def model_for(objective, conditional=False, latent_dim=3, spec=SPEC):
    torch.manual_seed(0)
    parts = (mlp.Config((16,)), bernoulli.Config()) if spec is SPEC else (gru.Config(6, 8), categorical.Config())
    conditional = conditional or objective.conditional
    return Model(ModelConfig(*parts, latent_dim, objective.variational, conditional), spec)


def batch(generator, n=6, epoch=0.0, spec=SPEC):
    if spec is SENTENCES:
        x = torch.randint(len(SPECIAL), len(spec.symbols), (n, *spec.shape), generator=generator)
        ends = torch.randint(1, spec.shape[0], (n, 1), generator=generator)
        places = torch.arange(spec.shape[0])
        x = torch.where(places < ends, x, torch.where(places == ends, END, PADDING))
        return Batch(x, torch.arange(n) % len(spec.classes), epoch)
    x = torch.bernoulli(torch.full((n, *SPEC.shape), 0.5), generator=generator)
    return Batch(x, torch.arange(n) % len(SPEC.classes), epoch)


def loss(epoch=0.0, **options):
    return OBJECTIVES.build(beta_vae.Config(**options)).loss(TERMS, epoch).item()


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("name", OBJECTIVES.names)
def test_objective_keeps_the_contract(name, conditional, generator):
    objective, spec = OBJECTIVES.build(OBJECTIVES[name].config()), SENTENCES if name in OF_SENTENCES else SPEC
    objective.check(spec)
    model = model_for(objective, conditional, spec=spec)
    objective.prepare(model)
    given = batch(generator, epoch=1.5, spec=spec)
    terms = objective(model, given, generator, objective.helper(model))
    assert {*objective.terms, "loss", "nll", "kl", "kl_per_dim"} <= set(terms)
    assert terms["kl_per_dim"].shape == (3,) and all(terms[key].shape == () for key in objective.terms)
    assert all(value.isfinite().all() for value in terms.values())
    assert terms["kl"].item() == pytest.approx(terms["kl_per_dim"].sum().item())
    assert terms["kl"].item() >= 0
    assert objective.loss(terms, 1.5).item() == pytest.approx(terms["loss"].item())
    terms["loss"].backward()
    for parameter_name, parameter in model.named_parameters():
        if name == "language_model" and parameter_name.startswith("network.encoder."):
            assert parameter.grad is None  # it has no use for one
            continue
        assert parameter.grad is not None and parameter.grad.isfinite().all(), parameter_name
        reads_z_alone = name == "language_model" and not conditional and parameter_name.endswith("first.weight")
        assert parameter.grad.any() != reads_z_alone, parameter_name


@pytest.mark.parametrize("name", OBJECTIVES.names)
def test_a_generator_decides_the_noise(name, generator):
    objective, spec = OBJECTIVES.build(OBJECTIVES[name].config()), SENTENCES if name in OF_SENTENCES else SPEC
    model, given = model_for(objective, spec=spec), batch(generator, epoch=1.0, spec=spec)
    helper = objective.helper(model)
    losses = [objective(model, given, torch.Generator().manual_seed(seed), helper)["loss"].item() for seed in (1, 1, 2)]
    assert losses[0] == losses[1]
    assert (losses[0] != losses[2]) == objective.variational


def test_kl_against_torch(generator):
    mu, logvar = 2 * torch.randn(50, 7, generator=generator), 2 * torch.randn(50, 7, generator=generator)
    expected = kl_divergence(Normal(mu, torch.exp(0.5 * logvar)), Normal(0.0, 1.0))
    torch.testing.assert_close(Posterior(mu, logvar).kl_per_dim(), expected)
    assert Posterior(torch.zeros(1, 2), torch.zeros(1, 2)).kl_per_dim().tolist() == [[0, 0]]


def test_terms_against_torch(generator):
    """NLL and KL of a whole batch by torch.distributions: sums over dimensions, means over the batch."""
    objective = OBJECTIVES.build(vae.Config())
    model, given = model_for(objective), batch(generator)
    x = given.x
    terms = objective(model, given, torch.Generator().manual_seed(5))

    code = model.network.encoder(x)
    q = Normal(code[:, :3], torch.exp(0.5 * code[:, 3:]))
    z = q.mean + q.stddev * torch.randn(6, 3, generator=torch.Generator().manual_seed(5))
    nll = -Bernoulli(logits=model.network.decoder(z)).log_prob(x).sum() / 6
    kl = kl_divergence(q, Normal(0.0, 1.0))
    torch.testing.assert_close(terms["nll"], nll)
    torch.testing.assert_close(terms["kl_per_dim"], kl.mean(0))
    torch.testing.assert_close(terms["kl"], kl.sum() / 6)
    torch.testing.assert_close(terms["loss"], nll + kl.sum() / 6)


def test_posterior_samples_have_its_moments():
    posterior = Posterior(torch.tensor([[1.0, -2.0]]).expand(40_000, 2), torch.tensor([[0.0, -2.0]]).expand(40_000, 2))
    z = posterior.sample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(0), torch.tensor([1.0, -2.0]), rtol=0, atol=0.03)
    torch.testing.assert_close(z.std(0), torch.tensor([0.0, -1.0]).exp(), rtol=0.03, atol=0)


def test_samples_carry_gradients_to_both_moments():
    mu, logvar = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    Posterior(mu, logvar).sample(torch.Generator().manual_seed(0)).square().sum().backward()
    assert mu.grad.any() and logvar.grad.any()


def test_vae_is_nll_plus_kl():
    assert OBJECTIVES.build(vae.Config()).loss(TERMS, 0).item() == pytest.approx(103.51)


def test_autoencoder_is_deterministic_and_without_kl(generator):
    objective = OBJECTIVES.build(autoencoder.Config())
    assert objective.loss(TERMS, 0).item() == 100
    model, given = model_for(objective), batch(generator)
    first, second = objective(model, given), objective(model, given)
    assert first["loss"].item() == second["loss"].item() == first["nll"].item()
    assert first["kl"].item() == 0 and first["kl_per_dim"].tolist() == [0, 0, 0]
    posterior = model.encode(given.x)
    assert posterior.logvar is None and posterior.mu.shape == (6, 3)
    assert torch.equal(posterior.sample(), posterior.mu)


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


def test_gaussian_noise_has_its_spread_and_stays_a_picture(generator):
    x = torch.full((40_000,), 0.5)
    noisy = denoising.gaussian(x, 0.1, generator)
    assert noisy.mean().item() == pytest.approx(0.5, abs=0.003)
    assert noisy.std().item() == pytest.approx(0.1, rel=0.03)
    strong = denoising.gaussian(x, 2.0, generator)
    assert strong.min() == 0 and strong.max() == 1
    # P(0.5 + 2 n < 0) = Φ(−0.25)
    assert (strong == 0).float().mean().item() == pytest.approx(0.4013, abs=0.01)


def test_salt_and_pepper_hits_its_share_with_as_much_of_either(generator):
    noisy = denoising.salt_and_pepper(torch.full((40_000,), 0.5), 0.3, generator)
    shares = [(noisy == value).float().mean().item() for value in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.15, 0.7, 0.15], abs=0.01)


def test_masking_takes_its_share_and_leaves_the_rest(generator):
    noisy = denoising.masking(torch.full((40_000,), 0.5), 0.3, generator)
    assert [(noisy == value).float().mean().item() for value in (0.0, 0.5)] == pytest.approx([0.3, 0.7], abs=0.01)


@pytest.mark.parametrize("noise", denoising.NOISES.values(), ids=denoising.NOISES)
def test_no_strength_is_no_noise_and_the_input_is_kept(noise, generator):
    x = torch.rand(4, 1, 5, 5, generator=generator)
    before = x.clone()
    assert torch.equal(noise(x, 0.0, generator), x)
    assert not torch.equal(noise(x, 0.5, generator), x)
    assert torch.equal(x, before)


def test_mixed_noise_draws_a_kind_and_a_strength_for_each_example(generator):
    objective = OBJECTIVES.build(denoising.Config("mixed", 1.0, vary=True))
    seen = objective.seen(torch.full((600, 1, 20, 20), 0.5), generator).flatten(1)
    masked, hit = (seen == 0).float().mean(1), ((seen == 0) | (seen == 1)).float().mean(1)
    untouched = (seen == 0.5).float().mean(1)
    only_masked = (hit == masked) & (hit + untouched == 1)
    salted = (hit != masked) & (hit + untouched > 0.999)
    gaussian = untouched < 0.001
    for kind in (only_masked, salted, gaussian):
        assert kind.float().mean().item() == pytest.approx(1 / 3, abs=0.06)
    # Uniform strengths: half of the masked examples lost less than half of their pixels.
    assert (masked[only_masked] < 0.5).float().mean().item() == pytest.approx(0.5, abs=0.1)


def test_the_target_stays_clean(generator):
    """The encoder gets the disturbed picture, NLL is that of the clean one: by torch.distributions."""
    objective = OBJECTIVES.build(denoising.Config("masking", 1.0))
    model, given = model_for(objective), batch(generator)
    x = given.x
    terms = objective(model, given, torch.Generator().manual_seed(5))
    code = model.network.encoder(torch.zeros_like(x))  # nothing is left of the input
    noise = torch.Generator().manual_seed(5)
    torch.rand(x.shape, generator=noise)
    z = code[:, :3] + torch.exp(0.5 * code[:, 3:]) * torch.randn(6, 3, generator=noise)
    nll = -Bernoulli(logits=model.network.decoder(z)).log_prob(x).sum() / 6
    kl = kl_divergence(Normal(code[:, :3], torch.exp(0.5 * code[:, 3:])), Normal(0.0, 1.0)).sum() / 6
    torch.testing.assert_close(terms["nll"], nll)
    torch.testing.assert_close(terms["loss"], nll + kl)


@pytest.mark.parametrize("seed", range(3))
def test_each_example_has_a_strength_of_its_own(seed):
    """The masked shares are spread like U(0, 1), whose standard deviation is 1/√12; with one for all it were 0.025."""
    objective = OBJECTIVES.build(denoising.Config("masking", 1.0, vary=True))
    seen = objective.seen(torch.ones(600, 1, 20, 20), torch.Generator().manual_seed(seed))
    masked = (seen == 0).float().mean((1, 2, 3))
    assert masked.std().item() == pytest.approx(12**-0.5, abs=0.03) and masked.mean().item() == pytest.approx(
        0.5, abs=0.05
    )


def test_noises_by_their_draws():
    """By the generator's own numbers: whoever seeds it gets the same noise everywhere."""
    x = torch.linspace(0, 1, 600).view(6, 100)
    strength = torch.linspace(0.1, 0.9, 6)[:, None]

    def seeded():
        return torch.Generator().manual_seed(4)

    normal, uniform = torch.randn(6, 100, generator=seeded()), torch.rand(6, 100, generator=seeded())
    assert torch.equal(denoising.gaussian(x, strength, seeded()), (x + strength * normal).clamp(0, 1))
    assert torch.equal(denoising.masking(x, strength, seeded()), x * (uniform >= strength))
    salted = denoising.salt_and_pepper(x, strength, seeded())
    for value, share in ((1.0, uniform < strength / 2), (0.0, (uniform >= strength / 2) & (uniform < strength))):
        assert (salted[share] == value).all()
    assert torch.equal(salted[uniform >= strength], x[uniform >= strength])


def test_a_batch_is_of_the_beginning_unless_it_says_otherwise(generator):
    objective = OBJECTIVES.build(beta_vae.Config(beta=5.0, warmup_epochs=2.0))
    terms = objective(model_for(objective), Batch(batch(generator).x, None), generator)
    assert terms["loss"].item() == pytest.approx(terms["nll"].item())


# Sentences


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
