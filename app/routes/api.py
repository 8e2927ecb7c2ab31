"""/api/v1, what a run holds: each route finds the run, computes in the pool, sends bytes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from headlight.app.answers import (
    attention_bytes,
    cell_bytes,
    model_fields,
    models_fields,
    outputs_bytes,
    overview_bytes,
    search_bytes,
    tokens_bytes,
    walk_bytes,
)
from headlight.app.beside import check_used, needs_model, takes_long
from headlight.app.deps import ApiRoute, HouseDep, answers_in
from headlight.app.encode import CSV, JSON, NPZ, OVERVIEW, json_bytes
from headlight.app.negotiate import text_response
from headlight.app.openapi import LOOKING, READING, binary, errors
from headlight.app.routes.answering import computed, computed_long, computed_text, of_run
from headlight.app.schemas.answers import ModelAnswer, ModelsAnswer, TokensAnswer
from headlight.app.schemas.heads import AttentionAnswer, CellAnswer, SearchAnswer, WalkAnswer
from headlight.app.schemas.outputs import OutputsAnswer
from headlight.app.schemas.requests import (
    AttentionRequest,
    CellRequest,
    OutputsRequest,
    OverviewRequest,
    SearchRequest,
    TokensRequest,
    WalkRequest,
)
from headlight.models.measures.walk import WALKED

router = APIRouter(prefix="/api/v1", route_class=ApiRoute)


@router.head("/models", include_in_schema=False)
@router.get(
    "/models",
    operation_id="list_models",
    summary="Which models there are",
    response_model=ModelsAnswer,
    responses=errors(*LOOKING),
    tags=["models"],
)
async def list_models(house: HouseDep, request: Request) -> Response:
    """Every model that requests may name, what it is, and whether it is ready."""
    body = json_bytes(models_fields(house.registry, house.default_model))
    return text_response(request, body, JSON)


@router.head("/models/{name:path}", include_in_schema=False)
@router.get(
    "/models/{name:path}",
    operation_id="get_model",
    summary="One model",
    response_model=ModelAnswer,
    responses=errors(404, *LOOKING),
    tags=["models"],
)
async def get_model(house: HouseDep, request: Request, name: str) -> Response:
    """What it is and how far it is. While it downloads, `progress` grows from 0 to 1."""
    entry = house.registry.entry(name)
    body = json_bytes(model_fields(entry, house.registry.status(entry.name)))
    return text_response(request, body, JSON)


@router.post(
    "/tokens",
    operation_id="cut_tokens",
    summary="How a text is cut",
    response_model=TokensAnswer,
    responses=errors(*READING),
    tags=["text"],
)
async def cut_tokens(house: HouseDep, request: Request, asked: TokensRequest) -> Response:
    """Tokens and words of a text, with the characters each came from.

    A text over the model's limit is answered too: `fits` is false.
    """
    model, text, pair = house.asked(asked)
    loaded, encoding = await house.runs.encode(model, text, pair)
    return await computed_text(house, request, tokens_bytes, loaded, encoding, text, pair)


@router.post(
    "/attention",
    operation_id="get_attention",
    summary="The tensors of some heads",
    response_model=AttentionAnswer,
    responses={
        200: {
            "description": "As JSON; as .npz, arrays [layer, head, ...] with NaN where masked; "
            "as CSV, one head's pattern.",
            "content": {
                NPZ: binary("numpy.load reads it."),
                CSV: {"schema": {"type": "string"}},
            },
        },
        **errors(*READING),
    },
    tags=["heads"],
)
@answers_in(JSON, NPZ, CSV)
async def get_attention(house: HouseDep, request: Request, asked: AttentionRequest) -> Response:
    """Pattern, scores, q, k, v, z, contribution: whatever `include` names, of the heads chosen;
    and beside attention: norms, gradients of a chosen output, rollout and flow.

    Send `Accept: application/x-npz` for NumPy, `Accept: text/csv` for one head's table.
    """
    model, text, pair = house.asked(asked)
    check_used(asked)
    trace = await house.runs.trace(model, text, pair)
    loaded = await house.runs.load(model) if needs_model(asked) else None
    media_type = request.state.media_type
    answered = computed_long if takes_long(asked) else computed
    return await answered(
        house, request, attention_bytes, trace, asked, media_type, house.settings, loaded
    )


@router.post(
    "/overview",
    operation_id="get_overview",
    summary="All heads at a glance",
    response_class=Response,
    responses={
        200: {
            "description": "uint32 little-endian N; N bytes of JSON; then uint8 patterns.",
            "content": {OVERVIEW: binary("See docs/api.md.")},
        },
        **errors(*READING),
    },
    tags=["heads"],
)
@answers_in(OVERVIEW)
async def get_overview(house: HouseDep, request: Request, asked: OverviewRequest) -> Response:
    """A small picture and a few statistics of every head of the run."""
    return await of_run(house, request, asked, overview_bytes, asked.level)


@router.post(
    "/cell",
    operation_id="explain_cell",
    summary="The arithmetic of one cell",
    response_model=CellAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_cell(house: HouseDep, request: Request, asked: CellRequest) -> Response:
    """From q and k to the pattern's value and its contribution, each step in float64."""
    return await of_run(house, request, asked, cell_bytes, asked)


@router.post(
    "/walk",
    operation_id="walk_head",
    summary="One head, step by step",
    response_model=WalkAnswer,
    responses={
        200: {
            "description": "As JSON; as .npz, the same arrays without those that are null.",
            "content": {NPZ: binary("numpy.load reads it.")},
        },
        **errors(*READING),
    },
    tags=["heads"],
)
@answers_in(JSON, NPZ)
async def get_walk(house: HouseDep, request: Request, asked: WalkRequest) -> Response:
    """Every tensor from x to what the block hands on, of one head of `small`.

    Send `Accept: application/x-npz` for NumPy.
    """
    if asked.model is None:
        asked = asked.model_copy(update={"model": WALKED})
    return await of_run(
        house, request, asked, walk_bytes, asked, request.state.media_type, house.settings
    )


@router.post(
    "/heads/search",
    operation_id="search_heads",
    summary="Which head links X to Y",
    response_model=SearchAnswer,
    responses=errors(*READING),
    tags=["heads"],
)
async def get_search(house: HouseDep, request: Request, asked: SearchRequest) -> Response:
    """All heads, ranked by how much the query's word gives to the key's."""
    return await of_run(house, request, asked, search_bytes, asked)


@router.post(
    "/outputs",
    operation_id="get_outputs",
    summary="What the model says of a text",
    response_model=OutputsAnswer,
    responses=errors(*READING),
    tags=["text"],
)
async def get_outputs(house: HouseDep, request: Request, asked: OutputsRequest) -> Response:
    """Part of speech and parent of each word, antecedents of pronouns, and what fills a [MASK].

    For models that were taught to say it (`small`); any other is refused.
    """
    return await of_run(house, request, asked, outputs_bytes)


@router.api_route("/openapi.json", methods=["GET", "HEAD"], include_in_schema=False)
async def openapi_json(request: Request) -> Response:
    return text_response(request, json_bytes(request.app.openapi()), JSON)
