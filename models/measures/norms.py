"""Attention weighted by what it carries (Kobayashi et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence as Seq

from jaxtyping import Float
from torch import Tensor

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.trace import OutputProjection, Site


def norm_weighted(site: Site, heads: slice | Seq[int]) -> Float[Tensor, "head query_pos key_pos"]:
    """||a_ij f(x_j)||, where f(x_j) = v_j W_o of that head: the Euclidean length, d_model wide, of
    what one link adds to the block's output. At least 0, in the units of that output; 0 where
    masked.

    A large weight on a small vector carries little: [SEP] is the paper's example. The length of
    a_ij f(x_j) is a_ij times that of f(x_j), so no [query_pos, key_pos, d_model] is ever made.
    Raises InvalidSelection where the model has no W_o.
    """
    carried: Tensor = site.values(heads) @ check_projection(site).w_o[heads]
    length: Tensor = carried.norm(dim=-1)
    return site.pattern(heads) * length[:, None, :]


def check_projection(site: Site) -> OutputProjection:
    """W_o of the block. Raises InvalidSelection where there is none."""
    if site.projection is None:
        raise InvalidSelection(
            Message(
                "this model has no output projection W_o after its heads, so what a link carries "
                "has no length of its own; leave out 'norms'"
            ),
            argument="include",
        )
    return site.projection
