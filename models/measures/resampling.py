"""How sure a share is, and what chance makes of it: seeded, so that it is the same each time."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

DRAWS = 1_000
CONFIDENCE = (2.5, 97.5)  # percentiles: a 95 % interval
UPPER = 95  # the percentile of chance that is told beside its mean


def bootstrap(
    sums: Float[Tensor, "sentence head"], counts: Float[Tensor, " sentence"], seed: int = 0
) -> Float[Tensor, "two head"] | None:
    """Ends of the 95 % interval of sums / counts over all sentences, None for fewer than two.

    The percentile interval of Efron (1979): DRAWS times as many sentences as there are, drawn
    with replacement by numpy's default_rng(seed).integers. Sentences are drawn, not what is
    counted in them: links of one sentence are no independent witnesses. Each count is over 0.
    """
    n = len(counts)
    if n < 2:
        return None
    drawn = np.random.default_rng(seed).integers(n, size=(DRAWS, n))
    times = np.stack([np.bincount(draw, minlength=n) for draw in drawn]).astype(np.float64)
    means = times @ sums.numpy() / (times @ counts.numpy())[:, None]
    return torch.from_numpy(np.percentile(means, CONFIDENCE, axis=0))


def permuted_hits(
    hits: Float[Tensor, "head query target"], sentence: int
) -> Float[Tensor, "draw head"]:
    """How many queries would be right if each were asked for another's target, DRAWS times.

    `hits` is 1 where the head's answer to a query is right for a target. In each draw the
    targets are permuted by numpy's default_rng([0, sentence]).permuted, all orders alike.
    """
    n = hits.shape[1]
    orders = np.tile(np.arange(n), (DRAWS, 1))
    orders = np.random.default_rng([0, sentence]).permuted(orders, axis=1)
    cells = torch.zeros(DRAWS, n * n).scatter_(1, torch.from_numpy(orders + n * np.arange(n)), 1.0)
    return (cells @ hits.flatten(1).float().T).double()  # counts: exact in float32
