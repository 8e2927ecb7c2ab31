"""The API's own description holds: its examples work, and no answer is missing from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.features import what_if
from headlight.app.http.openapi import ERRORS, TITLES
from headlight.app.settings import Settings
from headlight.models.experiments import effects

DOCUMENT = create_app(Settings(models=(), default_model=None)).openapi()
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        target: Any = DOCUMENT
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return resolve(body.get("schema", {}))


EXAMPLES = [
    pytest.param(path, operation, example, id=f"{operation['operationId']}-{number}")
    for path, _, operation in OPERATIONS
    for number, example in enumerate(body_schema(operation).get("examples", []))
]


def test_the_document_is_served(client: TestClient, app: FastAPI) -> None:
    response = client.get("/api/v1/openapi.json")
    assert response.json() == app.openapi()
    assert response.json()["openapi"].startswith("3.1")
    refused = client.get("/api/v1/openapi.json", headers={"Accept": "text/csv"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (406, "not_acceptable")


def test_operations_have_stable_names() -> None:
    assert {
        operation["operationId"]: f"{method} {path}" for path, method, operation in OPERATIONS
    } == {
        "list_models": "get /api/v1/models",
        "get_model": "get /api/v1/models/{name}",
        "cut_tokens": "post /api/v1/tokens",
        "get_attention": "post /api/v1/attention",
        "get_overview": "post /api/v1/overview",
        "explain_cell": "post /api/v1/cell",
        "walk_head": "post /api/v1/walk",
        "search_heads": "post /api/v1/heads/search",
        "get_outputs": "post /api/v1/outputs",
        "ask_what_if": "post /api/v1/what-if",
        "ablate_heads": "post /api/v1/heads/ablations",
        "measure_faithfulness": "post /api/v1/heads/faithfulness",
        "profile_heads": "post /api/v1/heads/profile",
        "compare_pair": "post /api/v1/pairs",
        "check_claims": "post /api/v1/claims",
        "learn_convolution": "post /api/v1/learn/convolution",
        "learn_graphs": "post /api/v1/learn/graphs",
        "learn_images": "post /api/v1/learn/images",
        "learn_masks": "post /api/v1/learn/masks",
        "learn_taggers": "post /api/v1/learn/taggers",
        "learn_pooling": "post /api/v1/learn/pooling",
        "learn_order": "post /api/v1/learn/order",
        "learn_twins": "post /api/v1/learn/twins",
        "learn_softmax": "post /api/v1/learn/softmax",
        "learn_scale": "post /api/v1/learn/scale",
        "learn_scale_heads": "post /api/v1/learn/scale/heads",
    }


def test_every_field_is_described() -> None:
    plain = {"kind", "layer", "head", "level", "score", "pattern", "error", "residual"}
    plain |= {"query_pos", "key_pos", "model"}  # said once, at the top of the document
    bare = [
        f"{name}.{field}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
        if not described.get("description") and field not in plain
    ]
    assert bare == []


ONE_HEAD = ("text/csv", "application/vnd.plotly.v1+json")


@pytest.mark.parametrize(("path", "operation", "example"), EXAMPLES)
def test_every_documented_example_works(
    client: TestClient, path: str, operation: dict[str, Any], example: dict[str, Any]
) -> None:
    for media_type, content in operation["responses"]["200"]["content"].items():
        if media_type in ONE_HEAD and example.get("layers") != [3]:
            continue
        response = client.post(path, json=example, headers={"Accept": media_type})
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith(media_type)
        if media_type == "application/json":
            schema = {**content["schema"], "components": DOCUMENT["components"]}
            jsonschema_rs.validate(schema, response.json())


def test_every_post_has_an_example() -> None:
    shown = {param.values[0] for param in EXAMPLES}
    assert shown == {path for path, method, _ in OPERATIONS if method == "post"}


def test_every_error_is_documented_with_an_example_in_the_one_shape() -> None:
    assert set(ERRORS) == set(TITLES)
    error_schema = {
        "$ref": "#/components/schemas/ErrorAnswer",
        "components": DOCUMENT["components"],
    }
    for status, codes in ERRORS.items():
        answer = DOCUMENT["components"]["responses"][f"Error{status}"]
        examples = answer["content"]["application/json"]["examples"]
        assert set(examples) == set(codes)
        for example in examples.values():
            jsonschema_rs.validate(error_schema, example["value"])


def test_the_reference_names_every_operation_field_and_error_code(client: TestClient) -> None:
    page = client.get("/api")
    assert page.status_code == 200
    text = unescape(re.sub(r"<[^>]+>", "", page.text))
    for path, method, operation in OPERATIONS:
        assert f"{method.upper()} {path}" in text
        assert operation["summary"] in text
    for schema in DOCUMENT["components"]["schemas"].values():
        for field in schema.get("properties", {}):
            assert field in text
    for codes in ERRORS.values():
        for code in codes:
            assert code in text


schema = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_headers_conformance,
    schemathesis.checks.response_schema_conformance,
    schemathesis.checks.negative_data_rejection,
]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, client: TestClient) -> None:
    """What a request may hold is no matter of how often chance is drawn beside it, nor of how large
    the model is that a request without one is answered by."""
    for module in (effects, what_if):
        monkeypatch.setattr(module, "DRAWS", 2)
    monkeypatch.setattr(client.app.state.app_state.settings, "default_model", "small")


def fuzzed(operation_id: str) -> Callable[..., None]:
    """A test of one operation: requests as documented, at their bounds, and beyond them."""

    @schema.include(operation_id=operation_id).parametrize()
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: schemathesis.Case, client: TestClient, quick: None) -> None:
        sent = case.as_transport_kwargs(base_url=str(client.base_url))
        assert not sent.pop("cookies")
        if isinstance(sent.get("data"), bytes):
            sent["content"] = sent.pop("data")
        case.validate_response(client.request(**sent), checks=CHECKS)

    return answers


# Each has a name of its own: workers share tests out by name, and run those of one name once.
for _, _, _operation in OPERATIONS:
    _id = _operation["operationId"]
    globals()[f"test_no_request_to_{_id}_gets_a_server_error_or_an_undocumented_answer"] = fuzzed(
        _id
    )
