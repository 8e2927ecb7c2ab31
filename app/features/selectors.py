"""Words and heads: how requests name them, and how answers name them back."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from headlight.app.schemas.answers import Answer, Count
from headlight.app.schemas.requests import KIND, Index, Strict
from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import Trace
from headlight.models.experiments.effects import Head
from headlight.models.measures.locate import Position, Span, TokenSelector


class AtPosition(Strict):
    """The token at a position."""

    position: Index = Field(description="A token position, from 0.")


class AtSpan(Strict):
    """The tokens that touch some characters of the text."""

    start: Index = Field(description="First character, from 0.")
    end: Index = Field(description="Character after the last.")
    segment: Literal[0, 1] = Field(0, description="0: `text`; 1: `text_pair` of a pair.")


def _which(value: Any) -> str | None:
    if isinstance(value, str):
        return "word"
    if isinstance(value, AtPosition) or (isinstance(value, dict) and "position" in value):
        return "position_of"
    if isinstance(value, AtSpan | dict):
        return "span"
    return None


WordSelector = Annotated[
    Annotated[str, Tag("word")]
    | Annotated[AtPosition, Tag("position_of")]
    | Annotated[AtSpan, Tag("span")],
    Discriminator(_which, custom_error_type="place", custom_error_message="place"),
]


class ShowHead(Strict):
    """A head whose pattern is wanted, before and after."""

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")


class TokenSpanAnswer(Answer):
    text: str = Field(description="The characters.")
    tokens: list[int] = Field(description="Token positions.")
    words: list[int] = Field(description="Words they belong to.")
    occurrences: Count = Field(
        description="At how many places of the text what was named by its text stands: the first "
        "was taken."
    )


def token_selector(place: str | AtPosition | AtSpan) -> TokenSelector:
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
            raise InvalidSelection(
                error.message, argument=f"show.{index}.{error.argument}"
            ) from None
        site.check_head(each.head, argument=f"show.{index}.head")
        found.append((kind, each.layer, each.head))
    return found


def named_head(head: Head) -> dict[str, Any]:
    return dict(zip(("kind", "layer", "head"), head, strict=True))
