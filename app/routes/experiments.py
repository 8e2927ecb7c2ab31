"""/api/v1, what is tried out on a run: edits, and what follows from many runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from headlight.app.claims import claims_bytes, pair_for, survey_texts
from headlight.app.deps import ApiRoute, House, HouseDep, answers_in
from headlight.app.encode import JSON, NDJSON
from headlight.app.errors import TextOverLimit
from headlight.app.faithful import faithfulness_bytes
from headlight.app.openapi import READING, as_lines_too, errors
from headlight.app.pairs import pairs_bytes
from headlight.app.profile import (
    check_links,
    check_tokens,
    in_sentence,
    placed_links,
    profile_bytes,
)
from headlight.app.routes.answering import computed, computed_long
from headlight.app.routes.progress import in_steps
from headlight.app.schemas.beside import FaithfulnessAnswer, FaithfulnessRequest
from headlight.app.schemas.claims import ClaimsAnswer, ClaimsRequest
from headlight.app.schemas.edits import Patch, WhatIfRequest
from headlight.app.schemas.effects import WhatIfAnswer
from headlight.app.schemas.pairs import PairsAnswer, PairsRequest
from headlight.app.schemas.profile import ProfileAnswer, ProfileRequest
from headlight.app.schemas.requests import TextRequest
from headlight.app.steps import Step, Together, in_turn, patient
from headlight.app.what_if import Source, what_if_bytes
from headlight.models.core.errors import InputError, InvalidEdit, TextTooLong
from headlight.models.core.trace import Trace
from headlight.models.experiments.claims.survey import Survey
from headlight.models.measures.profile import Profiler

MAX_SOURCES = 8  # texts that one request may patch from: each is a run to hold
router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


@router.post(
    "/what-if",
    operation_id="ask_what_if",
    summary="What an edit changes",
    response_model=WhatIfAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_what_if(house: HouseDep, request: Request, asked: WhatIfRequest) -> Response:
    """The run again with edits, beside the plain one, beside chance and two controls.

    Edits are of this request alone: no other answer knows of them.
    """
    model, text, pair = house.asked(asked)
    plain = await house.runs.trace(model, text, pair)
    sources = await _sources(house, asked)
    loaded = await house.runs.load(model)
    return await computed_long(
        house, request, what_if_bytes, loaded, plain, sources, asked, house.settings
    )


async def _sources(house: House, asked: WhatIfRequest) -> dict[Source, Trace]:
    """The run of every text to patch from. Raises InvalidEdit, which names the edit."""
    found: dict[Source, Trace] = {}
    for index, edit in enumerate(asked.edits):
        if not isinstance(edit, Patch) or (edit.text, edit.text_pair) in found:
            continue
        if len(found) == MAX_SOURCES:
            raise InvalidEdit(
                f"edit {index}: more than {MAX_SOURCES} different texts to patch from; at most "
                f"{MAX_SOURCES} in one request",
                field=f"edits.{index}.text",
            )
        read = TextRequest(model=asked.model, text=edit.text, text_pair=edit.text_pair)
        try:
            trace = await house.runs.trace(*house.asked(read))
        except (InputError, TextOverLimit) as error:
            field = f"edits.{index}.{error.field}"
            raise InvalidEdit(f"edit {index}: {error.message}", field=field) from None
        found[edit.text, edit.text_pair] = trace
    return found


@router.post(
    "/pairs",
    operation_id="compare_pair",
    summary="What one changed word moves",
    response_model=PairsAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_pairs(house: HouseDep, request: Request, asked: PairsRequest) -> Response:
    """A minimal pair: two texts that differ in one place, aligned, and every head's change."""
    before, after = await _both(house, asked)
    return await computed(house, request, pairs_bytes, before, after, asked, house.settings)


async def _both(house: House, asked: PairsRequest) -> tuple[Trace, Trace]:
    """The runs of both texts, beside one target. Raises what is wrong with `other` as its own."""
    model, text, pair = house.asked(asked)
    before = await house.runs.trace(model, text, pair)
    if pair is None and before.target and before.target.strip():
        pair = before.target
        before = await house.runs.trace(model, text, pair)
    other = TextRequest(model=asked.model, text=asked.other, text_pair=pair)
    try:
        return before, await house.runs.trace(*house.asked(other))
    except TextTooLong as error:
        field = "other" if error.field == "text" else error.field or "other"
        raise TextTooLong(error.n_tokens, error.limit, model, field=field) from None
    except (InputError, TextOverLimit) as error:
        if error.field != "text":
            raise
        raise type(error)(f"other: {error.message}", field="other") from None


