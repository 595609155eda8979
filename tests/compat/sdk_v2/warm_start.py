"""Tune, and tune again with what was learnt, by the ways that the SDK has for it."""

import json
import sys

import sagemaker
from kinds import script_estimator, script_tuner
from sagemaker.tuner import HyperparameterTuner, WarmStartConfig, WarmStartTypes


def described(tuner, channel, name):
    """Run a tuner to its end."""
    tuner.fit({"train": channel}, job_name=name, wait=False)
    tuner.wait()
    return tuner.describe()


def refusal(tuner, channel, name):
    """The message with which a tuner is refused."""
    try:
        tuner.fit({"train": channel}, job_name=name, wait=False)
    except Exception as error:  # noqa: BLE001 - its text is what is looked at
        return str(error)
    return "it was not refused"


def main(source, data, prefix):
    session = sagemaker.Session()
    channel = session.upload_data(data, key_prefix="warm-start")
    first = script_tuner("PyTorch", script_estimator("PyTorch", source))
    told = {"first": described(first, channel, f"{prefix}-first")}

    identical = first.identical_dataset_and_algorithm_tuner()
    identical.metric_definitions = first.metric_definitions  # which the SDK's helpers forget
    told["identical"] = described(identical, channel, f"{prefix}-identical")
    told["identical best"] = identical.best_training_job()

    other = script_estimator("PyTorch", source, framework_version="2.3", py_version="py311")
    transfer = first.transfer_learning_tuner(additional_parents={f"{prefix}-identical"}, estimator=other)
    transfer.metric_definitions = first.metric_definitions
    told["transfer"] = described(transfer, channel, f"{prefix}-transfer")
    attached = HyperparameterTuner.attach(f"{prefix}-transfer")
    told["attached"] = attached.warm_start_config.to_input_req()

    explicit = script_tuner("PyTorch", script_estimator("PyTorch", source))
    explicit.warm_start_config = WarmStartConfig(WarmStartTypes.TRANSFER_LEARNING, {f"{prefix}-first"})
    told["explicit"] = described(explicit, channel, f"{prefix}-explicit")

    grown = script_tuner(
        "PyTorch", script_estimator("PyTorch", source, hyperparameters={"epochs": 2, "more": 1})
    )
    grown.warm_start_config = explicit.warm_start_config
    told["refusal"] = refusal(grown, channel, f"{prefix}-grown")
    print(json.dumps(told, default=str))


main(*sys.argv[1:])
