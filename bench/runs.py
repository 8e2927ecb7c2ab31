"""What capture costs: a captured run beside the bare forward of the same model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bench.report import ms, ratio, table
from bench.subjects import Bare, Capturing, Subject, interleaved
from bench.texts import SIZES, text_of


def captured_runs(subjects: Sequence[Subject]) -> str:
    rows = []
    for subject in subjects:
        bare, capturing = Bare(subject), Capturing(subject)
        for size in SIZES:
            text = text_of(size, seed=size)
            inputs = capturing.loaded.encode(text).inputs
            assert inputs["input_ids"].shape == (1, size)
            plain, captured, whole = interleaved(
                partial(bare.forward, inputs),
                partial(capturing.forward, inputs),
                partial(capturing.run, text),
            )
            times = (ms(plain), ms(captured), ratio(captured / plain))
            rows.append((subject.title, str(size), *times, ratio(whole / plain)))
    return table(
        (
            "model",
            "tokens",
            "bare forward, ms",
            "captured, ms",
            "captured / bare",
            "text to trace / bare",
        ),
        rows,
    )
