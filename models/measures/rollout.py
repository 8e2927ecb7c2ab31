"""Where the inputs go through all layers at once: rollout and flow (Abnar and Zuidema 2020).

    mixing of a layer   A_l = 0.5 * mean of the heads' patterns + 0.5 * I
    rollout             A_l A_(l-1) ... A_0: what each position holds of each input
    flow                the most that can flow from an input to a position through the links
                        of all layers below, each as wide as its A_l[query_pos, key_pos]

The half identity stands for the residual stream, that passes every position on beside its
attention. Both are about one self-attention stack: what a decoder reads of an encoder is
another graph. Rows of a pattern that sum to less than 1 (a sink, ReLU) are normalised again, as
in the paper.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.cancellation import check_cancelled
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.trace import Site, Trace
from headlight.models.measures.statistics import head_chunks

# scipy counts flow in whole numbers of 32 bits: this many of them are a capacity of 1.
UNIT = 2**30

MAX_FLOW_WORK = 100_000_000
"""Flows times links of their graphs: some seconds. All of 27 tokens in 6 layers are 11 million."""


def mixing(trace: Trace, kind: Kind) -> Float[Tensor, "layer query_pos key_pos"]:
    """A_l of every layer, float64; each row sums to 1, half of it (or more) on the diagonal.

    Raises InvalidSelection for cross attention.
    """
    check_stack(kind)
    trace.check_kind(kind)
    layers = []
    for site in trace.of_kind(kind):
        total = sum(site.pattern(heads).double().sum(0) for heads in head_chunks(site))
        assert isinstance(total, Tensor)
        mixed = total / (2 * site.n_heads)
        mixed.diagonal().add_(0.5)
        layers.append(mixed / mixed.sum(-1, keepdim=True))
    return torch.stack(layers)


def check_stack(kind: Kind) -> None:
    """Raises InvalidSelection for cross attention."""
    if kind == "cross":
        raise InvalidSelection(
            Message(
                "rollout and flow follow one text through its own layers; cross attention reads "
                "another text: ask for kind 'encoder' or 'decoder'"
            ),
            argument="include",
        )


def rollout(
    mixed: Float[Tensor, "layer query_pos key_pos"],
) -> Float[Tensor, "layer query_pos key_pos"]:
    """What each position holds of each input after every layer; rows sum to 1.

    Later layers multiply from the left: row i of A_l says which positions of the layer below
    i is made of, so that A_l times what those hold is what i holds.
    """
    found = [mixed[0]]
    for layer in mixed[1:]:
        found.append(layer @ found[-1])
    return torch.stack(found)


def reachable(trace: Trace, kind: Kind) -> Bool[Tensor, "layer query_pos key_pos"]:
    """Whether any path of links leads from the position to the input: masks, step by step."""
    steps = [_open(site) for site in trace.of_kind(kind)]
    found = [steps[0]]
    for step in steps[1:]:
        found.append((step.float() @ found[-1].float()) > 0)
    return torch.stack(found)


def _open(site: Site) -> Bool[Tensor, "query_pos key_pos"]:
    """Where some head may look; a position always reaches itself, by the residual stream."""
    if site.mask is None:
        return torch.ones(site.query_len, site.key_len, dtype=torch.bool)
    return site.mask.any(0) | torch.eye(site.query_len, dtype=torch.bool)


def flow_work(length: int, layers: Seq[int], queries: int) -> int:
    """Flows times links of their graphs: what `flow` costs, before it runs."""
    return sum(queries * length * (layer + 1) * length**2 for layer in layers)


def flow(
    mixed: Float[Tensor, "layer query_pos key_pos"], layer: int, queries: Seq[int]
) -> Float[Tensor, "query key_pos"]:
    """The most that can flow from each input to those positions after `layer`, 0 to 1.

    A position and its copies in the layers below are nodes of a graph; a link of the mixing is
    an edge that carries its value at most. Exact to 1e-6: capacities are rounded to 2 ** -30.
    """
    length = mixed.shape[-1]
    graph = _graph(mixed[: layer + 1])
    top = (layer + 1) * length
    found = []
    for query in queries:
        check_cancelled()
        flows = [maximum_flow(graph, top + query, key).flow_value for key in range(length)]
        found.append([each / UNIT for each in flows])
    return torch.tensor(found, dtype=torch.float64).reshape(len(queries), length)


def _graph(mixed: Float[Tensor, "layer query_pos key_pos"]) -> csr_array:
    """Node l * length + i is position i below layer l; edges run from a query to its keys."""
    depth, length, _ = mixed.shape
    capacity = (mixed * UNIT).round().to(torch.int32).numpy().ravel()
    level, query, key = np.indices((depth, length, length), dtype=np.int32).reshape(3, -1)
    there = capacity > 0
    start, end = (level + 1) * length + query, level * length + key
    nodes = (depth + 1) * length
    return csr_array((capacity[there], (start[there], end[there])), shape=(nodes, nodes))
