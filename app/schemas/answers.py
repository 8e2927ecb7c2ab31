"""What answers are made of.

Numbers are float32 unless a field says otherwise.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from headlight.models.core.axis import AxisKind

Floats = list[float]
Matrix = list[list[float]]
MaskedMatrix = list[list[float | None]]
Count = int
SUPERVISED = "What the head was trained to point at; null: it is free."


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Answer):
    code: str = Field(description="Stable: programs match on it.", examples=["empty_text"])
    params: dict[str, Any] = Field(
        description="What the message is filled with, by name: the numbers and the names in it."
    )
    message: str = Field(
        description="What was given, what is allowed, what to do; in the language of `?lang=`, or "
        "of Accept-Language (English, Chinese)."
    )
    field: str | None = Field(description="The field of the request at fault, dotted, or null.")


class ErrorAnswer(Answer):
    """Every error, of whatever cause, has this shape."""

    error: ErrorDetail


class TokenAnswer(Answer):
    id: int = Field(description="Its number in the model's vocabulary.")
    text: str = Field(description="The characters as typed; for special tokens, the piece.")
    piece: str = Field(description="The vocabulary's own entry, such as ##ing or [UNK].")
    start: int | None = Field(description="First character in its text; null if it has none.")
    end: int | None = Field(description="Character after the last; null if it has none.")
    word: int = Field(description="Index of its word.")
    special: bool = Field(description="True for [CLS], [SEP], </s> and the like.")
    segment: int = Field(description="0: `text`; 1: the second text of a pair.")


class AxisAnswer(Answer):
    kind: AxisKind = Field(description="What one side of a matrix counts.")
    labels: list[str] = Field(description="Its positions, in order, by what they are called.")


class FigureAnswer(Answer):
    """One thing measured of a lesson's model, over several seeds of its recipe."""

    model: str = Field(description="Its name on the card of the lesson.")
    measure: str = Field(description="What was measured.")
    mean: float = Field(description="Over the seeds.")
    least: float = Field(description="Likewise.")
    most: float = Field(description="Likewise.")
    seeds: int = Field(description="How many trainings there were.")
    baselines: dict[str, float] = Field(description="The same of something simpler.")


class WordAnswer(Answer):
    text: str = Field(description="The characters as typed.")
    start: int | None = Field(description="First character in its text; null if it has none.")
    end: int | None = Field(description="Character after the last; null if it has none.")
    tokens: list[int] = Field(description="Positions of its tokens, consecutive.")
    special: bool = Field(description="True if it is a special token.")
    segment: int = Field(description="0: `text`; 1: the second text of a pair.")


class Read(Answer):
    model: str = Field(description="The model that read it.")
    text: str = Field(description="The text as sent.")
    text_pair: str | None = Field(description="The second text as sent.")


class ReadWhole(Read):
    """What a model read, in tokens and words, of an answer about its last vectors."""

    target: str | None = Field(
        description="What the decoder of an encoder-decoder model reads: its offsets count here."
    )
    tokens: list[TokenAnswer] = Field(description="In order of position.")
    words: list[WordAnswer] = Field(description="A partition of the tokens, in order.")
    target_tokens: list[TokenAnswer] | None = Field(
        description="Tokens of the decoder of an encoder-decoder model, else null. Where there "
        "are any, the answer is about them."
    )
    target_words: list[WordAnswer] | None = Field(description="Words of the decoder, likewise.")
