"""Pictures that users bring, drawn, uploaded or photographed: prepared step by step to look like training images."""

from dataclasses import replace
from typing import Any

import streamlit as st
from PIL import Image
from torch import Tensor

from components.shared.bring.bringing import Bringing, prepared_once
from components.shared.bring.look import look
from components.shared.bring.photos import cropping
from vae_core import pictures
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.kinds.image import imaging
from vae_core.kinds.image.imaging import DEFAULT_LOOK, Options, Prepared
from vae_core.pictures import guarded

SWITCHES = {
    "rotate": "Turn upright",
    "light": "Remove shadows",
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


class Pictures(Bringing):
    """Images in any common format."""

    sources = {
        "draw": "Draw",
        "upload": "Upload",
        "camera": "Camera",
        "example": "Test example",
        "sent": "Your point",
    }
    suffixes = pictures.SUFFIXES

    def invitation(self, spec: DataSpec) -> str:
        return "Draw a picture or bring one: the model draws it again from what it remembers."

    def button(self, spec: DataSpec) -> str:
        return "Use your own picture"

    def several(self, spec: DataSpec) -> str:
        return "Your pictures"

    def question(self, spec: DataSpec) -> str:
        return (
            f"Drop an image, many, or a zip of them: {pictures.NAMED}, up to {pictures.MAX_FILE_BYTES // 10**6} MB each"
        )

    def help(self, spec: DataSpec) -> str | None:
        if spec.shape[0] != 1:
            return None
        return (
            "In a photo of a sheet of paper, the sheet is found and straightened, and shadows are removed. Each step "
            "is shown, and you can choose another part by hand."
        )

    def question_for_one(self, spec: DataSpec) -> str:
        return "One picture, drawn or photographed"

    def prepare(self, content: bytes, checkpoint: Checkpoint, options: Options | None = None) -> Prepared:
        """Its steps are reduced to the size at which they are shown, or photos of 16 megapixels would be kept."""
        seen = look(checkpoint) or DEFAULT_LOOK
        result = imaging.prepare(content, checkpoint.spec, options or Options(), seen, guarded.decode)
        return replace(result, steps=[replace(step, image=_small(step.image)) for step in result.steps])

    def chosen(self, content: bytes) -> Options | None:
        part = cropping.chosen(content)
        return None if part is None else replace(Options(), **_part(part))

    def offer_part(self, content: bytes, prepared: Prepared, place: str) -> None:
        cropping.offer(content, prepared.corners, True, place)

    def show_steps(self, checkpoint: Checkpoint, content: bytes, automatic: Any) -> Tensor:
        """Each step has a switch, which starts as the preparation chose."""
        done = {step.id for step in automatic.steps}
        part = cropping.chosen(content)
        key = f"{checkpoint.name} {hash((content, part))}"  # another part may need other steps
        offered = list(SWITCHES) if checkpoint.spec.shape[0] == 1 else list(COLOUR_SWITCHES)
        chosen = st.pills(
            "Steps",
            offered,
            selection_mode="multi",
            default=[step for step in offered if step in done or step == "rotate"],
            format_func=SWITCHES.__getitem__,
            key=f"steps {key}",
            label_visibility="collapsed",
            persist_state="session",
        )
        background = automatic.background
        if background:
            background = st.segmented_control(
                "Transparent parts on",
                ["white", "black"],
                default=background,
                key=f"on {key}",
                persist_state="session",
            )
        fields = {step: step in chosen for step in SWITCHES}
        options = replace(Options(background=background, **fields), **_part(part))
        result = prepared_once(self, content, checkpoint.name, checkpoint.digest, options)
        strip = cropping.offer(content, result.corners, options.rotate, "reconstruct", beside=True)
        with strip, st.container(horizontal=True, key="preparation-strip"):
            for i, step in enumerate(result.steps, start=1):
                st.image(step.image, f"{i}. {step.label}", step.image.width, alt=step.label)
        return result.x


def _part(part: cropping.Corners | None) -> dict[str, Any]:
    """The options that a chosen part sets."""
    if part is None:
        return {}
    return {"sheet": False} if part == cropping.WHOLE else {"corners": part}


def _small(image: Image.Image) -> Image.Image:
    shown = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if max(shown.size) <= 64:  # the model's size: its pixels are shown as they are
        return shown.resize((max(1, STRIP * shown.width // shown.height), STRIP), Image.Resampling.NEAREST)
    shown.thumbnail((2 * STRIP, STRIP), Image.Resampling.LANCZOS)
    wide = Image.new("RGBA", (max(STRIP, shown.width), shown.height))  # room for the name below a narrow one
    wide.paste(shown, ((wide.width - shown.width) // 2, 0))
    return wide
