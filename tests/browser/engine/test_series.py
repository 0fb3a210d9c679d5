"""Networks of series and records in the page against PyTorch: the code, the curve, and what a window costs."""

import json

import pytest
import torch

from tests.kinds.test_kinds import SPECS, at_rest
from vae_core import page_program
from vae_core.data import Column, DataSpec
from vae_core.kinds import kind_of
from vae_core.likelihoods import mixed, normal
from vae_core.model import Model, ModelConfig
from vae_core.networks import NETWORKS

RUN = """async ({ url, examples }) => {
    const { Engine } = await import("/assets/shared/engine/engine.js");
    const engine = await Engine.load(url);
    return JSON.stringify(JSON.parse(examples).map(({ x, z, y }) => {
        const mu = [...engine.encode(x, y).mu];
        const shown = [...engine.decode(z, y)];
        return { mu, shown, nll: engine.likelihood.nll(engine.given(x), x) };
    }));
}"""
CONFIGS = {
    "conv1d": dict(filters=(3, 5), dense=7),
    "conv1d-deep": dict(filters=(4, 4, 6), dense=9, conv_activation="relu"),
    "gru": dict(state=6),
    "lstm": dict(state=5, depth=2),
    "rnn": dict(state=6, bidirectional=True),
    "lstm-both": dict(state=4, depth=2, bidirectional=True),
    "mlp": dict(hidden=(9,)),
}


@pytest.mark.parametrize("conditional", [False, True], ids=["plain", "conditional"])
@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_of_series_agrees_with_pytorch(static_page, static_server, channels, name, conditional):
    columns = tuple(Column(f"c{i}") for i in range(channels))
    spec = DataSpec("toy", "series", (channels, 21), ("x", "y"), columns=columns)
    torch.manual_seed(0)
    config = NETWORKS[name.partition("-")[0]].config(**CONFIGS[name])
    likelihood = normal.Config(spread="predicted" if channels == 3 else "learned")
    model = Model(ModelConfig(config, likelihood, 4, conditional=conditional), spec).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)  # so that windows differ
        x, z, y = torch.randn(3, channels, 21), 2 * torch.randn(3, 4), torch.tensor([0, 1, 1]) if conditional else None
        mu, (nll, shown) = model.encode(x, y).mu, model.nll_and_shown(x, z, y)
    assert min(torch.pdist(mu).min(), torch.pdist(shown.flatten(1)).min()) > 0.01  # equal ones could be wrong and pass
    weights = [None] * 3 if y is None else torch.eye(2)[y].tolist()
    rows = zip(x.flatten(1).tolist(), z.tolist(), weights, strict=True)
    examples = json.dumps([{"x": a, "z": b, "y": c} for a, b, c in rows])
    with static_server.serving(page_program.export(model)) as url:
        found = json.loads(static_page.evaluate(RUN, {"url": url, "examples": examples}))
    torch.testing.assert_close(torch.tensor([each["mu"] for each in found]), mu, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([each["shown"] for each in found]), shown.flatten(1), atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([each["nll"] for each in found]), nll, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("tails", ["normal", "laplace"])
def test_a_network_of_records_agrees_with_pytorch(static_page, static_server, tails):
    spec = SPECS["records"]
    torch.manual_seed(0)
    model = Model(ModelConfig(NETWORKS["mlp"].config(hidden=(7,)), mixed.Config(tails=tails), 3), spec).eval()
    model.likelihood.variance.copy_(torch.tensor([0.25, 4.0]))
    x, z = at_rest(spec, torch.Generator().manual_seed(0)), 3 * torch.randn(5, 3)
    with torch.no_grad():
        mu, (nll, shown) = model.encode(x).mu, model.nll_and_shown(x, z)
    assert len(shown[:, 2].unique()) > 1 and len(nll.unique()) == 5
    rows = zip(x.tolist(), z.tolist(), strict=True)
    with static_server.serving(page_program.export(model)) as url:
        given = {"url": url, "examples": json.dumps([{"x": a, "z": b, "y": None} for a, b in rows])}
        found = json.loads(static_page.evaluate(RUN, given))
    torch.testing.assert_close(torch.tensor([each["mu"] for each in found]), mu, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([each["shown"] for each in found]), shown, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([each["nll"] for each in found]), nll, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("kind", ["series", "records"])
def test_an_example_is_painted_as_python_draws_it(static_page, kind):
    spec = SPECS[kind]
    x = at_rest(spec, torch.Generator().manual_seed(3))[:1]
    paint = """async ({ values, kind, shape, module }) => {
        const { renderer } = await import(module);
        const rgba = new Uint8ClampedArray(4 * kind.picture.width * kind.picture.height);
        renderer(kind, shape).paint(values, rgba);
        return [...rgba];
    }"""
    page_kind = dict(kind_of(spec).for_page(spec))
    given = {"values": x.flatten().tolist(), "kind": page_kind, "shape": spec.shape}
    found = static_page.evaluate(paint, {**given, "module": f"/assets/shared/kinds/{kind}.js"})
    size = page_kind["picture"]
    ours = torch.tensor(found).view(size["height"], size["width"], 4)[..., :3]
    assert (ours - kind_of(spec).pictures(x, spec)[0].int()).abs().max() <= 2
