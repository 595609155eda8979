"""Setting up a tuning job step by step: everything but its looks. Nothing here knows of the browser."""
