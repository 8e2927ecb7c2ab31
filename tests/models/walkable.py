"""A trace that keeps the inside of its blocks, made by hand from the equations."""

from __future__ import annotations

import torch
from torch import Tensor

from models.attention import Normaliser, additive_scores, attention_pattern, attention_scores
from models.outputs import Taught
from models.trace import Embedding, Inside, OutputProjection, Sequence, Site, Trace
from tests.models.traces import D_HEAD, D_MODEL, HEADS, plain, sequence

TEXT = "I saw a saw"
LAYERS = 2
TAUGHT = (Taught("encoder", 1, 2, "antecedent"),)


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
    """Two blocks of three heads; each hands the next its own x, normalised."""
    tower = tower or sequence(text)
    make = torch.Generator().manual_seed(11)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=make)

    token, position = random(len(tower), D_MODEL), random(len(tower), D_MODEL)
    x, sites = token + position, []
    for layer in range(LAYERS):
        w_q, w_k, w_v = (random(HEADS, D_MODEL, D_HEAD) / D_MODEL**0.5 for _ in range(3))
        q, k, v = x @ w_q, x @ w_k, x @ w_v
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
        residual = torch.nn.functional.layer_norm(x + output, (D_MODEL,))
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
                inside=Inside(x, w_q, w_k, w_v, residual),
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
        taught=TAUGHT,
    )
