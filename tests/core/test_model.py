import pytest
import torch
from torch.distributions import Bernoulli

from vae_core import model as model_module
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.latent.reconstruction import score
from vae_core.likelihoods import bernoulli, categorical, gaussian
from vae_core.model import Model, ModelConfig
from vae_core.networks import conv, mlp

SPEC = DataSpec("toy", "image", (1, 8, 8), ("a", "b", "c"))
LABELS = torch.tensor([0, 1, 2, 1])


def make(latent_dim=3, spec=SPEC, network=None, likelihood=None, **options):
    torch.manual_seed(0)
    network = network or mlp.Config(hidden=(16,))
    return Model(ModelConfig(network, likelihood or bernoulli.Config(), latent_dim, **options), spec).eval()


@pytest.fixture
def x(generator):
    return torch.rand(4, *SPEC.shape, generator=generator)


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("variational", [False, True])
@pytest.mark.parametrize("network", [mlp.Config((16,)), conv.Config((4, 8), dense=16, batch_norm=True)])
@pytest.mark.parametrize("likelihood", [bernoulli.Config(), gaussian.Config()])
def test_the_verbs_have_their_shapes(x, network, likelihood, variational, conditional):
    model = make(network=network, likelihood=likelihood, variational=variational, conditional=conditional)
    y = LABELS if conditional else None
    posterior = model.encode(x, y)
    assert posterior.mu.shape == (4, 3)
    assert posterior.logvar.shape == (4, 3) if variational else posterior.logvar is None
    pictures = (model.decode(posterior.mu, y), model.reconstruct(x, y), model.sample(4, y))
    for picture in pictures:
        assert picture.shape == x.shape and picture.min() >= 0 and picture.max() <= 1
    torch.testing.assert_close(model.likelihood.shown(model.decode_logits(posterior.mu, y)), pictures[0])


def test_reconstruct_is_the_decoded_mean_and_deterministic(x):
    model = make()
    first, again = model.reconstruct(x), model.reconstruct(x)
    assert torch.equal(first, again)
    assert torch.equal(first, model.decode(model.encode(x).mu))


def test_an_example_does_not_depend_on_its_batch(x):
    model = make(network=conv.Config((4, 8), dense=16, batch_norm=True))
    torch.testing.assert_close(model.reconstruct(x)[2], model.reconstruct(x[2:3])[0])


