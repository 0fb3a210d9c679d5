"""What to do with a training that has ended: explore, download or publish it, and ask what it teaches."""

import math
import re
from dataclasses import replace

import streamlit as st

from components.shared.app import models, words
from components.shared.app.buttons import button
from components.shared.app.once import once
from components.shared.app.uncut import uncut
from components.shared.people import visitors
from components.train.lessons import start
from vae_core import checkpoints, jobs
from vae_core.checkpoints import Checkpoint, archive, published
from vae_core.data import Data
from vae_core.datasets import DATASETS, default_data_dir, kind_name
from vae_core.errors import UserError
from vae_core.jobs import Job
from vae_core.keeping import inventory, room
from vae_core.latent.geometry import INACTIVE_KL
from vae_core.networks._writing import SymbolWriter
from vae_core.objectives import language_model
from vae_core.training import TrainConfig, doctor

QUESTIONS = {"health": "Is it healthy?", "beta": "The same β in other programs"}
ENDED = ("stopped", "done")


def tools(job: Job) -> None:
    """Publication, a download and questions; nothing for a training without a complete epoch."""
    checkpoint = _checkpoint(job)
    if checkpoint is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if visitors.current().may(job.owner):
            with st.popover("Publish", icon=":material/publish:"):
                _publish(job, checkpoint)
        st.download_button(
            "Download (zip)",
            lambda: archive.pack(checkpoint),
            f"{job.name}.zip",
            "application/zip",
            key=f"download {job.name}",
            icon=":material/download:",
        )
    questions = [id for id in QUESTIONS if id != "beta" or checkpoint.train_config.model.variational]
    question = st.segmented_control(
        "Ask", questions, format_func=QUESTIONS.__getitem__, key=f"ask {job.name}", label_visibility="collapsed"
    )
    if question == "health":
        _health(job, checkpoint)
    elif question == "beta":
        _translation(job, checkpoint)


def rewards(job: Job, series: list[str]) -> None:
    """What a training is done for: to explore the model, and to compare it with those it was started with."""
    model = {"checkpoint": job.name}
    with st.container(horizontal=True, vertical_alignment="center"):
        if button("Explore it", icon=":material/tune:", type="primary", key=f"explore {job.name}"):
            with uncut():
                st.switch_page("explore.py", query_params=model)
        st.page_link("latent_map.py", label="Latent map", icon=":material/grid_view:", query_params=model)
        if _has_anomalies(job.config):
            icon = ":material/notification_important:"
            st.page_link("anomalies.py", label="Anomalies", icon=icon, query_params=model)
        if len(series) > 1:
            label, names = f"Compare all {len(series)}", {"runs": ",".join(series)}
            st.page_link("compare.py", label=label, icon=":material/stacked_line_chart:", query_params=names)


def _has_anomalies(config: TrainConfig) -> bool:
    """Whether it is of data in which one looks for anomalies: measurements, or one class learned alone."""
    return kind_name(type(config.dataset)) in ("series", "records") or getattr(config.dataset, "one_class", -1) >= 0


def _checkpoint(job: Job) -> Checkpoint | None:
    try:
        return job.checkpoint()
    except UserError as error:
        st.error(str(error))
        return None


def _publish(job: Job, checkpoint: Checkpoint) -> None:
    """Offer to copy the model to checkpoints/, for everyone who uses this app."""
    suggestion = re.sub(r"-\d{8}-\d{6}$", "", checkpoint.name) + "-model"
    name = st.text_input("Name of the published model", suggestion, key=f"publish name {checkpoint.name}")
    st.caption("Everyone who uses this app finds the copy among the models; “Your space” takes it back.")
    if button("Publish", key=f"publish {checkpoint.name}", type="primary"):
        try:
            with uncut():
                visitor = visitors.check(jobs.get(job.name).owner)
                room.make_room(visitor.starts_for, inventory.size(checkpoint.path))
                copied = published.publish(checkpoint, name, owner=visitor.starts_for)
            st.success(f"Published as {copied.name}.")
        except UserError as error:
            st.error(str(error))


@once
def _data(config: object) -> Data:
    return DATASETS.build(config, default_data_dir())


@once
def _diagnosis(path: str, digest: str, baseline: str | None, baseline_digest: str | None) -> doctor.Diagnosis:
    checkpoint = checkpoints.load(path)
    config = checkpoint.train_config
    other = None if baseline is None else models.loaded(checkpoints.load(baseline))
    return doctor.diagnose(models.loaded(checkpoint), _data(config.dataset).test, config, baseline=other)


def _language_model(checkpoint: Checkpoint) -> Checkpoint | None:
    """The best language model with the same network, trained on the same data."""
    config = checkpoint.train_config
    if isinstance(config.objective, language_model.Config):
        return None
    alike = (
        other
        for other in models.listed().values()
        if isinstance(other.train_config.objective, language_model.Config)
        and other.spec == checkpoint.spec
        and replace(other.train_config.network, **_undropped(config)) == config.network
    )
    return min(alike, key=lambda other: other.metrics["nll"], default=None)


