"""Every error: its status, its code, the field at fault, and words a person can act on."""

from __future__ import annotations

import gzip
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from headlight.app.http.openapi import ERRORS
from tests.app.conftest import Serve
from tests.app.fakes import PATIENCE_S, FakeModel, FakeRegistry, unavailable, unsupported

CELL = {"text": "I saw a saw", "layer": 0, "head": 0, "query_pos": 0, "key_pos": 0}
SEARCH = {"text": "I saw a saw", "query": "I", "key": "saw"}

# path, body -> code, field, words of the message
REFUSED: list[tuple[str, Any, str, str | None, str]] = [
    ("tokens", {}, "invalid_request", "text", "'text' is missing"),
    ("tokens", [], "invalid_request", None, "must be a JSON object, not a list"),
    ("tokens", None, "invalid_request", None, "JSON object"),
    ("tokens", "hello", "invalid_request", None, "not the string 'hello'"),
    ("tokens", {"text": 7}, "invalid_request", "text", "must be a string, not the number 7"),
    ("tokens", {"text": None}, "invalid_request", "text", "must be a string, not null"),
    ("tokens", {"text": ["a"]}, "invalid_request", "text", "must be a string, not a list"),
    ("tokens", {"text": "a", "model": {}}, "invalid_request", "model", "not an object"),
    ("tokens", {"text": "a", "txt": 1}, "invalid_request", "txt", "may have model, text"),
    ("tokens", {"text": "a", "t.x": 1}, "invalid_request", "t.x", "may have model, text"),
    ("tokens", {"text": ""}, "empty_text", "text", "is empty"),
    ("tokens", {"text": " \n\t\u3000"}, "empty_text", "text", "is empty"),
    ("attention", {"text": "a", "kind": "x"}, "invalid_request", "kind", "'encoder', 'decoder' or"),
    ("attention", {"text": "a", "kind": "cross"}, "invalid_selection", "kind", "it has encoder"),
    ("attention", {"text": "a", "layers": [6]}, "invalid_selection", "layers", "outside 0 to 5"),
    ("attention", {"text": "a", "layers": [-1]}, "invalid_selection", "layers", "layer -1 is"),
    ("attention", {"text": "a", "layers": [10**30]}, "invalid_selection", "layers", "100000"),
    ("attention", {"text": "a", "heads": [0, 12]}, "invalid_selection", "heads", "outside 0 to 11"),
    ("attention", {"text": "a", "heads": [-(10**19)]}, "invalid_selection", "heads", "outside"),
    ("attention", {"text": "a", "layers": 3}, "invalid_request", "layers", "must be a list"),
    ("attention", {"text": "a", "layers": []}, "invalid_request", "layers", "at least 1"),
    ("attention", {"text": "a", "layers": [True]}, "invalid_request", "layers.0", "not true"),
    ("attention", {"text": "a", "layers": [1.5]}, "invalid_request", "layers.0", "whole number"),
    ("attention", {"text": "a", "layers": ["1"]}, "invalid_request", "layers.0", "string '1'"),
    ("attention", {"text": "a", "layers": [2, 2]}, "invalid_request", "layers", "2 more than once"),
    ("attention", {"text": "a", "heads": [0] * 1001}, "invalid_request", "heads", "at most 1000"),
    ("attention", {"text": "a", "include": []}, "invalid_request", "include", "at least 1"),
    ("attention", {"text": "a", "include": ["w"]}, "invalid_request", "include.0", "'scores'"),
    ("attention", {"text": "a", "include": None}, "invalid_request", "include", "must be a list"),
    ("attention", {"text": "a", "level": "char"}, "invalid_request", "level", "'token' or 'word'"),
    (
        "attention",
        {"text": "a", "level": "word", "include": ["scores"]},
        "invalid_selection",
        "include",
        "level 'token'",
    ),
    ("overview", {"text": "law " * 600}, "text_too_long", "text", "602 tokens"),
    ("overview", {"text": "a", "level": None}, "invalid_request", "level", "not null"),
    ("cell", {**CELL, "layer": 6}, "invalid_selection", "layer", "outside 0 to 5"),
    ("cell", {**CELL, "head": -1}, "invalid_selection", "head", "outside 0 to 11"),
    ("cell", {**CELL, "query_pos": 6}, "invalid_selection", "query_pos", "outside 0 to 5"),
    ("cell", {**CELL, "key_pos": 10**40}, "invalid_selection", "key_pos", "outside 0 to 5"),
    ("cell", {**CELL, "head": False}, "invalid_request", "head", "not false"),
    ("cell", {**CELL, "kind": "decoder"}, "invalid_selection", "kind", "it has encoder"),
    ("heads/search", {**SEARCH, "key": "cat"}, "word_not_found", "key", "cat"),
    ("heads/search", {**SEARCH, "query": ""}, "word_not_found", "query", ""),
    ("heads/search", {**SEARCH, "query": 4}, "invalid_request", "query", "not the number 4"),
    ("heads/search", {**SEARCH, "query": None}, "invalid_request", "query", "not null"),
    ("heads/search", {**SEARCH, "query": {"position": 99}}, "invalid_selection", "query", "0 to 5"),
    ("heads/search", {**SEARCH, "query": {"start": 3}}, "invalid_request", "query.end", "missing"),
    (
        "heads/search",
        {**SEARCH, "query": {"position": 1, "x": 2}},
        "invalid_request",
        "query.x",
        "not a field",
    ),
    (
        "heads/search",
        {**SEARCH, "query": {"start": 0, "end": 1, "segment": 2}},
        "invalid_request",
        "query.segment",
        "0 or 1",
    ),
    (
        "heads/search",
        {**SEARCH, "query": {"start": 900, "end": 901}},
        "invalid_selection",
        "query",
        "",
    ),
    (
        "what-if",
        {"text": "a", "edits": [{"do": "zero_ablation", "layer": 0, "heads": [99]}]},
        "invalid_edit",
        "edits.0.heads",
        "99 is outside 0 to 11",
    ),
]


