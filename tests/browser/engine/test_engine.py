"""The page's engine against PyTorch: each registered network, each operation, each number."""

import itertools
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from tests.core.test_networks import NAMES
from vae_core import page_program as browser
from vae_core.config import options
from vae_core.data import DataSpec
from vae_core.kinds import kind_of
from vae_core.likelihoods import LIKELIHOODS, bernoulli
from vae_core.model import Model, ModelConfig
from vae_core.networks import NETWORKS, ConcatCondition, OneHot, Pipeline, Sizes
from vae_core.networks.broadcast import Broadcast

BEFORE, AFTER = 1e-4, 1 / 255  # the largest differences from PyTorch, before and after the output non-linearity

# Numbers travel as JSON: Playwright's own way of passing them takes seconds for a few pictures.
RUN = """async ({ url, examples }) => {
    const { x, z, conditions } = JSON.parse(examples);
    const { Engine } = await import("/assets/shared/engine/engine.js");
    const engine = await Engine.load(url);
    const results = x.map((_, i) => {
        const { mu, logvar } = engine.encode(x[i], conditions[i]);
        return {
            mu: [...mu],
            logvar: logvar && [...logvar],
            logits: [...engine.decodeLogits(z[i], conditions[i])],
            pixels: [...engine.decode(z[i], conditions[i])],
        };
    });
    const { latentDim, inputShape, outputShape, classes, variational } = engine;
    return JSON.stringify({ latentDim, inputShape, outputShape, classes, variational, results });
}"""


