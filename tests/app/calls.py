"""Requests on the loop of a test, whose clients leave when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


async def call(
    app: FastAPI, path: str, body: bytes, leave: asyncio.Event, accept: bytes = b"*/*"
) -> list[dict[str, Any]]:
    """One request, whose client leaves when it is told to. What was sent to it."""
    sent: list[dict[str, Any]] = []
    unread = [body]

    async def receive() -> dict[str, Any]:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        "headers": [(b"content-type", b"application/json"), (b"accept", accept)],
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    return sent
