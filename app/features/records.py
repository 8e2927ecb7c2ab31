"""From a run and what was measured of it to the fields that answers share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import Any

from headlight.models.core.attention import Kind
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Trace
from headlight.models.measures.search import HeadLink
from headlight.models.measures.statistics import HeadStatistics


def read_fields(trace: Trace) -> dict[str, Any]:
    return {"model": trace.model, "text": trace.text, "text_pair": trace.text_pair}


def supervised_tasks(trace: Trace) -> defaultdict[tuple[Kind, int, int], Task | None]:
    """What each head was taught, by kind, layer and head; None for those that are free."""
    tasks = {(each.kind, each.layer, each.head): each.task for each in trace.supervised}
    return defaultdict(lambda: None, tasks)


def with_supervision(
    heads: Iterable[HeadStatistics | HeadLink], trace: Trace
) -> list[dict[str, Any]]:
    """Heads with what each was taught beside what is known of it."""
    supervised = supervised_tasks(trace)
    return [
        {**fields_of(each), "supervised": supervised[each.kind, each.layer, each.head]}
        for each in heads
    ]


def fields_of(record: Any, leave_out: str = "") -> dict[str, Any]:
    """A dataclass's own fields, one level deep: orjson writes what is inside."""
    names = _names_of(record.__class__)
    return {name: getattr(record, name) for name in names if name != leave_out}


@cache
def _names_of(record: Any) -> tuple[str, ...]:
    """The names of a dataclass's fields, in their order."""
    return tuple(field.name for field in fields(record))
