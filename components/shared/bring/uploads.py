"""The user's own pictures as training data: stored as one zip below runs/, read by the `folder` dataset."""

import hashlib
import io
import shutil
import unicodedata
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from components.shared.app.once import once
from components.shared.bring import asking
from components.shared.people import visitors
from vae_core import checkpoints, owners, pictures
from vae_core.data import Data
from vae_core.datasets import folder, text, tiles
from vae_core.errors import UserError
from vae_core.files import new_folder, write_bytes
from vae_core.keeping import inventory, room
from vae_core.kinds import kind_of
from vae_core.pictures import guarded

LISTED = 20
"""Files that were left out and are named."""
ENCODINGS = {
    "": "unknown",
    "gbk": "Chinese, simplified",
    "big5": "Chinese, traditional",
    "shift_jis": "Japanese",
    "euc_kr": "Korean",
    "cp1251": "Cyrillic (Windows)",
    "cp866": "Cyrillic (DOS)",
    "cp1252": "Western European",
}
"""How the names in a zip are written, by `folder.Config.name_encoding`."""
MAX_BYTES = 200_000_000
MAX_LEVEL_BYTES = 5_000_000
PREVIEW = 32
MAX_SECONDS, SECONDS_PER_MB = 8.0, 0.1
"""Of CPU time for reading what was brought: photos take 0.02 seconds a megabyte, and only bombs far more."""


def ask_for_pictures() -> folder.Config:
    """Ask for a zip or images, show them as the model will see them, and return the config that reads them.

    UserError until there is something to train on.
    """
    files = asking.ask(
        "Your pictures: one zip (a folder a class) or several images",
        ["zip", *pictures.SUFFIXES],
        key="own pictures",
        mb=asking.DATA_MB,
        several=True,
    )
    size = st.select_slider("Size in pixels", [16, 28, 32, 48, 64], value=28, key="own size")
    color = st.toggle("Colour", key="own color", help="Three channels instead of grey.")
    invert = st.toggle("Invert", key="own invert", help="Turn dark on light into light on dark, as MNIST is.")
    if not files:
        raise UserError("Drop a zip or some images into the field below: at least two, better a few hundred.")
    path = _stored(files)
    config = folder.Config(path=path, image_size=size, image_channels=3 if color else 1, invert=invert)
    called = asking.safe(files[0].name) if len(files) == 1 else "What you brought"
    with st.spinner("Reading your pictures …"):
        found = _read(config, called)
    if found.garbled:
        st.warning("The folders' names in this zip look garbled: it does not say how they are written.")
        encoding = st.selectbox("Names in", list(ENCODINGS), format_func=ENCODINGS.__getitem__, key="own encoding")
        config = replace(config, name_encoding=encoding)
        found = _read(config, called)
    data = found.data
    n_classes = len(data.spec.classes)
    classes = f", {n_classes} {'class' if n_classes == 1 else 'classes'}" if n_classes else ""
    st.caption(f"What the model will see: {len(data.train) + len(data.test):,} images{classes}.")
    kind = kind_of(data.spec)
    shown = kind.pictures(kind.feed(data.train.x[:PREVIEW]), data.spec)
    st.image(checkpoints.contact_sheet(shown, 8), width="stretch", alt="What the model will see")
    if found.left_out:
        n = len(found.left_out)
        with st.expander(f"{n:,} {'file was' if n == 1 else 'files were'} left out"):
            more = f"  \nand {n - LISTED:,} more" if n > LISTED else ""
            st.text("\n".join(f"{name} {reason}" for name, reason in found.left_out[:LISTED]) + more)
    return config


