"""Published statements about heads, held against a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.deps import AppState, StateDep, answers_in, api_router
from headlight.app.http.encode import JSON, NDJSON, json_bytes
from headlight.app.http.openapi import READING, as_lines_too, errors
from headlight.app.http.progress import in_steps, read_into
from headlight.app.schemas.answers import Answer, Count
from headlight.app.schemas.requests import Strict, TextRequest
from headlight.app.service.jobs import SharedJob, sequential
from headlight.models.core.attention import Kind
from headlight.models.core.model import LoadedModel
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Trace
from headlight.models.experiments.claims.findings import Finding, Measured, judge
from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.survey import Survey, passages

router = api_router()


class ClaimsRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "small"}, {"model": "bert"}]}
    )

    model: str | None = Field(
        None, description="A name from GET /models; null: the server's default, `bert` as shipped."
    )


class PaperAnswer(Answer):
    """Where a statement was published. Figures are the paper's own, of its own model and text."""

    authors: str = Field(description="Family names.")
    year: int = Field(description="Of publication.")
    title: str = Field(description="Of the paper.")
    url: str = Field(description="Its page in the ACL Anthology.")
    where: str = Field(description="The place in it.")
    of: str = Field(description="The paper's model, and its text where it names one.")
    figure: str = Field(
        description="What it reports, in a sentence or two. Its layers and heads count from 1."
    )
    value: float | None = Field(
        description="The same as a share, 0 to 1, where it measures what is measured here."
    )
    baseline: float | None = Field(description="What the paper holds it against, likewise.")


class ClaimHead(Answer):
    kind: Kind
    layer: int
    head: int


class ClaimBaseline(Answer):
    name: str = Field(description="What it is, in words.")
    value: float = Field(description="What it reaches, on the scale of `value`.")


class ClaimSupervised(ClaimHead):
    """The best of the heads that were taught to point; the verdict leaves them out."""

    task: Task = Field(description="What it was taught.")
    value: float = Field(description="What it reaches.")


class ClaimSpot(Answer):
    position: int = Field(description="Token position.")
    start: int | None = Field(description="First character; null for a special token.")
    end: int | None = Field(description="Character after the last; null likewise.")
    text: str = Field(description="The characters, or the special token's piece.")


class ClaimExample(Answer):
    """One of our texts, and the strongest link of the kind that the head makes in all of them."""

    text: str = Field(description="A sentence, or a passage of six.")
    query: ClaimSpot | None = Field(description="null where the statement is about no link.")
    key: ClaimSpot | None = Field(description="null likewise.")


class ClaimMeasure(Answer):
    """What the model does on our sentences."""

    value: float = Field(description="What `definition` says, on the scale of `scale`.")
    low: float = Field(
        description="2.5th percentile of 1,000 seeded resamples of the sentences, `head` fixed."
    )
    high: float = Field(description="97.5th percentile.")
    threshold: float = Field(description="What `rule` compares `value` with.")
    at_least: bool = Field(
        description="true: it agrees from the threshold up; false: from it down."
    )
    clear: bool = Field(
        description="Whether the whole interval stands on the verdict's side of the threshold."
    )
    head: ClaimHead = Field(
        description="The best head; for statements about layers, the one that shows it best."
    )
    passing: Count = Field(description="How many heads keep the rule by themselves.")
    heads: Count = Field(description="Of how many that were asked: those that were not taught.")
    counted: Count = Field(description="How many `unit`s it was measured on.")
    unit: str = Field(description="`words` or `links`.")
    baselines: list[ClaimBaseline] = Field(description="What needs no head.")
    supervised: ClaimSupervised | None = Field(description="null where no head was taught.")
    detail: str | None = Field(description="What else one must know to read the value.")
    example: ClaimExample = Field(description="What to open `head` on.")


class ClaimAnswer(Answer):
    """One published statement about heads."""

    id: str = Field(description="Stable.")
    title: str = Field(description="The statement, in plain words.")
    definition: str = Field(description="What is measured here.")
    rule: str = Field(description="When the model agrees.")
    scale: Literal["share", "ratio"] = Field(
        description="What every value of the statement is: 0 to 1, or a ratio, 0 or more."
    )
    paper: PaperAnswer = Field(description="Who states it, and what they report.")
    agrees: bool | None = Field(description="null: this model cannot be asked; see `reason`.")
    reason: str | None = Field(description="Why it cannot be asked.")
    measured: ClaimMeasure | None = Field(description="null likewise.")


