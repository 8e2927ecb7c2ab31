"""The numbers of the lesson on scaling."""

from __future__ import annotations

import math
from typing import Annotated, Any

import torch
from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import computed_text, of_run
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import read_fields
from headlight.app.schemas.answers import Answer, Floats, Read
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import Strict, TextRequest
from headlight.models.core.attention import Kind
from headlight.models.core.trace import Trace
from headlight.models.lessons.scale import KEYS, ROWS, Rows, sample, spreads

router = api_router()
LARGEST = 512
BINS = 81
REACH = 4  # standard deviations on either side of the histogram
Dimensions = Annotated[int, Field(ge=1, le=LARGEST)]


class ScaleRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"d": 64}, {"d": 16, "seed": 7, "sweep": [1, 8, 64, 512]}]}
    )

    d: Dimensions = Field(description="Numbers of a query and of a key.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="The same seed draws the same numbers.")
    sweep: list[Dimensions] = Field(
        [], max_length=16, description="Sizes of which the same is measured, for a curve."
    )


class RowsAnswer(Answer):
    """What softmax makes of the rows; means over them."""

    variance: float = Field(description="Of all scores.")
    entropy: float = Field(description="Of a row's weights, as a share of log(keys).")
    largest: float = Field(description="Weight of a row.")
    gradient: float = Field(description="Frobenius norm of a row's Jacobian.")


class SampleAnswer(Answer):
    d: int = Field(description="Numbers of a query and of a key.")
    unscaled: RowsAnswer = Field(description="Of q.k.")
    scaled: RowsAnswer = Field(description="Of q.k / sqrt(d).")


class FirstRowAnswer(Answer):
    """The first query that was drawn."""

    q: Floats = Field(description="[d].")
    k: Floats = Field(description="[d]: its first key.")
    scores: Floats = Field(description="[key]: q.k.")
    unscaled: Floats = Field(description="[key]: softmax of the scores.")
    scaled: Floats = Field(description="[key]: softmax of the scores / sqrt(d).")


class HistogramAnswer(Answer):
    """How often a score falls into each of equal bins from -limit to limit."""

    limit: float = Field(description="4 sqrt(d).")
    unscaled: list[int] = Field(description="[bin]: of q.k.")
    scaled: list[int] = Field(description="[bin]: of q.k / sqrt(d).")


class ScaleAnswer(SampleAnswer):
    """q and k of d independent numbers each, mean 0, variance 1. Every number is float64."""

    seed: int = Field(description="As sent.")
    rows: int = Field(description="Queries that were drawn.")
    keys: int = Field(description="Keys that each of them meets.")
    first: FirstRowAnswer = Field(description="One row in full.")
    histogram: HistogramAnswer = Field(description="Of all scores.")
    sweep: list[SampleAnswer] = Field(description="For each size of the request's.")


def scale_bytes(request: ScaleRequest) -> bytes:
    drawn = sample(request.d, request.seed)
    root = math.sqrt(request.d)
    limit = REACH * root
    first = drawn.scores[0]
    counts = {
        name: torch.histc(scores.clamp(-limit, limit), BINS, -limit, limit).long().tolist()
        for name, scores in (("unscaled", drawn.scores), ("scaled", drawn.scores / root))
    }
    return json_bytes(
        {
            **_sample(drawn.d, drawn.unscaled, drawn.scaled),
            "seed": request.seed,
            "rows": ROWS,
            "keys": KEYS,
            "first": {
                "q": drawn.q.tolist(),
                "k": drawn.k.tolist(),
                "scores": first.tolist(),
                "unscaled": torch.softmax(first, -1).tolist(),
                "scaled": torch.softmax(first / root, -1).tolist(),
            },
            "histogram": {"limit": limit, **counts},
            "sweep": [
                _sample(one.d, one.unscaled, one.scaled)
                for one in (sample(d, request.seed) for d in request.sweep)
            ],
        }
    )


def _sample(d: int, unscaled: Rows, scaled: Rows) -> dict[str, Any]:
    return {"d": d, "unscaled": unscaled, "scaled": scaled}


@router.post(
    "/learn/scale",
    operation_id="learn_scale",
    summary="Why scores are scaled",
    response_model=ScaleAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_scale(state: StateDep, request: Request, body: ScaleRequest) -> Response:
    """Draws queries and keys of d random numbers, and tells what softmax makes of their products,
    as they are and divided by sqrt(d).
    """
    return await computed_text(state, request, scale_bytes, body)


class SpreadRequest(TextRequest):
    model_config = ConfigDict(json_schema_extra={"examples": [{"text": LAW, "model": "small"}]})


class SpreadAnswer(Answer):
    kind: Kind
    layer: int
    head: int
    d_head: int = Field(description="Numbers of its queries and keys.")
    scale: float = Field(description="What the model multiplies q.k by.")
    spread: float = Field(
        description="Standard deviation of q.k, before the scale, over the pairs that may look."
    )
    entropy: float = Field(
        description="Of the head's rows, mean, as a share of the most that it can be."
    )
    unscaled: float = Field(description="The same, were its scores not scaled.")


class SpreadsAnswer(Read):
    heads: list[SpreadAnswer] = Field(
        description="Every head whose scores are dot products, by kind, layer and number."
    )


def spread_bytes(trace: Trace) -> bytes:
    return json_bytes({**read_fields(trace), "heads": list(spreads(trace))})


@router.post(
    "/learn/scale/heads",
    operation_id="learn_scale_heads",
    summary="How far the scores of real heads spread",
    response_model=SpreadsAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_spreads(state: StateDep, request: Request, body: SpreadRequest) -> Response:
    """The spread of q.k of every head of a run, before the scale: sqrt(d_head) is what random
    queries and keys would have.
    """
    return await of_run(state, request, body, spread_bytes)
