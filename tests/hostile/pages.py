"""The app's uploaders, each as its page asks with it, and what a file does there: its sentence, its time and memory."""

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.datasets.files import encoded, level_text, picture
from tests.hostile.corpus import Bad

PICTURES, TILES, SENTENCES, TUNES = "digits-vae-2d", "mario-vae", "captions-vae", "chorales-vae"


@dataclass(frozen=True)
class Page:
    """A page that takes files of some kinds: the model that it shows, and the good files beside a bad one. What another
    page has read is not read again, so that the tests bring every fourth alone to some."""

    name: str
    kinds: tuple[str, ...]
    model: str = PICTURES
    beside: tuple[Bad, ...] = ()
    several: bool = True
    every: int = 1


TWO = tuple(Bad(f"good {i}.png", encoded(picture(i)), "works") for i in range(2))
PAGES = (
    Page("Reconstruct", ("pictures", "zips")),
    Page("Projection", ("pictures", "zips"), every=4),
    Page("Arithmetic", ("pictures",), several=False, every=4),
    Page("Train", ("pictures",), beside=TWO),
    Page("Train", ("zips",)),
    Page("Reconstruct", ("levels",), TILES),
    Page("Projection", ("levels",), TILES, every=4),
    Page("Arithmetic", ("levels",), TILES, several=False, every=4),
    Page("Train levels", ("levels",), beside=(Bad("good.txt", level_text(80).encode(), "works"),)),
    Page("Reconstruct", ("sentences",), SENTENCES),
    Page("Projection", ("sentences",), SENTENCES, every=4),
    Page("Arithmetic", ("sentences",), SENTENCES, several=False, every=4),
    Page("Reconstruct", ("tunes",), TUNES),
    Page("Projection", ("tunes",), TUNES, every=4),
    Page("Arithmetic", ("tunes",), TUNES, several=False, every=4),
    Page("Concept", ("concepts",), several=False),
    Page("Model", ("models",), several=False),
)


@dataclass(frozen=True)
class Outcome:
    """What a page says of a file, whether it takes it, and what it cost: seconds of CPU, and memory over that of the
    idle app, both of this process and of those that decode."""

    said: list[str]
    taken: bool
    seconds: float
    megabytes: float


class Visit:
    """A page that is open, to bring files to one after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.app = AppTest.from_function(_script, kwargs={"page": page.name, "model": page.model}, default_timeout=120)
        self.app.run()
        assert not self.app.exception

    def bring(self, bad: Bad) -> Outcome:
        """Bring a file, alone or beside good ones."""
        files = [(each.name, each.content, "application/octet-stream") for each in (*self.page.beside, bad)]
        if sys.platform == "linux":
            before, idle = _seconds(), _memory("VmRSS")
            _forget_peak()
        self.app.file_uploader[0].set_value(files if self.page.several else files[-1]).run()
        cost = (_seconds() - before, max(0.0, _memory("VmHWM") - idle)) if sys.platform == "linux" else (0.0, 0.0)
        assert not self.app.exception, [each.value for each in self.app.exception]
        shown = (self.app.error, self.app.warning, self.app.info, self.app.text)
        said = [each.value for group in shown for each in group if not each.value.startswith("Still here")]
        return Outcome(said, bool(self.app.session_state["taken"]), *cost)


def _script(page: str, model: str) -> None:
    """The part of a page that takes files, and nothing else of it."""
    import contextlib

    import streamlit as st
    from streamlit.errors import StreamlitPageNotFoundError

    from components.shared.app import models
    from vae_core.errors import UserError

    checkpoint = models.found()[model]
    taken: object = None
    try:
        if page == "Reconstruct":
            from components.shared.app.addresses.links import View
            from components.shared.bring import intake

            st.session_state.setdefault(f"reconstruct source {checkpoint.spec.kind}", "upload")
            _, found = intake.ask_for_input(checkpoint, View(), False)
            taken = intake.prepare_input(checkpoint, found) is not None
        elif page == "Projection":
            from components.projection.own import ask_for_pictures

            taken = ask_for_pictures(checkpoint)
        elif page == "Arithmetic":
            from components.shared.bring.own_picture import ask_for_picture

            taken = ask_for_picture(checkpoint, "arithmetic")
        elif page == "Concept":
            from components.arithmetic.concepts import load_concept

            load_concept(checkpoint)
            taken = st.session_state.pop("concepts", None)
        elif page in ("Train", "Train levels"):
            from components.shared.bring import uploads

            taken = uploads.ask_for_pictures() if page == "Train" else uploads.ask_for_levels()
        elif page == "Model":
            from components.train.runs import upload_model

            with contextlib.suppress(StreamlitPageNotFoundError):  # the link to Explore, which is not here
                upload_model()
            taken = st.session_state.pop("taken in", None)
    except UserError as error:
        st.info(str(error))  # as the form of a training shows it
    st.session_state["taken"] = taken


# What it costs, where Linux tells


def _processes() -> list[int]:
    """This process and those that decode."""
    children: list[str] = []
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # it has ended
            children += (thread / "children").read_text().split()
    return [os.getpid(), *(int(pid) for pid in children if _decodes(pid))]


def _decodes(pid: str) -> bool:
    try:
        return b"vae_core.pictures.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _seconds() -> float:
    """CPU time of this process, of those that decode, and of those that have ended."""
    own = os.times()
    found = time.process_time() + own.children_user + own.children_system
    for pid in _processes()[1:]:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def _memory(field: str) -> float:
    """VmRSS, what is in memory now, or VmHWM, the most since `_forget_peak`: of all processes, in MB."""
    found = 0.0
    for pid in _processes():
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        found += next((int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{field}:")), 0.0)
    return found


def _forget_peak() -> None:
    for pid in _processes():
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def cells(outcomes: Sequence[Outcome]) -> str:
    """The worst of some outcomes, as the table says it."""
    taken = sum(each.taken for each in outcomes)
    seconds, megabytes = max(each.seconds for each in outcomes), max(each.megabytes for each in outcomes)
    return f"{taken:>5} {len(outcomes) - taken:>8} {seconds:>8.1f} {megabytes:>8.0f}"
