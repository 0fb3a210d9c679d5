"""The model card of a checkpoint, as Markdown (after Mitchell et al. 2019)."""

from typing import Any

from vae_core import config as configs
from vae_core.data import DataSpec
from vae_core.datasets import DATASETS, protocol
from vae_core.kinds import units
from vae_core.likelihoods import LIKELIHOODS
from vae_core.networks import NETWORKS
from vae_core.numerals import numeral
from vae_core.objectives import OBJECTIVES, language_model
from vae_core.training import TrainConfig

FURTHER = {
    "rewriting_model_wanted": (
        "Written in the other class and taken for it by a classifier trained apart",
        "{rewriting_model_wanted:.1%} ({rewriting_copy_wanted:.1%} of copies, {rewriting_adjective_wanted:.1%} with an "
        "adjective in front; it is right on {rewriting_judge_accuracy:.1%} of real sentences)",
    ),
    "rewriting_model_kept": ("Content words kept in that", "{rewriting_model_kept:.1%}"),
    "rewriting_model_perplexity": (
        "Perplexity of that under a language model trained apart",
        "{rewriting_model_perplexity:.1f} ({rewriting_copy_perplexity:.1f} of copies, "
        "{rewriting_adjective_perplexity:.1f} with an adjective in front)",
    ),
    "facts_unseen_stated": (
        "Facts stated of those asked for, in combinations that it never learned",
        "{facts_unseen_stated:.1%} ({facts_chance_stated:.1%} by chance)",
    ),
    "auc_nll": (
        "Anomalies told from normal examples by their NLL: area under the ROC curve; average precision",
        "{auc_nll:.3f}; {average_precision_nll:.3f}",
    ),
}
"""Rows for measures that only some models have, by the metric that tells: what it is, and its value."""


def model_card(
    name: str,
    config: TrainConfig,
    spec: DataSpec,
    metrics: dict[str, Any],
    history: list[dict],
    *,
    n_test: int,
    n_train: int | None,
) -> str:
    """The model's parts, data, measurements and usage, as Markdown."""
    dataset = DATASETS.of(config.dataset)
    example = f"{protocol(config.dataset)} example".lstrip()
    rows = {
        "−ELBO": f"{numeral(-metrics['elbo'], '.2f')} nats per {example}",
        "NLL": f"{numeral(metrics['nll'], '.2f')} nats per {example}",
        "KL": f"{metrics['kl']:.2f} nats per {example}",
        "Active units": f"{metrics['active_units']} of {config.latent_dim}",
    }
    if not config.model.variational:
        del rows["−ELBO"], rows["KL"]  # a deterministic code has no KL, and NLL alone is no bound
    if "knn_accuracy" in metrics:
        rows["Class accuracy of 10 nearest neighbours in latent space"] = f"{metrics['knn_accuracy']:.1%}"
    if "mig" in metrics:
        rows["Mutual information gap, of posterior means"] = f"{metrics['mig']:.3f}"
    rows |= {said: form.format(**metrics) for key, (said, form) in FURTHER.items() if key in metrics}
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    parts = "\n".join(
        f"- {kind}: `{registry.of(part).name}`{_settings(part)}: {registry.of(part).caption}"
        for kind, registry, part in (
            ("Network", NETWORKS, config.network),
            ("Objective", OBJECTIVES, config.objective),
            ("Likelihood", LIKELIHOODS, config.likelihood),
        )
    )
    conditional = ", conditional on the class" if config.conditional else ""
    imports = "import torch\n\n" if config.conditional else ""
    y = f", y=torch.arange(16) % {len(spec.classes)}" if config.conditional else ""
    alone = isinstance(config.objective, language_model.Config)
    kind = "A language model, which makes nothing of z," if alone else "An autoencoder"
    seconds = sum(record["seconds"] for record in history)
    trained = "" if n_train is None else f"{n_train:,} examples for training, "
    return f"""# {name}

{kind} of `{dataset.name}` with {config.latent_dim} latent dimensions{conditional}, \
{metrics["parameters"]:,} parameters.

![Reconstructions of held-out examples](preview.png)

{parts}
- Data: {dataset.caption}{_settings(config.dataset, " With {}.")} {trained}{n_test:,} held out.
- Training: {len(history)} epochs in {seconds:.0f} s, batch size {config.batch_size}, learning rate {config.lr:g} \
({config.schedule}), seed {config.seed}.

## Measured on the held-out examples

| | |
|---|---|
{table}

## Use

```python
{imports}from vae_core import checkpoints

model = checkpoints.load("{name}").load_model()
{units(spec)} = model.sample(16{y})
```

For teaching and experiments. It reproduces any bias of its data and knows nothing beyond them.
"""


def _settings(part: Any, form: str = " with {}") -> str:
    """A part's options as `train` takes them: those that are not the usual ones, and β and the like in any case."""
    chosen = [
        (item, getattr(part, item.name))
        for item in configs.options(type(part))
        if not item.place and (item.live or getattr(part, item.name) != item.default)
    ]
    found = ", ".join(f"`{_typed(item, value)}`" for item, value in chosen)
    return form.format(found) if found else ""


def _typed(item: configs.Option, value: Any) -> str:
    if item.type is bool:
        return item.flag if value else f"--no-{item.flag.removeprefix('--')}"
    if item.type is tuple:
        return f"{item.flag} {' '.join(map(str, value))}"
    return f"{item.flag} {value:g}" if item.type is float else f"{item.flag} {value}"
