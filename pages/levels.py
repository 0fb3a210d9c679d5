"""Levels: one long level from a walk through latent space."""

from components.levels.levels import levels, offer_suiting, show_link
from components.levels.making import suits
from components.shared.app import models, page

page.header("Levels", "Walk through latent space: every step adds a window to the level.", "levels/help.md")
checkpoint = models.current()
if suits(checkpoint):
    show_link(levels(checkpoint))
else:
    offer_suiting(checkpoint)
