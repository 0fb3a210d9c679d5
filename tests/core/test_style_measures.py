"""What `python -m benchmarks.style`, `.facts` and `.text.repairing` count, on answers known by hand."""

import math

import pytest
import torch

from benchmarks import facts, style
from benchmarks.text import repairing
from tests.datasets.files import write_sentences
from vae_core.data import DataSpec
from vae_core.datasets import reviews
from vae_core.datasets.captions_facts import FACTS
from vae_core.kinds.text.vocabulary import END, PADDING, ROLES, SPECIAL, UNKNOWN
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import gru

WORDS = ("dull", "moving", "film")
SPEC = DataSpec(
    "toy",
    "text",
    (5,),
    ("negative", "positive"),
    symbols=SPECIAL + WORDS,
    symbol_roles=ROLES + ("",) * len(WORDS),
    padding=PADDING,
)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Model(ModelConfig(gru.Config(embedding=4, state=5), categorical.Config(), 1), SPEC).eval()


def test_perplexity_is_that_of_known_words_and_ends(model):
    x = torch.tensor([[4, UNKNOWN, 6, END, PADDING], [5, END, PADDING, PADDING, PADDING]])
    log_p = model.decode_logits(torch.zeros(2, 1), given=x).log_softmax(1).gather(1, x[:, None])[:, 0]
    counted = [(0, 0), (0, 2), (0, 3), (1, 0), (1, 1)]
    expected = math.exp(-sum(log_p[place].item() for place in counted) / len(counted))
    assert style.perplexity(model, x) == pytest.approx(expected, rel=1e-5)


def test_copies_keep_everything_and_an_adjective_moves_the_judge(tmp_path, monkeypatch):
    """The whole of it on a model that was not trained: what it says of the two baselines is known."""
    _, data_dir = write_sentences("reviews", tmp_path)
    for part in ("train", "test"):
        for name, word in (("neg", "dull"), ("pos", "moving")):
            file = data_dir / "rt_polarity" / f"{part}.{name}"
            lines = file.read_text().splitlines()
            file.write_text("\n".join(f"{word} {line}" if i % 2 else line for i, line in enumerate(lines)))
    config = reviews.Config(min_count=1, max_symbols=14)
    data = style.DATASETS.build(config, data_dir)
    parts = ModelConfig(gru.Config(embedding=4, state=5), categorical.Config(), 2, conditional=True)
    monkeypatch.setattr(style, "EPOCHS", 1)
    found = style.measured(Model(parts, data.spec).eval(), config, data_dir)
    assert found["rewriting_copy_kept"] == found["rewriting_adjective_kept"] == 1
    assert found["rewriting_model_kept"] < 0.2
    assert found["rewriting_copy_bleu"] == 1 > found["rewriting_adjective_bleu"] > 0.7
    assert found["rewriting_model_bleu"] < 0.1
    assert 0.6 < found["rewriting_judge_accuracy"] < 0.9  # half of the sentences say nothing
    assert found["rewriting_copy_wanted"] < 0.4 < found["rewriting_adjective_wanted"]
    assert all(math.isfinite(value) and value > 0 for name, value in found.items() if name.endswith("perplexity"))


def test_shares_of_facts_by_hand():
    asked, states = torch.zeros(2, len(FACTS)), torch.zeros(2, len(FACTS))
    asked[0, [1, 5]], asked[1, [2]] = 1, 1
    states[0, [1, 7]] = 1
    assert facts._shares(states, asked) == pytest.approx({"stated": 1 / 3, "asked": 1 / 2})


def test_bleu_by_hand():
    """Seven of eight words, five of six pairs, two of four threes and one of two fours are shared; one word is missing
    in the end."""
    x = torch.tensor([[4, 5, 6, 4, 5, END, PADDING], [6, 6, 5, 4, END, PADDING, PADDING]])
    written = torch.tensor([[4, 5, 6, 4, END, PADDING, PADDING], [6, 5, 5, 4, END, PADDING, PADDING]])
    expected = (7 / 8 * 5 / 6 * 2 / 4 * 1 / 2) ** 0.25 * math.exp(1 - 9 / 8)
    assert style.bleu(written, x) == pytest.approx(expected)
    assert style.bleu(x, x) == 1
    assert style.bleu(written.flip(0), x) == 0  # no four words in a row


def test_words_that_damage_took_away_by_hand():
    x = torch.tensor([[4, 5, 4, 6, END], [5, UNKNOWN, END, PADDING, PADDING]])
    seen = torch.tensor([[4, UNKNOWN, UNKNOWN, 6, END], [5, UNKNOWN, END, PADDING, PADDING]])
    for written, share in (([4, 4, 6, END, PADDING], 1 / 2), ([5, 5, 4, END, PADDING], 1 / 2), ([4, 6, 6, 6, END], 0)):
        again = torch.tensor([written, [6, END, PADDING, PADDING, PADDING]])
        assert repairing.restored(x, seen, again, SPEC) == share


def test_one_content_word_is_hidden(generator):
    x = torch.tensor([[4, 5, UNKNOWN, 6, END], [UNKNOWN, END, PADDING, PADDING, PADDING]]).repeat(40, 1)
    hidden = repairing.one_hidden(x, SPEC, generator)
    assert hidden[1::2].sum() == 0 and (hidden[::2].sum(1) == 1).all()
    assert set(hidden[::2].nonzero()[:, 1].tolist()) == {0, 1, 3}


def test_a_word_is_filled_in_between_those_given(model):
    x = torch.tensor([[4, 5, 6, END, PADDING]])
    gap = torch.tensor([[False, True, False, False, False]])
    seen = x.masked_fill(gap, UNKNOWN)
    written = model.nll_and_filled(x, model.encode(seen).mu, (~gap).float())[1]
    right = x.masked_scatter(gap, written[gap])
    wrong = x.masked_fill(gap, 4 + int(written[gap] == 4))
    assert [repairing.filled(model, each, seen, gap) for each in (right, wrong)] == [1, 0]
