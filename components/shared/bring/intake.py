"""Pictures that users bring: asks for them, prepares them step by step, and scores several in a table."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
import torch
from PIL import Image

from components.shared.app import models
from components.shared.app.links import View
from components.shared.bring.look import look
from vae_core import checkpoints, zips
from vae_core.checkpoints import Checkpoint
from vae_core.errors import UserError
from vae_core.kinds.image import imaging
from vae_core.kinds.image.imaging import Options, Prepared
from vae_core.latent import reconstruction

SOURCES = {
    "draw": "Draw",
    "upload": "Upload",
    "camera": "Camera",
    "example": "Test example",
    "sent": "Sent here",
}
SWITCHES = {
    "rotate": "Turn upright",
    "invert": "Invert",
    "contrast": "Contrast",
    "crop": "Crop to the ink",
    "center": "Size and centre",
}
"""Steps that can be switched, by their field of `Options`."""
COLOUR_SWITCHES = ("rotate", "invert")
"""Those that mean something for images in colour."""
STRIP = 76
"""Pixels: low, so that the pictures below stay above the fold."""
MAX_FILES, MAX_UNPACKED = 500, 100_000_000
MAX_REFUSED = 5
"""Refused files that are named one by one."""


@dataclass(frozen=True)
class Picture:
    """An uploaded file's content, and a name that is safe to show."""

    name: str
    content: bytes


def ask_for_input(view: View) -> tuple[str, list[Picture]]:
    """Ask where the input comes from. Returns the component's mode, and what was uploaded or photographed. The default
    is what a link or another page sent along: a point or an example."""
    sources = [source for source in SOURCES if source != "sent" or view.z]
    first = "sent" if view.z else "draw" if view.example is None else "example"
    source = st.segmented_control(
        "Input",
        sources,
        default=first,
        format_func=SOURCES.__getitem__,
        key="reconstruct source",
        label_visibility="collapsed",
        required=True,
    )
    files = []
    if source == "upload":
        files = st.file_uploader(
            "Drop an image, many, or a zip of them: PNG, JPEG, WebP, BMP, GIF; up to 10 MB and 16 megapixels each",
            accept_multiple_files=True,
            key="reconstruct upload",
        )
    elif source == "camera":
        photo = st.camera_input(
            "Hold a sheet with one drawing in front of the camera", key="reconstruct camera", width=420
        )
        files = [photo] if photo else []
    return "upload" if source == "camera" else source or "draw", open_files(files)


def open_files(files: Iterable[Any]) -> list[Picture]:
    """The pictures in uploaded files and zips of them. A file that cannot be opened gets an error message."""
    found: list[Picture] = []
    for file in files:
        try:
            found += _unpacked(Picture(_safe(file.name), file.getvalue()))
        except UserError as error:
            st.error(f"{_safe(file.name)}: {error}")
    if len(found) > MAX_FILES:
        st.warning(f"Only the first {MAX_FILES} images are used.")
    return found[:MAX_FILES]


def _safe(name: str) -> str:
    """A file name without what Markdown or a spreadsheet would interpret."""
    return re.sub(r"[^\w .-]", "_", name).lstrip(".-")[-60:] or "picture"


def _unpacked(file: Picture) -> list[Picture]:
    if file.content[:4] != b"PK\x03\x04":
        return [file]
    try:
        with zips.opened(io.BytesIO(file.content), _is_wanted) as members:
            members = members[:MAX_FILES]
            zips.check_total(members, MAX_UNPACKED)
            # One byte more than a picture may have: a larger one is refused by itself, not the whole zip.
            return [Picture(_safe(member.name), member.read(imaging.MAX_FILE_BYTES + 1)) for member in members]
    except zips.TooLarge as error:
        raise UserError(f"that zip {error}: take fewer pictures.") from None
    except zips.ZipError as error:
        raise UserError(f"that zip {error}: pack it again.") from None


def _is_wanted(path: str) -> bool:
    return "__MACOSX" not in path and not path.split("/")[-1].startswith(".")


