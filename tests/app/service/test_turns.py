"""Threads, turns, and who is refused: how runs share one machine."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable
from typing import Any

import pytest
import torch

from headlight.app.service.errors import Busy
from headlight.app.service.pool import caller
from headlight.app.service.runs import RunService
from headlight.models.core.trace import Trace
from tests.app.calls import until
from tests.app.fakes import PATIENCE_S, FakeModel
from tests.app.service.test_runs import lookups, value, with_service


def test_a_short_run_takes_one_thread_and_a_long_one_all_where_it_is_alone() -> None:
    used: dict[str, int] = {}
    gate, begun = threading.Event(), threading.Event()

    class Counting(FakeModel):
        def run(self, text: str, text_pair: str | None = None) -> Trace:
            used[text] = torch.get_num_threads()
            return super().run(text, text_pair)

    def hold() -> None:
        begun.set()
        gate.wait(PATIENCE_S)

    long = "word " * 200

    async def scenario(service: RunService) -> None:
        await service.trace("plain", "short")
        await until(lambda: service._jobs == 0)
        await service.trace("plain", long)
        await until(lambda: service._jobs == 0)
        held = asyncio.create_task(service.compute(hold))
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        await service.trace("plain", "not alone " + long)
        gate.set()
        await held
        await until(lambda: service._jobs == 0)
        for text, threads in (("short", 1), (long, 3)):
            trace = await service.trace("plain", text)
            await until(lambda: service._jobs == 0)
            assert await service.compute_long(lambda _: torch.get_num_threads(), trace) == threads
            await until(lambda: service._jobs == 0)

    before = torch.get_num_threads()
    with_service(scenario, Counting("plain"), workers=2, threads=3)
    assert used == {"short": 1, long: 3, "not alone " + long: 1}
    assert torch.get_num_threads() == before


def asks_as(address: str, asks: Awaitable[Any]) -> asyncio.Task[Any]:
    """A request from that address."""

    async def request() -> Any:
        caller.set(address)
        return await asks

    return asyncio.create_task(request())


def test_where_the_queue_is_full_who_asks_for_most_is_refused() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        many = [asks_as("greedy", service.trace("plain", f"text{n}")) for n in range(4)]
        await asyncio.to_thread(model.begun.acquire)
        await until(lambda: lookups(service, "miss") == 4)
        modest = asks_as("modest", service.trace("plain", "mine"))
        with pytest.raises(Busy, match="4 jobs are running or waiting"):
            await many[3]
        with pytest.raises(Busy):
            await asks_as("greedy", service.trace("plain", "more"))
        model.gate.set()
        await asyncio.gather(modest, *many[:3])

    service = with_service(scenario, model, queue_limit=3)
    assert [text for text, _ in model.runs] == ["text0", "text1", "mine", "text2"]
    assert value(service, "headlight_refused_total") == 2


def test_nobody_waits_for_a_turn_without_bound() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        first = asyncio.create_task(service.trace("plain", "first"))
        await asyncio.to_thread(model.begun.acquire)
        with pytest.raises(Busy, match=r"waited 0\.05 seconds for its turn; ask again in 1 second"):
            await service.trace("plain", "second")
        model.gate.set()
        assert isinstance(await first, Trace)  # what has begun is finished

    service = with_service(scenario, model, queue_wait_s=0.05)
    assert [text for text, _ in model.runs] == ["first"]
    assert value(service, "headlight_refused_total") == 1


def test_who_types_waits_for_nobody_s_run_and_for_no_long_text() -> None:
    gate = threading.Event()

    async def scenario(service: RunService) -> None:
        busy = [asyncio.create_task(service.compute(gate.wait, PATIENCE_S)) for _ in range(3)]
        long = asyncio.create_task(service.compute_text(gate.wait, PATIENCE_S))
        await until(lambda: service._jobs == 4)
        _, encoding = await service.encode("plain", "as typed")
        assert await service.compute_text(lambda: encoding) is encoding
        assert not any(task.done() for task in (*busy, long))
        gate.set()
        await asyncio.gather(*busy, long)

    with_service(scenario, FakeModel("plain"))


def test_long_work_of_one_caller_leaves_a_thread_to_another() -> None:
    gate = threading.Event()

    async def scenario(service: RunService) -> None:
        many = [asks_as("greedy", service.compute_long(gate.wait, PATIENCE_S)) for _ in range(5)]
        await until(lambda: service._jobs == 5)
        assert await asks_as("modest", service.compute_long(lambda: "mine")) == "mine"
        assert not any(task.done() for task in many)
        gate.set()
        await asyncio.gather(*many)

    with_service(scenario, FakeModel("plain"), queue_limit=9)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority by thread")
def test_long_work_lets_short_work_go_first() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    async def scenario(service: RunService) -> None:
        own = await service.compute(priority)
        assert own == priority()
        assert await service.compute_long(priority) == max(own, 10)

    with_service(scenario, FakeModel("plain"))
