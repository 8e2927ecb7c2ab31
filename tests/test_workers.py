"""`headlight serve --workers 2`, as an operator starts it: counts, ends, and says who asked."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench.server import ROOT

PATIENCE_S = 120


class Served:
    """A server of two worker processes in a process group of its own."""

    def __init__(self, log: Path, *options: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.log = log
        command = [
            sys.executable,
            "-m",
            "headlight.app.cli",
            "serve",
            f"--port={self.port}",
            *options,
        ]
        environment = {n: v for n, v in os.environ.items() if not n.startswith("HEADLIGHT_")}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True
            )

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Over a connection of its own, which any worker may take."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.get("/healthz")[0] == 200
        return False

    def listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("serve") / "log", "--workers=2")
    try:
        until(server.answers)
        # Both have begun: until then one alone would answer for all.
        until(lambda: server.log.read_text().count("Application startup complete") == 2)
        yield server
    finally:
        server.end()


def counted(text: str) -> float:
    pattern = r'headlight_requests_total\{method="GET",route="/healthz",status="200"\} (\S+)'
    return sum(map(float, re.findall(pattern, text)))


def test_metrics_of_any_worker_tell_of_all(served: Served) -> None:
    """A request is counted once its last byte is sent, which may be after its client asks on."""
    before = counted(served.get("/metrics")[1])
    shown = []
    for _ in range(40):
        served.get("/healthz")
        shown.append(counted(served.get("/metrics")[1]) - before)
    assert shown == sorted(shown)
    assert all(n - 1 <= each <= n for n, each in enumerate(shown, 1))
    until(lambda: counted(served.get("/metrics")[1]) - before == 40)


def test_who_asks_cannot_say_that_he_is_somebody_else(served: Served) -> None:
    served.get("/healthz?told", {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https"})
    until(lambda: "/healthz?told" in served.log.read_text())
    line = next(line for line in served.log.read_text().splitlines() if "?told" in line)
    assert "127.0.0.1" in line
    served.get("/healthz?escaped", {"X-Forwarded-For": "10.9.8.7\x1b[2J"})
    served.get("/healthz?%1b[2J%0aforged")
    until(lambda: "forged" in served.log.read_text())
    text = served.log.read_text()
    assert "10.9.8.7" not in text
    assert "\x1b" not in text
    assert not any(line.startswith("forged") for line in text.splitlines())


def test_workers_end_with_the_process_that_began_them(served: Served) -> None:
    """The last test of the server: it is gone then."""
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait(PATIENCE_S)
    until(lambda: not served.listens())
