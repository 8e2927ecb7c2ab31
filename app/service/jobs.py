"""Work of many steps, taken in order: by one caller, or by several who follow the same steps.

Each step is a job of its own in the pool, so that others get their turn in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from collections.abc import Sequence as Seq
from typing import Any, TypeVar

from headlight.app.service.errors import Busy

R = TypeVar("R")
Step = Callable[[], Awaitable[Any]]


async def retry_when_busy(step: Callable[[], Awaitable[R]]) -> R:
    """One step of work that has begun: where the queue is full it waits, and is not refused."""
    while True:
        try:
            return await step()
        except Busy as busy:
            await asyncio.sleep(busy.retry_s)


async def sequential(steps: Seq[Step]) -> AsyncGenerator[int]:
    """Takes the steps. First 0, then after each how many are done."""
    yield 0
    for done, step in enumerate(steps, start=1):
        await retry_when_busy(step)
        yield done


class SharedJob:
    """Steps that any number of callers follow, taken once.

    They begin with the first caller, and stop when the last one has left before the end. `last`
    is done after them, and is not counted. `over` is called, at least once, when nobody can join
    any more: all is done, something has failed, or everybody has left.
    """

    def __init__(self, steps: Seq[Step], last: Step, over: Callable[[SharedJob], None]) -> None:
        self.steps = steps
        self._last = last
        self._over = over
        self._followers = 0
        self._done = 0
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def follow(self) -> AsyncGenerator[int]:
        """First 0, then after each step how many are done; those taken before are told at once.

        Who has been told 0 follows, until they close it (`contextlib.aclosing`). Raises what a
        step raised.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._take())
            self._task.add_done_callback(self._end)
        self._followers += 1
        told = 0
        try:
            yield 0
            while True:
                while told < self._done:
                    told += 1
                    yield told
                if self._task.done():
                    self._task.result()
                    return
                await self._news.wait()
        finally:
            self._followers -= 1
            if not self._followers and not self._task.done():
                self._task.cancel()
                self._over(self)

    async def _take(self) -> None:
        async for done in sequential(self.steps):
            self._done = done
            self._tell()
        await retry_when_busy(self._last)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._over(self)
        self._tell()
        if not task.cancelled():
            task.exception()  # whoever still follows raises it

    def _tell(self) -> None:
        """Wakes those who wait now; who waits next waits for the next news."""
        self._news.set()
        self._news = asyncio.Event()
