"""The optimizers that are compared, behind one small interface."""

# ruff: noqa: D102, PLC0415 - methods are described by the protocol; packages are imported only where they are used

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from tunesmith.core.history import History
from tunesmith.core.space import Categorical, Config, Continuous, Integer, Parameter, Space
from tunesmith.core.trial import Trial, TrialState
from tunesmith.strategies import registry


class Optimizer(Protocol):
    """Asked for a configuration and told its loss, in turn; with several workers, asked again before it is told."""

    def ask(self) -> tuple[Any, Config]:
        """A token, and the next configuration to try."""
        ...

    def tell(self, token: Any, config: Config, loss: float) -> None:
        """The loss of the configuration that came with the token."""
        ...


class Tunesmith:
    """A strategy of this package."""

    def __init__(self, space: Space, seed: int, strategy: str = "Bayesian") -> None:
        self._strategy, self._seed = registry.get(strategy), seed
        self.history = History(space)

    def ask(self) -> tuple[Trial, Config]:
        (config,) = self._strategy.suggest(self.history.space, self.history, 1, self._seed)
        trial = Trial(self.history.created + 1, config, TrialState.RUNNING)
        self.history = self.history.with_open((*self.history.open, trial))
        return trial, config

    def tell(self, token: Trial, config: Config, loss: float) -> None:
        self.history = self.history.add(Trial(token.number, config, TrialState.COMPLETED, (loss,)))


class Optuna:
    """A sampler of Optuna."""

    def __init__(self, space: Space, sampler: Any) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(sampler=sampler)
        self._distributions = {p.name: self._distribution(p) for p in space.parameters}

    @staticmethod
    def _distribution(parameter: Parameter) -> Any:
        from optuna import distributions

        if isinstance(parameter, Categorical):
            return distributions.CategoricalDistribution(parameter.choices)
        log = parameter.resolved_scale == "Logarithmic"
        if isinstance(parameter, Integer):
            return distributions.IntDistribution(parameter.low, parameter.high, log=log)
        return distributions.FloatDistribution(parameter.low, parameter.high, log=log)

    def add(self, config: Config, loss: float) -> None:
        """Add a result that was not asked for."""
        from optuna.trial import create_trial

        trial = create_trial(params=dict(config), distributions=self._distributions, value=loss)
        self._study.add_trial(trial)

    def ask(self) -> tuple[Any, Config]:
        trial = self._study.ask(self._distributions)
        return trial, trial.params

    def tell(self, token: Any, config: Config, loss: float) -> None:  # noqa: ARG002 - the token knows
        self._study.tell(token, loss)


class ScikitOptimize:
    """scikit-optimize's Gaussian process with its default mixture of acquisition functions."""

    def __init__(self, space: Space, seed: int) -> None:
        from skopt import Optimizer as Skopt

        self._names = space.names
        self._optimizer = Skopt([self._dimension(p) for p in space.parameters], random_state=seed)

    @staticmethod
    def _dimension(parameter: Parameter) -> Any:
        from skopt import space

        if isinstance(parameter, Categorical):
            return space.Categorical(parameter.choices)
        prior = "log-uniform" if parameter.resolved_scale == "Logarithmic" else "uniform"
        kind = space.Integer if isinstance(parameter, Integer) else space.Real
        return kind(parameter.low, parameter.high, prior=prior)

    def ask(self) -> tuple[Any, Config]:
        values = self._optimizer.ask()
        plain = [v.item() if isinstance(v, np.generic) else v for v in values]
        return values, dict(zip(self._names, plain, strict=True))

    def tell(self, token: Any, config: Config, loss: float) -> None:  # noqa: ARG002 - the token is the point
        self._optimizer.tell(token, loss)


class Hyperopt:
    """hyperopt's TPE, driven through its trials object."""

    def __init__(self, space: Space, seed: int) -> None:
        from hyperopt import Trials, base

        self._dimensions = {p.name: self._dimension(p) for p in space.parameters}
        self._trials = Trials()
        self._domain = base.Domain(lambda config: config, self._dimensions)
        self._rng = np.random.default_rng(seed)

    @staticmethod
    def _dimension(parameter: Parameter) -> Any:
        from hyperopt import hp
        from hyperopt.pyll import scope

        if isinstance(parameter, Categorical):
            return hp.choice(parameter.name, parameter.choices)
        log = parameter.resolved_scale == "Logarithmic"
        low, high = np.log([parameter.low, parameter.high]) if log else (parameter.low, parameter.high)
        if isinstance(parameter, Continuous):
            return (hp.loguniform if log else hp.uniform)(parameter.name, low, high)
        return scope.int((hp.qloguniform if log else hp.quniform)(parameter.name, low, high, 1))

    def ask(self) -> tuple[Any, Config]:
        from hyperopt import space_eval, tpe

        (number,) = self._trials.new_trial_ids(1)
        (document,) = tpe.suggest([number], self._domain, self._trials, int(self._rng.integers(2**31)))
        values = {name: value[0] for name, value in document["misc"]["vals"].items() if value}
        return document, space_eval(self._dimensions, values)

    def tell(self, token: Any, config: Config, loss: float) -> None:  # noqa: ARG002 - the document knows
        token["state"], token["result"] = 2, {"loss": loss, "status": "ok"}
        self._trials.insert_trial_docs([token])
        self._trials.refresh()


