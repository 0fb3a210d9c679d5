import itertools

import pytest
import torch
from torch import nn

from vae_core.errors import UserError
from vae_core.networks import ACTIVATIONS, NETWORKS, ConcatCondition, Pipeline, Sizes, broadcast, conv, mlp

SMALL = (
    {"mlp": mlp.Config(hidden=(16,)), "conv": conv.Config(channels=(4, 8), dense=16)}
    | {"broadcast": broadcast.Config(encoder_hidden=(16,), place_channels=(8,))}
    | {name: NETWORKS[name].config(state=5) for name in ("gru", "lstm", "rnn")}
)
"""Small stand-ins for the contract test; a network that is not listed is tested with its defaults."""
SENTENCES = ("gru", "lstm", "rnn", "transformer")
"""Those that take symbols in a row alone: tests/core/test_writing.py."""
SERIES = ("conv1d", "gru", "lstm", "mlp", "rnn")
"""Those that take series; conv1d takes nothing else."""
NAMES = [name for name in NETWORKS.names if name not in (*SENTENCES, "conv1d")]

SHAPES = [(1, 8, 8), (3, 8, 8), *((channels, size, size) for channels in (1, 3) for size in (28, 32, 64))]


def sizes_for(shape, latent=2, classes=0):
    return Sizes(input=shape, output=shape, latent=latent, code=2 * latent, classes=classes)


