"""The pages, one a file. Each has a function `add(site)` that registers it."""
