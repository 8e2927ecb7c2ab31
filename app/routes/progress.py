"""Answers that take many steps: they tell how far they are, and end when their caller leaves.

As JSON, the answer comes at the end. As NDJSON, lines come as they are known:

    {"progress": {"done": 12, "of": 200}}
    {"result": {...}}    the last line, or {"error": {...}} in the shape of every other error

Each step is a job of its own in the pool, so that others get their turn in between. When the
client leaves, `app.security.Body` cancels the route, and no further step is taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from app.deps import House
from app.encode import NDJSON, json_bytes
from app.errors import Busy, answer_to
from app.routes.answering import computed
from app.runs import RETRY_BUSY_S

R = TypeVar("R")
Step = Callable[[], Awaitable[Any]]


async def in_steps(
    house: House, request: Request, steps: Iterable[Step], of: int, result: Callable[[], bytes]
) -> Response:
    """Takes the steps in order, `of` in all, then answers with what `result` makes in the pool."""
    if request.state.media_type == NDJSON:
        lines = _lines(house, steps, of, result)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(lines, headers=headers, media_type=NDJSON)
    for step in steps:
        await patient(step)
    return await computed(house, request, result)


async def patient(step: Callable[[], Awaitable[R]]) -> R:
    """One step of work that has begun: where the queue is full it waits, and is not refused."""
    while True:
        try:
            return await step()
        except Busy:
            await asyncio.sleep(RETRY_BUSY_S)


async def _lines(
    house: House, steps: Iterable[Step], of: int, result: Callable[[], bytes]
) -> AsyncIterator[bytes]:
    try:
        yield _progress(0, of)
        for done, step in enumerate(steps, start=1):
            await patient(step)
            yield _progress(done, of)
        body = await patient(lambda: house.runs.compute(result))
        yield b'{"result":' + body + b"}\n"
    except Exception as error:
        yield bytes(answer_to(error).body) + b"\n"


def _progress(done: int, of: int) -> bytes:
    return json_bytes({"progress": {"done": done, "of": of}}) + b"\n"
