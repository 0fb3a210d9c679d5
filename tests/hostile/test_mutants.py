"""Good files, changed at random places: whatever comes of it, only declared errors do.

The examples are the same at every run. `HOSTILE=20 python -m pytest tests/hostile/test_mutants.py` tries others, and
twenty times as many.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from components.shared.bring import intake
from components.shared.bring.intake import Picture
from tests.datasets.files import encoded, level_text, picture
from tests.hostile import concepts, links, models, sentences, tunes, zips
from tests.hostile.pages import PICTURES, SENTENCES, TILES
from tests.hostile.test_corpus import read_links
from vae_core import checkpoints
from vae_core.checkpoints import archive, records
from vae_core.checkpoints import archive_checks as checks
from vae_core.data import Column, DataSpec
from vae_core.datasets import chorales, text
from vae_core.datasets._sources import picture_files
from vae_core.errors import UserError
from vae_core.kinds import kind_of
from vae_core.kinds.notes import Notes
from vae_core.kinds.notes.midi import write_midi
from vae_core.kinds.text import Text
from vae_core.kinds.tiles import Tiles
from vae_core.latent import concept_files
from vae_core.pictures import guarded
from vae_core.reading import parsed

MORE = int(os.environ.get("HOSTILE", 1))


def examples(n: int) -> Callable:
    """So many examples, the same ones at every run unless more are wanted."""
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=n * MORE, derandomize=MORE == 1, database=None, deadline=None, suppress_health_check=quiet
    )


@st.composite
def mutants(draw, *contents: bytes) -> bytes:
    """One of the contents with some bytes changed, cut out, repeated or put in."""
    content = bytearray(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        if draw(st.booleans()):  # near the beginning, where headers are
            at %= 128
        n = draw(st.sampled_from((1, 1, 2, 4, 16, 300)))
        how = draw(st.sampled_from(("set", "flip", "number", "cut", "repeat", "insert", "end")))
        if how == "set":
            content[at : at + n] = draw(st.binary(min_size=n, max_size=n))
        elif how == "flip" and at < len(content):
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "number":
            value = draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)))
            content[at : at + 4] = value.to_bytes(4, draw(st.sampled_from(("little", "big"))))
        elif how == "cut":
            del content[at : at + n]
        elif how == "repeat":
            content[at:at] = content[at : at + n] * draw(st.integers(1, 5))
        elif how == "insert":
            content[at:at] = draw(st.binary(max_size=n))
        else:
            del content[at:]
    return bytes(content)


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=9),
        st.sampled_from((10**400, -1, 2**53, 2**64, "x" * 300, "1" * 5000, "\ud800", "a\u202eb", "\0", "nan", 1e308)),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def changed_json(draw, *contents: bytes) -> bytes:
    """One of the JSON contents with values of any type in some places, or without them."""
    values = json.loads(draw(st.sampled_from(contents)))
    for _ in range(draw(st.integers(1, 3))):
        place, key = values, None
        while isinstance(place, (dict, list)) and place:
            parent, key = place, draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            place = parent[key]
            if draw(st.integers(0, 2)) == 0:
                break
        if key is None:
            break
        if draw(st.integers(0, 4)) == 0:
            del parent[key]
        else:
            parent[key] = draw(VALUES)
    return json.dumps(values, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


def refused_or_read(read: Callable, *given) -> bool:
    """Whether it is read; a UserError says why not, in a sentence."""
    try:
        read(*given)
    except UserError as error:
        said = str(error)
        assert 5 < len(said) < 1000 and said.strip() == said and "\n" not in said, said
        said.encode()
        return False
    return True


@pytest.fixture(scope="module", autouse=True)
def _workers():
    yield
    guarded.end_all()


@pytest.fixture(scope="module")
def model() -> dict[str, bytes]:
    return models.contents_of()


IMAGE = picture(size=(40, 30))
FILES = (
    *(encoded(IMAGE, kind) for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF")),
    encoded(IMAGE, "JPEG", progressive=True),
    encoded(IMAGE.convert("P"), transparency=b"\0\x80"),
    encoded(IMAGE, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
    encoded(IMAGE, "WEBP", lossless=True),
)


@examples(400)
@given(mutants(*FILES))
def test_pictures(content):
    refused_or_read(guarded.decode, content, 64)


@examples(150)
@given(mutants(zips.packed(zips.GOOD), zips.packed(zips.GOOD, zipfile.ZIP_STORED), zips.central(3)))
def test_zips_of_pictures(tmp_path_factory, content):
    refused_or_read(intake._unpacked, Picture("set.zip", b"PK\3\4" + content[4:]))
    path = tmp_path_factory.getbasetemp() / "set.zip"
    path.write_bytes(content)

    def read() -> None:
        names = [file.name for file in picture_files.files(path, "set.zip", None) if refused_or_read(file.read)]
        picture_files.places(names, "set.zip")

    refused_or_read(read)


@examples(150)
@given(st.data())
def test_zips_of_models(tmp_path_factory, model, data):
    small = {name: content for name, content in model.items() if name != "model.safetensors"}
    content = data.draw(mutants(models.packed(model), models.packed(small)))
    refused_or_read(archive._contents, io.BytesIO(content))


@examples(150)
@given(st.data())
def test_configs(model, data):
    content = data.draw(changed_json(model["config.json"]) | mutants(model["config.json"]))
    if refused_or_read(checks.config_and_spec, content):
        config, spec = checks.config_and_spec(content)
        refused_or_read(checks.size, config, spec)
        json.dumps([config.to_json(), spec.to_json()], allow_nan=False, ensure_ascii=False).encode()


@examples(100)
@given(st.data())
def test_metrics_histories_and_manifests(model, data):
    lines = model["history.jsonl"].splitlines()[:1]
    content = data.draw(changed_json(*lines) | mutants(*lines))
    refused_or_read(records.history, content, "history.jsonl", 2)
    content = data.draw(changed_json(model["metrics.json"]) | mutants(model["metrics.json"]))
    refused_or_read(lambda: records.metrics(parsed(content, "metrics.json"), "metrics.json", 2))
    content = data.draw(changed_json(model["manifest.json"]))
    refused_or_read(archive._check_manifest, model | {"manifest.json": content})


@examples(100)
@given(st.data())
def test_safetensors(model, data):
    config, spec = checks.config_and_spec(model["config.json"])
    content = model["latents.safetensors"]
    header = content[8 : 8 + int.from_bytes(content[:8], "little")]
    changed = data.draw(changed_json(header))
    content = data.draw(
        mutants(content) | st.just(len(changed).to_bytes(8, "little") + changed + content[8 + len(header) :])
    )
    refused_or_read(checks.latents, content, config, spec)
    refused_or_read(checks.weights, content, config, spec)


@examples(300)
@given(st.data())
def test_concept_files(data):
    plain = concepts.files()[0].content
    content = data.draw(changed_json(plain) | mutants(plain))
    refused_or_read(concept_files.read, content, concepts.CHECKPOINT, concepts.DIM)


@examples(200)
@given(mutants(level_text(20).encode(), level_text(40).encode("utf-8-sig")) | st.text(max_size=200).map(str.encode))
def test_levels(content):
    spec = checkpoints.load(TILES).spec
    if refused_or_read(Tiles().read, content, spec):
        assert Tiles().read(content, spec).x.shape == (1, *spec.shape)


WORDS = checkpoints.load(SENTENCES).spec


@examples(300)
@given(
    mutants(*[bad.content for bad in sentences.files() if len(bad.content) < 2000])
    | st.text(max_size=200).map(lambda line: line.encode("utf-8", "surrogatepass"))
)
def test_sentences(content):
    if not refused_or_read(Text().read, content, WORDS):
        return
    prepared = Text().read(content, WORDS)
    Text().check(WORDS, prepared.x.to(Text.dtype))
    assert prepared.x.shape == (1, *WORDS.shape)
    seen = dict(prepared.steps)["seen"]
    assert seen == Text().lines(prepared.x, WORDS)[0] and seen.isprintable()


CHORALES = chorales.chorale_spec(chorales.Config())


@examples(300)
@given(mutants(write_midi(tunes.TUNE), tunes.midi(tunes.sung(range(50, 70)), tunes.sung([35] * 9, 9))))
def test_tunes(content):
    if refused_or_read(Notes().read, content, CHORALES):
        x = Notes().read(content, CHORALES).x
        Notes().check(CHORALES, x.to(Notes.dtype))
        assert x.shape == (1, *CHORALES.shape)


LINES = [f"the dog number {i} runs, and {i} cats see it." for i in range(40)]
TABLE = "id;what\n" + "\n".join(f'{i};"{line}"' for i, line in enumerate(LINES))


@examples(150)
@given(st.data(), mutants(TABLE.encode(), TABLE.encode("utf-8-sig"), "\n".join(LINES).encode(), "你好。".encode() * 40))
def test_texts_and_tables(tmp_path_factory, data, content):
    path = tmp_path_factory.mktemp("own") / "own.csv"
    path.write_bytes(content)
    names = text.columns(content.decode("utf-8-sig", "replace"))
    column = data.draw(st.sampled_from(["", "what", *names[:3]]))
    refused_or_read(text.load, text.Config(path=str(path), column=column))


MEASURED = "time;v;label\n" + "\n".join(f"2024-01-{1 + i // 24:02} {i % 24:02}:00;{i % 7},5;{i % 2}" for i in range(60))
WINDOWS = DataSpec("toy", "series", (1, 8), columns=(Column("v"),))


@examples(200)
@given(mutants(MEASURED.encode(), MEASURED.replace(",", ".").replace(";", ",").encode("utf-8-sig")))
def test_series(content):
    kind = kind_of(WINDOWS)
    if refused_or_read(kind.read_all, content, "own.csv", WINDOWS):
        several = kind.read_all(content, "own.csv", WINDOWS)
        kind.check(WINDOWS, several.x)
        assert len(several.x) == len(several.places) > 0


TEXTS = st.one_of(
    st.text(max_size=20),
    st.text("0123456789-.,e~y:", max_size=40),
    st.sampled_from([*links.VALUES.values(), "e17~e3", "3:" + ",".join(["0.5"] * 16), "0.5,-1.2", "umap"]),
)


@pytest.mark.parametrize("page", links.NAMES)
def test_links(page):
    name = {"digits": "mnist-cvae", "levels": TILES}.get(page, PICTURES)
    app = AppTest.from_function(read_links, kwargs={"model": name, "page": page}, default_timeout=30)

    @examples(20)
    @given(st.fixed_dictionaries({}, optional={each: TEXTS for each in (*links.NAMES[page], "z", "y", "example")}))
    def read(parameters):
        app.query_params.clear()
        app.query_params.update({key: value for key, value in parameters.items() if value.isprintable()})
        app.run()
        assert not app.exception
        assert max([len(each.value) for each in app.warning], default=0) < 500

    read()
