"""Headers, negotiation, compression, and a server's life."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
import zstandard
from fastapi import FastAPI
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.http.negotiate import best_encoding, best_media_type
from headlight.app.http.security import DRAINED
from headlight.app.settings import Settings
from headlight.models.core.errors import UnknownModel
from tests.app.conftest import LAW, Serve
from tests.app.fakes import PATIENCE_S, FakeModel, FakeRegistry, unavailable

ADDRESSES = ["/", "/api", "/api/v1/models", "/nothing", "/healthz", "/metrics", "/api/v1/tokens"]


def policy(response: Any) -> dict[str, str]:
    given = response.headers["content-security-policy"]
    return dict(part.strip().split(" ", 1) for part in given.split(";"))


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    response = client.get(path)
    rules = policy(response)
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == rules["connect-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["x-frame-options"] == "DENY"
    assert "geolocation=()" in response.headers["permissions-policy"]


def test_those_who_embed_the_page_can_be_named(serve: Serve) -> None:
    client = serve(
        FakeRegistry(FakeModel("plain")), frame_ancestors="'self' https://school.example"
    )
    response = client.get("/healthz")
    assert policy(response)["frame-ancestors"] == "'self' https://school.example"
    assert "x-frame-options" not in response.headers


def test_a_setting_cannot_smuggle_a_directive_into_the_policy() -> None:
    with pytest.raises(ValueError, match="frame_ancestors"):
        Settings(frame_ancestors="'none'; script-src *")


def raw(client: TestClient, path: str, body: Any, accept_encoding: str) -> tuple[bytes, Any]:
    headers = {"Accept-Encoding": accept_encoding}
    with client.stream("POST", f"/api/v1/{path}", json=body, headers=headers) as response:
        return b"".join(response.iter_raw()), response.headers


@pytest.mark.parametrize("path", ["overview", "tokens"])
def test_answers_are_compressed_as_the_caller_prefers(client: TestClient, path: str) -> None:
    body = {"text": LAW}
    plain, headers = raw(client, path, body, "identity")
    assert "content-encoding" not in headers
    assert headers["vary"] == "Accept-Encoding, Accept-Language, Cookie"
    packed, headers = raw(client, path, body, "gzip")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain
    packed, headers = raw(client, path, body, "gzip;q=0.5, zstd")
    assert headers["content-encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(packed) == plain
    assert len(packed) < 0.8 * len(plain)


def test_npz_is_not_compressed(client: TestClient) -> None:
    headers = {"Accept": "application/x-npz", "Accept-Encoding": "gzip, zstd"}
    response = client.post("/api/v1/attention", json={"text": LAW, "layers": [0]}, headers=headers)
    assert "content-encoding" not in response.headers


JSON, NPZ, CSV = "application/json", "application/x-npz", "text/csv"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", CSV),
        ("application/x-npz", NPZ),
        ("Application/X-NPZ ; q=1.0", NPZ),
        ("application/json;q=0.5, application/x-npz;q=0.6", NPZ),
        ("*/*;q=0.1, text/csv", CSV),
        ("application/json;q=0, */*", NPZ),
        ("text/csv, application/json", JSON),
        ("text/html", None),
        ("*/*;q=0", None),
        ("application/json;q=nonsense, text/csv;q=0.1", CSV),
        ("text/html;q=9", JSON),
    ],
)
def test_the_best_liked_type_is_answered(accept: str | None, chosen: str | None) -> None:
    assert best_media_type(accept, (JSON, NPZ, CSV)) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.1, gzip;q=0.9", "gzip"),
        ("*", "zstd"),
        ("*, zstd;q=0", "gzip"),
        ("gzip;q=0", None),
    ],
)
def test_the_best_liked_encoding_is_sent(accept: str | None, chosen: str | None) -> None:
    assert best_encoding(accept) == chosen


def test_a_body_over_the_limit_is_read_on_for_a_while_and_refused(app: FastAPI) -> None:
    pulled = 0

    def endless() -> Iterator[bytes]:
        nonlocal pulled
        while True:
            pulled += 1
            yield b"x" * 100_000

    sent = asyncio.run(_exchange(app, "/api/v1/tokens", endless()))
    assert sent[0]["status"] == 413
    assert json.loads(sent[1]["body"])["error"]["code"] == "body_too_large"
    assert pulled == 11 + DRAINED // 100_000
    names = [name for name, _ in sent[0]["headers"]]
    assert b"content-security-policy" in names


def test_a_client_that_asks_before_it_sends_is_told_at_once(app: FastAPI) -> None:
    asks = [(b"content-length", b"2000000"), (b"expect", b"100-continue")]
    sent = asyncio.run(_exchange(app, "/api/v1/tokens", iter(()), asks))
    assert sent[0]["status"] == 413


def test_a_client_that_writes_all_before_it_reads_gets_its_answer(app: FastAPI) -> None:
    """Over a real connection, which the server would otherwise reset under what is yet unread."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        for _ in range(3):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            connection.request(
                "POST", "/api/v1/tokens", b" " * 10_000_000, {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            assert response.status == 413
            assert json.loads(response.read())["error"]["code"] == "body_too_large"
            connection.close()
    finally:
        server.should_exit = True
        thread.join()


def test_a_body_that_declares_too_much_is_refused_unread(app: FastAPI) -> None:
    declared = [(b"content-length", b"999999999999999999999999999")]
    sent = asyncio.run(_exchange(app, "/api/v1/tokens", iter(()), declared))
    assert sent[0]["status"] == 413


async def _exchange(
    app: FastAPI, path: str, chunks: Iterator[bytes], headers: Any = ()
) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(chunks), "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(_scope(path, headers), receive, send)  # type: ignore[arg-type]
    return sent


def _scope(path: str, headers: Any = ()) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


def test_a_client_that_leaves_stops_its_own_work_and_nobody_elses() -> None:
    """Two ask for the same run; one hangs up; the other is answered from the one run."""
    model = FakeModel("plain", gate=threading.Event())
    app = create_app(Settings(workers=1), FakeRegistry(model))  # type: ignore[arg-type]
    runs = app.state.app_state.runs
    body = json.dumps({"text": "one two three"}).encode()

    async def call(leave: asyncio.Event) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        first = True

        async def receive() -> dict[str, Any]:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body, "more_body": False}
            await leave.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await app(_scope("/api/v1/overview"), receive, send)  # type: ignore[arg-type]
        return sent

    async def main() -> None:
        leave, stay = asyncio.Event(), asyncio.Event()
        leaver, stayer = asyncio.create_task(call(leave)), asyncio.create_task(call(stay))
        await asyncio.to_thread(model.begun.acquire)
        leave.set()
        async with asyncio.timeout(PATIENCE_S):
            assert await leaver == []
            assert model.gate is not None
            model.gate.set()
            sent = await stayer
        assert sent[0]["status"] == 200
        while runs._jobs or runs._under_way:
            await asyncio.sleep(0.005)
        assert len(asyncio.all_tasks()) == 1
        await runs.close()

    asyncio.run(main())
    assert len(model.runs) == 1
    gone = {"method": "POST", "route": "/api/v1/overview", "status": "499"}
    metrics = app.state.app_state.metrics.registry
    assert metrics.get_sample_value("headlight_requests_total", gone) == 1


