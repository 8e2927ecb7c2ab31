"""What a browser asks for: the page, the API's reference, and their files."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from headlight.app.features.learn.path import LESSONS, Lesson
from headlight.app.features.models import models_fields
from headlight.app.http.deps import AppState, StateDep
from headlight.app.http.encode import json_bytes
from headlight.app.http.errors import NotFound
from headlight.app.http.languages import (
    ENGLISH,
    KEPT,
    LANGUAGES,
    catalogue_of,
    in_language,
    language,
)
from headlight.app.http.negotiate import is_known, text_response
from headlight.app.http.reference import reference
from headlight.models.core.messages import Message
from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.statements import STATEMENTS
from headlight.models.measures.walk import WALKED

router = APIRouter(include_in_schema=False)
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its path, the name of its template, module and stylesheet, and its name in the
    masthead, or among the pages of its section. `context` gives what its template needs of its own.
    """

    path: str
    name: str
    title: Message
    section: Message | None = None
    context: Callable[[Request], dict[str, Any]] = lambda request: {}

    @property
    def part_of(self) -> Message:
        """The title of its section; a page of none is one by itself."""
        return self.section or self.title


@dataclass(frozen=True, slots=True)
class Section:
    """What the masthead names; its link leads to its first page."""

    title: Message
    pages: tuple[Page, ...]


def _claims(_: Request) -> dict[str, Any]:
    return {
        "statements": STATEMENTS,
        "sentences": [sentence.text for sentence in sentences()],
        "links": Counter(link.relation for sentence in sentences() for link in sentence.links),
    }


def _reference(request: Request) -> dict[str, Any]:
    return {"reference": reference(request.app.openapi(), str(request.base_url).rstrip("/"))}


def _lesson(at: int) -> Page:
    """The page of one lesson: all share a template, and a module that brings what is its own."""
    lesson = LESSONS[at]
    following: Lesson | None = LESSONS[at + 1] if at + 1 < len(LESSONS) else None
    context = {"lesson": lesson, "following": following}
    return Page(lesson.path, "lesson", lesson.title, LEARN, lambda request: context)


EXPLORE = Message("Explore")
LEARN = Message("Learn")
PAGES = (
    Page("/", "inspector", Message("One model"), EXPLORE),
    Page("/compare", "compare", Message("Two models"), EXPLORE),
    Page("/pairs", "pairs", Message("Two sentences"), EXPLORE),
    Page("/learn", "learn", Message("Lessons"), LEARN, lambda request: {"lessons": LESSONS}),
    Page("/walk", "walk", Message("A walk through one head"), LEARN),
    Page("/claims", "claims", Message("Findings"), context=_claims),
    Page("/api", "api", Message("API"), context=_reference),
)
"""In the order of the masthead."""
LESSON_PAGES = tuple(map(_lesson, range(len(LESSONS))))

SECTIONS = tuple(
    Section(title, tuple(pages)) for title, pages in groupby(PAGES, key=lambda page: page.part_of)
)
"""Pages that follow one another in one section."""

GLOSSARY: list[dict[str, str]] = tomllib.loads(
    (Path(__file__).resolve().parent.parent / "glossary.toml").read_text(encoding="utf-8")
)["term"]
"""The field's terms and what they mean, in English (en, en_means) and Chinese (zh, zh_means)."""


MISSING = Page("", "missing", Message("Not found"))


def _html(state: AppState, request: Request, page: Page) -> bytes:
    if state.settings.debug:
        state.static.refresh()
    spoken = language.get()
    html = state.templates.get_template(f"{page.name}.html").render(
        page=page,
        language=spoken,
        other=next(each for each in LANGUAGES.values() if each != spoken),
        carried=f"?{KEPT}={spoken.name}" if request.query_params.get(KEPT) == spoken.name else "",
        catalogue=None if spoken == ENGLISH else catalogue_of(spoken.name),
        sections=SECTIONS,
        glossary=GLOSSARY,
        modules=state.static.modules(page.name),
        static=f"/static/{state.static.hash}",
        plotly_url=f"/assets/{state.plotly.name}",
        version=request.app.version,
        default_model=state.default_model,
        walk_model=WALKED,
        api="/api/v1",
        models=lambda: _models(state),
        **page.context(request),
    )
    return html.encode()


def _rendered(state: AppState, request: Request, page: Page) -> Response:
    """The page. It is asked for anew each time, and sent anew if it has changed."""
    body = _html(state, request, page)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "no-store" if state.settings.debug else "no-cache",
    }
    if is_known(request.headers.get("if-none-match"), etag):
        known = Response(status_code=304, headers={**headers, "Vary": "Accept-Encoding"})
        return in_language(known)
    return in_language(text_response(request, body, HTML, headers=headers))


def missing_page(request: Request) -> Response:
    """What a browser shows of an address where nothing is."""
    state: AppState = request.app.state.app_state
    body = _html(state, request, MISSING)
    return in_language(text_response(request, body, HTML, status=404))


def _models(state: AppState) -> str:
    """The models as /models lists them, for a page that has a choice of them."""
    return json_bytes(models_fields(state.registry, state.default_model)["models"]).decode()


def _route(page: Page) -> Callable[..., Awaitable[Response]]:
    async def show(state: StateDep, request: Request) -> Response:
        return _rendered(state, request, page)

    return show


for _page in (*PAGES, *LESSON_PAGES):
    router.add_api_route(_page.path, _route(_page), methods=["GET", "HEAD"], name=_page.path)


# Where other services have their description, this one leads to its own.
ELSEWHERE = {"/docs": "/api", "/redoc": "/api", "/openapi.json": "/api/v1/openapi.json"}


def _redirect(to: str) -> Callable[[], Awaitable[Response]]:
    async def lead() -> Response:
        return RedirectResponse(to)

    return lead


for _path, _to in ELSEWHERE.items():
    router.add_api_route(_path, _redirect(_to), methods=["GET", "HEAD"])


@router.api_route("/static/{tree}/{name:path}", methods=["GET", "HEAD"])
async def static_file(state: StateDep, request: Request, tree: str, name: str) -> Response:
    asset = state.static.get(tree, name)
    if asset is None:
        raise NotFound(
            Message(
                "there is no file {name} in this version of the page; reload it",
                name=repr(name[:200]),
            )
        )
    if state.settings.debug:
        return asset.response(request, "no-store")
    return asset.response(request)


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def asset_file(state: StateDep, request: Request, name: str) -> Response:
    if name != state.plotly.name:
        raise NotFound(Message("there is no asset {name}; reload the page", name=repr(name[:200])))
    return state.plotly.asset.response(request)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
async def favicon(state: StateDep, request: Request) -> Response:
    asset = state.static.files.get("favicon.png")
    if asset is None:
        raise NotFound(Message("there is no favicon"))
    return asset.response(request, "public, max-age=86400")
