"""What can be changed in a run, as plain records: where, and what.

    Edit(Where("encoder", layer=3, heads=(1,)), SwitchOff())

A block does its edits in the order of its equations (`models.core.interventions`), whatever the
order of the list; edits of the same step come one after the other as listed. Temperatures
multiply; windows and edges intersect.

    1. scores       Temperature, Unscaled
    2. mask         Window, OnlyAlong
    3. normaliser   NormaliseBy
    4. links        SetLink (a cut link has weight 0)
    5. z            SwitchOff, MeanZ, Patch

`interventions_of` checks a whole list before anything runs, and makes of it what each block needs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from functools import reduce
from typing import get_args

import torch
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidEdit, short
from headlight.models.core.interventions import (
    BlockId,
    Given,
    Intervention,
    Mean,
    Normalised,
    Off,
    Rebalanced,
    Rows,
    Weighed,
)
from headlight.models.core.trace import Site, Trace

MAX_EDITS = 100  # in one request
MAX_NAMED = 12  # positions that one message lists
TEMPERATURES = (0.01, 100.0)


@dataclass(frozen=True, slots=True)
class Where:
    """Heads and positions of one block; None: all. `keys` only where links are meant."""

    kind: Kind
    layer: int
    heads: tuple[int, ...] | None = None
    queries: tuple[int, ...] | None = None
    keys: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Temperature:
    """Scores divided by `value`: above 1 the pattern is flatter, below 1 sharper."""

    value: float


@dataclass(frozen=True, slots=True)
class Unscaled:
    """Scores without their scale, 1 / sqrt(d_head) in most models."""


@dataclass(frozen=True, slots=True)
class Window:
    """Only keys at most `width` positions away; 0: only the query itself."""

    width: int


@dataclass(frozen=True, slots=True)
class OnlyAlong:
    """Only the (query_pos, key_pos) given, each of a query of the edit; a query of the edit
    without any takes nothing home."""

    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class NormaliseBy:
    """Rows by softmax, by ReLU over its sum, or the same for every key in sight."""

    by: Rebalanced


@dataclass(frozen=True, slots=True)
class SetLink:
    """`weight` on every link between the queries and the keys; 0 cuts it. `renormalise`: the
    rest of the row shares what is left of 1; otherwise it stays as it is."""

    weight: float
    renormalise: bool


@dataclass(frozen=True, slots=True)
class SwitchOff:
    """z = 0: the heads say nothing."""


@dataclass(frozen=True, slots=True)
class MeanZ:
    """z = its mean over all positions: the heads say the same everywhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """z = that of the same heads in `source`, a run over a text of the same length."""

    source: Trace


