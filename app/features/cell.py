"""The arithmetic of one cell."""

from __future__ import annotations

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import of_run
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import fields_of
from headlight.app.schemas.answers import Answer, Floats, TokenAnswer
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import KIND, Index, TextRequest
from headlight.models.core.attention import Kind
from headlight.models.core.trace import Trace
from headlight.models.measures.cell import explain_cell

router = api_router()


class CellRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "layer": 3, "head": 1, "query_pos": 9, "key_pos": 2},
            ]
        }
    )

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")
    query_pos: Index = Field(description="Position of the token that looks, from 0.")
    key_pos: Index = Field(description="Position of the token that is looked at, from 0.")


class ResidualAnswer(Answer):
    """Arithmetic in float64 minus the model's own float32."""

    score: float
    pattern: float
    z: float = Field(description="The largest absolute difference over d_head.")
    output: float | None = Field(
        description="All heads summed plus bias, against the block's output; null without W_o."
    )


class CellAnswer(Answer):
    """Why one query gives one key what it gives: every step, in float64."""

    model: str
    kind: Kind
    layer: int
    head: int
    query_pos: int
    key_pos: int
    query_token: TokenAnswer = Field(description="The token that looks.")
    key_token: TokenAnswer = Field(description="The token that is looked at.")
    q: Floats = Field(description="[d_head] of the query.")
    k: Floats = Field(description="[d_head] of the key.")
    products: Floats = Field(description="[d_head]: q_d * k_d.")
    dot: float = Field(description="Their sum.")
    scale: float = Field(description="What the dot product is multiplied by.")
    score: float = Field(description="dot * scale.")
    softcap: float | None = Field(description="The cap of the scores (Gemma 2), or null.")
    capped: float | None = Field(description="softcap * tanh(score / softcap); null without one.")
    bias: float | None = Field(description="Added to the score; null if the model has none.")
    masked: bool = Field(description="True if the query may not look there: pattern is 0.")
    logit: float | None = Field(description="capped (or score) + bias; null if masked.")
    row_max: float = Field(description="The largest logit of the row.")
    exp: float | None = Field(description="exp(logit - row_max); null if masked.")
    denominator: float = Field(description="Sum of exp over the row.")
    pattern: float = Field(description="exp / denominator, 0 to 1.")
    v: Floats = Field(description="[d_head] of the key.")
    weighted_v: Floats = Field(description="[d_head]: pattern * v.")
    z: Floats = Field(description="[d_head]: the sum of weighted v over the row.")
    contribution: Floats | None = Field(
        description="[d_model]: weighted_v through this head's part of W_o; null without W_o."
    )
    contribution_norm: float | None = Field(description="Its Euclidean length.")
    model_score: float = Field(description="The model's own score.")
    model_pattern: float = Field(description="The model's own pattern value.")
    residual: ResidualAnswer


def cell_bytes(trace: Trace, request: CellRequest) -> bytes:
    kind: Kind = request.kind or trace.kinds[0]
    cell = explain_cell(
        trace, kind, request.layer, request.head, request.query_pos, request.key_pos
    )
    return json_bytes({"model": trace.model, **fields_of(cell)})


@router.post(
    "/cell",
    operation_id="explain_cell",
    summary="The arithmetic of one cell",
    response_model=CellAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_cell(state: StateDep, request: Request, body: CellRequest) -> Response:
    """From q and k to the pattern's value and its contribution, each step in float64."""
    return await of_run(state, request, body, cell_bytes, body)
