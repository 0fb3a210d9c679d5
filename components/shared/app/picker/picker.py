"""The model picker in the sidebar: the Python side of picker.js, and which model a page opens with."""

from collections.abc import Callable, Sequence

import streamlit as st

from components.shared.app import models, words
from components.shared.app.addresses import links, visits
from components.shared.app.assets import module_url, preview_url
from components.shared.app.live import declare
from components.shared.app.models import KEY
from components.shared.app.uncut import uncut
from vae_core import checkpoints, datasets
from vae_core.checkpoints import Checkpoint
from vae_core.objectives import OBJECTIVES, language_model

PREFERRED = ("mnist-vae-2d", "digits-vae-2d")
"""A link without a model opens the first of these that exists, else any."""
GROUPS = ("Shipped", "Yours", "Published here", "The class's")
"""Headings of models, in their order."""
COMPONENT_KEY = "model picker"

_component = declare("model_picker", "Model", "mp", "shared/app/picker/picker.css")


def picker(
    scope: str = "",
    suits: Callable[[Checkpoint], bool] = lambda checkpoint: True,
    usual: Sequence[str] = PREFERRED,
    group: Callable[[Checkpoint], str] = lambda checkpoint: "Models",
) -> None:
    """The model picker with its facts. `?checkpoint=NAME` selects a model; the choice outlasts a change of page.

    It lists the models that suit the page. A link may open another one; the page then explains what is missing. Pages
    of a `scope` keep a choice of their own, which leaves that of the others alone. As long as nobody has chosen, the
    first of `usual` is shown. `group` says below which heading a model stands.
    """
    found = models.found()
    if reason := checkpoints.obstacle():
        st.error(reason)
    if not found:
        st.info("There is no model here yet. `python -m vae_core train --out runs/first` trains one in seconds.")
        st.stop()
    visit = visits.current()
    if visit.model not in found:
        visit.scope = scope
        visit.model, visit.notice = _opened(found, scope, suits, [*usual, *PREFERRED])
    if visit.notice and not visit.complete:
        st.warning(visit.notice)
    linked, name = st.query_params.get(KEY), visit.model
    if linked is None:
        visits.put(KEY, name)
    elif linked != name:  # what else the address says is of the model before
        visits.write({each: st.query_params[each] for each in links.KEPT if each in st.query_params} | {KEY: name})
    listed = {name: found[name]} | models.listed()
    shown = [each for each in listed.values() if each.name == name or suits(each)]
    with st.sidebar:
        _component(
            data={"module": module_url("shared/app/picker/picker.js"), "chosen": name, "groups": _groups(shown, group)},
            key=COMPONENT_KEY,
            on_chosen_change=_choose,
        )
        _facts(found[name])


def _opened(
    found: dict[str, Checkpoint], scope: str, suits: Callable[[Checkpoint], bool], usual: Sequence[str]
) -> tuple[str, str]:
    """The model that a visit begins with, and what is to be said of the one that the link names."""
    known = [*visits.chosen(scope), *usual, *found]
    name = next((each for each in known if each in found and suits(found[each])), next(iter(found)))
    linked = st.query_params.get(KEY)
    if linked in found:
        # Back to a page that shows what nobody has chosen is no choice.
        if linked != name or not visits.current().led:
            visits.choose(scope, linked)
        return linked, ""
    if linked is None:
        return name, ""
    if reason := checkpoints.refusal(linked):
        return name, f"The model {words.quoted(linked)} cannot be opened, so you see another one: {reason}"
    there = "The list in the sidebar has them all."
    return name, f"There is no model called {words.quoted(linked)} here, so you see another one. {there}"


@uncut()
def _choose() -> None:
    """The user has chosen: before the page runs, for which the address still names the model before."""
    visit, name = visits.current(), st.session_state[COMPONENT_KEY]["chosen"]["value"]
    visit.model = name
    visits.choose(visit.scope, name)


def _groups(shown: Sequence[Checkpoint], group: Callable[[Checkpoint], str]) -> list[dict[str, object]]:
    """The models as picker.js needs them: each group by what its models draw."""
    groups: dict[str, list[dict[str, str]]] = {label: [] for label in GROUPS}
    for checkpoint in sorted(shown, key=_order):
        groups.setdefault(group(checkpoint), []).append(
            {
                "name": checkpoint.name,
                "title": words.title(checkpoint.train_config),
                "preview": preview_url(checkpoint),
            }
        )
    return [{"label": label, "models": listed} for label, listed in groups.items() if listed]


def _order(checkpoint: Checkpoint) -> tuple[str, int, str]:
    config = checkpoint.train_config
    return datasets.title(config.dataset), config.latent_dim, words.title(config)


def _facts(checkpoint: Checkpoint) -> None:
    measured, unit = checkpoint.metrics, words.unit(checkpoint.spec)
    training = checkpoint.config["training"]
    variational = checkpoint.train_config.model.variational
    per = words.prepared(checkpoint.train_config, unit)
    loss = f"−ELBO {words.number(-measured['elbo'])}" if variational else f"NLL {words.number(measured['nll'])}"
    ranked = OBJECTIVES.of(checkpoint.train_config.objective).build.ranked
    aim = "" if ranked else " This training does not aim at it: judge it by what it draws."
    alone = isinstance(checkpoint.train_config.objective, language_model.Config)
    note = "  \nIt has no z: every point decodes to the same." if alone else ""
    st.caption(
        f"`{checkpoint.name}` · {training['objective']['name']} · {training['network']['name']}  \n{loss} nats/{per}"
        f"{note}",
        help=f"The loss per held-out {unit}; lower is better. −ELBO = NLL (how far off the reconstruction is) + KL "
        f"(how much the code says about the {unit}).{aim}",
    )
