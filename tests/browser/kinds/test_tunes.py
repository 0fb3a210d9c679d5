"""Tunes in a real Chromium: dragged, played, drawn, hidden voice by voice, uploaded and taken home."""

import io
import json
import re

import mido
import pytest
import torch
from playwright.sync_api import Locator, Page

from tests.browser.pages import MOVES, assert_accessible, button, drag, dress, model, saved, slider
from tests.browser.waiting import expect
from vae_core.kinds.notes.midi import read_midi, write_midi
from vae_core.kinds.notes.voices import SILENT, VOICES, encoded, pitches, ranges

NAME = "chorales-vae"
STATE = """({ dataset: { notes, z, frames } }) => ({
    notes: JSON.parse(notes), z: JSON.parse(z ?? "null"), frames: Number(frames)
})"""
LIT = "document.querySelector('canvas[data-testid=decoded-notes]').dataset.step"
SCHEDULED = "JSON.parse(document.querySelector('[data-testid=player]').dataset.scheduled)"


def roll(page: Page, testid: str = "decoded-notes") -> Locator:
    return page.locator(f'canvas[data-testid="{testid}"]')


def shown(page: Page) -> dict:
    """The notes, their latent vector, and how many frames were drawn, all of one moment."""
    return roll(page).evaluate(STATE)


def composed(z: list[float]) -> list[list[int | None]]:
    """What PyTorch decodes: a list of voices of pitches."""
    return listed(model(NAME).decode(torch.tensor([z])))


def listed(x: torch.Tensor) -> list[list[int | None]]:
    found = pitches(x, model(NAME).spec)[0].T.tolist()
    return [[None if pitch == SILENT else pitch for pitch in voice] for voice in found]


@pytest.fixture
def explore(page_at) -> Page:
    return page_at(f"/?checkpoint={NAME}", wait_for="decoded-notes")


@pytest.fixture
def reconstruct(page_at) -> Page:
    return page_at(f"/reconstruct?checkpoint={NAME}", wait_for="decoded-notes")


def test_the_tune_follows_the_finger_and_equals_pytorch(explore):
    before = shown(explore)
    found = [before]
    for position in range(2):
        drag(explore, slider(explore, position).bounding_box(), (0.1, 0.5), (0.9, 0.5))
        found.append(shown(explore))
    assert found[-1]["frames"] - before["frames"] >= 2 * 0.95 * MOVES
    assert [each["notes"] for each in found] == [composed(each["z"]) for each in found]
    assert found[0]["notes"] != found[-1]["notes"]
    expect(explore.get_by_text("nats/tune")).to_be_visible()
    for scheme in ("light", "dark"):
        dress(explore, scheme)
        assert_accessible(explore)


def scheduled(page: Page) -> list[dict]:
    return json.loads(page.get_by_test_id("player").first.get_attribute("data-scheduled"))


def sung(notes: list[list[int | None]], step: int) -> list[int | None]:
    """What begins at a step: pitches of the voices in which something changes."""
    return [voice[step] for voice in notes if step == 0 or voice[step] != voice[step - 1]]


def test_play_schedules_the_notes_and_a_drag_changes_the_next_ones(explore):
    page = explore
    notes = shown(page)["notes"]
    page.get_by_label("Tempo").fill("200")  # three steps a second
    assert scheduled(page) == []
    page.get_by_test_id("play").click()
    page.wait_for_function(f"() => {LIT} >= 3")
    found = scheduled(page)
    for step in range(3):
        now = [each for each in found if each["step"] == step]
        assert [each["pitch"] for each in now] == sung(notes, step)
        assert len({each["at"] for each in now}) <= 1
    begin = found[0]["at"]
    # On time, or later where the machine was too busy: never two steps at once.
    assert all(each["at"] - begin > 0.3 * each["step"] - 1e-6 for each in found if each["step"] <= 3)
    drag(page, slider(page).bounding_box(), (0.1, 0.5), (0.95, 0.5), moves=8)
    after = shown(page)["notes"]
    assert after != notes
    before = scheduled(page)[-1]["at"]
    page.wait_for_function(f"before => {SCHEDULED}.some(({{ at }}) => at > before + 1)", arg=before)
    later = [each for each in scheduled(page) if each["at"] > before + 0.35]
    assert later and all(after[each["voice"]][each["step"]] == each["pitch"] for each in later)

    page.get_by_role("button", name="Alto").click()
    expect(page.get_by_role("button", name="Alto")).to_have_attribute("aria-pressed", "false")
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("play")).to_have_attribute("aria-pressed", "false")
    at = scheduled(page)[-1]["at"]
    page.wait_for_timeout(700)
    assert scheduled(page)[-1]["at"] == at
    assert roll(page).get_attribute("data-step") is None


