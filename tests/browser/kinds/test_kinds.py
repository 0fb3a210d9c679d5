"""The renderers of components/shared/kinds against an independent painting in NumPy."""

import base64
import json

import numpy as np
import pytest
import torch
from safetensors.torch import save

from tests.browser.engine.test_engine_formats import level_model, level_program

ROWS, COLUMNS, TILE = 5, 7, 8
SYMBOLS = [("-", "sky"), ("X", "ground"), ("E", "enemy"), ("?", "box")]
GENERATOR = np.random.default_rng(5)
SPRITES = GENERATOR.integers(0, 256, (len(SYMBOLS), TILE, TILE, 3), dtype=np.uint8)
COLORS = GENERATOR.integers(0, 256, (len(SYMBOLS), 3), dtype=np.uint8)
LEVEL = np.array([0] * 20 + [1] * 11 + [2] * 3 + [0])
GENERATOR.shuffle(LEVEL)
LEVEL = LEVEL.reshape(ROWS, COLUMNS)


def text(numbers: np.ndarray) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


KIND = {
    "name": "tiles",
    "unit": "level",
    "module": "/assets/shared/kinds/tiles.js",
    "columns": COLUMNS,
    "rows": ROWS,
    "tile": TILE,
    "symbols": [{"symbol": symbol, "name": name, "role": "solid"} for symbol, name in SYMBOLS],
    "sprites": text(SPRITES),
    "colors": text(COLORS),
}
TILES = {"kind": KIND, "shape": [ROWS, COLUMNS], "values": LEVEL.flatten().tolist()}

PRELUDE = """
    const { loadRenderer } = await import("/assets/shared/kinds/index.js");
    const renderer = await loadRenderer(kind, shape);
    const pixels = (canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
    const seen = (canvas) => ({ width: canvas.width, height: canvas.height, pixels: pixels(canvas) });
"""


def run(page, script: str, given=TILES):
    """What a script returns, given the renderer of a kind and `values` [N]."""
    body = f"async (given) => {{ const {{ kind, shape, values }} = JSON.parse(given); {PRELUDE} {script} }}"
    return page.evaluate(body, json.dumps(given))


def painted(level: np.ndarray, sprites: np.ndarray) -> np.ndarray:
    """The level [R, C] with a sprite [V, s, s, 3] in the place of each id: [R·s, C·s, 3]."""
    return np.concatenate([np.concatenate([sprites[symbol] for symbol in row], axis=1) for row in level])


