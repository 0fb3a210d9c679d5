"""Networks that read and write symbols: what they read, and that stepwise writing is what teacher forcing scores."""

import itertools
import math

import pytest
import torch

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds.text.vocabulary import END, MASK, PADDING, ROLES, SPECIAL, UNKNOWN
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import NETWORKS, SequenceDecoder, Sizes
from vae_core.networks._decoding import beam_search, nucleus, write

WORDS = tuple("abcdefg")
SPEC = DataSpec(
    "toy",
    "text",
    (7,),
    ("x", "y"),
    symbols=SPECIAL + WORDS,
    symbol_roles=ROLES + ("",) * len(WORDS),
    padding=PADDING,
)
X = torch.tensor([[5, 6, 7, END, 0, 0, 0], [8, END, 0, 0, 0, 0, 0], [4, 5, 6, 7, 8, 9, END]])


CONFIGS = {
    cell: NETWORKS[cell].config(embedding=6, state=8, depth=2, bidirectional=True) for cell in ("gru", "lstm", "rnn")
} | {"transformer": NETWORKS["transformer"].config(width=8, heads=2, depth=2, feedforward=12)}


@pytest.fixture(params=CONFIGS)
def model(request):
    torch.manual_seed(0)
    config = CONFIGS[request.param]
    return Model(ModelConfig(config, categorical.Config(), 3, conditional=True), SPEC).eval()


def test_a_sentence_alone_is_read_and_scored_as_in_a_batch(model):
    """Padding tells the encoder nothing, and costs nothing."""
    y, z = torch.tensor([0, 1, 0]), torch.randn(3, 3, generator=torch.Generator().manual_seed(1))
    mu, nll = model.encode(X, y).mu, model.nll(X, z, y)
    for i in range(3):
        torch.testing.assert_close(model.encode(X[i : i + 1], y[i : i + 1]).mu[0], mu[i])
        torch.testing.assert_close(model.nll(X[i : i + 1], z[i : i + 1], y[i : i + 1])[0], nll[i])
    assert not torch.allclose(model.encode(X, 1 - y).mu, mu) and not torch.allclose(model.nll(X, z, 1 - y), nll)


def test_teacher_forcing_in_one_pass_is_what_steps_give(model):
    """Against a loop over `step` with the true symbols: the same NLL, summed by hand."""
    z, y = torch.randn(3, 3, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 1, 1])
    decoder = model.network.decoder
    state, previous, nll = decoder.start(z, model.condition(y)), None, torch.zeros(3)
    for t in range(7):
        logits, state = decoder.step(previous, state)
        previous = X[:, t]
        nll -= logits.log_softmax(1).gather(1, previous[:, None])[:, 0] * (previous != PADDING)
    torch.testing.assert_close(model.nll(X, z, y), nll)


def test_what_is_written_ends_once_and_holds_no_special_symbol(model):
    generator = torch.Generator().manual_seed(0)
    y = torch.zeros(400, dtype=torch.int64)
    for written in (model.sample(400, y, generator), model.sample(400, y, generator, temperature=2.0)):
        model.kind.check(SPEC, model.kind.rest(written))
        assert not (written == UNKNOWN).any()
    assert len(written.unique(dim=0)) > 250  # draws differ


def test_places_alone_have_the_scores_that_they_have_among_all(model):
    """And the NLL, which asks for those places alone, is that of the scores of all."""
    z, y = torch.randn(3, 3, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 1, 0])
    places, logits = X != PADDING, model.decode_logits(z, y, given=X)
    decoder = model.network.decoder
    found = decoder.forced_at(decoder.start(z, model.condition(y)), X, places)
    torch.testing.assert_close(found, logits.movedim(1, -1)[places])
    torch.testing.assert_close(model.nll(X, z, y), model.nll(X, z, y, visible=torch.ones_like(X)))
    torch.testing.assert_close(model.nll(X, z, y), model.likelihood.nll(logits, X))
    with pytest.raises(UserError, match="its own z"):
        model.nll(X, z[:2], y)


def test_greedy_writing_takes_the_likeliest_next_symbol_of_its_own_beginning(model):
    z, y = torch.randn(3, 3, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 1, 1])
    written = model.decode(z, y)
    forced = model.decode_logits(z, y, given=written)
    forced[:, [PADDING, UNKNOWN, 3]] = -torch.inf
    counts = written != PADDING
    inside = counts & (torch.arange(7) < 6)  # the last place ends the sentence whatever is likely
    assert torch.equal(forced.argmax(1)[inside], written[inside])


