"""Gradient-boosted trees, with the hyperparameters, channels, metrics and log lines of SageMaker's built-in XGBoost."""
