"""Tunes in four voices: symbols and pitches, piano rolls, and what is refused."""

from dataclasses import replace

import pytest
import torch

from vae_core.data import DataSpec
from vae_core.errors import UserError
from vae_core.kinds import check_data, kind_of
from vae_core.kinds.notes.roll import COLORS, GAP, PAPER, STEP
from vae_core.kinds.notes.voices import REST, SILENT, encoded, pitch_name, pitches, possible, ranges, symbols_of
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import gru, mlp

LOW, HIGH = (40, 48, 55, 60), (44, 53, 60, 67)
SYMBOLS, NAMES, ROLES = symbols_of(LOW, HIGH)
SPEC = DataSpec("toy", "notes", (8,), symbols=SYMBOLS, symbol_names=NAMES, symbol_roles=ROLES)
KIND = kind_of(SPEC)
TUNE = torch.tensor([[[40, 48, 55, 64], [40, SILENT, 56, 60]]])


def test_symbols_are_rests_and_the_pitches_of_each_voice():
    assert SYMBOLS[:4] == ("rest", "?", "b40", "b41") and SYMBOLS[-1] == "s67" and len(SYMBOLS) == 2 + 5 + 6 + 6 + 8
    assert NAMES[2] == "bass E2" and ROLES[-1] == "soprano"
    assert [pitch_name(pitch) for pitch in (60, 69, 21, 127)] == ["C4", "A4", "A0", "G9"]
    own = ranges(SPEC)
    assert (own.low, own.high) == (LOW, HIGH) and [SYMBOLS[i] for i in own.first] == ["b40", "t48", "a55", "s60"]


def test_pitches_are_symbols_and_come_back():
    ids = encoded(TUNE, SPEC)
    names = [SYMBOLS[i] for i in ids[0].tolist()]
    assert names == ["b40", "t48", "a55", "s64", "b40", "rest", "a56", "s60"]
    assert torch.equal(pitches(ids, SPEC), TUNE)
    assert KIND.lines(ids, SPEC) == ["soprano E4 C4 | bass E2 –"]


@pytest.mark.parametrize("network", [mlp.Config(hidden=(8,)), gru.Config(embedding=4, state=6)])
def test_every_voice_keeps_to_its_own_range_whatever_the_network_likes(network, generator):
    """Scores that favour the soprano's highest pitch and the unknown symbol everywhere."""
    model = Model(ModelConfig(network, categorical.Config(), 2), SPEC).eval()
    with torch.no_grad():
        bias = model.network.decoder.bias if hasattr(model.network.decoder, "bias") else None
        if bias is not None:
            bias[[1, -1]] += 20
    for temperature in (0.0, 3.0):
        found = model.sample(200, generator=generator, temperature=temperature)
        assert possible(SPEC)[torch.arange(8), found].all()
        KIND.check(SPEC, KIND.rest(found))
    assert len(found.unique(dim=0)) > 100
    if bias is not None:
        assert (model.sample(20, generator=generator)[:, 3::4] == len(SYMBOLS) - 1).all()


def test_a_roll_shows_each_note_in_the_colour_of_its_voice_and_where_it_begins():
    roll = KIND.pictures(encoded(TUNE, SPEC), SPEC)[0]
    assert roll.shape == (67 - 40 + 2, 2 * STEP, 3)

    def row(pitch):
        return roll[67 - pitch].tolist()

    blue, white = list(COLORS[0]), list(PAPER)
    assert row(40) == [white] * GAP + [blue] * (2 * STEP - GAP)  # held: it begins once
    assert row(48)[GAP:STEP] == [list(COLORS[1])] * (STEP - GAP) and list(COLORS[1]) not in row(48)[STEP:]
    assert row(64)[GAP:STEP] == [list(COLORS[3])] * (STEP - GAP) and row(60)[-1] == list(COLORS[3])


def test_noise_keeps_the_ranges(generator):
    x = encoded(TUNE.expand(30, -1, -1), SPEC)
    KIND.check(SPEC, KIND.rest(KIND.random(x, generator)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": (7,)}, "four voices and 1 to 64 steps"),
        ({"shape": (260,)}, "four voices and 1 to 64 steps"),
        ({"shape": (4, 2)}, "four voices and 1 to 64 steps"),
        ({"symbols": SYMBOLS[:-1]}, "do not begin with rest|are not a rest"),
        ({"symbols": (*SYMBOLS[:2], *SYMBOLS[3:])}, "do not begin with rest, unknown"),
        ({"symbols": (*SYMBOLS[:3], "b50", *SYMBOLS[4:])}, "are not a rest and the pitches"),
        ({"symbols": (*SYMBOLS[:-1], "s")}, "are not a rest and the pitches"),
        ({"symbols": ("x",) * len(SYMBOLS)}, "are not a rest and the pitches"),
        ({"symbol_roles": ("rest",) * len(SYMBOLS)}, "do not begin with rest, unknown"),
        ({"padding": 0}, "Tunes have no padding"),
    ],
)
def test_a_spec_of_no_tunes_is_refused(changes, words):
    with pytest.raises(UserError, match=words):
        check_data(replace(SPEC, **changes))


@pytest.mark.parametrize(("place", "id"), [(0, 8), (3, 2), (2, 1), (0, 200)])
def test_a_voice_outside_its_range_is_refused(place, id):
    x = torch.full((1, 8), REST, dtype=torch.uint8)
    KIND.check(SPEC, x)
    x[0, place] = id
    with pytest.raises(UserError, match="outside its range|only 27 symbols"):
        KIND.check(SPEC, x)


def test_what_stood_before_pays_a_toll_and_only_where_the_likeliest_is_written(generator):
    """Against a loop over the decoder's steps."""
    torch.manual_seed(1)
    model = Model(ModelConfig(gru.Config(embedding=4, state=6), categorical.Config(), 2), SPEC).eval()
    period, nats = KIND.toll
    decoder, z = model.network.decoder, torch.randn(40, 2, generator=generator)
    with torch.inference_mode():
        state, written, untolled = decoder.start(z), [], []
        for step in range(8):
            params, state = decoder.step(written[-1] if written else None, state)
            params = params.masked_fill(~possible(SPEC)[step], -torch.inf)
            untolled.append(params.argmax(1))
            if step >= period:
                for row, before in enumerate(written[step - period].tolist()):
                    params[row, before] -= nats
            written.append(params.argmax(1))
        assert torch.equal(model.decode(z), torch.stack(written, 1))
        given = model.decode_logits(z, given=torch.stack(written, 1))
    torch.testing.assert_close(model.decode_logits(z), given)
    assert not torch.equal(torch.stack(written, 1), torch.stack(untolled, 1))


def test_a_beam_search_keeps_to_the_ranges_too(generator):
    model = Model(ModelConfig(gru.Config(embedding=4, state=6), categorical.Config(), 2), SPEC).eval()
    with torch.no_grad():
        model.network.decoder.bias[[1, -1]] += 20
    found = model.sample(5, generator=generator, beams=3)
    assert possible(SPEC)[torch.arange(8), found].all()


def test_a_melody_that_stands_still_is_plain():
    spec = replace(SPEC, shape=(24,))
    moving = torch.tensor([[40, 48, 55, 60 + step] for step in range(6)])
    still = moving.clone()
    still[2:, 3] = 62
    assert KIND.plain(encoded(torch.stack([moving, still]), spec), spec).tolist() == [False, True]
