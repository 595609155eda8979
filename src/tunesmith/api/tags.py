"""Tags of tuning jobs and training jobs, by ARN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tunesmith.api import paging
from tunesmith.api.call import Call, Json
from tunesmith.api.errors import ValidationError
from tunesmith.api.names import Arn, Kind
from tunesmith.api.requests.tags import MOST, tags_of
from tunesmith.store.errors import NotFound
from tunesmith.store.store import Store
from tunesmith.store.tagging import Tagged

_PAGE = 50
_KINDS: dict[Kind, Literal["tuning", "training"]] = {Kind.TUNING_JOB: "tuning", Kind.TRAINING_JOB: "training"}


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as clients see them, by key."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def add(store: Store, call: Call) -> Json:
    """AddTags: add tags or give them other values; answers with all tags of the resource."""
    key = _key(call)
    new = tags_of(call.request["Tags"])
    count = len(_existing(store, key, call) | new)
    if count > MOST:
        msg = f"A resource has at most {MOST} tags; {call.request['ResourceArn']} would have {count}."
        raise ValidationError(msg)
    return {"Tags": listed(store.set_tags(key, new))}


def list_page(store: Store, call: Call) -> Json:
    """ListTags: a page of the tags of a resource."""
    after = paging.cursor(call)
    tags = listed(_existing(store, _key(call), call))
    rest = [tag for tag in tags if after is None or tag["Key"] > str(after[0])]
    page = rest[: paging.size(call.request, _PAGE)]
    more = paging.token(call, (page[-1]["Key"],)) if len(page) < len(rest) else None
    return {"Tags": page, "NextToken": more}


def delete(store: Store, call: Call) -> Json:
    """DeleteTags: remove tags by key; those that are not there are no fault."""
    key = _key(call)
    _existing(store, key, call)
    store.remove_tags(key, call.request["TagKeys"])
    return {}


def _key(call: Call) -> Tagged:
    arn = Arn.parse(call.request["ResourceArn"])
    return _KINDS[arn.kind], arn.name


def _existing(store: Store, key: Tagged, call: Call) -> dict[str, str]:
    try:
        return store.tags(key)
    except NotFound:
        msg = f"There is no resource with the ARN {call.request['ResourceArn']}."
        raise ValidationError(msg) from None
