"""Minimal pairs: two texts that differ in one place, and what every head does differently."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.outputs import Outputs
from headlight.app.features.selection import Selection, arrays, check_size
from headlight.app.features.selectors import (
    ShowHead,
    TokenSpanAnswer,
    WordSelector,
    named_head,
    shown_heads,
    token_selector,
)
from headlight.app.features.what_if import COSINE_DISTANCE, L2_DISTANCE, MAX_SHOWN
from headlight.app.http.compute import computed
from headlight.app.http.deps import AppState, StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.errors import TextOverLimit
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import read_whole_fields, supervised_tasks
from headlight.app.http.tensors import Array
from headlight.app.schemas.answers import (
    SUPERVISED,
    Answer,
    MaskedMatrix,
    Read,
    TokenAnswer,
    WordAnswer,
)
from headlight.app.schemas.requests import LEVEL, TextRequest
from headlight.app.settings import Settings
from headlight.models.core.attention import Kind
from headlight.models.core.errors import InputError, TextTooLong
from headlight.models.core.messages import Message
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Trace
from headlight.models.experiments.effects import Head
from headlight.models.experiments.pairs import (
    Aligned,
    Pair,
    pair_up,
    query_rows,
    rank_heads,
    row_total_variations,
    vector_change,
)
from headlight.models.text.pooling import Level

router = api_router()
ANIMAL = "The animal didn't cross the street because it was too"

TOTAL_VARIATION = (
    "total variation of a row, half the sum over keys of |before - after|, 0 to 1; keys that only "
    "one text has count as one"
)


class PairsRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": f"{ANIMAL} tired.", "other": f"{ANIMAL} wide.", "query": "it"},
                {
                    "model": "bert",
                    "text": "The keys to the cabinet are on the table.",
                    "other": "The keys to the cabinet is on the table.",
                    "show": [{"layer": 3, "head": 1}],
                    "level": "word",
                },
            ]
        }
    )

    other: str = Field(
        description="The second text: `text` but for one place, where words are replaced, added "
        "or left out. It is read with the same text_pair; where an encoder-decoder model writes "
        "its own target, with that of `text`."
    )
    query: WordSelector | None = Field(
        None,
        description="Rank heads by the rows of this word of `text`, which `other` must have too: a "
        "word of the text (its first occurrence), a token position, or a range of characters. "
        "null: by the mean over all rows.",
    )
    show: list[ShowHead] = Field(
        [],
        max_length=MAX_SHOWN,
        description="Heads whose patterns are sent, aligned, with their difference.",
    )
    level: Level = Field("token", description=f"Of `alignment` and of all that it aligns. {LEVEL}")


class DifferenceAnswer(Answer):
    """Characters of one text that the other has not."""

    text: str = Field(description="The characters; empty where the other text has more.")
    start: int = Field(description="First character in its text.")
    end: int = Field(description="Character after the last.")


class PlacesAnswer(Answer):
    before: DifferenceAnswer = Field(description="In `text`.")
    after: DifferenceAnswer = Field(description="In `other`.")


class AlignedAnswer(Answer):
    """One row or column of the pictures: a token, or a word, of each text."""

    before: int | None = Field(description="Position in `text`; null: only `other` has it.")
    after: int | None = Field(description="Position in `other`; null: only `text` has it.")
    state: Literal["same", "changed", "only"] = Field(
        description="changed: another one in each, one to one, because what differs is as long in "
        "both; only: it stands in one text alone."
    )


class HeadDifferenceAnswer(Answer):
    kind: Kind
    layer: int
    head: int
    total_variation: float = Field(
        description=f"Mean over the rows that both texts have: {TOTAL_VARIATION}."
    )
    row_total_variation: float | None = Field(
        description="The same over the rows of `query`; null without one, or where the queries "
        "of this kind do not hold it."
    )
    supervised: Task | None = Field(description=SUPERVISED)


class ShownPairAnswer(Answer):
    """One head over both texts. Rows and columns are those of `alignment`, or of `target_tokens`
    (`target_words`) where they are the decoder's; null where masked, or where a text has no such
    row or column."""

    kind: Kind
    layer: int
    head: int
    supervised: Task | None = Field(description=SUPERVISED)
    before: MaskedMatrix = Field(description="The pattern over `text`, 0 to 1.")
    after: MaskedMatrix = Field(description="The pattern over `other`, 0 to 1.")
    difference: MaskedMatrix = Field(description="after - before, -1 to 1.")
    total_variation: list[float | None] = Field(
        description=f"Of each row: {TOTAL_VARIATION}. null of a row that only one text has."
    )
    query_rows: list[int] | None = Field(
        description="The rows of `query`; null without one, or where the queries of this kind do "
        "not hold it."
    )


class PairVectorsAnswer(Answer):
    """How far apart the last hidden vectors are, row by row; null where only one text has it."""

    cosine_distance: list[float | None] = Field(description=COSINE_DISTANCE)
    l2_distance: list[float | None] = Field(description=L2_DISTANCE)
    sentence_cosine_distance: float = Field(
        description=f"Of the mean vector over all tokens. {COSINE_DISTANCE}"
    )
    sentence_l2_distance: float = Field(description=f"Of the mean vector. {L2_DISTANCE}")


class PairSaidAnswer(Answer):
    """What the model says of each text, as /outputs gives it."""

    before: Outputs = Field(description="Of `text`.")
    after: Outputs = Field(description="Of `other`.")


class PairsAnswer(Read):
    other: str = Field(description="The second text as sent.")
    level: Level
    target: str | None = Field(
        description="What the decoder of an encoder-decoder model reads, the same beside both."
    )
    tokens: list[TokenAnswer] = Field(description="Of `text`, in order of position.")
    words: list[WordAnswer] = Field(description="A partition of the tokens, in order.")
    other_tokens: list[TokenAnswer] = Field(description="Of `other`.")
    other_words: list[WordAnswer] = Field(description="A partition of them, in order.")
    target_tokens: list[TokenAnswer] | None = Field(
        description="Tokens of the decoder of an encoder-decoder model, else null. Where there "
        "are any, `change` is about them."
    )
    target_words: list[WordAnswer] | None = Field(description="Words of the decoder, likewise.")
    places: PlacesAnswer = Field(description="What differs: whole words.")
    alignment: list[AlignedAnswer] = Field(
        description="Positions of both texts, upwards; at level word, indices of words."
    )
    query: TokenSpanAnswer | None = Field(description="What was found for `query`, in `text`.")
    heads: list[HeadDifferenceAnswer] = Field(
        description="Every head, the largest first: by row_total_variation where there is a "
        "query, else by total_variation."
    )
    change: PairVectorsAnswer | None = Field(
        description="null for a model whose last vectors cannot be read."
    )
    shown: list[ShownPairAnswer] = Field(description="The heads of `show`, in its order.")
    outputs: PairSaidAnswer | None = Field(description="Null for a model that says nothing.")


def pairs_bytes(before: Trace, after: Trace, request: PairsRequest, settings: Settings) -> bytes:
    """What lies between two runs of one model. All that can be refused is refused first."""
    pair = pair_up(before, after, request.level)
    query = None if request.query is None else token_selector(request.query)
    place, rows = (None, {}) if query is None else query_rows(pair, query)
    shown = shown_heads(request.show, before)
    numbers = sum(3 * len(pair.queries(kind)) * len(pair.keys(kind)) for kind, _, _ in shown)
    check_size(
        Message("answer"), numbers, settings.json_numbers, Message("Show fewer heads."), "show"
    )
    other = after.encoder or after.decoder
    assert other is not None
    supervised = supervised_tasks(before.supervised)
    with torch.inference_mode():
        heads, change = rank_heads(pair, query), vector_change(pair)
        pictures = [
            {
                **named_head(head),
                "supervised": supervised[head],
                **_shown(pair, head),
                "query_rows": rows.get(head[0]),
            }
            for head in shown
        ]
    return json_bytes(
        {
            **read_whole_fields(before),
            "text_pair": request.text_pair,
            "other": request.other,
            "level": request.level,
            "other_tokens": other.tokens,
            "other_words": other.words,
            "places": dict(zip(("before", "after"), pair.places, strict=True)),
            "alignment": pair.reads,
            "query": place,
            "heads": [
                {
                    **named_head((each.kind, each.layer, each.head)),
                    "total_variation": each.total_variation,
                    "row_total_variation": each.row_total_variation,
                    "supervised": supervised[each.kind, each.layer, each.head],
                }
                for each in heads
            ],
            "change": change
            and {
                "cosine_distance": change.cosine_distance.numpy(),
                "l2_distance": change.l2_distance.numpy(),
                "sentence_cosine_distance": change.sentence_cosine_distance,
                "sentence_l2_distance": change.sentence_l2_distance,
            },
            "shown": pictures,
            "outputs": before.outputs and {"before": before.outputs, "after": after.outputs},
        }
    )


def _shown(pair: Pair, head: Head) -> dict[str, Any]:
    """One head's pattern over both texts on the aligned grid, NaN where there is none."""
    before, after = (_on_grid(pair, head, side) for side in (0, 1))
    return {
        "before": before,
        "after": after,
        "difference": after - before,
        "total_variation": row_total_variations(pair, *head),
    }


