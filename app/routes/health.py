"""For those who run the server: alive, ready, and what it has done."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from app.deps import HouseDep
from app.encode import json_bytes
from app.errors import ModelLoading
from app.negotiate import text_response
from models.errors import ModelUnavailable

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return Response(json_bytes({"status": "ok"}), media_type="application/json")


@router.get("/readyz")
async def readyz(house: HouseDep) -> Response:
    """200 when the default model is loaded; until then the error that a request would get."""
    name = house.default_model
    status = house.registry.status(name)
    if status.state == "ready":
        return Response(json_bytes({"status": "ready"}), media_type="application/json")
    if status.state == "unavailable":
        reason = status.reason or f"{name} cannot be loaded"
        raise ModelUnavailable(reason, remedy=status.remedy or "See the log.")
    raise ModelLoading(f"{name} is loading", field="model", headers={"Retry-After": "2"})


@router.get("/metrics")
async def metrics(house: HouseDep, request: Request) -> Response:
    response = text_response(request, house.metrics.text(), "text/plain")
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response
