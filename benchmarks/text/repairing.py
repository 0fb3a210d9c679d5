"""What a model makes of damaged sentences: `python -m benchmarks.text.repairing --data-dir DIR [NAME …]`.

Held-out captions, damaged in the ways that `captions-masked` has learned from: each is encoded as its posterior mean
and written again, greedily. A model that has not learned from hidden words sees unknown ones in their place, as on the
page. `NLL` is that of the whole caption, in nats; `kept` is the share of its content words that is written; `restored`
is that of the content words that the damage took away. In the first kind of damage one content word of each caption is
hidden, and `filled` is how often just that word comes back where the others are given. Beside it stands the share that
the most common content word would get.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import exit_status
from benchmarks.text import content_words, kept
from vae_core import checkpoints
from vae_core.data import DataSpec
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.kinds.text.vocabulary import MASK, UNKNOWN
from vae_core.model import Model
from vae_core.objectives import masked

DAMAGE = {
    "none": (0.0, 0.0, 0.0),
    "20% of the words hidden": (0.2, 0.0, 0.0),
    "10% left out": (0.0, 0.1, 0.0),
    "10% swapped": (0.0, 0.0, 0.1),
    "all three": (0.2, 0.1, 0.1),
}


def one_hidden(x: Tensor, spec: DataSpec, generator: torch.Generator) -> Tensor:
    """The place of a content word drawn from each of sentences x [N, T]; bool [N, T], nowhere where there is none."""
    content = content_words(spec)[x]
    drawn = (torch.rand(x.shape, generator=generator) * content).argmax(1)
    return torch.zeros_like(content).scatter(1, drawn[:, None], True) & content


def restored(x: Tensor, seen: Tensor, written: Tensor, spec: DataSpec) -> float:
    """Of the content words of x [N, T] that are not in `seen`, the share that is in what was written."""
    content = content_words(spec)
    back = lost = 0
    for rows in zip(x, seen, written, strict=True):
        own, left, again = (Counter(row[content[row]].tolist()) for row in rows)
        lost += (own - left).total()
        back += ((again & own) - (left & own)).total()
    return back / max(1, lost)


@torch.inference_mode()
def measured(model: Model, x: Tensor, seen: Tensor) -> dict[str, float]:
    """Sentences x [N, T] and what is seen of them."""
    z = torch.cat([model.encode(part).mu for part in seen.split(128)])
    written = torch.cat([model.decode(part) for part in z.split(128)])
    nll = torch.cat([model.nll(*both) for both in zip(x.split(128), z.split(128), strict=True)])
    return {
        "nll": float(nll.mean()),
        "kept": kept(x, written, model.spec),
        "restored": restored(x, seen, written, model.spec),
    }


@torch.inference_mode()
def filled(model: Model, x: Tensor, seen: Tensor, gap: Tensor) -> float:
    """How often the word of x [N, T] stands where there is a gap, bool [N, T], if all other words are given."""
    parts = zip(x.split(128), seen.split(128), (~gap).float().split(128), strict=True)
    found = torch.cat([model.nll_and_filled(own, model.encode(part).mu, there)[1] for own, part, there in parts])
    return float((found[gap] == x[gap]).float().mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", default=["captions-vae", "captions-masked"])
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for name in arguments.names:
        checkpoint = checkpoints.load(name)
        model, config = checkpoint.load_model(), checkpoint.train_config
        x = DATASETS.build(config.dataset, arguments.data_dir).test.x.long()
        shown_as = MASK if isinstance(config.objective, masked.Config) else UNKNOWN
        gap = one_hidden(x, model.spec, torch.Generator().manual_seed(0))
        cases = {"a content word hidden": x.masked_fill(gap, shown_as)}
        for damage, shares in DAMAGE.items():
            seen = masked.damaged(x, *shares, torch.Generator().manual_seed(1))
            cases[damage] = seen.masked_fill(seen == MASK, shown_as)
        print(f"{name}, {len(x)} held-out captions{'':14}{'NLL':>8}{'kept':>8}{'restored':>10}")
        for damage, seen in cases.items():
            found = measured(model, x, seen)
            back = f"{found['restored']:.1%}" if damage not in ("none", "10% swapped") else "–"
            print(f"  {damage:<42}{found['nll']:>8.2f}{found['kept']:>8.1%}{back:>10}")
        right = filled(model, x, cases["a content word hidden"], gap)
        common = max(Counter(x[gap].tolist()).values()) / int(gap.sum())
        print(f"  that one word filled in right: {right:.1%} (the most common one: {common:.1%})")


if __name__ == "__main__":
    sys.exit(exit_status(main))
