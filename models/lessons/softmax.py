"""Softmax and its gradient, in float64.

y_i        = exp(x_i) / sum_j exp(x_j)
dy_i/dx_j  = y_i (delta_ij - y_j)

The diagonal is y_i times the sum of the others, which is 1 - y_i without the loss of all digits
where y_i is nearly 1: for [100, 100, 200], 1 - y_3 is 0 in float64 and y_1 + y_2 is 7.4e-44.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Softmax:
    """Weights of a row of scores, and how each follows each score.

    scores    [key], what the softmax reads: the given ones, divided by the divisor
    weights   [key], 0 to 1; they sum to 1
    jacobian  [key, key], dy_i/dx_j; each row and each column sums to 0
    entropy   in nats, 0 (one key has all) to log(keys)
    """

    scores: Float64[Tensor, " key"]
    weights: Float64[Tensor, " key"]
    jacobian: Float64[Tensor, "key key"]
    entropy: float


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The softmax of one row of scores, multiplied by each of many factors.

    weights   [factor, key]
    gradient  [factor, key], dy_i/dx_i: how each weight follows its own score
    """

    weights: Float64[Tensor, "factor key"]
    gradient: Float64[Tensor, "factor key"]


def softmax(scores: Seq[float], divisor: float = 1.0) -> Softmax:
    """Softmax of scores / divisor. `scores`: one at least, finite; `divisor`: above 0."""
    x = torch.tensor(scores, dtype=torch.float64) / divisor
    y = torch.softmax(x, dim=-1)
    jacobian = -torch.outer(y, y)
    jacobian.diagonal().copy_(_gradient(y))
    return Softmax(x, y, jacobian, float(torch.special.entr(y).sum()))


def curve(scores: Seq[float], factors: Seq[float]) -> Curve:
    """Softmax of scores * factor for each factor. Both finite, one at least."""
    x = torch.tensor(factors, dtype=torch.float64)[:, None] * torch.tensor(
        scores, dtype=torch.float64
    )
    y = torch.softmax(x, dim=-1)
    return Curve(y, _gradient(y))


def _gradient(y: Float64[Tensor, "*row key"]) -> Float64[Tensor, "*row key"]:
    """y_i times the sum of the others, which is added up and not subtracted from 1."""
    before = torch.zeros_like(y)
    after = torch.zeros_like(y)
    before[..., 1:] = y[..., :-1].cumsum(-1)
    after[..., :-1] = y[..., 1:].flip(-1).cumsum(-1).flip(-1)
    return y * (before + after)
