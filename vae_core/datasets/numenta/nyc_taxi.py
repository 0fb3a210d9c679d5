"""Taxi rides in New York City, every half hour."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.nab import WindowOptions, load_nab


@dataclass(frozen=True)
class Config(WindowOptions):
    title: ClassVar[str] = "Taxi rides in New York"
    kind: ClassVar[str] = "series"


@DATASETS.register("nyc_taxi", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """Taxi rides in New York City each half hour of 2014; five anomalies, such as a marathon and a storm.

    10,320 steps from July 2014 to January 2015.
    From the Numenta Anomaly Benchmark: `nab/` in `data_dir`. UserError if the files are missing.
    """
    return load_nab("nyc_taxi", "nyc_taxi", ("rides", "per half hour"), config, data_dir)
