"""The models that are measured, and each one's bare forward to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from models.capture import prepare
from models.loading import TransformersModel
from models.registry import SMALL_WEIGHTS, build_registry
from models.small.loading import SmallLoaded

RANDOM_BASE = "bert-base-random"


@dataclass(frozen=True)
class Subject:
    """One model: the name it is served under, its folder, and what it is called in tables."""

    name: str
    title: str
    folder: Path


def subjects(scratch: Path) -> tuple[Subject, Subject]:
    """MiniLM as it comes with the installation, and BERT-base with random weights.

    Speed does not depend on the weights, so that nothing has to be fetched.
    """
    mini = build_registry().entry("bert").origin.locate()
    assert mini is not None, "the bundled model is a dependency"
    base = scratch / RANDOM_BASE
    torch.manual_seed(0)
    BertModel(BertConfig()).save_pretrained(base)
    AutoTokenizer.from_pretrained(mini, model_max_length=512).save_pretrained(base)
    return (
        Subject("bert", "MiniLM, 6 x 12 heads", mini),
        Subject(RANDOM_BASE, "BERT-base, 12 x 12 heads", base),
    )


class Bare:
    """The model as transformers runs it at its fastest (sdpa): nothing captured, nothing sent."""

    def __init__(self, subject: Subject) -> None:
        self._model: Any = AutoModel.from_pretrained(
            subject.folder, attn_implementation="sdpa", dtype=torch.float32
        ).eval()

    def forward(self, inputs: dict[str, Any]) -> None:
        with torch.inference_mode():
            self._model(**inputs, use_cache=False)


class Capturing:
    """The same model as Headlight runs it."""

    def __init__(self, subject: Subject) -> None:
        self.loaded = TransformersModel.from_folder(subject.name, subject.folder)
        model: Any = AutoModel.from_pretrained(
            subject.folder, attn_implementation="eager", dtype=torch.float32
        ).eval()
        self._captured = prepare(model, self.loaded.encode("a b c").inputs)

    def forward(self, inputs: dict[str, Any]) -> None:
        with torch.inference_mode():
            self._captured.run(**inputs)

    def run(self, text: str) -> None:
        """From the text to a trace: cut, encoded, run."""
        self.loaded.run(text)


class Own:
    """The small model that ships. Its bare forward is its own pass, equation by equation."""

    def __init__(self) -> None:
        self.loaded = SmallLoaded.from_folder("small", SMALL_WEIGHTS)
        shape = self.loaded.shape
        self.title = f"small, {shape.layers} x {shape.heads} heads"

    def forward(self, inputs: dict[str, Any]) -> None:
        with torch.inference_mode():
            self.loaded.model(inputs["input_ids"])

    def run(self, text: str) -> None:
        """From the text to a trace: cut, encoded, run, and what the model says read off it."""
        self.loaded.run(text)


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Tensors are computed on one thread meanwhile."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def interleaved(*works: Callable[[], object], least: int = 9, seconds: float = 2.0) -> list[float]:
    """Median seconds of each piece of work, done in turns: A B C, A B C, ...

    A machine that slows down for a while then slows all of them alike.
    """
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    begun = perf_counter()
    while len(times[0]) < least or (perf_counter() - begun < seconds and len(times[0]) < 101):
        for work, mine in zip(works, times, strict=True):
            before = perf_counter()
            work()
            mine.append(perf_counter() - before)
    return [median(mine) for mine in times]
