"""Where to look next: one file for each search strategy."""
