"""The engine's files: program formats, symbols instead of pixels, likelihoods, and what is refused and how."""

import json
import math
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from tests.browser.engine.test_engine import (
    BEFORE,
    RUN,
    assert_agrees,
    by_hand,
    changed,
    compare,
    make,
    program_of,
    randomize,
)  # fmt: skip
from vae_core import page_program as browser
from vae_core.networks import NETWORKS, OneHot, Pipeline


def format_1(content: bytes, nonlinearity: str, **values) -> bytes:
    """The file as it was exported before format 2."""
    newer = ("kind", "likelihood", "choice", "output_shape")
    return changed(content, newer, format=1, nonlinearity=nonlinearity, **values)


SYMBOLS, ROWS, COLUMNS = 5, 3, 4


def level_model() -> SimpleNamespace:
    """A model of levels: symbol ids in, categorical logits out, symbols first."""
    torch.manual_seed(3)
    network = nn.Module()
    network.encoder = Pipeline(OneHot(SYMBOLS), nn.Conv2d(SYMBOLS, 4, 3), nn.Flatten(), nn.Linear(4 * 2, 4))
    network.decoder = Pipeline(
        nn.Linear(2, SYMBOLS * ROWS * COLUMNS),
        nn.Unflatten(1, (SYMBOLS, ROWS, COLUMNS)),
        nn.Conv2d(SYMBOLS, SYMBOLS, 1),
    )
    randomize(network)
    return SimpleNamespace(network=network.eval())


def level_program(model: SimpleNamespace) -> bytes:
    """What `export` writes of it. The core's own categorical likelihood is not needed for that."""
    program = {
        "format": 2,
        "kind": "tiles",
        "likelihood": {"name": "categorical", "symbols": SYMBOLS},
        "encoder": browser.operations(model.network.encoder, "encoder"),
        "decoder": browser.operations(model.network.decoder, "decoder"),
        "input_shape": [ROWS, COLUMNS],
        "output_shape": [ROWS, COLUMNS],
        "latent_dim": 2,
        "classes": 0,
        "variational": True,
    }
    weights = {name: value.contiguous() for name, value in model.network.state_dict().items()}
    return save(weights, metadata={"program": json.dumps(program)})


