"""What capture costs: a run that leaves a trace beside the bare forward of the same model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bench.report import ms, ratio, table
from bench.subjects import Bare, Capturing, Editing, Own, Subject, interleaved, on_one_thread
from bench.texts import SIZES, text_of
from headlight.models.experiments.effects import DRAWS

EDITED_SIZES = (27, 128)
OWN_SIZES = (27,)  # a sentence: what the model was made for


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


def edited_runs(subject: Subject) -> str:
    """Both from the text to a trace: the edited run reads the text of the plain one again."""
    rows = []
    for size in EDITED_SIZES:
        editing = Editing(subject, size)
        edits = editing.edits
        works = [partial(editing.edited, edit) for edit in edits.values()]
        plain, *times = interleaved(editing.plain, *works, seconds=4.0)
        rows += [
            (name, str(size), ms(plain), ms(time), ratio(time / plain))
            for name, time in zip(edits, times, strict=True)
        ]
    return table(("edit", "tokens", "plain, ms", "edited, ms", "edited / plain"), rows)


def gradients(subject: Subject) -> str:
    """The trace is at hand; the model runs again with gradients, there and back."""
    rows = []
    for size in EDITED_SIZES:
        editing = Editing(subject, size)
        plain, there_and_back = interleaved(editing.plain, editing.gradient_pattern, seconds=4.0)
        times = (ms(plain), ms(there_and_back), ratio(there_and_back / plain))
        rows.append((subject.title, str(size), *times))
    return table(
        ("model", "tokens", "plain, ms", "gradient x pattern, ms", "gradient x pattern / plain"),
        rows,
    )


def control(subject: Subject) -> str:
    """What it takes to know what switching off any heads would change."""
    rows = []
    for size in EDITED_SIZES:
        editing = Editing(subject, size)
        plain, batch = interleaved(editing.plain, editing.control)
        rows.append((subject.title, str(size), ms(plain), ms(batch)))
    return table(("model", "tokens", "one plain run, ms", f"{DRAWS} draws at once, ms"), rows)


def own_runs() -> str:
    """Our own model on one thread; its texts are of its own vocabulary's tokens."""
    own, rows = Own(), []
    with on_one_thread():
        for size in OWN_SIZES:
            text = text_of(size, seed=size)
            inputs = own.loaded.encode(text).inputs
            assert inputs["input_ids"].shape == (1, size)
            plain, whole = interleaved(partial(own.forward, inputs), partial(own.run, text))
            rows.append((own.title, str(size), ms(plain), ms(whole), ratio(whole / plain)))
    return table(
        ("model", "tokens", "bare forward, ms", "text to trace, ms", "text to trace / bare"),
        rows,
    )
