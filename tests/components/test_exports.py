"""The routes that decode for the page: what they answer, and what they refuse before it costs anything."""

import io
import json

import pytest
import torch
from PIL import Image

from components.shared.app import exports
from tests.routes import ask
from vae_core import checkpoints

NAME, CONDITIONAL = "digits-vae-2d", "mnist-cvae"


def post(url: str, **what):
    return ask(exports.routes, "POST", url, **what)


@pytest.mark.parametrize("n", [1, exports.AT_ONCE, exports.AT_ONCE + 1])
def test_the_pictures_are_the_models(generator, n):
    points = torch.randn(n, 2, generator=generator)
    answer = post("/decode", json={"checkpoint": NAME, "points": points.tolist()})
    assert (answer.status_code, answer.headers["x-width"], answer.headers["x-height"]) == (200, "8", "8")
    pixels = torch.frombuffer(bytearray(answer.content), dtype=torch.uint8).view(n, 8, 8, 4)
    with torch.inference_mode():
        expected = checkpoints.load(NAME).load_model().decode(points)[:, 0] * 255
    assert (pixels[..., 0] - expected).abs().max() <= 0.51 and (pixels[..., 3] == 255).all()


def test_values_are_the_examples_at_rest(generator):
    model = checkpoints.load("mario-vae").load_model()
    points = torch.randn(3, model.config.latent_dim, generator=generator)
    answer = post("/decode", json={"checkpoint": "mario-vae", "points": points.tolist(), "form": "values"})
    with torch.inference_mode():
        expected = model.kind.rest(model.decode(points))
    assert answer.content == expected.numpy().tobytes() and len(set(expected.flatten().tolist())) > 3


def test_each_point_has_its_own_class(generator):
    points = torch.randn(1, 16, generator=generator)[:, : checkpoints.load(CONDITIONAL).train_config.latent_dim]
    y = torch.eye(10)
    body = {"checkpoint": CONDITIONAL, "points": points.expand(10, -1).tolist(), "y": y.tolist()}
    rows = post("/decode", json=body).content
    single = [post("/decode", json=body | {"points": points.tolist(), "y": each.tolist()}).content for each in y]
    assert rows == b"".join(single) and len(set(single)) == 10


def test_an_animation_has_a_frame_for_each_point():
    body = {"checkpoint": NAME, "points": [[x / 4, 0] for x in range(-8, 9)], "format": "gif", "width": 80}
    image = Image.open(io.BytesIO(post("/export/animation", json=body).content))
    assert (image.format, image.size, image.n_frames) == ("GIF", (80, 80), 17)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"1" * 5000, "not JSON"),
        (b"[]", "must be a JSON object"),
        (b" " * (exports.MAX_REQUEST + 1), "too much for one request"),
        (b'{"checkpoint": 1}', "its checkpoint must be 1 to 255 characters"),
        (b'{"checkpoint": "a", "checkpoint": "b"}', "one key twice"),
        (b'{"checkpoint": "no such"}', "There is no checkpoint 'no such'"),
        (json.dumps({"checkpoint": str(checkpoints.SHIPPED / NAME)}).encode(), "must be a model's name"),
        (json.dumps({"checkpoint": NAME, "points": [[0, 0, 0]]}).encode(), "rows of 2 numbers"),
        (json.dumps({"checkpoint": NAME, "points": [[0, "x"]]}).encode(), "rows of 2 numbers"),
        (json.dumps({"checkpoint": NAME, "points": [[0, True]]}).encode(), "rows of 2 numbers"),
        (json.dumps({"checkpoint": NAME, "points": [[0, float("nan")]]}).encode(), "NaN is no number"),
        (json.dumps({"checkpoint": CONDITIONAL, "points": [[0] * 8]}).encode(), "10 finite numbers"),
    ],
    ids=range(15),
)
def test_a_wrong_request_is_refused_in_a_sentence(content, words):
    answer = post("/decode", content=content)
    assert answer.status_code == 400 and "Traceback" not in answer.text
    assert any(each in answer.text for each in words.split("|")), answer.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": []}, "format must be one of gif, webp"),
        ({"format": "exe"}, "format must be one of gif, webp"),
        ({"width": 0}, "width must be"),
        ({"frame_ms": 1}, "frame_ms must be"),
        ({"points": [[0, 0]] * 1000, "width": 1024}, "too much for one animation"),
    ],
)
def test_a_wrong_animation_is_refused_in_a_sentence(options, words):
    body = {"checkpoint": NAME, "points": [[0, 0]], "format": "gif"} | options
    answer = post("/export/animation", json=body)
    assert answer.status_code == 400 and words in answer.text
