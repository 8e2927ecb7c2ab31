"""The numbers of the lessons on what a head is made of: models that differ in one choice."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import computed
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Answer, FigureAnswer, Matrix, TokenAnswer
from headlight.app.schemas.requests import Index, Strict
from headlight.models.core.attention import Normaliser
from headlight.models.core.errors import InvalidText
from headlight.models.core.messages import Message
from headlight.models.core.trace import Trace
from headlight.models.lessons.card import read_card
from headlight.models.lessons.twins import CONFIGS, TwinName, attention_parameters, load_twin
from headlight.models.small.config import Positions, Score, Tied

router = api_router()
MOST_TOKENS = 48
Tensor3 = list[Matrix]


class TwinsRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "I saw a saw.", "twins": ["base", "additive"], "layer": 1, "head": 0},
                {"text": "我吃苹果", "twins": ["heads_8"], "layer": 0},
            ]
        }
    )

    text: str = Field(
        max_length=1000, description=f"English or Chinese, of at most {MOST_TOKENS} tokens."
    )
    twins: Annotated[list[TwinName], Field(min_length=1, max_length=len(CONFIGS))] = Field(
        description="Which of them."
    )
    layer: Index = Field(0, description="Layer number, from 0; they have 2.")
    head: Index | None = Field(None, description="Head number, from 0; null: every head.")


class TwinAnswer(Answer):
    twin: TwinName = Field(description="Its name.")
    score: Score = Field(description="scaled_dot: q.k / sqrt(d_head); dot: q.k; additive.")
    normaliser: Normaliser = Field(description="What makes shares of scores.")
    positions: Positions = Field(description="What is added to the vectors of tokens.")
    window: int | None = Field(description="How far a query sees on either side; null: everywhere.")
    causal: bool = Field(description="Whether no query sees what comes after it.")
    tied: Tied = Field(description="Which of W_q, W_k and W_v are one matrix.")
    n_heads: int = Field(description="Heads of a layer.")
    d_head: int = Field(description="Numbers of a query, a key and a value.")
    attention_parameters: int = Field(
        description="Numbers in W_q, W_k, W_v, W_o and v_a of both layers."
    )
    heads: list[int] = Field(description="Those that are told of.")
    q: Tensor3 = Field(description="[head][query_pos][d_head].")
    k: Tensor3 = Field(description="[head][key_pos][d_head].")
    v_a: Matrix | None = Field(description="[head][d_head] of additive scores; null of others.")
    scores: Tensor3 = Field(description="[head][query_pos][key_pos], before the mask.")
    pattern: Tensor3 = Field(description="[head][query_pos][key_pos]; each row sums to 1.")
    contributions: Tensor3 = Field(
        description="[head][query_pos][d_model]: what the head's values give, times its rows of "
        "W_o; those of all heads add up to the output."
    )
    output: Matrix = Field(description="[query_pos][d_model] of the layer's attention.")


class TwinsAnswer(Answer):
    """Numbers are float32."""

    text: str = Field(description="As sent.")
    layer: int = Field(description="As sent.")
    tokens: list[TokenAnswer] = Field(description="Queries and keys, in order of position.")
    twins: list[TwinAnswer] = Field(description="In the order of the request.")
    figures: list[FigureAnswer] = Field(
        description="Of the card, of the twins that were asked: `tags` and `parents` right on EWT "
        "dev; by layer `entropy`, `zeros` and how `antisymmetric` scores are; `seconds`."
    )


def twins_bytes(request: TwinsRequest) -> bytes:
    traces = [read(name, request.text) for name in request.twins]
    return json_bytes(
        {
            "text": request.text,
            "layer": request.layer,
            "tokens": traces[0].query_sequence("encoder").tokens,
            "twins": [
                _twin(name, trace, request.layer, request.head)
                for name, trace in zip(request.twins, traces, strict=True)
            ],
            "figures": figures_of(set(request.twins)),
        }
    )


def read(name: TwinName, text: str) -> Trace:
    """A run of a twin. Raises InvalidText for a text of no tokens, or of more than are shown."""
    twin = load_twin(name)
    sequence = twin.encode(text).encoder
    count = 0 if sequence is None else len(sequence)
    if not 2 < count <= MOST_TOKENS:
        raise InvalidText(
            Message(
                "the text has {count} tokens, [CLS] and [SEP] among them; give 3 to {most}",
                count=count,
                most=MOST_TOKENS,
            ),
            argument="text",
        )
    return twin.run(text)


def figures_of(names: set[TwinName]) -> list[dict[str, object]]:
    return [each for each in read_card("twins")["figures"] if each["model"] in names]


def _twin(name: TwinName, trace: Trace, layer: int, head: int | None) -> dict[str, object]:
    site = trace.site("encoder", layer)
    assert site.output is not None
    if head is not None:
        site.check_head(head, argument="head")
    heads = list(range(site.n_heads)) if head is None else [head]
    config = CONFIGS[name]
    return {
        "twin": name,
        "score": config.score,
        "normaliser": config.normaliser,
        "positions": config.positions,
        "window": config.window,
        "causal": config.causal,
        "tied": config.tied,
        "n_heads": config.heads,
        "d_head": config.d_head,
        "attention_parameters": attention_parameters(name),
        "heads": heads,
        "q": site.q[heads].tolist(),
        "k": site.keys(heads).tolist(),
        "v_a": None if site.v_a is None else site.v_a[heads].tolist(),
        "scores": site.scores(heads).tolist(),
        "pattern": site.pattern(heads).tolist(),
        "contributions": site.contribution(heads).tolist(),
        "output": site.output.tolist(),
    }


@router.post(
    "/learn/twins",
    operation_id="learn_twins",
    summary="Models that differ in one choice",
    response_model=TwinsAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_twins(state: StateDep, request: Request, body: TwinsRequest) -> Response:
    """One layer of several small models on one text: twins that were trained alike but for their
    score function, normaliser, positions, mask, number of heads, or matrices that are one.
    """
    return await computed(state, request, twins_bytes, body)
