"""Addresses that are tried: of nothing, of other services' descriptions, of other origins."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from headlight.app.application import create_app
from headlight.app.features.pages import PAGES
from headlight.app.settings import Settings

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("path", ["/nothing", "/walk/", "/compare/x", "/favicon.png"])
def test_a_browser_gets_a_page_that_leads_on_where_nothing_is(
    client: TestClient, path: str
) -> None:
    answer = client.get(path, headers={"Accept": BROWSER})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no page at this address" in answer.text
    for page in PAGES:
        assert f'href="{page.path}"' in answer.text


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/nothing", "*/*"),
        ("/nothing", "application/json"),
        ("/api/v1/nothing", BROWSER),
        ("/static/0/nothing.js", BROWSER),
    ],
)
def test_a_program_gets_the_error_as_every_other(
    client: TestClient, path: str, accept: str
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("path", "to"),
    [("/docs", "/api"), ("/redoc", "/api"), ("/openapi.json", "/api/v1/openapi.json")],
)
def test_where_others_have_their_description_this_one_leads_to_its_own(
    client: TestClient, path: str, to: str
) -> None:
    led = client.get(path, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, to)
    assert client.get(path).status_code == 200


def served(*origins: str) -> TestClient:
    return TestClient(create_app(Settings(cors_origins=origins)))


ASKS = {"Origin": "https://a.org", "Access-Control-Request-Method": "POST"}


def test_pages_of_other_origins_are_not_answered_unless_named(client: TestClient) -> None:
    assert "access-control-allow-origin" not in client.get("/healthz", headers=ASKS).headers
    assert client.options("/api/v1/tokens", headers=ASKS).status_code == 405


def test_an_origin_that_is_named_may_post_json_and_no_other_may() -> None:
    client = served("https://a.org", "http://localhost:3000")
    sends = {**ASKS, "Access-Control-Request-Headers": "content-type"}
    asked = client.options("/api/v1/tokens", headers=sends)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "https://a.org"
    answer = client.get("/healthz", headers=ASKS)
    assert answer.headers["access-control-allow-origin"] == "https://a.org"
    assert "content-security-policy" in answer.headers
    other = client.get("/healthz", headers={"Origin": "https://b.org"})
    assert "access-control-allow-origin" not in other.headers


def test_all_origins_are_a_star() -> None:
    answer = served("*").get("/healthz", headers=ASKS)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_origins_come_from_the_environment_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLIGHT_CORS_ORIGINS", "https://a.org, http://localhost:3000")
    assert Settings().cors_origins == ("https://a.org", "http://localhost:3000")


@pytest.mark.parametrize("origin", ["a.org", "https://a.org/", "https://a.org/x", "ftp://a.org"])
def test_what_is_no_origin_is_refused_in_words(origin: str) -> None:
    with pytest.raises(ValidationError, match="is no origin: write"):
        Settings(cors_origins=(origin,))
