"""A trace that keeps the inside of its blocks, made by hand from the equations."""

from __future__ import annotations

import torch
from torch import Tensor

from headlight.models.core.attention import (
    Normaliser,
    additive_scores,
    attention_pattern,
    attention_scores,
)
from headlight.models.core.outputs import SupervisedHead
from headlight.models.core.trace import Embedding, Inside, OutputProjection, Sequence, Site, Trace
from tests.models.traces import D_HEAD, D_MODEL, HEADS, plain, sequence

TEXT = "I saw a saw"
LAYERS = 2
SUPERVISED = (SupervisedHead("encoder", 1, 2, "antecedent"),)
EPSILON = 0.125  # large enough that leaving it out shows


def normal(x: Tensor) -> Tensor:
    """Each row around 0, a little less than 1 wide."""
    away = x - x.mean(-1, keepdim=True)
    return away / (away.square().mean(-1, keepdim=True) + EPSILON).sqrt()


def walkable_trace(
    text: str = TEXT,
    *,
    tower: Sequence | None = None,
    model: str = "small",
    mask: Tensor | None = None,
    additive: bool = False,
    normaliser: Normaliser = "softmax",
    bias: bool = False,
) -> Trace:
    """Two blocks of three heads, each with a norm before them and one before what follows."""
    tower = tower or sequence(text)
    make = torch.Generator().manual_seed(11)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=make)

    token, position = random(len(tower), D_MODEL), random(len(tower), D_MODEL)
    x, sites = token + position, []
    for layer in range(LAYERS):
        w_q, w_k, w_v = (random(HEADS, D_MODEL, D_HEAD) / D_MODEL**0.5 for _ in range(3))
        gain, norm_bias = 1 + random(D_MODEL) / 2, random(D_MODEL) / 2
        normed = gain * normal(x) + norm_bias
        q, k, v = normed @ w_q, normed @ w_k, normed @ w_v
        v_a = random(HEADS, D_HEAD) if additive else None
        scale = D_HEAD**-0.5
        scores = attention_scores(q, k, scale) if v_a is None else additive_scores(q, k, v_a)
        z = attention_pattern(scores, mask=mask, normaliser=normaliser) @ v
        projection = OutputProjection(
            random(HEADS, D_HEAD, D_MODEL), random(D_MODEL) if bias else None
        )
        output = torch.einsum("hqd,hdm->qm", z, projection.w_o)
        if projection.bias is not None:
            output = output + projection.bias
        mixed = x + output
        residual = mixed + torch.tanh(normal(mixed))
        sites.append(
            Site(
                kind="encoder",
                layer=layer,
                q=q,
                k=k,
                v=v,
                z=z,
                scale=scale,
                mask=mask,
                projection=projection,
                output=output,
                v_a=v_a,
                normaliser=normaliser,
                inside=Inside(
                    x=x,
                    normed=normed,
                    norm_gain=gain,
                    norm_bias=norm_bias,
                    norm_epsilon=EPSILON,
                    w_q=w_q,
                    w_k=w_k,
                    w_v=w_v,
                    residual=residual,
                ),
            )
        )
        x = residual
    return Trace(
        model=model,
        text=plain(text),
        text_pair=None,
        sites=tuple(sites),
        encoder=tower,
        embedding=Embedding(token, position),
        supervised=SUPERVISED,
    )
