"""What edits do to one attention block, in the order of its equations.

    1. scores      times `factor`                        temperature; without the scale
    2. mask        and `allowed`                         local windows; given edges only
    3. pattern     each of `pattern_steps`, in turn      other normalisers, then cut and set links
    4. z           each of `z_steps`, in turn            off, mean over positions, patched

`models.core.edits` says what a person may ask for and makes an `Intervention` of it. A query that
an edit leaves nowhere to look has a row and a z of 0. What is switched off has a row of 0, and a
mean of z is the mean row of the pattern, so that pattern.v = z holds for every edit but a patch,
whose z comes from another run: `Given` says where.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headlight.models.core.attention import Kind, Weighing, attention_z

BlockId = tuple[Kind, int]
"""One attention block of a model: its kind and its layer."""

Rebalanced = Literal["softmax", "relu", "uniform"]
"""How an edited row is normalised; uniform: the same for every key that it may look at."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Heads and query positions of one attention block, each once, ascending."""

    heads: Int[Tensor, " head"]
    queries: Int[Tensor, " query_pos"]

    def of(self, chosen: Seq[int]) -> Rows:
        """The same rows where only the `chosen` heads are at hand, in that order."""
        place = {head: index for index, head in enumerate(chosen)}
        here = [place[head] for head in self.heads.tolist() if head in place]
        return Rows(torch.tensor(here, dtype=torch.long), self.queries)

    @property
    def index(self) -> tuple[Tensor, Tensor]:
        return self.heads[:, None], self.queries


