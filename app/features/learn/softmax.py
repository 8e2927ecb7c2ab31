"""The numbers of the lesson on softmax."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import computed_text
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Answer, Floats, Matrix
from headlight.app.schemas.requests import Strict
from headlight.models.lessons.softmax import curve, softmax

router = api_router()
MOST_KEYS = 512
MOST_FACTORS = 512
LARGEST = 1_000_000
Score = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]


class SoftmaxRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"scores": [8, 5, 1, 3], "divisor": 2},
                {"scores": [1, 1, 2], "factors": [0.1, 1, 10, 100]},
            ]
        }
    )

    scores: list[Score] = Field(
        min_length=1, max_length=MOST_KEYS, description="[key]: one row of scores."
    )
    divisor: float = Field(
        1.0, ge=0.001, le=1_000, description="What the scores are divided by first."
    )
    factors: list[Score] = Field(
        [],
        max_length=MOST_FACTORS,
        description="Of the curve: the scores are multiplied by each of them in turn.",
    )


class CurveAnswer(Answer):
    """The softmax of scores * factor, for each factor."""

    factors: Floats = Field(description="As sent.")
    weights: Matrix = Field(description="[factor][key].")
    gradient: Matrix = Field(description="[factor][key]: dy_i/dx_i.")


class SoftmaxAnswer(Answer):
    """Every number is float64."""

    scores: Floats = Field(description="[key]: as sent, divided by the divisor.")
    weights: Floats = Field(description="[key]: exp(x_i) / sum of exp(x_j); they sum to 1.")
    jacobian: Matrix = Field(
        description="[key][key]: dy_i/dx_j = y_i (delta_ij - y_j). The diagonal is y_i times the "
        "sum of the others, which keeps its digits where 1 - y_i has none left."
    )
    row_sums: Floats = Field(description="[key]: of the jacobian; 0 but for rounding.")
    column_sums: Floats = Field(description="[key]: likewise.")
    entropy: float = Field(description="Of the weights, in nats; 0: one key has everything.")
    curve: CurveAnswer = Field(description="Over the factors of the request.")


def softmax_bytes(request: SoftmaxRequest) -> bytes:
    row = softmax(request.scores, request.divisor)
    drawn = curve(request.scores, request.factors)
    return json_bytes(
        {
            "scores": row.scores.tolist(),
            "weights": row.weights.tolist(),
            "jacobian": row.jacobian.tolist(),
            "row_sums": row.jacobian.sum(1).tolist(),
            "column_sums": row.jacobian.sum(0).tolist(),
            "entropy": row.entropy,
            "curve": {
                "factors": request.factors,
                "weights": drawn.weights.tolist(),
                "gradient": drawn.gradient.tolist(),
            },
        }
    )


@router.post(
    "/learn/softmax",
    operation_id="learn_softmax",
    summary="Softmax and its gradient",
    response_model=SoftmaxAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_softmax(state: StateDep, request: Request, body: SoftmaxRequest) -> Response:
    """A row of scores, its weights, how each weight follows each score, and how all of that
    changes as the scores grow. Computed in float64.
    """
    return await computed_text(state, request, softmax_bytes, body)