def test_the_server_is_alive_before_its_model_is_loaded_and_ready_after(serve: Serve) -> None:
    gate = threading.Event()
    client = serve(FakeRegistry(FakeModel("plain"), loads=lambda name: gate.wait(PATIENCE_S)))
    assert client.get("/healthz").json() == {"status": "ok"}
    waiting = client.get("/readyz")
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (503, "model_loading")
    assert int(waiting.headers["retry-after"]) >= 1
    gate.set()
    client.post("/api/v1/tokens", json={"text": "a"})
    assert client.get("/readyz").status_code == 200


def test_the_server_answers_though_its_default_model_is_not_here(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    registry = FakeRegistry(unavailable(), FakeModel("plain"))
    client = serve(registry, default_model="broken0")
    response = client.post("/api/v1/tokens", json={"text": "a"})
    assert response.json()["error"]["code"] == "model_unavailable"
    waiting = client.get("/readyz")
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (503, "model_unavailable")
    assert "Put them here." in waiting.json()["error"]["message"]
    assert client.post("/api/v1/tokens", json={"text": "a", "model": "plain"}).status_code == 200
    assert "broken0 is not ready: the weights are not here" in caplog.text


def test_an_app_that_was_stopped_can_be_started_again() -> None:
    app = create_app(Settings(), FakeRegistry(FakeModel("plain")))  # type: ignore[arg-type]
    for _ in range(2):
        with TestClient(app) as client:
            assert client.post("/api/v1/overview", json={"text": "a"}).status_code == 200


def test_metrics_count_by_route_template_and_not_by_address(serve: Serve) -> None:
    client = serve(FakeRegistry(FakeModel("plain")))
    for name in ("plain", "a", "b/c"):
        client.get(f"/api/v1/models/{name}")
    for number in range(3):
        client.get(f"/nowhere/{number}")
    client.request("BREW", "/")
    client.post("/api/v1/overview", json={"text": "a"})
    client.post("/api/v1/overview", json={"text": "a"})
    text = client.get("/metrics").text
    labels = 'method="GET",route="/api/v1/models/{name:path}"'
    assert f'headlight_requests_total{{{labels},status="200"}} 1.0' in text
    assert f'headlight_requests_total{{{labels},status="404"}} 2.0' in text
    assert 'route="unmatched",status="404"} 3.0' in text
    assert 'method="other"' in text
    assert 'headlight_run_lookups_total{result="hit"} 1.0' in text
    assert 'headlight_runs_total{outcome="done"} 1.0' in text
    assert "headlight_request_seconds_bucket" in text
    assert "headlight_cache_bytes " in text
    assert "headlight_queue_depth 0.0" in text
    assert "nowhere" not in text


def test_an_unknown_default_model_stops_the_server_at_its_start() -> None:
    with pytest.raises(UnknownModel, match="elmo"):
        create_app(Settings(default_model="elmo"))


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLIGHT_MODELS", " owner/name , /a/folder,")
    monkeypatch.setenv("HEADLIGHT_QUEUE_LIMIT", "3")
    settings = Settings()
    assert settings.models == ("owner/name", "/a/folder")
    assert settings.queue_limit == 3