def _undropped(config: TrainConfig) -> dict[str, float]:
    """Hidden words change the training and not the size of a network."""
    share = getattr(config.network, "word_dropout", None)
    return {} if share is None else {"word_dropout": share}


def _health(job: Job, checkpoint: Checkpoint) -> None:
    try:
        with st.spinner("Examining the model …"):
            other = _language_model(checkpoint)
            beside = (None, None) if other is None else (str(other.path), other.digest)
            found = _diagnosis(str(checkpoint.path), checkpoint.digest, *beside)
    except UserError as error:
        st.error(f"The model cannot be examined: {error}")
        return
    (st.success if found.healthy else st.warning)(found.verdict)
    total, spec = len(found.kl_per_dim), checkpoint.spec
    unit = words.unit(spec)
    per = words.prepared(checkpoint.train_config, unit)
    carried = f" {total - found.inactive} of {total} dimensions carry at least {INACTIVE_KL:g} nats/{per}."
    st.caption(
        f"On held-out {words.units(spec)} the NLL is {words.number(found.nll)} nats/{per} from {words.one(spec)}'s "
        f"own z, and {words.number(found.nll_shuffled)} from another's.{carried if total else ''}",
        help=f"If the NLL does not rise when every {unit} gets the z of another, the decoder does not listen to z.",
    )
    _compare_with_language_model(job, checkpoint, found)
    with st.container(horizontal=True):
        for remedy in found.remedies:
            st.button(
                f"Train again: {remedy.name}",
                key=f"remedy {remedy.id} {job.name}",
                help=remedy.reason,
                on_click=_train_again,
                args=(job, remedy),
            )


def _compare_with_language_model(job: Job, checkpoint: Checkpoint, found: doctor.Diagnosis) -> None:
    """Of a model that writes step by step: what its z carries, beside one that has none."""
    config, unit = checkpoint.train_config, words.unit(checkpoint.spec)
    if not isinstance(models.loaded(checkpoint).network.decoder, SymbolWriter) or not config.model.variational:
        return
    rows = [
        ("KL", f"{sum(found.kl_per_dim):.1f} nats/{unit}", "how far z goes from the prior"),
        (
            "I(x; z)",
            f"{found.mutual_information:.1f} nats/{unit}",
            f"what z tells about which {unit} it is; at most {found.most_information:.1f} of these {unit}s",
        ),
        (
            "active units",
            f"{found.active_units} of {len(found.kl_per_dim)}",
            f"dimensions whose mean varies by more than {found.active_above:g}",
        ),
        (
            "z shuffled",
            f"{words.number(found.nll_shuffled - found.nll, '+.1f')} nats/{unit}",
            f"what another {unit}'s z costs",
        ),
        ("−ELBO", f"{words.number(found.nll + sum(found.kl_per_dim))} nats/{unit}", "NLL + KL, a bound on −log p(x)"),
    ]
    if found.language_model is not None:
        rows.append(
            (
                "language model",
                f"{words.number(found.language_model)} nats/{unit}",
                "−log p(x) of one of this size without z",
            )
        )
    st.dataframe(
        [{"Measured": name, "Value": value, "What it says": meaning} for name, value, meaning in rows],
        hide_index=True,
    )
    if found.language_model is None:
        st.button(
            "Train a language model beside it",
            key=f"language model {job.name}",
            help="The same network without z: what the words before tell about the next one.",
            on_click=_train_beside,
            args=(job, config),
        )


@uncut()
def _train_beside(job: Job, config: TrainConfig) -> None:
    try:
        start({f"{job.name[:50]}-no-z": replace(config, objective=language_model.Config())})
    except UserError as error:
        st.toast(str(error))


@uncut()
def _train_again(job: Job, remedy: doctor.Remedy) -> None:
    try:
        start({f"{job.name[:50]}-{remedy.id}": remedy.config})
    except UserError as error:
        st.toast(str(error))


def _translation(job: Job, checkpoint: Checkpoint) -> None:
    """What this run's β would mean where the loss is written in other ways."""
    config, shape = checkpoint.train_config, checkpoint.spec.shape
    beta = job.live.get("beta", getattr(config.objective, "beta", 1.0))
    rows = doctor.conventions(beta, math.prod(shape), config.latent_dim, config.batch_size)
    st.caption(
        f"Other programs write the loss differently. With β = {beta:g}, {math.prod(shape):,} values, "
        f"{config.latent_dim} dimensions and a batch of {config.batch_size}, this β acts there like:"
    )
    st.dataframe(
        [
            {"If the loss is written as": row.loss, "that is": row.name, "effective β": f"{row.effective_beta:.4g}"}
            for row in rows
        ],
        hide_index=True,
    )
    st.caption("A β copied from a paper or a repository means nothing until the reductions agree.")
