"""Compare: models and trainings side by side."""
