"""The curves of trainings: the figures that curves.js draws, and the file of Plotly that it loads."""

import httpx
from plotly.offline import get_plotlyjs, get_plotlyjs_version
from starlette.middleware import Middleware

from components.shared.app.traffic.compressed import Compressed
from components.shared.trainings import charts, curves
from tests.routes import ask

RECORDS = [{"epoch": 1, "test": {"nll": 2.0, "kl": 1.0}, "train": {"nll": 3.0, "kl": 1.5}}]


def get(version: str, encoding: str) -> httpx.Response:
    headers = {"Accept-Encoding": encoding}
    return ask(curves.routes, "GET", f"/assets/plotly/{version}.js", [Middleware(Compressed)], headers=headers)


def test_plotly_is_served_under_its_version_and_compressed_for_those_who_take_that():
    plain, packed = (get(get_plotlyjs_version(), encoding) for encoding in ("identity", "gzip, br"))
    assert plain.text == packed.text == get_plotlyjs()
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert "immutable" in packed.headers["cache-control"] and int(packed.headers["content-length"]) < 2_000_000
    other = get("0.0.1", "gzip")
    assert (other.status_code, other.text) == (404, "This app has another version of Plotly; reload the page.")


def test_an_objectives_own_terms_are_lines_by_their_names():
    records = [{"epoch": 1, "test": {"code": 2.0}, "train": {"code": 3.0}}]
    figure = charts.own_terms(records, {"code": "−log q", "gone": "Gone"}, "nats/image")
    found = {(line.name, line.line.dash): tuple(line.y) for line in figure.data}
    assert found == {
        ("−log q", "solid"): (2.0,),
        ("−log q", "dot"): (3.0,),
        ("Gone", "solid"): (None,),
        ("Gone", "dot"): (None,),
    }
    assert figure.layout.yaxis.title.text == "nats/image"


def test_no_axis_title_is_cut_off_and_no_template_travels_with_each_poll():
    figure = charts.losses({"run": RECORDS}, "image")
    layout = figure.to_plotly_json()["layout"]
    axes = [layout[name] for name in layout if name[1:].startswith("axis")]
    assert len(axes) == 6 and all(axis["automargin"] for axis in axes)
    assert len(figure.to_json()) < 5000
