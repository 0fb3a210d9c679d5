"""Tunes in the page: the engine's choice of notes, piano rolls, and how they sound, against PyTorch and NumPy."""

import base64
import io
import json
import wave

import mido
import numpy as np
import pytest
import torch

from tests.kinds.test_notes import KIND, LOW, SPEC
from vae_core import page_program
from vae_core.kinds.notes.voices import SILENT, VOICES, encoded, pitches
from vae_core.likelihoods import categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import NETWORKS

PAGE_KIND = {"name": "notes", "unit": "tune", "module": "/assets/shared/kinds/notes.js", **KIND.for_page(SPEC)}
TUNE = torch.tensor([[[40, 50, 57, 64], [40, SILENT, 57, 60]]])
X = encoded(TUNE, SPEC)


def run(page, script: str, **given):
    """What a script returns, given the renderer of tunes and what else it needs, as JSON."""
    prelude = """
        const { kind, shape, ...given } = JSON.parse(text);
        const { loadRenderer } = await import("/assets/shared/kinds/index.js");
        const renderer = await loadRenderer(kind, shape);
        const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    """
    text = json.dumps({"kind": PAGE_KIND, "shape": list(SPEC.shape), **given})
    return page.evaluate(f"async (text) => {{ {prelude} {script} }}", text)


@pytest.mark.parametrize("network", ["gru", "mlp"])
def test_each_voice_keeps_to_its_range_as_in_pytorch(static_page, static_server, network):
    torch.manual_seed(0)
    options = {"hidden": (8,)} if network == "mlp" else {"embedding": 6, "state": 10}
    model = Model(ModelConfig(NETWORKS[network].config(**options), categorical.Config(), 3), SPEC).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)
        z = 2 * torch.randn(12, 3)
        written, logits = model.decode(z), model.decode_logits(z)
    anywhere = logits.argmax(1)
    assert not torch.equal(anywhere, written)  # without the ranges it would be another tune
    script = """async ({ url, points }) => {
        const { Engine } = await import("/assets/shared/engine/engine.js");
        const engine = await Engine.load(url);
        return JSON.parse(points).map((z) => [...engine.decode(z)]);
    }"""
    with static_server.serving(page_program.export(model)) as url:
        found = static_page.evaluate(script, {"url": url, "points": json.dumps(z.tolist())})
    assert torch.equal(torch.tensor(found).long(), written)


def test_a_thumbnail_is_the_roll_that_python_draws(static_page):
    script = """
        const { width, height } = renderer.tile;
        const rgba = new Uint8ClampedArray(4 * width * height);
        renderer.paint(Float32Array.from(given.x), rgba);
        const again = [...renderer.score.values(given.tune)];
        return { size: [height, width], rgba: [...rgba], line: renderer.text(given.x), again };
    """
    tune = [[None if p == SILENT else p for p in voice] for voice in TUNE[0].T.tolist()]
    found = run(static_page, script, x=X[0].tolist(), tune=tune)
    expected = KIND.pictures(X, SPEC)[0].numpy()
    rgba = np.array(found["rgba"]).reshape(*found["size"], 4)
    np.testing.assert_array_equal(rgba[..., :3], expected)
    assert (rgba[..., 3] == 255).all()
    assert found["line"] == KIND.lines(X, SPEC)[0]
    assert found["again"] == X[0].tolist()


def test_the_large_roll_says_its_notes_and_what_changed(static_page):
    script = """
        const { node, canvas, show, settle } = renderer.view("A tune");
        document.body.append(node);
        show(given.x);
        settle();
        const other = Float32Array.from(given.x);
        other[7] = 0;
        const { places, sentence } = renderer.changed(given.x, other);
        node.remove();
        const { notes, testid: id } = canvas.dataset;
        return { notes, id, label: canvas.ariaLabel, places: [...places], sentence };
    """
    found = run(static_page, script, x=X[0].tolist())
    assert json.loads(found["notes"]) == [[40, 40], [50, None], [57, 57], [64, 60]]
    assert found["id"] == "decoded-notes" and found["label"] == f"A tune: {KIND.lines(X, SPEC)[0]}"
    assert found["places"] == [0] * 7 + [1] and found["sentence"] == "1 of 8 notes differs"


