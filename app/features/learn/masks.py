"""The numbers of the lesson on masks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.learn.length import check_length
from headlight.app.http.compute import of_run
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import read_fields
from headlight.app.schemas.answers import Count, Matrix, Read, TokenAnswer
from headlight.app.schemas.requests import Index, Position, TextRequest
from headlight.models.core.errors import InvalidSelection, check_within
from headlight.models.core.messages import Message
from headlight.models.core.trace import Trace
from headlight.models.lessons.masks import MaskKind, edges_of, mask_of, reach, under_mask

router = api_router()
MOST_TOKENS = 128
MOST_FLIPS = 256
Pair = Annotated[list[Position], Field(min_length=2, max_length=2)]
Pairs = list[list[bool]]


class MasksRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "small", "text": "I saw a saw", "layer": 2, "head": 1, "mask": "causal"},
                {
                    "model": "small",
                    "text": "I saw a saw",
                    "layer": 2,
                    "head": 1,
                    "mask": "window",
                    "width": 1,
                    "flips": [[2, 4]],
                },
            ]
        }
    )

    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")
    mask: MaskKind = Field(
        "all",
        description="causal: no query sees what comes after it; window: `width` on either side; "
        "padding: nobody sees the last `width`; edges: each word sees itself, its syntactic parent "
        "and those whose parent it is, as the model has them.",
    )
    width: int = Field(
        1, ge=0, le=MOST_TOKENS, description="Of a window, or of the padding at the end."
    )
    flips: list[Pair] = Field(
        [],
        max_length=MOST_FLIPS,
        description="[query_pos, key_pos] of pairs that are the other way round than the mask.",
    )
    layers: int = Field(4, ge=1, le=32, description="How many the reach is told for.")


class MasksAnswer(Read):
    """One head under a mask; numbers are float64."""

    layer: int = Field(description="As sent.")
    head: int = Field(description="As sent.")
    tokens: list[TokenAnswer] = Field(description="Queries and keys, in order of position.")
    scores: Matrix = Field(description="[query_pos][key_pos]: the head's own.")
    pattern: Matrix = Field(description="[query_pos][key_pos]: its own pattern.")
    mask: Pairs = Field(description="[query_pos][key_pos]: true where the query may look.")
    masked_pattern: Matrix = Field(
        description="[query_pos][key_pos]: of the scores that may be; each row sums to 1, or to 0 "
        "where it may look nowhere."
    )
    n_scores: Count = Field(description="Scores that have to be computed: the open cells.")
    reach: list[Pairs] = Field(
        description="[layer][query_pos][key_pos]: what may have come into each position after 1, 2 "
        "... layers of that mask."
    )


def masks_bytes(trace: Trace, request: MasksRequest) -> bytes:
    tower = trace.query_sequence(trace.kinds[0])
    count = len(tower)
    check_length(count, MOST_TOKENS)
    for pair in request.flips:
        for position in pair:
            check_within("position", position, count, Message("the positions"), argument="flips")
    flips = [(pair[0], pair[1]) for pair in request.flips]
    edges = edges_of(trace) if request.mask == "edges" else []
    if request.mask == "edges" and not edges:
        raise InvalidSelection(
            Message("{model} knows no syntactic parents", model=trace.model), argument="mask"
        )
    mask = mask_of(request.mask, count, request.width, flips, edges)
    head = under_mask(trace, request.layer, request.head, mask)
    return json_bytes(
        {
            **read_fields(trace),
            "layer": request.layer,
            "head": request.head,
            "tokens": tower.tokens,
            "scores": head.scores.tolist(),
            "pattern": head.pattern.tolist(),
            "mask": head.mask.tolist(),
            "masked_pattern": head.masked_pattern.tolist(),
            "n_scores": int(head.mask.sum()),
            "reach": [each.tolist() for each in reach(head.mask, request.layers)],
        }
    )


@router.post(
    "/learn/masks",
    operation_id="learn_masks",
    summary="Who may look at whom",
    response_model=MasksAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_masks(state: StateDep, request: Request, body: MasksRequest) -> Response:
    """A mask over one head: what becomes of its pattern, and how far it reaches over layers."""
    return await of_run(state, request, body, masks_bytes, body)
