"""A chosen output of a run: how requests name it, and how answers name it back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from pydantic import Field

from headlight.app.schemas.answers import Answer
from headlight.app.schemas.requests import Position, Strict
from headlight.models.core.trace import Trace
from headlight.models.experiments import objective as made
from headlight.models.experiments.objective import Objective, last_vectors


class OfVector(Strict):
    """A token's last vector, along its own direction."""

    of: Literal["vector"] = Field(
        description="h.u, where h is the last vector at `pos` and u its direction in this run, "
        "held fixed: how far the vector goes its own way."
    )
    pos: Position = Field(
        description="A token position from 0; of an encoder-decoder model, the decoder's."
    )


class OfSentence(Strict):
    """The mean of all last vectors, along its own direction."""

    of: Literal["sentence"] = Field(
        description="The same of the mean vector over all tokens, special ones among them."
    )


class OfFill(Strict):
    """What stands at a mask. For models that fill in masks."""

    of: Literal["fill"] = Field(description="The logit of `piece` at the mask.")
    pos: Position = Field(description="The position of a mask token, from 0.")
    piece: str | None = Field(
        None,
        description="An entry of the vocabulary, as /outputs writes it; null: the first choice.",
    )


class OfNext(Strict):
    """What comes after the text. For models that write."""

    of: Literal["next"] = Field(description="The logit of `piece` after the last token.")
    piece: str | None = Field(
        None,
        description="An entry of the vocabulary, as /outputs writes it; null: the first choice.",
    )


class OfTag(Strict):
    """The part of speech of a word. For models that tag words (`small`)."""

    of: Literal["tag"] = Field(description="The logit of `tag` for the word.")
    word: Position = Field(description="Index of a word that was typed, into `words`.")
    tag: str | None = Field(
        None, description="A universal part of speech, such as VERB; null: the first choice."
    )


Output = Annotated[
    OfVector | OfSentence | OfFill | OfNext | OfTag,
    Field(discriminator="of"),
]


class ChosenAnswer(Answer):
    """The output that was differentiated, or watched."""

    of: Literal["vector", "sentence", "fill", "next", "tag"] = Field(
        description="As asked; sentence where nothing was."
    )
    pos: int | None = Field(description="The position that speaks; null: all of them together.")
    name: str | None = Field(description="The piece or tag; null for a vector.")
    value: float = Field(description="What the plain run gives: a length, or a logit.")


def output_selector(output: Output | None) -> made.OutputSelector:
    match output:
        case OfVector():
            return made.Vector(output.pos)
        case OfFill():
            return made.Filled(output.pos, output.piece)
        case OfNext():
            return made.Next(output.piece)
        case OfTag():
            return made.Tagged(output.word, output.tag)
        case OfSentence() | None:
            return made.Sentence()


def output_fields(objective: Objective, trace: Trace) -> dict[str, Any]:
    """What was chosen, and what the plain run gives."""
    with torch.inference_mode():
        value = float(objective.of(last_vectors(trace)))
    return {"of": objective.kind, "pos": objective.pos, "name": objective.name, "value": value}
