"""One head of a model of our own, step by step."""

from __future__ import annotations

from typing import Literal

import numpy as np
from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.models import SupervisedHeadAnswer
from headlight.app.features.selection import check_size
from headlight.app.http.compute import of_run
from headlight.app.http.deps import StateDep, answers_in, api_router
from headlight.app.http.encode import JSON, NPZ
from headlight.app.http.openapi import READING, binary, errors
from headlight.app.http.records import fields_of, read_fields
from headlight.app.http.tensors import Array, Tensor, TensorAnswer
from headlight.app.schemas.answers import Count, Floats, Matrix, Read, TokenAnswer
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import Index, TextRequest
from headlight.app.settings import Settings
from headlight.models.core.attention import Kind
from headlight.models.core.messages import Message
from headlight.models.core.trace import Trace
from headlight.models.measures.walk import WALKED, Walk, walk_head

router = api_router()


class WalkRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "layer": 1, "head": 0},
                {"model": "small", "text": "I saw a saw", "layer": 0, "head": 2, "query_pos": 4},
            ]
        }
    )

    model: str | None = Field(
        None,
        description="A model that keeps the inside of its blocks; null: `small`. Any other is "
        "refused.",
    )
    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")
    query_pos: Index | None = Field(
        None, description="Only what this one query computes: its axis then has length 1."
    )


class WalkAnswer(Read):
    """One head from x to the next block's x. Every tensor is the run's own."""

    kind: Kind
    layer: int
    head: int
    layers: Count = Field(description="Layers that may be walked.")
    heads: Count = Field(description="Heads in this layer.")
    query_pos: int | None = Field(description="The one query asked for; null: all of them.")
    tokens: list[TokenAnswer] = Field(description="Queries and keys, in order of position.")
    supervised: list[SupervisedHeadAnswer] = Field(description="The model's supervised heads.")
    scale: float = Field(description="What q.k is multiplied by.")
    normaliser: Literal["softmax", "relu"] = Field(
        description="How scores become shares; relu: max(score, 0), divided by its row's sum."
    )
    norm_epsilon: float = Field(description="What the norm adds to a variance before its root.")
    x: Matrix = Field(description="[pos][d_model]: what the block reads.")
    token: Matrix | None = Field(
        description="[pos][d_model]: the token's own vector. First block only, else null."
    )
    position: Matrix | None = Field(
        description="[pos][d_model]: the position's; x = token + position. Likewise."
    )
    norm_gain: Floats = Field(description="[d_model]: what the normed numbers are multiplied by.")
    norm_bias: Floats = Field(description="[d_model]: what is added to them then.")
    normed: Matrix = Field(
        description="[pos][d_model]: what the heads read, "
        "(x - mean) / sqrt(variance + norm_epsilon) * norm_gain + norm_bias of each position."
    )
    w_q: Matrix = Field(description="[d_model][d_head]: q = normed W_q.")
    w_k: Matrix = Field(description="[d_model][d_head]: k = normed W_k.")
    w_v: Matrix = Field(description="[d_model][d_head]: v = normed W_v.")
    q: Matrix = Field(description="[query_pos][d_head].")
    k: Matrix = Field(description="[key_pos][d_head].")
    v: Matrix = Field(description="[key_pos][d_head].")
    v_a: Floats | None = Field(
        description="[d_head]: of additive scores, v_a.tanh(q + k); null where scores are q.k."
    )
    dot: Matrix = Field(description="[query_pos][key_pos]: q.k (additive: the score itself).")
    scores: Matrix = Field(description="[query_pos][key_pos]: dot * scale, before the mask.")
    mask: list[list[bool]] | None = Field(
        description="[query_pos][key_pos]: true where the query may look; null: nothing is hidden."
    )
    pattern: Matrix = Field(
        description="[query_pos][key_pos], 0 to 1; each row sums to 1, 0 where hidden."
    )
    z: list[Matrix] = Field(description="[head][query_pos][d_head]: each head's pattern.v.")
    w_o: list[Matrix] = Field(description="[head][d_head][d_model].")
    b_o: Floats | None = Field(description="[d_model]: W_o's bias, or null.")
    output: Matrix = Field(
        description="[query_pos][d_model]: the heads' z side by side, times W_o, plus b_o."
    )
    residual: Matrix = Field(
        description="[query_pos][d_model]: what the block hands on, sum + feedforward(norm(sum)) "
        "where sum = x + output."
    )


def walk_bytes(trace: Trace, request: WalkRequest, media_type: str, settings: Settings) -> bytes:
    """Every step of one head. As .npz what is None is left out, and `tokens` are their texts."""
    walk = walk_head(trace, request.layer, request.head, request.query_pos)
    arrays = list(walk.tensors())
    tensors = {name: Tensor(axes, tensor.contiguous().numpy()) for name, axes, tensor in arrays}
    answer = TensorAnswer({**read_fields(trace), **fields_of(walk)}, _labels(walk), tensors)
    if media_type == NPZ:
        return answer.npz()
    numbers = sum(tensor.numel() for _, _, tensor in arrays)
    advice = Message("Name a query_pos, or send Accept: {type}.", type=NPZ)
    check_size(Message("walk"), numbers, settings.json_numbers, advice, "query_pos")
    return answer.json()


def _labels(walk: Walk) -> dict[str, Array]:
    supervised = [[each.layer, each.head] for each in walk.supervised]
    return {
        "tokens": np.array([token.text for token in walk.tokens]),
        "special": np.array([token.special for token in walk.tokens]),
        "layers": np.array(walk.layers, dtype=np.int32),
        "supervised": np.array(supervised, dtype=np.int32).reshape(-1, 2),
        "supervised_tasks": np.array([each.task for each in walk.supervised], dtype=np.str_),
        "scale": np.array(walk.scale, dtype=np.float32),
        "normaliser": np.array(walk.normaliser),
        "norm_epsilon": np.array(walk.norm_epsilon, dtype=np.float32),
    }


@router.post(
    "/walk",
    operation_id="walk_head",
    summary="One head, step by step",
    response_model=WalkAnswer,
    responses={
        200: {
            "description": "As JSON; as .npz, the same arrays without those that are null.",
            "content": {NPZ: binary("numpy.load reads it.")},
        },
        **errors(*READING),
    },
    tags=["heads"],
)
@answers_in(JSON, NPZ)
async def get_walk(state: StateDep, request: Request, body: WalkRequest) -> Response:
    """Every tensor from x to what the block hands on, of one head of `small`.

    Send `Accept: application/x-npz` for NumPy.
    """
    if body.model is None:
        body = body.model_copy(update={"model": WALKED})
    return await of_run(
        state, request, body, walk_bytes, body, request.state.media_type, state.settings
    )
