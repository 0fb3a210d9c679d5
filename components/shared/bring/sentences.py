"""Sentences that users bring: typed, or a text file."""

from components.shared.app import words
from components.shared.bring.bringing import Bringing
from vae_core.data import DataSpec


class Sentences(Bringing):
    """Sentences of words or characters, as the model's vocabulary has them."""

    sources = {"draw": "Type", "upload": "Upload", "example": "Test example", "sent": "Your point"}
    suffixes = ["txt"]

    def invitation(self, spec: DataSpec) -> str:
        return f"Type {words.one(spec)} or bring one: the model writes a similar one from what it remembers."

    def question(self, spec: DataSpec) -> str:
        return "Drop text files with one sentence each, or a zip of them"

    def question_for_one(self, spec: DataSpec) -> str:
        return f"A text file with one sentence, of at most {spec.shape[0] - 1} words"