def test_sample_follows_its_generator():
    model = make()
    first, same, other = (model.sample(5, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, same) and not torch.equal(first, other)


def test_sample_draws_from_the_standard_normal():
    model = make()
    z = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(model.sample(6, generator=torch.Generator().manual_seed(1)), model.decode(z))


def test_class_weights_stand_for_labels(x):
    model = make(conditional=True)
    weights = torch.nn.functional.one_hot(LABELS, 3).float()
    assert torch.equal(model.reconstruct(x, LABELS), model.reconstruct(x, weights))
    assert torch.equal(model.reconstruct(x, LABELS.to(torch.uint8)), model.reconstruct(x, weights))


def test_class_weights_may_mix_classes():
    model, z = make(conditional=True), torch.zeros(1, 3)
    a, b, mixed = (model.decode(z, torch.tensor([weights])) for weights in ([1.0, 0, 0], [0, 1.0, 0], [0.5, 0.5, 0]))
    assert not torch.equal(a, b) and not torch.equal(mixed, a) and not torch.equal(mixed, b)


def test_an_unconditional_model_ignores_labels(x):
    model = make()
    assert torch.equal(model.reconstruct(x), model.reconstruct(x, LABELS))


@pytest.mark.parametrize("verb", ["encode", "decode", "reconstruct", "sample"])
def test_a_conditional_model_needs_the_class(x, verb):
    model = make(conditional=True)
    argument = {"decode": torch.zeros(4, 3), "sample": 4}.get(verb, x)
    with pytest.raises(UserError, match="conditional: give the class y"):
        getattr(model, verb)(argument)


@pytest.mark.parametrize("y", [torch.zeros(4), torch.zeros(4, 2), torch.zeros(4, 1, dtype=torch.int64)])
def test_a_condition_of_another_shape_is_refused(x, y):
    with pytest.raises(UserError, match=r"class labels \[B\] or class weights \[B, 3\], not of shape \[4"):
        make(conditional=True).encode(x, y)


FITTING = torch.full((4, 1, 8, 8), 0.5)


@pytest.mark.parametrize(
    ("verb", "arguments", "sentence"),
    [
        ("encode", [FITTING[0]], r"A batch of toy has shape \[B, 1, 8, 8\], not \[1, 8, 8\]."),
        ("reconstruct", [FITTING[:, :, :7]], r"A batch of toy has shape \[B, 1, 8, 8\], not \[4, 1, 7, 8\]."),
        ("encode", [FITTING.byte()], "floating-point numbers, not torch.uint8"),
        (
            "encode",
            [255 * FITTING],
            r"values from 0 to 1, not from 127.5 to 127.5: divide pictures of 0 to 255 by 255.",
        ),
        ("nll", [255 * FITTING, torch.zeros(4, 3)], "values from 0 to 1"),
        ("nll", [FITTING, torch.zeros(3, 3)], "Each x needs its own z: there are 4 and 3."),
        ("nll_and_shown", [FITTING.long(), torch.zeros(4, 3)], "floating-point numbers, not torch.int64"),
        ("decode", [torch.zeros(4, 5)], r"z must be points \[B, 3\] of this latent space, not \[4, 5\]."),
        ("decode_logits", [torch.zeros(3)], r"z must be points \[B, 3\] of this latent space, not \[3\]."),
        ("decode", [torch.zeros(4, 3), None, -1.0], "temperature cannot be -1.0"),
        ("sample", [-1], "-1 samples cannot be drawn"),
    ],
)
def test_wrong_tensors_get_one_sentence(verb, arguments, sentence):
    with pytest.raises(UserError, match=sentence):
        getattr(make(), verb)(*arguments)


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        ([0, 1, 2, 3], "There is no class 3: y goes from 0 to 2."),
        ([0, -1, 2, 1], "There is no class -1: y goes from 0 to 2."),
        ([0], "Each of the 4 examples needs a class: y has 1."),
    ],
)
def test_wrong_classes_get_one_sentence(y, sentence):
    for training in (False, True):
        model = make(conditional=True).train(training)
        for verb, argument in (("encode", FITTING), ("decode", torch.zeros(4, 3)), ("sample", 4)):
            with pytest.raises(UserError, match=sentence):
                getattr(model, verb)(argument, torch.tensor(y))


def test_a_model_can_be_sized_without_memory():
    model = make(conditional=True).to("meta")
    x, y = FITTING.to("meta"), LABELS.to("meta")
    assert model.reconstruct(x, y).shape == (4, 1, 8, 8) and model.largest_activation >= 64


def test_symbols_that_do_not_exist_get_one_sentence():
    spec = DataSpec("levels", "tiles", (2, 2), symbols=("-", "X"))
    model = make(spec=spec, likelihood=categorical.Config())
    for x, sentence in (
        (torch.full((1, 2, 2), 2), "levels has a tile 2, but only 2 symbols"),
        (torch.full((1, 2, 2), -1), "levels has a tile -1, but only 2 symbols"),
        (torch.zeros(1, 2, 2), "symbol ids, whole numbers, not torch.float32"),
    ):
        with pytest.raises(UserError, match=sentence):
            model.encode(x)


def test_doubles_and_a_little_noise_are_welcome(x):
    model = make()
    torch.testing.assert_close(model.reconstruct(x.double()), model.reconstruct(x))
    assert model.encode(x + 0.3 * torch.randn_like(x)).mu.isfinite().all()
    assert model.encode(x[:0]).mu.shape == (0, 3)