def one_pass(network, sizes, batch=4):
    """The code and the output of random data, with random conditions."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(batch, *sizes.input, generator=generator)
    condition = torch.rand(batch, sizes.classes, generator=generator) if sizes.classes else None
    code = network.encoder(x, condition)
    return code, network.decoder(code[:, : sizes.latent], condition)


CASES = [(name, shape) for name in NAMES for shape in SHAPES]
CASES += [(name, shape) for name in SERIES for shape in ((1, 8), (3, 21), (2, 64))]


@pytest.mark.parametrize(("name", "shape"), CASES, ids=str)
def test_network_keeps_the_contract(name, shape):
    config = SMALL.get(name, NETWORKS[name].config())
    for latent, classes in itertools.product((1, 2, 512), (0, 5)):
        torch.manual_seed(0)
        sizes = sizes_for(shape, latent, classes)
        network = NETWORKS.build(config, sizes)
        assert isinstance(network.encoder, Pipeline) and isinstance(network.decoder, Pipeline)
        code, out = one_pass(network, sizes)
        assert code.shape == (4, 2 * latent) and out.shape == (4, *shape)
        assert code.isfinite().all() and out.isfinite().all()
        (code.square().sum() + out.square().sum()).backward()
        for parameter_name, parameter in network.named_parameters():
            assert parameter.grad is not None and parameter.grad.isfinite().all(), parameter_name
            assert parameter.grad.any(), parameter_name


@pytest.mark.parametrize("name", NAMES)
def test_defaults_work_for_mnist(name):
    sizes = sizes_for((1, 28, 28), latent=20)
    code, out = one_pass(NETWORKS.build(NETWORKS[name].config(), sizes), sizes, batch=2)
    assert code.shape == (2, 40) and out.shape == (2, 1, 28, 28)


@pytest.mark.parametrize("name", NAMES)
def test_the_condition_changes_both_code_and_output(name):
    torch.manual_seed(0)
    network = NETWORKS.build(SMALL.get(name, NETWORKS[name].config()), sizes_for((1, 8, 8), classes=3))
    x, z, conditions = torch.rand(3, 1, 8, 8)[:1].expand(3, -1, -1, -1), torch.zeros(3, 2), torch.eye(3)
    for part, given in ((network.encoder, x), (network.decoder, z)):
        out = part(given, conditions)
        assert not torch.equal(out[0], out[1]) and not torch.equal(out[1], out[2])


@pytest.mark.parametrize("name", NAMES)
def test_output_may_have_another_shape_than_input(name):
    """A likelihood may need more numbers than there are pixels."""
    sizes = Sizes(input=(1, 8, 8), output=(4, 8, 8), latent=2, code=2)
    code, out = one_pass(NETWORKS.build(SMALL.get(name, NETWORKS[name].config()), sizes), sizes)
    assert code.shape == (4, 2) and out.shape == (4, 4, 8, 8)


@pytest.mark.parametrize("shape", [(1, 9, 13), (3, 17, 30), (1, 5, 5)])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_conv_with_odd_sizes(shape, batch_norm):
    config = conv.Config(channels=(4, 8), dense=8, batch_norm=batch_norm, conv_activation="silu")
    network = NETWORKS.build(config, sizes_for(shape))
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in network.modules()) == (3 if batch_norm else 0)
    code, out = one_pass(network, sizes_for(shape))
    assert out.shape == (4, *shape)
    (code.square().sum() + out.square().sum()).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name


def test_conv_halves_down_to_one_pixel_and_no_further():
    config = conv.Config(channels=(4, 4, 4), dense=8)
    _, out = one_pass(NETWORKS.build(config, sizes_for((1, 8, 8))), sizes_for((1, 8, 8)))
    assert out.shape == (4, 1, 8, 8)
    with pytest.raises(UserError, match="4 halvings are too many for 8×8 examples; name fewer channels"):
        NETWORKS.build(conv.Config(channels=(4, 4, 4, 4)), sizes_for((1, 8, 8)))
    with pytest.raises(UserError, match="too many for 3×64 examples"):
        NETWORKS.build(conv.Config(channels=(4, 4)), sizes_for((1, 3, 64)))


def test_conv_refuses_what_is_no_image():
    with pytest.raises(UserError, match=r"for images .* not for data of shape \(64,\)"):
        NETWORKS.build(conv.Config(), sizes_for((64,)))


@pytest.mark.parametrize("shape", [(1, 9, 13), (3, 2, 3)])
def test_broadcast_with_odd_sizes(shape):
    _, out = one_pass(NETWORKS.build(SMALL["broadcast"], sizes_for(shape)), sizes_for(shape))
    assert out.shape == (4, *shape)


def test_broadcast_refuses_what_has_no_places():
    with pytest.raises(UserError, match=r"for images .* not for data of shape \(64,\)"):
        NETWORKS.build(broadcast.Config(), sizes_for((64,)))
    with pytest.raises(UserError, match="1×8 is too small"):
        NETWORKS.build(broadcast.Config(), sizes_for((1, 1, 8)))


def test_broadcast_repeats_the_code_beside_the_coordinates():
    found = broadcast.Broadcast(2, 3)(torch.tensor([[5.0, 7.0]]))
    assert found.shape == (1, 4, 2, 3)
    assert (found[0, 0] == 5).all() and (found[0, 1] == 7).all()
    assert found[0, 2].tolist() == [[-1, -1, -1], [1, 1, 1]] and found[0, 3].tolist() == [[-1, 0, 1]] * 2


def test_what_moves_code_and_coordinates_alike_moves_the_picture():
    """A decoder that sees only z − x at a place draws the same, shifted: places differ by their coordinates alone."""
    torch.manual_seed(0)
    decoder = NETWORKS.build(SMALL["broadcast"], Sizes((1, 16, 16), (1, 16, 16), latent=1, code=2)).decoder
    with torch.no_grad():
        first = next(layer for layer in decoder if isinstance(layer, nn.Conv2d))
        first.weight[:, 2] = -first.weight[:, 0]  # x takes from z
        first.weight[:, 1] = 0
        here, shifted = decoder(torch.tensor([[0.0], [2 * 2 / 7]]))  # two places of eight further
    torch.testing.assert_close(shifted[..., 6:-2], here[..., 2:-6], atol=1e-5, rtol=0)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4, 5)])
def test_mlp_takes_any_shape(shape):
    code, out = one_pass(NETWORKS.build(SMALL["mlp"], sizes_for(shape)), sizes_for(shape))
    assert code.shape == (4, 4) and out.shape == (4, *shape)


def test_mlp_decoder_mirrors_the_encoder():
    network = NETWORKS.build(mlp.Config(hidden=(30, 20)), sizes_for((1, 8, 8), latent=3, classes=10))

    def widths(part):
        return [(layer.in_features, layer.out_features) for layer in part if isinstance(layer, nn.Linear)]

    assert widths(network.encoder) == [(64 + 10, 30), (30, 20), (20, 6)]
    assert widths(network.decoder) == [(3 + 10, 20), (20, 30), (30, 64)]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_can_be_chosen(name):
    for config in (
        mlp.Config(hidden=(4, 4), activation=name),
        conv.Config((4, 4), dense=4, conv_activation=name),
        broadcast.Config((4, 4), place_channels=(4, 4), activation=name),
    ):
        network = NETWORKS.build(config, sizes_for((1, 8, 8)))
        found = [layer for layer in network.modules() if isinstance(layer, tuple(ACTIVATIONS.values()))]
        assert len(found) >= 4 and all(type(layer) is ACTIVATIONS[name] for layer in found)


def test_concat_condition_appends():
    x, condition = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0]])
    assert ConcatCondition()(x, condition).tolist() == [[1.0, 2.0, 3.0]]
    assert Pipeline(nn.Flatten(), ConcatCondition())(x.view(1, 1, 2), condition).tolist() == [[1.0, 2.0, 3.0]]
