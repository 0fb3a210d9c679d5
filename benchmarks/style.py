"""How well a conditional model of sentences rewrites them: `python -m benchmarks.style --data-dir DIR [NAME …]`.

Each held-out sentence is written in every other class from its own latent vector, greedily. Three measures: the share
that a classifier trained apart takes for the wanted class; the share of its content words that are kept, and BLEU
against it; and the perplexity under a language model trained apart, per word that its vocabulary has. Beside the model
stand two that take no learning: to copy the input, and to put an adjective of the wanted class in front.
`checkpoints.build` stores the numbers with the model.
"""

import argparse
import dataclasses
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline, make_pipeline
from torch import Tensor

from benchmarks import exit_status
from benchmarks.text import kept
from vae_core import checkpoints
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.kinds import kind_of
from vae_core.kinds.text.vocabulary import END, PADDING, UNKNOWN, tokens
from vae_core.model import Model
from vae_core.networks import gru
from vae_core.objectives import language_model as objectives
from vae_core.training import TrainConfig, train

ADJECTIVES = {"negative": "dull", "positive": "moving"}
"""Put in front by the second baseline; it is for data with these classes."""
EPOCHS = 6
"""Of the language model: afterwards it learns its sentences by heart."""


def judge(config: Any, data_dir: Path | None) -> tuple[Pipeline, float]:
    """A classifier of the dataset's sentences, of words and pairs of them, and its accuracy on the held-out ones. It
    learns from the whole training part, the long sentences and the rare words that the model does not see included."""
    whole = DATASETS.build(dataclasses.replace(config, min_count=1, max_symbols=256), data_dir)
    train, test = (lines_of(split, whole) for split in (whole.train, whole.test))
    words = TfidfVectorizer(ngram_range=(1, 2), tokenizer=tokens, token_pattern=None, sublinear_tf=True)
    found = make_pipeline(words, ComplementNB()).fit(train, whole.train.y)
    return found, found.score(test, whole.test.y)


def lines_of(split: Split, data: Data) -> list[str]:
    kind = kind_of(data.spec)
    return kind.lines(kind.feed(split.x), data.spec)


def language_model(config: Any, data: Data) -> Model:
    """A recurrent network that foresees each word from those before it, without z and without the class."""
    recipe = TrainConfig(
        config,
        gru.Config(embedding=128, state=256, word_dropout=0.2),
        objective=objectives.Config(),
        latent_dim=1,
        epochs=EPOCHS,
        batch_size=32,
        lr=4e-3,
        schedule="one_cycle",
    )
    *_, record = train(recipe, data)
    return record.state.model.eval()


@torch.inference_mode()
def perplexity(model: Model, x: Tensor) -> float:
    """exp of the mean −log p of a word, ends included, under a language model; x [N, T]. Unknown words do not count:
    they are easy to foresee, and no model writes them."""
    counts = ((x != UNKNOWN) & (x != model.spec.padding)).float()
    nll = sum(
        model.nll(part, torch.zeros(len(part), 1), visible=seen).sum()
        for part, seen in zip(x.split(200), counts.split(200), strict=True)
    )
    return math.exp(float(nll) / counts.sum().item())


def bleu(written: Tensor, x: Tensor, longest: int = 4) -> float:
    """BLEU of a corpus, 0 to 1 (Papineni et al. 2002, without smoothing): runs of up to `longest` words that sentences
    `written` [N, T] share with x [N, T]; their ends do not count."""
    found, of, lengths = Counter[int](), Counter[int](), [0, 0]
    for rows in zip(written, x, strict=True):
        both = [[word for word in row.tolist() if word not in (PADDING, END)] for row in rows]
        lengths = [total + len(words) for total, words in zip(lengths, both, strict=True)]
        for n in range(1, longest + 1):
            runs, given = (Counter(zip(*(words[i:] for i in range(n)), strict=False)) for words in both)
            found[n] += (runs & given).total()
            of[n] += runs.total()
    if not all(found[n] for n in range(1, longest + 1)):
        return 0.0
    precision = sum(math.log(found[n] / of[n]) for n in range(1, longest + 1)) / longest
    return math.exp(precision + min(0.0, 1 - lengths[1] / lengths[0]))


@torch.inference_mode()
def rewritten(model: Model, x: Tensor, y: Tensor, wanted: Tensor) -> Tensor:
    """Sentences x [N, T] of classes y [N], each written for the class wanted [N] from its own posterior mean."""
    parts = zip(x.split(200), y.split(200), wanted.split(200), strict=True)
    return torch.cat([model.decode(model.encode(part, own).mu, other) for part, own, other in parts])


def measured(model: Model, config: Any, data_dir: Path | None) -> dict[str, float]:
    """The measures of a model of the dataset `config` and of the two baselines, by the names that checkpoints keep them
    under: `rewriting_model_wanted`, …"""
    data = DATASETS.build(config, data_dir)
    classifier, accuracy = judge(config, data_dir)
    language = language_model(config, data)
    kind, classes = kind_of(data.spec), data.spec.classes
    x, y, lines = kind.feed(data.test.x), data.test.y, lines_of(data.test, data)
    rows, wanted = torch.nonzero(F.one_hot(y, len(classes)) == 0, as_tuple=True)  # each sentence, each other class
    before, given, ids = [lines[i] for i in rows], x[rows], rewritten(model, x[rows], y[rows], wanted)
    put = torch.tensor([data.spec.symbols.index(ADJECTIVES[name]) for name in classes])[wanted]
    after = {
        "model": (kind.lines(ids, data.spec), ids),
        "copy": (before, given),
        # Of the longest sentences, the end does not fit any more.
        "adjective": (
            [f"{ADJECTIVES[classes[k]]} {line}" for k, line in zip(wanted, before, strict=True)],
            torch.cat([put[:, None], given[:, :-1]], 1),
        ),
    }
    found = {"rewriting_judge_accuracy": accuracy}
    for name, (written, read) in after.items():
        found |= {
            f"rewriting_{name}_wanted": float((classifier.predict(written) == wanted.numpy()).mean()),
            f"rewriting_{name}_kept": kept(given, read, data.spec),
            f"rewriting_{name}_bleu": bleu(read, given),
            f"rewriting_{name}_perplexity": perplexity(language, read),
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.style", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", default=["reviews-controlled"])
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    arguments = parser.parse_args()
    for name in arguments.names:
        checkpoint = checkpoints.load(name)
        found = measured(checkpoint.load_model(), checkpoint.train_config.dataset, arguments.data_dir)
        accuracy = found["rewriting_judge_accuracy"]
        print(f"{name}: the classifier trained apart is right on {accuracy:.1%} of the held-out sentences")
        print(f"{'':28}{'wanted class':>14}{'content kept':>14}{'BLEU':>8}{'perplexity':>12}")
        for row in ("model", "copy", "adjective"):
            keys = ("wanted", "kept", "bleu", "perplexity")
            wanted, content, runs, words = (found[f"rewriting_{row}_{each}"] for each in keys)
            print(f"{row:28}{wanted:>14.1%}{content:>14.1%}{100 * runs:>8.1f}{words:>12.1f}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
