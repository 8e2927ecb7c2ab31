"""What can be changed in a run: where, and what. Every edit is one class, its refusals with it.

    Edit(Where("encoder", layer=3, heads=(1,)), ZeroAblation())

A block does its edits in the order of its equations (`models.core.interventions`), whatever the
order of the list; edits of the same step come one after the other as listed. Temperatures
multiply; windows and edges intersect.

    1. scores       Temperature, Unscaled
    2. mask         Window, OnlyAlong
    3. normaliser   Renormalise
    4. links        SetPattern (a cut link has weight 0)
    5. z            ZeroAblation, MeanAblation, ActivationPatch

`models.core.edit_list` checks a whole list before anything runs, and makes of it what each block
needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.models.core.attention import Kind, Normaliser, Weighing
from headlight.models.core.errors import InvalidEdit, short
from headlight.models.core.interventions import (
    MaskEdit,
    Mixing,
    PatternEdit,
    Rows,
    ScoreEdit,
    SetZ,
    ZEdit,
)
from headlight.models.core.messages import Message, excerpt
from headlight.models.core.trace import Site, Trace

MAX_NAMED = 12  # positions that one message lists
TEMPERATURES = (0.01, 100.0)

RowNormaliser = Literal["softmax", "relu", "uniform"]
"""How an edited row is normalised; uniform: the same for every key that it may look at."""

Refuse = Callable[[str, Message], InvalidEdit]
"""Makes the error of an edit from its argument at fault and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Where:
    """Heads and positions of one block; None: all. `keys` only where links are meant."""

    kind: Kind
    layer: int
    heads: tuple[int, ...] | None = None
    queries: tuple[int, ...] | None = None
    keys: tuple[int, ...] | None = None


class Change:
    """What an edit does at its place. Each is a ScoreEdit, MaskEdit, PatternEdit or ZEdit, or
    becomes one at its block."""

    def check(self, where: Where, site: Site, refuse: Refuse) -> None:
        """Raises what `refuse` makes where this cannot be done there; `where` is in range."""

    def at(self, where: Where, site: Site) -> Change | ZEdit:
        """The same for one block, with what it takes from its place."""
        return self


@dataclass(frozen=True)
class Temperature(Change, ScoreEdit):
    """Scores divided by `value`: above 1 the pattern is flatter, below 1 sharper."""

    value: float

    def check(self, where: Where, site: Site, refuse: Refuse) -> None:
        low, high = TEMPERATURES
        if not low <= self.value <= high:  # NaN is in no range
            raise refuse(
                "value",
                Message(
                    "temperature {value} is outside {low} to {high}",
                    value=self.value,
                    low=low,
                    high=high,
                ),
            )

    def factor(self, scale: float) -> float:
        return 1 / self.value


@dataclass(frozen=True)
class Unscaled(Change, ScoreEdit):
    """Scores without their scale, 1 / sqrt(d_head) in most models."""

    def factor(self, scale: float) -> float:
        return 1 / scale


@dataclass(frozen=True)
class Window(Change, MaskEdit):
    """Only keys at most `width` positions away; 0: only the query itself."""

    width: int

    def check(self, where: Where, site: Site, refuse: Refuse) -> None:
        if site.kind == "cross":
            raise refuse(
                "do", Message("cross-attention has no window: its two sides are different texts")
            )
        if self.width < 0:
            raise refuse(
                "width", Message("width {width} is negative; 0 or more", width=short(self.width))
            )

    def near(self, query_len: int, key_len: int) -> Bool[Tensor, "query_pos key_pos"]:
        width = min(self.width, key_len)  # as wide as the text is all of it
        return (torch.arange(query_len)[:, None] - torch.arange(key_len)).abs() <= width


@dataclass(frozen=True)
class OnlyAlong(Change, MaskEdit):
    """Only the (query_pos, key_pos) given, each of a query of the edit; a query of the edit
    without any has a z of 0."""

    edges: tuple[tuple[int, int], ...]

    def check(self, where: Where, site: Site, refuse: Refuse) -> None:
        own = range(site.query_len) if where.queries is None else sorted(where.queries)
        among = frozenset(own)
        for index, (query, key) in enumerate(self.edges):
            if not (0 <= query < site.query_len and 0 <= key < site.key_len):
                raise refuse(
                    f"edges.{index}",
                    Message(
                        "the edge {query} to {key} is outside the text: queries are 0 to "
                        "{last_query}, keys 0 to {last_key}",
                        query=short(query),
                        key=short(key),
                        last_query=site.query_len - 1,
                        last_key=site.key_len - 1,
                    ),
                )
            if query not in among:
                raise refuse(
                    f"edges.{index}",
                    Message(
                        "the edge {query} to {key} is of a query that is not in query_pos, so that "
                        "nothing would keep to it; query_pos has {own}. Add {query} there, or "
                        "leave out the edge.",
                        query=query,
                        key=key,
                        own=excerpt([str(pos) for pos in own[:MAX_NAMED]], len(own)),
                    ),
                )

    def near(self, query_len: int, key_len: int) -> Bool[Tensor, "query_pos key_pos"]:
        near = torch.zeros(query_len, key_len, dtype=torch.bool)
        edges = torch.tensor(self.edges, dtype=torch.long).reshape(-1, 2)
        near[edges[:, 0], edges[:, 1]] = True
        return near


