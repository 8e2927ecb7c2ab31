"""What answers are made of, and those about models and tokens, field by field.

Numbers are float32 unless a field says otherwise, here and in the other answers.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from headlight.app.schemas.requests import Kind

Floats = list[float]
Matrix = list[list[float]]
MaskedMatrix = list[list[float | None]]
Count = int
Task = Literal["parent", "antecedent"]
TAUGHT = "What the head was trained to point at; null: it is free."


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Answer):
    code: str = Field(description="Stable: programs match on it.", examples=["empty_text"])
    message: str = Field(description="What was given, what is allowed, what to do.")
    field: str | None = Field(description="The field of the request at fault, dotted, or null.")


class ErrorAnswer(Answer):
    """Every error, of whatever cause, has this shape."""

    error: ErrorDetail


class TaughtAnswer(Answer):
    """A head that was trained to point at something; every other head is free."""

    kind: Kind
    layer: int
    head: int
    task: Task = Field(
        description="parent: from a word to its syntactic parent; antecedent: from a pronoun to "
        "what it refers to."
    )


class ModelAnswer(Answer):
    """One model that may be run. Shape fields are null until it is loaded once."""

    name: str = Field(description="What requests send as `model`.")
    title: str = Field(description="A short name for people.")
    description: str = Field(description="What it is, in a sentence or two.")
    kind: Literal["encoder", "decoder", "encoder-decoder"] | None = Field(
        description="Its architecture; null where only loading it can tell."
    )
    source: Literal["package", "hub", "folder"] = Field(description="Where the weights come from.")
    local: bool = Field(description="Whether the weights are on this machine already.")
    licence: str | None = Field(description="The weights' licence, where known.")
    state: Literal["ready", "loading", "available", "unavailable"] = Field(
        description="available: loaded at first use; unavailable: see reason and remedy."
    )
    progress: float | None = Field(description="Share downloaded, 0 to 1, while loading.")
    reason: str | None = Field(description="Why it is unavailable.")
    remedy: str | None = Field(description="What the operator can do about it.")
    kinds: list[Kind] | None = Field(description="Its kinds of attention, the first one first.")
    layers: Count | None = Field(description="Attention layers of the first kind.")
    heads: Count | None = Field(description="Heads in each of those layers.")
    d_head: Count | None = Field(description="Numbers in one head's q, k or v.")
    d_model: Count | None = Field(description="Numbers in the residual stream.")
    token_limit: Count | None = Field(description="Most tokens it reads, special ones counted.")
    parameters: Count | None = Field(description="Numbers in all its weights.")
    taught: list[TaughtAnswer] | None = Field(
        description="Its heads that were trained to point at something; the others are free."
    )
    says: list[Literal["fill", "next", "tag"]] | None = Field(
        description="What its output heads say of a text: fill: what stands at a mask; next: which "
        "token comes after it; tag: parts of speech. Empty: it only shows its attention."
    )
    layer_numbers: list[int] | None = Field(
        description="The layers that have attention, as the model numbers them: 0, 1, 2 ... in "
        "most. A hybrid model has attention in some of its layers only."
    )
    sinks: bool | None = Field(
        description="Whether rows of its patterns sum to less than 1: each head has a learned sink "
        "that takes part in the softmax and is no token."
    )
    other_from: int | None = Field(
        description="From this many tokens on the model attends in another way, which is not "
        "shown; token_limit ends before. Null: it always attends as shown."
    )
    linear: Literal["plain", "packed"] | None = Field(
        description="The kernel of its linear layers: torch's own, or oneDNN's where that is "
        "faster and moves no pattern by more than 1e-5."
    )


class ModelsAnswer(Answer):
    default: str = Field(description="The model of a request that names none.")
    models: list[ModelAnswer] = Field(description="Every model that may be run.")


class TokenAnswer(Answer):
    id: int = Field(description="Its number in the model's vocabulary.")
    text: str = Field(description="The characters as typed; for special tokens, the piece.")
    piece: str = Field(description="The vocabulary's own entry, such as ##ing or [UNK].")
    start: int | None = Field(description="First character in its text; null if it has none.")
    end: int | None = Field(description="Character after the last; null if it has none.")
    word: int = Field(description="Index of its word.")
    special: bool = Field(description="True for [CLS], [SEP], </s> and the like.")
    segment: int = Field(description="0: `text`; 1: the second text of a pair.")


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


class TokensAnswer(Read):
    count: Count = Field(description="Tokens, special ones counted; of the longer tower.")
    limit: Count = Field(description="Most tokens that the model reads.")
    fits: bool = Field(description="Whether the model can run it: count <= limit.")
    refusal: str | None = Field(
        description="What every other operation answers to this text where it does not fit."
    )
    tokens: list[TokenAnswer] = Field(
        description="In order of position; of a text that does not fit, the first `limit`."
    )
    words: list[WordAnswer] = Field(description="A partition of the tokens, in order.")
    target_tokens: list[TokenAnswer] | None = Field(
        description="Tokens of the decoder, for encoder-decoder models with a text_pair."
    )
    target_words: list[WordAnswer] | None = Field(description="Words of the decoder, likewise.")
