"""What a request costs: POST /overview to the last byte, alone and among others."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles
from time import perf_counter

from bench.clients import ask, overviews_of, seeds
from bench.report import kilobytes, ms, ratio, table
from bench.server import Client
from bench.subjects import Bare, Subject
from bench.texts import SIZES, text_of
from headlight.models.zoo.transformers import TransformersModel

ROUNDS = 21
CLIENTS = (1, 4, 16)
CROWD_SIZES = (27, 128)
CROWD_S = 6.0


def overviews(address: str, subjects: Sequence[Subject]) -> str:
    """Each round asks for the overview of a new text, then runs the bare forward of that text."""
    rows = []
    for subject in subjects:
        bare, loaded = Bare(subject), TransformersModel.from_folder(subject.name, subject.folder)
        for size in SIZES:
            asked, forwards, wire, encodings = [], [], [], set()
            for round_ in range(-2, ROUNDS):
                text = text_of(size, next(seeds))
                inputs = loaded.encode(text).inputs
                client = Client(address)
                begun = perf_counter()
                answer = client.overview(subject.name, text)
                answered = perf_counter()
                client.close()
                bare.forward(inputs)
                done = perf_counter()
                if round_ < 0:
                    continue
                asked.append(answered - begun)
                forwards.append(done - answered)
                wire.append(answer.wire_bytes)
                encodings.add(answer.encoding or "none")
            plain, whole = median(forwards), median(asked)
            numbers = (ms(plain), ms(whole), ratio(whole / plain), kilobytes(median(wire)))
            rows.append((subject.title, str(size), *numbers, ", ".join(sorted(encodings))))
    return table(
        (
            *("model", "tokens", "bare forward, ms", "request to last byte, ms"),
            *("request / bare", "kB on the wire", "encoding"),
        ),
        rows,
    )


def crowds(address: str, subject: Subject) -> str:
    """Several clients that each ask for the next overview when they have the last."""
    rows = []
    for size in CROWD_SIZES:
        for clients in CLIENTS:
            asked = ask(address, clients, CROWD_S, overviews_of(subject.name, size))
            if asked.others:
                raise RuntimeError(f"/overview answered {dict(asked.others)}")
            waits = asked.every
            rows.append(
                (
                    *(str(size), str(clients), f"{len(waits) / asked.seconds:.1f}"),
                    *(ms(median(waits)), ms(quantiles(waits, n=20)[-1])),
                )
            )
    headings = (
        "tokens",
        "clients at once",
        "answers a second",
        "median, ms",
        "95th percentile, ms",
    )
    return table(headings, rows)
