"""Explore: drag a latent slider, and the picture follows the finger."""

from components import links, models, page
from components.explorer import explorer

page.header("Explore", "Drag a slider: each one is a direction that the model discovered by itself.")
checkpoint = models.current()
beside = models.compared(checkpoint)
settled = explorer(checkpoint, beside, links.view(checkpoint, models.n_examples(checkpoint)))
if settled:
    links.show(links.View(**settled))
