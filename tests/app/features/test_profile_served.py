"""A profile on a real server: who closes the connection stops the work, in either format, and so
does who stops the server."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from bench.server import serving
from tests.app.conftest import LAW

COUNT = 200
PATIENCE_S = 120
BODY: dict[str, Any] = {"sentences": [{"text": f"{LAW} {LAW} {n}"} for n in range(COUNT)]}
PATH = "/api/v1/heads/profile"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(HEADLIGHT_TORCH_THREADS="1") as address:
        yield address


def runs(address: str) -> int:
    """How many runs the server has made."""
    found = re.search(
        r'^headlight_runs_total\{outcome="done"\} (\d+)',
        httpx.get(f"{address}/metrics", timeout=PATIENCE_S).text,
        re.MULTILINE,
    )
    return int(found[1]) if found else 0


def runs_when_it_rests(address: str) -> int:
    """The same, once it has made no run for a second."""
    deadline = time.monotonic() + PATIENCE_S
    before = -1
    while (now := runs(address)) != before:
        assert time.monotonic() < deadline
        before = now
        time.sleep(1)
    return now


def left_while_it_is_answered(address: str, headers: dict[str, str], begun: int) -> None:
    """Sends the request, and closes the connection when two sentences have been run."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE_S)
    sent = {"Content-Type": "application/json", **headers}
    connection.request("POST", PATH, json.dumps(BODY), sent)
    deadline = time.monotonic() + PATIENCE_S
    while runs(address) < begun + 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    connection.close()


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/x-ndjson"}])
def test_closing_the_connection_stops_the_work(address: str, headers: dict[str, str]) -> None:
    begun = runs(address)
    left_while_it_is_answered(address, headers, begun)
    made = runs_when_it_rests(address) - begun
    assert 2 <= made < COUNT
    assert httpx.get(f"{address}/healthz").status_code == 200


def test_lines_come_while_the_work_goes_on(address: str) -> None:
    begun = runs(address)
    with httpx.stream(
        "POST",
        f"{address}{PATH}",
        json=BODY,
        headers={"Accept": "application/x-ndjson"},
        timeout=PATIENCE_S,
    ) as response:
        lines = response.iter_lines()
        assert json.loads(next(lines)) == {"progress": {"done": 0, "of": COUNT}}
        assert json.loads(next(lines)) == {"progress": {"done": 1, "of": COUNT}}
    assert runs_when_it_rests(address) - begun < COUNT


def test_a_server_that_is_told_to_stop_ends_the_work_and_tells_its_callers() -> None:
    """Had it waited for the whole, it would have answered with a result."""

    def ask(address: str, accept: str) -> httpx.Response:
        headers = {"Accept": accept}
        return httpx.post(f"{address}{PATH}", json=BODY, headers=headers, timeout=PATIENCE_S)

    settings = {"HEADLIGHT_TORCH_THREADS": "1", "HEADLIGHT_STOP_WAIT_S": "0"}
    with ThreadPoolExecutor(2) as pool, serving(**settings) as address:
        told = pool.submit(ask, address, "application/x-ndjson")
        asked = pool.submit(ask, address, "application/json")
        deadline = time.monotonic() + PATIENCE_S
        while runs(address) < 4:  # they take turns
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not told.done()
        assert not asked.done()
    refused = asked.result()
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"
    assert refused.json()["error"]["code"] == "busy"
    assert "told to stop" in refused.json()["error"]["message"]
    *before, last = (json.loads(line) for line in told.result().text.splitlines())
    assert 1 <= len(before) <= COUNT
    assert last == refused.json()
