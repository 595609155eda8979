"""The process that analyses tuning jobs for the page, one question after the other.

The page would need a hundred megabytes more with the libraries of the analysis, and would stand still while it runs.
Questions come as pickles by the standard input, answers go by the standard output. The process ends when nobody has
asked for a while, and when the page does.
"""

from __future__ import annotations

import pickle
import select
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from tunesmith.analysis.interval import Interval
from tunesmith.core.space import Config
from tunesmith.store.store import Store
from tunesmith.web.questions import AskBeliefs, AskLesson, AskMap, AskReport, AskWhy, Question, Study
from tunesmith.web.views.lesson import (
    AlgorithmShare,
    Beliefs,
    Expectation,
    Future,
    Lesson,
    Line,
    Map,
    PairShare,
    ParameterShare,
    Shares,
    Suggested,
    Sureness,
    Taught,
)

if TYPE_CHECKING:
    from tunesmith.analysis.learned import Learned
    from tunesmith.analysis.surrogate import Surrogate

IDLE_SECONDS = 120.0
"""The process ends when nobody has asked for so long."""

LENGTH = 8
"""Bytes of the length of a question."""

_KEPT = 4  # models


class Analyst:
    """Answers questions, and keeps its models for more of them on the same job."""

    def __init__(self) -> None:
        self._models: dict[tuple[object, ...], Surrogate | None] = {}

    def answer(self, question: Question) -> object:
        """Answer a question."""
        match question:
            case AskLesson():
                return _lesson(question.study)
            case AskMap():
                return self._map(question)
            case AskWhy():
                return _why(question)
            case AskBeliefs():
                return self._beliefs(question)
            case AskReport():
                return _report(question)

    def _map(self, question: AskMap) -> Map | None:
        from tunesmith.analysis.effects import surface  # noqa: PLC0415 - loads scipy

        model = self._model(question.study, question.algorithm)
        if model is None:
            return None
        found = surface(model, *question.names)
        return Map(found.xs, found.ys, found.mean, found.sd)

    def _beliefs(self, question: AskBeliefs) -> Beliefs:
        of: dict[int, Interval] = {}
        noise: dict[str | None, Interval] = {}
        for algorithm, configs in question.configs.items():
            model = self._model(question.study, algorithm) if configs else None
            if model is not None:
                of |= zip(configs, expected(model, list(configs.values())), strict=True)
                noise[algorithm] = model.noise
        return Beliefs(of, noise)

    def _model(self, study: Study, algorithm: str | None) -> Surrogate | None:
        from tunesmith.analysis.surrogate import Surrogate  # noqa: PLC0415 - loads scipy
        from tunesmith.control.insight import history_of  # noqa: PLC0415 - loads scipy

        job = study.record.job
        ended = tuple(trial.number for trial in study.trials if trial.rank is not None)
        key = job.name, job.created_at, algorithm, ended
        if key not in self._models:
            part = job.parts[algorithm]
            own = [trial for trial in study.trials if trial.definition == algorithm]
            self._models[key] = Surrogate.fit(history_of(part, own), part.objective)
            while len(self._models) > _KEPT:
                del self._models[next(iter(self._models))]
        return self._models[key]


def expected(model: Surrogate, configs: Sequence[Config]) -> list[Interval]:
    """The mean and the 90 % interval of the metric of each configuration without noise."""
    values = model.sample(configs)
    ends = np.quantile(values, [0.05, 0.95], axis=0)
    rows = zip(*ends.tolist(), values.mean(axis=0).tolist(), strict=True)
    return [Interval(low, mean, high) for low, high, mean in rows]


def _report(question: AskReport) -> tuple[bytes, str]:
    from tunesmith.analysis.report.write import Format  # noqa: PLC0415 - loads scipy
    from tunesmith.control.insight import report  # noqa: PLC0415 - loads scipy

    with Store(question.store) as store:
        return report(store, question.name, Format.of_suffix(question.suffix), question.now)


def _lesson(study: Study) -> Lesson:
    from tunesmith.control.insight import insight_of  # noqa: PLC0415 - loads scipy

    report = insight_of(study.record, study.trials, lambda _: (), study.record.modified_at)
    return Lesson(
        findings=tuple(map(_plain, report.findings)),
        taught=tuple(map(_taught, report.learned)),
        algorithms=tuple(
            AlgorithmShare(s.name, s.trials, s.best, s.best_in_equal_trials, s.best_in_equal_seconds)
            for s in report.shares
        ),
        ahead=None if report.best is None else report.best.algorithm,
    )


def _taught(learned: Learned) -> Taught:
    from tunesmith.analysis.certainty import Certainty  # noqa: PLC0415 - loads scipy
    from tunesmith.analysis.outlook import Outlook  # noqa: PLC0415 - loads scipy

    outlook = next((each for each in learned.findings if isinstance(each.facts, Outlook)), None)
    certainty = next((each for each in learned.findings if isinstance(each.facts, Certainty)), None)
    return Taught(
        algorithm=learned.algorithm,
        metric=learned.metric,
        shares=_shares(learned),
        lines=tuple(Line(e.name, e.xs, e.mean, e.low, e.high) for e in learned.effects),
        outlook=_plain(outlook),
        future=None if outlook is None else Future(outlook.facts.best, outlook.facts.improvement),
        certainty=_plain(certainty),
        sureness=None if certainty is None else _sureness(certainty.facts),
    )


def _shares(learned: Learned) -> Shares | None:
    if learned.importance is None:
        return None
    ranked = (ParameterShare(s.name, s.main, s.total, s.matters) for s in learned.importance.ranked)
    return Shares(tuple(ranked), tuple(PairShare(p.names, p.share) for p in learned.importance.pairs))


def _sureness(facts: Any) -> Sureness:
    return Sureness(
        facts.number, facts.value, facts.is_best, facts.better_than_runner_up, facts.better_than_first
    )


def _why(question: AskWhy) -> Suggested:
    from tunesmith.control.insight import why_suggested  # noqa: PLC0415 - loads scipy

    found = why_suggested(question.study.record.job, question.study.trials, question.number)
    facts = found.facts
    if facts.expected is None or facts.deviation is None or facts.best is None:
        return Suggested(found.sentence, None)
    nearest = tuple((each.number, each.value) for each in facts.nearest)
    return Suggested(found.sentence, Expectation(facts.expected, facts.deviation, facts.best, nearest))


def _plain(finding: Any) -> Any:
    """A finding without its facts, which need the libraries of the analysis."""
    return None if finding is None else replace(finding, facts=None)


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer questions until there are no more; what is answered is a value, or the exception that came instead.

    Each question is a length of eight bytes and a pickle. The stream must be unbuffered, or it could not be seen
    whether somebody asks.
    """
    analyst = Analyst()
    while select.select([questions], [], [], IDLE_SECONDS)[0]:
        length = int.from_bytes(_read(questions, LENGTH))
        if not length:
            return
        try:
            answer = analyst.answer(pickle.loads(_read(questions, length)))  # noqa: S301 - from who has started this
        except Exception as error:  # noqa: BLE001 - whoever asked is to know
            answer = RuntimeError(f"{type(error).__name__}: {error}")
        pickle.dump(answer, answers)
        answers.flush()


def _read(stream: BinaryIO, count: int) -> bytes:
    """So many bytes, or fewer at the end."""
    found = bytearray()
    while len(found) < count and (part := stream.read(count - len(found))):
        found += part
    return bytes(found)


if __name__ == "__main__":
    with open(0, "rb", buffering=0) as raw:
        serve(raw, sys.stdout.buffer)
