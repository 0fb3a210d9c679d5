"""Each kind of data keeps the contract of `vae_core.kinds.Kind`."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core.data import Column, DataSpec, Split
from vae_core.errors import UserError
from vae_core.kinds import KINDS, check_data, kind_of, unit, units
from vae_core.kinds.notes.voices import possible, symbols_of
from vae_core.kinds.text.vocabulary import END, PADDING, ROLES, SPECIAL
from vae_core.likelihoods import LIKELIHOODS
from vae_core.model import Model, ModelConfig
from vae_core.networks import mlp

VOICES = symbols_of((40, 48, 55, 60), (44, 53, 60, 67))
SPECS = {
    "image": DataSpec("toy", "image", (3, 4, 6)),
    "records": DataSpec(
        "toy",
        "records",
        (4,),
        columns=(
            Column("size", "kB", 3, 2, log=True),
            Column("on", values=("no", "yes")),
            Column("service", values=("http", "ftp", "dns")),
            Column("rate"),
        ),
    ),
    "series": DataSpec(
        "toy", "series", (2, 6), columns=(Column("heat", "°C", 20, 5), Column("load", log=True)), step=60
    ),
    "notes": DataSpec("toy", "notes", (8,), symbols=VOICES[0], symbol_names=VOICES[1], symbol_roles=VOICES[2]),
    "text": DataSpec(
        "toy", "text", (6,), symbols=(*SPECIAL, "a", "dog", "runs"), symbol_roles=(*ROLES, "", "", ""), padding=PADDING
    ),
    "tiles": DataSpec("toy", "tiles", (4, 6), symbols=("-", "X", "E"), symbol_names=("sky", "ground", "enemy")),
}


def at_rest(spec, generator, n=5):
    if spec.kind == "records":
        sizes = torch.tensor([len(column.values) for column in spec.columns])
        ids = (torch.rand(n, len(sizes), generator=generator) * sizes).floor()
        return torch.where(sizes > 0, ids, torch.randn(n, len(sizes), generator=generator))
    if spec.columns:
        return torch.randn(n, *spec.shape, generator=generator)
    highest = len(spec.symbols) or 256
    if spec.kind == "notes":
        drawn = torch.multinomial(possible(spec).float(), n, replacement=True, generator=generator)
        return drawn.T.contiguous().to(kind_of(spec).dtype)
    if spec.kind == "text":
        lengths = torch.randint(1, spec.shape[0], (n,), generator=generator)
        words = torch.randint(len(SPECIAL), highest, (n, *spec.shape), generator=generator)
        places = torch.arange(spec.shape[0]).expand(n, -1)
        ended = torch.where(places == lengths[:, None], END, PADDING)
        return torch.where(places < lengths[:, None], words, ended).to(kind_of(spec).dtype)
    return torch.randint(highest, (n, *spec.shape), generator=generator).to(kind_of(spec).dtype)


@pytest.fixture(params=KINDS.names)
def spec(request):
    return SPECS[request.param]


def test_it_says_what_it_is(spec):
    kind = kind_of(spec)
    assert kind.name == spec.kind and unit(spec) == kind.unit and units(spec) == kind.unit + "s"
    assert kind.likelihoods and set(kind.likelihoods) <= set(LIKELIHOODS.names)
    json.dumps(dict(kind.for_page(spec)))


def test_what_is_at_rest_is_fed_and_comes_back(spec, generator):
    kind, x = kind_of(spec), at_rest(spec, generator)
    fed = kind.feed(x)
    assert fed.shape == x.shape and fed.is_floating_point() != bool(spec.symbols)
    assert torch.equal(kind.rest(fed), x) and kind.rest(fed).dtype == kind.dtype
    noise = kind.random(fed, generator)
    assert noise.shape == fed.shape and noise.dtype == fed.dtype


def test_it_is_shown_in_pictures_and_lines(spec, generator):
    kind, x = kind_of(spec), at_rest(spec, generator)
    lines, pictures = kind.lines(kind.feed(x), spec), kind.pictures(kind.feed(x), spec)
    assert len(lines) == 5 and all(line and "\n" not in line for line in lines)
    assert pictures is None or pictures.dtype == torch.uint8 and pictures.shape[0] == 5 and pictures.shape[3] == 3


def test_a_model_of_it_keeps_the_verbs(spec, generator):
    kind, x = kind_of(spec), kind_of(spec).feed(at_rest(spec, generator))
    for name in kind.likelihoods:
        model = Model(ModelConfig(mlp.Config(hidden=(8,)), LIKELIHOODS[name].config(), 2), spec)
        posterior = model.encode(x)
        nll, shown = model.nll_and_shown(x, posterior.mu)
        assert nll.shape == (5,) and shown.shape == x.shape and shown.dtype == x.dtype
        torch.testing.assert_close(model.nll(x, posterior.mu), nll)
        assert torch.equal(model.reconstruct(x), shown)
        assert model.sample(3, generator=generator, temperature=1.0).shape == (3, *spec.shape)
        visible = torch.zeros(spec.shape[-2:])
        assert model.nll(x, posterior.mu, visible=visible).tolist() == [0.0] * 5
        visible[:2] = 1
        seen, hidden = model.nll(x, posterior.mu, visible=visible), model.nll(x, posterior.mu, visible=1 - visible)
        torch.testing.assert_close(seen + hidden, nll)


def test_a_likelihood_of_another_kind_is_refused(spec):
    for name in set(LIKELIHOODS.names) - set(kind_of(spec).likelihoods):
        with pytest.raises(UserError, match=f"The likelihood {name} is not for {units(spec)}"):
            Model(ModelConfig(mlp.Config(hidden=(8,)), LIKELIHOODS[name].config(), 2), spec)


def test_examples_of_another_type_or_shape_are_refused_never_cast(spec, generator):
    x = at_rest(spec, generator)
    check_data(spec, Split(x, torch.zeros(5, dtype=torch.int64)))
    for wrong, words in ((x.double(), "at rest"), (x[..., :-1], "has shape")):
        with pytest.raises(UserError, match=words):
            check_data(spec, Split(wrong, torch.zeros(5, dtype=torch.int64)))


def test_a_kind_that_is_not_known_lists_those_that_are():
    with pytest.raises(UserError, match="data 'smell'; there are: image, notes, records, series, text, tiles"):
        kind_of(DataSpec("toy", "smell", (1,)))


@pytest.mark.parametrize("shape", [(), (4,), (2, 4, 4), (1, 0, 4), (1, 4, 4, 4), (1, 10**6, 10**6)])
def test_shapes_that_no_image_has_are_refused(shape):
    with pytest.raises(UserError, match="Images have 1 or 3 channels"):
        kind_of(DataSpec("toy", "image", shape)).check_spec(DataSpec("toy", "image", shape))


def test_what_is_written_to_files_can_be_read_again(spec, generator):
    kind = kind_of(spec)
    x = kind.feed(at_rest(spec, generator))
    files = list(kind.files(x, spec))
    assert sum(file.n for file in files) == len(x) and len({file.name for file in files}) == len(files)
    several = [kind.read_all(file.content, file.name, spec).x for file in files]
    if spec.kind == "image":  # fitted to the model's ink and frame: a picture has its own reader
        found = [torch.from_numpy(np.array(Image.open(io.BytesIO(file.content)))) for file in files]
        several = [kind.feed(picture.movedim(-1, 0)[None]) for picture in found]
    if spec.kind == "text":
        several = [several[0].long()]
    torch.testing.assert_close(torch.cat(several).to(x.dtype), x, rtol=1e-4, atol=1e-5)