@st.cache_data(max_entries=512, show_spinner=False)
def prepare_once(content: bytes, name: str, digest: str, options: Options) -> Prepared:
    """`imaging.prepare` for a checkpoint, cached, its steps reduced to the size at which they are shown: a rerun must
    neither prepare every picture again nor keep photos of 16 megapixels."""
    checkpoint = checkpoints.load(name, digest=digest)
    result = imaging.prepare(content, checkpoint.spec, options, look(checkpoint))
    return Prepared([replace(step, image=_small(step.image)) for step in result.steps], result.x)


def _small(image: Image.Image) -> Image.Image:
    shown = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if shown.height <= 64:  # the model's size: its pixels are shown as they are
        return shown.resize((max(1, STRIP * shown.width // shown.height), STRIP), Image.Resampling.NEAREST)
    shown.thumbnail((2 * STRIP, STRIP), Image.Resampling.LANCZOS)
    wide = Image.new("RGBA", (max(STRIP, shown.width), shown.height))  # room for the name below a narrow one
    wide.paste(shown, ((wide.width - shown.width) // 2, 0))
    return wide


def prepare_input(checkpoint: Checkpoint, found: list[Picture]) -> torch.Tensor | None:
    """Prepare the pictures, show the steps of one of them with switches, and return its input [1, C, H, W]."""
    usable: dict[int, tuple[Picture, Prepared]] = {}
    refused: list[str] = []
    progress = st.progress(0.0, "Preparing …") if len(found) > 20 else None
    for i, picture in enumerate(found):
        if progress:
            progress.progress(i / len(found), f"Preparing {i + 1} of {len(found)} …")
        try:
            result = prepare_once(picture.content, checkpoint.name, checkpoint.digest, Options())
            usable[i] = picture, result
        except UserError as error:
            refused.append(f"{picture.name}: {error}")
    if progress:
        progress.empty()
    if refused:  # a folder of other files must not bury the page
        more = (
            f"  \n{len(refused) - MAX_REFUSED} more files were refused as well." if len(refused) > MAX_REFUSED else ""
        )
        st.error("  \n".join(refused[:MAX_REFUSED]) + more)
    if not usable:
        return None
    if len(usable) > 1:
        names = {i: f"{i + 1}: {picture.name}" for i, (picture, _) in usable.items()}
        table = _table(checkpoint, {names[i]: result.x for i, (_, result) in usable.items()})
        look_at, save = st.columns([3, 1], vertical_alignment="bottom")
        chosen = look_at.selectbox("Look at", list(usable), format_func=names.__getitem__, key="reconstruct look at")
        save.download_button(
            "Save as CSV", table, "reconstruction.csv", "text/csv", icon=":material/download:", width="stretch"
        )
    else:
        chosen = next(iter(usable))
    return _strip(checkpoint, *usable[chosen])


def _strip(checkpoint: Checkpoint, picture: Picture, automatic: Prepared) -> torch.Tensor:
    """The way of one picture to the model's input. Each step has a switch, which starts as the preparation chose."""
    done = {step.id for step in automatic.steps}
    key = f"{checkpoint.name} {hash(picture.content)}"
    offered = list(SWITCHES) if checkpoint.spec.shape[0] == 1 else list(COLOUR_SWITCHES)
    chosen = st.pills(
        "Steps",
        offered,
        selection_mode="multi",
        default=[step for step in offered if step in done or step == "rotate"],
        format_func=SWITCHES.__getitem__,
        key=f"steps {key}",
        label_visibility="collapsed",
    )
    background = "white"
    if "background" in done:
        background = st.segmented_control("Transparent parts on", ["white", "black"], default="white", key=f"on {key}")
    fields = {step: step in chosen for step in SWITCHES}
    result = prepare_once(
        picture.content, checkpoint.name, checkpoint.digest, Options(background=background or "white", **fields)
    )
    with st.container(horizontal=True, key="preparation-strip"):
        for i, step in enumerate(result.steps, start=1):
            st.image(step.image, caption=f"{i}. {step.label}", width=step.image.width)
    return result.x


def _table(checkpoint: Checkpoint, inputs: dict[str, torch.Tensor]) -> str:
    """Show each picture's errors and nearest class, and return the table as CSV, latent vectors included."""
    model, latents = models.loaded(checkpoint), models.latents(checkpoint)
    scores = reconstruction.score(model, torch.cat(list(inputs.values())))
    classes = checkpoint.spec.classes
    rows = []
    for i, name in enumerate(inputs):
        row = {
            "image": name,
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
