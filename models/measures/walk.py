"""One head of a model of our own, step by step: every tensor between x and the next block's x.

x         = token + position, or what the block before handed on
normed    = (x - mean) / sqrt(variance + epsilon) * gain + bias    of each position alone
q, k, v   = normed W_q, normed W_k, normed W_v
dot       = q . k                                   (additive: v_a . tanh(q + k))
scores    = dot * scale
pattern   = softmax(scores), 0 where hidden         (or relu, divided by its row's sum)
z         = pattern . v                             of each head of the layer
output    = the heads' z side by side, times W_o
residual  = sum + feedforward(norm(sum)), handed on;  sum = x + output

Nothing is computed a second time that the model has computed: x, normed, q, k, v, z,
output and residual are the run's own tensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import get_args, get_type_hints

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.models.core.attention import Kind, Normaliser, attention_scores
from headlight.models.core.errors import InvalidSelection, check_within
from headlight.models.core.messages import Message
from headlight.models.core.outputs import SupervisedHead
from headlight.models.core.trace import Site, Token, Trace

WALKED = "small"  # the model of a walk that names none


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """What one head did, and its block around it. `layers` and `heads` count what may be walked.

    x, token, position     [pos, d_model]; token and position in the first block only
    norm_gain, norm_bias   [d_model]; `norm_epsilon` is what the variance is raised by
    normed                 [pos, d_model], what the heads read
    w_q, w_k, w_v          [d_model, d_head]
    q                      [query_pos, d_head]; k, v [key_pos, d_head]
    v_a                    [d_head] of additive scores, else None
    dot, scores            [query_pos, key_pos], before and after scaling; finite, unmasked
    mask                   [query_pos, key_pos], True where a query may look; None: none is hidden
    pattern                [query_pos, key_pos], rows sum to 1, 0 where hidden
    z                      [head, query_pos, d_head] of each head of the layer
    w_o                    [head, d_head, d_model]; b_o [d_model], or None
    output, residual       [query_pos, d_model]

    Where one `query_pos` was asked for, that axis has length 1.
    """

    kind: Kind
    layer: int
    head: int
    layers: int
    heads: int
    query_pos: int | None
    tokens: tuple[Token, ...]
    supervised: tuple[SupervisedHead, ...]
    scale: float
    normaliser: Normaliser
    norm_epsilon: float
    x: Float[Tensor, "pos d_model"]
    token: Float[Tensor, "pos d_model"] | None
    position: Float[Tensor, "pos d_model"] | None
    norm_gain: Float[Tensor, " d_model"]
    norm_bias: Float[Tensor, " d_model"]
    normed: Float[Tensor, "pos d_model"]
    w_q: Float[Tensor, "d_model d_head"]
    w_k: Float[Tensor, "d_model d_head"]
    w_v: Float[Tensor, "d_model d_head"]
    q: Float[Tensor, "query_pos d_head"]
    k: Float[Tensor, "key_pos d_head"]
    v: Float[Tensor, "key_pos d_head"]
    v_a: Float[Tensor, " d_head"] | None
    dot: Float[Tensor, "query_pos key_pos"]
    scores: Float[Tensor, "query_pos key_pos"]
    mask: Bool[Tensor, "query_pos key_pos"] | None
    pattern: Float[Tensor, "query_pos key_pos"]
    z: Float[Tensor, "head query_pos d_head"]
    w_o: Float[Tensor, "head d_head d_model"]
    b_o: Float[Tensor, " d_model"] | None
    output: Float[Tensor, "query_pos d_model"]
    residual: Float[Tensor, "query_pos d_model"]

    def tensors(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        """Name, axes and value of every tensor, in the order of the computation; None is left
        out."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Tensor):
                yield field.name, _axes()[field.name], value


@cache
def _axes() -> dict[str, tuple[str, ...]]:
    """The axes of each tensor of a walk, as its annotation names them."""
    hints = get_type_hints(Walk)
    found = {}
    for name, hint in hints.items():
        for option in get_args(hint) or (hint,):
            if hasattr(option, "dim_str"):
                found[name] = tuple(option.dim_str.split())
    return found


def walk_head(trace: Trace, layer: int, head: int, query_pos: int | None = None) -> Walk:
    """Every step of one head; with `query_pos`, of that query alone.

    Raises InvalidSelection for a model that does not keep the inside of its blocks, and for a
    layer, head or position that the run does not have.
    """
    kind = trace.kinds[0]
    site = trace.site(kind, layer)
    inside = site.inside
    if inside is None:
        raise InvalidSelection(
            Message(
                "{model} keeps no x and no W_q, W_k, W_v of its blocks, so its heads cannot be "
                "walked through; choose {other}",
                model=trace.model,
                other=WALKED,
            ),
            argument="model",
        )
    site.check_head(head)
    if query_pos is not None:
        check_within("query_pos", query_pos, site.query_len, Message("the query positions"))
    assert site.projection is not None
    assert site.output is not None
    assert site.bias is None and site.softcap is None and site.sinks is None

    rows = slice(None) if query_pos is None else slice(query_pos, query_pos + 1)
    only = slice(head, head + 1)
    embedding = trace.embedding if layer == 0 else None
    with torch.inference_mode():
        scores = site.scores(only)[0, rows]
        return Walk(
            kind=kind,
            layer=layer,
            head=head,
            layers=len(trace.of_kind(kind)),
            heads=site.n_heads,
            query_pos=query_pos,
            tokens=trace.query_sequence(kind).tokens,
            supervised=trace.supervised,
            scale=1.0 if site.v_a is not None else site.scale,
            normaliser=site.normaliser,
            norm_epsilon=inside.norm_epsilon,
            x=inside.x,
            token=None if embedding is None else embedding.token,
            position=None if embedding is None else embedding.position,
            norm_gain=inside.norm_gain,
            norm_bias=inside.norm_bias,
            normed=inside.normed,
            w_q=inside.w_q[head],
            w_k=inside.w_k[head],
            w_v=inside.w_v[head],
            q=site.q[head, rows],
            k=site.keys(only)[0],
            v=site.values(only)[0],
            v_a=None if site.v_a is None else site.v_a[head],
            dot=_dot(site, only, rows) if site.v_a is None else scores,
            scores=scores,
            mask=_mask(site, head, rows),
            pattern=site.pattern(only)[0, rows],
            z=site.z[:, rows],
            w_o=site.projection.w_o,
            b_o=site.projection.bias,
            output=site.output[rows],
            residual=inside.residual[rows],
        )


def _dot(site: Site, only: slice, rows: slice) -> Float[Tensor, "query_pos key_pos"]:
    return attention_scores(site.q[only], site.keys(only), 1.0)[0, rows]


def _mask(site: Site, head: int, rows: slice) -> Bool[Tensor, "query_pos key_pos"] | None:
    """None where nothing is hidden from any query, even if the model does have a mask."""
    if site.mask is None or bool(site.mask.all()):
        return None
    return site.mask.expand(site.n_heads, -1, -1)[head, rows]
