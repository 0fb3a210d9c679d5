"""Navigation and the shared sidebar. app.py starts it at every rerun."""

import sys
from pathlib import Path

import streamlit as st

PAGES = Path(__file__).resolve().parent
if str(PAGES.parent) not in sys.path:  # Streamlit puts only this folder there
    sys.path.insert(0, str(PAGES.parent))

from components.anomalies.anomalies import usual as usual_for_anomalies  # noqa: E402
from components.levels.making import suits as makes_levels  # noqa: E402
from components.shared.app import page  # noqa: E402
from components.shared.app.addresses import visits  # noqa: E402  (needs the path above)
from components.shared.app.picker.picker import picker  # noqa: E402
from components.shared.app.traffic.turns import TURNS  # noqa: E402
from components.shared.bring import asking  # noqa: E402
from components.shared.people import visitors, whose  # noqa: E402
from components.shared.people.entry import teacher_entry  # noqa: E402

ICON = PAGES.parent / "components" / "shared" / "app" / "icon.png"
with TURNS.turn():
    # Before the navigation: a browser would fetch the icon of a page without one from the network.
    st.set_page_config(page_icon=str(ICON), layout="wide")

    explore = st.Page(PAGES / "explore.py", title="Explore", icon=":material/tune:", default=True)
    latent_map = st.Page(PAGES / "latent_map.py", title="Latent map", icon=":material/grid_view:")
    projection = st.Page(PAGES / "projection.py", title="Projection", icon=":material/scatter_plot:")
    reconstruct = st.Page(PAGES / "reconstruct.py", title="Reconstruct", icon=":material/compare:")
    digits = st.Page(PAGES / "digits.py", title="Classes", icon=":material/draw:")
    arithmetic = st.Page(PAGES / "arithmetic.py", title="Arithmetic", icon=":material/calculate:")
    levels = st.Page(PAGES / "levels.py", title="Levels", icon=":material/landscape:")
    anomalies = st.Page(PAGES / "anomalies.py", title="Anomalies", icon=":material/notification_important:")
    train = st.Page(PAGES / "train.py", title="Train", icon=":material/school:")
    compare = st.Page(PAGES / "compare.py", title="Compare", icon=":material/stacked_line_chart:")

    # In the order in which one learns: what an autoencoder does to a picture, before maps of many.
    see, do, learn = (
        [explore, reconstruct, latent_map, projection],
        [digits, arithmetic, levels, anomalies],
        [train, compare],
    )
    selected = st.navigation({"See": see, "Do": do, "Learn": learn})
    st.set_page_config(f"{selected.title} · {page.NAME}")
    page.frame()
    visits.begin(selected.url_path)
    group = whose.grouping(visitors.current().starts_for)
    if selected in (explore, latent_map, reconstruct, arithmetic):
        picker(group=group)
    elif selected is projection:  # of a plane there is nothing to project
        picker(usual=("mnist-vae-16d",), group=group)
    elif selected is digits:
        picker(
            "digits", suits=lambda checkpoint: checkpoint.train_config.conditional, usual=("mnist-cvae",), group=group
        )
    elif selected is levels:
        picker("levels", suits=makes_levels, group=group)
    elif selected is anomalies:
        picker("anomalies", usual=usual_for_anomalies(), group=group)
    page.projector_switch()
    teacher_entry()
    asking.begin()
    selected.run()
    asking.end()
    visits.end()
