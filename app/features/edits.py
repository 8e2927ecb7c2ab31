"""Edits as requests name them. Each becomes the edit of the same name in `models.core.edits`.

Ranges that depend on the run are checked when it is known (`models.core.edits`), and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from headlight.app.schemas.requests import KIND, Alternative, Index, Indices, Named
from headlight.models.core import edits
from headlight.models.core.attention import Kind
from headlight.models.core.edits import TEMPERATURES, Change, Edit, RowNormaliser, Where
from headlight.models.core.trace import Trace

MAX_POSITIONS = 1_024  # heads or positions in one edit: as many as any run has
MAX_EDGES = 10_000
Sources = Mapping[tuple[str, str | None], Trace]
"""The run of each text to patch from, by the text and its pair."""

Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _positions(default: Any, description: str) -> Any:
    return Field(
        default,
        min_length=1,
        max_length=MAX_POSITIONS,
        description=description,
        json_schema_extra={"uniqueItems": True},
    )


class HeadSelector(Alternative):
    """Heads and query positions of one layer."""

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layer: Index = Field(description="Layer number, from 0.")
    heads: Indices = _positions(None, "Head numbers from 0, each once; null: all of the layer.")
    query_pos: Indices = _positions(
        None, "Positions of the tokens that look, from 0, each once; null: all."
    )

    def where(self, first: Kind) -> Where:
        """The place in a run whose first kind of attention is `first`."""
        return Where(self.kind or first, self.layer, _tuple(self.heads), _tuple(self.query_pos))


class ZeroAblation(HeadSelector):
    """z = 0: the heads contribute nothing (Michel et al. 2019)."""

    do: Literal["zero_ablation"] = Field(description="z = 0.")

    def change(self, sources: Sources) -> Change:
        return edits.ZeroAblation()


class MeanAblation(HeadSelector):
    """The heads contribute the same everywhere (Wang et al. 2023)."""

    do: Literal["mean_ablation"] = Field(
        description="z = its mean over all query positions of the head."
    )

    def change(self, sources: Sources) -> Change:
        return edits.MeanAblation()


class Temperature(HeadSelector):
    """A flatter pattern above 1, a sharper one below."""

    do: Literal["temperature"] = Field(description="Scores are divided by `value`.")
    value: Finite = Field(
        description=f"{TEMPERATURES[0]} to {TEMPERATURES[1]:g}; 1 changes nothing.",
        json_schema_extra={"minimum": TEMPERATURES[0], "maximum": TEMPERATURES[1]},
    )

    def change(self, sources: Sources) -> Change:
        return edits.Temperature(self.value)


class Unscaled(HeadSelector):
    """Scores as they were before Vaswani et al. 2017 scaled them."""

    do: Literal["unscaled"] = Field(
        description="Scores without their scale, 1 / sqrt(d_head) in most models."
    )

    def change(self, sources: Sources) -> Change:
        return edits.Unscaled()


class Window(HeadSelector):
    """Local attention."""

    do: Literal["window"] = Field(
        description="Only keys at most `width` positions away. Not for cross attention."
    )
    width: Index = Field(description="Positions, 0 or more; 0: only the query itself.")

    def change(self, sources: Sources) -> Change:
        return edits.Window(self.width)


class OnlyAlong(HeadSelector):
    """Attention along given links only."""

    do: Literal["only_along"] = Field(
        description="Only the `edges`; a query without any has z = 0."
    )
    edges: list[Annotated[list[Index], Field(min_length=2, max_length=2)]] = Field(
        min_length=1,
        max_length=MAX_EDGES,
        description="Pairs [query_pos, key_pos], from 0. Where the edit has a `query_pos`, each "
        "query is one of it.",
    )

    def change(self, sources: Sources) -> Change:
        return edits.OnlyAlong(tuple((query, key) for query, key in self.edges))


class Renormalise(HeadSelector):
    """Another way from scores to weights; uniform: Wiegreffe and Pinter 2019."""

    do: Literal["renormalise"] = Field(description="Rows are normalised by `by`.")
    by: RowNormaliser = Field(
        description="softmax; relu: max(score, 0) over its row's sum; uniform: the same for every "
        "key in sight."
    )

    def change(self, sources: Sources) -> Change:
        return edits.Renormalise(self.by)


class LinkSelector(HeadSelector):
    """All links between some queries and some keys."""

    query_pos: Named = _positions(..., "Positions of the tokens that look, from 0, each once.")
    key_pos: Named = _positions(..., "Positions of the tokens looked at, from 0, each once.")
    renormalise: bool = Field(
        True,
        description="true: the rest of the row, a learned sink among it, shares what is left of 1, "
        "in the proportions that it had; false: it stays, and the row no longer sums to 1.",
    )

    def where(self, first: Kind) -> Where:
        return replace(super().where(first), keys=tuple(self.key_pos))


class SetPattern(LinkSelector):
    """A weight of your own."""

    do: Literal["set_pattern"] = Field(description="`weight` on every link named.")
    weight: Finite = Field(
        description="0 to 1; where renormalised, 0 to 1 / (keys named).",
        json_schema_extra={"minimum": 0, "maximum": 1},
    )

    def change(self, sources: Sources) -> Change:
        return edits.SetPattern(self.weight, self.renormalise)


class Cut(LinkSelector):
    """No weight at all: `set_pattern` with weight 0."""

    do: Literal["cut"] = Field(description="0 on every link named.")

    def change(self, sources: Sources) -> Change:
        return edits.SetPattern(0.0, self.renormalise)


class ActivationPatch(HeadSelector):
    """Activation patching (Vig et al. 2020; Meng et al. 2022)."""

    do: Literal["activation_patch"] = Field(
        description="z = that of the same heads over another text of as many tokens."
    )
    text: str = Field(description="The text to take z from.")
    text_pair: str | None = Field(None, description="Its second text, as `text_pair` of a request.")

    def change(self, sources: Sources) -> Change:
        return edits.ActivationPatch(sources[self.text, self.text_pair])


AnyEdit = Annotated[
    ZeroAblation
    | MeanAblation
    | Temperature
    | Unscaled
    | Window
    | OnlyAlong
    | Renormalise
    | SetPattern
    | Cut
    | ActivationPatch,
    Field(discriminator="do"),
]


def edit_of(edit: AnyEdit, first: Kind, sources: Sources) -> Edit:
    """The edit of a run whose first kind of attention is `first`."""
    return Edit(edit.where(first), edit.change(sources))


def _tuple(numbers: list[int] | None) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(numbers)
