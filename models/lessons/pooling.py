"""From many vectors to one: a fixed cue against a query.

mean pooling        z   = (1 / n) sum_j v_j                         whoever asks
attention pooling   z_i = sum_j softmax_j(b s_ij) v_j               by the query of i

`b` is how sharply the scores are taken: at 0 all weights are 1 / n, the mean; at 1 they are
the head's own (Bahdanau et al. 2015; Vaswani et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from headlight.models.core.trace import Trace


@dataclass(frozen=True, slots=True, eq=False)
class Pooling:
    """One head of a run, whose queries take its values together.

    scores    [query_pos, key_pos], the head's own
    values    [key_pos, d_head]
    weights   [query_pos, key_pos], of the scores times the sharpness
    pooled    [query_pos, d_head]: what each query takes home
    mean      [d_head]: what it is without a query
    """

    scores: Float64[Tensor, "query_pos key_pos"]
    values: Float64[Tensor, "key_pos d_head"]
    weights: Float64[Tensor, "query_pos key_pos"]
    pooled: Float64[Tensor, "query_pos d_head"]
    mean: Float64[Tensor, " d_head"]


def pool(trace: Trace, layer: int, head: int, sharpness: float) -> Pooling:
    """A head of self-attention in both directions. Raises InvalidSelection for a layer or a head
    that is not there."""
    site = trace.site("encoder", layer)
    site.check_head(head)
    scores = site.scores([head])[0].double()
    values = site.values([head])[0].double()
    weights = torch.softmax(sharpness * scores, dim=-1)
    return Pooling(scores, values, weights, weights @ values, values.mean(0))
