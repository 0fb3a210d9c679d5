"""What the page draws from a sampler by a seed, against the same numbers computed here."""

import json

import numpy as np
import torch
from safetensors.torch import save

from tests.browser.draws import drawn
from vae_core.posterior import Posterior
from vae_core.samplers import SAMPLERS, for_page

DRAW = """async ({ url, seeds, y }) => {
    const { Gaussians } = await import("/assets/shared/engine/gaussians.js");
    const { parseSafetensors } = await import("/assets/shared/engine/safetensors.js");
    const found = Gaussians.of(parseSafetensors(await (await fetch(url)).arrayBuffer()).tensors);
    return JSON.stringify(seeds.map((seed) => found.draw(seed, y)));
}"""


def test_the_page_draws_the_points_that_these_numbers_make(static_page, static_server, generator):
    mu, labels = torch.randn(90, 3, generator=generator), torch.arange(90) % 3
    mu[:, 1] += 2 * mu[:, 0]  # a factor that is not diagonal
    codes = Posterior(mu, torch.full_like(mu, -2.0))
    for entry in SAMPLERS:
        for classes, y, label in ((None, None, None), (labels, [0, 1, 0], 1)):
            found = for_page(entry.config(), codes, classes)
            with static_server.serving(save(found)) as url:
                seeds = [0, 1, 7, 999_999]
                points = json.loads(static_page.evaluate(DRAW, {"url": url, "seeds": seeds, "y": y}))
            expected = [drawn(found, seed, label if "y" in found else None) for seed in seeds]
            np.testing.assert_allclose(points, expected, rtol=1e-9, atol=1e-9, err_msg=entry.name)
