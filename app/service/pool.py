"""Threads that take the jobs of many callers in turn: who sends many waits behind himself.

Each caller has a line of its own. A thread that is free takes the first job of the caller whose
turn is next, whatever the length of the others' lines.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

R = TypeVar("R")

caller: ContextVar[str] = ContextVar("caller", default="")
"""Who asks: an address. Set by the outermost layer for each request."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    future: Future[Any]
    work: Callable[[], Any]

    def do(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.work()
        except Exception as error:
            self.future.set_exception(error)
        except BaseException as panic:  # of a library in another language; no thread dies of it
            told = RuntimeError(f"{type(panic).__name__}: {panic}")
            told.__cause__ = panic
            self.future.set_exception(told)
        else:
            self.future.set_result(result)


class Pool:
    """`threads` threads, begun at the first job. `begin` is called once in each.

    No caller holds more than `most` of them, all if None.
    """

    def __init__(
        self,
        threads: int,
        name: str,
        begin: Callable[[], object] | None = None,
        most: int | None = None,
    ) -> None:
        self._count, self._name, self._begin = threads, name, begin
        self._most = threads if most is None else most
        self._held: Counter[str] = Counter()
        self._lines: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False
        _all.add(self)

    def submit(self, work: Callable[[], R], caller: str = "") -> Future[R]:
        """Raises RuntimeError once the pool is closed."""
        job = _Job(Future(), work)
        with self._changed:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._lines.setdefault(caller, deque()).append(job)
            waiting = sum(map(len, self._lines.values()))
            if waiting > self._idle and len(self._threads) < self._count:
                name = f"{self._name}_{len(self._threads)}"
                thread = threading.Thread(target=self._take, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
            else:
                self._changed.notify()
        return job.future

    def waiting(self) -> dict[str, int]:
        """How many jobs of each caller wait for a thread."""
        with self._changed:
            return {
                name: sum(not job.future.cancelled() for job in line)
                for name, line in self._lines.items()
            }

    def refuse(self, future: Future[Any], error: Exception) -> bool:
        """Takes a job that has not begun out of its line; who waits for it gets the error."""
        with self._changed:
            job = self._remove(future)
        return job is not None and _fail(job, error)

    def refuse_last(self, caller: str, error: Exception) -> bool:
        """The same for the job that this caller sent last."""
        while True:
            with self._changed:
                line = self._lines.get(caller)
                job = self._remove(line[-1].future) if line else None
            if job is None:
                return False
            if _fail(job, error):
                return True

    def close(self) -> None:
        """Drops the jobs that wait, and waits for those that have begun."""
        self.abandon()
        for thread in self._threads:
            thread.join()

    def abandon(self) -> None:
        """Drops the jobs that wait, and does not wait for those that have begun."""
        with self._changed:
            self._closed = True
            dropped = [job for line in self._lines.values() for job in line]
            self._lines.clear()
            self._changed.notify_all()
        for job in dropped:
            job.future.cancel()

    def _remove(self, future: Future[Any]) -> _Job | None:
        for name, line in self._lines.items():
            for job in line:
                if job.future is future:
                    line.remove(job)
                    if not line:
                        del self._lines[name]
                    return job
        return None

    def _take(self) -> None:
        if self._begin is not None:
            self._begin()
        while (taken := self._next()) is not None:
            name, job = taken
            job.do()
            del job, taken  # what it holds is free while the thread waits
            with self._changed:
                self._held[name] -= 1
                if not self._held[name]:
                    del self._held[name]
                self._changed.notify()  # who may not hold more threads may now

    def _next(self) -> tuple[str, _Job] | None:
        """The job whose turn it is, and whose it is; None: the pool is closed."""
        with self._changed:
            self._idle += 1
            while (name := self._turn()) is None and not self._closed:
                self._changed.wait()
            self._idle -= 1
            if name is None:
                return None
            line = self._lines.pop(name)
            job = line.popleft()
            if line:  # the caller's next turn comes after everybody else's
                self._lines[name] = line
            self._held[name] += 1
            return name, job

    def _turn(self) -> str | None:
        """Whose turn it is, of those who wait and may hold one thread more."""
        return next((name for name in self._lines if self._held[name] < self._most), None)


_all: weakref.WeakSet[Pool] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """A thread that is inside torch when the interpreter ends would abort the process."""
    for pool in list(_all):
        pool.close()


def _fail(job: _Job, error: Exception) -> bool:
    """False for a job that somebody has dropped meanwhile."""
    if not job.future.set_running_or_notify_cancel():
        return False
    job.future.set_exception(error)
    return True
