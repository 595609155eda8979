"""Tune with some kinds of estimator, all the way."""

from kinds import builtin_tuner, script_estimator, script_tuner
from sagemaker.tuner import HyperparameterTuner


def tune(session, kinds, source, data, tables):
    """Tune with all of these kinds at the same time; give what came of each."""
    channel = session.upload_data(data, key_prefix="data")
    tuners = {}
    for kind in kinds:
        if kind == "built-in":
            tuners[kind], channels = builtin_tuner(session, tables)
            tuners[kind].fit(channels, wait=False)
        else:
            tuners[kind] = script_tuner(kind, script_estimator(kind, source))
            # Only the SDK's framework estimators say by themselves what they are.
            tuners[kind].fit({"train": channel}, wait=False, include_cls_metadata=kind == "Estimator")
    return {kind: results(tuner) for kind, tuner in tuners.items()}


def results(tuner):
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
