"""What a lesson's control costs: from the request that it sends to the last byte of the answer."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from bench.report import kilobytes, ms, table
from bench.server import Client

ROUNDS = 41
APPLES = "The apples are tasty, I bought three kilos."
SIZES = [2**power for power in range(10)]
SCORES = ["base", "dot", "additive", "relu", "tied_qk", "tied_kv", "tied_qkv"]

Requests = Callable[[int], list[tuple[str, dict[str, Any]]]]
"""What a control asks for in a round; each round sets it elsewhere."""


def _head(n: int) -> dict[str, Any]:
    return {"model": "small", "text": APPLES, "layer": 2, "head": n % 4}


CONTROLS: dict[str, Requests] = {
    "pooling: sharpness": lambda n: [("pooling", {**_head(1), "sharpness": n / 10})],
    "softmax: a": lambda n: [("softmax", {"scores": [n, n, 2 * n]})],
    "scale: d": lambda n: [("scale", {"d": 2 ** (n % 10)})],
    "scale: draw again": lambda n: [
        ("scale", {"d": 64, "seed": n}),
        ("scale", {"d": 1, "seed": n, "sweep": SIZES}),
    ],
    "scores: layer and head, seven models": lambda n: [
        ("twins", {"text": APPLES, "twins": SCORES, "layer": n % 2, "head": n % 4})
    ],
    "heads: how many": lambda n: [
        ("twins", {"text": APPLES, "twins": [["heads_1", "heads_2", "base", "heads_8"][n % 4]]})
    ],
    "order: shuffle": lambda n: [
        ("order", {"text": "Dog bites man", "order": [[0, 2, 1], [1, 0, 2], [2, 1, 0]][n % 3]})
    ],
    "masks: width of a window": lambda n: [("masks", {**_head(1), "mask": "window", "width": n})],
    "taggers: the full stop": lambda n: [("taggers", {"text": "I saw a saw" + " ." * (n % 2)})],
}


def lessons(address: str) -> str:
    """Each round sets every control elsewhere, one after the other, over one open connection."""
    client = Client(address)
    waits: dict[str, list[float]] = {name: [] for name in CONTROLS}
    sizes: dict[str, int] = {}
    for round_ in range(-2, ROUNDS):
        for name, asked in CONTROLS.items():
            begun, size = perf_counter(), 0
            for path, body in asked(round_ + 2):
                answer = client.post(f"/api/v1/learn/{path}", body)
                if answer.status != 200:
                    raise RuntimeError(f"/learn/{path} answered {answer.status}")
                size += answer.wire_bytes
            if round_ >= 0:
                waits[name].append(perf_counter() - begun)
                sizes[name] = size
    client.close()
    return table(
        ("control", "median, ms", "95th percentile, ms", "kB on the wire"),
        [
            (name, ms(median(each)), ms(quantiles(each, n=20)[-1]), kilobytes(sizes[name]))
            for name, each in waits.items()
        ],
    )
