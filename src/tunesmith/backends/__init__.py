"""Where training runs: one file for each kind of place."""
