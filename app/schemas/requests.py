"""What a caller may send. Types are strict: no number in quotes, no true for 1."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from headlight.app.schemas.examples import LAW
from headlight.models.experiments.attribution import MAX_STEPS, Baseline

Kind = Literal["encoder", "decoder", "cross"]
Level = Literal["token", "word"]
Include = Literal[
    "scores",
    "bias",
    "mask",
    "pattern",
    "q",
    "k",
    "v",
    "z",
    "contribution",
    "norms",
    "gradient_pattern",
    "rollout",
    "flow",
    "integrated_gradients",
]

MAX_LISTED = 1_000  # layers or heads in one selection
KIND = (
    "encoder: self-attention of an encoder; decoder: causal self-attention; cross: decoder "
    "tokens look at encoder tokens."
)
LEVEL = (
    "word: a word's row is the mean over its tokens' rows, what it gives to a word the sum over "
    "that word's tokens."
)


def _distinct(values: list[Any] | None) -> list[Any] | None:
    seen: set[Any] = set()
    for value in values or ():
        if value in seen:
            raise PydanticCustomError("repeated", "repeated", {"item": value})
        seen.add(value)
    return values


def _listed(item: str) -> Any:
    return Field(
        None,
        min_length=1,
        max_length=MAX_LISTED,
        description=f"{item} numbers from 0, each once, in the order wanted; null: all.",
        json_schema_extra={"uniqueItems": True},
    )


# The range of an index depends on the model, so that it is checked later, and named.
Index = Annotated[int, Field(strict=True, json_schema_extra={"minimum": 0})]
Indices = Annotated[list[Index] | None, AfterValidator(_distinct)]
Named = Annotated[list[Index], AfterValidator(_distinct)]
# What only some requests use is held to its least value in all of them.
Position = Annotated[int, Field(strict=True, ge=0)]
Positions = Annotated[list[Position] | None, AfterValidator(_distinct)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TextRequest(Strict):
    """A model and what it reads."""

    model: str | None = Field(
        None, description="A name from GET /models; null: the server's default, `bert` as shipped."
    )
    text: str = Field(
        description="The text, as typed. Blank text is refused; so is text beyond the model's "
        "token limit (except by /tokens). It is never cut.",
    )
    text_pair: str | None = Field(
        None,
        description="A second text. Encoders read both as a pair ([CLS] text [SEP] pair [SEP]); "
        "for encoder-decoder models it is the target, and null lets the model write its own; "
        "decoders read one text and refuse it.",
    )


class TokensRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "bert", "text": "I saw a saw"}]}
    )


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


class AttentionRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "layers": [3], "heads": [1]},
                {"text": LAW, "layers": [3], "heads": [1], "level": "word"},
                {
                    "model": "bert",
                    "text": "I saw a saw",
                    "kind": "encoder",
                    "layers": [0, 5],
                    "heads": [0],
                    "include": ["pattern", "scores", "q", "k", "v", "z"],
                },
                {
                    "text": "I saw a saw",
                    "layers": [0, 5],
                    "heads": [1],
                    "include": ["norms", "gradient_pattern", "rollout", "flow"],
                    "output": {"of": "vector", "pos": 4},
                    "query_pos": [4],
                },
                {
                    "model": "small",
                    "text": "I saw a saw",
                    "layers": [1],
                    "heads": [2],
                    "include": ["gradient_pattern", "integrated_gradients"],
                    "output": {"of": "tag", "word": 4},
                    "steps": 32,
                },
            ]
        }
    )

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layers: Indices = _listed("Layer")
    heads: Indices = _listed("Head")
    include: Annotated[list[Include], AfterValidator(_distinct)] = Field(
        ["pattern"],
        min_length=1,
        description="Which tensors to send for each head. At level word: pattern and mask only. "
        "Beside attention: `norms`, the length of what each link carries (Kobayashi et al. 2020); "
        "`gradient_pattern`, pattern times the gradient of `output`; of each layer `rollout` and "
        "`flow`, the inputs through all layers up to it (Abnar and Zuidema 2020); of each token "
        "`integrated_gradients` of `output` (Sundararajan et al. 2017).",
        json_schema_extra={"uniqueItems": True},
    )
    level: Level = Field("token", description=LEVEL)
    output: Output | None = Field(
        None,
        description="What is differentiated, for gradient_pattern and integrated_gradients; null: "
        "the sentence.",
    )
    steps: int = Field(
        64,
        ge=1,
        le=MAX_STEPS,
        description=f"For integrated_gradients: parts of the way from the baseline, 1 to "
        f"{MAX_STEPS}.",
    )
    baseline: Baseline = Field(
        "mean",
        description="For integrated_gradients, what typed tokens are compared with: mean, the mean "
        "vector of them all; zero, no vector; mask, the model's mask token. Special tokens stay.",
    )
    query_pos: Positions = Field(
        None,
        min_length=1,
        max_length=MAX_LISTED,
        description="For flow: rows to compute, positions from 0, each once; null: all.",
        json_schema_extra={"uniqueItems": True},
    )


class OverviewRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": LAW}, {"text": LAW, "level": "word"}]}
    )

    level: Level = Field("token", description=LEVEL)


class CellRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "layer": 3, "head": 1, "query_pos": 9, "key_pos": 2},
            ]
        }
    )

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")
    query_pos: Index = Field(description="Position of the token that looks, from 0.")
    key_pos: Index = Field(description="Position of the token that is looked at, from 0.")


class WalkRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "layer": 1, "head": 0},
                {"model": "small", "text": "I saw a saw", "layer": 0, "head": 2, "query_pos": 4},
            ]
        }
    )

    model: str | None = Field(
        None,
        description="A model that keeps the inside of its blocks; null: `small`. Any other is "
        "refused.",
    )
    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")
    query_pos: Index | None = Field(
        None, description="Only what this one query computes: its axis then has length 1."
    )


class OutputsRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "small", "text": LAW},
                {"model": "small", "text": "She drank a cup of [MASK]."},
            ]
        }
    )


class AtPosition(Strict):
    """The token at a position."""

    position: Index = Field(description="A token position, from 0.")


class AtSpan(Strict):
    """The tokens that touch some characters of the text."""

    start: Index = Field(description="First character, from 0.")
    end: Index = Field(description="Character after the last.")
    segment: Literal[0, 1] = Field(0, description="0: `text`; 1: `text_pair` of a pair.")


def _which(value: Any) -> str | None:
    if isinstance(value, str):
        return "word"
    if isinstance(value, AtPosition) or (isinstance(value, dict) and "position" in value):
        return "position_of"
    if isinstance(value, AtSpan | dict):
        return "span"
    return None


Wanted = Annotated[
    Annotated[str, Tag("word")]
    | Annotated[AtPosition, Tag("position_of")]
    | Annotated[AtSpan, Tag("span")],
    Discriminator(_which, custom_error_type="place", custom_error_message="place"),
]


class SearchRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW, "query": "its", "key": "law"},
                {"text": "I saw a saw", "query": {"position": 4}, "key": {"start": 2, "end": 5}},
            ]
        }
    )

    query: Wanted = Field(
        description="The word that looks: a word of the text (its first occurrence), a token "
        "position, or a range of characters."
    )
    key: Wanted = Field(description="The word that is looked at, named like `query`.")
    kind: Kind | None = Field(None, description=f"{KIND} null: all kinds that hold both.")
