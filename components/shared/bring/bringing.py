"""How users bring examples of one kind. Any kind with a `read` can be uploaded; pictures.py and levels.py say more."""

import hashlib
from typing import Any

from torch import Tensor

from components.shared.app import pixels, words
from components.shared.app.once import once
from vae_core import checkpoints
from vae_core.checkpoints import Checkpoint
from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.pictures.guarded import TooSlow


class Bringing:
    """Sources and words of one kind, and the way of a file to the model's input."""

    sources = {"example": "Test example", "upload": "Upload", "sent": "Your point"}
    """By their ids, in the order in which they are offered; the first one is the default."""
    suffixes: list[str] | None = None
    """Of the files where one is asked for; None for any."""

    def invitation(self, spec: DataSpec) -> str:
        """What to do on the Reconstruct page."""
        return f"Bring {words.one(spec)}: the model makes it again from what it remembers."

    def button(self, spec: DataSpec) -> str:
        """Opens the question for one file."""
        return f"Use your own {words.unit(spec)}"

    def several(self, spec: DataSpec) -> str:
        """Opens the question for many files."""
        return f"Your {words.units(spec)}"

    def question(self, spec: DataSpec) -> str:
        """Asks for files."""
        return f"Drop a file with {words.one(spec)}, many, or a zip of them"

    def help(self, spec: DataSpec) -> str | None:
        """What is done with the files, where that needs a word."""
        return None

    def question_for_one(self, spec: DataSpec) -> str:
        """Asks for one file."""
        return f"One file with {words.one(spec)}"

    def prepare(self, content: bytes, checkpoint: Checkpoint, options: Any = None) -> Any:
        """A file -> `x` [1, *shape] in batch form, and the `steps` of the way. UserError for what is refused."""
        return kind_of(checkpoint.spec).read(content, checkpoint.spec, options)

    def chosen(self, content: bytes) -> Any:
        """The options that the user chose for a file; None for none, and every step decides by itself."""
        return None

    def offer_part(self, content: bytes, prepared: Any, place: str) -> None:
        """Let the user choose the part of a file that is used, where that can be chosen. `place` tells apart the offers
        of the pages."""

    def show_steps(self, checkpoint: Checkpoint, content: bytes, automatic: Any) -> Tensor:
        """Show the steps of one file with what can be chosen, and return its input [1, *shape]."""
        return automatic.x

    def shown(self, x: Tensor, spec: DataSpec, width: int) -> Any:
        """An example [1, *shape] as a picture for st.image, its pixels enlarged to about `width`."""
        picture = pixels.pictures(x, spec)[0]
        scale = max(1, round(width / picture.shape[1]))
        return picture.repeat(scale, axis=0).repeat(scale, axis=1)


def prepared_once(bringing: Bringing, content: bytes, name: str, digest: str, options: Any) -> Any:
    """`Bringing.prepare` for a checkpoint, cached: a rerun must not prepare every file again, nor refuse it again."""
    found, sentence = _prepared(bringing, content, name, digest, options)
    if sentence:
        raise UserError(sentence)
    return found


def _named(bringing: Bringing, content: bytes, *rest: Any) -> Any:
    return type(bringing), hashlib.sha256(content).digest(), *rest


@once(key=_named)
def _prepared(bringing: Bringing, content: bytes, name: str, digest: str, options: Any) -> tuple[Any, str]:
    """What was prepared, or why not."""
    try:
        return bringing.prepare(content, checkpoints.load(name, digest=digest), options), ""
    except UserError as error:
        if isinstance(error, TooSlow) and not error.always:
            raise
        return None, str(error)
