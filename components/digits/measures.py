"""How well a model rewrites sentences: what `python -m benchmarks.style` measured when it was built."""

import streamlit as st

from vae_core.checkpoints import Checkpoint

ROWS = {"model": "This model", "copy": "Copy the sentence", "adjective": "Put an adjective in front"}
KEY = "rewriting_{}_{}"


def measures(checkpoint: Checkpoint) -> None:
    """Three measures of the model beside those of two ways to do it without learning; nothing where none are kept."""
    found = checkpoint.metrics
    if KEY.format("model", "wanted") not in found:
        return
    rows = [
        f"| {name} | {found[KEY.format(row, 'wanted')]:.0%} | {found[KEY.format(row, 'kept')]:.0%} "
        f"| {found[KEY.format(row, 'perplexity')]:.0f} |"
        for row, name in ROWS.items()
    ]
    head = "| Held-out sentences, in the other class | Class is the wanted one | Content words kept | Perplexity |"
    st.markdown("\n".join([head, "|---|---:|---:|---:|", *rows]))
    right = found["rewriting_judge_accuracy"]
    st.caption(
        f"The class is read by a classifier trained apart, right on {right:.0%} of the real held-out sentences; "
        "perplexity, lower where it is more fluent, is that of a language model trained apart. No one number tells: "
        "copying keeps everything and changes nothing."
    )
