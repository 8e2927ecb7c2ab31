"""docs/api.md says what is so: its requests work, its tables are complete."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.http.openapi import ERRORS
from headlight.app.settings import Settings

DOCS = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
REQUESTS = re.findall(r"```http\n(\w+) (\S+)\n\n(.*?)```", DOCS, re.DOTALL)


def section(path: str) -> str:
    """The part of the document under the heading that names a path."""
    found = re.search(
        rf"^## [^\n]*{re.escape(path)}\n(.*?)(?=^## )", DOCS, re.DOTALL | re.MULTILINE
    )
    assert found is not None, path
    return found[1]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_every_request_shown_is_answered(
    client: TestClient, method: str, path: str, body: str
) -> None:
    response = client.request(method, path, json=json.loads(body))
    assert response.status_code == 200, response.text


def test_every_operation_has_its_section_and_every_post_a_request() -> None:
    paths = create_app(Settings()).openapi()["paths"]
    for path, methods in paths.items():
        for method in methods:
            assert f"{method.upper()} {path.removeprefix('/api/v1')}" in DOCS
    posts = {path for path, methods in paths.items() if "post" in methods}
    assert {path for _, path, _ in REQUESTS} == posts


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_every_field_that_is_answered_is_named(
    client: TestClient, method: str, path: str, body: str
) -> None:
    response = client.request(method, path, json=json.loads(body))
    content = response.content
    if response.headers["content-type"] != "application/json":
        content = content[4 : 4 + int.from_bytes(content[:4], "little")]
    named = set(
        re.findall(r"[\"`](\w+)[\"`]", section(path.removeprefix("/api/v1")) + section("/tokens"))
    )
    assert keys_of(json.loads(content)) - named == set()


def test_every_error_code_stands_beside_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*) \|$", DOCS, re.MULTILINE)
    told = {int(status): set(re.findall(r"`(\w+)`", codes)) for status, codes in rows}
    assert told == {status: set(codes) for status, codes in ERRORS.items()}


def test_every_setting_is_named_with_its_default() -> None:
    rows = re.findall(r"^\| (`HEADLIGHT_.*?) \| (.*?) \|", DOCS, re.MULTILINE)
    told = {name: shown for names, shown in rows for name in re.findall(r"HEADLIGHT_(\w+)", names)}
    assert {name.lower() for name in told} == set(Settings.model_fields)
    for name in ("CACHE_BYTES", "BODY_LIMIT", "TEXT_LIMIT", "JSON_NUMBERS", "NPZ_NUMBERS"):
        assert told[name] == str(Settings.model_fields[name.lower()].default)
    for name in ("QUEUE_LIMIT", "QUEUE_WAIT_S", "LOAD_WAIT_S", "LOG_LEVEL", "LINEAR"):
        assert told[name] == str(Settings.model_fields[name.lower()].default)


def test_the_python_example_reads_the_overview(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def urlopen(request: Request) -> io.BytesIO:
        path = request.full_url.removeprefix("http://127.0.0.1:8000")
        headers = {**dict(request.header_items()), "Accept-Encoding": "identity"}
        return io.BytesIO(client.post(path, content=request.data, headers=headers).content)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    (source,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)
    assert len(names["pictures"]) == 72 * 6 * 6
    assert len(names["header"]["heads"]) == 72
