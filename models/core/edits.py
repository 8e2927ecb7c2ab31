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

`interventions_of` checks a whole list before anything runs, and makes of it what each block needs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.models.core.attention import Kind, Normaliser, Weighing
from headlight.models.core.errors import InvalidEdit, short
from headlight.models.core.interventions import (
    BlockId,
    Intervention,
    MaskEdit,
    Mixing,
    PatternEdit,
    Rows,
    ScoreEdit,
    SetZ,
    ZEdit,
)
from headlight.models.core.trace import Site, Trace

MAX_EDITS = 100  # in one request
MAX_NAMED = 12  # positions that one message lists
TEMPERATURES = (0.01, 100.0)

RowNormaliser = Literal["softmax", "relu", "uniform"]
"""How an edited row is normalised; uniform: the same for every key that it may look at."""

Refuse = Callable[[str, str], InvalidEdit]
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
            raise refuse("value", f"temperature {self.value} is outside {low} to {high}")

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
            raise refuse("do", "cross-attention has no window: its two sides are different texts")
        if self.width < 0:
            raise refuse("width", f"width {short(self.width)} is negative; 0 or more")

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
                    f"the edge {short(query)} to {short(key)} is outside the text: queries are "
                    f"0 to {site.query_len - 1}, keys 0 to {site.key_len - 1}",
                )
            if query not in among:
                raise refuse(
                    f"edges.{index}",
                    f"the edge {query} to {key} is of a query that is not in query_pos, so that "
                    f"nothing would keep to it; query_pos has {_some(own)}. Add {query} "
                    "there, or leave out the edge.",
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
            raise refuse("by", f"{self.by!r} is none of {allowed}")

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
            raise refuse(missing, "a link needs its query_pos and its key_pos")
        keys = len(where.keys)
        most = 1 / keys if self.renormalise else 1.0
        if not (0 <= self.weight <= most and math.isfinite(self.weight)):
            shared = f", shared by {keys} keys" if keys > 1 and self.renormalise else ""
            raise refuse("weight", f"weight {self.weight} is outside 0 to {most:g}{shared}")
        if site.mask is not None and self.weight > 0:
            seen = site.mask[:, list(where.queries)][:, :, list(where.keys)]
            if not bool(seen.all()):
                raise refuse("key_pos", "a masked key cannot be given weight")

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
                f"the text to patch from has {length} tokens here, this one {site.query_len}; "
                "patching needs the same length and the same model",
            )

    def at(self, where: Where, site: Site) -> SetZ:
        return SetZ(self.source.site(site.kind, site.layer).z)


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One change at one place."""

    where: Where
    change: Change


def interventions_of(edits: Seq[Edit], sites: Seq[Site]) -> dict[BlockId, Intervention]:
    """What each attention block of a run has to do differently.

    `sites` are those of the plain run over the same text. Raises InvalidEdit, which names the
    edit, its argument and what is allowed; then nothing is applied.
    """
    if len(edits) > MAX_EDITS:
        raise InvalidEdit(
            f"{len(edits)} edits; at most {MAX_EDITS} in one request", argument="edits"
        )
    known = {(site.kind, site.layer): site for site in sites}
    chosen: dict[BlockId, list[tuple[Rows, Change | ZEdit]]] = defaultdict(list)
    for index, edit in enumerate(edits):
        check = _Check(index, known)
        site = check.site(edit.where)
        rows = check.rows(edit, site)
        edit.change.check(edit.where, site, check.refuse)
        chosen[site.kind, site.layer].append((rows, edit.change.at(edit.where, site)))
    return {block: _intervention(listed, known[block]) for block, listed in chosen.items()}


@dataclass(frozen=True, slots=True)
class _Check:
    """Refusals of the `index`-th edit."""

    index: int
    known: Mapping[BlockId, Site]

    def refuse(self, argument: str, message: str) -> InvalidEdit:
        return InvalidEdit(
            f"edit {self.index}: {message}", argument=f"edits.{self.index}.{argument}"
        )

    def site(self, where: Where) -> Site:
        layers = sorted(layer for kind, layer in self.known if kind == where.kind)
        if not layers:
            kinds = ", ".join(dict.fromkeys(kind for kind, _ in self.known))
            raise self.refuse("kind", f"this run has no {where.kind} attention; it has {kinds}")
        if where.layer not in layers:
            raise self.refuse(
                "layer",
                f"layer {short(where.layer)} is outside 0 to {layers[-1]}, the {where.kind} layers",
            )
        return self.known[where.kind, where.layer]

    def rows(self, edit: Edit, site: Site) -> Rows:
        """The rows that the edit is about. Raises InvalidEdit for what is out of range."""
        where = edit.where
        heads = self.each("heads", where.heads, site.n_heads, "the heads of this layer")
        queries = self.each("query_pos", where.queries, site.query_len, "the query positions")
        self.each("key_pos", where.keys, site.key_len, "the key positions")
        if where.keys is not None and not isinstance(edit.change, SetPattern):
            raise self.refuse("key_pos", "only a link has key positions; leave out key_pos")
        return Rows(torch.tensor(heads), torch.tensor(queries))

    def each(
        self, argument: str, given: tuple[int, ...] | None, count: int, what: str
    ) -> tuple[int, ...]:
        if given is None:
            return tuple(range(count))
        if not given:
            message = f"{argument} is empty; name at least one, or leave it out for all"
            raise self.refuse(argument, message)
        for value in given:
            if not 0 <= value < count:
                raise self.refuse(argument, f"{short(value)} is outside 0 to {count - 1}, {what}")
        if len(set(given)) < len(given):
            raise self.refuse(argument, f"{argument} names a number twice")
        return tuple(sorted(given))


def _some(numbers: Seq[int]) -> str:
    """The first few of them."""
    shown = ", ".join(map(str, numbers[:MAX_NAMED]))
    return shown if len(numbers) <= MAX_NAMED else f"{shown} and {len(numbers) - MAX_NAMED} more"


def _intervention(listed: Seq[tuple[Rows, Change | ZEdit]], site: Site) -> Intervention:
    """The edits of one block, in the order of its equations."""
    factor: Tensor | None = None
    allowed: list[Tensor] = []
    pattern_steps: list[tuple[Rows, PatternEdit]] = []
    z_steps: list[tuple[Rows, ZEdit]] = []
    for rows, edit in listed:
        if isinstance(edit, ScoreEdit):
            factor = torch.ones(site.n_heads, site.query_len, 1) if factor is None else factor
            factor[rows.index] *= edit.factor(site.scale)
        elif isinstance(edit, MaskEdit):
            allowed.append(_allowed(edit, rows, site))
        elif isinstance(edit, PatternEdit):
            pattern_steps.append((rows, edit))
        else:
            assert isinstance(edit, ZEdit), f"{edit} belongs to no step"
            z_steps.append((rows, edit))
    pattern_steps.sort(key=lambda step: isinstance(step[1], SetPattern))  # links come last
    return Intervention(
        factor=factor,
        allowed=reduce(torch.logical_and, allowed) if allowed else None,
        pattern_steps=tuple(pattern_steps),
        z_steps=tuple(z_steps),
    )


def _allowed(edit: MaskEdit, rows: Rows, site: Site) -> Bool[Tensor, "head query_pos key_pos"]:
    """Where those rows may look; every other row may look anywhere."""
    allowed = torch.ones(site.n_heads, site.query_len, site.key_len, dtype=torch.bool)
    allowed[rows.index] = edit.near(site.query_len, site.key_len)[rows.queries]
    return allowed
