"""Training: `train(config, data)` is a generator that yields a record per epoch."""

from vae_core.training.config import PARTS, TrainConfig, learning_rate, steered
from vae_core.training.loop import Controls, EpochRecord, train
from vae_core.training.state import TrainingState

__all__ = ["PARTS", "Controls", "EpochRecord", "TrainConfig", "TrainingState", "learning_rate", "steered", "train"]
