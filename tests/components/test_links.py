"""Links: everything that one carries opens the same view, and the address bar says it in the same words again."""

import importlib
from dataclasses import fields
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from components.anomalies.links import AnomaliesView
from components.arithmetic.links import ArithmeticView
from components.digits.links import WrittenView
from components.latent_map.links import MapView
from components.levels.links import LevelsView, Moved
from components.projection.links import ProjectionView
from components.shared.app.addresses.links import View
from vae_core.projections import pca, tsne, umap

FEATURES = ("anomalies", "latent_map", "digits", "arithmetic", "projection", "levels")
PLAIN, CONDITIONAL, LEVELS = "mnist-vae-2d", "mnist-cvae", "mario-vae"

CODE = ",".join(["0.5"] * 16)

# Page, link, its point, the page's own view, and what the address bar says if that is not the link's own words.
LINKS = [
    ("explore", "z=0.5,-1.2", View([0.5, -1.2]), None, None),
    ("explore", "z=0.5,-1.2&example=17", View([0.5, -1.2], example=17), None, None),
    ("explore", "example=17&match=input", View(example=17, match="input"), None, None),
    ("explore", "compare=digits-vae-2d&z=1e-3,2", View([0.001, 2]), None, "compare=digits-vae-2d&z=0.001,2"),
    ("explore", "match=z&z=0,0&checkpoint=a", View([0, 0]), None, "z=0,0&checkpoint=a"),
    ("reconstruct", "example=17", View(example=17), None, None),
    ("latent_map", "axes=1,0", View(), MapView(axes=["1", "0"]), None),
    ("latent_map", "axes=pc2,pc1&grid=15", View(), MapView(axes=["pc2", "pc1"], grid=15), None),
    ("latent_map", "spacing=normal&z=0.5,-1.2", View([0.5, -1.2]), MapView(spacing="normal"), None),
    (
        "latent_map",
        "spacing=linear&window=-1,1,-1.5,1.25",
        View(),
        MapView(spacing="linear", window=[-1, 1, -1.5, 1.25]),
        None,
    ),
    ("latent_map", "layers=grid,points&hide=3,7", View(), MapView(layers=["grid", "points"], hidden=[3, 7]), None),
    (
        "latent_map",
        "layers=none&path=0,0,0.123456789,-2&fade=off",
        View(),
        MapView(layers=["none"], path=[[0, 0], [0.123456789, -2]], fade=False),
        None,
    ),
    ("digits", "text=2026&to=8&mix=0.5&y=3", View(label=3), WrittenView("2026", 8, 0.5), None),
    (
        "digits",
        "text=Größer %26 mehr&z=0,1,0,0,0,0,0,0&y=2",
        View([0, 1, 0, 0, 0, 0, 0, 0], 2),
        WrittenView("Größer & mehr"),
        None,
    ),
    ("digits", "to=0&mix=0", View(), WrittenView(to=0, mix=0), "to=0"),
    (
        "arithmetic",
        "points=e17~0.5,-1.2&way=linear&at=0.4",
        View(),
        ArithmeticView(points=[View(example=17), View([0.5, -1.2])], way="linear", at=0.4),
        None,
    ),
    (
        "arithmetic",
        "mode=analogy&points=e1~e2~0,0&way=spherical",
        View(),
        ArithmeticView("analogy", [View(example=1), View(example=2), View([0, 0])], "spherical"),
        None,
    ),
    (
        "arithmetic",
        "mode=concept&towards=c8&away=ground&at=0",
        View(),
        ArithmeticView("concept", at=0, towards="c8", away="ground"),
        None,
    ),
    (
        "arithmetic",
        "mode=between&use=a&z=1,2",
        View([1, 2]),
        ArithmeticView("between"),
        "mode=between&z=1,2",  # it is taken once
    ),
    (
        "projection",
        "map=umap&fit=n_neighbors:30&dims=3",
        View(),
        ProjectionView(umap.Config(n_neighbors=30), 3),
        None,
    ),
    (
        "projection",
        "map=pca&beside=tsne&beside-fit=perplexity:10.0,seed:3&color=nll",
        View(),
        ProjectionView(pca.Config(), beside=tsne.Config(perplexity=10, seed=3), color="nll"),
        None,
    ),
    (
        "projection",
        "window=-1,1,-1,1&window-beside=0,2,0,2&place=0.25,-0.5&color=typicality",
        View(),
        ProjectionView(
            color="typicality", window=[-1, 1, -1, 1], window_beside=[0, 2, 0, 2], place=[0.25, -0.5]
        ),
        None,
    ),
    (
        "levels",
        "seed=7&step=0.812&windows=20&shifts=0,-1.5",
        View(),
        LevelsView(seed=7, step=0.812, windows=20, shifts=[0, -1.5], sampler="prior"),
        None,
    ),
    ("levels", "seed=7&sampler=mixture", View(), LevelsView(seed=7, sampler="mixture"), None),
    ("levels", "sampler=aggregated_posterior&step=1", View(), LevelsView(step=1, sampler="aggregated_posterior"), None),
    (
        "levels",
        f"between=e17~{CODE}&moved=0:{CODE}~19:{CODE}&shifts=0,2,0,0",
        View(),
        LevelsView(
            between=[View(example=17), View([0.5] * 16)],
            moved=[Moved(0, [0.5] * 16), Moved(19, [0.5] * 16)],
            shifts=[0, 2, 0, 0],
        ),
        f"between=e17~{CODE}&moved=0:{CODE}~19:{CODE}&shifts=0,2",
    ),
    (
        "anomalies",
        "score=kl&threshold=-4.25&anomalies=1,8&miss=50&alarm=0&example=3",
        View(example=3),
        AnomaliesView("kl", -4.25, [1, 8], 50, 0),
        None,
    ),
    ("train", "run=digits-vae", View(), None, None),
    ("compare", "runs=a,b", View(), None, None),
]  # fmt: skip