def test_without_the_loop_it_ends_by_itself(explore):
    page = explore
    page.get_by_label("Tempo").fill("200")
    button(page, "Loop").click()
    page.get_by_test_id("play").click()
    expect(page.get_by_test_id("play")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("play")).to_have_attribute("aria-pressed", "false", timeout=15_000)
    notes = shown(page)["notes"]
    expected = [pitch for step in range(16) for pitch in sung(notes, step)]
    assert [each["pitch"] for each in scheduled(page)] == expected[-64:]


def test_a_midi_file_is_saved_and_read_back(explore):
    page = explore
    page.locator("summary", has_text=re.compile("^Save$")).click()
    content = saved(page, "MIDI")
    piece = read_midi(content, ranges(model(NAME).spec))
    x = encoded(piece.pitches[None], model(NAME).spec)
    assert listed(x) == shown(page)["notes"]
    assert [track.name for track in mido.MidiFile(file=io.BytesIO(content)).tracks[1:]] == list(reversed(VOICES))
    assert saved(page, "WAV")[:4] == b"RIFF"


@pytest.mark.parametrize("path", ["/latent_map", "/projection", "/arithmetic"])
def test_the_other_pages_show_tunes(visit, path):
    page = visit(f"{path}?checkpoint={NAME}", wait_for="decoded-notes")
    state = shown(page)
    assert state["notes"] == composed(state["z"])


def test_a_note_is_drawn_deleted_and_taken_back(reconstruct):
    page = reconstruct
    before = roll(page, "draw-pad").evaluate(STATE)["notes"]
    pad = page.get_by_test_id("tile-pad")
    pad.focus()
    for _ in range(3):
        pad.press("ArrowUp")
    pad.press("ArrowRight")
    status = page.get_by_text(re.compile(r"^Row \d+, column \d+: "))
    row, column = map(int, re.search(r"Row (\d+), column (\d+)", status.inner_text()).groups())
    spec = model(NAME).spec
    pitch = ranges(spec).highest - row + 1
    page.get_by_test_id("palette").get_by_role("button", name="bass").click()
    pad.focus()
    pad.press("Space")
    drawn = roll(page, "draw-pad").evaluate(STATE)["notes"]
    assert drawn[0][column - 1] == pitch and drawn[1:] == before[1:]
    x = encoded(torch.tensor([[SILENT if p is None else p for p in voice] for voice in drawn]).T[None], spec)
    state = shown(page)
    again = model(NAME).reconstruct(x)
    assert state["notes"] == listed(again)
    different = sum(a != b for a, b in zip(x[0].tolist(), again[0].tolist(), strict=True))
    expect(page.get_by_test_id("changed")).to_contain_text(f"{different} of 64 notes differ")
    pad.press("Delete")
    assert roll(page, "draw-pad").evaluate(STATE)["notes"][0][column - 1] is None
    for _ in range(2):
        pad.press("Control+z")
    assert roll(page, "draw-pad").evaluate(STATE)["notes"] == before


def test_a_hidden_voice_is_filled_in_five_ways(reconstruct):
    page = reconstruct
    x = roll(page, "draw-pad").evaluate(STATE)["notes"]
    button(page, "Hide a part").click()
    page.locator(".rc-tools").get_by_role("button", name="Alto").click()
    expect(page.locator('.rc-completions[data-state="done"]')).to_be_visible()
    cards = page.locator(".rc-card")
    assert cards.count() == 5
    heard = []
    for i in range(5):
        cards.nth(i).click()
        heard.append(shown(page)["notes"])
    expect(page.get_by_text("Completion 5", exact=True)).to_be_visible()
    for notes in heard:
        assert [notes[voice] for voice in (0, 1, 3)] == [x[voice] for voice in (0, 1, 3)]  # what is visible stays
        assert all(pitch is not None for pitch in notes[2])
    assert len({json.dumps(notes) for notes in heard}) > 1


def test_an_uploaded_piece_is_cut_to_the_part_that_is_chosen(reconstruct):
    page, spec = reconstruct, model(NAME).spec

    def written(part: torch.Tensor) -> str:
        return json.dumps(listed(encoded(part[None], spec)), separators=(",", ":"))

    piece = torch.tensor([48, 60, 64, 72]).repeat(20, 1)
    piece[::2, 3] = 74
    piece[17, 0] = 45
    page.get_by_role("radio", name="Upload").or_(button(page, "Upload")).first.click()
    page.locator('[data-testid="stMain"] input[type="file"]').set_input_files(
        [{"name": "own.mid", "mimeType": "audio/midi", "buffer": write_midi(piece)}]
    )
    expect(page.get_by_text("20 quarter notes. The voices: the four parts that sound longest")).to_be_visible()
    expect(roll(page, "input-image")).to_have_attribute(
        "data-notes", json.dumps(listed(encoded(piece[None, :16], spec)), separators=(",", ":"))
    )
    page.get_by_role("slider", name="First quarter note").press("End")
    expect(roll(page, "input-image")).to_have_attribute(
        "data-notes", json.dumps(listed(encoded(piece[None, 4:], spec)), separators=(",", ":"))
    )
    assert shown(page)["notes"] == listed(model(NAME).reconstruct(encoded(piece[None, 4:], spec)))
