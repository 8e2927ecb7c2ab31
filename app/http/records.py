"""From a run and what was measured of it to the fields that answers share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import Any

from headlight.models.core.attention import Kind
from headlight.models.core.outputs import SupervisedHead, Task
from headlight.models.core.trace import Trace
from headlight.models.measures.search import HeadLink
from headlight.models.measures.statistics import HeadStatistics


def read_fields(trace: Trace) -> dict[str, Any]:
    return {"model": trace.model, "text": trace.text, "text_pair": trace.text_pair}


def read_whole_fields(trace: Trace) -> dict[str, Any]:
    """What was read: its tokens and words, and those of the target where there is one."""
    reads = trace.encoder or trace.decoder
    assert reads is not None
    target = trace.decoder if trace.encoder is not None else None
    return {
        **read_fields(trace),
        "target": trace.target,
        "tokens": reads.tokens,
        "words": reads.words,
        "target_tokens": target and target.tokens,
        "target_words": target and target.words,
    }


def supervised_tasks(
    heads: Iterable[SupervisedHead],
) -> defaultdict[tuple[Kind, int, int], Task | None]:
    """What each head was taught, by kind, layer and head; None for those that are free."""
    tasks = {(each.kind, each.layer, each.head): each.task for each in heads}
    return defaultdict(lambda: None, tasks)


def with_supervision(
    heads: Iterable[HeadStatistics | HeadLink], trace: Trace
) -> list[dict[str, Any]]:
    """Heads with what each was taught beside what is known of it."""
    supervised = supervised_tasks(trace.supervised)
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
