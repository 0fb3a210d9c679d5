"""What a first visitor downloads before there is a picture, and what comes after it."""

from tests.browser.waiting import appears

PATIENCE = 60 * 50_000
"""Bytes that come in a minute over a line of 50 kB/s (`python -m benchmarks.slow_line`)."""
PICTURE = 'canvas[data-testid="decoded-image"][data-frames]'


def test_the_first_picture_needs_no_more_than_a_minute_of_a_slow_line(chromium, app_url):
    """It follows the finger before the encoder and the encoded examples are there: those are held back here."""
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    sizes, addresses, held, released = {}, {}, [], []
    client.on(
        "Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]})
    )
    client.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    for what in ("latents", "encoders"):
        page.route(f"**/assets/{what}/**", lambda route: route.continue_() if released else held.append(route))
    page.goto(app_url, wait_until="commit")
    appears(page, PICTURE)
    before = page.locator(PICTURE).get_attribute("data-z")
    page.locator('input[type="range"][data-testid="latent-slider"]').first.press("ArrowRight")
    appears(page, f"{PICTURE}:not([data-z='{before}'])")
    largest = sorted(((size, addresses[id][-60:]) for id, size in sizes.items()), reverse=True)[:5]
    assert 1_500_000 < sum(sizes.values()) < PATIENCE, largest
    assert page.get_by_test_id("honesty").inner_text().strip() == ""
    released.append(True)
    for route in held:
        route.continue_()
    page.wait_for_function("document.querySelector('[data-testid=honesty]').textContent.trim()")
    context.close()
