"""Edits as requests name them, and the records of `models.core.edits` that they ask for.

Ranges that depend on the run are checked when it is known (`models.core.edits`), and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from headlight.app.schemas.requests import KIND, Index, Indices, Named, Strict
from headlight.models.core import edits as made
from headlight.models.core.attention import Kind
from headlight.models.core.edits import TEMPERATURES, Edit, Where
from headlight.models.core.interventions import Rebalanced
from headlight.models.core.trace import Trace

MAX_POSITIONS = 1_024  # heads or positions in one edit: as many as any run has


MAX_EDGES = 10_000


Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _positions(default: Any, description: str) -> Any:
    return Field(
        default,
        min_length=1,
        max_length=MAX_POSITIONS,
        description=description,
        json_schema_extra={"uniqueItems": True},
    )


class HeadSelector(Strict):
    """Heads and query positions of one layer."""

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layer: Index = Field(description="Layer number, from 0.")
    heads: Indices = _positions(None, "Head numbers from 0, each once; null: all of the layer.")
    query_pos: Indices = _positions(
        None, "Positions of the tokens that look, from 0, each once; null: all."
    )


class Off(HeadSelector):
    """z = 0: the heads say nothing (Michel et al. 2019)."""

    do: Literal["off"] = Field(description="z = 0.")


class Mean(HeadSelector):
    """The heads say the same everywhere (mean ablation, Wang et al. 2023)."""

    do: Literal["mean"] = Field(description="z = its mean over all query positions of the head.")


class Temperature(HeadSelector):
    """A flatter pattern above 1, a sharper one below."""

    do: Literal["temperature"] = Field(description="Scores are divided by `value`.")
    value: Finite = Field(
        description=f"{TEMPERATURES[0]} to {TEMPERATURES[1]:g}; 1 changes nothing.",
        json_schema_extra={"minimum": TEMPERATURES[0], "maximum": TEMPERATURES[1]},
    )


class Unscaled(HeadSelector):
    """Scores as they were before Vaswani et al. 2017 scaled them."""

    do: Literal["unscaled"] = Field(
        description="Scores without their scale, 1 / sqrt(d_head) in most models."
    )


class Window(HeadSelector):
    """Local attention."""

    do: Literal["window"] = Field(
        description="Only keys at most `width` positions away. Not for cross attention."
    )
    width: Index = Field(description="Positions, 0 or more; 0: only the query itself.")


class OnlyAlong(HeadSelector):
    """Attention along given links only."""

    do: Literal["only_along"] = Field(
        description="Only the `edges`; a query without any takes nothing home."
    )
    edges: list[Annotated[list[Index], Field(min_length=2, max_length=2)]] = Field(
        min_length=1,
        max_length=MAX_EDGES,
        description="Pairs [query_pos, key_pos], from 0. Where the edit has a `query_pos`, each "
        "query is one of it.",
    )


class NormaliseBy(HeadSelector):
    """Another way from scores to shares; uniform: Wiegreffe and Pinter 2019."""

    do: Literal["normalise_by"] = Field(description="Rows are normalised by `by`.")
    by: Rebalanced = Field(
        description="softmax; relu: max(score, 0) over its row's sum; uniform: the same for every "
        "key in sight."
    )


class Link(HeadSelector):
    """All links between some queries and some keys."""

    query_pos: Named = _positions(..., "Positions of the tokens that look, from 0, each once.")
    key_pos: Named = _positions(..., "Positions of the tokens looked at, from 0, each once.")
    renormalise: bool = Field(
        True,
        description="true: the rest of the row, a learned sink among it, shares what is left of 1, "
        "in the proportions that it had; false: it stays, and the row no longer sums to 1.",
    )


class SetLink(Link):
    """A weight of your own."""

    do: Literal["set_link"] = Field(description="`weight` on every link named.")
    weight: Finite = Field(
        description="0 to 1; where renormalised, 0 to 1 / (keys named).",
        json_schema_extra={"minimum": 0, "maximum": 1},
    )


class Cut(Link):
    """No weight at all: `set_link` with weight 0."""

    do: Literal["cut"] = Field(description="0 on every link named.")


class Patch(HeadSelector):
    """Activation patching (Vig et al. 2020; Meng et al. 2022)."""

    do: Literal["patch"] = Field(
        description="z = that of the same heads over another text of as many tokens."
    )
    text: str = Field(description="The text to take z from.")
    text_pair: str | None = Field(None, description="Its second text, as `text_pair` of a request.")


AnyEdit = Annotated[
    Off | Mean | Temperature | Unscaled | Window | OnlyAlong | NormaliseBy | SetLink | Cut | Patch,
    Field(discriminator="do"),
]


Source = tuple[str, str | None]
"""A text to patch from, and its pair."""


def edit_of(edit: AnyEdit, first: Kind, sources: Mapping[Source, Trace]) -> Edit:
    where = Where(
        kind=edit.kind or first,
        layer=edit.layer,
        heads=_tuple(edit.heads),
        queries=_tuple(edit.query_pos),
        keys=tuple(edit.key_pos) if isinstance(edit, Link) else None,
    )
    return Edit(where, _change_of(edit, sources))


def _tuple(numbers: list[int] | None) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(numbers)


def _change_of(edit: AnyEdit, sources: Mapping[Source, Trace]) -> made.Change:
    match edit:
        case Off():
            return made.SwitchOff()
        case Mean():
            return made.MeanZ()
        case Temperature():
            return made.Temperature(edit.value)
        case Unscaled():
            return made.Unscaled()
        case Window():
            return made.Window(edit.width)
        case OnlyAlong():
            return made.OnlyAlong(tuple((query, key) for query, key in edit.edges))
        case NormaliseBy():
            return made.NormaliseBy(edit.by)
        case SetLink():
            return made.SetLink(edit.weight, edit.renormalise)
        case Cut():
            return made.SetLink(0.0, edit.renormalise)
        case Patch():
            return made.Patch(sources[edit.text, edit.text_pair])
