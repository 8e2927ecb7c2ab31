"""The numbers of the lesson on images."""

from __future__ import annotations

from typing import get_args

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.learn.digit import DigitRequest
from headlight.app.http.compute import computed_text
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Answer, AxisAnswer, FigureAnswer
from headlight.app.schemas.requests import Position
from headlight.models.core.errors import check_within
from headlight.models.core.messages import Message
from headlight.models.lessons.card import read_card
from headlight.models.lessons.classifiers import Classifier, load_model, shares_of_all
from headlight.models.lessons.digits import nearest, patch_axis, shuffle_patches
from headlight.models.lessons.images import PATCH, Occlusion, Variant, occluded_patches, run

router = api_router()


class ImagesRequest(DigitRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"digit": 3}, {"digit": 3, "model": "no_positions", "shuffle": 1}]
        }
    )

    model: Variant = Field(
        "patches",
        description="patches: of 2 x 2 pixels; no_positions: the same without positions; pixels: a "
        "patch is one pixel.",
    )
    query_pos: Position = Field(
        0, description="The position whose row is told: 0 is CLS, then the patches."
    )
    shuffle: Position | None = Field(
        None, le=2**31 - 1, description="A seed: the patches are put in another order first."
    )
    occlusion: Occlusion | None = Field(
        None,
        description="A quarter of the patches that nobody may look at: those that CLS looks at "
        "most or least in the last layer, those with the most ink, or random ones.",
    )


class ClassifierAnswer(Answer):
    model: Classifier = Field(
        description="patches, no_positions and pixels as in the request; convolution: a small "
        "convolutional network; logistic: logistic regression on the pixels."
    )
    shares: list[float] = Field(description="[digit]: what it gives each; they sum to 1.")


class ImagesAnswer(Answer):
    """What a trained model makes of the image of a digit. The model is that of the first seed."""

    model: Variant = Field(description="As sent.")
    query_pos: int = Field(description="As sent.")
    axis: AxisAnswer = Field(description="CLS, then the patches by row and column, from 0.")
    pixels: list[list[int]] = Field(description="[row][column]: 0 to 16, as they were read.")
    label: int | None = Field(description="The digit that it is; null where nobody has said.")
    scores: list[list[list[float]]] = Field(
        description="[layer][head][position]: of the query, before anything is occluded."
    )
    pattern: list[list[list[float]]] = Field(
        description="[layer][head][position]: the row of the query; it sums to 1."
    )
    occluded: list[int] = Field(description="Positions that nobody may look at.")
    shares: list[float] = Field(description="[digit]: what the model gives each; they sum to 1.")
    classifiers: list[ClassifierAnswer] = Field(
        description="What every model gives each digit, nothing occluded."
    )
    nearest: int = Field(
        description="The digit of the image that differs least, of those to learn from."
    )
    figures: list[FigureAnswer] = Field(description="Of the card: every model.")


def images_bytes(request: ImagesRequest) -> bytes:
    pixels, label = request.image()
    patch = PATCH[request.model]
    axis = patch_axis(patch)
    check_within(
        "position", request.query_pos, len(axis), Message("the positions"), argument="query_pos"
    )
    if request.shuffle is not None:
        pixels = shuffle_patches(pixels, patch, request.shuffle)
    model = load_model(request.model)
    made = run(model, pixels)
    occluded = []
    if request.occlusion is not None:
        chosen = occluded_patches(made, pixels, request.occlusion)
        made = run(model, pixels, chosen)
        occluded = [1 + patch for patch in sorted(chosen.tolist())]
    classifiers = shares_of_all(pixels)
    return json_bytes(
        {
            "model": request.model,
            "query_pos": request.query_pos,
            "axis": axis,
            "pixels": pixels.tolist(),
            "label": label,
            "scores": made.scores[:, :, request.query_pos].tolist(),
            "pattern": made.patterns[:, :, request.query_pos].tolist(),
            "occluded": occluded,
            "shares": made.shares.tolist(),
            "classifiers": [
                {"model": name, "shares": classifiers[name].tolist()}
                for name in get_args(Classifier)
            ],
            "nearest": int(nearest(pixels)),
            "figures": read_card("images")["figures"],
        }
    )


@router.post(
    "/learn/images",
    operation_id="learn_images",
    summary="An image is a sequence of patches",
    response_model=ImagesAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_images(state: StateDep, request: Request, body: ImagesRequest) -> Response:
    """A small trained model reads the image of a digit as a sequence of patches: what its heads
    look at, and what it says. Patches can be shuffled and occluded.
    """
    return await computed_text(state, request, images_bytes, body)
