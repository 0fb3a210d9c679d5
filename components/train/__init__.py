"""Train and Compare: start trainings, watch them, compare them."""
