"""Edits that cannot be made: each is refused with the field at fault and what is allowed."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from headlight.models.core.edit_list import MAX_EDITS, interventions_of
from headlight.models.core.edits import (
    ActivationPatch,
    Change,
    Edit,
    OnlyAlong,
    Renormalise,
    SetPattern,
    Temperature,
    Where,
    Window,
    ZeroAblation,
)
from headlight.models.core.errors import InputError, InvalidEdit
from headlight.models.core.trace import Site, Trace

LAYERS, HEADS, QUERIES, KEYS, D_HEAD = 2, 3, 5, 7, 11


def site(layer: int, kind: Any = "decoder", keys: int = QUERIES) -> Site:
    q, k, v = (torch.ones(HEADS, length, D_HEAD) for length in (QUERIES, keys, keys))
    causal = torch.ones(1, QUERIES, QUERIES, dtype=torch.bool).tril() if keys == QUERIES else None
    return Site(kind, layer, q, k, v, torch.ones_like(q), scale=1.0, mask=causal)


SITES = (*(site(layer) for layer in range(LAYERS)), site(0, "cross", KEYS))
LONGER = Trace("other", "", None, tuple(
    Site(s.kind, s.layer, longer, s.k, s.v, longer, scale=1.0)
    for s in SITES
    for longer in (torch.ones(HEADS, QUERIES + 1, D_HEAD),)
))  # fmt: skip
WITHOUT_CROSS = Trace("other", "", None, SITES[:LAYERS])


def where(layer: int = 1, **more: Any) -> Where:
    return Where("decoder", layer, **more)


def link(query: int, key: int) -> Where:
    return where(queries=(query,), keys=(key,))


OFF, CUT = ZeroAblation(), SetPattern(0.0, renormalise=True)
NAN = math.nan

BAD: dict[str, tuple[Where, Change, str, str]] = {
    "a kind that the model has not": (
        Where("encoder", 0), OFF, "kind", "no encoder attention; it has decoder, cross"),
    "layer 99": (where(99), OFF, "layer", "layer 99 is outside 0 to 1, the decoder layers"),
    "layer -1": (where(-1), OFF, "layer", "layer -1 is outside 0 to 1"),
    "head 99": (where(heads=(0, 99)), OFF, "heads", "99 is outside 0 to 2"),
    "head -1": (where(heads=(-1,)), OFF, "heads", "-1 is outside 0 to 2"),
    "no head": (where(heads=()), OFF, "heads", "heads is empty; name at least one"),
    "a head twice": (where(heads=(2, 0, 2)), OFF, "heads", "names a number twice"),
    "query 5 of 5": (where(queries=(5,)), OFF, "query_pos", "5 is outside 0 to 4"),
    "no query": (where(queries=()), OFF, "query_pos", "query_pos is empty"),
    "a query twice": (where(queries=(3, 3)), OFF, "query_pos", "names a number twice"),
    "keys without a link": (where(keys=(1,)), OFF, "key_pos", "only a link has key positions"),
    "temperature 0": (where(), Temperature(0), "value", "temperature 0 is outside 0.01 to 100"),
    "temperature -1": (where(), Temperature(-1), "value", "outside 0.01 to 100"),
    "temperature 101": (where(), Temperature(101), "value", "outside 0.01 to 100"),
    "temperature nan": (where(), Temperature(NAN), "value", "temperature nan is outside"),
    "temperature inf": (where(), Temperature(math.inf), "value", "temperature inf is outside"),
    "a negative window": (where(), Window(-1), "width", "width -1 is negative; 0 or more"),
    "a window between two texts": (
        Where("cross", 0), Window(2), "do", "cross-attention has no window"),
    "an edge from query 5": (
        where(), OnlyAlong(((1, 1), (5, 0))), "edges.1", "queries are 0 to 4, keys 0 to 4"),
    "an edge to key -1": (where(), OnlyAlong(((0, -1),)), "edges.0", "outside the text"),
    "an edge to key 7 of 7": (
        Where("cross", 0), OnlyAlong(((4, 7),)), "edges.0", "queries are 0 to 4, keys 0 to 6"),
    "an edge from a query that the edit is not about": (
        where(queries=(1, 3)), OnlyAlong(((3, 0), (2, 1))), "edges.1",
        "the edge 2 to 1 is of a query that is not in query_pos, so that nothing would keep to "
        "it; query_pos has 1, 3. Add 2 there, or leave out the edge."),
    "a normaliser that there is not": (
        where(), Renormalise("sparsemax"), "by",  # type: ignore[arg-type]
        "'sparsemax' is none of softmax, relu, uniform"),
    "a link without its query": (where(keys=(1,)), CUT, "query_pos", "a link needs its query_pos"),
    "a link without its key": (where(queries=(1,)), CUT, "key_pos", "a link needs its query_pos"),
    "a link from query 5": (link(5, 0), CUT, "query_pos", "5 is outside 0 to 4"),
    "a link to key 5": (link(0, 5), CUT, "key_pos", "5 is outside 0 to 4, the key positions"),
    "weight nan": (
        link(2, 1), SetPattern(NAN, renormalise=False), "weight", "weight nan is outside"),
    "weight 1.5": (
        link(2, 1), SetPattern(1.5, renormalise=False), "weight", "weight 1.5 is outside 0 to 1"),
    "weight -0.1": (link(2, 1), SetPattern(-0.1, renormalise=True), "weight", "outside 0 to 1"),
    "two links that share more than the row": (
        where(queries=(2,), keys=(0, 1)), SetPattern(0.6, renormalise=True), "weight",
        "weight 0.6 is outside 0 to 0.5, shared by 2 keys"),
    "weight on what the model hides": (
        link(1, 3), SetPattern(0.5, renormalise=True), "key_pos", "a masked key cannot"),
    "a patch of another length": (
        where(), ActivationPatch(LONGER), "text", "has 6 tokens here, this one 5"),
    "a patch from another model": (
        Where("cross", 0), ActivationPatch(WITHOUT_CROSS), "text",
        "the same length and the same model"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_edit_names_its_field_and_what_is_allowed(name: str) -> None:
    place, change, field, words = BAD[name]
    with pytest.raises(InvalidEdit) as caught:
        interventions_of([Edit(where(), OFF), Edit(place, change)], SITES)
    assert caught.value.argument == f"edits.1.{field}"
    assert caught.value.message.startswith("edit 1: ")
    assert words in caught.value.message


def test_a_long_list_of_positions_is_told_in_short() -> None:
    queries = tuple(range(1, 31))
    ones = torch.ones(HEADS, 31, D_HEAD)
    long = Site("decoder", 1, ones, ones, ones, ones, scale=1.0)
    with pytest.raises(InvalidEdit, match=r"query_pos has 1, 2, .*, 11, 12 and 18 more\. Add 0"):
        interventions_of([Edit(where(queries=queries), OnlyAlong(((0, 0),)))], [long])


def test_a_hundred_edits_are_made_and_one_more_is_refused() -> None:
    off = Edit(where(), OFF)
    assert len(interventions_of([off] * MAX_EDITS, SITES)) == 1
    with pytest.raises(InvalidEdit, match="101 edits; at most 100 in one request") as caught:
        interventions_of([off] * 101, SITES)
    assert caught.value.argument == "edits"


def test_the_sender_can_mend_a_bad_edit() -> None:
    assert issubclass(InvalidEdit, InputError)
    assert InvalidEdit.code == "invalid_edit"


def test_the_ends_of_each_range_are_allowed() -> None:
    ends: list[tuple[Where, Change]] = [
        (where(0, heads=(0, 2), queries=(4, 0)), OFF),
        (where(), Temperature(0.01)),
        (where(), Temperature(100)),
        (where(), Window(0)),
        (where(), OnlyAlong(((4, 4),))),
        (where(queries=(2, 4)), OnlyAlong(((2, 0), (4, 4)))),
        (where(), OnlyAlong(())),
        (link(4, 4), SetPattern(1.0, renormalise=False)),
        (where(queries=(4,), keys=(0, 1)), SetPattern(0.5, renormalise=True)),
        (link(1, 3), CUT),
    ]
    for place, change in ends:
        assert interventions_of([Edit(place, change)], SITES)
