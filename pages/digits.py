"""Classes: one latent vector in every class of a conditional model, or the facts that a sentence is to state."""

from components.digits import digits as classes
from components.digits import facts
from components.digits import links as digits_links
from components.digits.measures import measures
from components.shared.app import models, page, samplers
from components.shared.app.addresses import links

checkpoint = models.current()
table = facts.facts_of(checkpoint)
page.header(classes.TITLE, facts.SENTENCE if table else classes.sentence(checkpoint), "digits/help.md")
if not checkpoint.train_config.conditional:
    classes.offer_conditional(checkpoint)
elif table:
    links.show(links.View(), facts.facts(checkpoint, table) | samplers.parameters(checkpoint))
else:
    view, written = links.point(checkpoint, models.n_examples(checkpoint)), digits_links.view(checkpoint)
    settled = classes.digits(checkpoint, view, written, classes.ask_for_style(checkpoint))
    measures(checkpoint)
    if settled:
        links.show(settled[0], digits_links.parameters(settled[1]) | samplers.parameters(checkpoint))