@dataclass(frozen=True)
class Renormalise(Change, PatternEdit):
    """Rows by softmax, by ReLU over its sum, or the same for every key in sight: `by` is a
    `RowNormaliser`, and `check` refuses any other."""

    by: RowNormaliser | str

    def check(self, where: Where, site: Site, refuse: Refuse) -> None:
        if self.by not in get_args(RowNormaliser):
            allowed = ", ".join(get_args(RowNormaliser))
            raise refuse(
                "by", Message("{by} is none of {allowed}", by=repr(self.by), allowed=allowed)
            )

    def mix(self, mixing: Mixing, rows: Rows) -> Mixing:
        weighing, sunk = mixing.weighing, mixing.sunk
        if self.by != "softmax":
            sunk = rows.put(sunk, 0.0)  # a sink is a logit of the softmax alone
        if self.by == "uniform":
            other = Weighing(mask=weighing.mask).pattern(torch.zeros_like(mixing.scores))
        else:
            normaliser: Normaliser = "relu" if self.by == "relu" else "softmax"
            other = replace(weighing, normaliser=normaliser).pattern(mixing.scores)
        pattern = rows.put(mixing.pattern, other[rows.index])
        return replace(mixing, pattern=pattern, sunk=sunk)


@dataclass(frozen=True)
class SetPattern(Change, PatternEdit):
    """`weight` on every link between the queries and the keys; 0 cuts it. `renormalise`: the
    rest of the row, a sink among it, shares what is left of 1, in the proportions that it had;
    otherwise it stays as it is. `keys` are those of its place."""

    weight: float
    renormalise: bool
    keys: tuple[int, ...] = ()

    def check(self, where: Where, site: Site, refuse: Refuse) -> None:
        if where.queries is None or where.keys is None:
            missing = "query_pos" if where.queries is None else "key_pos"
            raise refuse(missing, Message("a link needs its query_pos and its key_pos"))
        keys = len(where.keys)
        most = 1 / keys if self.renormalise else 1.0
        if not (0 <= self.weight <= most and math.isfinite(self.weight)):
            outside = Message(
                "weight {weight} is outside 0 to {most}", weight=self.weight, most=f"{most:g}"
            )
            shared = keys > 1 and self.renormalise
            raise refuse(
                "weight",
                Message("{outside}, shared by {count} keys", outside=outside, count=keys)
                if shared
                else outside,
            )
        if site.mask is not None and self.weight > 0:
            seen = site.mask[:, list(where.queries)][:, :, list(where.keys)]
            if not bool(seen.all()):
                raise refuse("key_pos", Message("a masked key cannot be given weight"))

    def at(self, where: Where, site: Site) -> SetPattern:
        assert where.keys is not None, "checked before"
        return replace(self, keys=tuple(sorted(where.keys)))

    def mix(self, mixing: Mixing, rows: Rows) -> Mixing:
        keys, sunk = torch.tensor(self.keys), mixing.sunk
        row = mixing.pattern[rows.index].index_fill(-1, keys, 0.0)
        if self.renormalise:
            left = max(0.0, 1.0 - self.weight * len(self.keys))
            rest = row.sum(-1) + sunk[rows.index]
            factor = left / rest.clamp_min(torch.finfo(row.dtype).tiny)
            row = row * factor[..., None]
            sunk = rows.put(sunk, sunk[rows.index] * factor)
        row = row.index_fill(-1, keys, self.weight)
        return replace(mixing, pattern=rows.put(mixing.pattern, row), sunk=sunk)


@dataclass(frozen=True)
class ZeroAblation(Change, ZEdit):
    """z = 0 (Michel et al. 2019)."""

    def z(
        self, z: Float[Tensor, "head query_pos d_head"], rows: Rows
    ) -> Float[Tensor, "head query_pos d_head"]:
        return rows.put(z, 0.0)

    def pattern(
        self, pattern: Float[Tensor, "head query_pos key_pos"], rows: Rows
    ) -> Float[Tensor, "head query_pos key_pos"]:
        return rows.put(pattern, 0.0)

    def elsewhere(
        self, found: Bool[Tensor, "head query_pos"], rows: Rows
    ) -> Bool[Tensor, "head query_pos"]:
        found[rows.index] = False
        return found


@dataclass(frozen=True)
class MeanAblation(Change, ZEdit):
    """z = its mean over all query positions of the head (Wang et al. 2023)."""

    def z(
        self, z: Float[Tensor, "head query_pos d_head"], rows: Rows
    ) -> Float[Tensor, "head query_pos d_head"]:
        return rows.put(z, z[rows.heads].mean(1, keepdim=True))

    def pattern(
        self, pattern: Float[Tensor, "head query_pos key_pos"], rows: Rows
    ) -> Float[Tensor, "head query_pos key_pos"]:
        return rows.put(pattern, pattern[rows.heads].mean(1, keepdim=True))

    def elsewhere(
        self, found: Bool[Tensor, "head query_pos"], rows: Rows
    ) -> Bool[Tensor, "head query_pos"]:
        found[rows.index] = found[rows.heads].any(-1, keepdim=True)
        return found


@dataclass(frozen=True, eq=False)
class ActivationPatch(Change):
    """z = that of the same heads in `source`, a run over a text of the same length (Vig et al.
    2020; Meng et al. 2022)."""

    source: Trace

    def check(self, where: Where, site: Site, refuse: Refuse) -> None:
        theirs = next(
            (s for s in self.source.sites if (s.kind, s.layer) == (site.kind, site.layer)), None
        )
        if theirs is None or theirs.z.shape != site.z.shape:
            length = 0 if theirs is None else theirs.query_len
            raise refuse(
                "text",
                Message(
                    "the text to patch from has {length} tokens here, this one {own_length}; "
                    "patching needs the same length and the same model",
                    length=length,
                    own_length=site.query_len,
                ),
            )

    def at(self, where: Where, site: Site) -> SetZ:
        return SetZ(self.source.site(site.kind, site.layer).z)


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One change at one place."""

    where: Where
    change: Change
