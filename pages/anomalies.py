"""Anomalies: how strange the model finds each example, and where the line is drawn."""

from components.anomalies import links as anomalies_links
from components.anomalies.anomalies import anomalies, offer_training
from components.shared.app import models, page, words
from components.shared.app.addresses import links

checkpoint = models.current()
page.header(
    "Anomalies",
    f"Drag the line: every {words.unit(checkpoint.spec)} that scores above it is flagged.",
    "anomalies/help.md",
)
view, _ = links.offered(checkpoint, models.n_examples(checkpoint))
settled = anomalies(checkpoint, view, anomalies_links.view(checkpoint))
if settled:
    links.show(settled[0], anomalies_links.parameters(settled[1]))
offer_training()
