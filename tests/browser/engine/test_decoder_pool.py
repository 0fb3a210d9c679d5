"""The decoder's Web Worker (components/shared/engine/worker.js) behind its client, decoder_pool.js."""

import pytest
import torch

from vae_core import page_program as browser
from vae_core.data import DataSpec
from vae_core.likelihoods import bernoulli
from vae_core.model import Model, ModelConfig
from vae_core.networks import NETWORKS

LATENT, CLASSES = 2, 3

PRELUDE = """
    const { Engine } = await import("/assets/shared/engine/engine.js");
    const { toRGBA } = await import("/assets/shared/kinds/image.js");
    const { DecoderWorker } = await import("/assets/shared/engine/decoder_pool.js");
    const worker = new DecoderWorker();
    const points = (count) => Float32Array.from({ length: 2 * count }, (_, i) => 3 * Math.sin(i));
    const failure = ({ name, message }) => ({ name, message });
    const kind = { name: "image", module: "/assets/shared/kinds/image.js" };
    const load = (url) => worker.load(url, kind, SHAPE);
    const outcome = (promise) => promise.then((batch) => batch && batch.count, failure);
"""


@pytest.fixture(scope="module", params=[1, 3], ids=["grey", "rgb"])
def model_url(request, static_server):
    torch.manual_seed(0)
    spec = DataSpec("random", "image", (request.param, 24, 32), ("a", "b", "c"))
    config = ModelConfig(NETWORKS["conv"].config(channels=(16, 32)), bernoulli.Config(), LATENT, conditional=True)
    model = Model(config, spec)
    for value in model.network.decoder.parameters():
        value.data.mul_(3)  # so that different points give different pictures
    with static_server.serving(browser.export(model)) as url:
        yield url


@pytest.fixture
def channels(request):
    return request.node.callspec.params["model_url"]


def run(page, script: str, argument=None, channels: int = 1):
    prelude = PRELUDE.replace("SHAPE", f"[{channels}, 24, 32]")
    return page.evaluate(f"async (argument) => {{ {prelude} {script} }}", argument)


def test_the_worker_paints_the_pixels_of_the_engine(static_page, model_url, channels):
    found = run(
        static_page,
        """
        const about = await load(argument);
        const engine = await Engine.load(argument);
        const one = Float32Array.of(0, 1, 0);
        const each = Float32Array.from({ length: 15 }, (_, i) => i % 4 / 3);
        const differing = [];
        let pictures;
        for (const condition of [one, each]) {
            const { pixels, count, width, height } = await worker.decode(points(5), condition);
            const size = 4 * width * height;
            const expected = new Uint8ClampedArray(size);
            pictures = new Set();
            for (let n = 0; n < count; n++) {
                const own = condition === one ? one : each.subarray(3 * n, 3 * n + 3);
                toRGBA(engine.decode(points(5).subarray(2 * n, 2 * n + 2), own), engine.outputShape, expected);
                const picture = pixels.subarray(n * size, (n + 1) * size);
                pictures.add(String(picture));
                differing.push(expected.reduce((sum, value, i) => sum + (value !== picture[i]), 0));
            }
            if (pixels.length !== 5 * size || width !== 32 || height !== 24) throw new Error("wrong size");
        }
        worker.terminate();
        return { about, differing, pictures: pictures.size };
        """,
        model_url,
        channels,
    )
    shape = found["about"].pop("shape")
    assert shape[1:] == [24, 32] and found["about"] == {"latentDim": LATENT, "classes": CLASSES}
    assert found["differing"] == [0] * 10
    assert found["pictures"] == 5


def test_a_newer_request_drops_waiting_ones_of_its_channel_only(static_page, model_url, channels):
    counts = run(
        static_page,
        """
        const condition = Float32Array.of(1, 0, 0);
        const ask = (count, options) => outcome(worker.decode(points(count), condition, options));
        await load(argument);
        const first = ask(200); // keeps the worker busy, so that the others wait
        const drag = Array.from({ length: 10 }, (_, i) => ask(i + 1, { channel: "drag" }));
        const others = [ask(20, { channel: "grid" }), ask(30), ask(40)];
        drag.push(ask(11, { channel: "drag" }));
        const counts = { first: await first, drag: await Promise.all(drag), others: await Promise.all(others) };
        worker.terminate();
        return counts;
        """,
        model_url,
        channels,
    )
    assert counts == {"first": 200, "drag": [None] * 10 + [11], "others": [20, 30, 40]}


def test_what_fails_rejects_and_the_worker_goes_on(static_page, static_server, model_url, channels):
    with static_server.serving(b"not a model") as broken:
        outcomes = run(
            static_page,
            """
            const [good, broken] = argument;
            const condition = Float32Array.of(1, 0, 0);
            const early = await outcome(worker.decode(points(1), condition));
            await load(good);
            const outcomes = [
                early,
                await outcome(worker.decode(Float32Array.of(1, 2, 3), condition)),
                await outcome(worker.decode(points(2))),
                await outcome(load(broken)),
                await outcome(worker.decode(points(2), condition)),
            ];
            worker.terminate();
            return outcomes;
            """,
            [model_url, broken],
            channels,
        )
    assert [outcome if isinstance(outcome, int) else outcome["name"] for outcome in outcomes] == [
        "Error", "RangeError", "RangeError", "Error", 2,
    ]  # fmt: skip


def test_an_unsupported_model_rejects_by_that_name(static_page, static_server):
    content = browser.export(
        Model(ModelConfig(NETWORKS["mlp"].config(), bernoulli.Config(), LATENT), DataSpec("x", "image", (1, 4, 4)))
    ).replace(b'\\"op\\": \\"relu\\"', b'\\"op\\": \\"warp\\"')
    with static_server.serving(content) as url:
        assert run(static_page, "return outcome(load(argument));", url)["name"] == "UnsupportedOperation"


def test_a_terminated_worker_resolves_to_null(static_page, model_url, channels):
    outcomes = run(
        static_page,
        """
        await load(argument);
        const waiting = outcome(worker.decode(points(500), Float32Array.of(1, 0, 0)));
        worker.terminate();
        return [await waiting, await outcome(worker.decode(points(1), Float32Array.of(1, 0, 0)))];
        """,
        model_url,
        channels,
    )
    assert outcomes == [None, None]


def test_a_worker_that_cannot_start_rejects(chromium, static_server):
    page = chromium.new_page()
    page.goto(static_server.url)
    page.route("**/worker.js", lambda route: route.fulfill(status=404, body=""))
    outcomes = run(page, "return [await outcome(load('/x')), await outcome(load('/x'))];")
    page.close()
    assert ["The worker failed" in outcome["message"] for outcome in outcomes] == [True, True]