def script(page: str, features: tuple[str, ...], checkpoint: str) -> None:
    """A page as far as its link is concerned: read it all, show it all."""
    import importlib

    import streamlit as st

    from components.shared.app.addresses import links
    from vae_core import checkpoints

    model = checkpoints.load(checkpoint)
    st.session_state["point"] = point = links.view(model, 1000)
    own = None
    if page in features:
        feature = importlib.import_module(f"components.{page}.links")
        further = {"arithmetic": [1000], "levels": [1000, 7]}.get(page, [])
        st.session_state["seen"] = seen = feature.view(model, *further)
        own = feature.parameters(seen)
    links.show(point, own)


def opened(page: str, link: str) -> AppTest:
    model = {"digits": CONDITIONAL, "levels": LEVELS}.get(page, PLAIN)
    app = AppTest.from_function(script, kwargs={"page": page, "features": FEATURES, "checkpoint": model})
    app.query_params.update(parse_qsl(link))
    app.run()
    assert not app.exception and not app.warning
    return app


@pytest.mark.parametrize(("page", "link", "point", "seen", "said"), LINKS, ids=lambda value: str(value)[:40])
def test_a_link_opens_the_same_and_is_written_the_same(page, link, point, seen, said):
    app = opened(page, link)
    assert app.session_state["point"] == point
    assert seen is None or app.session_state["seen"] == seen
    assert app.query_params == dict(parse_qsl(said or link))


def test_the_table_has_every_parameter():
    """Each field of a page's view is filled in by some link."""
    for page, view in zip(
        FEATURES, (AnomaliesView, MapView, WrittenView, ArithmeticView, ProjectionView, LevelsView), strict=True
    ):
        assert importlib.import_module(f"components.{page}.links").view.__annotations__["return"] is view
        seen = [entry[3] for entry in LINKS if entry[0] == page]
        missing = [each.name for each in fields(view) if all(getattr(one, each.name) is None for one in seen)]
        assert missing == []


def test_a_page_takes_the_other_pages_parameters_out_and_keeps_what_names_models():
    kept = "checkpoint=mnist-vae-2d&compare=a&run=b&runs=b,c"
    others = "&".join(link for _, link, *_ in LINKS)
    app = opened("explore", f"{others}&{kept}&z=0,1&example=3&match=z&y=0")
    assert app.query_params == dict(parse_qsl(kept)) | {"z": "0,1", "example": "3"}
