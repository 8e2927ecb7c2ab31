"""The gradient of a number made of a run's last vectors, at the heads of every block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.interventions import BlockId


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """`z` holds, of each attention block, d value / d z [head, query_pos, d_head]."""

    value: float
    z: Mapping[BlockId, Float[Tensor, "head query_pos d_head"]]


def gradients_of(value: Tensor, z: Mapping[BlockId, Tensor]) -> Gradients:
    """d value / d z, 0 where none reaches it; `z` are the very tensors that `value` was computed
    from, [head, query_pos, d_head], or with a batch axis of 1 before."""
    found = torch.autograd.grad(value, [*z.values()], allow_unused=True, materialize_grads=True)
    each = (tensor[0] if tensor.dim() == 4 else tensor for tensor in found)
    return Gradients(float(value.detach()), dict(zip(z, each, strict=True)))