def ask_for_levels() -> tiles.Config:
    """Ask for levels as text, show windows of them and the symbols found, and return the config that reads them.

    UserError until there is something to train on.
    """
    question = "Your levels: text files, one character a tile"
    files = asking.ask(question, ["txt"], key="own levels", mb=asking.TEXT_MB, several=True)
    columns = st.select_slider("Width of a window in tiles", [8, 12, 16, 24, 32], value=16, key="own columns")
    solid = st.text_input("Characters one can stand on", key="own solid", help="Those of the level corpus are known.")
    if not files:
        raise UserError(
            "Drop some text files into the field below, one level each: rows of equal length, one character a tile."
        )
    config = tiles.Config(level_path=_stored_levels(files), level_columns=columns, solid=solid)
    with st.spinner("Reading your levels …"):
        data = _loaded_levels(config, asking.safe(files[0].name) if len(files) == 1 else "What you brought")
    named = ", ".join(f"`{s}` {name}" for s, name in zip(data.spec.symbols, data.spec.symbol_names, strict=True))
    st.caption(f"{len(data.train) + len(data.test):,} windows of {data.spec.shape[0]} × {columns} tiles: {named}.")
    kind = kind_of(data.spec)
    some = data.train.x[:: max(1, len(data.train) // 6)][:6]
    sheet = checkpoints.contact_sheet(kind.pictures(kind.feed(some), data.spec), 3)
    st.image(sheet, width="stretch", alt="Some of the windows")
    return config


def ask_for_sentences() -> text.Config:
    """Ask for a text file, show some of its sentences, and return the config that reads them.

    UserError until there is something to train on.
    """
    question = "Your sentences: a text file with one a line, or a CSV file"
    files = asking.ask(question, ["txt", "csv"], key="own text", mb=asking.TEXT_MB)
    symbols = st.segmented_control(
        "Made of",
        ["auto", "words", "characters"],
        default="auto",
        required=True,
        format_func={"auto": "Find out", "words": "Words", "characters": "Characters"}.get,
        key="own symbols",
        help="Characters suit scripts without spaces between words, and lists of names.",
    )
    length = st.select_slider(
        "Longest sentence",
        [0, 8, 12, 16, 24, 32, 48, 64, 128],
        format_func=lambda n: str(n) if n else "as most are",
        key="own length",
    )
    if not files:
        raise UserError("Drop a text file into the field below, with one sentence a line; a few hundred at least.")
    (file,) = files
    column = ""
    if Path(file.name).suffix.lower() == ".csv":
        names = text.columns(file.getvalue().decode("utf-8-sig", "replace"))
        if not names:
            raise UserError(f"“{asking.safe(file.name)}” has no columns that can be told apart.")
        column = st.selectbox("Column with the sentences", names, key="own column")
    path = stored_file(file)
    config = text.Config(path=path, column=column, symbols=symbols or "auto", max_symbols=length and length + 1)
    with st.spinner("Reading your sentences …"):
        reading, data = _loaded_sentences(config)
    spec, kind = data.spec, kind_of(data.spec)
    known = len(spec.symbols) - sum(map(bool, spec.symbol_roles))
    st.caption(f"{reading}; {known:,} different ones are known. Some of them:")
    st.text("\n".join(kind.lines(kind.feed(data.train.x[:6]), spec)))
    return config


def called(files: Sequence[Any], otherwise: str) -> str:
    """What the user calls these files, in letters that a training's name may have: the name of a single file, else
    `otherwise`."""
    return plain_name(Path(files[0].name).stem, otherwise) if len(files) == 1 else otherwise


def plain_name(text: str, otherwise: str) -> str:
    """A text in the letters, digits, dots, dashes and underscores that a name may have, at most 40."""
    text = unicodedata.normalize("NFKD", text)
    kept = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else " "
        for letter in text
        if not unicodedata.combining(letter)
    )
    return "-".join(kept.split())[:40].strip("._-") or otherwise


def _stored_levels(files: Sequence[Any]) -> str:
    """The uploaded files in a folder that bears their name, inside one named by their content."""
    contents: dict[str, bytes] = {}
    for file in files:  # under their own names, which messages say
        name = f"{asking.safe(Path(file.name).stem)}.txt"
        while name in contents:
            name = f"2 {name}"
        contents[name] = file.getvalue()
    if sum(map(len, contents.values())) > MAX_LEVEL_BYTES:
        raise UserError(f"That is more than {MAX_LEVEL_BYTES / 1e6:.0f} MB: choose fewer levels.")
    parts = (part for name, content in contents.items() for part in (name.encode(), content))
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:24]
    target = inventory.uploads() / digest / called(files, "my-levels")
    if _claimed(target, sum(map(len, contents.values()))):
        staging = new_folder(target)
        for name, content in contents.items():
            write_bytes(staging / name, content, durable=False)
        with suppress(OSError):  # another session may be first
            staging.rename(target)
        shutil.rmtree(staging, ignore_errors=True)
    return str(target)


@once
def _loaded_levels(config: tiles.Config, called: str) -> Data:
    return tiles.read(config, Path(config.level_path), called)


def stored_file(file: Any) -> str:
    """An uploaded file under its own name, in a folder named by its content."""
    content = file.getvalue()
    digest = hashlib.sha256(content).hexdigest()[:24]
    name = f"{called([file], 'my-data')}{Path(file.name).suffix.lower()}"
    target = inventory.uploads() / digest / name
    if _claimed(target, len(content)):
        write_bytes(target, content)
    return str(target)


@once
def _loaded_sentences(config: text.Config) -> tuple[text.Reading, Data]:
    reading = text.read(config)
    return reading, text.data_of(reading, config)


def _stored(files: Sequence[Any]) -> str:
    """The uploaded files as one zip that bears their name, in a folder named by its content: the same upload is stored
    once."""
    if sum(file.size for file in files) > MAX_BYTES:
        raise UserError(f"That is more than {MAX_BYTES / 1e6:.0f} MB: choose fewer or smaller pictures.")
    zips = [file for file in files if file.getvalue()[:4] == b"PK\x03\x04"]
    if zips and len(files) > 1:
        raise UserError("Drop either one zip or images, not both.")
    content = zips[0].getvalue() if zips else _zipped(files)
    digest = hashlib.sha256(content).hexdigest()[:24]
    target = inventory.uploads() / digest / f"{called(files, 'my-pictures')}.zip"
    if _claimed(target, len(content)):
        write_bytes(target, content)
    return str(target)


def _claimed(target: Path, size: int) -> bool:
    """Make an upload of so many bytes the visitor's; returns whether it is still to be written. UserError if there is
    no room for it."""
    owner, new = visitors.current().starts_for, not target.exists()
    if new or owner not in owners.read(target.parent):
        room.make_room(owner, size)
        target.parent.mkdir(parents=True, exist_ok=True)
        owners.add(target.parent, owner)
    return new


def _zipped(files: Sequence[Any]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i, file in enumerate(files, start=1):
            # A fixed date makes equal uploads equal; the number tells apart files of one name.
            archive.writestr(zipfile.ZipInfo(f"{i}: {asking.safe(file.name)}"), file.getvalue())
    return buffer.getvalue()


@once
def _read(config: folder.Config, called: str) -> folder.Reading:
    path = Path(config.path)
    with guarded.within(MAX_SECONDS + SECONDS_PER_MB * path.stat().st_size / 1e6) as budget:
        return folder.read(config, path, called, seconds_left=lambda: budget.left, decode=guarded.decode)
