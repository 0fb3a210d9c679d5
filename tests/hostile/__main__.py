"""Bring every bad file to every page that takes it, and print what it costs: `python -m tests.hostile [WORDS]`.

With words, only those files whose names hold one of them, each with what is said.
"""

import sys
import tempfile
import time
from pathlib import Path

import torch

from tests.hostile import pictures
from tests.hostile.corpus import files
from tests.hostile.pages import PAGES, Visit, cells
from vae_core import checkpoints
from vae_core.pictures import guarded


def main(words: list[str]) -> None:
    torch.set_num_threads(1)
    print(f"{'page':<14}{'kind':<10}{'files':>6} taken  refused  CPU (s)  RAM (MB)")
    with tempfile.TemporaryDirectory() as folder:
        checkpoints.RUNS = Path(folder)
        for page in PAGES:
            visit = Visit(page)
            visit.bring(files(page.kinds[0])[0])  # what the first one imports
            for kind in page.kinds:
                found = [*files(kind), *([pictures.slow()] if kind == "pictures" else [])]
                outcomes = []
                for bad in found:
                    if not words or any(word in bad.name for word in words):
                        outcome = visit.bring(bad)
                        outcomes.append(outcome)
                        if words or outcome.seconds > 5 or outcome.megabytes > 200:
                            spent = f"{outcome.seconds:.1f} s, {outcome.megabytes:.0f} MB"
                            print(f"  {page.name}: {bad.name}: {spent}: {' | '.join(outcome.said) or 'taken'}")
                if outcomes:
                    print(f"{page.name:<14}{kind:<10}{len(outcomes):>6}{cells(outcomes)}", flush=True)
    guarded.end_all()


if __name__ == "__main__":
    began = time.monotonic()
    main(sys.argv[1:])
    print(f"{time.monotonic() - began:.0f} s")
