"""Pictures that come in: asked for, prepared step by step, and, if they are many, scored in a table."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
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
from vae_core.kinds import imaging
from vae_core.kinds.imaging import Options, Prepared
from vae_core.latent import reconstruction

SENT = "Sent here"
SOURCES = {"Draw": "draw", "Upload": "upload", "Camera": "upload", "Test example": "example", SENT: "sent"}
STEPS = {
    "Turn upright": "rotate",
    "Invert": "invert",
    "Contrast": "contrast",
    "Crop to the ink": "crop",
    "Size and centre": "center",
}
NAMES = {"Upright": "rotate", "Inverted": "invert", "Contrast": "contrast", "Cropped": "crop"}
NAMES["Centred"] = "center"
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


def pictures(view: View) -> tuple[str, list[Picture]]:
    """Ask where the input comes from: the component's mode, and what was uploaded or photographed. What a link or
    another page sent along, a point or an example, comes first."""
    sources = [name for name in SOURCES if name != SENT or view.z]
    first = SENT if view.z else "Draw" if view.example is None else "Test example"
    source = st.segmented_control(
        "Input", sources, default=first, key="reconstruct source", label_visibility="collapsed", required=True
    )
    files = []
    if source == "Upload":
        files = st.file_uploader(
            "Drop an image, many, or a zip of them: PNG, JPEG, WebP, BMP, GIF; up to 10 MB and 16 megapixels each",
            accept_multiple_files=True,
            key="reconstruct upload",
        )
    elif source == "Camera":
        photo = st.camera_input(
            "Hold a sheet with one drawing in front of the camera", key="reconstruct camera", width=420
        )
        files = [photo] if photo else []
    return SOURCES[source or "Draw"], opened(files)


def opened(files: Iterable[Any]) -> list[Picture]:
    """The pictures in uploaded files, of which zips may hold many. Those that cannot be opened are said."""
    found: list[Picture] = []
    for file in files:
        try:
            found += _unpacked(Picture(_safe(file.name), file.getvalue()))
        except UserError as error:
            st.error(f"{_safe(file.name)}: {error}")
    if len(found) > MAX_FILES:
        st.warning(f"Only the first {MAX_FILES} images are taken.")
    return found[:MAX_FILES]


def _safe(name: str) -> str:
    """Without what Markdown or a spreadsheet would take for more than text."""
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
    """As imaging.prepare for a checkpoint, its steps as small as they are shown: a rerun after each click must not
    prepare every picture again, nor keep photos of 16 megapixels."""
    checkpoint = checkpoints.load(name, digest=digest)
    result = imaging.prepare(content, checkpoint.spec, options, look(checkpoint))
    return Prepared([(step, _small(image)) for step, image in result.steps], result.x)


def _small(image: Image.Image) -> Image.Image:
    shown = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if shown.height <= 64:  # the model's size: its pixels are shown as they are
        return shown.resize((max(1, STRIP * shown.width // shown.height), STRIP), Image.Resampling.NEAREST)
    shown.thumbnail((2 * STRIP, STRIP), Image.Resampling.LANCZOS)
    wide = Image.new("RGBA", (max(STRIP, shown.width), shown.height))  # room for the name below a narrow one
    wide.paste(shown, ((wide.width - shown.width) // 2, 0))
    return wide


def prepared(checkpoint: Checkpoint, found: list[Picture]) -> torch.Tensor | None:
    """Prepare what came in, show the steps of one picture with switches, and return its input [1, C, H, W]."""
    usable: dict[str, tuple[Picture, Prepared]] = {}
    refused: list[str] = []
    progress = st.progress(0.0, "Preparing …") if len(found) > 20 else None
    for i, picture in enumerate(found):
        if progress:
            progress.progress(i / len(found), f"Preparing {i + 1} of {len(found)} …")
        try:
            result = prepare_once(picture.content, checkpoint.name, checkpoint.digest, Options())
            usable[f"{i + 1}: {picture.name}" if len(found) > 1 else picture.name] = picture, result
        except UserError as error:
            refused.append(f"{picture.name}: {error}")
    if progress:
        progress.empty()
    if refused:  # a folder of other files must not bury the page
        more = f"  \nSo it is with {len(refused) - MAX_REFUSED} more." if len(refused) > MAX_REFUSED else ""
        st.error("  \n".join(refused[:MAX_REFUSED]) + more)
    if not usable:
        return None
    if len(usable) > 1:
        table = _table(checkpoint, {name: result.x for name, (_, result) in usable.items()})
        look_at, save = st.columns([3, 1], vertical_alignment="bottom")
        name = look_at.selectbox("Look at", list(usable), key="reconstruct look at")
        save.download_button(
            "Save as CSV", table, "reconstruction.csv", "text/csv", icon=":material/download:", width="stretch"
        )
    else:
        name = next(iter(usable))
    return _strip(checkpoint, *usable[name])


def _strip(checkpoint: Checkpoint, picture: Picture, automatic: Prepared) -> torch.Tensor:
    """The way of one picture to the model's input, each step with a switch that begins as was found by itself."""
    done = {NAMES.get(name) for name, _ in automatic.steps}
    key = f"{checkpoint.name} {hash(picture.content)}"
    steps = {
        name: field for name, field in STEPS.items() if checkpoint.spec.shape[0] == 1 or field in ("rotate", "invert")
    }
    default = [name for name, field in steps.items() if field in done or field == "rotate"]
    chosen = st.pills(
        "Steps", list(steps), selection_mode="multi", default=default, key=f"steps {key}", label_visibility="collapsed"
    )
    background = "white"
    if any(name.startswith("On ") for name, _ in automatic.steps):
        background = st.segmented_control("Transparent parts on", ["white", "black"], default="white", key=f"on {key}")
    fields = {field: name in chosen for name, field in STEPS.items()}
    result = prepare_once(
        picture.content, checkpoint.name, checkpoint.digest, Options(background=background or "white", **fields)
    )
    with st.container(horizontal=True, key="preparation-strip"):
        for i, (name, image) in enumerate(result.steps):
            st.image(image, caption=f"{i + 1}. {name}", width=image.width)
    return result.x


def _table(checkpoint: Checkpoint, inputs: dict[str, torch.Tensor]) -> str:
    """Show errors and nearest class of each picture; returns them as CSV with the latents too."""
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
