"""Tune with every kind of estimator, all the way: tune.py SOURCE DATA TABLES. Prints what came of it, as JSON."""

import json
import sys

import sagemaker
from kinds import KINDS, builtin_tuner, script_estimator, script_tuner
from sagemaker.tuner import HyperparameterTuner

SOURCE, DATA, TABLES = sys.argv[1:]


def results(kind, tuner):
    """Wait for a tuner and look at it as its user would, also as one who only knows its name."""
    tuner.wait()
    attached = HyperparameterTuner.attach(tuner.latest_tuning_job.name)
    attached.wait()
    frame = attached.analytics().dataframe()
    best = attached.best_estimator()
    tuner.stop_tuning_job()  # it has ended: the SDK swallows the refusal
    return {
        "name": tuner.latest_tuning_job.name,
        "frame": frame.to_dict("records"),
        "best": tuner.best_training_job(),
        "best of attached": attached.best_training_job(),
        "class": type(best).__name__,
        "model": best.model_data,
        "hyperparameters": best.hyperparameters(),
        "described": attached.describe()["HyperParameterTuningJobStatus"],
    }


session = sagemaker.Session()
data = session.upload_data(DATA, key_prefix="data")
tuners = {kind: script_tuner(kind, script_estimator(kind, SOURCE)) for kind in KINDS}
for kind, tuner in tuners.items():
    # Only the SDK's framework estimators say by themselves what they are.
    tuner.fit({"train": data}, wait=False, include_cls_metadata=kind == "Estimator")
tuners["built-in"], channels = builtin_tuner(session, TABLES)
tuners["built-in"].fit(channels, wait=False)
told = {kind: results(kind, tuner) for kind, tuner in tuners.items()}
print(json.dumps({"bucket": session.default_bucket(), "kinds": told}, default=str))
