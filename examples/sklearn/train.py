"""Train a support vector classifier of handwritten digits; prints its cross-validated accuracy."""

import argparse
import os
from pathlib import Path

import joblib
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

SCALERS = {"none": "passthrough", "minmax": MinMaxScaler(), "standard": StandardScaler()}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-C", type=float, default=1.0)  # names of one letter get one hyphen
    parser.add_argument("--gamma", type=float, default=0.01)
    parser.add_argument("--scaler", choices=SCALERS, default="standard")
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR", "."))
    return parser.parse_args()


def make_model(arguments: argparse.Namespace) -> Pipeline:
    """The scaler is part of the model, so that each fold fits it on its own training rows only."""
    return make_pipeline(SCALERS[arguments.scaler], SVC(C=arguments.C, gamma=arguments.gamma))


def main() -> None:
    arguments = parse_arguments()
    images, labels = load_digits(return_X_y=True)
    model = make_model(arguments)
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)  # the same for every configuration
    scores = cross_val_score(model, images, labels, cv=folds)
    print(f"accuracy={scores.mean():.5f}")
    joblib.dump(model.fit(images, labels), arguments.model_dir / "model.joblib")


if __name__ == "__main__":
    main()