@pytest.mark.parametrize(("path", "body", "code", "field", "words"), REFUSED)
def test_a_request_that_cannot_be_answered_is_told_why(
    client: TestClient, path: str, body: Any, code: str, field: str | None, words: str
) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post(f"/api/v1/{path}", content=json.dumps(body), headers=headers)
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"code", "params", "message", "field"}
    assert (error["code"], error["field"]) == (code, field), error
    assert response.status_code == 422
    assert words in error["message"]
    assert "Input should" not in error["message"]


def the_error(response: Any) -> tuple[int, str, str | None]:
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert error["message"]
    return response.status_code, error["code"], error["field"]


@pytest.mark.parametrize(
    "name", ["elmo", "", "../bert", "bert/../../etc/passwd", "BERT", "x" * 9999]
)
def test_a_model_outside_the_registry_does_not_exist(client: TestClient, name: str) -> None:
    response = client.post("/api/v1/tokens", json={"model": name, "text": "a"})
    assert the_error(response) == (404, "unknown_model", "model")
    assert len(response.text) < 1000


def test_an_unknown_model_has_no_page(client: TestClient) -> None:
    for name in ("elmo", "..%2f..%2fetc%2fpasswd"):
        response = client.get(f"/api/v1/models/{name}")
        assert the_error(response) == (404, "unknown_model", "model")


@pytest.mark.parametrize("path", ["/nothing", "/api/v1", "/api/v2/models", "/doc", "/static/x/y"])
def test_an_address_without_a_route_is_not_found(client: TestClient, path: str) -> None:
    assert the_error(client.get(path)) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/api/v1/tokens", "POST"), ("PUT", "/api/v1/cell", "POST"), ("POST", "/", "GET")],
)
def test_another_method_is_told_which_one_is_right(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    assert the_error(response) == (405, "method_not_allowed", None)
    assert allowed in response.headers["allow"]
    assert allowed in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'text': 'a'}",
        b"\xff\xfe\xfa",
        b'{"text": "\xff"}',
        b"[" * 200_000,
    ],
    ids=["cut off", "single quotes", "no encoding", "not UTF-8", "deep"],
)
def test_a_body_that_is_not_json_is_refused_as_such(client: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/api/v1/tokens", content=body, headers=headers)
    assert the_error(response) == (400, "invalid_json", None)


@pytest.mark.parametrize("given", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_type_is_refused(client: TestClient, given: str) -> None:
    headers = {"Content-Type": given} if given else {}
    response = client.post("/api/v1/tokens", content=b'{"text": "a"}', headers=headers)
    assert the_error(response) == (415, "unsupported_media_type", None)


BODY = '{"text": "a é"}'


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "identity, gzip"])
def test_a_compressed_body_is_refused_with_what_is_accepted(
    client: TestClient, coding: str
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    response = client.post("/api/v1/tokens", content=gzip.compress(BODY.encode()), headers=headers)
    assert the_error(response) == (415, "unsupported_media_type", None)
    assert response.headers["accept-encoding"] == "identity"
    assert repr(coding.lower()) in response.json()["error"]["message"]


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", '"latin-1"', ""])
def test_a_body_in_another_charset_is_refused(client: TestClient, charset: str) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}
    response = client.post("/api/v1/tokens", content=BODY.encode("utf-16"), headers=headers)
    assert the_error(response) == (415, "unsupported_media_type", None)
    assert "UTF-8" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json;charset=utf-8"},
        {"Content-Type": 'Application/JSON ; Charset="UTF-8"'},
        {"Content-Type": "application/json; profile=x"},
        {"Content-Type": "application/json", "Content-Encoding": "identity"},
    ],
)
def test_a_body_may_say_that_it_is_plain_json_in_utf_8(
    client: TestClient, headers: dict[str, str]
) -> None:
    response = client.post("/api/v1/tokens", content=BODY.encode(), headers=headers)
    assert response.status_code == 200, response.text
    assert response.json()["text"] == "a é"