def smaller(sprites: np.ndarray, side: int) -> np.ndarray:
    """Each pixel the mean of the box that it covers, halves rounded up."""
    boxes = sprites.reshape(len(sprites), side, TILE // side, side, TILE // side, 3)
    return np.floor(boxes.mean(axis=(2, 4)) + 0.5).astype(np.uint8)


def assert_shows(canvas: dict, expected: np.ndarray) -> None:
    found = np.array(canvas["pixels"]).reshape(canvas["height"], canvas["width"], 4)
    np.testing.assert_array_equal(found[..., :3], expected)
    assert (found[..., 3] == 255).all()


def test_the_large_view_of_a_level_shows_plain_colours_under_its_art(static_page):
    found = run(
        static_page,
        """
        const { node, canvas, picture, show } = renderer.view("A level");
        document.body.append(node);
        show(Float32Array.from(values));
        const [below, above] = node.children;
        return {
            plain: seen(canvas), art: seen(picture), tiles: canvas.dataset.tiles, testid: canvas.dataset.testid,
            order: [below === canvas, above === picture], hidden: [canvas.ariaHidden, picture.ariaHidden],
            label: canvas.getAttribute("aria-label"),
        };
        """,
    )
    assert (found["plain"]["width"], found["plain"]["height"]) == (COLUMNS, ROWS)
    assert_shows(found["plain"], painted(LEVEL, COLORS[:, None, None]))
    assert_shows(found["art"], painted(LEVEL, SPRITES))
    assert json.loads(found["tiles"]) == ["".join(SYMBOLS[symbol][0] for symbol in row) for row in LEVEL]
    assert found["testid"] == "decoded-tiles" and found["order"] == [True, True]
    assert found["hidden"] == [None, "true"] and found["label"] == "A level"


def test_a_level_says_what_it_holds_once_it_rests(static_page):
    found = run(
        static_page,
        """
        const { canvas, show, settle } = renderer.view("A level");
        settle(); // nothing is shown yet
        const labels = [canvas.getAttribute("aria-label")];
        show(values);
        labels.push(canvas.getAttribute("aria-label"));
        settle();
        return [...labels, canvas.getAttribute("aria-label"), renderer.text(values)];
        """,
    )
    words = "5 × 7 tiles: 21 sky, 11 ground, 3 enemy"
    assert found == ["A level", "A level", f"A level: {words}", words]


def test_a_level_s_thumbnail_is_its_art_at_half_the_size(static_page):
    found = run(
        static_page,
        """
        const { width, height } = renderer.tile;
        // Two in one buffer, as the worker writes them.
        const both = new Uint8ClampedArray(2 * 4 * width * height);
        renderer.paint(values, both.subarray(both.length / 2));
        const [first, second] = [both.slice(0, both.length / 2), both.slice(both.length / 2)];
        return { width, height, before: Math.max(...first), pixels: [...second] };
        """,
    )
    assert (found["width"], found["height"], found["before"]) == (4 * COLUMNS, 4 * ROWS, 0)
    assert_shows(found, painted(LEVEL, smaller(SPRITES, 4)))


def test_sprites_as_small_as_thumbnails_are_taken_as_they_are(static_page):
    small = smaller(SPRITES, 4)
    kind = KIND | {"tile": 4, "sprites": text(small)}
    found = run(
        static_page,
        """
        const { width, height } = renderer.tile;
        const image = new ImageData(width, height);
        renderer.paint(values, image.data);
        return { width, height, pixels: [...image.data] };
        """,
        TILES | {"kind": kind},
    )
    assert_shows(found, painted(LEVEL, small))


def test_a_level_comes_from_its_bytes_and_is_masked_by_tiles(static_page):
    found = run(
        static_page,
        """
        const { fromRest, places } = renderer;
        return { values: [...fromRest(Uint8Array.from(values))], places, can: Object.keys(renderer) };
        """,
    )
    assert found["values"] == LEVEL.flatten().tolist() and found["places"] == {"columns": COLUMNS, "rows": ROWS}
    assert not {"fromDrawing", "disturbed", "paintDifference"} & {*found["can"]}


def test_the_legend_names_every_symbol_beside_its_sprite(static_page):
    found = run(
        static_page,
        """
        return [...renderer.legend().children].map((item) =>
            ({ name: item.textContent, sprite: seen(item.querySelector("canvas")) }));
        """,
    )
    assert [item["name"] for item in found] == [name for _, name in SYMBOLS]
    for item, sprite in zip(found, SPRITES, strict=True):
        assert_shows(item["sprite"], sprite)


def test_what_python_drew_of_a_level_fills_both_canvases(static_page):
    found = run(
        static_page,
        """
        const { canvas, picture, showPicture } = renderer.view("A level");
        const drawn = new ImageData(renderer.tile.width, renderer.tile.height);
        drawn.data.fill(255);
        for (let i = 0; i < drawn.data.length; i += 4) drawn.data[i] = 40;
        showPicture(drawn);
        return [seen(canvas), seen(picture)];
        """,
    )
    for canvas in found:
        assert_shows(canvas, np.broadcast_to([40, 255, 255], (canvas["height"], canvas["width"], 3)))


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_is_shown_in_its_own_size(static_page, channels):
    x = GENERATOR.random((channels, 4, 6), dtype=np.float32)
    given = {
        "kind": {"name": "image", "unit": "image", "module": "/assets/shared/kinds/image.js"},
        "shape": list(x.shape),
        "values": x.flatten().tolist(),
    }
    found = run(
        static_page,
        """
        const { node, canvas, picture, show } = renderer.view("An image");
        show(values);
        return {
            same: node === canvas && canvas === picture, shown: seen(canvas), tile: renderer.tile,
            testid: canvas.dataset.testid,
            rest: [...renderer.fromRest(Uint8Array.of(0, 51, 255))],
        };
        """,
        given,
    )
    levels = np.floor(255 * x + 0.5)
    assert_shows(found["shown"], np.broadcast_to(levels, (3, 4, 6)).transpose(1, 2, 0))
    assert found["same"] and found["tile"] == {"width": 6, "height": 4} and found["testid"] == "decoded-image"
    np.testing.assert_allclose(found["rest"], [0, 0.2, 1], atol=1e-7)


def test_a_model_of_levels_is_decoded_shown_and_previewed(static_page, static_server):
    """The whole way of a live component: engine, worker and view, with no word of tiles in between."""
    model = level_model()
    kind = KIND | {"columns": 4, "rows": 3, "symbols": [{"symbol": symbol, "name": symbol} for symbol in "abcde"]}
    sprites = GENERATOR.integers(0, 256, (5, TILE, TILE, 3), dtype=np.uint8)
    kind |= {"sprites": text(sprites), "colors": text(sprites[:, 0, 0])}
    points = torch.randn(4, 2)
    with torch.no_grad():
        levels = model.network.decoder(points).argmax(1).numpy()
    assert (levels[0] != levels[1]).any()
    latents = save(
        {
            "mu": points,
            "y": torch.zeros(4),
            "components.mu": points.clone(),
            "components.logvar": torch.zeros(4, 2),
            "components.quantiles": torch.linspace(-5, 0, 101),
        }
    )
    script = """async (given) => {
        const { model, points } = JSON.parse(given);
        const { DecodedView } = await import("/assets/shared/latent/decoded_view.js");
        const view = await DecodedView.of(model, "/decode");
        document.body.append(view.node);
        await view.load();
        for (const point of points) view.draw(point, null);
        const { canvas } = view.shown;
        const now = { ...canvas.dataset, label: canvas.getAttribute("aria-label") };
        const { pixels, width, height } = await view.decodeMany(points, null, "strips");
        await new Promise((resolve) => setTimeout(resolve, 400));
        const label = canvas.getAttribute("aria-label");
        view.close();
        return { now, label, pixels: [...pixels], width, height: height * points.length };
    }"""
    with static_server.serving(level_program(model)) as url, static_server.serving(latents) as latents_url:
        described = {
            "name": "levels",
            "kind": kind,
            "shape": [3, 4],
            "url": url,
            "latents": latents_url,
            "latent_dim": 2,
            "classes": [],
            "label": None,
        }
        found = static_page.evaluate(script, json.dumps({"model": described, "points": points.tolist()}))
    assert found["now"]["frames"] == "4" and found["now"]["model"] == "levels"
    np.testing.assert_allclose(json.loads(found["now"]["z"]), points[3], atol=1e-6)
    assert json.loads(found["now"]["tiles"]) == ["".join("abcde"[symbol] for symbol in row) for row in levels[3]]
    assert found["now"]["label"] == "The level that levels decodes from the latent point"
    assert found["label"].startswith(f"{found['now']['label']}: 3 × 4 tiles: ")
    assert_shows(found, np.concatenate([painted(level, smaller(sprites, 4)) for level in levels]))
