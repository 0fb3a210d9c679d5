"""What z adds to a model of sentences: `python -m benchmarks.text --data-dir DIR`.

On the held-out captions: the shipped model, a plain VAE (no free bits, no warm-up, no word dropout) and a language
model without z, all of one network and one vocabulary. The two others are trained first, once, into --baselines: a
minute an epoch on one core, and half of the table. Importance weighting takes most of the rest, 80 seconds a model.

−ELBO, NLL, KL and importance-weighted NLL (k draws of z a sentence, Burda et al. 2016) are in nats per sentence; of the
language model NLL is −log p itself. I(x; z) can be at most the logarithm of the number of sentences. A unit is active
if its posterior mean varies by more than 0.01 (Burda et al. 2016). `z shuffled` is what NLL rises by when each sentence
is decoded from another one's z. `content words` is the share of the words with a meaning of their own (no articles,
prepositions, numerals, punctuation, unknown words) that the reconstruction has, too.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks import exit_status
from benchmarks.text import kept
from vae_core import checkpoints
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.metrics import METRICS, encode_split
from vae_core.metrics.importance import perplexity
from vae_core.model import Model
from vae_core.objectives import language_model, vae
from vae_core.training import TrainConfig, train
from vae_core.training.doctor import EXAMPLES, diagnose, nll

GOALS = {"kl": 6.0, "shuffled": 5.0, "active_units": 8, "perplexity over": 0.08, "content": 0.45}
LR = 2e-3
"""Of the two others, whichever rate the shipped model ended with."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--checkpoint", default="captions-vae")
    parser.add_argument("--baselines", type=Path, default=Path("runs/benchmarks-text"))
    parser.add_argument("--epochs", type=int, default=3, help="of the two others (default: 3)")
    parser.add_argument("--samples", type=int, default=500, help="draws of z a sentence, for importance weighting")
    parser.add_argument("--examples", type=int, default=200, help="held-out sentences for it (default: the first 200)")
    parser.add_argument("--no-plain", action="store_true", help="leave the plain VAE out")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    checkpoint = checkpoints.load(arguments.checkpoint)
    config, spec = checkpoint.train_config, checkpoint.spec
    data = DATASETS.build(config.dataset, arguments.data_dir)
    if data.spec != spec:
        parser.error(f"{checkpoint.name} was trained on other captions than those in {arguments.data_dir}")
    bare = replace(config, network=replace(config.network, word_dropout=0.0), epochs=arguments.epochs, lr=LR)
    how_much = (data.test, arguments.samples, arguments.examples)
    found = {}
    for name, objective in (("language model", language_model.Config()), ("plain VAE", vae.Config())):
        if name != "plain VAE" or not arguments.no_plain:
            its = replace(bare, objective=objective)
            found[name] = measured(baseline(arguments.baselines, name, its, data), its, *how_much)
    found[checkpoint.name] = measured(checkpoint.load_model(), config, *how_much)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{len(data.test)} captions, {len(spec.symbols):,} symbols; nats per sentence, k = {arguments.samples}")
    heads = ("−ELBO", "NLL", "KL", "I(x;z)", "active", "IW NLL", "perplexity", "z shuffled", "content words")
    print(" " * 16 + "".join(f"{head:>14}" for head in heads))
    for name, values in found.items():
        keys = ("neg_elbo", "nll", "kl", "information", "active_units", "iw_nll", "perplexity", "shuffled", "content")
        print(f"{name:<16}" + "".join(f"{_shown(key, values.get(key)):>14}" for key in keys))
    for line in verdicts(found[checkpoint.name], found["language model"]):
        print(line)
    seconds = sum(record["seconds"] for record in checkpoint.history)
    print(f"{checkpoint.name} was trained in {seconds / 60:.0f} minutes, beside whatever else ran (goal: 30)")


def baseline(folder: Path, name: str, config: TrainConfig, data: Data) -> Model:
    """A model of this config, from `folder` if it was trained before."""
    path = folder / name.replace(" ", "-")
    if path.exists():
        kept = checkpoints.load(path)
        if kept.train_config == config:
            return kept.load_model()
    history = []
    for record in train(config, data):
        history.append(record.to_json())
        print(f"{name}, epoch {record.epoch}: NLL {record.test['nll']:.2f}, KL {record.test['kl']:.2f}", flush=True)
    checkpoints.save(path, record.state.model, config, data, history)
    return record.state.model.eval()


@torch.inference_mode()
def measured(model: Model, config: TrainConfig, split: Split, samples: int, examples: int) -> dict[str, Any]:
    encoded = encode_split(model, split)
    reconstructed = torch.cat([model.decode(z) for z in encoded.mu.split(128)])
    found: dict[str, Any] = {"content": kept(split.x.long(), reconstructed, model.spec)}
    part = split.take(slice(0, examples))
    if encoded.logvar is None:
        own = nll(model, part, encoded.mu)
        whole = nll(model, split, encoded.mu)
        return found | {"nll": whole, "perplexity": perplexity(own * len(part), part.x, model)}
    bound = METRICS.build(METRICS["elbo"].config(), model, split, encoded)
    tighter = METRICS.build(METRICS["importance"].config(samples=samples), model, part, encode_split(model, part))
    information = METRICS.build(METRICS["mutual_information"].config(), model, split, encoded)
    examined = diagnose(model, split.take(slice(0, EXAMPLES)), config)
    return found | {
        "neg_elbo": -bound["elbo"],
        "nll": bound["nll"],
        "kl": bound["kl"],
        "information": information["mutual_information"],
        "active_units": METRICS.build(METRICS["active_units"].config(), model, split, encoded)["active_units"],
        "iw_nll": tighter["iw_nll"],
        "perplexity": tighter["iw_perplexity"],
        "shuffled": examined.nll_shuffled - examined.nll,
    }


def verdicts(model: dict[str, Any], alone: dict[str, Any]) -> list[str]:
    """A line a goal: what was measured, and whether the goal is met."""
    over = model["perplexity"] / alone["perplexity"] - 1
    lines = [
        (f"KL {model['kl']:.1f} nats (goal: at least 6)", model["kl"] >= GOALS["kl"]),
        (f"shuffled z costs {model['shuffled']:.1f} nats (goal: at least 5)", model["shuffled"] >= GOALS["shuffled"]),
        (f"{model['active_units']} active units (goal: at least 8)", model["active_units"] >= GOALS["active_units"]),
        (f"perplexity {over:+.1%} against the language model (goal: at most +8%)", over <= GOALS["perplexity over"]),
        (
            f"{model['content']:.0%} of the content words kept (goal: at least 45%)",
            model["content"] >= GOALS["content"],
        ),
    ]
    return [f"{'met   ' if met else 'missed'} {line}" for line, met in lines]


def _shown(key: str, value: float | None) -> str:
    if value is None:
        return "–"
    if key == "content":
        return f"{value:.1%}"
    return str(value) if key == "active_units" else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(exit_status(main))
