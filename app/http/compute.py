"""How routes answer: work on a run, done and encoded in the pool, as bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from fastapi import Request
from starlette.responses import Response

from headlight.app.http.deps import AppState
from headlight.app.http.encode import CSV, NPZ
from headlight.app.http.languages import in_language, speaking
from headlight.app.http.negotiate import encode_for
from headlight.app.schemas.requests import TextRequest

P = ParamSpec("P")
Encoded = tuple[bytes, dict[str, str]]
WITHOUT_PROSE = (CSV, NPZ)


async def computed(
    state: AppState,
    request: Request,
    work: Callable[P, bytes],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """The bytes that `work` makes, made and compressed in the pool, in the type agreed on."""
    made = await state.runs.compute(_made(request, work), *args, **kwargs)
    return _response(request, made)


async def computed_text(
    state: AppState,
    request: Request,
    work: Callable[P, bytes],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """The same for a text that was only cut: a person who types waits for nobody's run."""
    made = await state.runs.compute_text(_made(request, work), *args, **kwargs)
    return _response(request, made)


async def computed_long(
    state: AppState,
    request: Request,
    work: Callable[P, bytes],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """The same for work that runs the model many times: nobody else waits for it."""
    made = await state.runs.compute_long(_made(request, work), *args, **kwargs)
    return _response(request, made)


def _made(request: Request, work: Callable[P, bytes]) -> Callable[P, Encoded]:
    def make(*args: P.args, **kwargs: P.kwargs) -> Encoded:
        return encode_for(request, work(*args, **kwargs), request.state.media_type)

    return speaking(make)


def _response(request: Request, made: Encoded) -> Response:
    body, headers = made
    media_type: str = request.state.media_type
    headers = {"Cache-Control": "no-store", **headers}
    response = Response(body, headers=headers, media_type=media_type)
    return response if media_type in WITHOUT_PROSE else in_language(response)


async def of_run(
    state: AppState,
    request: Request,
    body: TextRequest,
    work: Callable[Concatenate[Any, P], bytes],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    trace = await state.runs.trace(*state.resolve(body))
    return await computed(state, request, work, trace, *args, **kwargs)
