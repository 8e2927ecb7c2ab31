"""From a survey of a model to the bytes of what it says of each published statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

from headlight.app.encode import json_bytes
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.claims.findings import Finding, Measured, judge
from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.survey import Survey, passages

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


def claims_bytes(model: str, survey: Survey) -> bytes:
    """The answer, once the survey has read all that the model can read."""
    claims = [_claim(finding) for finding in judge(survey)]
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
    taught = found.taught
    return {
        **asdict(found),
        "clear": found.clear,
        "taught": taught and {**asdict(taught.head), "task": taught.task, "value": taught.value},
    }
