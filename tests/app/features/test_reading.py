"""What HTTP asks of whatever is only read: HEAD, Allow, and answers that are not sent twice."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from headlight.app.http.negotiate import is_known


@pytest.mark.parametrize("seen", ["*", " * ", '"x"', 'W/"x"', '"a", W/"x"'])
def test_a_tag_is_known_weakly_and_a_star_knows_all(seen: str) -> None:
    assert is_known(seen, 'W/"x"')


@pytest.mark.parametrize("seen", [None, "", "x", '"y"', 'W/"xy"', '"*"', '"a", *'])
def test_another_tag_is_not_known(seen: str | None) -> None:
    assert not is_known(seen, 'W/"x"')


def test_whoever_knows_any_version_of_a_page_is_not_sent_it(client: TestClient) -> None:
    response = client.get("/", headers={"If-None-Match": "*"})
    assert (response.status_code, response.content) == (304, b"")


READABLE = [
    *("/", "/walk", "/compare", "/pairs", "/claims", "/api", "/favicon.ico"),
    *("/healthz", "/readyz", "/metrics"),
    *("/api/v1/models", "/api/v1/models/bert", "/api/v1/openapi.json"),
]


@pytest.mark.parametrize("path", READABLE)
def test_head_gives_the_headers_of_get_and_no_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"") == (200, b"")
    apart = {"content-length"} if path == "/metrics" else set()  # it counts these very requests
    assert {k: v for k, v in head.headers.items() if k not in apart} == {
        k: v for k, v in got.headers.items() if k not in apart
    }


def test_every_address_that_answers_get_answers_head(app: FastAPI) -> None:
    methods: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        assert route.path is not None
        methods.setdefault(route.path, set()).update(route.methods or ())
    assert len(methods) > len(READABLE)
    assert [path for path, found in methods.items() if "GET" in found and "HEAD" not in found] == []


@pytest.mark.parametrize("path", READABLE)
def test_an_address_that_is_only_read_allows_get_and_head(client: TestClient, path: str) -> None:
    response = client.post(path, json={})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert response.json()["error"]["message"].endswith("does not answer POST; use GET or HEAD")


def test_an_address_that_is_only_written_to_allows_post(client: TestClient) -> None:
    response = client.head("/api/v1/tokens")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_how_the_server_is_at_this_moment_is_never_kept(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"
