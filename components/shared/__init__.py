"""What more than one feature uses; nothing in here imports a feature."""
