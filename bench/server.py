"""A real server in a process of its own, as `headlight serve` starts it."""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE_S = 300


@contextmanager
def serving(*models: Path, cwd: Path = ROOT, **settings: str) -> Iterator[str]:
    """The address of a server that is ready; `settings` are of its environment."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "headlight.app.cli",
        "serve",
        f"--port={port}",
        "--log-level=warning",
    ]
    command += [f"--model={model}" for model in models]
    process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **settings})
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _free_port() -> int:
    """One below those that outgoing connections take, which would not leave it free for long."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as trial, suppress(OSError):
            trial.bind(("127.0.0.1", port))
            return port


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=30):
                return
        except urllib.error.HTTPError as not_ready:
            not_ready.close()
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the server was not ready within {PATIENCE_S} seconds")


@dataclass(frozen=True)
class Answer:
    status: int
    wire_bytes: int  # of the body, as it was sent
    encoding: str


class Client:
    """One connection, open from the start and kept open, as a browser keeps it."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)
        self._connection.connect()

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """From the request to the last byte of the answer."""
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"}
        self._connection.request("POST", path, json.dumps(body), headers)
        response = self._connection.getresponse()
        received = response.read()
        return Answer(response.status, len(received), response.getheader("Content-Encoding", ""))

    def overview(self, model: str, text: str) -> Answer:
        answer = self.post("/api/v1/overview", {"model": model, "text": text})
        if answer.status != 200:
            raise RuntimeError(f"/overview answered {answer.status}")
        return answer

    def close(self) -> None:
        self._connection.close()
