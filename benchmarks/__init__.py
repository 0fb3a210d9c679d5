"""What the project claims, as commands that print it: `python -m benchmarks.NAME`."""
