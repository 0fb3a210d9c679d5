"""The temperature in an office, every hour."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.nab import WindowOptions, load_nab


@dataclass(frozen=True)
class Config(WindowOptions):
    title: ClassVar[str] = "Office temperature"
    kind: ClassVar[str] = "series"


@DATASETS.register("ambient_temperature", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """The temperature in an office every hour for eleven months; its system fails twice.

    7,888 steps from July 2013 to May 2014, of which 621 are interpolated.
    From the Numenta Anomaly Benchmark: `nab/` in `data_dir`. UserError if the files are missing.
    """
    return load_nab(
        "ambient_temperature", "ambient_temperature_system_failure", ("temperature", "°F"), config, data_dir
    )
