"""Clients that ask one server at once, each for the next thing when it has the last."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import Any

from bench.server import Client
from bench.texts import text_of

seeds = count(1_000_000)  # no text twice, so that no answer comes from the cache

Ask = tuple[str, dict[str, Any]]
"""Where, and the body."""


def overviews_of(model: str, size: int) -> Callable[[random.Random], Ask]:
    """Asks for all heads of a new text, each time."""
    return lambda _: ("/api/v1/overview", {"model": model, "text": text_of(size, next(seeds))})


@dataclass
class Asked:
    """Seconds of each wait by path, and how many answers had which other status than 200."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    others: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    seconds: float = 0.0  # that it all took

    @property
    def every(self) -> list[float]:
        return [wait for waits in self.waits.values() for wait in waits]


def ask(address: str, clients: int, seconds: float, what: Callable[[random.Random], Ask]) -> Asked:
    """Clients who ask for the next thing as soon as they have the last, for some seconds; whoever
    is told to come again waits as long as asked. The first answer of each is not counted."""
    asked, lock = Asked(), threading.Lock()
    failures: list[Exception] = []
    ready = threading.Barrier(clients + 1)

    def ask_on(number: int) -> None:
        rng, client = random.Random(number), Client(address)
        try:
            client.post(*what(rng))
            ready.wait()
            for path, body in _until(perf_counter() + seconds, lambda: what(rng)):
                begun = perf_counter()
                answer = client.post(path, body)
                waited = perf_counter() - begun
                with lock:
                    asked.waits[path.removeprefix("/api/v1")].append(waited)
                    if answer.status != 200:
                        asked.others[answer.status] += 1
                if answer.status == 503:
                    time.sleep(1)
        except Exception as error:
            failures.append(error)
            ready.abort()
        finally:
            client.close()

    threads = [threading.Thread(target=ask_on, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        ready.wait()
    begun = perf_counter()
    for thread in threads:
        thread.join()
    asked.seconds = perf_counter() - begun
    if failures:
        raise failures[0]
    return asked


def _until(end: float, make: Callable[[], Ask]) -> Iterator[Ask]:
    while perf_counter() < end:
        yield make()
