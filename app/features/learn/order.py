"""The numbers of the lesson on word order."""

from __future__ import annotations

from typing import Annotated

import torch
from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.learn.twins import MOST_TOKENS, figures_of, read
from headlight.app.http.compute import computed
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Answer, FigureAnswer, Floats, Matrix
from headlight.app.schemas.requests import Position, Strict
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.lessons.order import ORDER_TWINS, differences, shuffled_positions
from headlight.models.lessons.twins import BASE, TwinName
from headlight.models.small.model import sinusoids

router = api_router()
WAVES = 64
"""Positions whose sines are told."""


class OrderRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "dog bites man", "order": [2, 1, 0]}, {"text": "我吃苹果"}]
        }
    )

    text: str = Field(
        max_length=1000, description=f"English or Chinese, of at most {MOST_TOKENS} tokens."
    )
    order: Annotated[list[Position], Field(max_length=MOST_TOKENS)] | None = Field(
        None,
        description="Which word comes at each place, counted from 0; null: from last to first.",
    )


class OrderTwinAnswer(Answer):
    twin: TwinName = Field(description="Its name.")
    differences: Floats = Field(
        description="[word]: how far the word's last vector moves, |difference| / |vector|, the "
        "most of its tokens."
    )


class OrderAnswer(Answer):
    """Numbers are float64."""

    text: str = Field(description="As sent.")
    words: list[str] = Field(description="Of the text, in its order.")
    order: list[int] = Field(description="Which word comes at each place.")
    twins: list[OrderTwinAnswer] = Field(
        description="Positions of sines, learned, none; causal with sines, and with none."
    )
    sinusoids: Matrix = Field(
        description=f"[position][dimension]: sines and cosines of {WAVES} positions, "
        f"{BASE.d_model} numbers each, of amplitude 1; the twins add 5 of them."
    )
    products: Floats = Field(description="[position]: of the sines of position 0 and of each.")
    figures: list[FigureAnswer] = Field(description="Of the card, of these twins.")


def order_bytes(request: OrderRequest) -> bytes:
    sequence = read("base", request.text).query_sequence("encoder")
    words = [word for word in sequence.words if not word.special]
    order = list(reversed(range(len(words)))) if request.order is None else request.order
    if sorted(order) != list(range(len(words))):
        raise InvalidSelection(
            Message(
                "order must hold each of 0 to {last} once: a number a word", last=len(words) - 1
            ),
            argument="order",
        )
    ids = torch.tensor([token.id for token in sequence.tokens])
    positions = shuffled_positions(sequence, order)
    waves = sinusoids(WAVES, BASE.d_model, torch.float64)
    found = {name: differences(name, ids, positions) for name in ORDER_TWINS}
    return json_bytes(
        {
            "text": request.text,
            "words": [word.text for word in words],
            "order": order,
            "twins": [
                {
                    "twin": name,
                    "differences": [float(moved[list(word.tokens)].max()) for word in words],
                }
                for name, moved in found.items()
            ],
            "sinusoids": waves.tolist(),
            "products": (waves @ waves[0]).tolist(),
            "figures": figures_of(set(ORDER_TWINS)),
        }
    )


@router.post(
    "/learn/order",
    operation_id="learn_order",
    summary="Word order",
    response_model=OrderAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_order(state: StateDep, request: Request, body: OrderRequest) -> Response:
    """The words of a text in another order, and how far each word's vector moves: not at all in a
    model without positions, whatever the order.
    """
    return await computed(state, request, order_bytes, body)
