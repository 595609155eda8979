"""Built-in training: one package for each algorithm, run as `python -m tunesmith.algorithms.NAME`."""
