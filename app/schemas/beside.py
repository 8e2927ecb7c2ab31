"""Faithfulness: what is asked, and what the answer holds, field by field."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from headlight.app.schemas.answers import (
    TAUGHT,
    Answer,
    Count,
    MaskedMatrix,
    Read,
    Task,
    TokenAnswer,
)
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.heads import ChosenAnswer
from headlight.app.schemas.requests import KIND, Index, Kind, Output, TextRequest


class FaithfulnessRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "I saw a saw", "layer": 3, "head": 1},
                {
                    "text": LAW,
                    "layer": 3,
                    "head": 1,
                    "query_pos": 9,
                    "output": {"of": "vector", "pos": 9},
                },
                {
                    "model": "small",
                    "text": "I saw a saw",
                    "layer": 0,
                    "head": 2,
                    "renormalise": False,
                    "output": {"of": "tag", "word": 4},
                },
            ]
        }
    )

    kind: Kind | None = Field(None, description=f"{KIND} null: the model's first kind.")
    layer: Index = Field(description="Layer number, from 0.")
    head: Index = Field(description="Head number, from 0.")
    query_pos: Index | None = Field(
        None, description="Cut only the links of this token that looks, from 0; null: all links."
    )
    renormalise: bool = Field(
        True,
        description="true: the rest of the row shares what a cut link had, in the proportions that "
        "it had; false: it stays, and the row sums to less than 1.",
    )
    output: Output | None = Field(
        None, description="The output whose change is measured; null: the sentence."
    )


class CorrelationsAnswer(Answer):
    """Spearman's rank correlation of a picture and the effects over all links that were cut, -1
    to 1. null where it is undefined: fewer than 3 links, or all of one side alike."""

    pattern: float | None = Field(description="Of the attention itself.")
    norms: float | None = Field(
        description="Of the length of what each link carries; null for a model without W_o too."
    )
    gradient_pattern: float | None = Field(
        description="Of |pattern * gradient|, the first-order estimate of the same effect."
    )


class FaithfulnessAnswer(Read):
    target: str | None = Field(
        description="What the decoder of an encoder-decoder model reads: its offsets count here."
    )
    kind: Kind
    layer: int
    head: int
    taught: Task | None = Field(description=TAUGHT)
    query_pos: int | None = Field(description="The one row that was cut; null: all of them.")
    renormalise: bool = Field(description="As asked.")
    output: ChosenAnswer = Field(description="The output whose change was measured.")
    links: Count = Field(description="How many links were cut, each on its own.")
    correlations: CorrelationsAnswer = Field(
        description="How well each picture ranks the links as their effects do."
    )
    effects: MaskedMatrix = Field(
        description="[query_pos][key_pos]: what cutting that link does. Of a vector or the "
        "sentence: 1 - cosine of it before and after, 0 to 2; else |logit after - logit before|. "
        "null where masked, and in rows that were not asked for."
    )
    query_tokens: list[TokenAnswer] = Field(description="Rows.")
    key_tokens: list[TokenAnswer] = Field(description="Columns.")
