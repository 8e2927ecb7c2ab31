"""The numbers of the lesson on convolutions."""

from __future__ import annotations

import torch
from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.learn.digit import DigitRequest
from headlight.app.http.compute import computed_text
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Answer, Matrix
from headlight.app.schemas.requests import Index
from headlight.models.core.errors import check_within
from headlight.models.core.messages import Message
from headlight.models.lessons.classifiers import load_convolution
from headlight.models.lessons.convolution import CHANNELS, offset_heads, offsets
from headlight.models.lessons.digits import SIZE, as_input

router = api_router()


class ConvolutionRequest(DigitRequest):
    model_config = ConfigDict(json_schema_extra={"examples": [{"digit": 3, "channel": 2}]})

    channel: Index = Field(0, description="Of the 8 of the first convolution, from 0.")
    head: Index = Field(
        4, description="Whose pattern is told, from 0: 4 looks at the pixel itself."
    )


class ConvolutionAnswer(Answer):
    """The first convolution of a trained network, and the same by attention, in float64."""

    channel: int = Field(description="As sent.")
    head: int = Field(description="As sent.")
    pixels: list[list[int]] = Field(description="[row][column]: 0 to 16.")
    label: int | None = Field(description="The digit that it is; null where nobody has said.")
    image: Matrix = Field(description="[row][column]: as the network reads the pixels.")
    kernel: Matrix = Field(description="[row][column]: the weights of the channel.")
    bias: float = Field(description="Of the channel.")
    offsets: list[list[int]] = Field(
        description="[head]: rows down and columns to the right of the pixel that it looks at."
    )
    pattern: Matrix = Field(
        description="[pixel][pixel + 1]: of the head; the last column is beyond the edge."
    )
    contributions: Matrix = Field(description="[head][pixel]: what each head adds to the channel.")
    by_heads: Matrix = Field(description="[row][column]: the sum of all heads, and the bias.")
    by_convolution: Matrix = Field(description="[row][column]: what the network itself gives.")
    difference: float = Field(description="The largest between the two, over all channels.")


def convolution_bytes(request: ConvolutionRequest) -> bytes:
    pixels, label = request.image()
    learned = load_convolution().state_dict()
    kernel, bias = (learned[f"first.{name}"].double() for name in ("weight", "bias"))
    places = offsets(*kernel.shape[2:])
    check_within("channel", request.channel, CHANNELS, Message("the channels"))
    check_within("head", request.head, len(places), Message("the heads"))
    image = as_input(pixels).double()
    heads = offset_heads(image[None], kernel, bias)
    with torch.inference_mode():
        maps = torch.nn.functional.conv2d(image[None, None], kernel, bias, padding="same")[0]
    by_heads = heads.output.T.unflatten(-1, (SIZE, SIZE))
    return json_bytes(
        {
            "channel": request.channel,
            "head": request.head,
            "pixels": pixels.tolist(),
            "label": label,
            "image": image.tolist(),
            "kernel": kernel[request.channel, 0].tolist(),
            "bias": float(bias[request.channel]),
            "offsets": places,
            "pattern": heads.pattern[request.head].tolist(),
            "contributions": heads.contribution[..., request.channel].tolist(),
            "by_heads": by_heads[request.channel].tolist(),
            "by_convolution": maps[request.channel].tolist(),
            "difference": float((by_heads - maps).abs().max()),
        }
    )


@router.post(
    "/learn/convolution",
    operation_id="learn_convolution",
    summary="A convolution is a special case of attention",
    response_model=ConvolutionAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_convolution(state: StateDep, request: Request, body: ConvolutionRequest) -> Response:
    """The first convolution of a trained network over the image of a digit, and the same from
    nine heads that were set by hand, each of which looks at one offset.
    """
    return await computed_text(state, request, convolution_bytes, body)