@pytest.mark.parametrize("classes", [(), ("one",)])
def test_a_conditional_model_needs_data_with_classes(classes):
    with pytest.raises(UserError, match="needs data with classes; plain has"):
        make(spec=DataSpec("plain", "image", (1, 8, 8), classes), conditional=True)


def test_who_learns_the_normal_class_alone_is_told_no_class():
    spec = DataSpec("plain", "image", (1, 8, 8), ("normal", "odd"), normal=0)
    with pytest.raises(UserError, match="plain is learned from the class “normal” alone: train one without classes"):
        make(spec=spec, conditional=True)


@pytest.mark.parametrize("latent_dim", [0, -1, 513])
def test_latent_dim_is_bounded(latent_dim):
    with pytest.raises(UserError, match=f"latent_dim cannot be {latent_dim}"):
        make(latent_dim=latent_dim)


def test_config_values_are_checked():
    with pytest.raises(UserError, match="hidden cannot be"):
        make(network=mlp.Config(hidden=(0,)))


def test_values_of_a_config_may_be_lists():
    """As someone writes them in a notebook."""
    assert make(network=mlp.Config(hidden=[16])).state_dict().keys() == make().state_dict().keys()


def test_a_batch_is_as_large_as_its_widest_layer_allows(monkeypatch, generator):
    wide = make(network=mlp.Config(hidden=(300, 20))).train()
    assert wide.largest_activation == 300 and wide.training
    monkeypatch.setattr(model_module, "IN_PIECES", 3100)
    assert wide.pieces(25, 1000) == [slice(0, 10), slice(10, 20), slice(20, 25)]
    assert wide.pieces(25, 20) == [slice(0, 10), slice(10, 20), slice(20, 25)] and wide.pieces(3, 2)[0] == slice(0, 2)
    monkeypatch.setattr(model_module, "IN_PIECES", 100)
    assert wide.pieces(2, 1000) == [slice(0, 1), slice(1, 2)]  # what does not fit is done one by one
    x = torch.rand(25, *SPEC.shape, generator=generator)
    in_pieces = score(wide.eval(), x)
    monkeypatch.undo()
    whole = score(wide, x)
    for name in ("reconstruction", "nll", "kl"):
        torch.testing.assert_close(getattr(in_pieces, name), getattr(whole, name))


@pytest.mark.parametrize("conditional", [False, True])
def test_to_measure_the_widest_layer_leaves_no_trace(conditional):
    model = make(network=conv.Config((4, 8), dense=300, batch_norm=True), conditional=conditional).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert model.largest_activation == 300  # above 4 · 4 · 4, 8 · 2 · 2 and the 8 · 8 values of a picture
    assert model.training and not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_only_what_is_visible_counts(x):
    model, z = make(), torch.zeros(4, 3)
    visible = torch.zeros(1, 8, 8)
    visible[:, :3] = 1
    logits = model.decode_logits(z)
    expected = -Bernoulli(logits=logits, validate_args=False).log_prob(x)[..., :3, :].sum((1, 2, 3))
    torch.testing.assert_close(model.nll(x, z, visible=visible), expected)
    nll, shown = model.nll_and_shown(x, z, visible=visible)
    torch.testing.assert_close(nll, expected)
    torch.testing.assert_close(shown, logits.sigmoid())


def test_a_temperature_makes_a_draw_and_none_does_not():
    model, z = make(likelihood=gaussian.Config(sigma=0.2)), torch.zeros(5, 3)

    def seeded():
        return torch.Generator().manual_seed(2)

    noise = torch.randn(5, 1, 8, 8, generator=seeded())
    drawn = model.decode(z, temperature=0.5, generator=seeded())
    torch.testing.assert_close(drawn, (model.decode(z) + 0.1 * noise).clamp(0, 1))
