"""How well a conditional model of sentences rewrites them: `python -m benchmarks.style --data-dir DIR [NAME …]`.

Each held-out sentence is written in every other class from its own latent vector, greedily. Three measures: the share
that a classifier trained apart takes for the wanted class; the share of its content words that are kept; and the
perplexity under a language model trained apart, per word that its vocabulary has. Beside the model stand two that
take no learning: to copy the input, and to put an adjective of the wanted class in front. `checkpoints.build` stores
the numbers with the model.
"""

import dataclasses
import math
from pathlib import Path

import torch
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline, make_pipeline
from torch import Tensor

from vae_core.data import Data, Split
from vae_core.datasets import DATASETS
from vae_core.kinds import kind_of
from vae_core.kinds.text.vocabulary import SPECIAL, UNKNOWN, encoded, tokens
from vae_core.model import Model, ModelConfig
from vae_core.networks import gru
from vae_core.training import TrainConfig

ADJECTIVES = {"negative": "dull", "positive": "moving"}
"""Put in front by the second baseline; it is for data with these classes."""
EPOCHS, BATCH, LR = 8, 32, 4e-3
MEASURES = ("wanted", "kept", "perplexity")


def content(line: str) -> set[str]:
    """The words of a sentence that carry its content: no function words, no punctuation, no unknown ones."""
    return {word for word in tokens(line) if word[0].isalpha() and len(word) > 1 and word not in ENGLISH_STOP_WORDS}


def kept(before: list[str], after: list[str]) -> float:
    """The share of the content words of the sentences `before` that stand in those `after`."""
    pairs = [(content(one), content(other)) for one, other in zip(before, after, strict=True)]
    return sum(len(one & other) for one, other in pairs) / max(1, sum(len(one) for one, _ in pairs))


def judge(config, data_dir: Path | None) -> tuple[Pipeline, float]:
    """A classifier of the dataset's sentences, of words and pairs of them, and its accuracy on the held-out ones. It
    learns from the whole training part, the long sentences and the rare words that the model does not see included."""
    whole = DATASETS.build(dataclasses.replace(config, min_count=1, max_symbols=256), data_dir)
    train, test = (lines_of(split, whole) for split in (whole.train, whole.test))
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", sublinear_tf=True)
    found = make_pipeline(words, ComplementNB()).fit(train, whole.train.y)
    return found, found.score(test, whole.test.y)


def lines_of(split: Split, data: Data) -> list[str]:
    kind = kind_of(data.spec)
    return kind.lines(kind.feed(split.x), data.spec)


def language_model(data: Data) -> Model:
    """A recurrent network that knows no z: a model whose decoder alone learns, at z = 0."""
    torch.manual_seed(0)
    likelihood = TrainConfig(DATASETS["text"].config()).likelihood
    config = ModelConfig(gru.Config(embedding=128, state=256, word_dropout=0.2), likelihood, 1)
    model = Model(config, dataclasses.replace(data.spec, classes=()))
    optimizer = torch.optim.Adam(model.network.decoder.parameters(), LR)
    steps = EPOCHS * math.ceil(len(data.train) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=steps)
    feed, best = kind_of(data.spec).feed, (math.inf, {})
    for _ in range(EPOCHS):
        for index in torch.randperm(len(data.train)).split(BATCH):
            x = feed(data.train.x[index])
            optimizer.zero_grad()
            model.nll(x, torch.zeros(len(x), 1)).mean().backward()
            optimizer.step()
            schedule.step()
        model.eval()
        found = perplexity(model, feed(data.test.x))
        if found < best[0]:
            best = found, {name: value.clone() for name, value in model.state_dict().items()}
        model.train()
    model.load_state_dict(best[1])
    return model.eval()


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


@torch.inference_mode()
def rewritten(model: Model, x: Tensor, y: Tensor, wanted: Tensor) -> Tensor:
    """Sentences x [N, T] of classes y [N], each written for the class wanted [N] from its own posterior mean."""
    parts = zip(x.split(200), y.split(200), wanted.split(200), strict=True)
    return torch.cat([model.decode(model.encode(part, own).mu, other) for part, own, other in parts])


def measured(model: Model, data: Data, config, data_dir: Path | None) -> dict[str, float]:
    """The measures of the model and of the two baselines, as `rewriting_model_wanted`, with the accuracy of the judge
    and the perplexity of the sentences that were given."""
    classifier, accuracy = judge(config, data_dir)
    language = language_model(data)
    x, y = kind_of(data.spec).feed(data.test.x), data.test.y
    lines = lines_of(data.test, data)
    pairs = [
        (own, other) for own in range(len(data.spec.classes)) for other in range(len(data.spec.classes)) if own != other
    ]
    rows = torch.cat([torch.nonzero(y == own).flatten() for own, _ in pairs])
    wanted = torch.cat([torch.full((int((y == own).sum()),), other) for own, other in pairs])
    before = [lines[i] for i in rows]
    spoken = model.kind.lines(rewritten(model, x[rows], y[rows], wanted), model.spec)
    front = [f"{ADJECTIVES[data.spec.classes[k]]} {line}" for k, line in zip(wanted.tolist(), before, strict=True)]
    result = {"rewriting_judge_accuracy": accuracy}
    for name, after in (("model", spoken), ("copy", before), ("adjective", front)):
        ids = encoded(
            [tokens(line.replace("‹?›", SPECIAL[UNKNOWN]))[: 4 * x.shape[1]] for line in after],
            data.spec.symbols,
            4 * x.shape[1],
        )
        result |= {
            f"rewriting_{name}_wanted": float((torch.from_numpy(classifier.predict(after)) == wanted).float().mean()),
            f"rewriting_{name}_kept": kept(before, after),
            f"rewriting_{name}_perplexity": perplexity(language, kind_of(data.spec).feed(ids)),
        }
    return result
