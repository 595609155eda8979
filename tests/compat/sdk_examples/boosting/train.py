"""Train boosted trees, with a module beside it and packages to install; the style is that of SageMaker's examples."""

import argparse
import json
import logging
import os
import sys

import lightgbm as lgb
import numpy as np
from metrics import rmse

try:
    from sagemaker_containers.beta.framework import worker
except ImportError:
    worker = None

logger = logging.getLogger(__name__)
logger.setLevel(logging.DEBUG)
logger.addHandler(logging.StreamHandler(sys.stdout))


def parse_args():
    parser = argparse.ArgumentParser()

    # Data, model, and output directories
    parser.add_argument("--output-data-dir", type=str, default=os.environ.get("SM_OUTPUT_DATA_DIR"))
    parser.add_argument("--model-dir", type=str, default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", type=str, default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--hosts", type=list, default=json.loads(os.environ["SM_HOSTS"]))
    parser.add_argument("--current-host", type=str, default=os.environ["SM_CURRENT_HOST"])
    parser.add_argument("--num-gpus", type=int, default=os.environ["SM_NUM_GPUS"])

    # Hyperparameters
    parser.add_argument("--num-round", type=int, default=10)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--num-leaves", type=int, default=31)
    parser.add_argument("--objective", type=str, default="regression")
    return parser.parse_known_args()


def load(folder):
    table = np.loadtxt(os.path.join(folder, "part.csv"), delimiter=",")
    return table[:, 1:], table[:, 0]


def main():
    args, unknown = parse_args()
    if unknown:
        logger.warning("Unknown arguments: %s", unknown)
    if len(args.hosts) > 1 or args.current_host not in args.hosts:
        sys.exit("This script runs on one host")

    features, labels = load(args.train)
    params = {
        "learning_rate": args.learning_rate,
        "num_leaves": args.num_leaves,
        "objective": args.objective,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 0,
    }
    booster = lgb.train(params, lgb.Dataset(features, labels), num_boost_round=args.num_round)

    features, labels = load(args.validation)
    error = rmse(labels, booster.predict(features))
    logger.info("Validation RMSE: %s;", error)
    with open(os.path.join(args.output_data_dir, "metrics.json"), "w") as file:
        json.dump({"rmse": error}, file)
    booster.save_model(os.path.join(args.model_dir, "model.txt"))


if __name__ == "__main__":
    main()
