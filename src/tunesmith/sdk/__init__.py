"""The edge for Python code: maximize, minimize, suggest, Tuner."""
