"""Run once per (model, text, pair): bounded pools, a byte-bounded cache, one run for all.

    hit      the run is kept: no work
    shared   the same run is under way: wait for it with the others
    miss     a job in the pool makes it, off the event loop

Work of many runs has a pool of its own, of a lower priority, so that nobody who looks at a picture
waits for it; no caller holds all of its threads. A job computes on one thread, as many jobs at a
time as there are cores; a long one has all cores where nobody else waits.

Callers are served in turn (`app.service.pool`). A full queue refuses who asks for most (Busy), and
a job that has waited too long; a service that is closing refuses everybody (Stopping). A caller
that leaves takes nothing from the others; a job that nobody waits for any more is dropped if it
has not begun, and ends between two batches if it has.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Generic, ParamSpec, TypeVar

import torch
from cachetools import LRUCache

from headlight.app.service.errors import Busy, ModelLoading, Stopping
from headlight.app.service.metrics import Metrics
from headlight.app.service.pool import Pool, caller
from headlight.models.core.cancellation import Cancelled, cancel_when
from headlight.models.core.messages import Message
from headlight.models.core.model import Encoding, LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.zoo.registry import Registry

P = ParamSpec("P")
R = TypeVar("R")
Key = tuple[str, str, str | None]

LONG_THREADS = 2  # threads for work of many runs, for each worker
TOKENIZER_THREADS = 2  # texts that are cut at the same time: a long one holds up nobody who types
LOADERS = 2  # models that load at the same time; more would fight over the disk
LONG_BYTES = 512  # of UTF-8, about 128 tokens: from there on more threads make a run shorter
RETRY_BUSY_S = 1
RETRY_LOADING_S = 2


class Shared(Generic[R]):
    """A job in a thread that any number of callers wait for, each free to leave."""

    def __init__(self, job: Future[R], ended: Callable[[Future[R]], None]) -> None:
        self.job = job
        self.keep = False  # whether one of the callers wants the result kept
        self.waiting = 0
        loop = asyncio.get_running_loop()
        self._over = loop.create_future()

        def end() -> None:
            if not self._over.done():
                self._over.set_result(None)
            ended(job)

        def tell(_: Future[R]) -> None:
            with suppress(RuntimeError):  # the loop has closed: nobody waits
                loop.call_soon_threadsafe(end)

        job.add_done_callback(tell)

    async def result(self, timeout: float | None = None) -> R:
        """What the job gives, or TimeoutError. The last to leave drops a job not begun."""
        self.waiting += 1
        try:
            done, _ = await asyncio.wait({self._over}, timeout=timeout)
        except asyncio.CancelledError:
            if self.waiting == 1:
                self.job.cancel()
            raise
        finally:
            self.waiting -= 1
        if not done:
            raise TimeoutError
        return self.job.result()


def is_long(text: str, text_pair: str | None) -> bool:
    """Whether more threads than one make a run of the text shorter; told without cutting it."""
    return len((text + (text_pair or "")).encode(errors="replace")) > LONG_BYTES


def _holds_long(args: tuple[object, ...]) -> bool:
    """Whether the work is on the run of a long text. Of a short one all numbers are made on one
    thread, and so are the same to the last bit whoever asks at the same time."""
    return any(isinstance(arg, Trace) and is_long(arg.text, arg.text_pair) for arg in args)


def _begin_long() -> None:
    """A thread that the system lets wait for those on which somebody looks at a picture."""
    torch.get_num_threads()
    with suppress(AttributeError, OSError):  # only Linux has a priority by thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)


def nbytes(trace: Trace) -> int:
    """What keeping a trace costs, at least 1 so that an empty one still counts."""
    return max(1, trace.nbytes)


def _alive(shared: Shared[R] | None) -> Shared[R] | None:
    """Nothing can join a job that was dropped, though its end has not been told yet."""
    return None if shared is None or shared.job.cancelled() else shared


def _failed(job: Future[R]) -> bool:
    return job.cancelled() or job.exception() is not None


class RunService:
    """The only way from a route to tensors. Used on the event loop's thread only."""

    def __init__(
        self,
        registry: Registry,
        metrics: Metrics,
        *,
        workers: int,
        threads: int,
        queue_limit: int,
        queue_wait_s: float,
        cache_bytes: int,
        load_wait_s: float,
    ) -> None:
        self.registry = registry
        self.metrics = metrics
        self.workers = workers
        self.threads = threads
        self.queue_limit = queue_limit
        self.queue_wait_s = queue_wait_s
        self.load_wait_s = load_wait_s
        self._kept: LRUCache[Key, Trace] = LRUCache(cache_bytes, getsizeof=nbytes)
        self._open()

    def _open(self) -> None:
        """Nothing under way. A pool has no thread before its first job."""
        # Torch takes its number of threads by thread, once it has asked for it there.
        self._pool = Pool(self.workers, "tensor", torch.get_num_threads)
        # More threads than cores: the system gives each its slice, so that a short experiment
        # ends while a long one goes on; one is always left for somebody else.
        long = LONG_THREADS * self.workers
        self._long = Pool(long, "long", _begin_long, most=long - 1)
        self._tokenizers = Pool(TOKENIZER_THREADS, "text", torch.get_num_threads)
        self._pools = (self._pool, self._long, self._tokenizers)
        self._loaders = Pool(LOADERS, "load", self._use_all)
        self._under_way: dict[Key, Shared[Trace]] = {}
        self._loading: dict[str, Shared[LoadedModel]] = {}
        self._jobs = self._begun = 0
        self._stopping = threading.Event()

    async def load(self, model: str) -> LoadedModel:
        """The model, loaded now if it was not. ModelLoading when that takes too long."""
        self.registry.entry(model)
        loading = _alive(self._loading.get(model))
        if loading is None:
            job = self._loaders.submit(lambda: self.registry.load(model))
            loading = self._loading[model] = Shared(job, lambda job: self._loaded(model, job))
        try:
            return await loading.result(self.load_wait_s)
        except TimeoutError:
            raise ModelLoading(
                Message(
                    "{model} is still loading; ask again in {seconds} seconds",
                    model=model,
                    seconds=RETRY_LOADING_S,
                ),
                retry_s=RETRY_LOADING_S,
                model=model,
            ) from None

    async def encode(
        self, model: str, text: str, text_pair: str | None = None
    ) -> tuple[LoadedModel, Encoding]:
        """The model and how it cuts the text; no limit on the length.

        In a thread of its own: a person who types never waits for somebody's run.
        """
        loaded = await self.load(model)
        job = self._submit(lambda: loaded.encode(text, text_pair), self._tokenizers)
        return loaded, await Shared(job, lambda _: None).result()

    async def trace(
        self, model: str, text: str, text_pair: str | None = None, *, keep: bool = True
    ) -> Trace:
        """The captured run of that model on that text.

        Who goes through many texts does not `keep`: the runs that people look at stay.
        """
        key = (model, text, text_pair)
        kept = self._kept.get(key)
        if kept is not None:
            self.metrics.lookups.labels("hit").inc()
            return kept
        loaded = await self.load(model)
        run = _alive(self._under_way.get(key))
        if run is None:
            run = self._begin(key, loaded)
        else:
            self.metrics.lookups.labels("shared").inc()
        run.keep |= keep
        return await run.result()

    async def compute(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Any tensor work, in the same bounded pool."""
        return await self._compute(self._pool, lambda: work(*args, **kwargs), _holds_long(args))

    async def compute_text(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Work on a text that was cut, without a run: no run stands before it."""
        return await self._compute(self._tokenizers, lambda: work(*args, **kwargs), False)

    async def compute_long(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Work that runs the model many times: shorter work passes it by."""
        return await self._compute(self._long, lambda: work(*args, **kwargs), _holds_long(args))

    async def _compute(self, pool: Pool, work: Callable[[], R], long: bool) -> R:
        left, stopping = threading.Event(), self._stopping

        def job() -> R:
            self._use_threads(long)
            with cancel_when(lambda: left.is_set() or stopping.is_set()):
                return work()

        try:
            return await Shared(self._submit(job, pool), lambda _: None).result()
        except asyncio.CancelledError:
            left.set()
            raise
        except Cancelled:
            raise Stopping from None

    def jobs_begun(self) -> int:
        """How many jobs there have been."""
        return self._begun

    async def close(self) -> None:
        """Let the jobs that have begun finish, long ones at their next batch; drop the others.

        The app may start again.
        """
        self._stopping.set()
        for pool in self._pools:
            await asyncio.to_thread(pool.close)
        self._loaders.abandon()
        await asyncio.sleep(0)  # what the last jobs have told the loop is heard first
        self._open()

    def _loaded(self, model: str, job: Future[LoadedModel]) -> None:
        """Counts its weights; a load that failed, or was dropped, is tried again by the next
        request."""
        loading = self._loading.get(model)
        if loading is None or loading.job is not job:
            return
        if _failed(job):
            del self._loading[model]
        shapes = (self.registry.status(entry.name).shape for entry in self.registry.entries)
        self.metrics.model_bytes.set(sum(shape.nbytes for shape in shapes if shape is not None))

    def _begin(self, key: Key, loaded: LoadedModel) -> Shared[Trace]:
        _, text, text_pair = key
        job = self._submit(lambda: self._timed_run(loaded, text, text_pair))
        self.metrics.lookups.labels("miss").inc()
        run = self._under_way[key] = Shared(job, lambda _: self._ended(key, run))
        return run

    def _timed_run(self, loaded: LoadedModel, text: str, text_pair: str | None) -> Trace:
        self._use_threads(is_long(text, text_pair))
        begun = time.perf_counter()
        trace = loaded.run(text, text_pair)
        self.metrics.run_seconds.observe(time.perf_counter() - begun)
        return trace

    def _ended(self, key: Key, run: Shared[Trace]) -> None:
        job = run.job
        if self._under_way[key] is run:
            del self._under_way[key]
        if job.cancelled():
            self.metrics.runs.labels("dropped").inc()
        elif job.exception() is not None:
            self.metrics.runs.labels("failed").inc()
        else:
            self.metrics.runs.labels("done").inc()
            if run.keep:
                self._keep(key, job.result())

    def _keep(self, key: Key, trace: Trace) -> None:
        """Keep it if it fits at all: a run larger than the whole cache is only answered."""
        if nbytes(trace) <= self._kept.maxsize:
            self._kept[key] = trace
        self.metrics.kept_bytes.set(self._kept.currsize)
        self.metrics.kept_runs.set(len(self._kept))

    def _use_threads(self, long: bool) -> None:
        """In the thread of a job that begins: all cores for a long one that is alone."""
        torch.set_num_threads(self.threads if long and self._jobs == 1 else 1)

    def _use_all(self) -> None:
        torch.get_num_threads()
        torch.set_num_threads(self.threads)

    def _submit(self, work: Callable[[], R], pool: Pool | None = None) -> Future[R]:
        if self._stopping.is_set():
            raise Stopping
        if self._jobs >= self.workers + self.queue_limit:
            self._make_room()
        pool = pool or self._pool
        loop = asyncio.get_running_loop()
        job = pool.submit(work, caller.get())
        self._begun += 1
        self._count(+1)
        timer = loop.call_later(self.queue_wait_s, self._refuse_late, pool, job)

        def end() -> None:
            timer.cancel()
            self._count(-1)

        def free(_: Future[R]) -> None:
            with suppress(RuntimeError):  # the loop has closed: nobody counts
                loop.call_soon_threadsafe(end)

        job.add_done_callback(free)
        return job

    def _make_room(self) -> None:
        """Refuses the last job of the caller who waits for most. Raises Busy where that is the one
        who asks now."""
        waiting: Counter[str] = Counter()
        for pool in self._pools:
            waiting.update(pool.waiting())
        full = self._busy(
            Message("{jobs} jobs are running or waiting, which is as many as fit", jobs=self._jobs)
        )
        most, count = max(waiting.items(), key=lambda each: each[1], default=("", 0))
        if count <= waiting[caller.get()] + 1:
            self.metrics.refused.inc()
            raise full
        for pool in self._pools:
            if pool.refuse_last(most, full):
                self.metrics.refused.inc()
                return

    def _refuse_late(self, pool: Pool, job: Future[Any]) -> None:
        late = self._busy(
            Message(
                "this has waited {seconds} seconds for its turn",
                seconds=f"{self.queue_wait_s:g}",
            )
        )
        if pool.refuse(job, late):
            self.metrics.refused.inc()

    @staticmethod
    def _busy(problem: Message) -> Busy:
        return Busy(
            Message(
                "{problem}; ask again in {seconds} second",
                problem=problem,
                seconds=RETRY_BUSY_S,
            ),
            retry_s=RETRY_BUSY_S,
        )

    def _count(self, change: int) -> None:
        self._jobs += change
        self.metrics.queued.set(max(0, self._jobs - self.workers))
