"""The zip of a shipped checkpoint, and its files."""

import io
import zipfile

import pytest

from tests.checkpoints.zips import NAME
from vae_core import checkpoints
from vae_core.checkpoints import archive


@pytest.fixture(scope="module")
def packed() -> bytes:
    return archive.pack(checkpoints.load(NAME))


@pytest.fixture
def contents(packed) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        return {name.split("/")[1]: zipped.read(name) for name in zipped.namelist()}
