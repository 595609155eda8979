"""The training-job contract: folders, environment, script mode, artifacts."""
