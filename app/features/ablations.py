"""Every head of a run, switched off on its own."""

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
from headlight.app.http.records import read_fields
from headlight.app.schemas.answers import Answer, Read
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import TextRequest
from headlight.app.settings import Settings
from headlight.models.core.attention import Kind
from headlight.models.core.messages import Message
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.ablations import measure_ablations
from headlight.models.experiments.objective import objective_of

router = api_router()


class AblationsRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": LAW},
                {"text": LAW, "output": {"of": "vector", "pos": 9}},
                {"model": "small", "text": "I saw a saw", "output": {"of": "tag", "word": 4}},
            ]
        }
    )

    output: Output | None = Field(
        None, description="The output whose change is measured; null: the sentence."
    )


class AblatedHeadAnswer(Answer):
    kind: Kind
    layer: int
    head: int
    effect: float = Field(
        description="Of a vector or the sentence: 1 - cosine of it before and after, 0 to 2. Else "
        "logit after - logit before: below 0 where the head had spoken for it."
    )


class ChanceAnswer(Answer):
    """What a head taken at random does: percentiles of the sizes of all effects."""

    low: float = Field(description="The 5th percentile.")
    median: float = Field(description="The 50th.")
    high: float = Field(description="The 95th.")


class AblationsAnswer(Read):
    target: str | None = Field(description="What the decoder of an encoder-decoder model reads.")
    output: ChosenAnswer = Field(description="The output whose change was measured.")
    heads: list[AblatedHeadAnswer] = Field(description="Every head, by kind, layer and number.")
    chance: ChanceAnswer = Field(description="What a head taken at random does.")


def ablations_bytes(
    model: LoadedModel, plain: Trace, request: AblationsRequest, settings: Settings
) -> bytes:
    """Everything that can be refused is refused before anything is run."""
    count = sum(site.n_heads for site in plain.sites)
    if count * plain.count > settings.rerun_tokens:
        raise SelectionTooLarge(
            Message(
                "switching off {count} heads one by one reads {length} tokens each time, "
                "{tokens} in all; at most {limit} are read. Shorten the text.",
                count=count,
                length=plain.count,
                tokens=count * plain.count,
                limit=settings.rerun_tokens,
            ),
            argument="text",
        )
    objective = objective_of(model, plain, output_selector(request.output))
    found = measure_ablations(model, plain, objective)
    low, median, high = found.chance
    return json_bytes(
        {
            **read_fields(plain),
            "target": plain.target,
            "output": output_fields(objective, plain),
            "heads": [
                {"kind": site.kind, "layer": site.layer, "head": head, "effect": effect}
                for kind, effects in found.effects.items()
                for site, row in zip(plain.of_kind(kind), effects.tolist(), strict=True)
                for head, effect in enumerate(row[: site.n_heads])
            ],
            "chance": {"low": low, "median": median, "high": high},
        }
    )


@router.post(
    "/heads/ablations",
    operation_id="ablate_heads",
    summary="What each head does alone",
    response_model=AblationsAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_ablations(state: StateDep, request: Request, body: AblationsRequest) -> Response:
    """Switches off every head in turn (zero ablation), and measures how far one output of the run
    changes: beside what a head taken at random does.
    """
    model, text, pair = state.resolve(body)
    plain = await state.runs.trace(model, text, pair)
    loaded = await state.runs.load(model)
    return await computed_long(state, request, ablations_bytes, loaded, plain, body, state.settings)
