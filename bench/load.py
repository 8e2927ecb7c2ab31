"""Many clients: answers a second beside the bare forward, and how long the unlucky wait."""

from __future__ import annotations

import random
import re
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from bench.report import ms, ratio, table
from bench.server import Client
from bench.subjects import Bare, Subject
from bench.texts import text_of
from models.loading import TransformersModel

CLIENTS, TOKENS = 8, 27
TURNS, TURN_S = 5, 6.0
MANY, MIXED_S = 64, 300.0
MEGA = 1_000_000

_seeds = count(5_000_000)  # no text twice, so that no answer comes from the cache


def beside_bare(address: str, subject: Subject) -> str:
    """In turns: eight clients who each ask for the next overview, and the bare forward of such
    texts in a loop on all cores."""
    bare, loaded = Bare(subject), TransformersModel.from_folder(subject.name, subject.folder)
    inputs = [loaded.encode(text_of(TOKENS, next(_seeds))).inputs for _ in range(64)]
    answers, forwards = [], []
    for _ in range(TURNS):
        waits = _ask(address, CLIENTS, TURN_S, lambda _: _overview(subject.name, TOKENS)).waits
        answers.append(sum(map(len, waits.values())) / TURN_S)
        done, until = 0, perf_counter() + TURN_S
        while perf_counter() < until:
            bare.forward(inputs[done % len(inputs)])
            done += 1
        forwards.append(done / TURN_S)
    ratios = [a / b for a, b in zip(answers, forwards, strict=True)]
    row = (
        *(str(TOKENS), str(CLIENTS), f"{median(answers):.1f}", f"{median(forwards):.1f}"),
        *(ratio(median(ratios)), f"{min(ratios):.2f} to {max(ratios):.2f}"),
    )
    headings = (
        *("tokens", "clients", "answers a second", "bare forwards a second"),
        *("answers / forwards", "in the turns"),
    )
    return table(headings, [row])


def mixed(address: str, subject: Subject) -> tuple[str, str]:
    """64 clients who ask for all kinds of things for five minutes: waits, and memory meanwhile."""
    memory: list[tuple[str, float, float, float]] = []
    ended = threading.Event()

    def watch() -> None:
        begun = perf_counter()
        while True:
            rss, cache, models = _memory(address)
            memory.append((f"{(perf_counter() - begun) / 60:.0f}", rss, cache, models))
            if ended.wait(60):
                return

    _memory(address)
    watcher = threading.Thread(target=watch)
    watcher.start()
    asked = _ask(address, MANY, MIXED_S, lambda rng: _anything(subject.name, rng))
    ended.set()
    watcher.join()
    every = [wait for waits in asked.waits.values() for wait in waits]
    rows = [
        (path, f"{len(waits):,}", ms(median(waits)), ms(quantiles(waits, n=20)[-1]), ms(max(waits)))
        for path, waits in sorted(asked.waits.items())
    ]
    rows.append(
        (
            *("all", f"{len(every):,}", ms(median(every))),
            *(ms(quantiles(every, n=20)[-1]), ms(max(every))),
        )
    )
    headings = ("POST", "answers", "median, ms", "95th percentile, ms", "longest, ms")
    told = table(headings, rows)
    others = ", ".join(f"{n} of {status}" for status, n in sorted(asked.others.items()))
    told += f"\n\nAnswers other than 200: {others or 'none'}."
    held = table(
        ("minute", "process, MB", "of it runs kept, MB", "of it weights, MB"),
        [
            (minute, *(f"{each / MEGA:,.0f}" for each in (rss, cache, models)))
            for minute, rss, cache, models in memory
        ],
    )
    return told, held


Ask = tuple[str, dict[str, Any]]


def _overview(model: str, size: int) -> Ask:
    return "/api/v1/overview", {"model": model, "text": text_of(size, next(_seeds))}


def _anything(model: str, rng: random.Random) -> Ask:
    """Mostly what a person does who types, looks, and points; now and then an experiment."""
    size = rng.choices((27, 64, 128, 512), (70, 15, 10, 5))[0]
    text = text_of(size, next(_seeds))
    words = text.split()
    body: dict[str, Any] = {"model": model, "text": text}
    layer, head, pos = rng.randrange(6), rng.randrange(12), rng.randrange(1, size - 1)
    one = {"layer": layer, "head": head}
    choices: list[tuple[int, Ask]] = [
        (20, ("/tokens", body)),
        (25, ("/overview", body)),
        (15, ("/attention", {**body, "layers": [layer], "heads": [head]})),
        (15, ("/cell", {**body, **one, "query_pos": pos, "key_pos": pos})),
        (10, ("/heads/search", {**body, "query": words[0], "key": words[-1]})),
        (5, ("/outputs", {"model": "small", "text": text_of(27, next(_seeds))})),
        (5, ("/walk", {"text": text_of(20, next(_seeds)), "layer": 3, "head": 0})),
        (
            3,
            ("/what-if", {**body, "text": text_of(27, next(_seeds)), "edits": [_off(layer, head)]}),
        ),
        (2, ("/pairs", {**body, "other": " ".join([*words[:-1], "river", "stone"])})),
    ]
    weights, asks = zip(*choices, strict=True)
    path, asked = rng.choices(asks, weights)[0]
    return f"/api/v1{path}", asked


def _off(layer: int, head: int) -> dict[str, Any]:
    return {"do": "off", "layer": layer, "heads": [head]}


@dataclass
class _Asked:
    """Seconds of each wait by path, and how many answers had which other status than 200."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    others: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def _ask(
    address: str, clients: int, seconds: float, what: Callable[[random.Random], Ask]
) -> _Asked:
    """Clients who ask for the next thing as soon as they have the last, for some seconds; whoever
    is told to come again waits as long as asked."""
    asked, lock = _Asked(), threading.Lock()
    failures: list[Exception] = []
    ready = threading.Barrier(clients)

    def ask_on(number: int) -> None:
        rng, client = random.Random(number), Client(address)
        try:
            client.overview("bert", text_of(TOKENS, next(_seeds)))
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
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return asked


def _until(end: float, make: Callable[[], Ask]) -> Iterator[Ask]:
    while perf_counter() < end:
        yield make()


def _memory(address: str) -> tuple[float, float, float]:
    """Bytes of the server's process, of the runs that it keeps, and of its models."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=60) as answer:
        text = answer.read().decode()

    def value(name: str) -> float:
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    return (
        value("process_resident_memory_bytes"),
        value("headlight_cache_bytes"),
        value("headlight_model_bytes"),
    )
