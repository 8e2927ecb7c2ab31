"""What the model says of a text."""

from __future__ import annotations

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import of_run
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import read_whole_fields
from headlight.app.schemas.answers import Answer, ReadWhole
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import TextRequest
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.trace import Trace

router = api_router()


class OutputsRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "small", "text": LAW},
                {"model": "small", "text": "She drank a cup of [MASK]."},
            ]
        }
    )


class TagAnswer(Answer):
    word: int = Field(description="Index into `words`.")
    tag: str = Field(description="Universal part of speech (UPOS), such as NOUN.")
    probability: float = Field(description="0 to 1.")


class PointerAnswer(Answer):
    word: int = Field(description="The word that points: an index into `words`.")
    to: int = Field(description="The word it points to.")
    value: float = Field(description="What the supervised head gives it, 0 to 1.")


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


def outputs_bytes(trace: Trace) -> bytes:
    """What the model says of the text. Raises InvalidSelection for one that says nothing."""
    if trace.outputs is None:
        raise InvalidSelection(
            Message(
                "{model} shows its attention and says nothing of a text; ask a model that was "
                "taught to, such as small",
                model=trace.model,
            ),
            argument="model",
        )
    return json_bytes({**read_whole_fields(trace), "outputs": trace.outputs})


@router.post(
    "/outputs",
    operation_id="get_outputs",
    summary="What the model says of a text",
    response_model=OutputsAnswer,
    responses=errors(*READING),
    tags=["text"],
)
async def get_outputs(state: StateDep, request: Request, body: OutputsRequest) -> Response:
    """Part of speech and parent of each word, antecedents of pronouns, and what fills a [MASK].

    For models that were taught to say it (`small`); any other is refused.
    """
    return await of_run(state, request, body, outputs_bytes)
