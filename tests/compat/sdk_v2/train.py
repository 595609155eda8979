"""Train a single job, and stop a tuner."""

import io
import time
from contextlib import redirect_stdout

from kinds import script_estimator, script_tuner
from sagemaker.pytorch import PyTorch


def train(session, source, data):
    """Train a single job and read its log."""
    # A bare name of a role: the SDK asks IAM for it.
    options = {"hyperparameters": {"epochs": 3, "lr": 0.5}, "role": "SageMakerRole"}
    estimator = script_estimator("PyTorch", source, **options)
    channels = {"train": session.upload_data(data, key_prefix="single")}
    estimator.fit(channels, logs=False, job_name="v2-single")
    with redirect_stdout(io.StringIO()) as log:
        estimator.logs()
    attached = PyTorch.attach("v2-single")
    return {"log": log.getvalue(), "model": estimator.model_data, "model of attached": attached.model_data}


def stop(session, source, data):
    """Stop a tuner that would tune for hours."""
    slow = script_estimator("PyTorch", source, hyperparameters={"epochs": 10_000, "pause": 0.1})
    tuner = script_tuner("PyTorch", slow)
    tuner.fit({"train": session.upload_data(data, key_prefix="endless")}, wait=False, job_name="v2-endless")
    while not tuner.describe()["TrainingJobStatusCounters"]["InProgress"]:
        time.sleep(0.1)
    tuner.stop_tuning_job()
    tuner.wait()
    return tuner.describe()["HyperParameterTuningJobStatus"]
