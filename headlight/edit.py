"""What can be changed in a run, under the names that `/what-if` has for it.

Each function makes one edit for `Run.what_if`. `heads` and `query_pos` are numbers from 0, each
once; None: all of the layer. `kind` is "encoder", "decoder" or "cross"; None: the first that the
model has. The edits of one layer are done in the order of the equations: scores, window, row,
links, z.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from headlight.models.core import edits
from headlight.models.core.attention import Kind

if TYPE_CHECKING:
    from headlight.run import Run

__all__ = [
    "Edit",
    "activation_patch",
    "cut",
    "mean_ablation",
    "only_along",
    "renormalise",
    "set_pattern",
    "temperature",
    "unscaled",
    "window",
    "zero_ablation",
]

Numbers = Seq[int] | None


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One change at one place; the functions of this module make it."""

    change: edits.Change
    layer: int
    heads: Numbers = None
    query_pos: Numbers = None
    key_pos: Numbers = None
    kind: Kind | None = None

    def at(self, first: Kind) -> edits.Edit:
        """The edit of a run whose first kind of attention is `first`."""
        places = (_tuple(each) for each in (self.heads, self.query_pos, self.key_pos))
        return edits.Edit(edits.Where(self.kind or first, self.layer, *places), self.change)


def zero_ablation(
    layer: int, heads: Numbers = None, query_pos: Numbers = None, kind: Kind | None = None
) -> Edit:
    """z = 0: the heads contribute nothing (Michel et al. 2019)."""
    return Edit(edits.ZeroAblation(), layer, heads, query_pos, kind=kind)


def mean_ablation(
    layer: int, heads: Numbers = None, query_pos: Numbers = None, kind: Kind | None = None
) -> Edit:
    """z = its mean over all query positions (mean ablation, Wang et al. 2023)."""
    return Edit(edits.MeanAblation(), layer, heads, query_pos, kind=kind)


def temperature(
    value: float,
    layer: int,
    heads: Numbers = None,
    query_pos: Numbers = None,
    kind: Kind | None = None,
) -> Edit:
    """Scores divided by `value`, 0.01 to 100: above 1 the pattern is flatter."""
    return Edit(edits.Temperature(value), layer, heads, query_pos, kind=kind)


def unscaled(
    layer: int, heads: Numbers = None, query_pos: Numbers = None, kind: Kind | None = None
) -> Edit:
    """Scores without their scale, 1 / sqrt(d_head) in most models."""
    return Edit(edits.Unscaled(), layer, heads, query_pos, kind=kind)


def window(
    width: int,
    layer: int,
    heads: Numbers = None,
    query_pos: Numbers = None,
    kind: Kind | None = None,
) -> Edit:
    """Only keys at most `width` positions away; 0: only the query itself. Not for "cross"."""
    return Edit(edits.Window(width), layer, heads, query_pos, kind=kind)


def only_along(
    edges: Seq[tuple[int, int]],
    layer: int,
    heads: Numbers = None,
    query_pos: Numbers = None,
    kind: Kind | None = None,
) -> Edit:
    """Only the links (query_pos, key_pos) given; a query without any has z = 0."""
    along = edits.OnlyAlong(tuple((query, key) for query, key in edges))
    return Edit(along, layer, heads, query_pos, kind=kind)


def renormalise(
    by: Literal["softmax", "relu", "uniform"],
    layer: int,
    heads: Numbers = None,
    query_pos: Numbers = None,
    kind: Kind | None = None,
) -> Edit:
    """Rows by softmax, by max(score, 0) over its sum, or the same for every key in sight
    (Wiegreffe and Pinter 2019)."""
    return Edit(edits.Renormalise(by), layer, heads, query_pos, kind=kind)


def set_pattern(
    weight: float,
    layer: int,
    query_pos: Seq[int],
    key_pos: Seq[int],
    heads: Numbers = None,
    kind: Kind | None = None,
    *,
    renormalise: bool = True,
) -> Edit:
    """`weight`, 0 to 1, on every link from the queries to the keys. `renormalise`: the rest of a
    row shares what is left of 1; otherwise it stays, and the row no longer sums to 1."""
    return Edit(edits.SetPattern(weight, renormalise), layer, heads, query_pos, key_pos, kind)


def cut(
    layer: int,
    query_pos: Seq[int],
    key_pos: Seq[int],
    heads: Numbers = None,
    kind: Kind | None = None,
    *,
    renormalise: bool = True,
) -> Edit:
    """`set_pattern` with weight 0."""
    return set_pattern(0.0, layer, query_pos, key_pos, heads, kind, renormalise=renormalise)


def activation_patch(
    source: Run,
    layer: int,
    heads: Numbers = None,
    query_pos: Numbers = None,
    kind: Kind | None = None,
) -> Edit:
    """z = that of the same heads in `source`, a run of the same model over as many tokens (Vig
    et al. 2020; Meng et al. 2022)."""
    return Edit(edits.ActivationPatch(source.trace), layer, heads, query_pos, kind=kind)


def _tuple(numbers: Numbers) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(numbers)
