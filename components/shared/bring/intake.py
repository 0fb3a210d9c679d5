"""What users bring: asks for it, prepares it step by step, and scores several in a table. See bringing.py."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch

from components.shared.app import models, words
from components.shared.app.addresses import visits
from components.shared.app.addresses.links import View
from components.shared.bring import asking, kept
from components.shared.bring.asking import safe
from components.shared.bring.bringing import Bringing, prepared_once
from components.shared.bring.levels import Levels
from components.shared.bring.measured import Rows, Windows
from components.shared.bring.photos import camera
from components.shared.bring.pictures import Pictures
from components.shared.bring.sentences import Sentences
from components.shared.bring.tunes import Tunes
from vae_core import pictures, zips
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.latent import reconstruction
from vae_core.pictures import guarded

KINDS: Mapping[str, Bringing] = {
    "image": Pictures(),
    "notes": Tunes(),
    "records": Rows(),
    "series": Windows(),
    "text": Sentences(),
    "tiles": Levels(),
}
"""Kinds with ways of their own; any other is uploaded."""
ANY = Bringing()
MAX_FILES, MAX_UNPACKED = 500, 100_000_000
MAX_SECONDS = 8.0
"""Of CPU time for the files of one upload; a photo takes a tenth of a second."""
MAX_REFUSED = 5
"""Refused files that are named one by one."""


@dataclass(frozen=True)
class Picture:
    """An uploaded file's content, and a name that is safe to show."""

    name: str
    content: bytes


def bringing_of(spec: DataSpec) -> Bringing:
    """How examples of the spec's kind are brought."""
    return KINDS.get(spec.kind, ANY)


def _source_key(spec: DataSpec) -> str:
    return f"reconstruct source {spec.kind}"


def waiting(spec: DataSpec) -> str:
    """What comes next, while nothing was uploaded or photographed yet."""
    unit = words.unit(spec)
    if st.session_state.get(_source_key(spec)) == "camera":
        return f"Take a picture: its {unit} and the reconstruction appear here."
    return f"One {unit} shows its reconstruction; many give a table of their errors and latents."


def ask_for_input(checkpoint: Checkpoint, view: View, linked: bool) -> tuple[str, list[Picture]]:
    """Ask where the input comes from. Returns the component's mode, and what was uploaded or photographed. What a link
    or another page sends along comes first, if it is `linked`: a point or an example. Otherwise the choice outlasts the
    visit."""
    bringing = bringing_of(checkpoint.spec)
    sources = [source for source in bringing.sources if source != "sent" or view.z]
    key = _source_key(checkpoint.spec)
    if linked and not visits.current().complete:
        st.session_state[key] = "sent" if view.z else sources[0] if view.example is None else "example"
    elif st.session_state.get(key) not in sources:
        st.session_state[key] = sources[0]
    source = st.segmented_control(
        "Input",
        sources,
        format_func=bringing.sources.__getitem__,
        key=key,
        label_visibility="collapsed",
        required=True,
        persist_state="session",
    )
    files = []
    if source == "upload":
        files = kept.ask(
            bringing.question(checkpoint.spec),
            key=f"reconstruct upload {checkpoint.spec.kind}",
            mb=asking.PICTURE_MB,
            several=True,
            help=bringing.help(checkpoint.spec),
        )
    elif source == "camera":
        files = camera.ask("reconstruct camera")
    return "upload" if source == "camera" else source or sources[0], open_files(files)


def open_files(files: Iterable[Any]) -> list[Picture]:
    """The files that were uploaded, and those in zips of them. A file that cannot be opened gets an error message."""
    found: list[Picture] = []
    for file in files:
        try:
            found += _unpacked(Picture(safe(file.name), file.getvalue()))
        except UserError as error:
            st.error(refusal(file.name, error))
    if len(found) > MAX_FILES:
        st.warning(f"These are {len(found):,} files, of which the first {MAX_FILES} are used.")
    return found[:MAX_FILES]


def refusal(name: str, error: UserError) -> str:
    """Why a file of that name is not taken, as Markdown shows it."""
    return f"{safe(name)}: {words.escaped(str(error))}"


