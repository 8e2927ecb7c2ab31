"""What edits do to one attention block, in the order of its equations.

    1. scores      times `factor`                     each ScoreEdit
    2. mask        and `allowed`                      each MaskEdit
    3. pattern     each of `pattern_steps`, in turn   a PatternEdit: normalisers, then links
    4. z           each of `z_steps`, in turn         a ZEdit

`models.core.edits` has the edits that a person may ask for, and makes an `Intervention` of them. A
query that an edit leaves nowhere to look has a row and a z of 0. A zero ablation has a row of 0,
and a mean of z is the mean row of the pattern, so that pattern.v = z holds for every edit but
`SetZ`, whose z comes from elsewhere: `elsewhere` says where.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headlight.models.core.attention import Kind, Weighing, attention_z

BlockId = tuple[Kind, int]
"""One attention block of a model: its kind and its layer."""


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

    def put(self, tensor: Tensor, value: Tensor | float) -> Tensor:
        """A copy of the tensor [head, query_pos, ...] with `value` in these rows."""
        if isinstance(value, float):
            value = tensor.new_full((), value)
        return tensor.index_put(self.index, value)


class ScoreEdit(ABC):
    """An edit of the scores of some rows."""

    @abstractmethod
    def factor(self, scale: float) -> float:
        """What the scores are multiplied by, where the model multiplied by `scale`."""


class MaskEdit(ABC):
    """An edit of where some rows may look."""

    @abstractmethod
    def near(self, query_len: int, key_len: int) -> Bool[Tensor, "query_pos key_pos"]:
        """The keys that each query may look at, if the model lets it."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixing:
    """A pattern on its way: `pattern` [head, query_pos, key_pos]; `sunk` [head, query_pos], what
    of each row goes to a sink; the edited scores [head, query_pos, key_pos]; and the model's
    weighing of them."""

    pattern: Float[Tensor, "head query_pos key_pos"]
    sunk: Float[Tensor, "head query_pos"]
    scores: Float[Tensor, "head query_pos key_pos"]
    weighing: Weighing


class PatternEdit(ABC):
    """An edit of the weights of some rows."""

    @abstractmethod
    def mix(self, mixing: Mixing, rows: Rows) -> Mixing:
        """The mixing with those rows edited."""


class ZEdit(ABC):
    """An edit of what some rows take home."""

    @abstractmethod
    def z(
        self, z: Float[Tensor, "head query_pos d_head"], rows: Rows
    ) -> Float[Tensor, "head query_pos d_head"]:
        """z with those rows edited."""

    @abstractmethod
    def pattern(
        self, pattern: Float[Tensor, "head query_pos key_pos"], rows: Rows
    ) -> Float[Tensor, "head query_pos key_pos"]:
        """The pattern that gives the edited z, where one does."""

    @abstractmethod
    def elsewhere(
        self, found: Bool[Tensor, "head query_pos"], rows: Rows
    ) -> Bool[Tensor, "head query_pos"]:
        """Where z is not pattern.v, if before the edit it was not where `found` says."""


@dataclass(frozen=True, slots=True, eq=False)
class SetZ(ZEdit):
    """z = the given one, of all heads and positions of the block."""

    value: Float[Tensor, "head query_pos d_head"]

    def z(
        self, z: Float[Tensor, "head query_pos d_head"], rows: Rows
    ) -> Float[Tensor, "head query_pos d_head"]:
        return rows.put(z, self.value[rows.index])

    def pattern(
        self, pattern: Float[Tensor, "head query_pos key_pos"], rows: Rows
    ) -> Float[Tensor, "head query_pos key_pos"]:
        return pattern

    def elsewhere(
        self, found: Bool[Tensor, "head query_pos"], rows: Rows
    ) -> Bool[Tensor, "head query_pos"]:
        found[rows.index] = True
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Intervention:
    """Everything that the edits of a request change in one attention block."""

    factor: Float[Tensor, "head query_pos 1"] | None = None
    allowed: Bool[Tensor, "head query_pos key_pos"] | None = None
    pattern_steps: tuple[tuple[Rows, PatternEdit], ...] = ()
    z_steps: tuple[tuple[Rows, ZEdit], ...] = ()

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
        mixed = self._mixed(scores, self._weighing(weighing), heads)
        for rows, edit in self.z_steps:
            mixed = edit.pattern(mixed, rows.of(heads))
        return mixed

    def z(
        self,
        mixed: Callable[[Tensor | None, Weighing], Float[Tensor, "head query_pos d_head"]],
        scores: Callable[[Seq[int]], Float[Tensor, "head query_pos key_pos"]],
        values: Callable[[Seq[int]], Float[Tensor, "head key_pos d_head"]],
        weighing: Weighing,
    ) -> Float[Tensor, "head query_pos d_head"]:
        """z of every query after every edit.

        `mixed(factor, weighing)` computes z of all heads as the model does, its scores times
        `factor`; `scores` (unedited) and `values` are asked only for heads whose pattern an
        edit changes by hand.
        """
        weighing = self._weighing(weighing)
        z = mixed(self.factor, weighing)
        by_hand = sorted({h for rows, _ in self.pattern_steps for h in rows.heads.tolist()})
        if by_hand:
            pattern = self._mixed(self.scores(scores(by_hand), by_hand), weighing, by_hand)
            z = z.index_copy(0, torch.tensor(by_hand), attention_z(pattern, values(by_hand)))
        if self.allowed is not None and weighing.mask is not None:
            z = z * weighing.mask.any(-1, keepdim=True)
        for rows, edit in self.z_steps:
            z = edit.z(z, rows)
        return z

    def _mixed(
        self,
        scores: Float[Tensor, "head query_pos key_pos"],
        weighing: Weighing,
        heads: Seq[int],
    ) -> Float[Tensor, "head query_pos key_pos"]:
        """The pattern before the edits of z."""
        chosen = list(heads)
        weighing = weighing.of(chosen)
        pattern = weighing.pattern(scores)
        sunk = pattern.new_zeros(pattern.shape[:-1])
        if weighing.sinks is not None:
            sunk = (1 - pattern.sum(-1)).clamp_min(0.0)
        mixing = Mixing(pattern, sunk, scores, weighing)
        for rows, edit in self.pattern_steps:
            here = rows.of(chosen)
            if len(here.heads):
                mixing = edit.mix(mixing, here)
        if self.allowed is not None and weighing.mask is not None:
            return mixing.pattern * weighing.mask.any(-1, keepdim=True)
        return mixing.pattern

    def elsewhere(
        self, z: Float[Tensor, "head query_pos d_head"]
    ) -> Bool[Tensor, "head query_pos"]:
        """Where z holds what another run's tokens took home, so that it is not pattern.v."""
        found = torch.zeros(z.shape[:2], dtype=torch.bool)
        for rows, edit in self.z_steps:
            found = edit.elsewhere(found, rows)
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of what only this edit holds."""
        values = [edit.value for _, edit in self.z_steps if isinstance(edit, SetZ)]
        return sum(t.nbytes for t in (self.factor, self.allowed, *values) if t is not None)
