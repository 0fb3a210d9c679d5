"""Compare: the curves of several trainings, and what differs between them."""

from components import page
from components.comparison import choose_runs, curves, differences

page.header("Compare", "Choose trainings: same seed, other settings, and see what the difference makes.")
chosen = choose_runs()
if chosen:
    differences(chosen)
    curves(chosen)
