"""For those who run the server: alive, ready, and what it has done."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from app.deps import HouseDep
from app.encode import json_bytes
from app.negotiate import text_response

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return Response(json_bytes({"status": "ok"}), media_type="application/json")


@router.get("/readyz")
async def readyz(house: HouseDep) -> Response:
    """200 when the default model is loaded, 503 until then."""
    state = house.registry.status(house.default_model).state
    body = json_bytes({"status": "ready" if state == "ready" else state})
    headers = {} if state == "ready" else {"Retry-After": "2"}
    status = 200 if state == "ready" else 503
    return Response(body, status, headers=headers, media_type="application/json")


@router.get("/metrics")
async def metrics(house: HouseDep, request: Request) -> Response:
    response = text_response(request, house.metrics.text(), "text/plain")
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response
