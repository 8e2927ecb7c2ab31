"""For those who run the server: alive, ready, and what it has done."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from headlight.app.http.deps import StateDep
from headlight.app.http.encode import JSON, json_bytes
from headlight.app.http.negotiate import text_response
from headlight.app.service.errors import ModelLoading
from headlight.app.service.runs import RETRY_LOADING_S
from headlight.models.core.errors import ModelUnavailable
from headlight.models.core.messages import Message

router = APIRouter(include_in_schema=False)


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def healthz() -> Response:
    """The process answers."""
    return _status("ok")


@router.api_route("/readyz", methods=["GET", "HEAD"])
async def readyz(state: StateDep) -> Response:
    """200 when the default model is loaded; until then the error that a request would get."""
    name = state.default_model
    status = state.registry.status(name)
    if status.state == "ready":
        return _status("ready")
    if status.state == "unavailable":
        reason = status.reason or Message("{name} cannot be loaded", name=name)
        raise ModelUnavailable(reason, remedy=status.remedy or Message("See the log."))
    raise ModelLoading(Message("{name} is loading", name=name), retry_s=RETRY_LOADING_S)


@router.api_route("/metrics", methods=["GET", "HEAD"])
async def metrics(state: StateDep, request: Request) -> Response:
    response = text_response(request, state.metrics.text(), "text/plain")
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response


def _status(status: str) -> Response:
    """How it is at this moment: nobody between may keep it."""
    headers = {"Cache-Control": "no-store"}
    return Response(json_bytes({"status": status}), headers=headers, media_type=JSON)