def test_draws_follow_the_probabilities():
    """Of a first symbol, against the softmax; three standard errors."""
    torch.manual_seed(0)
    model = Model(ModelConfig(NETWORKS["gru"].config(embedding=6, state=8), categorical.Config(), 2), SPEC).eval()
    z, n = torch.zeros(1, 2), 4000
    logits, _ = model.network.decoder.step(None, model.network.decoder.start(z))
    logits[:, [PADDING, UNKNOWN, 3]] = -torch.inf
    expected = logits.softmax(1)[0]
    drawn = model.decode(z.expand(n, -1), temperature=1.0, generator=torch.Generator().manual_seed(0))[:, 0]
    found = torch.bincount(drawn, minlength=len(expected)) / n
    assert ((found - expected).abs() <= 3.5 * (expected * (1 - expected) / n).sqrt() + 1e-9).all()


class Chain(SequenceDecoder):
    """Each symbol by the one before it alone: `first` [V], `then` [V, V] are probabilities."""

    def __init__(self, first, then, length):
        super().__init__()
        self.first, self.then, self.length = torch.tensor(first).log(), torch.tensor(then).log(), length

    def step(self, previous, state):
        return (self.first.expand(len(state[0]), -1) if previous is None else self.then[previous]), state


def searched(decoder, beams, n=1):
    return beam_search(decoder, (torch.zeros(n, 1),), beams, lambda params: params, end=1).tolist()


def test_beams_find_the_sentence_that_greedy_writing_misses():
    """2 begins likelier, but every way on from it is unlikely: 0.6 · 0.4 < 0.4 · 0.9."""
    chain = Chain([0.0, 0.0, 0.6, 0.4], [[0.25] * 4, [0.25] * 4, [0.0, 0.4, 0.3, 0.3], [0.0, 0.9, 0.05, 0.05]], 3)
    state = (torch.zeros(2, 1),)
    assert write(chain, state, lambda params: params.argmax(1), end=1).tolist() == [[2, 1, 0]] * 2
    assert searched(chain, 1, n=2) == [[2, 1, 0]] * 2
    assert searched(chain, 2, n=2) == [[3, 1, 0]] * 2


@pytest.mark.parametrize("seed", range(3))
def test_enough_beams_find_the_most_likely_of_all_sentences(seed):
    """Against every sentence there is, by its probability."""
    generator = torch.Generator().manual_seed(seed)
    p = torch.softmax(2 * torch.randn(6, 5, generator=generator), 1)
    p[:, 0] = 0  # padding
    p = p / p.sum(1, keepdim=True)
    chain = Chain(p[5].tolist(), p[:5].tolist(), 4)
    best = max(
        (tuple(words) + (1,) * (len(words) < 4) for n in range(5) for words in itertools.product((2, 3, 4), repeat=n)),
        key=lambda words: math.prod(p[before, word].item() for before, word in zip((5, *words), words, strict=False)),
    )
    expected = [*best, *[0] * (4 - len(best))]
    assert searched(chain, 200) == [expected]


def test_a_nucleus_is_the_fewest_symbols_that_reach_the_share():
    p = torch.tensor([[0.1, 0.5, 0.3, 0.1], [0.97, 0.01, 0.01, 0.01]])
    kept = [(nucleus(p.log(), share) > -torch.inf).tolist() for share in (0.4, 0.75, 0.85, 1.0)]
    none, both = [False, True, False, False], [False, True, True, False]
    one = [True, False, False, False]
    assert kept[:2] == [[none, one], [both, one]]
    assert sum(kept[2][0]) == 3 and kept[3] == [[True] * 4] * 2


def test_every_way_of_writing_gives_whole_sentences_without_what_is_never_written(model):
    """Even of a decoder to which the unknown is by far the likeliest symbol."""
    with torch.no_grad():
        model.network.decoder.bias[[PADDING, UNKNOWN, MASK]] += 50
    y = torch.arange(200) % 2
    ways = (
        {},
        {"beams": 3},
        {"temperature": 1.0},
        {"temperature": 0.7, "top_p": 0.5},
        {"temperature": 5, "top_p": 0.9},
    )
    for way in ways:
        found = model.sample(200, y, torch.Generator().manual_seed(0), **way)
        model.kind.check(SPEC, model.kind.rest(found))
        assert not ((found == UNKNOWN) | (found == MASK)).any()
    # With a small share only the most likely symbol is left, at any temperature.
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    assert torch.equal(model.decode(z, y[:5], temperature=1.0, top_p=1e-6), model.decode(z, y[:5]))


