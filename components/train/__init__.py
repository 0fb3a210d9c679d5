"""Train: start trainings and watch them."""