def _unpacked(file: Picture) -> list[Picture]:
    if file.content[:4] != b"PK\x03\x04":
        return [file]
    try:
        with zips.opened(io.BytesIO(file.content), zips.visible) as members:
            if not members:
                raise UserError("that zip holds no files: choose another one.")
            used = members[:MAX_FILES]
            zips.check_total(used, MAX_UNPACKED)
            # One byte more than a picture may have: a larger one is refused by itself, not the whole zip.
            found = [Picture(safe(member.name), member.read(pictures.MAX_FILE_BYTES + 1)) for member in used]
            # The rest is counted, and not read.
            return found + [Picture(safe(member.name), b"") for member in members[MAX_FILES:]]
    except zips.TooLarge as error:
        raise UserError(f"that zip {error}: take fewer pictures.") from None
    except zips.ZipError as error:
        raise UserError(f"that zip {error}: pack it again.") from None


def prepare_once(checkpoint: Checkpoint, content: bytes) -> Any:
    """A file as a model's input, prepared once: see `Bringing.prepare`."""
    bringing = bringing_of(checkpoint.spec)
    return prepared_once(bringing, content, checkpoint.name, checkpoint.digest, bringing.chosen(content))


def prepare_all(checkpoint: Checkpoint, found: list[Picture]) -> dict[int, tuple[Picture, Any]]:
    """Prepare the files; by their places in `found`. Those that are refused, or take too long together, are said."""
    usable: dict[int, tuple[Picture, Any]] = {}
    refused: list[str] = []
    progress = st.progress(0.0, "Preparing …") if len(found) > 20 else None
    with guarded.within(MAX_SECONDS) as budget:
        for i, picture in enumerate(found):
            if progress:
                progress.progress(i / len(found), f"Preparing {i + 1} of {len(found)} …")
            if budget.left <= 0:
                st.warning(
                    f"Reading these files takes more than {MAX_SECONDS:g} seconds: the first {i:,} of {len(found):,} "
                    "are used."
                )
                break
            try:
                usable[i] = picture, prepare_once(checkpoint, picture.content)
            except UserError as error:
                refused.append(refusal(picture.name, error))
    if progress:
        progress.empty()
    if refused:  # a folder of other files must not bury the page
        n = len(refused) - MAX_REFUSED
        more = f"  \n{n} more {'file was' if n == 1 else 'files were'} refused as well." if n > 0 else ""
        st.error("  \n".join(refused[:MAX_REFUSED]) + more)
    return usable


def prepare_input(checkpoint: Checkpoint, found: list[Picture]) -> torch.Tensor | None:
    """Prepare the files, show the steps of one of them with what can be chosen, and return its input [1, *shape]."""
    usable = prepare_all(checkpoint, found)
    if not usable:
        return None
    if len(usable) > 1:
        names = {i: f"{i + 1}: {picture.name}" for i, (picture, _) in usable.items()}
        table = _table(checkpoint, {names[i]: result.x for i, (_, result) in usable.items()})
        look_at, save = st.columns([3, 1], vertical_alignment="bottom")
        chosen = look_at.selectbox(
            "Look at", list(usable), format_func=names.__getitem__, key="reconstruct look at", persist_state="session"
        )
        save.download_button(
            "Save as CSV", table, "reconstruction.csv", "text/csv", icon=":material/download:", width="stretch"
        )
    else:
        chosen = next(iter(usable))
    picture, prepared = usable[chosen]
    return bringing_of(checkpoint.spec).show_steps(checkpoint, picture.content, prepared)


def _table(checkpoint: Checkpoint, inputs: dict[str, torch.Tensor]) -> str:
    """Show each example's errors and nearest class, and return the table as CSV, latent vectors included."""
    model, latents = models.loaded(checkpoint), models.latents(checkpoint)
    scores = reconstruction.score(model, torch.cat(list(inputs.values())))
    classes = checkpoint.spec.classes
    rows = []
    for i, name in enumerate(inputs):
        row = {
            words.unit(checkpoint.spec): name,
            "NLL (nats)": round(scores.nll[i].item(), 2),
            "KL (nats)": round(scores.kl[i].item(), 2),
            "−ELBO (nats)": round(scores.neg_elbo[i].item(), 2),
        }
        if scores.y is not None:
            row["class"] = classes[scores.y[i]]
        elif classes:
            row["nearest class"] = classes[reconstruction.vote(scores.posterior.mu[i : i + 1], latents)[0]]
        rows.append(row)
    st.dataframe(rows, hide_index=True, height=min(150, 38 + 35 * len(rows)))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*rows[0], *(f"z{d}" for d in range(checkpoint.train_config.latent_dim))])
    for row, z in zip(rows, scores.posterior.mu.tolist(), strict=True):
        writer.writerow([*row.values(), *z])
    return text.getvalue()
