"""From many vectors to one: a fixed cue against a query.

mean pooling        z   = (1 / n) sum_j v_j                         whoever asks
attention pooling   z_i = sum_j softmax_j(b s_ij) v_j               by the query of i

`b` is how sharply the scores are taken: at 0 all weights are 1 / n, the mean; at 1 they are
the head's own (Bahdanau et al. 2015; Vaswani et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float64
from torch import Tensor

from headlight.models.core.attention import attention_pattern, attention_z
from headlight.models.core.trace import Trace


@dataclass(frozen=True, slots=True, eq=False)
class Pooling:
    """One head of a run, whose queries take its values together.

    scores    [query_pos, key_pos], the head's own, its bias among them
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
    weighing = site.weighing.of([head])
    scores = site.scores([head]).double()
    if weighing.bias is not None:
        scores = scores + weighing.bias
    values = site.values([head])[0].double()
    weights = attention_pattern(sharpness * scores, mask=weighing.mask)[0]
    return Pooling(scores[0], values, weights, attention_z(weights, values), values.mean(0))
