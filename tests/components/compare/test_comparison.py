"""Compare: which settings are said to differ, and what the table says of each run."""

from dataclasses import replace

import pytest

from components.compare.compared import Run, run_of
from components.compare.comparison import row
from components.compare.settings import different, labels, settings
from components.shared.app import forms
from vae_core.config import options
from vae_core.datasets import folder, tiles
from vae_core.networks import conv, mlp
from vae_core.objectives import OBJECTIVES, autoencoder
from vae_core.training import PARTS, TrainConfig


def beta_vae(**values) -> TrainConfig:
    return TrainConfig(objective=OBJECTIVES["beta_vae"].config(**values), seed=1)


def rows(**configs: TrainConfig) -> dict[str, list[str]]:
    found = different(configs)
    return {labels(found)[id]: list(row.values()) for id, row in found.items()}


def test_only_what_differs_is_listed():
    assert rows(a=TrainConfig(), b=TrainConfig(latent_dim=3, seed=1)) == {"Latent size": ["2", "3"], "Seed": ["0", "1"]}
    assert rows(a=TrainConfig(), b=TrainConfig()) == {}
    assert rows(a=TrainConfig()) == {}


def test_what_is_off_is_no_difference_to_a_training_that_cannot_have_it():
    found = rows(plain=TrainConfig(), weighted=beta_vae())
    assert found["Objective"] == ["VAE", "β-VAE"]
    assert found["β"] == ["–", "4"]
    assert not found.keys() & {"Warm-up epochs", "Free bits", "Capacity", "Capacity epochs"}


def test_what_is_on_in_one_is_listed_with_the_others_value():
    assert rows(a=beta_vae(), b=beta_vae(capacity=25.0)) == {"Capacity": ["0", "25"]}
    assert rows(a=TrainConfig(seed=1), b=beta_vae(free_bits=0.5))["Free bits"] == ["–", "0.5"]
    assert rows(a=TrainConfig(seed=1), b=beta_vae(beta=0.0))["β"] == ["–", "0"]


def test_two_settings_of_one_name_are_told_apart():
    configs = {"a": TrainConfig(network=mlp.Config()), "b": TrainConfig(network=conv.Config())}
    found = rows(**configs)
    assert found["Network"] == ["Fully connected", "Convolutional"]
    assert found["Activation (activation)"] == ["ReLU", "–"]
    assert found["Activation (conv activation)"] == ["–", "ReLU"]
    assert len(found) == len(different(configs))


def test_no_name_of_an_option_or_a_part_reaches_the_page_raw():
    configs = {
        "": TrainConfig,
        **{name: entry.config for registry in PARTS.values() for name, entry in _parts(registry)},
    }
    raw = {item.name for config in configs.values() for item in options(config) if "_" in item.name}
    assert raw and not [name for name in raw if "_" in forms.label(name)]
    choices = {choice for config in configs.values() for item in options(config) for choice in item.choices or ()}
    assert not [choice for choice in choices if "_" in forms.shown(choice)]
    assert not [entry.title for registry in PARTS.values() for entry in registry if "_" in entry.title]


def _parts(registry):
    return [(entry.name, entry) for entry in registry]


@pytest.mark.parametrize(
    ("dataset", "setting", "said"),
    [
        (folder.Config(path="/srv/runs/.uploads/3f2a/holiday.zip"), "dataset.path", "holiday"),
        (tiles.Config(level_path="/srv/runs/.uploads/3f2a/my-levels"), "dataset.level_path", "my-levels"),
    ],
)
def test_no_path_of_the_server_is_told(dataset, setting, said):
    found = settings(TrainConfig(dataset=dataset))
    assert found[setting] == said
    assert "/" not in "".join(found.values())


def test_an_autoencoder_has_an_nll_and_nothing_that_needs_a_kl(trained):
    run = Run("plain", replace(trained.config, objective=autoencoder.Config()), trained.history)
    found = row(run, {})
    assert float(found["NLL, nats/image"]) > 0
    missing = ("−ELBO, nats/image", "KL, nats/image", "Dimensions in use")
    assert [found[name] for name in missing] == ["–"] * 3
    assert "–" not in row(replace(run, config=trained.config), {}).values()


def test_a_run_that_has_not_begun_has_no_numbers():
    found = row(Run("waits", TrainConfig(), []), {})
    assert set(found.values()) == {"waits", "brought here, 0 epochs", "–"}


def test_a_shipped_model_is_compared_like_a_training():
    run = run_of("mnist-ae-2d")
    assert run is not None and not run.active
    assert row(run, {})["State"] == "shipped, 40 epochs"
    assert row(run, {})["NLL, nats/image"] != "–" and row(run, {})["KL, nats/image"] == "–"
    assert run_of("no such") is None