def test_beams_find_sentences_at_least_as_likely(model):
    z, y = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 2

    def log_p(x):
        """By the model's own forced scores, what is never written ruled out."""
        logits = model.decode_logits(z, y, given=x)
        logits[:, [PADDING, UNKNOWN, MASK]] = -torch.inf
        return -(model.likelihood.nll_per_value(logits, x)[:, :-1]).sum(1)  # the last place ends it whatever is likely

    greedy, beams = log_p(model.decode(z, y)), log_p(model.decode(z, y, beams=64))
    assert (beams >= greedy - 1e-4).all() and (beams > greedy + 1e-4).any()


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ({"top_p": 0.0}, "top_p cannot be 0.0"),
        ({"top_p": 1.5}, "top_p cannot be 1.5"),
        ({"beams": 0}, "beams cannot be 0"),
        ({"beams": 65}, "from 1 to 64"),
        ({"beams": 2, "temperature": 1.0}, "draws nothing"),
    ],
)
def test_ways_of_writing_that_do_not_go_together_are_refused(model, way, words):
    with pytest.raises(UserError, match=words):
        model.sample(2, torch.tensor([0, 1]), **way)


VISIBLE = torch.tensor([1.0, 0, 1, 0, 1, 0, 0])


def test_what_is_hidden_is_written_between_what_is_seen(model):
    """Greedily, by the symbols before it, and without a look at what is hidden."""
    z, y = torch.randn(3, 3, generator=torch.Generator().manual_seed(3)), torch.tensor([0, 1, 1])
    nll, filled = model.nll_and_filled(X, z, VISIBLE, y)
    hidden = VISIBLE == 0
    ended = (filled == END).long().cumsum(1) - (filled == END).long() > 0  # padding, whatever was likely
    assert torch.equal(filled[:, ~hidden], X[:, ~hidden])
    forced = model.decode_logits(z, y, given=filled)
    torch.testing.assert_close(nll, model._nll(forced, filled, VISIBLE))
    forced[:, [PADDING, UNKNOWN, 3]] = -torch.inf
    forced[[0, 2], END, 1] = forced[2, END, 3] = -torch.inf  # the sentence goes on
    inside = hidden & ~ended & (torch.arange(7) < 6)
    assert torch.equal(forced.argmax(1)[inside], filled[inside])
    other = torch.where(hidden & (X > END), 10, X)
    assert not torch.equal(other, X)
    again = model.nll_and_filled(other, z, VISIBLE, y)
    assert torch.equal(again[0], nll) and torch.equal(again[1], filled)


def test_all_weights_learn_and_dropped_words_cost(model):
    model.train()
    posterior = model.encode(X, torch.tensor([0, 1, 0]))
    model.nll(X, posterior.mu + 0 * posterior.logvar, torch.tensor([0, 1, 0])).sum().backward()
    still = [name for name, p in model.network.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []
    model.network.decoder.word_dropout = 1.0
    with torch.no_grad():
        hidden = model.nll(X, posterior.mu, torch.tensor([0, 1, 0]))
        seen = model.eval().nll(X, posterior.mu, torch.tensor([0, 1, 0]))
    assert not torch.allclose(hidden, seen) and all(map(math.isfinite, hidden.tolist()))


@pytest.mark.parametrize(("shape", "symbols"), [((1, 8, 8), 0), ((4, 6), 5), ((5,), 0)])
def test_what_is_no_row_of_symbols_is_refused(shape, symbols):
    sizes = Sizes(shape, shape, 2, 4, symbols=symbols)
    for name in ("gru", "transformer"):
        with pytest.raises(UserError, match="for symbols in a row, such as sentences, not for shape"):
            NETWORKS.build(NETWORKS[name].config(), sizes)


def test_heads_that_do_not_share_the_width_are_refused():
    with pytest.raises(UserError, match="A width of 10 cannot be shared by 4 heads"):
        NETWORKS.build(NETWORKS["transformer"].config(width=10), Sizes((7,), (11, 7), 2, 4, symbols=11))