def cases():
    """Each network: its default config on 12 kinds of data, and every other choice it offers on two of them.

    The 12 hold every choice of three of: channels, size, conditional or not, variational or not.
    """
    kinds = [
        (channels, size, conditional, variational)
        for channels, size, conditional, variational in itertools.product((1, 3), (28, 32, 64), (0, 1), (0, 1))
        if (channels // 2 + size // 32 + conditional + variational) % 2
    ]
    for entry in NETWORKS:
        if entry.name not in NAMES:  # test_writing.py, test_series.py
            continue
        default = entry.config()
        others = [
            replace(default, **{option.name: choice})
            for option in options(entry.config)
            for choice in ((False, True) if option.type is bool else option.choices or ())
            if choice != option.default
        ]
        chosen = [(default, kind) for kind in kinds]
        chosen += [(config, kinds[(2 * i + j) * 7 % len(kinds)]) for i, config in enumerate(others) for j in range(2)]
        for number, (config, (channels, size, conditional, variational)) in enumerate(chosen):
            changed = [str(getattr(config, option.name)) for option in options(entry.config)]
            words = [*changed, f"{channels}x{size}", *["conditional"] * conditional, *["variational"] * variational]
            name = f"{entry.name} {' '.join(words)}"
            yield pytest.param(config, channels, size, bool(conditional), bool(variational), number, id=name)


def make(config, channels=1, size=28, conditional=False, variational=True, seed=0) -> Model:
    """A model with random weights; the seed also chooses its likelihood."""
    torch.manual_seed(seed)
    spec = DataSpec("random", "image", (channels, size, size), ("a", "b", "c"))
    names = kind_of(spec).likelihoods
    likelihood = LIKELIHOODS[names[seed % len(names)]].config()
    model = Model(ModelConfig(config, likelihood, 4, variational, conditional), spec).eval()
    randomize(model.network)
    return model


def by_hand(decoder: list[nn.Module], classes: int = 0) -> SimpleNamespace:
    """Any decoder of 4 latent dimensions, in what `export` and the tests read of a model."""
    torch.manual_seed(0)
    network = nn.Module()
    network.encoder = Pipeline(nn.Flatten(), nn.Linear(6, 4))
    network.decoder = Pipeline(*decoder)
    randomize(network.eval())
    spec, likelihood = DataSpec("by hand", "image", (1, 3, 2)), bernoulli.Config()
    return SimpleNamespace(
        network=network,
        spec=spec,
        kind=kind_of(spec),
        config=SimpleNamespace(latent_dim=4, variational=False, likelihood=likelihood),
        likelihood=LIKELIHOODS.build(likelihood, spec),
        n_conditions=classes,
    )


def program_of(content: bytes) -> dict:
    """The program in an exported file."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["program"])


def changed(content: bytes, without: tuple[str, ...] = (), **values) -> bytes:
    """An exported file with other values in its program."""
    program = {name: value for name, value in program_of(content).items() if name not in without} | values
    return save(load(content), metadata={"program": json.dumps(program)})


def randomize(network: nn.Module) -> None:
    """Weights that keep numbers near 1 through all layers, so that a wrong one shows, and running statistics too."""
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 2)
        elif value.is_floating_point():
            value.normal_(0, 1.5 / math.sqrt(value[0].numel()) if value.dim() > 1 else 0.5)


def assert_agrees(page, server, model, content: bytes | None = None, shown=None) -> None:
    """The page and PyTorch encode and decode three examples to the same, one class of which is a mixture."""
    shape, latent_dim, classes = model.spec.shape, model.config.latent_dim, model.n_conditions
    x, z = torch.rand(3, *shape), torch.randn(3, latent_dim)
    y = torch.eye(3) if classes else None  # as many classes as examples
    if classes:
        y[2] = 1 / classes
    with torch.no_grad():
        code, logits = model.network.encoder(x, y), model.network.decoder(z, y)
    mu, logvar = code.chunk(2, dim=1) if model.config.variational else (code, None)
    pixels = (shown or model.likelihood.shown)(logits)
    # What differs by less than this between examples could be wrong and pass.
    for output in (code, logits):
        assert torch.pdist(output.flatten(1), p=torch.inf).min() > 100 * BEFORE

    conditions = y.tolist() if classes else [None] * 3
    examples = json.dumps({"x": x.flatten(1).tolist(), "z": z.tolist(), "conditions": conditions})
    if content is None:
        content = changed(browser.export(model), output_shape=list(logits.shape[1:]))
    with server.serving(content) as url:
        found = json.loads(page.evaluate(RUN, {"url": url, "examples": examples}))
    results = found.pop("results")
    assert found == {
        "latentDim": latent_dim,
        "inputShape": list(shape),
        "outputShape": list(logits.shape[1:]),
        "classes": classes,
        "variational": model.config.variational,
    }
    compare([result["mu"] for result in results], mu, BEFORE)
    compare([result["logits"] for result in results], logits, BEFORE)
    compare([result["pixels"] for result in results], pixels, AFTER)
    if logvar is None:
        assert [result["logvar"] for result in results] == [None] * 3
    else:
        compare([result["logvar"] for result in results], logvar, BEFORE)


def compare(found: list, expected: torch.Tensor, tolerance: float) -> None:
    np.testing.assert_allclose(found, expected.flatten(1).numpy(), rtol=0, atol=tolerance)


@pytest.mark.parametrize(("config", "channels", "size", "conditional", "variational", "seed"), list(cases()))
def test_a_network_agrees_with_pytorch(
    static_page, static_server, config, channels, size, conditional, variational, seed
):
    assert_agrees(static_page, static_server, make(config, channels, size, conditional, variational, seed))


# Decoders' layers after features [6, 5, 4]: what no registered network uses yet, and sizes that are not square.
LAYERS = {
    "layer norm over C, H, W": [nn.LayerNorm((6, 5, 4))],
    "layer norm over W": [nn.LayerNorm(4, eps=0.1)],
    "layer norm without bias": [nn.LayerNorm((5, 4), bias=False)],
    "layer norm without weights": [nn.LayerNorm(4, elementwise_affine=False)],
    "group norm": [nn.GroupNorm(3, 6, eps=0.01)],
    "group norm without weights": [nn.GroupNorm(2, 6, affine=False)],
    "batch norm": [nn.BatchNorm2d(6, eps=0.1)],
    "batch norm without weights": [nn.BatchNorm2d(6, affine=False)],
    "batch norm of a vector": [nn.Flatten(), nn.BatchNorm1d(120)],
    "upsample by 2": [nn.Upsample(scale_factor=2), nn.Conv2d(6, 5, 3, padding=1)],
    "upsample by 3": [nn.Upsample(scale_factor=3)],
    "conv": [nn.Conv2d(6, 9, 3, padding=1)],
    "conv without bias": [nn.Conv2d(6, 2, 1, bias=False)],
    "conv, not square": [nn.Conv2d(6, 4, (2, 3), stride=(1, 2), padding=(0, 2))],
    "conv that leaves a row unread": [nn.Conv2d(6, 4, 2, stride=2)],
    "transposed conv": [nn.ConvTranspose2d(6, 7, 3, stride=2, padding=1, output_padding=1)],
    "transposed conv without bias": [nn.ConvTranspose2d(6, 5, 3, bias=False)],
    "transposed conv, not square": [nn.ConvTranspose2d(6, 3, (3, 4), (2, 1), (1, 2), (1, 0))],
    "transposed conv with gaps": [nn.ConvTranspose2d(6, 5, 2, stride=4, output_padding=2)],
    "linear without bias": [nn.Flatten(), nn.Linear(120, 13, bias=False)],
    "gelu": [nn.GELU()],
    "gelu, tanh": [nn.GELU(approximate="tanh")],
    "relu": [nn.ReLU()],
    "silu": [nn.SiLU()],
    "elu": [nn.ELU(alpha=0.7)],
    "leaky relu": [nn.LeakyReLU(0.3)],
    "sigmoid": [nn.Sigmoid()],
    "tanh": [nn.Tanh()],
    "broadcast": [nn.Flatten(), Broadcast(3, 5), nn.Conv2d(122, 6, 1)],
    "broadcast, changed in place": [nn.Flatten(), Broadcast(2, 1), nn.ReLU()],
    "condition": [nn.Flatten(), ConcatCondition(), nn.Linear(123, 10)],
}


def layer_model(name: str) -> SimpleNamespace:
    return by_hand([nn.Linear(4, 120), nn.Unflatten(1, (6, 5, 4)), *LAYERS[name]], 3 if name == "condition" else 0)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_agrees_with_pytorch(static_page, static_server, name):
    assert_agrees(static_page, static_server, layer_model(name))


def test_every_operation_of_the_engine_is_tested_and_documented(static_page, pytestconfig):
    known = static_page.evaluate("async () => Object.keys((await import('/assets/shared/engine/ops.js')).OPERATIONS)")
    recurrent = NETWORKS.build(NETWORKS["gru"].config(), Sizes((4,), (5, 4), 2, 4, symbols=5))  # test_writing.py
    series = [NETWORKS.build(NETWORKS[name].config(), Sizes((1, 8), (1, 8), 2, 4)) for name in ("conv1d", "gru")]
    series.append(NETWORKS.build(NETWORKS["mlp"].config(), Sizes((2,), (4,), 2, 4, columns=(0, 3))))  # test_series.py
    pipelines = [*(layer_model(name).network.decoder for name in LAYERS), Pipeline(OneHot(5)), recurrent.encoder]
    pipelines += [part for network in series for part in (network.encoder, network.decoder)]  # test_series.py
    assert {op["op"] for pipeline in pipelines for op in browser.operations(pipeline, "x")} == set(known)
    text = (pytestconfig.rootpath / "docs" / "engine.md").read_text()
    assert [name for name in known if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(6, 6, 3, padding="same"),
        nn.Conv2d(6, 6, 3, padding="valid"),
        nn.Conv2d(6, 6, 3, groups=2),
        nn.Conv2d(6, 6, 3, padding=1, padding_mode="circular"),
        nn.ConvTranspose2d(6, 6, 3, dilation=2),
        nn.Upsample(size=(8, 8)),
        nn.Upsample(scale_factor=1.5),
        nn.Upsample(scale_factor=(1, 2)),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Flatten(2),
        nn.Unflatten(2, (1, 5)),
        nn.BatchNorm2d(6, track_running_stats=False),
        nn.Softmax(1),
    ],
    ids=str,
)
def test_a_layer_that_the_engine_cannot_run_is_not_exported(layer):
    with pytest.raises(browser.UnsupportedLayer):
        browser.operations(Pipeline(layer), "decoder")


def test_weights_in_half_precision_agree_with_pytorch(static_page, static_server):
    model = make(NETWORKS["conv"].config(batch_norm=True))
    single = browser.export(model)
    model.network.half().float()
    half = browser.export(model)
    assert len(half) < 0.6 * len(single)
    assert_agrees(static_page, static_server, model, half)


def test_every_half_precision_number_is_read(static_page, static_server):
    bits = torch.arange(2**16, dtype=torch.int32).to(torch.uint16).view(torch.float16)
    read = """async (url) => {
        const { parseSafetensors } = await import("/assets/shared/engine/safetensors.js");
        const { tensors } = parseSafetensors(await (await fetch(url)).arrayBuffer());
        // As text, because JSON has neither infinities nor NaN nor -0.
        return [...tensors.get("all").data].map((x) => Object.is(x, -0) ? "-0" : String(x)).join(" ");
    }"""
    with static_server.serving(save({"all": bits})) as url:
        found = np.array(static_page.evaluate(read, url).split(" "), dtype=np.float64)
    np.testing.assert_array_equal(found, bits.double().numpy())
    np.testing.assert_array_equal(np.signbit(found[:-1024]), np.signbit(bits.double().numpy()[:-1024]))


def test_erf_is_accurate(static_page):
    points = [*np.linspace(-7, 7, 2001), 0.0, 1e-9, math.inf, -math.inf]
    erf = "async points => { const { erf } = await import('/assets/shared/engine/kernels.js'); return points.map(erf) }"
    found = static_page.evaluate(erf, [float(point) for point in points])
    np.testing.assert_allclose(found, [math.erf(point) for point in points], rtol=0, atol=1e-8)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_painted_as_pytorch_rounds_them(static_page, channels):
    pixels = torch.rand(channels, 5, 7)
    pixels[0, 0, :4] = torch.tensor([0.0, 1.0, -0.2, 1.3])
    paint = """async ({ pixels, shape }) => {
        const { toRGBA } = await import("/assets/shared/kinds/image.js");
        const rgba = new Uint8ClampedArray(4 * shape[1] * shape[2]);
        toRGBA(Float32Array.from(pixels), shape, rgba);
        return [...rgba];
    }"""
    found = static_page.evaluate(paint, {"pixels": pixels.flatten().tolist(), "shape": list(pixels.shape)})
    expected = pixels.clamp(0, 1).mul(255).round().expand(3, 5, 7).permute(1, 2, 0).reshape(-1, 3)
    np.testing.assert_array_equal(np.reshape(found, (-1, 4))[:, :3], expected.numpy())
    assert set(found[3::4]) == {255}
