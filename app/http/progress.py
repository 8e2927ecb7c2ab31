"""Answers that take many steps: they tell how far they are, and end when their caller leaves.

As JSON, the answer comes at the end. As NDJSON, lines come as they are known:

    {"progress": {"done": 12, "of": 200}}
    {"result": {...}}    the last line, or {"error": {...}} in the shape of every other error

When the client leaves, `app.http.security.Body` cancels the route, and no further step is taken
that nobody else waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from fastapi import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from headlight.app.http.compute import computed
from headlight.app.http.deps import AppState
from headlight.app.http.encode import NDJSON, json_bytes
from headlight.app.http.errors import answer_to
from headlight.app.http.languages import in_language, speaking
from headlight.app.service.errors import Stopping
from headlight.app.service.jobs import Step, retry_when_busy
from headlight.models.core.trace import Trace


async def in_steps(
    state: AppState,
    request: Request,
    taken: AsyncGenerator[int],
    of: int,
    result: Callable[[], bytes],
) -> Response:
    """Waits for each of the steps, `of` in all, then answers with what `result` makes in the pool.

    `taken` tells 0, and after each step how many are done (`app.service.jobs`).
    """
    await anext(taken)  # now it is followed, before anybody else can leave
    if request.state.media_type == NDJSON:
        return in_language(Lines(_lines(state, taken, of, speaking(result))))
    async with aclosing(taken):
        async for _ in taken:
            pass
    return await computed(state, request, result)


class Lines(StreamingResponse):
    """Lines as they are known. Who makes them is told at once when the client has left."""

    def __init__(self, lines: AsyncGenerator[bytes]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(lines, headers=headers, media_type=NDJSON)
        self.lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self.lines):
            await super().__call__(scope, receive, send)


async def _lines(
    state: AppState, taken: AsyncGenerator[int], of: int, result: Callable[[], bytes]
) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(taken):
            yield _progress(0, of)
            async for done in taken:
                yield _progress(done, of)
        body = await retry_when_busy(lambda: state.runs.compute(result))
        yield b'{"result":' + body + b"}\n"
    except asyncio.CancelledError:  # the client has left, or the server stops: then it is told
        yield bytes(answer_to(Stopping()).body) + b"\n"
    except Exception as error:
        yield bytes(answer_to(error).body) + b"\n"


def _progress(done: int, of: int) -> bytes:
    return json_bytes({"progress": {"done": done, "of": of}}) + b"\n"


def read_into(
    state: AppState, text: tuple[str, str, str | None], take: Callable[[Trace], None]
) -> Step:
    """Runs one text and hands the run to `take`. It is not kept."""

    async def step() -> None:
        trace = await state.runs.trace(*text, keep=False)
        await retry_when_busy(lambda: state.runs.compute(take, trace))

    return step
