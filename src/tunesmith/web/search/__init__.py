"""Searching training jobs by an expression such as `objective < 0.2 and learning_rate > 0.01`."""
