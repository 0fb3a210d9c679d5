"""Networks of symbols in the page against PyTorch: the code, the greedy sentence, and what a given sentence costs."""

import json

import pytest
import torch

from tests.core.test_writing import SPEC, X
from vae_core import page_program
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import NETWORKS

RUN = """async ({ url, examples }) => {
    const { Engine } = await import("/assets/shared/engine/engine.js");
    const engine = await Engine.load(url);
    return JSON.stringify(JSON.parse(examples).map(({ x, z, y }) => {
        const mu = [...engine.encode(x, y).mu];
        const written = [...engine.decode(z, y)];
        const logits = [...engine.logits];
        return { mu, written, logits, nll: engine.likelihood.nll(engine.given(x), x) };
    }));
}"""


@pytest.mark.parametrize("conditional", [False, True], ids=["plain", "conditional"])
@pytest.mark.parametrize(("depth", "bidirectional"), [(1, False), (2, False), (1, True), (2, True)])
@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_a_recurrent_network_agrees_with_pytorch(static_page, static_server, cell, depth, bidirectional, conditional):
    config = NETWORKS[cell].config(embedding=6, state=10, depth=depth, bidirectional=bidirectional)
    check(static_page, static_server, config, conditional)


@pytest.mark.parametrize("conditional", [False, True], ids=["plain", "conditional"])
@pytest.mark.parametrize(("width", "heads", "depth"), [(8, 1, 1), (12, 3, 2), (20, 4, 3)])
def test_a_transformer_agrees_with_pytorch(static_page, static_server, width, heads, depth, conditional):
    config = NETWORKS["transformer"].config(width=width, heads=heads, depth=depth, feedforward=13)
    check(static_page, static_server, config, conditional)


def check(static_page, static_server, config, conditional):
    torch.manual_seed(config.depth)
    model = Model(ModelConfig(config, categorical.Config(), 4, conditional=conditional), SPEC).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)  # so that sentences differ
        z, y = 2 * torch.randn(3, 4), torch.tensor([0, 1, 1]) if conditional else None
        posterior, written, nll = model.encode(X, y), model.decode(z, y), model.nll(X, z, y)
        logits = model.decode_logits(z, y)
    assert torch.pdist(logits.flatten(1)).min() > 0.1  # what does not differ could be wrong and pass
    weights = [None] * 3 if y is None else torch.eye(2)[y].tolist()
    examples = [{"x": a, "z": b, "y": c} for a, b, c in zip(X.tolist(), z.tolist(), weights, strict=True)]
    with static_server.serving(page_program.export(model)) as url:
        found = json.loads(static_page.evaluate(RUN, {"url": url, "examples": json.dumps(examples)}))
    assert torch.equal(torch.tensor([each["written"] for each in found]).long(), written)
    torch.testing.assert_close(torch.tensor([each["mu"] for each in found]), posterior.mu, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([each["nll"] for each in found]), nll, atol=1e-3, rtol=0)
    ends = (written == 1).long().argmax(1)
    for row, expected, end in zip(found, logits, ends.tolist(), strict=True):
        ours = torch.tensor(row["logits"]).view(expected.shape)
        torch.testing.assert_close(ours[:, : end + 1], expected[:, : end + 1], atol=1e-4, rtol=0)
