"""Waiting for what a page is about to show, without sleeping past it.

Playwright looks 0, 20, 70, 170 and 270 ms after it was asked, and from then on twice a second only. Pages here answer
within a second: most of what it would wait is for nothing.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playwright.sync_api import Locator, Page
from playwright.sync_api import expect as playwright_expect

SOON_MS, AT_LAST_MS = 1_000, 30_000
"""What is awaited comes within the first; within the second on a machine that does much else."""

_APPEARS = """([selector, gone]) => new Promise((resolve) => {
    const there = () => document.querySelector(selector) && !(gone && document.querySelector(gone));
    const found = () => there() && (resolve(true), true);
    if (found()) return;
    const observer = new MutationObserver(() => found() && (observer.disconnect(), clearTimeout(limit)));
    observer.observe(document, { subtree: true, childList: true, attributes: true });
    const limit = setTimeout(() => (observer.disconnect(), resolve(false)), %d);
})"""


def appears(page: Page, selector: str, gone: str = "") -> None:
    """Return at the moment when the document holds an element that this CSS selects, and none that is to be `gone`."""
    assert page.evaluate(_APPEARS % AT_LAST_MS, [selector, gone]), f"nothing appeared that is {selector}"


class expect:  # noqa: N801  (it stands where Playwright's stands)
    """Playwright's `expect`, but looking ten times a second for the first second, and bearing with two elements where
    one is expected: until a rerun ends, what is new stands beside what it replaces."""

    def __init__(self, actual: Page | Locator):
        self._actual = actual

    def __getattr__(self, name: str) -> Callable[..., None]:
        def check(*arguments: Any, timeout: float = AT_LAST_MS, **options: Any) -> None:
            expected = getattr(playwright_expect(self._actual), name)
            if timeout > SOON_MS:  # Playwright's steps are never above a fifth of the time it is given
                with suppress(AssertionError):
                    return expected(*arguments, timeout=SOON_MS, **options)
            end = time.monotonic() + timeout / 1000
            while True:
                try:
                    return expected(*arguments, timeout=timeout, **options)
                except AssertionError as error:
                    if "strict mode violation" not in str(error) or time.monotonic() > end:
                        raise
                    self._actual.page.wait_for_timeout(50)

        return check