RENDER = """
    const { rendered } = await import("/assets/shared/kinds/notes/sound.js");
    const { wavFile, midiFile } = await import("/assets/shared/kinds/notes/files.js");
    const tune = renderer.score.pitches(given.x);
    const buffer = await rendered(tune, { tempo: 60, muted: given.muted, volume: 0.9 });
    return {
        wav: toBase64(wavFile(buffer)), midi: toBase64(midiFile(tune, kind.voices, 90)),
        samples: toBase64(new Uint8Array(buffer.getChannelData(0).buffer)),
    };
"""


def spectrum(samples: np.ndarray, rate: int) -> dict[int, float]:
    """The magnitude at each MIDI pitch from 36 to 84, of a second of sound."""
    size = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) / len(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    return {p: size[np.argmin(np.abs(frequencies - 440 * 2 ** ((p - 69) / 12)))].item() for p in range(36, 85)}


def test_a_tune_sounds_with_its_own_pitches_and_no_click(static_page):
    found = run(static_page, RENDER, x=X[0].tolist(), muted=[False] * 4)
    samples = np.frombuffer(base64.b64decode(found["samples"]), np.float32)
    rate = 44_100
    assert 0.05 < np.abs(samples).max() < 1  # heard, and nothing is cut off
    for step, chord in enumerate(TUNE[0].tolist()):
        heard = spectrum(samples[step * rate : (step + 1) * rate], rate)
        sung = {pitch for pitch in chord if pitch != SILENT}
        harmonics = {pitch + up for pitch in sung for up in (12, 19, 24, 28)}
        quiet = max(size for pitch, size in heard.items() if pitch not in sung | harmonics)
        assert min(heard[pitch] for pitch in sung) > 8 * quiet, (step, heard)
    # A click is a jump between two samples; four tones of these pitches and partials change by less.
    assert np.abs(np.diff(samples)).max() < 0.12
    assert np.abs(samples[-100:]).max() < 1e-3 and abs(samples[0]) < 1e-3
    with wave.open(io.BytesIO(base64.b64decode(found["wav"]))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, 1, 2)
        written = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32_767
    np.testing.assert_allclose(written, samples, atol=1e-4)


def test_a_note_that_is_stopped_before_its_time_is_not_heard_and_a_short_one_ends_without_a_click(static_page):
    script = """
        const { Choir } = await import("/assets/shared/kinds/notes/sound.js");
        const render = async (rest) => {
            const context = new OfflineAudioContext(1, 44_100, 44_100);
            const choir = new Choir(context, 1);
            choir.sing(0, 60, 0.1);
            choir.rest(0, rest);
            return toBase64(new Uint8Array((await context.startRendering()).getChannelData(0).buffer));
        };
        return [await render(0.05), await render(0.11)];
    """
    never, short = (np.frombuffer(base64.b64decode(each), np.float32) for each in run(static_page, script))
    assert not never.any()
    assert np.abs(short).max() > 0.05 and np.abs(np.diff(short)).max() < 0.05 and np.abs(short[35_000:]).max() < 1e-4


def test_a_muted_voice_is_not_heard(static_page):
    found = run(static_page, RENDER, x=X[0].tolist(), muted=[True, False, False, False])
    heard = spectrum(np.frombuffer(base64.b64decode(found["samples"]), np.float32)[:44_100], 44_100)
    assert heard[40] < heard[64] / 20


def test_a_midi_file_holds_every_voice_as_mido_reads_it(static_page):
    found = run(static_page, RENDER, x=X[0].tolist(), muted=[False] * 4)
    file = mido.MidiFile(file=io.BytesIO(base64.b64decode(found["midi"])))
    assert file.type == 1 and file.ticks_per_beat == 480
    assert [track.name for track in file.tracks[1:]] == list(reversed(VOICES))
    tempo = next(message.tempo for message in file.tracks[0] if message.type == "set_tempo")
    assert round(mido.tempo2bpm(tempo)) == 90
    notes = []
    for track in file.tracks[1:]:
        now, begun = 0, {}
        for message in track:
            now += message.time
            if message.type == "note_on":
                begun[message.note] = now
            elif message.type == "note_off":
                notes.append((message.note, begun.pop(message.note) / 480, now / 480))
        assert now == 2 * 480 and not begun
    assert sorted(notes) == [(40, 0, 2), (50, 0, 1), (57, 0, 2), (60, 1, 2), (64, 0, 1)]
    assert sorted(pitch for pitch, start, _ in notes if not start) == sorted(pitches(X, SPEC)[0, 0].tolist())
    assert min(LOW) == 40
