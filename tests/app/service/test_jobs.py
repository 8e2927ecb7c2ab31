"""Steps that several callers follow: taken once, for as long as anybody follows."""

from __future__ import annotations

import asyncio

import pytest

from headlight.app.service.jobs import SharedJob, Step
from tests.app.calls import until


def counted(taken: list[int], gate: asyncio.Event, count: int = 5) -> list[Step]:
    async def step(index: int) -> None:
        taken.append(index)
        if index:
            await gate.wait()

    return [lambda index=index: step(index) for index in range(count)]  # type: ignore[misc]


async def nothing() -> None:
    """A last step that does nothing."""


def test_nothing_is_begun_before_somebody_follows_or_after_the_last_has_left() -> None:
    taken: list[int] = []
    over: list[SharedJob] = []

    async def main() -> None:
        gate = asyncio.Event()
        work = SharedJob(counted(taken, gate), nothing, over.append)
        await asyncio.sleep(0)
        assert taken == []
        one, other = work.follow(), work.follow()
        assert [await anext(one), await anext(other), await anext(one)] == [0, 0, 1]
        await until(lambda: taken == [0, 1])
        await one.aclose()  # between two of its lines
        assert over == []
        await other.aclose()
        assert over == [work]
        gate.set()
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})

    asyncio.run(main())
    assert taken == [0, 1]


def test_each_step_is_taken_once_in_order_and_told_to_everyone() -> None:
    taken: list[int] = []
    last: list[list[int]] = []
    over: list[SharedJob] = []

    async def main() -> None:
        gate = asyncio.Event()
        gate.set()

        async def keep() -> None:
            last.append(list(taken))

        work = SharedJob(counted(taken, gate), keep, over.append)
        early = work.follow()
        told = [await anext(early), await anext(early), await anext(early)]
        late = [done async for done in work.follow()]
        told += [done async for done in early]
        assert told == late == [0, 1, 2, 3, 4, 5]

    asyncio.run(main())
    assert last == [[0, 1, 2, 3, 4]]
    assert over


def test_what_a_step_raises_reaches_each_who_follows() -> None:
    async def main() -> None:
        async def fails() -> None:
            raise ValueError("no")

        work = SharedJob([nothing, fails, nothing], nothing, lambda _: None)
        for _ in range(2):
            follower = work.follow()
            assert [await anext(follower), await anext(follower)] == [0, 1]
            with pytest.raises(ValueError, match="no"):
                await anext(follower)

    asyncio.run(main())
