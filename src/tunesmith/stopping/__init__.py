"""What to give up: one file for each early-stopping rule."""
