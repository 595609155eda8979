"""Tune with SDK v3, look at it, and delete it: tune.py SOURCE S3-ADDRESS. Prints what came of it, as JSON."""

import json
import sys

from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter
from sagemaker.core.resources import HyperParameterTuningJob, TrainingJob
from sagemaker.core.training.configs import Compute, InputData, SourceCode
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

trainer = ModelTrainer(
    training_image="763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310",
    source_code=SourceCode(source_dir=sys.argv[1], entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    role="arn:aws:iam::000000000000:role/SageMakerRole",
    base_job_name="v3",
    hyperparameters={"epochs": 2},
)
tuner = HyperparameterTuner(
    model_trainer=trainer,
    objective_metric_name="loss",
    objective_type="Minimize",
    hyperparameter_ranges={
        "lr": ContinuousParameter(0.01, 10.0, scaling_type="Logarithmic"),
        "optimizer": CategoricalParameter(["adam", "sgd"]),
    },
    metric_definitions=[{"Name": "loss", "Regex": r"validation loss=([0-9.]+);"}],
    strategy="Random",
    max_jobs=3,
    max_parallel_jobs=2,
    base_tuning_job_name="v3-tune",
)
tuner.tune(inputs=[InputData(channel_name="train", data_source=sys.argv[2])], wait=True)
tuner.wait()
job = tuner.latest_tuning_job
name = job.hyper_parameter_tuning_job_name
frame = tuner.analytics().dataframe()
listed = [each.hyper_parameter_tuning_job_name for each in HyperParameterTuningJob.get_all()]
best = TrainingJob.get(tuner.best_training_job())
told = {
    "name": name,
    "frame": frame.to_dict("records"),
    "best": best.training_job_name,
    "model": best.model_artifacts.s3_model_artifacts,
    "listed": name in listed,
    "training jobs": [each.training_job_name for each in job.get_all_training_jobs()],
    "status": tuner.describe().hyper_parameter_tuning_job_status,
}
job.delete()
told["listed after deletion"] = name in [
    each.hyper_parameter_tuning_job_name for each in HyperParameterTuningJob.get_all()
]
print(json.dumps(told, default=str))
