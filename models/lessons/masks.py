"""Who may look at whom: masks over one head's own scores, how far they reach, what they cost.

A mask is a yes or no for each pair; a score that may not be is minus infinity before the softmax,
so that the rest of the row shares its weight (Vaswani et al. 2017, section 3.2.3). A window of w
lets each position see w on either side (Beltagy et al. 2020, Longformer).
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from headlight.models.core.trace import Trace

MaskKind = Literal["all", "causal", "window", "padding", "edges"]


@dataclass(frozen=True, slots=True, eq=False)
class MaskedHead:
    """One head of a run, as it is and under a mask.

    scores          [query_pos, key_pos], the head's own
    pattern         [query_pos, key_pos], its own
    mask            [query_pos, key_pos], True where the query may look
    masked_pattern  [query_pos, key_pos], a row that may look nowhere is 0
    """

    scores: Float64[Tensor, "query_pos key_pos"]
    pattern: Float64[Tensor, "query_pos key_pos"]
    mask: Bool[Tensor, "query_pos key_pos"]
    masked_pattern: Float64[Tensor, "query_pos key_pos"]


def mask_of(
    kind: MaskKind,
    count: int,
    width: int = 0,
    flips: Seq[tuple[int, int]] = (),
    edges: Seq[tuple[int, int]] = (),
) -> Bool[Tensor, "count count"]:
    """A mask over `count` positions. `width`: of a window, on either side, or how many of the last
    positions are padding, which nobody may look at; `edges`: positions that may look at each other,
    besides at themselves; `flips`: pairs, query and key, that are the other way round."""
    joined = torch.eye(count, dtype=torch.bool)
    for one, other in edges:
        joined[one, other] = joined[other, one] = True
    query, key = torch.arange(count)[:, None], torch.arange(count)[None, :]
    allowed = {
        "all": torch.ones(count, count, dtype=torch.bool),
        "causal": key <= query,
        "window": (query - key).abs() <= width,
        "padding": (key < count - width).expand(count, count),
        "edges": joined,
    }[kind].clone()
    for row, col in flips:
        allowed[row, col] = ~allowed[row, col]
    return allowed


def edges_of(trace: Trace) -> list[tuple[int, int]]:
    """Positions that belong together, as the model sees the sentence: the tokens of each word with
    one another and with those of its syntactic parent. None of a model that knows no parents.
    """
    sequence = trace.encoder
    if sequence is None or trace.outputs is None or not trace.outputs.parents:
        return []
    pairs = [(word.tokens, word.tokens) for word in sequence.words]
    for pointer in trace.outputs.parents:
        pairs.append((sequence.words[pointer.word].tokens, sequence.words[pointer.to].tokens))
    return [(a, b) for one, other in pairs for a in one for b in other]


def under_mask(trace: Trace, layer: int, head: int, mask: Bool[Tensor, "pos pos"]) -> MaskedHead:
    """The first kind of attention of a run. Raises InvalidSelection for a layer or a head that is
    not there."""
    site = trace.site(trace.kinds[0], layer)
    site.check_head(head)
    weighing = site.weighing.of([head])
    scores = site.scores([head]).double()
    allowed = mask if weighing.mask is None else mask & weighing.mask[0]
    pattern = replace(weighing, mask=allowed[None]).pattern(scores)
    # A row without any key is softmax of nothing, which is no weight.
    pattern = pattern.masked_fill(~allowed, 0.0)
    return MaskedHead(scores[0], site.pattern([head])[0].double(), allowed, pattern[0])


def reach(mask: Bool[Tensor, "pos pos"], layers: int) -> list[Bool[Tensor, "pos pos"]]:
    """After 1, 2 ... layers, which positions can have come into each: [query_pos, key_pos]. The
    residual stream carries each position's own past every layer, so that it always has itself."""
    one = mask | torch.eye(len(mask), dtype=torch.bool)
    reached = [one]
    for _ in range(layers - 1):
        reached.append((reached[-1].double() @ one.double()) > 0)
    return reached
