"""The numbers of the lesson on pooling."""

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
from headlight.app.schemas.answers import Answer, Floats, Matrix, Read, TokenAnswer
from headlight.app.schemas.requests import Index, TextRequest
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.trace import Trace
from headlight.models.lessons.pooling import pool

router = api_router()
MOST_TOKENS = 64


class PoolingRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "small", "text": "I saw a saw", "layer": 3, "head": 0},
                {"model": "small", "text": "我吃苹果", "layer": 0, "head": 1, "sharpness": 0},
            ]
        }
    )

    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")
    sharpness: Annotated[float, Field(ge=0, le=100)] = Field(
        1.0, description="What scores are multiplied by: 0 is the mean, 1 the head's own weights."
    )


class TaggedWordAnswer(Answer):
    text: str = Field(description="As typed.")
    tag: str = Field(description="The universal part of speech that the model gives it.")
    probability: float = Field(description="Of that tag.")


class PoolingAnswer(Read):
    """Numbers are float64."""

    layer: int = Field(description="As sent.")
    head: int = Field(description="As sent.")
    sharpness: float = Field(description="As sent.")
    tokens: list[TokenAnswer] = Field(description="Queries and keys, in order of position.")
    tags: list[TaggedWordAnswer] = Field(
        description="What the model makes of every word's last vector; none if it tags nothing."
    )
    scores: Matrix = Field(description="[query_pos][key_pos]: the head's own, with its bias.")
    values: Matrix = Field(description="[key_pos][d_head].")
    weights: Matrix = Field(description="[query_pos][key_pos]: softmax of sharpness * scores.")
    pooled: Matrix = Field(description="[query_pos][d_head]: the values by those weights.")
    mean: Floats = Field(description="[d_head]: of the values.")


def pooling_bytes(trace: Trace, request: PoolingRequest) -> bytes:
    sequence = trace.encoder
    if sequence is None or "encoder" not in trace.kinds:
        raise InvalidSelection(
            Message("{model} has no attention in both directions", model=trace.model),
            argument="model",
        )
    check_length(len(sequence), MOST_TOKENS)
    found = pool(trace, request.layer, request.head, request.sharpness)
    tags = trace.outputs.tags if trace.outputs is not None else ()
    return json_bytes(
        {
            **read_fields(trace),
            "layer": request.layer,
            "head": request.head,
            "sharpness": request.sharpness,
            "tokens": sequence.tokens,
            "tags": [
                {
                    "text": sequence.words[tag.word].text,
                    "tag": tag.tag,
                    "probability": tag.probability,
                }
                for tag in tags
            ],
            "scores": found.scores.tolist(),
            "values": found.values.tolist(),
            "weights": found.weights.tolist(),
            "pooled": found.pooled.tolist(),
            "mean": found.mean.tolist(),
        }
    )


@router.post(
    "/learn/pooling",
    operation_id="learn_pooling",
    summary="From many vectors to one",
    response_model=PoolingAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_pooling(state: StateDep, request: Request, body: PoolingRequest) -> Response:
    """The values of one head taken together: by a fixed cue, which is their mean, and by each
    query, with its scores taken more or less sharply.
    """
    return await of_run(state, request, body, pooling_bytes, body)
