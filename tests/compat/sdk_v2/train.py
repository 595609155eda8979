"""Train single jobs, read their logs, and stop a tuner: train.py SOURCE DATA. Prints what came of it, as JSON."""

import io
import json
import sys
from contextlib import redirect_stdout

import sagemaker
from kinds import script_estimator, script_tuner
from sagemaker.pytorch import PyTorch

SOURCE, DATA = sys.argv[1:]

session = sagemaker.Session()
channels = {"train": session.upload_data(DATA, key_prefix="train-data")}

slow = script_estimator("PyTorch", SOURCE, hyperparameters={"epochs": 1000, "pause": 0.1})
endless = script_tuner("PyTorch", slow)
endless.fit(channels, wait=False, job_name="v2-endless")

# A bare name of a role: the SDK asks IAM for it.
single = {"hyperparameters": {"epochs": 3, "lr": 0.5}, "role": "SageMakerRole"}
estimator = script_estimator("PyTorch", SOURCE, **single)
estimator.fit(channels, logs=False, job_name="v2-single")
with redirect_stdout(io.StringIO()) as log:
    estimator.logs()

endless.stop_tuning_job()
endless.wait()
print(
    json.dumps(
        {
            "log": log.getvalue(),
            "model": estimator.model_data,
            "attached": PyTorch.attach("v2-single").model_data,
            "role": estimator.role,
            "stopped": endless.describe()["HyperParameterTuningJobStatus"],
        }
    )
)
