"""The arithmetic of one cell of one pattern, step by step, as on paper.

Every step is done again in float64 from the model's own q, k and v; a residual says how far
the model's own float32 result lies from it, so nothing has to be taken on trust.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.attention import Kind, repeat_groups
from headlight.models.core.errors import check_within
from headlight.models.core.messages import Message
from headlight.models.core.trace import Site, Token, Trace


@dataclass(frozen=True, slots=True)
class Residual:
    """Arithmetic minus the model's own numbers; for vectors the largest absolute difference.

    `output`: all heads' contributions summed, plus W_o's bias, against the block's own output;
    None where the model has no W_o.
    """

    score: float
    pattern: float
    z: float
    output: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Why one query position gives what it gives to one key position.

    q, k             [d_head]; products = q * k, dot = their sum, score = dot * scale
                     (additive: products = v_a * tanh(q + k), and the scale is 1)
    capped           softcap * tanh(score / softcap); None without a softcap
    bias             what the model adds to the score; None if it adds nothing
    logit            capped (or score) + bias; None where masked
    row_max          the largest logit of the row, a sink's included
    exp              e ** (logit - row_max); None where masked
                     (normaliser "relu": max(logit, 0), and row_max is 0)
    denominator      the sum of exp over the row, a sink's included
    pattern          exp / denominator, 0..1; 0 where masked
    v, weighted_v    [d_head]; weighted_v = pattern * v
    z                [d_head], the whole row's pattern.v
    contribution     [d_model], weighted_v through the head's part of W_o; None without W_o
    model_score, model_pattern   the model's own float32 numbers

    A row that may look nowhere is uniform, as in the models: each cell is masked, row_max is
    0, denominator counts the keys, and the pattern is 1 / denominator.
    """

    kind: Kind
    layer: int
    head: int
    query_pos: int
    key_pos: int
    query_token: Token
    key_token: Token
    q: list[float]
    k: list[float]
    products: list[float]
    dot: float
    scale: float
    score: float
    softcap: float | None
    capped: float | None
    bias: float | None
    masked: bool
    logit: float | None
    row_max: float
    exp: float | None
    denominator: float
    pattern: float
    v: list[float]
    weighted_v: list[float]
    z: list[float]
    contribution: list[float] | None
    contribution_norm: float | None
    model_score: float
    model_pattern: float
    residual: Residual


def explain_cell(
    trace: Trace, kind: Kind, layer: int, head: int, query_pos: int, key_pos: int
) -> Cell:
    """How much one position of one head gives to another, and every number on the way.

    Raises InvalidSelection, with the part of the selection that the run does not have.
    """
    site = trace.site(kind, layer)
    site.check_head(head)
    check_within("query_pos", query_pos, site.query_len, Message("the query positions"))
    check_within("key_pos", key_pos, site.key_len, Message("the key positions"))
    with torch.inference_mode():
        return _explain(trace, site, head, query_pos, key_pos)


def _explain(trace: Trace, site: Site, head: int, query_pos: int, key_pos: int) -> Cell:
    row = _Row(site, query_pos)
    only = slice(head, head + 1)
    model_score = float(site.scores(only)[0, query_pos, key_pos])
    model_pattern = float(site.pattern(only)[0, query_pos, key_pos])

    q, k, v = row.q[head], row.k[head, key_pos], row.v[head, key_pos]
    products = q * k if site.v_a is None else site.v_a[head].double() * torch.tanh(q + k)
    dot = float(products.sum())
    score = dot * site.scale
    pattern = float(row.pattern[head, key_pos])
    masked = not bool(row.may_look[head, key_pos])
    weighted_v = pattern * v
    z = row.z[head]
    contribution = None
    if site.projection is not None:
        contribution = weighted_v @ site.projection.w_o[head].double()
    return Cell(
        kind=site.kind,
        layer=site.layer,
        head=head,
        query_pos=query_pos,
        key_pos=key_pos,
        query_token=trace.query_sequence(site.kind).tokens[query_pos],
        key_token=trace.key_sequence(site.kind).tokens[key_pos],
        q=q.tolist(),
        k=k.tolist(),
        products=products.tolist(),
        dot=dot,
        scale=site.scale,
        score=score,
        softcap=site.softcap,
        capped=None if site.softcap is None else float(row.capped[head, key_pos]),
        bias=None if row.bias is None else float(row.bias[head, key_pos]),
        masked=masked,
        logit=None if masked else float(row.logits[head, key_pos]),
        row_max=float(row.maximum[head]),
        exp=None if masked else float(row.exp[head, key_pos]),
        denominator=float(row.denominator[head]),
        pattern=pattern,
        v=v.tolist(),
        weighted_v=weighted_v.tolist(),
        z=z.tolist(),
        contribution=None if contribution is None else contribution.tolist(),
        contribution_norm=None if contribution is None else float(contribution.norm()),
        model_score=model_score,
        model_pattern=model_pattern,
        residual=Residual(
            score=score - model_score,
            pattern=pattern - model_pattern,
            z=float((z - site.z[head, query_pos].double()).abs().max()),
            output=_output_residual(site, row.z, query_pos),
        ),
    )


class _Row:
    """One query position of every head of a site, in float64: all [head, key_pos] or [head]."""

    def __init__(self, site: Site, query_pos: int) -> None:
        self.q = site.q[:, query_pos].double()
        self.k = repeat_groups(site.k, site.n_heads).double()
        self.v = repeat_groups(site.v, site.n_heads).double()
        if site.v_a is None:
            scores = torch.einsum("hd,hkd->hk", self.q, self.k) * site.scale
        else:
            hidden = torch.tanh(self.q[:, None] + self.k)
            scores = torch.einsum("hd,hkd->hk", site.v_a.double(), hidden)
        self.capped = scores
        if site.softcap is not None:
            self.capped = torch.tanh(scores / site.softcap) * site.softcap
        self.bias = None
        if site.bias is not None:
            self.bias = site.bias[:, query_pos].double().expand_as(scores)
        self.may_look = torch.ones_like(scores, dtype=torch.bool)
        if site.mask is not None:
            self.may_look = site.mask[:, query_pos].expand_as(scores)

        self.logits = self.capped if self.bias is None else self.capped + self.bias
        nowhere = ~self.may_look.any(-1)
        logits = self.logits.masked_fill(~self.may_look, -torch.inf)
        sinks = scores.new_full((site.n_heads,), -torch.inf)
        if site.sinks is not None:
            sinks = site.sinks.double()
        # A row that may look nowhere has no largest logit: equal logits stand in for it.
        logits = logits.masked_fill(nowhere[:, None] & torch.isinf(sinks)[:, None], 0.0)
        if site.normaliser == "relu":
            self.maximum = torch.zeros_like(sinks)
            self.exp = torch.relu(logits)
            self.denominator = self.exp.sum(-1)
        else:
            self.maximum = torch.maximum(logits.amax(-1), sinks)
            self.exp = torch.exp(logits - self.maximum[:, None])
            self.denominator = self.exp.sum(-1) + torch.exp(sinks - self.maximum)
        self.pattern = self.exp / self.denominator[:, None].clamp_min(
            torch.finfo(torch.float64).tiny
        )
        self.z = torch.einsum("hk,hkd->hd", self.pattern, self.v)


def _output_residual(site: Site, z: Float[Tensor, "head d_head"], query_pos: int) -> float | None:
    if site.projection is None or site.output is None:
        return None
    output = torch.einsum("hd,hdm->m", z, site.projection.w_o.double())
    if site.projection.bias is not None:
        output = output + site.projection.bias.double()
    return float((output - site.output[query_pos].double()).abs().max())
