"""Which head links X to Y."""

from __future__ import annotations

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.selectors import TokenSpanAnswer, WordSelector, token_selector
from headlight.app.http.compute import of_run
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import fields_of, read_fields, with_supervision
from headlight.app.schemas.answers import SUPERVISED, Answer, Read
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import KIND, TextRequest
from headlight.models.core.attention import Kind
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Trace
from headlight.models.measures.search import search_heads

router = api_router()


class SearchRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "query": "its", "key": "law"},
                {"text": "I saw a saw", "query": {"position": 4}, "key": {"start": 2, "end": 5}},
            ]
        }
    )

    query: WordSelector = Field(
        description="The word that looks: a word of the text (its first occurrence), a token "
        "position, or a range of characters."
    )
    key: WordSelector = Field(description="The word that is looked at, named like `query`.")
    kind: Kind | None = Field(None, description=f"{KIND} null: all kinds that hold both.")


class HeadLinkAnswer(Answer):
    kind: Kind
    layer: int
    head: int
    weight: float = Field(description="Sum over the key's tokens, mean over the query's; 0 to 1.")
    rank: int = Field(description="1: no other word of that row gets more.")
    weight_without_special: float = Field(
        description="Share of what the row spends outside special tokens, 0 to 1."
    )
    percentile: float = Field(
        description="Share, 0 to 100, of this head's links at the same signed word distance "
        "that are weaker."
    )
    supervised: Task | None = Field(description=SUPERVISED)


class SearchAnswer(Read):
    query: TokenSpanAnswer = Field(
        description="What was found for the query, in the first head's kind."
    )
    key: TokenSpanAnswer = Field(description="What was found for the key.")
    found: bool = Field(description="Whether the best weight exceeds both chance and uniform.")
    message: str = Field(description="The same in words; says so when no head does.")
    chance: float | None = Field(
        description="Median, over pairs of different words of this text, of what the best head "
        "for that pair gives; null without such pairs."
    )
    uniform: float = Field(description="The weight if the query looked alike everywhere.")
    heads: list[HeadLinkAnswer] = Field(description="Every head, strongest first.")


def search_bytes(trace: Trace, request: SearchRequest) -> bytes:
    result = search_heads(
        trace, token_selector(request.query), token_selector(request.key), request.kind
    )
    return json_bytes(
        {**read_fields(trace), **fields_of(result), "heads": with_supervision(result.heads, trace)},
    )


@router.post(
    "/heads/search",
    operation_id="search_heads",
    summary="Which head links X to Y",
    response_model=SearchAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_search(state: StateDep, request: Request, body: SearchRequest) -> Response:
    """All heads, ranked by how much the query's word gives to the key's."""
    return await of_run(state, request, body, search_bytes, body)