def test_a_type_that_cannot_be_answered_is_refused_with_those_that_can(client: TestClient) -> None:
    response = client.post(
        "/api/v1/attention", json={"text": "a"}, headers={"Accept": "text/html, image/*"}
    )
    assert the_error(response) == (406, "not_acceptable", None)
    for name in ("application/json", "application/x-npz", "text/csv"):
        assert name in response.json()["error"]["message"]


def test_a_body_over_the_limit_is_refused(client: TestClient) -> None:
    response = client.post("/api/v1/tokens", json={"text": "a" * 1_000_001})
    assert the_error(response) == (413, "body_too_large", None)
    assert "1000000" in response.json()["error"]["message"]


def test_a_text_of_too_many_characters_is_not_even_cut(serve: Serve) -> None:
    client = serve(FakeRegistry(FakeModel("plain")), text_limit=17)
    response = client.post("/api/v1/tokens", json={"text": "a", "text_pair": "b" * 18})
    assert the_error(response) == (422, "text_too_long", "text_pair")
    assert "18 characters; at most 17" in response.json()["error"]["message"]


def test_a_model_that_is_not_here_is_told_with_the_remedy(serve: Serve) -> None:
    client = serve(FakeRegistry(FakeModel("plain"), unavailable()))
    response = client.post("/api/v1/tokens", json={"text": "a", "model": "broken1"})
    assert the_error(response) == (503, "model_unavailable", "model")
    message = response.json()["error"]["message"]
    assert message == "the weights are not here. Put them here."


def test_a_model_that_cannot_be_captured_is_told_so(serve: Serve) -> None:
    client = serve(FakeRegistry(FakeModel("plain"), unsupported()))
    response = client.post("/api/v1/overview", json={"text": "a", "model": "broken1"})
    assert the_error(response) == (422, "unsupported_model", "model")


def test_a_model_that_takes_long_to_load_is_asked_for_again_later(serve: Serve) -> None:
    gate = threading.Event()
    slow = FakeRegistry(FakeModel("plain"), loads=lambda name: gate.wait(PATIENCE_S))
    client = serve(slow, load_wait_s=0.05)
    try:
        response = client.post("/api/v1/tokens", json={"text": "a"})
        assert the_error(response) == (503, "model_loading", "model")
        assert int(response.headers["retry-after"]) >= 1
        assert client.get("/api/v1/models/plain").json()["progress"] == 0.5
    finally:
        gate.set()


def test_a_full_queue_is_asked_again_later(serve: Serve) -> None:
    gate = threading.Event()
    model = FakeModel("plain", gate=gate)
    client = serve(FakeRegistry(model), workers=1, queue_limit=0)
    first = threading.Thread(
        target=client.post, args=("/api/v1/overview",), kwargs={"json": {"text": "a"}}
    )
    first.start()
    try:
        assert model.begun.acquire(timeout=PATIENCE_S)
        response = client.post("/api/v1/overview", json={"text": "b"})
        assert the_error(response) == (503, "busy", None)
        assert int(response.headers["retry-after"]) >= 1
    finally:
        gate.set()
        first.join()


def test_a_bug_gives_an_id_and_nothing_else(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    secret = "KeyError at /home/someone/secret.py"
    client = serve(FakeRegistry(FakeModel("plain", bug=RuntimeError(secret))))
    response = client.post("/api/v1/overview", json={"text": "a"})
    assert the_error(response) == (500, "internal", None)
    assert "secret" not in response.text
    mark = response.json()["error"]["message"].split()[-1]
    logged = [record for record in caplog.records if mark in record.getMessage()]
    assert logged
    assert secret in str(logged[0].exc_info)
    assert response.headers["x-content-type-options"] == "nosniff"


def test_every_code_that_is_documented_has_a_test_here() -> None:
    source = Path(__file__).read_text().partition("def test_every_code")[0]
    codes = {code for meanings in ERRORS.values() for code in meanings}
    tested = {code for code in codes if f'"{code}"' in source}
    others = {
        "invalid_text": "test_hard_inputs.py",
        "selection_too_large": "test_formats.py",
        "not_finite": "test_folders_served.py",
    }
    for code, name in others.items():
        assert f'"{code}"' in Path(__file__).with_name(name).read_text()
    assert codes - tested == set(others)


def test_a_long_address_is_repeated_in_short(client: TestClient) -> None:
    response = client.get("/api/v1/" + "x" * 5_000)
    assert the_error(response) == (404, "not_found", None)
    assert len(response.text) < 700


def test_what_the_models_call_the_objective_a_request_calls_its_output(client: TestClient) -> None:
    body = {"text": "I saw", "include": ["gradient_pattern"], "output": {"of": "vector", "pos": 9}}
    response = client.post("/api/v1/attention", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "output.pos"
