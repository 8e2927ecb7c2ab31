"""Words and heads as requests name them and answers name them back."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from typing import Any

from headlight.app.schemas.edits import ShowHead
from headlight.app.schemas.requests import AtPosition, AtSpan
from headlight.models.core.errors import InvalidSelection, check_within
from headlight.models.core.trace import Trace
from headlight.models.experiments.effects import Head
from headlight.models.measures.locate import Position, Span, Wanted


def wanted_word(place: str | AtPosition | AtSpan) -> Wanted:
    match place:
        case AtPosition():
            return Position(place.position)
        case AtSpan():
            return Span(place.start, place.end, place.segment)
        case str():
            return place


def shown_heads(show: Seq[ShowHead], trace: Trace) -> list[Head]:
    """The heads to show. Raises InvalidSelection, naming which of them is not there."""
    found: list[Head] = []
    for index, each in enumerate(show):
        kind = each.kind or trace.kinds[0]
        try:
            site = trace.site(kind, each.layer)
        except InvalidSelection as error:
            raise InvalidSelection(error.message, field=f"show.{index}.{error.field}") from None
        heads = f"the heads of layer {each.layer}"
        check_within("head", each.head, site.n_heads, heads, field=f"show.{index}.head")
        found.append((kind, each.layer, each.head))
    return found


def named_head(head: Head) -> dict[str, Any]:
    return dict(zip(("kind", "layer", "head"), head, strict=True))
