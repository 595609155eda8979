"""Train with SDK v3 and follow the log: train.py SOURCE DATA, a local folder."""

import logging
import sys

from sagemaker.core.training.configs import Compute, InputData, SourceCode
from sagemaker.train import ModelTrainer

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
trainer = ModelTrainer(
    training_image="763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.2-cpu-py310",
    source_code=SourceCode(source_dir=sys.argv[1], entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1),
    role="arn:aws:iam::000000000000:role/SageMakerRole",
    base_job_name="v3-train",
    hyperparameters={"epochs": 3, "lr": 0.5, "optimizer": "sgd"},
)
trainer.train(
    input_data_config=[InputData(channel_name="train", data_source=sys.argv[2])], wait=True, logs=True
)
print("model:", trainer._latest_training_job.model_artifacts.s3_model_artifacts)