Change = (
    Temperature | Unscaled | Window | OnlyAlong | NormaliseBy | SetLink | SwitchOff | MeanZ | Patch
)


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One change at one place."""

    where: Where
    change: Change


def interventions_of(edits: Seq[Edit], sites: Seq[Site]) -> dict[BlockId, Intervention]:
    """What each attention block of a run has to do differently.

    `sites` are those of the plain run over the same text. Raises InvalidEdit, which names the
    edit, its field and what is allowed; then nothing is applied.
    """
    if len(edits) > MAX_EDITS:
        raise InvalidEdit(f"{len(edits)} edits; at most {MAX_EDITS} in one request", field="edits")
    known = {(site.kind, site.layer): site for site in sites}
    chosen: dict[BlockId, list[tuple[Edit, Rows]]] = defaultdict(list)
    for index, edit in enumerate(edits):
        check = _Check(index, known)
        site = check.site(edit.where)
        chosen[site.kind, site.layer].append((edit, check.rows(edit, site)))
    return {place: _intervention(listed, known[place]) for place, listed in chosen.items()}


@dataclass(frozen=True, slots=True)
class _Check:
    """Refusals of the `index`-th edit."""

    index: int
    known: Mapping[BlockId, Site]

    def wrong(self, field: str, message: str) -> InvalidEdit:
        return InvalidEdit(f"edit {self.index}: {message}", field=f"edits.{self.index}.{field}")

    def site(self, where: Where) -> Site:
        layers = sorted(layer for kind, layer in self.known if kind == where.kind)
        if not layers:
            kinds = ", ".join(dict.fromkeys(kind for kind, _ in self.known))
            raise self.wrong("kind", f"this run has no {where.kind} attention; it has {kinds}")
        if where.layer not in layers:
            raise self.wrong(
                "layer",
                f"layer {short(where.layer)} is outside 0 to {layers[-1]}, the {where.kind} layers",
            )
        return self.known[where.kind, where.layer]

    def rows(self, edit: Edit, site: Site) -> Rows:
        """The rows that the edit is about, once it is known to be possible."""
        where, change = edit.where, edit.change
        heads = self.each("heads", where.heads, site.n_heads, "the heads of this layer")
        queries = self.each("query_pos", where.queries, site.query_len, "the query positions")
        keys = self.each("key_pos", where.keys, site.key_len, "the key positions")
        if where.keys is not None and not isinstance(change, SetLink):
            raise self.wrong("key_pos", "only a link has key positions; leave out key_pos")
        if isinstance(change, Temperature):
            low, high = TEMPERATURES
            if not low <= change.value <= high:  # NaN is in no range
                raise self.wrong("value", f"temperature {change.value} is outside {low} to {high}")
        elif isinstance(change, Window):
            if site.kind == "cross":
                raise self.wrong(
                    "do", "cross-attention has no window: its two sides are different texts"
                )
            if change.width < 0:
                raise self.wrong("width", f"width {short(change.width)} is negative; 0 or more")
        elif isinstance(change, OnlyAlong):
            self.edges(change, queries, site)
        elif isinstance(change, NormaliseBy):
            if change.by not in get_args(Rebalanced):
                allowed = ", ".join(get_args(Rebalanced))
                raise self.wrong("by", f"{change.by!r} is none of {allowed}")
        elif isinstance(change, SetLink):
            self.link(change, where, len(keys), site)
        elif isinstance(change, Patch):
            self.patch(change, site)
        return Rows(torch.tensor(heads), torch.tensor(queries))

    def edges(self, change: OnlyAlong, queries: tuple[int, ...], site: Site) -> None:
        own = frozenset(queries)
        for at, (query, key) in enumerate(change.edges):
            if not (0 <= query < site.query_len and 0 <= key < site.key_len):
                raise self.wrong(
                    f"edges.{at}",
                    f"the edge {short(query)} to {short(key)} is outside the text: queries are "
                    f"0 to {site.query_len - 1}, keys 0 to {site.key_len - 1}",
                )
            if query not in own:
                raise self.wrong(
                    f"edges.{at}",
                    f"the edge {query} to {key} is of a query that is not in query_pos, so that "
                    f"nothing would keep to it; query_pos has {_some(queries)}. Add {query} "
                    "there, or leave out the edge.",
                )

    def link(self, change: SetLink, where: Where, keys: int, site: Site) -> None:
        if where.queries is None or where.keys is None:
            missing = "query_pos" if where.queries is None else "key_pos"
            raise self.wrong(missing, "a link needs its query_pos and its key_pos")
        most = 1 / keys if change.renormalise else 1.0
        if not (0 <= change.weight <= most and math.isfinite(change.weight)):
            shared = f", shared by {keys} keys" if keys > 1 and change.renormalise else ""
            raise self.wrong("weight", f"weight {change.weight} is outside 0 to {most:g}{shared}")
        if site.mask is not None and change.weight > 0:
            seen = site.mask[:, list(where.queries)][:, :, list(where.keys)]
            if not bool(seen.all()):
                raise self.wrong("key_pos", "a masked key cannot be given weight")

    def patch(self, change: Patch, site: Site) -> None:
        source = change.source
        theirs = next(
            (s for s in source.sites if (s.kind, s.layer) == (site.kind, site.layer)), None
        )
        if theirs is None or theirs.z.shape != site.z.shape:
            length = 0 if theirs is None else theirs.query_len
            raise self.wrong(
                "text",
                f"the text to patch from has {length} tokens here, this one {site.query_len}; "
                "patching needs the same length and the same model",
            )

    def each(
        self, field: str, given: tuple[int, ...] | None, count: int, what: str
    ) -> tuple[int, ...]:
        if given is None:
            return tuple(range(count))
        if not given:
            raise self.wrong(field, f"{field} is empty; name at least one, or leave it out for all")
        for value in given:
            if not 0 <= value < count:
                raise self.wrong(field, f"{short(value)} is outside 0 to {count - 1}, {what}")
        if len(set(given)) < len(given):
            raise self.wrong(field, f"{field} names a number twice")
        return tuple(sorted(given))


def _some(numbers: tuple[int, ...]) -> str:
    """The first few of them."""
    shown = ", ".join(map(str, numbers[:MAX_NAMED]))
    return shown if len(numbers) <= MAX_NAMED else f"{shown} and {len(numbers) - MAX_NAMED} more"


def _intervention(listed: Seq[tuple[Edit, Rows]], site: Site) -> Intervention:
    """The edits of one block, in the order of its equations."""
    factor: Tensor | None = None
    allowed: list[Tensor] = []
    normalised: list[Normalised] = []
    weighed: list[Weighed] = []
    on_z: list[Off | Mean | Given] = []
    for edit, rows in listed:
        change = edit.change
        if isinstance(change, Temperature | Unscaled):
            factor = torch.ones(site.n_heads, site.query_len, 1) if factor is None else factor
            factor[rows.index] *= 1 / (
                change.value if isinstance(change, Temperature) else site.scale
            )
        elif isinstance(change, Window | OnlyAlong):
            allowed.append(_allowed(change, rows, site))
        elif isinstance(change, NormaliseBy):
            normalised.append(Normalised(rows, change.by))
        elif isinstance(change, SetLink):
            assert edit.where.keys is not None
            keys = torch.tensor(sorted(edit.where.keys))
            weighed.append(Weighed(rows, keys, change.weight, change.renormalise))
        elif isinstance(change, SwitchOff):
            on_z.append(Off(rows))
        elif isinstance(change, MeanZ):
            on_z.append(Mean(rows))
        else:
            z = change.source.site(site.kind, site.layer).z
            on_z.append(Given(rows, z))
    return Intervention(
        factor=factor,
        allowed=reduce(torch.logical_and, allowed) if allowed else None,
        pattern_steps=(*normalised, *weighed),
        z_steps=tuple(on_z),
    )


def _allowed(change: Window | OnlyAlong, rows: Rows, site: Site) -> Tensor:
    """Where those rows may look; every other row may look anywhere."""
    if isinstance(change, Window):
        pos = torch.arange(site.query_len)
        width = min(change.width, site.key_len)  # as wide as the text is all of it
        near = (pos[:, None] - torch.arange(site.key_len)).abs() <= width
    else:
        near = torch.zeros(site.query_len, site.key_len, dtype=torch.bool)
        edges = torch.tensor(change.edges, dtype=torch.long).reshape(-1, 2)
        near[edges[:, 0], edges[:, 1]] = True
    allowed = torch.ones(site.n_heads, site.query_len, site.key_len, dtype=torch.bool)
    allowed[rows.index] = near[rows.queries]
    return allowed
