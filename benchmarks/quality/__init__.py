"""What models of this program reach, beside published figures: `python -m benchmarks.quality --data-dir DIR`."""
