"""Why scores are divided by sqrt(d_head): sampled, and measured in the heads of a run.

For q and k of d independent numbers with mean 0 and variance 1, q.k has mean 0 and variance d;
divided by sqrt(d) its variance is 1, whatever d (Vaswani et al. 2017, section 3.2.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.trace import Site, Trace

ROWS = 128
"""Queries that are drawn; each meets KEYS keys of its own."""
KEYS = 32


@dataclass(frozen=True, slots=True)
class Rows:
    """What softmax makes of rows of scores; means over the rows.

    variance  of all scores
    entropy   of a row's weights, as a share of log(keys): 0 one key has all, 1 all alike
    largest   weight of a row
    gradient  Frobenius norm of a row's Jacobian, dy_i/dx_j = y_i (delta_ij - y_j)
    """

    variance: float
    entropy: float
    largest: float
    gradient: float


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows of q.k for random q and k of d numbers: as they are, and divided by sqrt(d).

    q, k    [d] each, of the first score
    scores  [row, key], as they are
    """

    d: int
    q: Float64[Tensor, " d"]
    k: Float64[Tensor, " d"]
    scores: Float64[Tensor, "row key"]
    unscaled: Rows
    scaled: Rows


@dataclass(frozen=True, slots=True)
class HeadSpread:
    """How far the raw scores q.k of one head spread, over the pairs that may look.

    spread    their standard deviation; sqrt(d_head) if q and k were random
    entropy   of its pattern, mean over rows that see two keys or more, as a share of log(keys)
    unscaled  the same, were the scores not scaled
    """

    kind: Kind
    layer: int
    head: int
    d_head: int
    scale: float
    spread: float
    entropy: float
    unscaled: float


def sample(d: int, seed: int) -> Sample:
    """ROWS queries and their KEYS keys, drawn from a normal distribution. `d`: 1 or more. The
    same seed gives the same numbers."""
    source = torch.Generator().manual_seed(seed)
    q = torch.randn(ROWS, d, generator=source, dtype=torch.float64)
    k = torch.randn(ROWS, KEYS, d, generator=source, dtype=torch.float64)
    scores = torch.einsum("rd,rkd->rk", q, k)
    return Sample(d, q[0], k[0, 0], scores, rows(scores), rows(scores / math.sqrt(d)))


def rows(scores: Float64[Tensor, "row key"]) -> Rows:
    """Of two keys or more."""
    weights = torch.softmax(scores, dim=-1)
    # |diag(y) - y y^T|^2 = sum y_i^2 - 2 sum y_i^3 + (sum y_i^2)^2
    squares = weights.square().sum(-1)
    norm = (squares - 2 * weights.pow(3).sum(-1) + squares.square()).clamp(min=0).sqrt()
    return Rows(
        float(scores.var()),
        float(_entropy(weights).mean()) / math.log(scores.shape[-1]),
        float(weights.amax(-1).mean()),
        float(norm.mean()),
    )


def spreads(trace: Trace) -> Iterator[HeadSpread]:
    """Every head whose scores are dot products, in the order of the run."""
    for site in trace.sites:
        if site.v_a is None and site.scale:
            yield from _spreads(site)


def _spreads(site: Site) -> Iterator[HeadSpread]:
    scores = site.scores(slice(None)).double()
    seen = torch.ones_like(scores, dtype=torch.bool)
    if site.mask is not None:
        seen = seen & site.mask
    for head in range(site.n_heads):
        raw = scores[head] / site.scale
        yield HeadSpread(
            site.kind,
            site.layer,
            head,
            site.d_head,
            site.scale,
            float(raw[seen[head]].std()) if int(seen[head].sum()) > 1 else 0.0,
            evenness(site.pattern([head])[0].double(), seen[head]),
            evenness(torch.softmax(raw.masked_fill(~seen[head], -math.inf), dim=-1), seen[head]),
        )


def evenness(weights: Float64[Tensor, "query key"], seen: Tensor) -> float:
    """Entropy as a share of its most, over the rows that see two keys or more."""
    counts = seen.sum(-1)
    several = counts > 1
    if not bool(several.any()):
        return 0.0
    shares = _entropy(weights[several].nan_to_num()) / counts[several].double().log()
    return float(shares.mean())


def _entropy(weights: Float[Tensor, "row key"]) -> Float[Tensor, " row"]:
    nats: Tensor = torch.special.entr(weights).sum(-1)
    return nats
