"""The latency of a server, every five minutes."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from vae_core.data import Data
from vae_core.datasets import DATASETS
from vae_core.datasets._sources.nab import WindowOptions, load_nab


@dataclass(frozen=True)
class Config(WindowOptions):
    title: ClassVar[str] = "Server latency"
    kind: ClassVar[str] = "series"


@DATASETS.register("ec2_latency", Config)
def load(config: Config, data_dir: Path | None = None) -> Data:
    """The latency of a server in the cloud every five minutes; it fails at the end.

    4,033 steps in March 2014.
    From the Numenta Anomaly Benchmark: `nab/` in `data_dir`. UserError if the files are missing.
    """
    return load_nab("ec2_latency", "ec2_request_latency_system_failure", ("latency", ""), config, data_dir)
