"""The page in the browser: set up, watch, control and understand tuning jobs. Needs the extra `ui`."""
