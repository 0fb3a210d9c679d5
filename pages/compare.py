"""Compare: the curves of several trainings, and what differs between them."""

from components.shared.app import page
from components.train.comparison import choose_runs, curves, differences

page.header(
    "Compare",
    "Choose trainings: same seed, other settings, and see what the difference makes.",
    "train/compare_help.md",
)
chosen = choose_runs()
if chosen:
    differences(chosen)
    curves(chosen)
