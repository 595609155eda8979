"""Tune two estimators in one tuning job, as users of the SDK do."""

import json
import sys

import sagemaker
from kinds import script_estimator
from sagemaker.tuner import CategoricalParameter, ContinuousParameter, HyperparameterTuner

METRIC = [{"Name": "loss", "Regex": r"validation loss=([0-9.]+);"}]


def main(source, data, name):
    session = sagemaker.Session()
    channel = session.upload_data(data, key_prefix="several")
    names = {"torch": "PyTorch", "sklearn": "SKLearn"}
    optimizers = CategoricalParameter(["adam", "sgd"])
    ranges = {
        "torch": {"lr": ContinuousParameter(0.01, 10.0, scaling_type="Logarithmic"), "optimizer": optimizers},
        "sklearn": {"lr": ContinuousParameter(1.0, 3.0)},
    }
    tuner = HyperparameterTuner.create(
        estimator_dict={key: script_estimator(kind, source) for key, kind in names.items()},
        objective_metric_name_dict=dict.fromkeys(names, "loss"),
        hyperparameter_ranges_dict=ranges,
        metric_definitions_dict=dict.fromkeys(names, METRIC),
        objective_type="Minimize",
        strategy="Random",
        max_jobs=6,
        max_parallel_jobs=2,
    )
    tuner.fit({key: {"train": channel} for key in names}, job_name=name, include_cls_metadata={}, wait=False)
    tuner.wait()
    attached = HyperparameterTuner.attach(name)
    told = {
        "described": tuner.describe(),
        "best": tuner.best_training_job(),
        "estimator": type(tuner.best_estimator()).__name__,
        "attached": sorted(attached.estimator_dict),
        "table": json.loads(tuner.analytics().dataframe().to_json(orient="records")),
        "ranges": sorted(tuner.analytics().tuning_ranges),
    }
    print(json.dumps(told, default=str))


main(*sys.argv[1:])
