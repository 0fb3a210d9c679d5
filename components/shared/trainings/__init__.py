"""What Train and Compare show of trainings: their films and curves, what changed while they ran, the lessons."""
