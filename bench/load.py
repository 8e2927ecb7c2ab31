"""Many clients: answers a second beside the bare forward, and how long the unlucky wait."""

from __future__ import annotations

import random
import re
import threading
import urllib.request
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from bench.clients import Ask, ask, overviews_of, seeds
from bench.report import ms, ratio, table
from bench.subjects import Bare, Subject
from bench.texts import text_of
from headlight.models.zoo.transformers import TransformersModel

CLIENTS, TOKENS = 8, 27
TURNS, TURN_S = 5, 6.0
MANY, MIXED_S = 64, 300.0
MEGA = 1_000_000


def beside_bare(address: str, subject: Subject) -> str:
    """In turns: eight clients who each ask for the next overview, and the bare forward of such
    texts in a loop on all cores."""
    bare, loaded = Bare(subject), TransformersModel.from_folder(subject.name, subject.folder)
    inputs = [loaded.encode(text_of(TOKENS, next(seeds))).inputs for _ in range(64)]
    answers, forwards = [], []
    for _ in range(TURNS):
        asked = ask(address, CLIENTS, TURN_S, overviews_of(subject.name, TOKENS))
        answers.append(len(asked.every) / asked.seconds)
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
    asked = ask(address, MANY, MIXED_S, lambda rng: _anything(subject.name, rng))
    ended.set()
    watcher.join()
    every = asked.every
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


def _anything(model: str, rng: random.Random) -> Ask:
    """Mostly what a person does who types, looks, and points; now and then an experiment."""
    size = rng.choices((27, 64, 128, 512), (70, 15, 10, 5))[0]
    text = text_of(size, next(seeds))
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
        (5, ("/outputs", {"model": "small", "text": text_of(27, next(seeds))})),
        (5, ("/walk", {"text": text_of(20, next(seeds)), "layer": 3, "head": 0})),
        (
            3,
            ("/what-if", {**body, "text": text_of(27, next(seeds)), "edits": [_off(layer, head)]}),
        ),
        (2, ("/pairs", {**body, "other": " ".join([*words[:-2], "river", "stone"])})),
    ]
    weights, asks = zip(*choices, strict=True)
    path, asked = rng.choices(asks, weights)[0]
    return f"/api/v1{path}", asked


def _off(layer: int, head: int) -> dict[str, Any]:
    return {"do": "zero_ablation", "layer": layer, "heads": [head]}


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
