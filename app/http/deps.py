"""What a route may ask for, and what is checked before it runs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from headlight.app.http.assets import Plotly, StaticTree
from headlight.app.http.encode import JSON
from headlight.app.http.errors import NotAcceptable, TextOverLimit, UnsupportedMediaType
from headlight.app.http.negotiate import best_media_type
from headlight.app.schemas.requests import TextRequest
from headlight.app.service.jobs import SharedJob
from headlight.app.service.metrics import Metrics
from headlight.app.service.runs import RunService
from headlight.app.settings import Settings
from headlight.models.core.messages import Message, either
from headlight.models.experiments.claims.findings import Finding
from headlight.models.zoo.registry import Registry

CHARSETS = ("utf-8", "utf8", "us-ascii")  # what a body in UTF-8 may call itself
MAX_DIGITS = 4_300  # Python's own limit, sys.int_info.default_max_str_digits


@dataclass(frozen=True, slots=True)
class AppState:
    """Everything that one app holds; `request.app.state.app_state`.

    `claims` keeps what was measured of a model, by its name in the registry;
    `surveys` has those that are being measured.
    """

    settings: Settings
    registry: Registry
    runs: RunService
    metrics: Metrics
    static: StaticTree
    plotly: Plotly
    templates: Jinja2Templates
    claims: dict[str, tuple[Finding, ...]] = dataclasses.field(default_factory=dict)
    surveys: dict[str, SharedJob] = dataclasses.field(default_factory=dict)

    @property
    def default_model(self) -> str:
        return self.settings.default_model or self.registry.default

    def resolve(self, request: TextRequest) -> tuple[str, str, str | None]:
        """Model, text and pair, if the model exists and the texts may be read at all."""
        named = self.default_model if request.model is None else request.model
        entry = self.registry.entry(named)
        for field, text in (("text", request.text), ("text_pair", request.text_pair)):
            if text is not None and len(text) > self.settings.text_limit:
                raise TextOverLimit(
                    Message(
                        "{field} has {count} characters; at most {limit} are read. "
                        "Shorten it or split it.",
                        field=field,
                        count=len(text),
                        limit=self.settings.text_limit,
                    ),
                    argument=field,
                )
        return entry.name, request.text, request.text_pair


async def state_of(request: Request) -> AppState:
    """A coroutine, so that it needs no thread."""
    state = request.app.state.app_state
    assert isinstance(state, AppState)
    return state


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
StateDep = Annotated[AppState, Depends(state_of)]


def answers_in(*media_types: str) -> Callable[[Endpoint], Endpoint]:
    """Names the media types that a route can answer in, the default first."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.media_types = media_types  # type: ignore[attr-defined]
        return endpoint

    return mark


class JsonRequest(Request):
    """A request whose JSON may hold whole numbers of any length.

    Python reads no more digits than MAX_DIGITS. A longer number keeps as many of its first ones:
    it is as far outside every range, so that the field that holds it is refused by name.
    """

    async def json(self) -> Any:
        return json.loads(await self.body(), parse_int=_whole_number)


def _whole_number(digits: str) -> int:
    return int(digits[: MAX_DIGITS + digits.startswith("-")])


class ApiRoute(APIRoute):
    """A route that answers in its `media_types` (JSON unless marked), and reads plain JSON only.

    Both are checked before the body is looked at.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        answers = getattr(self.endpoint, "media_types", (JSON,))
        reads_body = self.body_field is not None

        async def checked(request: Request) -> Response:
            request.state.media_type = _acceptable(request, answers)
            if reads_body:
                _check_content_type(request)
            return await handler(JsonRequest(request.scope, request.receive))

        return checked


def api_router() -> APIRouter:
    """The router of one feature."""
    return APIRouter(prefix="/api/v1", route_class=ApiRoute)


def _acceptable(request: Request, answers: tuple[str, ...]) -> str:
    accept = request.headers.get("accept")
    chosen = best_media_type(accept, answers)
    if chosen is None:
        raise NotAcceptable(
            Message("this answers as {answers}, which Accept rules out", answers=either(answers))
        )
    return chosen


def _check_content_type(request: Request) -> None:
    """Raises UnsupportedMediaType unless the body is JSON in UTF-8, uncompressed."""
    given = request.headers.get("content-type")
    media_type, *parameters = (part.strip().lower() for part in (given or "").split(";"))
    if media_type != JSON:
        raise UnsupportedMediaType(
            Message("the body came without a Content-Type; send Content-Type: {type}", type=JSON)
            if given is None
            else Message(
                "the body came as {given}; send Content-Type: {type}",
                given=repr(given[:80]),
                type=JSON,
            )
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in CHARSETS:
            raise UnsupportedMediaType(
                Message(
                    "the body came in charset {charset}; JSON is read in UTF-8 only. Send "
                    "Content-Type: {type}",
                    charset=repr(value.strip()[:80]),
                    type=JSON,
                )
            )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise UnsupportedMediaType(
            Message(
                "the body came with Content-Encoding {coding}; send it as it is, without "
                "Content-Encoding",
                coding=repr(coding[:80]),
            ),
            headers={"Accept-Encoding": "identity"},
        )