@dataclass(frozen=True, slots=True, eq=False)
class Normalised:
    """Those rows by another normaliser."""

    rows: Rows
    by: Rebalanced


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Those rows with `weight` on each of the keys; `renormalise`: the rest of the row, a sink
    among it, shares what is left of 1, in the proportions that it had."""

    rows: Rows
    keys: Int[Tensor, " key_pos"]
    weight: float
    renormalise: bool


@dataclass(frozen=True, slots=True, eq=False)
class Off:
    """z = 0."""

    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Mean:
    """z = its mean over all query positions of the head."""

    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """z = that of another run; `z` holds all heads and positions of the block."""

    rows: Rows
    z: Float[Tensor, "head query_pos d_head"]


@dataclass(frozen=True, slots=True, eq=False)
class Intervention:
    """Everything that the edits of a request change in one attention block."""

    factor: Float[Tensor, "head query_pos 1"] | None = None
    allowed: Bool[Tensor, "head query_pos key_pos"] | None = None
    pattern_steps: tuple[Normalised | Weighed, ...] = ()
    z_steps: tuple[Off | Mean | Given, ...] = ()

    def scores(
        self, scores: Float[Tensor, "head query_pos key_pos"], heads: Seq[int]
    ) -> Float[Tensor, "head query_pos key_pos"]:
        """Scores of those heads as edited."""
        return scores if self.factor is None else scores * self.factor[list(heads)]

    def _weighing(self, weighing: Weighing) -> Weighing:
        """The model's own, but where a query may look is edited."""
        if self.allowed is None:
            return weighing
        mask = weighing.mask
        return replace(weighing, mask=self.allowed if mask is None else self.allowed & mask)

    def pattern(
        self,
        scores: Float[Tensor, "head query_pos key_pos"],
        weighing: Weighing,
        heads: Seq[int],
    ) -> Float[Tensor, "head query_pos key_pos"]:
        """The pattern of those heads after every edit, those of z included.

        `scores` are those of these heads, edited already; `weighing` is the model's, of all heads.
        """
        mixed = self._mixing(scores, self._weighing(weighing), heads)
        for step in self.z_steps:
            rows = step.rows.of(heads)
            if isinstance(step, Off):
                mixed = _put(mixed, rows, 0.0)
            elif isinstance(step, Mean):
                mixed = _put(mixed, rows, _mean(mixed, rows))
        return mixed

    def z(
        self,
        mixed: Callable[[Tensor | None, Weighing], Float[Tensor, "head query_pos d_head"]],
        scores: Callable[[Seq[int]], Float[Tensor, "head query_pos key_pos"]],
        values: Callable[[Seq[int]], Float[Tensor, "head key_pos d_head"]],
        weighing: Weighing,
    ) -> Float[Tensor, "head query_pos d_head"]:
        """What each query takes home after every edit.

        `mixed(factor, weighing)` computes z of all heads as the model does, its scores times
        `factor`; `scores` (unedited) and `values` are asked only for heads whose pattern an
        edit changes by hand.
        """
        weighing = self._weighing(weighing)
        z = mixed(self.factor, weighing)
        by_hand = sorted({h for step in self.pattern_steps for h in step.rows.heads.tolist()})
        if by_hand:
            pattern = self._mixing(self.scores(scores(by_hand), by_hand), weighing, by_hand)
            z = z.index_copy(0, torch.tensor(by_hand), attention_z(pattern, values(by_hand)))
        if self.allowed is not None and weighing.mask is not None:
            z = z * weighing.mask.any(-1, keepdim=True)
        for step in self.z_steps:
            if isinstance(step, Off):
                z = _put(z, step.rows, 0.0)
            elif isinstance(step, Mean):
                z = _put(z, step.rows, _mean(z, step.rows))
            else:
                z = _put(z, step.rows, step.z[step.rows.index])
        return z

    def _mixing(
        self,
        scores: Float[Tensor, "head query_pos key_pos"],
        weighing: Weighing,
        heads: Seq[int],
    ) -> Float[Tensor, "head query_pos key_pos"]:
        """The pattern before the edits of z."""
        chosen = list(heads)
        weighing = weighing.of(chosen)
        pattern = weighing.pattern(scores)
        sunk = pattern.new_zeros(pattern.shape[:-1])  # what goes to a sink, of each row
        if weighing.sinks is not None:
            sunk = (1 - pattern.sum(-1)).clamp_min(0.0)
        for step in self.pattern_steps:
            rows = step.rows.of(chosen)
            if not len(rows.heads):
                continue
            if isinstance(step, Weighed):
                pattern, sunk = _weighed(pattern, sunk, rows, step)
                continue
            if step.by != "softmax":
                sunk = _put(sunk, rows, 0.0)  # a sink is a logit of the softmax alone
            if step.by == "uniform":
                even = Weighing(mask=weighing.mask).pattern(torch.zeros_like(scores))
                pattern = _put(pattern, rows, even[rows.index])
            else:
                other = replace(weighing, normaliser=step.by).pattern(scores)
                pattern = _put(pattern, rows, other[rows.index])
        if self.allowed is not None and weighing.mask is not None:
            pattern = pattern * weighing.mask.any(-1, keepdim=True)
        return pattern

    def elsewhere(
        self, z: Float[Tensor, "head query_pos d_head"]
    ) -> Bool[Tensor, "head query_pos"]:
        """Where z holds what another run's tokens took home, so that it is not pattern.v."""
        found = torch.zeros(z.shape[:2], dtype=torch.bool)
        for step in self.z_steps:
            if isinstance(step, Off):
                found[step.rows.index] = False
            elif isinstance(step, Mean):
                found[step.rows.index] = found[step.rows.heads].any(-1, keepdim=True)
            else:
                found[step.rows.index] = True
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of what only this edit holds."""
        given = [step.z for step in self.z_steps if isinstance(step, Given)]
        return sum(t.nbytes for t in (self.factor, self.allowed, *given) if t is not None)


def _put(tensor: Tensor, rows: Rows, value: Tensor | float) -> Tensor:
    """A copy with `value` in those rows."""
    if isinstance(value, float):
        value = tensor.new_full((), value)
    return tensor.index_put(rows.index, value)


def _mean(tensor: Float[Tensor, "head query_pos d"], rows: Rows) -> Float[Tensor, "chosen 1 d"]:
    return tensor[rows.heads].mean(1, keepdim=True)


def _weighed(
    pattern: Float[Tensor, "head query_pos key_pos"],
    sunk: Float[Tensor, "head query_pos"],
    rows: Rows,
    step: Weighed,
) -> tuple[Float[Tensor, "head query_pos key_pos"], Float[Tensor, "head query_pos"]]:
    row = pattern[rows.index].index_fill(-1, step.keys, 0.0)
    if step.renormalise:
        left = max(0.0, 1.0 - step.weight * len(step.keys))
        rest = row.sum(-1) + sunk[rows.index]
        factor = left / rest.clamp_min(torch.finfo(row.dtype).tiny)
        row = row * factor[..., None]
        sunk = _put(sunk, rows, sunk[rows.index] * factor)
    row = row.index_fill(-1, step.keys, step.weight)
    return _put(pattern, rows, row), sunk
