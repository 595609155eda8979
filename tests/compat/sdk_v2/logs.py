"""Train one job and follow its logs: logs.py SOURCE DATA."""

import sys

import sagemaker
from kinds import script_estimator

session = sagemaker.Session()
estimator = script_estimator("PyTorch", sys.argv[1], hyperparameters={"epochs": 3, "lr": 0.5})
estimator.fit({"train": session.upload_data(sys.argv[2], key_prefix="logs")}, logs="All")
print("model:", estimator.model_data)
