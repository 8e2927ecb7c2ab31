"""Callers in turn, jobs that end early, and panics of libraries, in threads."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError

import pytest

from headlight.app.service.pool import Pool
from tests.app.fakes import PATIENCE_S


class Held:
    """A pool of one thread that is busy until it is let go, and the order of what it then does."""

    def __init__(self) -> None:
        self.pool = Pool(1, "test")
        self.gate, self.order = threading.Event(), list[str]()
        begun = threading.Event()

        def hold() -> None:
            begun.set()
            self.gate.wait(PATIENCE_S)

        self.pool.submit(hold, "first")
        assert begun.wait(PATIENCE_S)

    def send(self, caller: str, name: str):  # type: ignore[no-untyped-def]
        return self.pool.submit(lambda: self.order.append(name), caller)

    def let_go(self) -> list[str]:
        last = self.pool.submit(lambda: None, "the very last")
        self.gate.set()
        last.result(PATIENCE_S)
        while self.pool.waiting():
            self.pool.submit(lambda: None, "the very last").result(PATIENCE_S)
        return self.order


def test_who_sends_many_waits_behind_himself() -> None:
    held = Held()
    for n in range(4):
        held.send("greedy", f"greedy{n}")
    held.send("modest", "modest0")
    held.send("modest", "modest1")
    held.send("late", "late0")
    assert held.let_go() == [
        *("greedy0", "modest0", "late0", "greedy1", "modest1", "greedy2", "greedy3"),
    ]


def test_one_caller_s_jobs_are_done_in_their_order() -> None:
    held = Held()
    for n in range(20):
        held.send("one", str(n))
    assert held.let_go() == [str(n) for n in range(20)]


def test_a_job_that_waits_can_be_refused_and_its_caller_is_told() -> None:
    held = Held()
    first, second = held.send("a", "first"), held.send("a", "second")
    assert held.pool.waiting() == {"a": 2}
    assert held.pool.refuse(first, ValueError("too late"))
    assert not held.pool.refuse(first, ValueError("twice"))
    assert held.pool.waiting() == {"a": 1}
    with pytest.raises(ValueError, match="too late"):
        first.result(0)
    assert held.let_go() == ["second"]
    second.result(PATIENCE_S)
    assert not held.pool.refuse(second, ValueError("it is done"))


def test_the_last_job_of_a_caller_is_the_one_that_has_not_left() -> None:
    held = Held()
    stays, leaves = held.send("a", "stays"), held.send("a", "leaves")
    held.send("b", "other")
    leaves.cancel()
    assert held.pool.waiting() == {"a": 1, "b": 1}
    assert held.pool.refuse_last("a", ValueError("full"))
    assert isinstance(stays.exception(0), ValueError)
    assert not held.pool.refuse_last("a", ValueError("nobody"))
    assert held.let_go() == ["other"]


def test_as_many_jobs_at_once_as_threads() -> None:
    pool, meeting = Pool(3, "test"), threading.Barrier(3, timeout=PATIENCE_S)
    jobs = [pool.submit(meeting.wait, "one") for _ in range(3)]
    assert sorted(job.result(PATIENCE_S) for job in jobs) == [0, 1, 2]
    pool.close()


def test_no_caller_holds_more_threads_than_it_may() -> None:
    pool, gate = Pool(3, "test", most=2), threading.Event()
    begun: list[str] = []

    def hold(name: str) -> None:
        begun.append(name)
        gate.wait(PATIENCE_S)

    jobs = [pool.submit(lambda n=n: hold(f"greedy{n}"), "greedy") for n in range(4)]
    assert pool.submit(lambda: "let in", "other").result(PATIENCE_S) == "let in"
    assert sorted(begun) == ["greedy0", "greedy1"]
    assert pool.waiting() == {"greedy": 2}
    gate.set()
    for job in jobs:
        job.result(PATIENCE_S)
    assert begun[2:] == ["greedy2", "greedy3"]
    assert not pool._held or until_empty(pool)
    pool.close()


def until_empty(pool: Pool) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while pool._held and time.monotonic() < deadline:
        time.sleep(0.001)
    return not pool._held


def test_jobs_sent_at_once_to_a_pool_at_rest_are_done_at_once() -> None:
    """A thread that was told of one job is not free for the next."""
    pool, meeting = Pool(2, "test"), threading.Barrier(2, timeout=PATIENCE_S)
    for _ in range(50):
        pool.submit(lambda: None).result(PATIENCE_S)
        for job in [pool.submit(meeting.wait) for _ in range(2)]:
            job.result(PATIENCE_S)
    pool.close()


def test_a_thread_that_is_free_takes_a_job_before_another_thread_is_begun() -> None:
    pool, begun = Pool(8, "test", lambda: names.append(threading.current_thread().name)), None
    names: list[str] = []
    for _ in range(20):
        begun = pool.submit(lambda: None)
        begun.result(PATIENCE_S)
        while not pool._idle:  # it has told the result, and is on its way back
            pass
    assert names == ["test_0"]
    pool.close()


class Panic(BaseException):
    """What PyO3 raises for a panic is no Exception either."""


def test_a_panic_is_told_as_an_error_and_the_thread_goes_on() -> None:
    pool = Pool(1, "test")

    def panic() -> None:
        raise Panic("index out of bounds")

    with pytest.raises(RuntimeError, match="Panic: index out of bounds") as caught:
        pool.submit(panic).result(PATIENCE_S)
    assert isinstance(caught.value.__cause__, Panic)
    assert pool.submit(lambda: "next").result(PATIENCE_S) == "next"
    pool.close()


def test_closing_drops_what_waits_and_ends_what_has_begun() -> None:
    held = Held()
    waits = held.send("a", "never")
    closing = threading.Thread(target=held.pool.close)
    closing.start()
    with pytest.raises(CancelledError):
        waits.result(PATIENCE_S)
    assert closing.is_alive()
    held.gate.set()
    closing.join(PATIENCE_S)
    assert held.order == []
    assert not closing.is_alive()
    with pytest.raises(RuntimeError, match="closed"):
        held.send("a", "too late")


def test_a_process_that_ends_waits_for_jobs_that_have_begun() -> None:
    code = (
        "import time; from headlight.app.service.pool import Pool; pool = Pool(1, 'p');"
        "pool.submit(lambda: (time.sleep(0.5), print('done', flush=True)));"
        "pool.submit(lambda: print('never', flush=True)); time.sleep(0.2); pool.abandon()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "done\n"
