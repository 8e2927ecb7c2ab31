"""Minimal pairs: what is asked, and what the answer holds, field by field."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from headlight.app.schemas.answers import (
    TAUGHT,
    Answer,
    MaskedMatrix,
    Read,
    Task,
    TokenAnswer,
    WordAnswer,
)
from headlight.app.schemas.edits import MAX_SHOWN, ShowHead
from headlight.app.schemas.effects import SHIFT, TURN
from headlight.app.schemas.heads import PlaceAnswer
from headlight.app.schemas.outputs import Outputs
from headlight.app.schemas.requests import LEVEL, Kind, Level, TextRequest, Wanted

ANIMAL = "The animal didn't cross the street because it was too"
MOVED = (
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
    query: Wanted | None = Field(
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


class HeadMovedAnswer(Answer):
    kind: Kind
    layer: int
    head: int
    moved: float = Field(description=f"Mean over the rows that both texts have: {MOVED}.")
    row_moved: float | None = Field(
        description="The same over the rows of `query`; null without one, or where the queries "
        "of this kind do not hold it."
    )
    taught: Task | None = Field(description=TAUGHT)


class ShownPairAnswer(Answer):
    """One head over both texts. Rows and columns are those of `alignment`, or of `target_tokens`
    (`target_words`) where they are the decoder's; null where masked, or where a text has no such
    row or column."""

    kind: Kind
    layer: int
    head: int
    taught: Task | None = Field(description=TAUGHT)
    before: MaskedMatrix = Field(description="The pattern over `text`, 0 to 1.")
    after: MaskedMatrix = Field(description="The pattern over `other`, 0 to 1.")
    difference: MaskedMatrix = Field(description="after - before, -1 to 1.")
    moved: list[float | None] = Field(
        description=f"Of each row: {MOVED}. null of a row that only one text has."
    )
    query_rows: list[int] | None = Field(
        description="The rows of `query`; null without one, or where the queries of this kind do "
        "not hold it."
    )


class PairVectorsAnswer(Answer):
    """How far apart the last hidden vectors are, row by row; null where only one text has it."""

    turn: list[float | None] = Field(description=TURN)
    shift: list[float | None] = Field(description=SHIFT)
    sentence_turn: float = Field(description=f"Of the mean vector over all tokens. {TURN}")
    sentence_shift: float = Field(description=f"Of the mean vector. {SHIFT}")


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
    query: PlaceAnswer | None = Field(description="What was found for `query`, in `text`.")
    heads: list[HeadMovedAnswer] = Field(
        description="Every head, by row_moved where there is a query, else by moved; largest first."
    )
    change: PairVectorsAnswer | None = Field(
        description="null for a model whose last vectors cannot be read."
    )
    shown: list[ShownPairAnswer] = Field(description="The heads of `show`, in its order.")
    outputs: PairSaidAnswer | None = Field(description="Null for a model that says nothing.")