def test_levels_of_symbols_agree_with_pytorch(static_page, static_server):
    model = level_model()
    ids, z = torch.randint(0, SYMBOLS, (6, ROWS, COLUMNS)), torch.randn(6, 2)
    with torch.no_grad():
        mu, logvar = model.network.encoder(ids).chunk(2, dim=1)
        logits = model.network.decoder(z)
    assert torch.pdist(mu).min() > 100 * BEFORE and logits.argmax(1).unique().numel() > 2
    examples = {"x": ids.flatten(1).tolist(), "z": z.tolist(), "conditions": [None] * 6}
    with static_server.serving(level_program(model)) as url:
        found = json.loads(static_page.evaluate(RUN, {"url": url, "examples": json.dumps(examples)}))
        score = """async ({ url, ids, z, visible }) => {
            const { Engine } = await import("/assets/shared/engine/engine.js");
            const engine = await Engine.load(url);
            return ids.map((x, i) => {
                engine.decode(z[i]);
                return [engine.likelihood.nll(engine.logits, x), engine.likelihood.nll(engine.logits, x, visible)];
            });
        }"""
        visible = [1, 0] * (ROWS * COLUMNS // 2)
        given = {"url": url, "ids": ids.flatten(1).tolist(), "z": z.tolist(), "visible": visible}
        scores = static_page.evaluate(score, given)
    assert found["inputShape"] == found["outputShape"] == [ROWS, COLUMNS]
    compare([result["mu"] for result in found["results"]], mu, BEFORE)
    compare([result["logvar"] for result in found["results"]], logvar, BEFORE)
    compare([result["logits"] for result in found["results"]], logits, BEFORE)
    assert [result["pixels"] for result in found["results"]] == logits.argmax(1).flatten(1).tolist()
    nll = nn.functional.cross_entropy(logits, ids, reduction="none").flatten(1)
    np.testing.assert_allclose([whole for whole, _ in scores], nll.sum(1).numpy(), rtol=1e-5)
    np.testing.assert_allclose([seen for _, seen in scores], (nll * torch.tensor(visible)).sum(1).numpy(), rtol=1e-5)


def test_ids_that_are_no_symbols_raise_a_range_error(static_page, static_server):
    call = """async (url) => {
        const { Engine } = await import("/assets/shared/engine/engine.js");
        const engine = await Engine.load(url);
        const ids = new Float32Array(12);
        const errors = [5, -1, NaN].map((id) => {
            ids[7] = id;
            try { engine.encode(ids); } catch (error) { return error.name; }
        });
        ids[7] = 4;
        return [...errors, engine.encode(ids).mu.length];
    }"""
    with static_server.serving(level_program(level_model())) as url:
        assert static_page.evaluate(call, url) == ["RangeError", "RangeError", "RangeError", 2]


@pytest.mark.parametrize(
    ("nonlinearity", "shown"), [("sigmoid", torch.sigmoid), ("identity", lambda logits: logits.clamp(0, 1))]
)
def test_format_1_still_opens(static_page, static_server, nonlinearity, shown):
    model = by_hand([nn.Linear(4, 120), nn.Unflatten(1, (6, 5, 4)), nn.Conv2d(6, 3, 1)])
    content = format_1(browser.export(model), nonlinearity)
    assert program_of(content).keys() == {
        "format", "encoder", "decoder", "input_shape", "latent_dim", "classes", "variational", "nonlinearity",
    }  # fmt: skip
    assert_agrees(static_page, static_server, model, content, shown)


def test_format_1_is_scored_under_the_likelihood_that_the_page_names(static_page, static_server):
    model = make(NETWORKS["mlp"].config(hidden=(8,)))
    score = """async ({ urls, x, likelihood }) => {
        const { Engine } = await import("/assets/shared/engine/engine.js");
        const { scored } = await import("/assets/shared/engine/scores.js");
        const engines = await Promise.all(urls.map((url) => Engine.load(url)));
        const nll = (engine) => scored(engine, Float32Array.from(x), null, (mu) => [...mu]).nll;
        let refused;
        try { nll(engines[1]); } catch ({ message }) { refused = message; }
        for (const engine of engines) engine.assumeLikelihood(likelihood);
        return { refused, nll: engines.map(nll) };
    }"""
    x = torch.rand(784)
    gaussian = {"name": "gaussian", "log_sigma": -1.5}
    content = changed(browser.export(model), likelihood=gaussian)
    with server_of(static_server, content, format_1(content, "sigmoid")) as urls:
        given = {"urls": urls, "x": x.tolist(), "likelihood": gaussian}
        found = static_page.evaluate(score, given)
        other = static_page.evaluate(score, given | {"likelihood": {"name": "bernoulli"}})
    with torch.no_grad():
        logits = model.network.decoder(model.network.encoder(x.view(1, 1, 28, 28), None).chunk(2, dim=1)[0], None)
    normal = torch.distributions.Normal(logits.sigmoid().flatten(), math.exp(-1.5))
    bernoulli = nn.functional.binary_cross_entropy_with_logits(logits.flatten(), x, reduction="sum")
    assert "names no likelihood" in found["refused"]
    np.testing.assert_allclose(found["nll"], [-normal.log_prob(x).sum()] * 2, rtol=1e-4)
    np.testing.assert_allclose(other["nll"], [-normal.log_prob(x).sum(), bernoulli], rtol=1e-4)


@contextmanager
def server_of(server, *contents: bytes):
    with ExitStack() as stack:
        yield [stack.enter_context(server.serving(content)) for content in contents]


CATCH = """async (url) => {
    const { Engine } = await import("/assets/shared/engine/engine.js");
    try {
        await Engine.load(url);
    } catch ({ name, message, operation }) {
        return { name, message, operation };
    }
}"""


def altered(change) -> bytes:
    """A small model's file after `change(program, weights)`."""
    content = browser.export(make(NETWORKS["mlp"].config(hidden=(8,))))
    program, weights = program_of(content), load(content)
    change(program, weights)
    return save(weights, metadata={"program": json.dumps(program)})


@pytest.mark.parametrize(
    ("change", "operation"),
    [
        (lambda program, weights: program["decoder"].append({"op": "warp"}), "warp"),
        (lambda program, weights: program["encoder"].append({"op": "toString"}), "toString"),
        (lambda program, weights: program.update(format=3), "format 3"),
        (lambda program, weights: program.update(format=1, nonlinearity="softmax"), "softmax"),
        (lambda program, weights: program.update(likelihood={"name": "poisson"}), "poisson"),
        (lambda program, weights: program.update(likelihood={"name": "toString"}), "toString"),
        (lambda program, weights: program.update(decoder={"generate": {"cell": "mamba"}}), "mamba"),
        (lambda program, weights: program.update(decoder={"unroll": []}), "unroll"),
        (lambda program, weights: program["encoder"].pop(0), "linear"),
        (lambda program, weights: program["decoder"].append({"op": "reshape", "shape": [5]}), "reshape"),
    ],
)
def test_what_the_engine_cannot_run_raises_unsupported_operation(static_page, static_server, change, operation):
    with static_server.serving(altered(change)) as url:
        error = static_page.evaluate(CATCH, url)
    assert (error["name"], error["operation"]) == ("UnsupportedOperation", operation)
    assert operation in error["message"]


SOUND = altered(lambda program, weights: None)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a safetensors file"),
        (b"<!doctype html><title>Not found</title>", "not a safetensors file"),
        (SOUND[:100], "cut short"),
        (SOUND[:-1], "cut short"),
        (save({"x": torch.zeros(1)}), "no program"),
        (altered(lambda program, weights: weights.pop("decoder.0.bias")), "decoder.0.bias"),
        (altered(lambda program, weights: weights.update(x=torch.zeros(1).double())), "F64"),
        (altered(lambda program, weights: program.update(variational=False)), "8 numbers instead of 4"),
        (altered(lambda program, weights: program.update(output_shape=[1, 28, 27])), "instead of [1,28,27]"),
    ],
    ids=[
        "empty",
        "html",
        "no header",
        "no end",
        "no program",
        "a tensor missing",
        "double precision",
        "wrong code",
        "wrong output",
    ],
)
def test_a_broken_file_raises_an_error_that_says_why(static_page, static_server, content, says):
    with static_server.serving(content) as url:
        error = static_page.evaluate(CATCH, url)
    assert error["name"] == "Error" and says in error["message"]


def test_a_missing_file_raises_an_error_that_says_why(static_page, static_server):
    assert "404" in static_page.evaluate(CATCH, f"{static_server.url}/nothing")["message"]


def test_inputs_of_a_wrong_length_raise_a_range_error(static_page, static_server):
    model = make(NETWORKS["mlp"].config(hidden=(8,)), conditional=True)
    call = """async (url) => {
        const { Engine } = await import("/assets/shared/engine/engine.js");
        const engine = await Engine.load(url);
        const good = engine.decode([0, 0, 0, 0], [1, 0, 0]).length;
        const name = (call) => { try { call(); } catch (error) { return error.name; } };
        return [
            good,
            name(() => engine.decode([0, 0, 0], [1, 0, 0])),
            name(() => engine.decode([0, 0, 0, 0])),
            name(() => engine.decode([0, 0, 0, 0], [1, 0])),
            name(() => engine.encode([0], [1, 0, 0])),
        ];
    }"""
    with static_server.serving(browser.export(model)) as url:
        assert static_page.evaluate(call, url) == [28 * 28, *["RangeError"] * 4]
