"""Train one of five classifiers of tumours; prints its cross-validated accuracy."""

import argparse
import os
from pathlib import Path
from typing import Any

import joblib
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from xgboost import XGBClassifier


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, argument_default=argparse.SUPPRESS)
    parser.add_argument("--algorithm", choices=["xgboost", "lightgbm", "forest", "svm", "mlp"], required=True)
    for name in (
        "max_depth",
        "n_estimators",
        "num_leaves",
        "min_child_samples",
        "min_samples_leaf",
        "hidden",
    ):
        parser.add_argument(f"--{name}", type=int)
    for name in ("learning_rate", "subsample", "max_features", "gamma", "alpha", "learning_rate_init"):
        parser.add_argument(f"--{name}", type=float)
    parser.add_argument("-C", type=float)  # names of one letter get one hyphen
    parser.add_argument("--model-dir", type=Path, default=os.environ.get("SM_MODEL_DIR", "."))
    return parser.parse_args()


def make_model(algorithm: str, settings: dict[str, Any]) -> Any:
    """A classifier with these settings; those that need columns of one scale get them."""
    match algorithm:
        case "xgboost":
            return XGBClassifier(n_jobs=1, random_state=0, **settings)
        case "lightgbm":
            return LGBMClassifier(n_jobs=1, random_state=0, verbose=-1, **settings)
        case "forest":
            return RandomForestClassifier(random_state=0, **settings)
        case "svm":
            return make_pipeline(StandardScaler(), SVC(**settings))
        case _:
            hidden = (settings.pop("hidden", 100),)
            model = MLPClassifier(hidden, early_stopping=True, max_iter=200, random_state=0, **settings)
            return make_pipeline(StandardScaler(), model)


def main() -> None:
    settings = vars(parse_arguments())
    folder, algorithm = Path(settings.pop("model_dir")), settings.pop("algorithm")
    cells, labels = load_breast_cancer(return_X_y=True)
    model = make_model(algorithm, settings)
    folds = StratifiedKFold(n_splits=5, shuffle=True, random_state=0)  # the same for every configuration
    scores = cross_val_score(model, cells, labels, cv=folds)
    print(f"accuracy={scores.mean():.5f}")
    joblib.dump(model.fit(cells, labels), folder / "model.joblib")


if __name__ == "__main__":
    main()