@router.post(
    "/heads/profile",
    operation_id="profile_heads",
    summary="What each head does over many sentences",
    response_model=ProfileAnswer,
    responses={**as_lines_too("sentence"), **errors(*READING)},
    tags=["heads"],
)
@answers_in(JSON, NDJSON)
async def get_profile(house: HouseDep, request: Request, asked: ProfileRequest) -> Response:
    """Where each head looks, how broadly and how far; and which links it follows, beside chance.

    Send `Accept: application/x-ndjson` to see how far it is. Closing the connection stops it.
    """
    check_links(asked.sentences)
    texts = []
    for index, sentence in enumerate(asked.sentences):
        read = TextRequest(model=asked.model, text=sentence.text, text_pair=sentence.text_pair)
        with in_sentence(index):
            texts.append(house.asked(read))
    profiler, steps, tokens = Profiler(), [], 0
    for index, (sentence, text) in enumerate(zip(asked.sentences, texts, strict=True)):
        with in_sentence(index):
            loaded, encoding = await house.runs.encode(*text)
            links = placed_links(loaded, encoding, sentence)
        tokens += encoding.count
        check_tokens(tokens, house.settings.profile_tokens)
        steps.append(_read_into(house, text, partial(profiler.add, links=links)))
    return await in_steps(
        house, request, in_turn(steps), len(steps), lambda: profile_bytes(loaded, profiler)
    )


def _read_into(
    house: House, text: tuple[str, str, str | None], take: Callable[[Trace], None]
) -> Step:
    """Runs one text and hands the run to `take`. It is not kept."""

    async def step() -> None:
        trace = await house.runs.trace(*text, keep=False)
        await patient(lambda: house.runs.compute(take, trace))

    return step


@router.post(
    "/claims",
    operation_id="check_claims",
    summary="Published statements about heads, held against a model",
    response_model=ClaimsAnswer,
    responses={**as_lines_too("text"), **errors(*READING)},
    tags=["heads"],
)
@answers_in(JSON, NDJSON)
async def get_claims(house: HouseDep, request: Request, asked: ClaimsRequest) -> Response:
    """What papers state of heads, their figures, and what this model does on sentences of ours.

    Measured once for each model, for all who ask meanwhile, and kept. Send
    `Accept: application/x-ndjson` to see how far it is. It stops when the last of those who
    asked has closed the connection.
    """
    model, *_ = house.asked(TextRequest(model=asked.model, text=""))
    kept = house.claims.get(model)
    if kept is not None:
        return await in_steps(house, request, in_turn(()), 0, lambda: kept)
    survey = house.surveys.get(model) or await _survey(house, model)
    return await in_steps(
        house, request, survey.follow(), len(survey.steps), lambda: house.claims[model]
    )


async def _survey(house: House, model: str) -> Together:
    """What measures that model and keeps its claims: who asks meanwhile follows the same."""
    loaded = await house.runs.load(model)
    survey, steps = Survey(), []
    for add, text in survey_texts(survey):
        _, encoding = await house.runs.encode(model, text, pair_for(loaded))
        if loaded.refusal(encoding) is None:
            steps.append(_read_into(house, (model, text, pair_for(loaded)), add))

    async def keep() -> None:
        house.claims[model] = await house.runs.compute(claims_bytes, model, survey)

    def over(ended: Together) -> None:
        if house.surveys.get(model) is ended:
            del house.surveys[model]

    return house.surveys.setdefault(model, Together(steps, keep, over))


@router.post(
    "/heads/faithfulness",
    operation_id="measure_faithfulness",
    summary="Whether a head's picture says what matters",
    response_model=FaithfulnessAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_faithfulness(
    house: HouseDep, request: Request, asked: FaithfulnessRequest
) -> Response:
    """Cuts each link of one head, or of one row, on its own, and ranks what that does beside
    what attention, norms and gradients say of the link (Spearman's rank correlation).
    """
    model, text, pair = house.asked(asked)
    plain = await house.runs.trace(model, text, pair)
    loaded = await house.runs.load(model)
    return await computed_long(
        house, request, faithfulness_bytes, loaded, plain, asked, house.settings
    )
