"""How a text is cut."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.compute import computed_text
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.openapi import READING, errors
from headlight.app.schemas.answers import Count, Read, TokenAnswer, WordAnswer
from headlight.app.schemas.requests import TextRequest
from headlight.models.core.model import Encoding, LoadedModel
from headlight.models.core.trace import Sequence

router = api_router()


class TokensRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "bert", "text": "I saw a saw"}]}
    )


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


def tokens_bytes(model: LoadedModel, encoding: Encoding, text: str, pair: str | None) -> bytes:
    """How the model cuts the text; for a decoder, its only tower is the one that reads."""
    reads = encoding.encoder or encoding.decoder
    assert reads is not None
    target = encoding.decoder if encoding.encoder is not None else None
    refusal = model.refusal(encoding)
    limit = model.shape.token_limit
    return json_bytes(
        {
            "model": model.name,
            "text": text,
            "text_pair": pair,
            "count": encoding.count,
            "limit": limit,
            "fits": refusal is None,
            "refusal": None if refusal is None else refusal.message,
            **_whole(reads, limit, ""),
            **_whole(target, limit, "target_"),
        }
    )


def _whole(sequence: Sequence | None, limit: int, prefix: str) -> dict[str, Any]:
    """The tokens that fit, and the words that are whole among them: an answer stays small."""
    if sequence is None:
        return {f"{prefix}tokens": None, f"{prefix}words": None}
    words = [word for word in sequence.words if word.tokens[-1] < limit]
    return {f"{prefix}tokens": sequence.tokens[:limit], f"{prefix}words": words}


@router.post(
    "/tokens",
    operation_id="cut_tokens",
    summary="How a text is cut",
    response_model=TokensAnswer,
    responses=errors(*READING),
    tags=["text"],
)
async def tokenize_text(state: StateDep, request: Request, body: TokensRequest) -> Response:
    """Tokens and words of a text, with the characters each came from.

    A text over the model's limit is answered too: `fits` is false.
    """
    model, text, pair = state.resolve(body)
    loaded, encoding = await state.runs.encode(model, text, pair)
    return await computed_text(state, request, tokens_bytes, loaded, encoding, text, pair)
