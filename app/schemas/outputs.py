"""What the API answers of what a model says of a text."""

from __future__ import annotations

from pydantic import Field

from headlight.app.schemas.answers import Answer, ReadWhole


class TagAnswer(Answer):
    word: int = Field(description="Index into `words`.")
    tag: str = Field(description="Universal part of speech (UPOS), such as NOUN.")
    probability: float = Field(description="0 to 1.")


class PointerAnswer(Answer):
    word: int = Field(description="The word that points: an index into `words`.")
    to: int = Field(description="The word it points to.")
    value: float = Field(description="What the taught head gives it, 0 to 1.")


class CandidateAnswer(Answer):
    piece: str = Field(
        description="An entry of the vocabulary. ## continues a word; where a vocabulary marks "
        "spaces instead, a space begins one."
    )
    probability: float = Field(description="0 to 1.")


class FillAnswer(Answer):
    position: int = Field(
        description="The mask token, or the last token before what comes next: an index into "
        "`tokens` (of an encoder-decoder model, into `target_tokens`)."
    )
    candidates: list[CandidateAnswer] = Field(description="The most probable first.")


class Outputs(Answer):
    """What a model says of a text: what it was taught, or pretrained, to say."""

    tags: list[TagAnswer] = Field(
        description="One for each word that is not special; empty for a model that tags nothing, "
        "as are the pointers."
    )
    parents: list[PointerAnswer] = Field(description="Likewise; the root points to itself.")
    antecedents: list[PointerAnswer] = Field(description="One for each third-person pronoun.")
    fills: list[FillAnswer] = Field(
        description="One for each mask token in the text, written as the model writes it: [MASK], "
        "<mask>."
    )
    next: FillAnswer | None = Field(
        description="What may come after the last token; null for a model that does not say."
    )


class OutputsAnswer(ReadWhole):
    outputs: Outputs = Field(description="What the model says, beside its attention.")
