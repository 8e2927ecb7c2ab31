"""Run once per (model, text, pair): a bounded pool, a byte-bounded cache, one run for all.

    hit      the run is kept: no work
    shared   the same run is under way: wait for it with the others
    miss     a job in the pool makes it, off the event loop

Work of many runs has a pool of its own, so that nobody who looks at a picture waits for it.

A full queue refuses at once (Busy), and so does a service that is closing (Stopping). A caller
that leaves takes nothing from the others; a job that nobody waits for any more is dropped if it
has not begun, and ends between two batches if it has.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, ParamSpec, TypeVar

from cachetools import LRUCache

from app.errors import Busy, ModelLoading, Stopping
from app.metrics import Metrics
from models.loaded import LoadedModel
from models.reader import Encoding
from models.registry import Registry
from models.trace import Trace
from models.wanted import Unwanted, wanted_unless

P = ParamSpec("P")
R = TypeVar("R")
Key = tuple[str, str, str | None]

LOADERS = 2  # models that load at the same time; more would fight over the disk
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
        queue_limit: int,
        cache_bytes: int,
        load_wait_s: float,
    ) -> None:
        self.registry = registry
        self.metrics = metrics
        self.workers = workers
        self.queue_limit = queue_limit
        self.load_wait_s = load_wait_s
        self._kept: LRUCache[Key, Trace] = LRUCache(cache_bytes, getsizeof=nbytes)
        self._open()

    def _open(self) -> None:
        """Nothing under way. A pool has no thread before its first job."""
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="tensor")
        self._long = ThreadPoolExecutor(self.workers, thread_name_prefix="long")
        self._cutter = ThreadPoolExecutor(1, thread_name_prefix="text")
        self._loaders = ThreadPoolExecutor(LOADERS, thread_name_prefix="load")
        self._under_way: dict[Key, Shared[Trace]] = {}
        self._loading: dict[str, Shared[LoadedModel]] = {}
        self._jobs = 0
        self._stopping = threading.Event()

    async def load(self, model: str) -> LoadedModel:
        """The model, loaded now if it was not. ModelLoading when that takes too long."""
        self.registry.entry(model)
        loading = _alive(self._loading.get(model))
        if loading is None:
            job = self._loaders.submit(self.registry.load, model)
            loading = self._loading[model] = Shared(job, lambda job: self._loaded(model, job))
        try:
            return await loading.result(self.load_wait_s)
        except TimeoutError:
            raise ModelLoading(
                f"{model} is still loading; ask again in {RETRY_LOADING_S} seconds, "
                f"or watch its progress at /api/v1/models/{model}",
                field="model",
                headers={"Retry-After": str(RETRY_LOADING_S)},
            ) from None

    async def encode(
        self, model: str, text: str, text_pair: str | None = None
    ) -> tuple[LoadedModel, Encoding]:
        """The model and how it cuts the text; no limit on the length.

        In a thread of its own: a person who types never waits for somebody's run.
        """
        loaded = await self.load(model)
        job = self._submit(lambda: loaded.encode(text, text_pair), self._cutter)
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
        return await self._compute(self._pool, lambda: work(*args, **kwargs))

    async def compute_long(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Work that runs the model many times: shorter work passes it by."""
        return await self._compute(self._long, lambda: work(*args, **kwargs))

    async def _compute(self, pool: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        left, stopping = threading.Event(), self._stopping

        def job() -> R:
            with wanted_unless(lambda: left.is_set() or stopping.is_set()):
                return work()

        try:
            return await Shared(self._submit(job, pool), lambda _: None).result()
        except asyncio.CancelledError:
            left.set()
            raise
        except Unwanted:
            raise Stopping from None

    async def close(self) -> None:
        """Let the jobs that have begun finish, long ones at their next batch; drop the others.

        The app may start again.
        """
        self._stopping.set()
        loaders = self._loaders
        for under_way in (self._pool, self._long, self._cutter):
            await asyncio.to_thread(under_way.shutdown, wait=True, cancel_futures=True)
        loaders.shutdown(wait=False, cancel_futures=True)
        await asyncio.sleep(0)  # what the last jobs have told the loop is heard first
        self._open()

    def _loaded(self, model: str, job: Future[LoadedModel]) -> None:
        """A load that failed, or was dropped, is tried again by the next request."""
        loading = self._loading.get(model)
        if loading is not None and loading.job is job and _failed(job):
            del self._loading[model]

    def _begin(self, key: Key, loaded: LoadedModel) -> Shared[Trace]:
        _, text, text_pair = key
        job = self._submit(lambda: self._timed_run(loaded, text, text_pair))
        self.metrics.lookups.labels("miss").inc()
        run = self._under_way[key] = Shared(job, lambda _: self._ended(key, run))
        return run

    def _timed_run(self, loaded: LoadedModel, text: str, text_pair: str | None) -> Trace:
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

    def _submit(self, work: Callable[[], R], pool: ThreadPoolExecutor | None = None) -> Future[R]:
        if self._stopping.is_set():
            raise Stopping
        if self._jobs >= self.workers + self.queue_limit:
            self.metrics.refused.inc()
            raise Busy(
                f"{self._jobs} jobs are running or waiting, which is as many as fit; "
                f"ask again in {RETRY_BUSY_S} second",
                headers={"Retry-After": str(RETRY_BUSY_S)},
            )
        loop = asyncio.get_running_loop()
        job = (pool or self._pool).submit(work)
        self._count(+1)

        def free(_: Future[R]) -> None:
            with suppress(RuntimeError):  # the loop has closed: nobody counts
                loop.call_soon_threadsafe(self._count, -1)

        job.add_done_callback(free)
        return job

    def _count(self, change: int) -> None:
        self._jobs += change
        self.metrics.queued.set(max(0, self._jobs - self.workers))
