"""What the live components send: a little with each run of the page, and the rest once."""

import json

from components.shared.app import assets, live
from tests.routes import ask
from vae_core import checkpoints
from vae_core.kinds import kind_of


def test_what_goes_with_symbols_has_an_address_of_its_own():
    checkpoint = checkpoints.load("mario-vae")
    sent = live.described(checkpoint)["kind"]
    assert "symbols" not in sent and len(json.dumps(sent)) < 300
    answer = ask(assets.routes, "GET", sent["details"])
    assert answer.json() == json.loads(json.dumps(dict(kind_of(checkpoint.spec).for_page(checkpoint.spec))))
    assert "immutable" in answer.headers["cache-control"]
    assert ask(assets.routes, "GET", sent["details"].replace(checkpoint.digest[:16], "0" * 16)).status_code == 404
