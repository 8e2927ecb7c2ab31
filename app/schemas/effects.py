"""What an edit changed, field by field. Changes are measured in float64 on float32 vectors."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from headlight.app.schemas.answers import (
    TAUGHT,
    Answer,
    Count,
    Floats,
    MaskedMatrix,
    ReadWhole,
    Task,
)
from headlight.app.schemas.outputs import Outputs
from headlight.app.schemas.requests import Kind

TURN = "1 - cosine of the vector before and after, 0 to 2; 0: its direction is the same."
SHIFT = "Euclidean length of after - before, in the units of the model's last hidden vectors."


class ChangeAnswer(Answer):
    """How far the last hidden vectors moved."""

    turn: Floats = Field(description=f"[pos]: {TURN}")
    shift: Floats = Field(description=f"[pos]: {SHIFT}")
    sentence_turn: float = Field(
        description=f"Of the mean vector over all tokens, special ones among them. {TURN}"
    )
    sentence_shift: float = Field(description=f"Of the mean vector. {SHIFT}")


class MovedAnswer(Answer):
    """How far the patterns of one kind moved."""

    kind: Kind
    layer_numbers: list[int] = Field(
        description="The model's own numbers of the layers of `moved`."
    )
    moved: MaskedMatrix = Field(
        description="[layer][head]: total variation of the head's rows, half the sum over keys of "
        "|before - after|, mean over queries, 0 to 1. Rows of a head that is off are 0. "
        "null where a layer has fewer heads than another."
    )


class ShiftAnswer(Answer):
    """One class of a prediction."""

    name: str = Field(
        description="A piece of the vocabulary, a tag, or the token that a pointer points to."
    )
    before: float = Field(description="Its probability without the edits, 0 to 1.")
    after: float = Field(description="With them.")
    key_pos: int | None = Field(description="Position of that token, of a pointer; else null.")


class PredictionAnswer(Answer):
    """One thing that the model says of the text, before and after."""

    said: Literal["tag", "parent", "antecedent", "fill", "next"] = Field(
        description="tag: of a word; parent, antecedent: where the row of a taught head points; "
        "fill: what stands at a mask; next: what comes after the last token."
    )
    position: int = Field(
        description="Its token: the first of a tagged or pointing word, the mask, the last one. "
        "Of an encoder-decoder model, an index into `target_tokens`."
    )
    word: int | None = Field(description="The word that is tagged or points; else null.")
    kl: float | None = Field(
        description="Kullback-Leibler divergence, KL(before || after): the sum of before * "
        "ln(before / after) over all classes (the whole vocabulary, every tag, every key), in "
        "nats, 0 or more. Null where it is infinite (a key that had weight has none) or the row "
        "does not sum to 1 any more."
    )
    total_variation: float = Field(
        description="Half the sum over all classes of |before - after|, 0 to 1."
    )
    candidates: list[ShiftAnswer] = Field(
        description="The 5 most probable of before and the 5 of after, without doubles; by the "
        "larger of both."
    )


class SingleAnswer(Answer):
    """What one head of one edit does alone, without the other heads and edits."""

    edit: int = Field(description="Index into the request's `edits`.")
    kind: Kind
    layer: int
    head: int
    sentence_turn: float = Field(description=f"Of the mean vector over all tokens. {TURN}")
    sentence_shift: float = Field(description=f"Of the mean vector. {SHIFT}")
    kl: float | None = Field(
        description="The largest `kl` of what is read off the last vectors (tags, masks, the next "
        "token), in nats; null where nothing is."
    )


class ControlsAnswer(Answer):
    """What shows that the instrument is sound, and what chance gives; measured every time."""

    nothing: float = Field(
        description="Largest change of any number of the last hidden vectors when nothing is "
        "edited: exactly 0."
    )
    own_z: float = Field(
        description="The same when the edited heads are patched with their own z: rounding at most."
    )
    heads: Count = Field(description="How many heads the edits touch.")
    band: Floats = Field(
        description="sentence_turn of 20 draws, ascending: each switches off that many random "
        "other heads of the run (seed 0). An edit within it is nothing special. Empty where too "
        "few other heads are left."
    )


class ShownAnswer(Answer):
    """The pattern of one head before and after, [query_pos][key_pos], 0 to 1."""

    kind: Kind
    layer: int
    head: int
    taught: Task | None = Field(description=TAUGHT)
    before: MaskedMatrix = Field(description="Each row sums to 1; null where the model masks.")
    after: MaskedMatrix = Field(
        description="Null at the same places; 0 where an edit takes a key away. Rows may sum to "
        "less than 1, or more, where a link was set without renormalising. Of a patched head, what "
        "its own q and k give: its z is not pattern.v."
    )


class SaidAnswer(Answer):
    """What the model says of the text, as /outputs gives it."""

    before: Outputs = Field(description="Without the edits.")
    after: Outputs = Field(description="With them.")


class WhatIfAnswer(ReadWhole):
    change: ChangeAnswer = Field(description="What all edits do together.")
    patterns: list[MovedAnswer] = Field(description="Each kind of the run, its first one first.")
    predictions: list[PredictionAnswer] = Field(
        description="Each thing that the model says of the text, in order: tags, parents, "
        "antecedents, masks, the next token. Empty for a model that says nothing."
    )
    singles: list[SingleAnswer] = Field(
        description="Each head of each edit alone, in the order of `edits`."
    )
    controls: ControlsAnswer = Field(description="Beside nothing, and beside chance.")
    shown: list[ShownAnswer] = Field(description="The heads of `show`, in its order.")
    outputs: SaidAnswer | None = Field(description="Null for a model that says nothing.")
