"""What a browser asks for: the page, the API's reference, and their files."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from headlight.app.features.models import models_fields
from headlight.app.http.deps import House, HouseDep
from headlight.app.http.encode import JSON, json_bytes
from headlight.app.http.errors import NotFound
from headlight.app.http.negotiate import is_known, text_response
from headlight.app.http.reference import reference
from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.statements import STATEMENTS
from headlight.models.measures.walk import WALKED

router = APIRouter(include_in_schema=False)


HTML = "text/html; charset=utf-8"


WAYS = (
    ("/", "Inspector"),
    ("/walk", "Walk"),
    ("/compare", "Compare"),
    ("/pairs", "Pairs"),
    ("/claims", "Claims"),
    ("/api", "API reference"),
)
"""The pages, in the order of the masthead."""


def _page(house: House, request: Request, template: str, **context: Any) -> Response:
    """A rendered page. It is asked for anew each time, and sent anew if it has changed."""
    if house.settings.debug:
        house.static.refresh()
    html = house.templates.get_template(template).render(
        static=f"/static/{house.static.hash}",
        plotly_url=f"/assets/{house.plotly.name}",
        version=request.app.version,
        default_model=house.default_model,
        walk_model=WALKED,
        api="/api/v1",
        models=lambda: _models(house),
        ways=WAYS,
        here=request.url.path,
        **context,
    )
    body = html.encode()
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "no-store" if house.settings.debug else "no-cache"}
    if is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers={**headers, "Vary": "Accept-Encoding"})
    return text_response(request, body, HTML, **headers)


def _models(house: House) -> str:
    """The models as /models lists them, for a page that has a choice of them."""
    return json_bytes(models_fields(house.registry, house.default_model)["models"]).decode()


@router.api_route("/", methods=["GET", "HEAD"])
async def index(house: HouseDep, request: Request) -> Response:
    return _page(house, request, "index.html")


@router.api_route("/walk", methods=["GET", "HEAD"])
async def walk(house: HouseDep, request: Request) -> Response:
    return _page(house, request, "walk.html")


@router.api_route("/compare", methods=["GET", "HEAD"])
async def compare(house: HouseDep, request: Request) -> Response:
    return _page(house, request, "compare.html")


@router.api_route("/pairs", methods=["GET", "HEAD"])
async def pairs(house: HouseDep, request: Request) -> Response:
    return _page(house, request, "pairs.html")


@router.api_route("/claims", methods=["GET", "HEAD"])
async def claims(house: HouseDep, request: Request) -> Response:
    counts = Counter(link.relation for sentence in sentences() for link in sentence.links)
    return _page(
        house,
        request,
        "claims.html",
        statements=STATEMENTS,
        sentences=[sentence.text for sentence in sentences()],
        links=counts,
    )


@router.api_route("/api", methods=["GET", "HEAD"])
async def api_reference(house: HouseDep, request: Request) -> Response:
    return _page(house, request, "api.html", reference=reference(request.app.openapi()))


@router.api_route("/static/{tree}/{name:path}", methods=["GET", "HEAD"])
async def static_file(house: HouseDep, request: Request, tree: str, name: str) -> Response:
    asset = house.static.get(tree, name)
    if asset is None:
        raise NotFound(f"there is no file {name[:200]!r} in this version of the page; reload it")
    if house.settings.debug:
        return asset.response(request, "no-store")
    return asset.response(request)


@router.api_route("/assets/{name}", methods=["GET", "HEAD"])
async def asset_file(house: HouseDep, request: Request, name: str) -> Response:
    if name != house.plotly.name:
        raise NotFound(f"there is no asset {name[:200]!r}; reload the page")
    return house.plotly.asset.response(request)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
async def favicon(house: HouseDep, request: Request) -> Response:
    asset = house.static.files.get("favicon.png")
    if asset is None:
        raise NotFound("there is no favicon")
    return asset.response(request, "public, max-age=86400")


@router.api_route("/api/v1/openapi.json", methods=["GET", "HEAD"])
async def openapi_json(request: Request) -> Response:
    return text_response(request, json_bytes(request.app.openapi()), JSON)
