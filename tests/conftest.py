"""What several test files share: the digits, and a small model trained on them once."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from vae_core import checkpoints, computing
from vae_core.data import Data, Split
from vae_core.datasets import DATASETS
from vae_core.model import Model
from vae_core.networks import mlp
from vae_core.training import TrainConfig
from vae_core.training import train as training


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """One thread: the models here are tiny, a second one costs more than it computes. Before each test, because a
    resumed training takes the number that it began with, and numba that of the cores, for all that runs after it."""
    torch.set_num_threads(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    computing.pause_the_collector()


def pytest_collection_finish() -> None:
    """What was imported for the tests, and the five thousand of them, is never garbage."""
    computing.spare_the_collector()


@dataclass(frozen=True)
class Trained:
    config: TrainConfig
    model: Model
    history: list[dict[str, Any]]


@pytest.fixture(scope="session")
def digits() -> Data:
    return DATASETS.build(DATASETS["digits"].config())


@pytest.fixture(scope="session")
def unlabelled(digits: Data) -> Data:
    """The digits without their classes."""
    train, test = (Split(split.x, torch.zeros_like(split.y)) for split in (digits.train, digits.test))
    return Data(replace(digits.spec, classes=()), train, test)


@pytest.fixture(scope="session")
def trained(digits: Data) -> Trained:
    """A 3-D VAE of the digits after two epochs. It is shared: copy its model before changing it."""
    config = TrainConfig(network=mlp.Config(hidden=(32,)), latent_dim=3, epochs=2, lr=3e-3)
    records = list(training(config, digits))
    return Trained(config, records[-1].state.model.eval(), [record.to_json() for record in records])


@pytest.fixture(scope="session")
def _saved(trained: Trained, digits: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "tiny"
    checkpoints.save(folder, trained.model, trained.config, digits, trained.history)
    return folder


@pytest.fixture
def folder(_saved: Path, tmp_path: Path) -> Path:
    """The checkpoint folder of `trained`, named tiny, alone in its root; the test's own to break."""
    return Path(shutil.copytree(_saved, tmp_path / "root" / "tiny"))


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
