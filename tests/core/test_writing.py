"""Networks that read and write symbols: what they read, and that stepwise writing is what teacher forcing scores."""

import math

import pytest
import torch

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds.text.vocabulary import END, PADDING, ROLES, SPECIAL, UNKNOWN
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import NETWORKS, Sizes

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
