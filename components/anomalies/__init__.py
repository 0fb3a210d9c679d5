"""Anomalies: how strange the model finds each example, and where the line is drawn."""
