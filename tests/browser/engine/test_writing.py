"""Networks of symbols in the page against PyTorch: the code, the greedy sentence, and what a given sentence costs."""

import json

import pytest
import torch

from tests.core.test_writing import SPEC, VISIBLE, X
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
        const visible = Float32Array.of(1, 0, 1, 0, 1, 0, 0);
        const filled = [...engine.fill(z, y, x, visible)];
        const seen = engine.likelihood.nll(engine.logits, filled, visible);
        engine.decode(z, y);
        return { mu, written, logits, filled, seen, nll: engine.likelihood.nll(engine.given(x), x) };
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
        seen, filled = model.nll_and_filled(X, z, VISIBLE, y)
    assert torch.pdist(logits.flatten(1)).min() > 0.1  # what does not differ could be wrong and pass
    weights = [None] * 3 if y is None else torch.eye(2)[y].tolist()
    examples = [{"x": a, "z": b, "y": c} for a, b, c in zip(X.tolist(), z.tolist(), weights, strict=True)]
    with static_server.serving(page_program.export(model)) as url:
        found = json.loads(static_page.evaluate(RUN, {"url": url, "examples": json.dumps(examples)}))
    assert torch.equal(torch.tensor([each["written"] for each in found]).long(), written)
    assert torch.equal(torch.tensor([each["filled"] for each in found]).long(), filled)
    torch.testing.assert_close(torch.tensor([each["seen"] for each in found]), seen, atol=1e-3, rtol=0)
    torch.testing.assert_close(torch.tensor([each["mu"] for each in found]), posterior.mu, atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.tensor([each["nll"] for each in found]), nll, atol=1e-3, rtol=0)
    ends = (written == 1).long().argmax(1)
    for row, expected, end in zip(found, logits, ends.tolist(), strict=True):
        ours = torch.tensor(row["logits"]).view(expected.shape)
        torch.testing.assert_close(ours[:, : end + 1], expected[:, : end + 1], atol=1e-4, rtol=0)


WORK = """async ({ url, z }) => {
    const { DecoderWorker } = await import("/assets/shared/engine/decoder_pool.js");
    const worker = new DecoderWorker();
    const kind = { name: "text", module: "/assets/shared/kinds/text.js", symbols: [], characters: false, card: {} };
    await worker.load(url, kind, [7]);
    const points = Float32Array.from(z.flat());
    const { values, count } = await worker.decode(points, null, { form: "values" });
    const drawn = async (temperature, seed) => [...(await worker.draw(points, null, { temperature, seed })).values];
    const cold = await drawn(1e-3, 1);
    const [one, again, other] = [await drawn(1, 1), await drawn(1, 1), await drawn(1, 2)];
    const many = await worker.draw(new Float32Array(4000).fill(z[0][0]), null, { temperature: 1, seed: 3 });
    worker.terminate();
    return JSON.stringify({ values: [...values], count, cold, one, again, other, many: [...many.values] });
}"""


def test_the_worker_gives_what_is_written_and_draws_from_its_distribution(static_page, static_server):
    torch.manual_seed(0)
    model = Model(ModelConfig(NETWORKS["gru"].config(embedding=6, state=10), categorical.Config(), 4), SPEC).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(2)
        z = torch.randn(3, 4)
        z[0] = z[0, 0]  # as the script repeats it
        written = model.decode(z)
        first = model.decode_logits(z[:1])[0, :, 0]
    with static_server.serving(page_program.export(model)) as url:
        found = json.loads(static_page.evaluate(WORK, {"url": url, "z": z.tolist()}))
    assert found["count"] == 3
    assert found["values"] == found["cold"] == written.flatten().tolist()
    assert found["one"] == found["again"] != found["other"]
    first[[0, 2, 3]] = -torch.inf  # never written
    counts = torch.tensor(found["many"]).view(1000, -1)[:, 0].long().bincount(minlength=len(first)) / 1000
    torch.testing.assert_close(counts, first.softmax(0), atol=0.05, rtol=0)
