"""What the page's engine refuses, and what it says then: layers it does not know, broken files, wrong inputs."""

import json

import pytest
import torch
from safetensors.torch import load, save

from tests.browser.test_engine import make, program_of
from vae_core import page_program as browser
from vae_core.networks import NETWORKS

CATCH = """async (url) => {
    const { Engine } = await import("/assets/shared/engine/engine.js");
    try {
        await Engine.load(url);
    } catch ({ name, message, operation }) {
        return { name, message, operation };
    }
}"""


def changed(change) -> bytes:
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
        (lambda program, weights: program.update(decoder={"generate": {"cell": []}}), "generate"),
        (lambda program, weights: program["encoder"].pop(0), "linear"),
        (lambda program, weights: program["decoder"].append({"op": "reshape", "shape": [5]}), "reshape"),
    ],
)
def test_what_the_engine_cannot_run_raises_unsupported_operation(static_page, static_server, change, operation):
    with static_server.serving(changed(change)) as url:
        error = static_page.evaluate(CATCH, url)
    assert (error["name"], error["operation"]) == ("UnsupportedOperation", operation)
    assert operation in error["message"]


SOUND = changed(lambda program, weights: None)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a safetensors file"),
        (b"<!doctype html><title>Not found</title>", "not a safetensors file"),
        (SOUND[:100], "cut short"),
        (SOUND[:-1], "cut short"),
        (save({"x": torch.zeros(1)}), "no program"),
        (changed(lambda program, weights: weights.pop("decoder.0.bias")), "decoder.0.bias"),
        (changed(lambda program, weights: weights.update(x=torch.zeros(1).double())), "F64"),
        (changed(lambda program, weights: program.update(variational=False)), "8 numbers instead of 4"),
        (changed(lambda program, weights: program.update(output_shape=[1, 28, 27])), "instead of [1,28,27]"),
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
