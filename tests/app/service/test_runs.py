"""One run for all who ask for it, kept while it fits, never more work than the queue holds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from headlight.app.service.errors import Busy, ModelLoading, Stopping
from headlight.app.service.metrics import Metrics
from headlight.app.service.runs import RunService
from headlight.models.core.cancellation import check_cancelled
from headlight.models.core.errors import ModelUnavailable, UnknownModel
from headlight.models.core.trace import Trace
from tests.app.calls import until
from tests.app.fakes import PATIENCE_S, FakeModel, FakeRegistry, unavailable

NBYTES = FakeModel("plain").run("one two three").nbytes


def with_service(
    scenario: Callable[[RunService], Awaitable[Any]], *models: FakeModel, **options: Any
) -> RunService:
    """Runs a scenario on a loop of its own, where an error that nobody reads is a failure."""
    registry = options.pop("registry", None) or FakeRegistry(*models)
    limits = {
        "workers": 1,
        "threads": 1,
        "queue_limit": 5,
        "queue_wait_s": PATIENCE_S,
        "cache_bytes": 100 * NBYTES,
        "load_wait_s": PATIENCE_S,
    }
    service = RunService(registry, Metrics(), **{**limits, **options})
    unread: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unread.append(context))
        try:
            async with asyncio.timeout(PATIENCE_S):
                await scenario(service)
        finally:
            for model in registry.models.values():
                if model.gate is not None:
                    model.gate.set()
            await service.close()

    asyncio.run(main())
    assert unread == []
    return service


def value(service: RunService, name: str, **labels: str) -> float:
    return service.metrics.registry.get_sample_value(name, labels) or 0.0


def lookups(service: RunService, result: str) -> float:
    return value(service, "headlight_run_lookups_total", result=result)


def test_a_run_that_is_kept_is_not_made_again() -> None:
    model = FakeModel("plain")

    async def scenario(service: RunService) -> None:
        first = await service.trace("plain", "one two three")
        assert await service.trace("plain", "one two three") is first

    service = with_service(scenario, model)
    assert model.runs == [("one two three", None)]
    assert (lookups(service, "miss"), lookups(service, "hit")) == (1, 1)


def test_another_model_text_or_pair_is_another_run() -> None:
    plain, other = FakeModel("plain"), FakeModel("other")

    async def scenario(service: RunService) -> None:
        await service.trace("plain", "a")
        await service.trace("plain", "b")
        await service.trace("plain", "a", "b")
        await service.trace("other", "a")

    with_service(scenario, plain, other)
    assert plain.runs == [("a", None), ("b", None), ("a", "b")]
    assert other.runs == [("a", None)]


def test_identical_requests_at_the_same_time_share_one_run() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        callers = [asyncio.create_task(service.trace("plain", "a")) for _ in range(23)]
        await until(lambda: lookups(service, "shared") == 22)
        model.gate.set()
        traces = await asyncio.gather(*callers)
        assert len({id(trace) for trace in traces}) == 1

    with_service(scenario, model, queue_limit=0)
    assert len(model.runs) == 1


def test_a_run_that_fails_fails_for_all_who_share_it_and_is_tried_again() -> None:
    model = FakeModel("plain", gate=threading.Event(), bug=ValueError("once"))

    async def scenario(service: RunService) -> None:
        callers = [asyncio.create_task(service.trace("plain", "a")) for _ in range(3)]
        await until(lambda: lookups(service, "shared") == 2)
        model.gate.set()
        results = await asyncio.gather(*callers, return_exceptions=True)
        assert [str(result) for result in results] == ["once"] * 3
        model.bug = None
        assert isinstance(await service.trace("plain", "a"), Trace)

    service = with_service(scenario, model)
    assert len(model.runs) == 2
    assert value(service, "headlight_runs_total", outcome="failed") == 1


def test_the_oldest_run_leaves_when_bytes_run_out() -> None:
    model = FakeModel("plain")

    async def scenario(service: RunService) -> None:
        for text in ("a b c", "d e f", "a b c", "g h i", "a b c", "d e f"):
            await service.trace("plain", text)
            assert value(service, "headlight_cache_bytes") <= 2 * NBYTES

    service = with_service(scenario, model, cache_bytes=2 * NBYTES)
    assert [text for text, _ in model.runs] == ["a b c", "d e f", "g h i", "d e f"]
    assert value(service, "headlight_cache_runs") == 2


def test_a_run_larger_than_the_whole_cache_is_answered_and_not_kept() -> None:
    model = FakeModel("plain")

    async def scenario(service: RunService) -> None:
        for _ in range(2):
            assert (await service.trace("plain", "one two three")).nbytes == NBYTES

    service = with_service(scenario, model, cache_bytes=NBYTES - 1)
    assert len(model.runs) == 2
    assert value(service, "headlight_cache_bytes") == 0


def test_the_queue_holds_so_many_and_refuses_the_next() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        callers = [asyncio.create_task(service.trace("plain", f"text{i}")) for i in range(5)]
        await until(lambda: lookups(service, "miss") == 5)
        assert value(service, "headlight_queue_depth") == 3
        with pytest.raises(Busy) as refused:
            await service.trace("plain", "one more")
        assert refused.value.retry_s == 1
        model.gate.set()
        await asyncio.gather(*callers)
        await service.trace("plain", "one more")
        await until(lambda: value(service, "headlight_queue_depth") == 0)

    service = with_service(scenario, model, workers=2, queue_limit=3)
    assert value(service, "headlight_refused_total") == 1


def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        leaver, stayer = (asyncio.create_task(service.trace("plain", "a")) for _ in range(2))
        await until(lambda: lookups(service, "shared") == 1)
        leaver.cancel()
        await asyncio.gather(leaver, return_exceptions=True)
        assert leaver.cancelled()
        model.gate.set()
        assert isinstance(await stayer, Trace)

    with_service(scenario, model)
    assert len(model.runs) == 1


def test_a_run_that_has_begun_is_kept_though_its_caller_has_left() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        caller = asyncio.create_task(service.trace("plain", "a"))
        await asyncio.to_thread(model.begun.acquire)
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        model.gate.set()
        await until(lambda: value(service, "headlight_cache_runs") == 1)
        await service.trace("plain", "a")

    with_service(scenario, model)
    assert len(model.runs) == 1


def test_a_queued_run_that_nobody_waits_for_is_dropped_and_leaves_no_trace() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        first = asyncio.create_task(service.trace("plain", "first"))
        await until(lambda: lookups(service, "miss") == 1)
        leaver = asyncio.create_task(service.trace("plain", "second"))
        await until(lambda: lookups(service, "miss") == 2)
        leaver.cancel()
        await asyncio.gather(leaver, return_exceptions=True)
        again = asyncio.create_task(service.trace("plain", "second"))
        await until(lambda: lookups(service, "miss") == 3)
        model.gate.set()
        await first
        await again
        await until(lambda: not service._under_way and service._jobs == 0)

    service = with_service(scenario, model)
    assert [text for text, _ in model.runs] == ["first", "second"]
    assert value(service, "headlight_runs_total", outcome="dropped") == 1


def test_computing_counts_in_the_same_queue() -> None:
    gate = threading.Event()

    async def scenario(service: RunService) -> None:
        busy = asyncio.create_task(service.compute(gate.wait, PATIENCE_S))
        await until(lambda: service._jobs == 1)
        with pytest.raises(Busy):
            await service.trace("plain", "a")
        gate.set()
        assert await busy is True

    with_service(scenario, FakeModel("plain"), queue_limit=0)


def test_work_that_has_begun_ends_between_two_batches_when_its_caller_leaves() -> None:
    gate, begun, ended = threading.Event(), threading.Event(), threading.Event()
    batches: list[int] = []

    def work() -> None:
        try:
            for batch in range(3):
                check_cancelled()
                batches.append(batch)
                begun.set()
                gate.wait(PATIENCE_S)
        finally:
            ended.set()

    async def scenario(service: RunService) -> None:
        leaver = asyncio.create_task(service.compute_long(work))
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        leaver.cancel()
        await asyncio.gather(leaver, return_exceptions=True)
        gate.set()
        await asyncio.to_thread(ended.wait, PATIENCE_S)

    with_service(scenario, FakeModel("plain"))
    assert batches == [0]


def test_closing_ends_work_at_its_next_batch_and_tells_who_waits() -> None:
    gate, begun = threading.Event(), threading.Event()
    batches: list[int] = []

    def work() -> None:
        for batch in range(3):
            check_cancelled()
            batches.append(batch)
            begun.set()
            gate.wait(PATIENCE_S)

    async def scenario(service: RunService) -> None:
        waiting = asyncio.create_task(service.compute_long(work))
        await asyncio.to_thread(begun.wait)
        closing = asyncio.create_task(service.close())
        await until(service._stopping.is_set)
        with pytest.raises(Stopping, match="ask again in 5 seconds"):
            await service.trace("plain", "a")
        gate.set()
        with pytest.raises(Stopping):
            await waiting
        await closing
        assert isinstance(await service.trace("plain", "a"), Trace)  # it may start again

    with_service(scenario, FakeModel("plain"))
    assert batches == [0]


def test_nobody_leaves_on_behalf_of_another() -> None:
    gate, begun = threading.Event(), threading.Event()

    def work() -> str:
        begun.set()
        gate.wait(PATIENCE_S)
        check_cancelled()
        return "done"

    async def scenario(service: RunService) -> None:
        stays = asyncio.create_task(service.compute_long(work))
        await asyncio.to_thread(begun.wait, PATIENCE_S)
        leaver = asyncio.create_task(service.compute_long(work))
        await until(lambda: service._jobs == 2)
        leaver.cancel()
        await asyncio.gather(leaver, return_exceptions=True)
        gate.set()
        assert await stays == "done"

    with_service(scenario, FakeModel("plain"))


def test_nobody_waits_for_somebody_s_long_work() -> None:
    gate = threading.Event()

    async def scenario(service: RunService) -> None:
        long = asyncio.create_task(service.compute_long(gate.wait, PATIENCE_S))
        await until(lambda: service._jobs == 1)
        await service.trace("plain", "a")
        assert await service.compute(lambda: "short") == "short"
        assert not long.done()
        gate.set()
        assert await long is True

    with_service(scenario, FakeModel("plain"))


def test_the_event_loop_stays_free_while_a_model_runs() -> None:
    model = FakeModel("plain", gate=threading.Event())

    async def scenario(service: RunService) -> None:
        caller = asyncio.create_task(service.trace("plain", "a"))
        await asyncio.to_thread(model.begun.acquire)
        for _ in range(100):
            await asyncio.sleep(0)
        assert not caller.done()
        model.gate.set()
        await caller

    with_service(scenario, model)


def test_a_model_is_loaded_once_for_all_who_wait() -> None:
    loads: list[str] = []
    registry = FakeRegistry(FakeModel("plain"), loads=loads.append)

    async def scenario(service: RunService) -> None:
        await asyncio.gather(*(service.load("plain") for _ in range(7)))
        await service.load("plain")

    with_service(scenario, registry=registry)
    assert loads == ["plain"]


def test_a_load_goes_on_after_the_request_has_given_up() -> None:
    gate = threading.Event()
    loads: list[str] = []

    def slow(name: str) -> None:
        loads.append(name)
        gate.wait(PATIENCE_S)

    async def scenario(service: RunService) -> None:
        for _ in range(3):
            with pytest.raises(ModelLoading):
                await service.trace("plain", "a")
        gate.set()
        service.load_wait_s = PATIENCE_S
        assert isinstance(await service.trace("plain", "a"), Trace)

    with_service(scenario, registry=FakeRegistry(FakeModel("plain"), loads=slow), load_wait_s=0.02)
    assert loads == ["plain"]


def test_a_load_that_failed_is_tried_again() -> None:
    loads: list[str] = []
    registry = FakeRegistry(FakeModel("plain"), unavailable(), loads=loads.append)

    async def scenario(service: RunService) -> None:
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                await service.load("broken1")
        with pytest.raises(UnknownModel):
            await service.load("elmo")

    with_service(scenario, registry=registry)
    assert loads == ["broken1", "broken1"]
