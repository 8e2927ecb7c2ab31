"""What edits change, beside chance and two controls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

import torch
from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.features.edits import ActivationPatch, AnyEdit, Sources, edit_of
from headlight.app.features.outputs import Outputs
from headlight.app.features.selection import Selection, arrays, check_size
from headlight.app.features.selectors import ShowHead, named_head, shown_heads
from headlight.app.http.compute import computed_long
from headlight.app.http.deps import AppState, StateDep, api_router
from headlight.app.http.encode import json_bytes
from headlight.app.http.errors import SelectionTooLarge, TextOverLimit
from headlight.app.http.openapi import READING, errors
from headlight.app.http.records import read_whole_fields, supervised_tasks
from headlight.app.schemas.answers import SUPERVISED, Answer, Count, Floats, MaskedMatrix, ReadWhole
from headlight.app.schemas.examples import LAW
from headlight.app.schemas.requests import TextRequest
from headlight.app.settings import Settings
from headlight.models.core.attention import Kind
from headlight.models.core.edit_list import MAX_EDITS, interventions_of
from headlight.models.core.edits import Edit
from headlight.models.core.errors import InputError, InvalidEdit
from headlight.models.core.messages import Message
from headlight.models.core.model import LoadedModel
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Site, Trace
from headlight.models.experiments.effects import DRAWS, Effect, Head, heads_of, measure_effect

router = api_router()
MAX_SHOWN = 4


class WhatIfRequest(TextRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "text": LAW,
                    "edits": [{"do": "zero_ablation", "layer": 3, "heads": [1]}],
                    "show": [{"layer": 4, "head": 0}],
                },
                {
                    "text": "I saw a saw",
                    "edits": [
                        {"do": "temperature", "layer": 0, "heads": [0, 3], "value": 0.5},
                        {
                            "do": "cut",
                            "layer": 3,
                            "heads": [1],
                            "query_pos": [4],
                            "key_pos": [2, 3],
                        },
                    ],
                    "show": [{"layer": 3, "head": 1}],
                },
                {
                    "model": "small",
                    "text": "I saw a saw",
                    "edits": [
                        {
                            "do": "activation_patch",
                            "layer": 0,
                            "heads": [2],
                            "text": "You ate a pear",
                        },
                        {"do": "renormalise", "layer": 1, "heads": [0], "by": "uniform"},
                    ],
                },
            ]
        }
    )

    edits: list[AnyEdit] = Field(
        min_length=1,
        max_length=MAX_EDITS,
        description="Done together, in the order of a block's equations: scores, mask, "
        "normaliser, links, z; edits of the same step in the order listed.",
    )
    show: list[ShowHead] = Field(
        [], max_length=MAX_SHOWN, description="Heads whose pattern is sent, before and after."
    )


COSINE_DISTANCE = "1 - cosine of the vector before and after, 0 to 2; 0: its direction is the same."
L2_DISTANCE = "Euclidean length of after - before, in the units of the model's last hidden vectors."


class ChangeAnswer(Answer):
    """How far the last hidden vectors moved."""

    cosine_distance: Floats = Field(description=f"[pos]: {COSINE_DISTANCE}")
    l2_distance: Floats = Field(description=f"[pos]: {L2_DISTANCE}")
    sentence_cosine_distance: float = Field(
        description="Of the mean vector over all tokens, special ones among them. "
        f"{COSINE_DISTANCE}"
    )
    sentence_l2_distance: float = Field(description=f"Of the mean vector. {L2_DISTANCE}")


class PatternChangeAnswer(Answer):
    """How far the patterns of one kind moved."""

    kind: Kind
    layer_numbers: list[int] = Field(
        description="The model's own numbers of the layers of `total_variation`."
    )
    total_variation: MaskedMatrix = Field(
        description="[layer][head]: total variation of the head's rows, half the sum over keys of "
        "|before - after|, mean over queries, 0 to 1. Rows of a head that is off are 0. "
        "null where a layer has fewer heads than another."
    )


class ShiftAnswer(Answer):
    """One class of a prediction."""

    name: str = Field(
        description="A piece of the vocabulary, a tag, or the token that a pointer points to."
    )
    before: float = Field(description="Its probability without the edits, 0 to 1.")
    after: float = Field(description="With them.")
    key_pos: int | None = Field(description="Position of that token, of a pointer; else null.")


class PredictionAnswer(Answer):
    """One thing that the model says of the text, before and after."""

    said: Literal["tag", "parent", "antecedent", "fill", "next"] = Field(
        description="tag: of a word; parent, antecedent: where the row of a supervised head "
        "points; fill: what stands at a mask; next: what comes after the last token."
    )
    position: int = Field(
        description="Its token: the first of a tagged or pointing word, the mask, the last one. "
        "Of an encoder-decoder model, an index into `target_tokens`."
    )
    word: int | None = Field(description="The word that is tagged or points; else null.")
    kl: float | None = Field(
        description="Kullback-Leibler divergence, KL(before || after): the sum of before * "
        "ln(before / after) over all classes (the whole vocabulary, every tag, every key), in "
        "nats, 0 or more. Null where it is infinite (a key that had weight has none) or the row "
        "does not sum to 1 any more."
    )
    total_variation: float = Field(
        description="Half the sum over all classes of |before - after|, 0 to 1."
    )
    candidates: list[ShiftAnswer] = Field(
        description="The 5 most probable of before and the 5 of after, without doubles; by the "
        "larger of both."
    )


class SingleAnswer(Answer):
    """What one head of one edit does alone, without the other heads and edits."""

    edit: int = Field(description="Index into the request's `edits`.")
    kind: Kind
    layer: int
    head: int
    sentence_cosine_distance: float = Field(
        description=f"Of the mean vector over all tokens. {COSINE_DISTANCE}"
    )
    sentence_l2_distance: float = Field(description=f"Of the mean vector. {L2_DISTANCE}")
    kl: float | None = Field(
        description="The largest `kl` of what is read off the last vectors (tags, masks, the next "
        "token), in nats; null where nothing is."
    )


class ControlsAnswer(Answer):
    """What shows that the instrument is sound, and what chance gives; measured every time."""

    nothing: float = Field(
        description="Largest change of any number of the last hidden vectors when nothing is "
        "edited: exactly 0."
    )
    own_z: float = Field(
        description="The same when the edited heads are patched with their own z: rounding at most."
    )
    heads: Count = Field(description="How many heads the edits touch.")
    band: Floats = Field(
        description="sentence_cosine_distance of 20 draws, ascending: each switches off that many "
        "random other heads of the run (seed 0). An edit within it is nothing special. Empty "
        "where too few other heads are left."
    )


class ShownAnswer(Answer):
    """The pattern of one head before and after, [query_pos][key_pos], 0 to 1."""

    kind: Kind
    layer: int
    head: int
    supervised: Task | None = Field(description=SUPERVISED)
    before: MaskedMatrix = Field(description="Each row sums to 1; null where the model masks.")
    after: MaskedMatrix = Field(
        description="Null at the same places; 0 where an edit takes a key away. Rows may sum to "
        "less than 1, or more, where a link was set without renormalising. Of a patched head, what "
        "its own q and k give: its z is not pattern.v."
    )


class SaidAnswer(Answer):
    """What the model says of the text, as /outputs gives it."""

    before: Outputs = Field(description="Without the edits.")
    after: Outputs = Field(description="With them.")


class WhatIfAnswer(ReadWhole):
    change: ChangeAnswer = Field(description="What all edits do together.")
    patterns: list[PatternChangeAnswer] = Field(
        description="Each kind of the run, its first one first."
    )
    predictions: list[PredictionAnswer] = Field(
        description="Each thing that the model says of the text, in order: tags, parents, "
        "antecedents, masks, the next token. Empty for a model that says nothing."
    )
    singles: list[SingleAnswer] = Field(
        description="Each head of each edit alone, in the order of `edits`."
    )
    controls: ControlsAnswer = Field(description="Beside nothing, and beside chance.")
    shown: list[ShownAnswer] = Field(description="The heads of `show`, in its order.")
    outputs: SaidAnswer | None = Field(description="Null for a model that says nothing.")


def what_if_bytes(
    model: LoadedModel,
    plain: Trace,
    sources: Sources,
    request: WhatIfRequest,
    settings: Settings,
) -> bytes:
    """What the edits change. `sources` holds the run of every text that they patch from.

    Everything that can be refused is refused before anything is computed.
    """
    edits = [edit_of(each, plain.kinds[0], sources) for each in request.edits]
    interventions = interventions_of(edits, plain.sites)
    shown = shown_heads(request.show, plain)
    _check_runs(edits, plain, settings.rerun_tokens)
    numbers = sum(2 * site.query_len * site.key_len for site in _sites(shown, plain))
    check_size(
        Message("answer"), numbers, settings.json_numbers, Message("Show fewer heads."), "show"
    )
    with torch.inference_mode():
        effect = measure_effect(model, plain, edits, interventions)
    return json_bytes(_effect_fields(effect, shown))


def _sites(heads: list[Head], trace: Trace) -> Iterator[Site]:
    return (trace.site(kind, layer) for kind, layer, _ in heads)


def _check_runs(edits: list[Edit], plain: Trace, limit: int) -> None:
    """Every head of every edit is a run of its own: many of a long text would take minutes."""
    runs = len(heads_of(edits, plain)) + DRAWS
    length = plain.count
    if runs * length > limit:
        raise SelectionTooLarge(
            Message(
                "these edits need {runs} runs ({draws} controls, and each head of each edit "
                "alone) of {length} tokens, {tokens} in all; at most {limit} are read. Name fewer "
                "heads, or shorten the text.",
                runs=runs,
                draws=DRAWS,
                length=length,
                tokens=runs * length,
                limit=limit,
            ),
            argument="edits",
        )


def _effect_fields(effect: Effect, shown: list[Head]) -> dict[str, Any]:
    plain, edited, change = effect.plain, effect.edited, effect.change
    supervised = supervised_tasks(plain.supervised)
    said = plain.outputs is not None
    return {
        **read_whole_fields(plain),
        "change": {
            "cosine_distance": change.cosine_distance.numpy(),
            "l2_distance": change.l2_distance.numpy(),
            "sentence_cosine_distance": change.sentence_cosine_distance,
            "sentence_l2_distance": change.sentence_l2_distance,
        },
        "patterns": [
            {
                "kind": kind,
                "layer_numbers": [site.layer for site in plain.of_kind(kind)],
                "total_variation": moved.contiguous().numpy(),
            }
            for kind, moved in effect.patterns.items()
        ],
        "predictions": effect.predictions,
        "singles": [
            {
                "edit": single.edit,
                **named_head(single.head),
                "sentence_cosine_distance": single.sentence_cosine_distance,
                "sentence_l2_distance": single.sentence_l2_distance,
                "kl": single.kl,
            }
            for single in effect.singles
        ],
        "controls": asdict(effect.controls),
        "shown": [
            {
                **named_head(head),
                "supervised": supervised[head],
                "before": _pattern(plain, head),
                "after": _pattern(edited, head),
            }
            for head in shown
        ],
        "outputs": {"before": plain.outputs, "after": edited.outputs} if said else None,
    }


def _pattern(trace: Trace, head: Head) -> Any:
    """[query_pos, key_pos] of one head, NaN where the model masks, with edits or without."""
    kind, layer, number = head
    site = trace.site(kind, layer)
    one = Selection(trace, kind, (site,), ((number,),), ("pattern",), "token")
    pattern = arrays(one, site, (number,))["pattern"]
    assert pattern is not None
    return pattern[0]


MAX_SOURCES = 8  # texts that one request may patch from: each is a run to hold


@router.post(
    "/what-if",
    operation_id="ask_what_if",
    summary="What an edit changes",
    response_model=WhatIfAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_what_if(state: StateDep, request: Request, body: WhatIfRequest) -> Response:
    """The run again with edits, beside the plain one, beside chance and two controls.

    Edits are of this request alone: no other answer knows of them.
    """
    model, text, pair = state.resolve(body)
    plain = await state.runs.trace(model, text, pair)
    sources = await _sources(state, body)
    loaded = await state.runs.load(model)
    return await computed_long(
        state, request, what_if_bytes, loaded, plain, sources, body, state.settings
    )


async def _sources(state: AppState, body: WhatIfRequest) -> Sources:
    """The run of every text to patch from. Raises InvalidEdit, which names the edit."""
    found: dict[tuple[str, str | None], Trace] = {}
    for index, edit in enumerate(body.edits):
        if not isinstance(edit, ActivationPatch) or (edit.text, edit.text_pair) in found:
            continue
        if len(found) == MAX_SOURCES:
            raise InvalidEdit(
                Message(
                    "edit {index}: more than {limit} different texts to patch from; at most "
                    "{limit} in one request",
                    index=index,
                    limit=MAX_SOURCES,
                ),
                argument=f"edits.{index}.text",
            )
        read = TextRequest(model=body.model, text=edit.text, text_pair=edit.text_pair)
        try:
            trace = await state.runs.trace(*state.resolve(read))
        except (InputError, TextOverLimit) as error:
            field = f"edits.{index}.{error.argument}"
            raise InvalidEdit(
                Message("edit {index}: {problem}", index=index, problem=error.message),
                argument=field,
            ) from None
        found[edit.text, edit.text_pair] = trace
    return found
