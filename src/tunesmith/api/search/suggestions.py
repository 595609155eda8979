"""The operation GetSearchSuggestions: the names of hyperparameters, metrics and tags that there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tunesmith.api.call import Call, Json
from tunesmith.api.search.search import Searched, records, shape_of
from tunesmith.api.search.training_jobs import SearchedTrainingJob
from tunesmith.store.store import Store


def suggestions(store: Store, call: Call, now: datetime) -> Json:
    """Answer a call of GetSearchSuggestions; raises ValidationError for a kind of resource that is not kept here."""
    shape_of(call.request["Resource"])
    query = call.request.get("SuggestionQuery", {}).get("PropertyNameQuery", {})
    hint = query.get("PropertyNameHint", "").lower()
    names = {
        name
        for found in records(store, call, now)
        for name in _names(found, hint)
        if name.lower().startswith(hint)
    }
    return {"PropertyNameSuggestions": [{"PropertyName": name} for name in sorted(names)]}


def _names(found: Searched, hint: str) -> Iterator[str]:
    """The names of one resource, without looking for those that cannot match."""
    if isinstance(found, SearchedTrainingJob):
        if _may_match("hyperparameters.", hint):
            known = found.facts.stored.hyperparameters.keys() | found.facts.trial.config.keys()
            yield from (f"hyperparameters.{name}" for name in known)
        if _may_match("metrics.", hint):
            defined = found.facts.stored.definition["AlgorithmSpecification"]["MetricDefinitions"]
            yield from (f"metrics.{metric['Name']}" for metric in defined)
    if _may_match("tags.", hint):
        yield from (f"tags.{tag}" for tag in found.tags)


def _may_match(prefix: str, hint: str) -> bool:
    return prefix.startswith(hint) or hint.startswith(prefix)