class ClaimsAnswer(Answer):
    model: str = Field(description="The model that was asked.")
    sentences: Count = Field(description="How many sentences of ours it read.")
    claims: list[ClaimAnswer] = Field(description="Every statement, in the order of the page.")


NO_TARGET = "."
"""What a decoder is given where only the encoder is asked: nothing has to be written first."""


def pair_for(model: LoadedModel) -> str | None:
    """The second text to run our sentences with: only encoders are asked where there is one."""
    return NO_TARGET if model.shape.family == "encoder-decoder" else None


def survey_texts(survey: Survey) -> Iterator[tuple[Callable[[Trace], None], str]]:
    """Every text that a survey reads, in its order, and what takes the run of it."""
    for passage in passages():
        yield survey.add_passage, passage
    for sentence in sentences():
        yield partial(survey.add, sentence), sentence.text


def findings_of(survey: Survey) -> tuple[Finding, ...]:
    """Once the survey has read all that the model can read."""
    return tuple(judge(survey))


def claims_bytes(model: str, findings: tuple[Finding, ...]) -> bytes:
    claims = [_claim(finding) for finding in findings]
    return json_bytes({"model": model, "sentences": len(sentences()), "claims": claims})


def _claim(finding: Finding) -> dict[str, Any]:
    statement, measured = finding.statement, finding.measured
    return {
        "id": statement.id,
        "title": statement.title,
        "definition": statement.definition,
        "rule": statement.rule,
        "scale": statement.scale,
        "paper": {
            **asdict(statement.paper),
            "where": statement.where,
            "of": statement.of,
            "figure": statement.figure,
            "value": statement.figure_value,
            "baseline": statement.figure_baseline,
        },
        "agrees": None if measured is None else measured.agrees,
        "reason": finding.reason,
        "measured": None if measured is None else _measured(measured),
    }


def _measured(found: Measured) -> dict[str, Any]:
    supervised = found.supervised
    return {
        **asdict(found),
        "clear": found.clear,
        "supervised": supervised
        and {**asdict(supervised.head), "task": supervised.task, "value": supervised.value},
    }


@router.post(
    "/claims",
    operation_id="check_claims",
    summary="Published statements about heads, held against a model",
    response_model=ClaimsAnswer,
    responses={**as_lines_too("text"), **errors(*READING)},
    tags=["heads"],
)
@answers_in(JSON, NDJSON)
async def get_claims(state: StateDep, request: Request, body: ClaimsRequest) -> Response:
    """What papers state of heads, their figures, and what this model does on sentences of ours.

    Measured once for each model, for all who ask meanwhile, and kept. Send
    `Accept: application/x-ndjson` to see how far it is. It stops when the last of those who
    asked has closed the connection.
    """
    model, *_ = state.resolve(TextRequest(model=body.model, text=""))
    kept = state.claims.get(model)
    if kept is not None:
        return await in_steps(state, request, sequential(()), 0, lambda: claims_bytes(model, kept))
    survey = state.surveys.get(model) or await _survey(state, model)
    return await in_steps(
        state,
        request,
        survey.follow(),
        len(survey.steps),
        lambda: claims_bytes(model, state.claims[model]),
    )


async def _survey(state: AppState, model: str) -> SharedJob:
    """What measures that model and keeps its claims: who asks meanwhile follows the same."""
    loaded = await state.runs.load(model)
    survey, steps = Survey(), []
    for add, text in survey_texts(survey):
        _, encoding = await state.runs.encode(model, text, pair_for(loaded))
        if loaded.refusal(encoding) is None:
            steps.append(read_into(state, (model, text, pair_for(loaded)), add))

    async def keep() -> None:
        state.claims[model] = await state.runs.compute(findings_of, survey)

    def over(ended: SharedJob) -> None:
        if state.surveys.get(model) is ended:
            del state.surveys[model]

    return state.surveys.setdefault(model, SharedJob(steps, keep, over))
