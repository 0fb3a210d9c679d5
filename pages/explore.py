"""Explore: drag a latent slider, and the picture follows the finger."""

from components.explore.explorer import explorer
from components.shared.app import models, page, samplers
from components.shared.app.addresses import links

page.header("Explore", "Drag a slider: each one is a direction that the model discovered by itself.", "explore/help.md")
checkpoint = models.current()
beside = models.compared(checkpoint)
settled = explorer(checkpoint, beside, links.point(checkpoint, models.n_examples(checkpoint)))
if settled:
    links.show(links.View(**settled), samplers.parameters(checkpoint))
