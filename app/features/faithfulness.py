"""Whether the pictures of a head rank its links as their effects do."""

from __future__ import annotations

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.objective import (
    ChosenAnswer,
    Output,
    output_fields,
    output_selector,
)
from headlight.app.http.compute import computed_long
from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.errors import SelectionTooLarge
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import read_fields, supervised_tasks
from headlight.app.schemas.answers import SUPERVISED, Answer, Count, MaskedMatrix, Read, TokenAnswer
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import KIND, Index, TextRequest
from headlight.app.settings import Settings
from headlight.models.core.attention import Kind
from headlight.models.core.messages import Message
from headlight.models.core.model import LoadedModel
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Trace
from headlight.models.experiments.faithfulness import links_of, measure_faithfulness
from headlight.models.experiments.objective import objective_of

router = api_router()


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
    supervised: Task | None = Field(description=SUPERVISED)
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


def faithfulness_bytes(
    model: LoadedModel, plain: Trace, request: FaithfulnessRequest, settings: Settings
) -> bytes:
    """Everything that can be refused is refused before anything is cut."""
    kind = request.kind or plain.kinds[0]
    site = plain.site(kind, request.layer)
    open_ = links_of(site, request.head, request.query_pos)
    links = int(open_.sum())
    _check_work(links, request, plain, settings.rerun_tokens)
    objective = objective_of(model, plain, output_selector(request.output))
    found = measure_faithfulness(
        model, plain, site, request.head, open_, objective, renormalise=request.renormalise
    )
    return json_bytes(
        {
            **read_fields(plain),
            "target": plain.target,
            "kind": kind,
            "layer": request.layer,
            "head": request.head,
            "supervised": supervised_tasks(plain.supervised)[kind, request.layer, request.head],
            "query_pos": request.query_pos,
            "renormalise": request.renormalise,
            "output": output_fields(objective, plain),
            "links": links,
            "correlations": {
                "pattern": found.pattern,
                "norms": found.norms,
                "gradient_pattern": found.gradient_pattern,
            },
            "effects": found.effects.numpy(),
            "query_tokens": plain.query_sequence(kind).tokens,
            "key_tokens": plain.key_sequence(kind).tokens,
        }
    )


def _check_work(links: int, request: FaithfulnessRequest, plain: Trace, limit: int) -> None:
    """Every link is a run of its own."""
    length = plain.count
    if links * length > limit:
        remedy = (
            Message("Shorten the text.")
            if request.query_pos is not None
            else Message("Name one query_pos.")
        )
        raise SelectionTooLarge(
            Message(
                "cutting {links} links on their own reads {length} tokens each time, {tokens} in "
                "all; at most {limit} are read. {remedy}",
                links=links,
                length=length,
                tokens=links * length,
                limit=limit,
                remedy=remedy,
            ),
            argument="text" if request.query_pos is not None else "query_pos",
        )


@router.post(
    "/heads/faithfulness",
    operation_id="measure_faithfulness",
    summary="Whether a head's picture says what matters",
    response_model=FaithfulnessAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_faithfulness(
    state: StateDep, request: Request, body: FaithfulnessRequest
) -> Response:
    """Cuts each link of one head, or of one row, on its own, and ranks what that does beside
    what attention, norms and gradients say of the link (Spearman's rank correlation).
    """
    model, text, pair = state.resolve(body)
    plain = await state.runs.trace(model, text, pair)
    loaded = await state.runs.load(model)
    return await computed_long(
        state, request, faithfulness_bytes, loaded, plain, body, state.settings
    )
