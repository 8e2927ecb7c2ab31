"""What the order of words is to attention: the same words shuffled, and what becomes of each.

A model without positions cannot tell one order from another: it gives the same vectors, in the
other order. Positions tell (Vaswani et al. 2017, section 3.5), and so does a causal mask.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from copy import deepcopy
from functools import cache

import torch
from jaxtyping import Float64, Int
from torch import Tensor

from headlight.models.core.trace import Sequence
from headlight.models.lessons.twins import TwinName, load_twin
from headlight.models.small.model import SmallModel

ORDER_TWINS: tuple[TwinName, ...] = (
    "base",
    "learned",
    "no_positions",
    "causal",
    "causal_no_positions",
)


def shuffled_positions(sequence: Sequence, order: Seq[int]) -> Int[Tensor, " pos"]:
    """Where each token of the shuffled text stands in the text: words move whole, and special
    tokens stay. `order` says of each place which word comes there, among the words of the text."""
    words = [word for word in sequence.words if not word.special]
    moved = [token for word in order for token in words[word].tokens]
    first = words[0].tokens[0]
    return torch.tensor([*range(first), *moved, *range(first + len(moved), len(sequence))])


def differences(
    name: TwinName, ids: Int[Tensor, " pos"], positions: Int[Tensor, " pos"]
) -> Float64[Tensor, " pos"]:
    """How far the last vector of each token moves when the tokens are read in another order: the
    length of the difference beside that of the vector, each token's own, in order of the text."""
    model = _double(name)
    with torch.inference_mode():
        before: Tensor = model(ids[None]).hidden[0]
        after: Tensor = model(ids[positions][None]).hidden[0]
        back = torch.empty_like(after)
        back[positions] = after
        moved: Tensor = (back - before).norm(dim=-1) / before.norm(dim=-1)
    return moved


@cache
def _double(name: TwinName) -> SmallModel:
    """The twin in float64, where 0 is told from what is small."""
    return deepcopy(load_twin(name).model).double()
