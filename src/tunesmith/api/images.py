"""Container images as runtimes: what stands here for the image that a request names.

Nothing is pulled from a registry. The images of SageMaker's frameworks run the user's script with a Python of
this machine, the XGBoost image runs the built-in algorithm, and an operator may register commands for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from tunesmith.algorithms.xgboost.metrics import OWN
from tunesmith.api.call import Json
from tunesmith.api.settings import ImageRule
from tunesmith.core.tuning_job import MetricPattern

XGBOOST_IMAGE = "sagemaker-xgboost:1.7-1"
"""A name by which requests may ask for the built-in XGBoost."""

XGBOOST_ARGUMENTS = ("-m", "tunesmith.algorithms.xgboost")
"""The built-in XGBoost, as arguments of a Python."""

_ECR = r"dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.[a-z]+)?"
_END = r"(?:[:@]|$)"
_FRAMEWORKS = "pytorch|tensorflow|mxnet"

DEFAULT_RULES = (
    ImageRule(rf"(?:^|/)sagemaker-xgboost{_END}|{_ECR}/xgboost{_END}", "xgboost"),
    ImageRule(rf"(?:^|/)sagemaker-(?:{_FRAMEWORKS}|scikit-learn|chainer)(?:-scriptmode)?{_END}", "script"),
    ImageRule(
        rf"(?:^|/)(?:huggingface-)?(?:{_FRAMEWORKS})(?:-trcomp)?-training(?:-neuronx?)?{_END}", "script"
    ),
)
"""What is known without being configured, in any region and of any account."""

# What xgboost itself can evaluate after each round.
_NATIVE_METRICS = (
    "aft-nloglik",
    "auc",
    "aucpr",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "map",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "ndcg",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
)
_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)"


def rule_for(image: str, rules: Sequence[ImageRule]) -> ImageRule | None:
    """Find the first of the operator's rules, then of the built-in ones, that matches an image's name."""
    return next((rule for rule in (*rules, *DEFAULT_RULES) if re.search(rule.pattern, image)), None)


def injected_metrics(image: str | None, rules: Sequence[ImageRule]) -> list[Json]:
    """Give the MetricDefinitions that an image has by itself, as SageMaker spells them: XGBoost's, or none."""
    return [
        {"Name": f"{channel}:{name}", "Regex": rf".*\[[0-9]+\].*#011{channel}-{name}:{_NUMBER}.*"}
        for channel, name in _injected(image, rules)
    ]


def injected_patterns(image: str | None, rules: Sequence[ImageRule]) -> list[MetricPattern]:
    """Give the same metrics for reading logs: expressions that begin with fixed text are found much faster."""
    return [
        MetricPattern(f"{channel}:{name}", rf"(?:#011|\t){channel}-{name}:{_NUMBER}")
        for channel, name in _injected(image, rules)
    ]


def _injected(image: str | None, rules: Sequence[ImageRule]) -> Iterator[tuple[str, str]]:
    rule = rule_for(image, rules) if image else None
    if rule is not None and rule.mode == "xgboost":
        yield from product(("train", "validation"), sorted({*_NATIVE_METRICS, *OWN}))
