"""The API's own description: answers, errors, and the OpenAPI document made from them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from headlight.app.http.deps import api_router
from headlight.app.http.encode import JSON, NDJSON, json_bytes
from headlight.app.http.negotiate import text_response
from headlight.app.schemas.answers import ErrorAnswer

router = api_router()
Responses = dict[int | str, dict[str, Any]]

# What each status may mean: code -> an example of its message and field.
ERRORS: dict[int, dict[str, tuple[str, str | None]]] = {
    400: {"invalid_json": ("the body is not JSON: it cannot be read from character 9 on", None)},
    404: {
        "unknown_model": ("there is no model 'elmo'; there are: bert", "model"),
        "not_found": ("there is nothing at /api/v1/heads; /api lists what there is", None),
    },
    405: {
        "method_not_allowed": ("/api/v1/tokens does not answer GET; use POST", None),
    },
    406: {
        "not_acceptable": ("this answers as application/json, which Accept rules out", None),
    },
    413: {
        "body_too_large": (
            "the body has 1200000 bytes; at most 1000000 are read. Send a shorter text.",
            None,
        ),
    },
    415: {
        "unsupported_media_type": (
            "the body came as 'text/plain'; send Content-Type: application/json",
            None,
        ),
    },
    422: {
        "invalid_request": ("'text' is missing", "text"),
        "empty_text": ("text is empty; type a sentence", "text"),
        "invalid_text": (
            "text is not valid Unicode: character 0 is a lone surrogate (U+D800). Send whole "
            "characters.",
            "text",
        ),
        "text_too_long": (
            "text has 600 tokens; bert reads at most 512. Shorten it or split it.",
            "text",
        ),
        "invalid_selection": (
            "layer 6 is outside 0 to 5, the layers of bert's encoder attention",
            "layers",
        ),
        "invalid_edit": ("edit 0: temperature 0.0 is outside 0.01 to 100.0", "edits.0.value"),
        "word_not_found": ("the text has no word 'cat'", "query"),
        "selection_too_large": (
            "this selection has 18874368 numbers; this format holds at most 4000000. Select "
            "fewer layers, heads or tensors, or send Accept: application/x-npz.",
            "layers",
        ),
        "not_finite": ("this run of bert gives NaN or infinity", "model"),
        "unsupported_model": (
            "the folder of x holds no config.json. Save it there with "
            "model.save_pretrained(folder) and tokenizer.save_pretrained(folder).",
            "model",
        ),
    },
    500: {"internal": ("something broke on our side; the log has it under 5f2a", None)},
    503: {
        "busy": ("66 jobs are running or waiting, which is as many as fit; ask again", None),
        "model_loading": ("bert is still loading; ask again in 2 seconds", "model"),
        "model_unavailable": (
            "google-bert/bert-base-uncased is not in the local hub cache, and the hub cannot be "
            "reached. Connect to the network and try again.",
            "model",
        ),
    },
}
TITLES = {
    400: "The body is not JSON.",
    404: "There is no such model, or no such address.",
    405: "The address answers another method.",
    406: "None of the types in Accept can be answered.",
    413: "The body is over the limit.",
    415: "The body is not application/json in UTF-8, or is compressed.",
    422: "Something in the request cannot be answered; `error.field` says what.",
    500: "A mistake of ours. The message holds an id that the log knows.",
    503: "Not now: too busy, or the model is loading or not here. See Retry-After.",
}
TAGS = [
    {"name": "models", "description": "Which models may be run."},
    {"name": "text", "description": "How a text becomes tokens."},
    {"name": "heads", "description": "What the heads of a run compute."},
    {"name": "lessons", "description": "The numbers of each lesson."},
]
RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait. Sent with busy and model_loading.",
        "schema": {"type": "integer"},
    }
}
READING = (400, 404, 406, 413, 415, 422, 500, 503)  # what any POST may answer
LOOKING = (406, 413, 500)  # what any GET may answer


def errors(*statuses: int) -> Responses:
    return {status: {"model": ErrorAnswer, "description": TITLES[status]} for status in statuses}


def as_lines_too(each: str) -> Responses:
    """An answer that NDJSON tells step by step, one step for each of these."""
    description = (
        f"As JSON; as NDJSON, a line of progress after each {each}, and then the same answer, or "
        "an error, as the last line."
    )
    content = {NDJSON: {"schema": {"type": "string"}}}
    return {200: {"description": description, "content": content}}


def binary(description: str) -> dict[str, Any]:
    return {"schema": {"type": "string", "format": "binary", "description": description}}


@router.api_route("/openapi.json", methods=["GET", "HEAD"], include_in_schema=False)
async def openapi_json(request: Request) -> Response:
    return text_response(request, json_bytes(request.app.openapi()), JSON)


def install_openapi(app: FastAPI) -> None:
    """The document, made once; the errors, alike for every operation, stand in it once."""

    def document() -> dict[str, Any]:
        if not app.openapi_schema:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
                license_info=app.license_info,
            )
            for methods in made["paths"].values():
                for operation in methods.values():
                    _share_errors(operation["responses"])
            made["components"]["responses"] = {
                _name(status): _error(status) for status in sorted(TITLES)
            }
            schemas = made["components"]["schemas"]
            codes = [code for status in sorted(ERRORS) for code in ERRORS[status]]
            schemas["ErrorDetail"]["properties"]["code"]["enum"] = codes
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
    app.include_router(router)


def _name(status: int | str) -> str:
    return f"Error{status}"


def _share_errors(responses: dict[str, Any]) -> None:
    for status in responses:
        if int(status) in TITLES:
            responses[status] = {"$ref": f"#/components/responses/{_name(status)}"}


def _error(status: int) -> dict[str, Any]:
    examples: dict[str, Any] = {
        code: {"value": {"error": {"code": code, "params": {}, "message": message, "field": field}}}
        for code, (message, field) in ERRORS[status].items()
    }
    schema = {"$ref": f"#/components/schemas/{ErrorAnswer.__name__}"}
    answer: dict[str, Any] = {
        "description": TITLES[status],
        "content": {JSON: {"schema": schema, "examples": examples}},
    }
    if status == 503:
        answer["headers"] = RETRY_AFTER
    return answer
