"""How well anomalies are found, beside what needs no network: `python -m benchmarks.anomalies --data-dir DIR`."""
