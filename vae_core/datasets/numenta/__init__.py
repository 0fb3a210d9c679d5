"""Real series of the Numenta Anomaly Benchmark (Lavin & Ahmad 2015), a file each."""

from vae_core.datasets.numenta import ambient_temperature, ec2_latency, nyc_taxi

__all__ = ["ambient_temperature", "ec2_latency", "nyc_taxi"]
