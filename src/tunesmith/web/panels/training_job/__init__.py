"""The parts of a training job's page."""
