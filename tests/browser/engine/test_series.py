"""Networks of series in the page against PyTorch: the code, the curve, and what a window costs."""

import json

import pytest
import torch

from vae_core import page_program
from vae_core.data import Column, DataSpec
from vae_core.likelihoods import normal
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


def test_a_window_is_painted_as_python_draws_it(static_page):
    from vae_core.kinds.series.curves import HEIGHT, WIDTH, curves

    x = torch.randn(2, 30, generator=torch.Generator().manual_seed(0)).cumsum(1)[None] * 0.7
    paint = """async ({ values, kind }) => {
        const { renderer } = await import("/assets/shared/kinds/series.js");
        const rgba = new Uint8ClampedArray(4 * kind.picture.width * kind.picture.height);
        renderer(kind, [2, 30]).paint(values, rgba);
        return [...rgba];
    }"""
    columns = [{"name": name, "unit": "", "center": 0, "spread": 1, "log": False} for name in "ab"]
    kind = {"columns": columns, "step": None, "picture": {"width": WIDTH, "height": HEIGHT}}
    found = torch.tensor(static_page.evaluate(paint, {"values": x.flatten().tolist(), "kind": kind}))
    ours = found.view(HEIGHT, WIDTH, 4)[..., :3]
    assert (ours - curves(x)[0].int()).abs().max() <= 2
