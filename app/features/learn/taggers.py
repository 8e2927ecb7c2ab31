"""The numbers of the lesson on taggers."""

from __future__ import annotations

from typing import Literal, get_args

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import computed_text
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Answer, FigureAnswer, Matrix
from headlight.app.schemas.requests import Strict
from headlight.models.core.errors import InvalidText
from headlight.models.core.messages import Message
from headlight.models.lessons.card import read_card
from headlight.models.lessons.taggers import (
    TAGS,
    TaggerName,
    load_frequent,
    load_tagger,
    parameters,
    shares,
)
from headlight.models.lessons.words import rows_of, vectors_of, words_of

router = api_router()
MOST_WORDS = 60


class TaggersRequest(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "I saw a saw ."}]})

    text: str = Field(
        "I saw a saw .",
        max_length=1000,
        description=f"An English sentence, of at most {MOST_WORDS} words and signs.",
    )


class TaggerAnswer(Answer):
    tagger: TaggerName | Literal["frequent"] = Field(
        description="frequent: the tag that a word had most often in training; token: the word "
        "alone; window_n: it and n to either side; rnn, gru, lstm: from left to right; "
        "rnn_both, gru_both, lstm_both: both ways; attention: two layers without positions; "
        "attention_positions: with them."
    )
    parameters: int = Field(description="Numbers that it has learned, word vectors apart.")
    tags: list[str] = Field(description="[word]: what it says.")
    shares: Matrix | None = Field(
        description="[word][tag]: what it gives each tag; null for frequent, which gives none."
    )


class TaggersAnswer(Answer):
    text: str = Field(description="As sent.")
    words: list[str] = Field(description="Words and signs, as the taggers read them.")
    tags: list[str] = Field(description="The universal parts of speech, in the order of shares.")
    vectors: Matrix = Field(
        description="[word][dimension]: what all taggers read; the same for the same spelling."
    )
    taggers: list[TaggerAnswer] = Field(description="All of them, from the simplest on.")
    figures: list[FigureAnswer] = Field(description="Of the card: every tagger.")


def taggers_bytes(request: TaggersRequest) -> bytes:
    words = words_of(request.text)
    if not 0 < len(words) <= MOST_WORDS:
        raise InvalidText(
            Message(
                "the text has {count} words and signs; give 1 to {most}",
                count=len(words),
                most=MOST_WORDS,
            ),
            argument="text",
        )
    vectors = vectors_of(words)
    frequent = load_frequent()
    answers = [
        {
            "tagger": "frequent",
            "parameters": 0,
            "tags": [TAGS[tag] for tag in frequent(rows_of(words)).tolist()],
            "shares": None,
        }
    ]
    for name in get_args(TaggerName):
        found = shares(load_tagger(name), vectors)
        answers.append(
            {
                "tagger": name,
                "parameters": parameters(name),
                "tags": [TAGS[tag] for tag in found.argmax(-1).tolist()],
                "shares": found.tolist(),
            }
        )
    return json_bytes(
        {
            "text": request.text,
            "words": words,
            "tags": TAGS,
            "vectors": vectors.tolist(),
            "taggers": answers,
            "figures": read_card("taggers")["figures"],
        }
    )


@router.post(
    "/learn/taggers",
    operation_id="learn_taggers",
    summary="I saw a saw",
    response_model=TaggersAnswer,
    responses=errors(*READING),
    tags=["lessons"],
)
async def get_taggers(state: StateDep, request: Request, body: TaggersRequest) -> Response:
    """Taggers that see more and more of a sentence, side by side on one of yours: the part of
    speech that each gives every word.
    """
    return await computed_text(state, request, taggers_bytes, body)
