"""Train: `python -m tunesmith.algorithms.xgboost`, in the surroundings of a training job."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

from tunesmith.algorithms import tables
from tunesmith.algorithms.container import AlgorithmError, Container
from tunesmith.algorithms.xgboost.hyperparameters import Hyperparameters, parse
from tunesmith.algorithms.xgboost.metrics import CLASSIFICATION, REGRESSION, classes

if TYPE_CHECKING:
    import numpy as np
    import xgboost
    from numpy.typing import NDArray

MODEL = "xgboost-model"


def main() -> int:
    """Train and save the model; the exit code is 0, or 1 for what the user has to mend."""
    container = Container.current()
    try:
        train(container)
    except AlgorithmError as error:
        print(f"UserError: {error}", file=sys.stderr)  # noqa: T201 - this is a program
        container.fail(f"UserError: {error}")
        return 1
    return 0


def train(container: Container) -> None:
    """Train on the channel `train`, watch the channel `validation`, and save the model. Raises AlgorithmError."""
    try:
        import xgboost  # noqa: PLC0415 - it may not be there
    except ImportError as error:
        msg = "the built-in XGBoost needs the package xgboost: pip install 'tunesmith[xgboost]'"
        raise AlgorithmError(msg) from error
    wanted = parse(container.hyperparameters)
    watched = _matrices(container, wanted)
    parameters = {"nthread": int(os.environ.get("SM_NUM_CPUS", "1")), **wanted.booster}
    if wanted.metrics:
        parameters["eval_metric"] = list(wanted.metrics)
    elif wanted.own_metrics:
        parameters["disable_default_eval_metric"] = True
    lines = _lines(xgboost)
    try:
        booster = xgboost.train(
            parameters,
            watched[0][0],
            num_boost_round=wanted.rounds,
            evals=watched,
            custom_metric=_own_metrics(wanted) if wanted.own_metrics else None,
            maximize=_is_maximised(wanted) if wanted.early_stopping_rounds else None,
            early_stopping_rounds=wanted.early_stopping_rounds,
            callbacks=[lines],
            verbose_eval=False,
        )
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise AlgorithmError(_reason(error)) from error
    container.model.mkdir(parents=True, exist_ok=True)
    (container.model / MODEL).write_bytes(booster.save_raw("json"))


def _reason(error: Exception) -> str:
    """The part of an XGBoost error that means something to its user: no stack trace, no place in its source."""
    first = str(error).partition("Stack trace")[0].strip()
    return re.sub(r"^\[[\d:]+\] \S+: ", "", first)


def _matrices(container: Container, wanted: Hyperparameters) -> list[tuple[xgboost.DMatrix, str]]:
    """The data of the channels, with the names that the log gives them."""
    import xgboost  # noqa: PLC0415 - as above

    read = {}
    for name in ("train", "validation"):
        folder = container.channel(name)
        if folder is not None:
            read[name] = tables.read(folder, container.content_type(name), weighted=wanted.weighted)
    if "train" not in read:
        msg = "the channel 'train' is required"
        raise AlgorithmError(msg)
    width = max(table.features.shape[1] for table in read.values())
    wide = {name: tables.widened(table, width) for name, table in read.items()}
    return [(xgboost.DMatrix(t.features, label=t.labels, weight=t.weights), name) for name, t in wide.items()]


def _own_metrics(wanted: Hyperparameters) -> Any:
    """XGBoost's hook for metrics of others: from predictions and data to pairs of a name and a value."""

    def evaluate(predictions: NDArray[np.float64], data: xgboost.DMatrix) -> list[tuple[str, float]]:
        labels = data.get_label().astype(float)
        return [
            (name, CLASSIFICATION[name](labels, classes(predictions)))
            if name in CLASSIFICATION
            else (name, REGRESSION[name](labels, predictions))
            for name in wanted.own_metrics
        ]

    return evaluate


def _is_maximised(wanted: Hyperparameters) -> bool | None:
    """Whether early stopping waits for the last metric to rise; None where XGBoost knows it."""
    return None if not wanted.own_metrics else wanted.own_metrics[-1] != "mse"


def _lines(xgboost: Any) -> Any:
    class Lines(xgboost.callback.TrainingCallback):  # type: ignore[misc]
        """Prints a line for each round as SageMaker's logs show it, where a tab is #011."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002 - the hook's
            values = [
                f"{data}-{metric}:{history[-1]:.5f}"
                for data, metrics in evals_log.items()
                for metric, history in metrics.items()
            ]
            print("#011".join([f"[{epoch}]", *values]), flush=True)  # noqa: T201 - the log is the result
            return False

    return Lines()


if __name__ == "__main__":
    sys.exit(main())
