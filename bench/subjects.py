"""The models that are measured, and each one's bare forward to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from bench.texts import text_of
from headlight.models.capture.prepare import prepare
from headlight.models.core.edits import Edit, SetPattern, Temperature, Where, Window, ZeroAblation
from headlight.models.experiments.attribution import gradient_pattern
from headlight.models.experiments.effects import chance_band
from headlight.models.experiments.objective import Sentence, objective_of
from headlight.models.small.loading import SmallLoaded
from headlight.models.zoo.registry import SMALL_WEIGHTS, build_registry
from headlight.models.zoo.transformers import TransformersModel

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


class Editing:
    """A model that answers the same question again, with edits or gradients."""

    def __init__(self, subject: Subject, size: int) -> None:
        self.title = subject.title
        self._loaded = TransformersModel.from_folder(subject.name, subject.folder)
        self._trace = self._loaded.run(text_of(size, seed=size))
        assert self._trace.sites[0].query_len == size
        last = self._loaded.shape.layers - 1
        middle = size // 2
        head = Where("encoder", last // 2, heads=(1,))
        link = replace(head, queries=(middle,), keys=(middle - 1,))
        self.edits = {
            "one head off": Edit(head, ZeroAblation()),
            "one head's temperature": Edit(head, Temperature(2.0)),
            "one link cut": Edit(link, SetPattern(0.0, renormalise=True)),
            "a window on one head": Edit(head, Window(3)),
        }

    def plain(self) -> None:
        self._loaded.run(self._trace.text)

    def edited(self, edit: Edit) -> None:
        self._loaded.edited(self._trace, [edit])

    def gradient_pattern(self) -> None:
        """gradient x pattern of every link of every head, for the sentence's vector."""
        objective = objective_of(self._loaded, self._trace, Sentence())
        gradients = self._loaded.differentiate(self._trace, objective.of)
        for site in self._trace.sites:
            gradient_pattern(site, gradients.z[site.kind, site.layer], slice(None))

    def control(self) -> None:
        """The band of chance that stands beside an edit of three heads."""
        chance_band(self._loaded, self._trace, [("encoder", 0, head) for head in range(3)])


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
