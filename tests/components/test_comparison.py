"""Compare: which settings are said to differ."""

from components.train.comparison import different
from vae_core.objectives import OBJECTIVES
from vae_core.training import TrainConfig


def beta_vae(**values) -> TrainConfig:
    return TrainConfig(objective=OBJECTIVES["beta_vae"].config(**values), seed=1)


def rows(**configs: TrainConfig) -> dict[str, list[str]]:
    return {row.pop("setting"): list(row.values()) for row in different(configs)}


def test_only_what_differs_is_listed():
    assert rows(a=TrainConfig(), b=TrainConfig(latent_dim=3, seed=1)) == {"latent_dim": ["2", "3"], "seed": ["0", "1"]}
    assert rows(a=TrainConfig(), b=TrainConfig()) == {}
    assert rows(a=TrainConfig()) == {}


def test_what_is_off_is_no_difference_to_a_training_that_cannot_have_it():
    found = rows(plain=TrainConfig(), weighted=beta_vae())
    assert found["objective"] == ["vae", "beta_vae"]
    assert found["objective: beta"] == ["–", "4.0"]
    assert not found.keys() & {"objective: warmup_epochs", "objective: free_bits", "objective: capacity"}


def test_what_is_on_in_one_is_listed_with_the_others_value():
    assert rows(a=beta_vae(), b=beta_vae(capacity=25.0)) == {"objective: capacity": ["0.0", "25.0"]}
    assert rows(a=TrainConfig(seed=1), b=beta_vae(free_bits=0.5))["objective: free_bits"] == ["–", "0.5"]
    assert rows(a=TrainConfig(seed=1), b=beta_vae(beta=0.0))["objective: beta"] == ["–", "0.0"]
