"""A list of edits, checked whole, as what each attention block of a run does differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from functools import reduce

import torch
from jaxtyping import Bool
from torch import Tensor

from headlight.models.core.edits import Change, Edit, SetPattern, Where
from headlight.models.core.errors import InvalidEdit, short
from headlight.models.core.interventions import (
    BlockId,
    Intervention,
    MaskEdit,
    PatternEdit,
    Rows,
    ScoreEdit,
    ZEdit,
)
from headlight.models.core.messages import Message
from headlight.models.core.trace import Site

MAX_EDITS = 100  # in one request


def interventions_of(edits: Seq[Edit], sites: Seq[Site]) -> dict[BlockId, Intervention]:
    """What each attention block of a run has to do differently.

    `sites` are those of the plain run over the same text. Raises InvalidEdit, which names the
    edit, its argument and what is allowed; then nothing is applied.
    """
    if len(edits) > MAX_EDITS:
        raise InvalidEdit(
            Message(
                "{count} edits; at most {limit} in one request",
                count=len(edits),
                limit=MAX_EDITS,
            ),
            argument="edits",
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

    def refuse(self, argument: str, problem: Message) -> InvalidEdit:
        return InvalidEdit(
            Message("edit {index}: {problem}", index=self.index, problem=problem),
            argument=f"edits.{self.index}.{argument}",
        )

    def site(self, where: Where) -> Site:
        layers = sorted(layer for kind, layer in self.known if kind == where.kind)
        if not layers:
            kinds = ", ".join(dict.fromkeys(kind for kind, _ in self.known))
            raise self.refuse(
                "kind",
                Message(
                    "this run has no {kind} attention; it has {kinds}", kind=where.kind, kinds=kinds
                ),
            )
        if where.layer not in layers:
            raise self.refuse(
                "layer",
                Message(
                    "layer {layer} is outside 0 to {last}, the {kind} layers",
                    layer=short(where.layer),
                    last=layers[-1],
                    kind=where.kind,
                ),
            )
        return self.known[where.kind, where.layer]

    def rows(self, edit: Edit, site: Site) -> Rows:
        """The rows that the edit is about. Raises InvalidEdit for what is out of range."""
        where = edit.where
        heads = self.each("heads", where.heads, site.n_heads, Message("the heads of this layer"))
        queries = self.each(
            "query_pos", where.queries, site.query_len, Message("the query positions")
        )
        self.each("key_pos", where.keys, site.key_len, Message("the key positions"))
        if where.keys is not None and not isinstance(edit.change, SetPattern):
            raise self.refuse(
                "key_pos", Message("only a link has key positions; leave out key_pos")
            )
        return Rows(torch.tensor(heads), torch.tensor(queries))

    def each(
        self, argument: str, given: tuple[int, ...] | None, count: int, what: Message
    ) -> tuple[int, ...]:
        if given is None:
            return tuple(range(count))
        if not given:
            message = Message(
                "{argument} is empty; name at least one, or leave it out for all", argument=argument
            )
            raise self.refuse(argument, message)
        for value in given:
            if not 0 <= value < count:
                raise self.refuse(
                    argument,
                    Message(
                        "{value} is outside 0 to {last}, {what}",
                        value=short(value),
                        last=count - 1,
                        what=what,
                    ),
                )
        if len(set(given)) < len(given):
            raise self.refuse(
                argument, Message("{argument} names a number twice", argument=argument)
            )
        return tuple(sorted(given))


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
