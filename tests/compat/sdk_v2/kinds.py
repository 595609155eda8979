"""A tuner of each kind of estimator, made as SageMaker's users make them."""

from sagemaker import image_uris
from sagemaker.estimator import Estimator
from sagemaker.huggingface import HuggingFace
from sagemaker.inputs import TrainingInput
from sagemaker.pytorch import PyTorch
from sagemaker.sklearn import SKLearn
from sagemaker.tuner import CategoricalParameter, ContinuousParameter, HyperparameterTuner, IntegerParameter
from sagemaker.xgboost import XGBoost

ROLE = "arn:aws:iam::000000000000:role/SageMakerRole"
OWN_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:latest"
KINDS = {
    "PyTorch": (PyTorch, {"framework_version": "2.2", "py_version": "py310"}),
    "SKLearn": (SKLearn, {"framework_version": "1.2-1"}),
    "XGBoost": (XGBoost, {"framework_version": "1.7-1"}),
    "HuggingFace": (
        HuggingFace,
        {
            "transformers_version": "4.28",
            "pytorch_version": "2.0",
            "py_version": "py310",
            "instance_type": "ml.g5.xlarge",
        },
    ),
    "Estimator": (Estimator, {"image_uri": OWN_IMAGE}),
}


def script_estimator(kind, source, **options):
    make, own = KINDS[kind]
    given = {"instance_type": "ml.m5.large", "role": ROLE, "hyperparameters": {"epochs": 2}, **own, **options}
    return make(entry_point="train.py", source_dir=source, instance_count=1, **given)


def script_tuner(kind, estimator, max_jobs=2):
    return HyperparameterTuner(
        estimator,
        objective_metric_name="loss",
        objective_type="Minimize",
        hyperparameter_ranges={
            "lr": ContinuousParameter(0.01, 10.0, scaling_type="Logarithmic"),
            "optimizer": CategoricalParameter(["adam", "sgd"]),
        },
        metric_definitions=[{"Name": "loss", "Regex": r"validation loss=([0-9.]+);"}],
        strategy="Random",
        max_jobs=max_jobs,
        max_parallel_jobs=2,
        base_tuning_job_name=f"v2-{kind.lower()}",
    )


def builtin_tuner(session, tables):
    """Give a tuner of the built-in XGBoost, and its channels: the folders train and validation of `tables`."""
    channels = {
        name: TrainingInput(
            session.upload_data(f"{tables}/{name}", key_prefix=f"tables/{name}"), content_type="text/csv"
        )
        for name in ("train", "validation")
    }
    estimator = Estimator(
        image_uris.retrieve("xgboost", session.boto_region_name, version="1.7-1"),
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        output_path=f"s3://{session.default_bucket()}/models",
        sagemaker_session=session,
        hyperparameters={"num_round": 10, "objective": "binary:logistic"},
    )
    tuner = HyperparameterTuner(
        estimator,
        "validation:auc",
        {"eta": ContinuousParameter(0.01, 1.0), "max_depth": IntegerParameter(1, 8)},
        max_jobs=4,
        max_parallel_jobs=2,
        base_tuning_job_name="v2-builtin",
    )
    return tuner, channels
