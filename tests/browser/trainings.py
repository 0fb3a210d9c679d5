"""What tests of Train and Compare do on the page, and what they read off it."""

import re

from playwright.sync_api import Page

from tests.browser.waiting import expect


def open_train(open_page, path="/train", **options) -> Page:
    page = open_page(path, wait_for="stHeading", **options)
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    return page


def start(page: Page, *, epochs: int | None = None, lesson: str | None = None) -> None:
    if lesson:
        page.get_by_role("combobox", name=re.compile("Lesson")).click()
        page.get_by_role("option", name=lesson).click()
        settle(page)
    if epochs:
        type_epochs(page, epochs)
    page.get_by_role("button", name="Start training").click()


def settle(page: Page) -> None:
    """Wait until Streamlit has shown the rerun that the last action caused."""
    page.wait_for_timeout(300)
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible()


def type_epochs(page: Page, epochs: int) -> None:
    field = page.get_by_role("spinbutton", name="Epochs", exact=True)
    field.fill(str(epochs))
    field.press("Enter")
    settle(page)


def epoch_shown(page: Page) -> int:
    return int(page.locator(".lf").get_attribute("data-epoch") or 0)


def wait_for_epoch(page: Page, epoch: int) -> None:
    page.wait_for_function(
        "epoch => Number(document.querySelector('.lf')?.dataset.epoch ?? 0) >= epoch", arg=epoch, timeout=60_000
    )


def pixels(page: Page, name: str) -> str:
    return page.get_by_test_id(f"film-{name}").evaluate("canvas => canvas.toDataURL()")


def wait_for_live_updates(page: Page, count: int) -> int:
    """Wait until each part of the film has shown `count` different pictures without being touched; return the epoch."""
    shown: dict[str, set[str]] = {"samples": set(), "reconstructions": set(), "plane": set()}
    for _ in range(600):
        for name, pictures in shown.items():
            pictures.add(pixels(page, name))
        if min(map(len, shown.values())) >= count:
            return epoch_shown(page)
        page.wait_for_timeout(100)
    raise AssertionError(f"different pictures in 60 s: { {name: len(each) for name, each in shown.items()} }")


def cells(page: Page) -> dict[str, dict[str, str]]:
    """Compare's table: its rows by the name in their first cell, each by the titles of its columns."""
    lines = page.locator("table").first.evaluate(
        "table => [...table.rows].map(row => [...row.cells].map(c => c.innerText))"
    )
    return {line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[1:]}


def shown_epoch(page: Page, name: str) -> int:
    return int(page.locator(f'.lf-reel[data-run="{name}"]').get_attribute("data-epoch") or 0)


def pixels_of(page: Page, name: str) -> str:
    return page.locator(f'[data-run="{name}"]').get_by_test_id("film-samples").evaluate("canvas => canvas.toDataURL()")