def _on_grid(pair: Pair, head: Head, side: int) -> Array:
    kind, layer, number = head
    trace = (pair.before, pair.after)[side]
    site = trace.site(kind, layer)
    one = Selection(trace, kind, (site,), ((number,),), ("pattern",), pair.level)
    pattern = arrays(one, site, (number,))["pattern"]
    assert pattern is not None
    queries, keys = pair.queries(kind), pair.keys(kind)
    grid = np.full((len(queries), len(keys)), np.nan, dtype=np.float32)
    (rows, at_rows), (cols, at_cols) = _held(queries, side), _held(keys, side)
    grid[np.ix_(rows, cols)] = pattern[0][np.ix_(at_rows, at_cols)]
    return grid


def _held(alignment: tuple[Aligned, ...], side: int) -> tuple[list[int], list[int]]:
    """Where one text stands in the alignment, and its positions there."""
    found = [
        (index, pos)
        for index, at in enumerate(alignment)
        if (pos := at.after if side else at.before) is not None
    ]
    return [index for index, _ in found], [pos for _, pos in found]


@router.post(
    "/pairs",
    operation_id="compare_pair",
    summary="What one changed word moves",
    response_model=PairsAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_pairs(state: StateDep, request: Request, body: PairsRequest) -> Response:
    """A minimal pair: two texts that differ in one place, aligned, and every head's change."""
    before, after = await _both(state, body)
    return await computed(state, request, pairs_bytes, before, after, body, state.settings)


async def _both(state: AppState, body: PairsRequest) -> tuple[Trace, Trace]:
    """The runs of both texts, beside one target. Raises what is wrong with `other` as its own."""
    model, text, pair = state.resolve(body)
    before = await state.runs.trace(model, text, pair)
    if pair is None and before.target and before.target.strip():
        pair = before.target
        before = await state.runs.trace(model, text, pair)
    other = TextRequest(model=body.model, text=body.other, text_pair=pair)
    try:
        return before, await state.runs.trace(*state.resolve(other))
    except TextTooLong as error:
        field = "other" if error.argument == "text" else error.argument or "other"
        raise TextTooLong(error.n_tokens, error.limit, model, argument=field) from None
    except (InputError, TextOverLimit) as error:
        if error.argument != "text":
            raise
        problem = Message("{field}: {problem}", field="other", problem=error.message)
        raise type(error)(problem, argument="other") from None