class Smac:
    """SMAC3's facade for hyperparameter optimisation: random forest and expected improvement."""

    def __init__(self, space: Space, seed: int) -> None:
        import tempfile

        from ConfigSpace import ConfigurationSpace
        from smac import HyperparameterOptimizationFacade, Scenario

        configurations = ConfigurationSpace(seed=seed)
        configurations.add([self._dimension(p) for p in space.parameters])
        scenario = Scenario(
            configurations, deterministic=True, n_trials=1000, seed=seed, output_directory=tempfile.mkdtemp()
        )
        design = HyperparameterOptimizationFacade.get_initial_design(
            scenario, n_configs=max(4, min(10, len(space) + 2)), max_ratio=1.0
        )
        self._facade = HyperparameterOptimizationFacade(
            scenario, _never, initial_design=design, overwrite=True, logging_level=False
        )

    @staticmethod
    def _dimension(parameter: Parameter) -> Any:
        from ConfigSpace import (
            CategoricalHyperparameter,
            UniformFloatHyperparameter,
            UniformIntegerHyperparameter,
        )

        if isinstance(parameter, Categorical):
            return CategoricalHyperparameter(parameter.name, parameter.choices)
        kind = UniformIntegerHyperparameter if isinstance(parameter, Integer) else UniformFloatHyperparameter
        return kind(
            parameter.name, parameter.low, parameter.high, log=parameter.resolved_scale == "Logarithmic"
        )

    def ask(self) -> tuple[Any, Config]:
        info = self._facade.ask()
        plain = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in info.config.items()
        }
        return info, plain

    def tell(self, token: Any, config: Config, loss: float) -> None:  # noqa: ARG002 - the token knows
        from smac.runhistory import TrialValue

        self._facade.tell(token, TrialValue(cost=loss))


class Hebo:
    """HEBO: Cowen-Rivers et al., "HEBO: pushing the limits of sample-efficient hyper-parameter optimisation"."""

    def __init__(self, space: Space, seed: int) -> None:
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers.hebo import HEBO

        self._space = space
        self._optimizer = HEBO(
            DesignSpace().parse([self._dimension(p) for p in space.parameters]), scramble_seed=seed
        )

    @staticmethod
    def _dimension(parameter: Parameter) -> dict[str, Any]:
        if isinstance(parameter, Categorical):
            return {"name": parameter.name, "type": "cat", "categories": list(parameter.choices)}
        log = parameter.resolved_scale == "Logarithmic"
        kinds = ("pow_int", "int") if isinstance(parameter, Integer) else ("pow", "num")
        return {
            "name": parameter.name,
            "type": kinds[0 if log else 1],
            "lb": parameter.low,
            "ub": parameter.high,
        }

    def ask(self) -> tuple[Any, Config]:
        frame = self._optimizer.suggest(1)
        row = frame.iloc[0].to_dict()
        return frame, {
            p.name: int(row[p.name]) if isinstance(p, Integer) else row[p.name]
            for p in self._space.parameters
        }

    def tell(self, token: Any, config: Config, loss: float) -> None:  # noqa: ARG002 - the frame knows
        self._optimizer.observe(token, np.array([[loss]]))


def _never(config: Any, seed: int = 0) -> float:
    """SMAC wants a function even when it is only asked and told."""
    raise AssertionError((config, seed))


def _tpe(seed: int, **options: Any) -> Any:
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # options are experimental
        return optuna.samplers.TPESampler(seed=seed, constant_liar=True, **options)


def _gp(seed: int) -> Any:
    import optuna

    return optuna.samplers.GPSampler(seed=seed)


OPTIMIZERS: dict[str, Callable[[Space, int], Optimizer]] = {
    "tunesmith": Tunesmith,
    "random": lambda space, seed: Tunesmith(space, seed, "Random"),
    "optuna-tpe": lambda space, seed: Optuna(space, _tpe(seed)),
    "optuna-tpe-univariate": lambda space, seed: Optuna(space, _tpe(seed, multivariate=False)),
    "optuna-gp": lambda space, seed: Optuna(space, _gp(seed)),
    "scikit-optimize": ScikitOptimize,
    "hyperopt-tpe": Hyperopt,
    "smac": Smac,
    "hebo": Hebo,
}
"""Every optimizer by name; those whose packages are not installed are skipped."""

PACKAGES = {
    "optuna-tpe": "optuna",
    "optuna-tpe-univariate": "optuna",
    "optuna-gp": "torch",
    "scikit-optimize": "skopt",
    "hyperopt-tpe": "hyperopt",
    "smac": "smac",
    "hebo": "hebo",
}
"""The module that each needs."""
