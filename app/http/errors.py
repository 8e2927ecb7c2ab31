"""From what went wrong to what the caller reads: status, code, message, field.

ApiError                   what only HTTP knows
├── NotFound               404 not_found
├── NotAcceptable          406 not_acceptable
├── UnsupportedMediaType   415 unsupported_media_type
├── BodyTooLarge           413 body_too_large
├── TextOverLimit          422 text_too_long: more characters than are even cut into tokens
└── SelectionTooLarge      422 selection_too_large

The domain's own errors (`models.core.errors`) get their status from STATUS. What the service
refuses for now (`app.service.errors`) is 503 with Retry-After. Every error has one shape:
{"error": {"code", "params", "message", "field"}}: the message is in the language that was asked
for, code and params never change. Nothing of a library or a stack leaves.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from headlight.app.http.encode import json_bytes
from headlight.app.http.languages import in_language, said
from headlight.app.http.validation import describe_validation
from headlight.app.service.errors import ModelLoading, ServiceError
from headlight.models.core.errors import HeadlightError
from headlight.models.core.messages import Message, either

log = logging.getLogger("headlight")

STATUS = {
    "empty_text": 422,
    "invalid_text": 422,
    "text_too_long": 422,
    "invalid_selection": 422,
    "invalid_edit": 422,
    "word_not_found": 422,
    "not_finite": 422,
    "unsupported_model": 422,
    "unknown_model": 404,
    "model_unavailable": 503,
}


FIELDS = {"objective": "output"}
"""What the models call an argument, and the field of a request that gives it."""


class ApiError(Exception):
    """An answer other than the one asked for; `code` is stable, `argument` what was refused."""

    status = 500
    code = "internal"

    def __init__(
        self,
        message: Message,
        *,
        argument: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.headers = headers or {}


class NotFound(ApiError):
    status, code = 404, "not_found"


class NotAcceptable(ApiError):
    status, code = 406, "not_acceptable"


class UnsupportedMediaType(ApiError):
    status, code = 415, "unsupported_media_type"


class BodyTooLarge(ApiError):
    status, code = 413, "body_too_large"


class TextOverLimit(ApiError):
    status, code = 422, "text_too_long"


class SelectionTooLarge(ApiError):
    status, code = 422, "selection_too_large"


def error_response(
    status: int,
    code: str,
    message: str,
    argument: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    field = argument and _field(argument)
    detail = {
        "code": code,
        "params": _params(message),
        "message": _encodable(said(message)),
        "field": field and _encodable(field),
    }
    body = json_bytes({"error": detail})
    plain = {"Cache-Control": "no-store", **(headers or {})}
    return in_language(Response(body, status, headers=plain, media_type="application/json"))


def _params(message: str) -> dict[str, object]:
    """What the message is filled with: numbers as they are, all else as words."""
    params = message.params if isinstance(message, Message) else {}
    return {
        name: value if isinstance(value, int | float) else _encodable(str(value))
        for name, value in params.items()
    }


def _field(argument: str) -> str:
    """The field of a request that gave an argument: "objective.pos" is "output.pos"."""
    name, dot, rest = argument.partition(".")
    return f"{FIELDS.get(name, name)}{dot}{rest}"


def _encodable(text: str) -> str:
    """The text with lone surrogates spelled out: an error may quote what the caller sent."""
    return text.encode(errors="backslashreplace").decode()


def _api_error(_: Request | None, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.code, error.message, error.argument, error.headers)


def _service_error(_: Request | None, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    headers = {"Retry-After": str(error.retry_s)}
    message = error.message
    if isinstance(error, ModelLoading) and error.model is not None:
        message = Message(
            "{problem}, or watch its progress at {address}",
            problem=message,
            address=f"/api/v1/models/{error.model}",
        )
    return error_response(503, error.code, message, error.argument, headers)


def _domain_error(_: Request | None, error: Exception) -> Response:
    assert isinstance(error, HeadlightError)
    status = STATUS.get(error.code)
    if status is None:
        raise error
    return error_response(status, error.code, error.message, error.argument)


def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return error_response(*describe_validation(error.errors(), request.scope.get("route")))


Answer = Callable[[Request], Response]


def _http_error(missing_page: Answer) -> Callable[[Request, Exception], Response]:
    """What the router and the body's reader raise by themselves; a browser that asks for a page
    which is not there gets one that says so."""

    def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        path = request.url.path[:200]
        headers = dict(error.headers or {})
        if error.status_code == 404 and _is_page(request):
            return missing_page(request)
        if error.status_code == 404:
            message = Message("there is nothing at {path}; /api lists what there is", path=path)
            return error_response(404, "not_found", message)
        if error.status_code == 405:
            allowed = _allowed(headers.get("Allow", ""))
            message = Message(
                "{path} does not answer {method}; use {allowed}",
                path=path,
                method=request.method,
                allowed=either(allowed.split(", ")),
            )
            return error_response(405, "method_not_allowed", message, headers={"Allow": allowed})
        if error.status_code == 400:
            message = Message(
                "the body is not JSON that can be read: send one JSON object in UTF-8"
            )
            return error_response(400, "invalid_json", message)
        raise error

    return answer


def _is_page(request: Request) -> bool:
    """Whether a browser asks for it to show it: programs name no HTML."""
    asked = request.headers.get("accept", "")
    program = request.url.path.startswith(("/api/", "/static/", "/assets/"))
    return request.method in ("GET", "HEAD") and "text/html" in asked and not program


def _allowed(methods: str) -> str:
    """The methods of a route, HEAD among them wherever GET is: a route may have one of its own."""
    named = set(methods.split(", "))
    return ", ".join(sorted(named | {"HEAD"} if "GET" in named else named))


def bug_response(error: Exception) -> Response:
    """The answer to our own mistake: an id to find it in the log, and nothing else."""
    mark = secrets.token_hex(6)
    log.error("internal error %s", mark, exc_info=error)
    message = Message("something broke on our side; the log has it under {mark}", mark=mark)
    return error_response(500, "internal", message)


def answer_to(error: Exception) -> Response:
    """What is answered to an error that no handler sees: one in the middle of a stream."""
    if isinstance(error, ApiError):
        return _api_error(None, error)
    if isinstance(error, ServiceError):
        return _service_error(None, error)
    if isinstance(error, HeadlightError) and error.code in STATUS:
        return _domain_error(None, error)
    return bug_response(error)


def install_errors(app: FastAPI, missing_page: Answer) -> None:
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(HeadlightError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error(missing_page))
