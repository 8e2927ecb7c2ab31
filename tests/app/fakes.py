"""Models made by hand: small, exact, and as slow or as broken as a test needs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from headlight.models.core.errors import ModelUnavailable, UnknownModel, UnsupportedModel
from headlight.models.core.model import Encoding, ModelShape
from headlight.models.core.trace import OutputProjection, Sequence, Site, Token, Trace, Word
from headlight.models.text.tokens import check_text
from headlight.models.zoo.registry import ModelEntry, Status
from headlight.models.zoo.sources import LocalFolder

HEADS, D_HEAD, D_MODEL = 3, 11, 13
PATIENCE_S = 120  # a slow machine is no failure: only a test that fails waits so long


def sequence_of(text: str) -> Sequence:
    """Each word of the text, split at spaces, is one token, between two special ones."""
    tokens = [Token(1, "<s>", "<s>", None, None, 0, True, 0)]
    start = 0
    for part in text.split():
        start = text.index(part, start)
        end = start + len(part)
        tokens.append(Token(7, part, part, start, end, len(tokens), False, 0))
        start = end
    tokens.append(Token(2, "</s>", "</s>", None, None, len(tokens), True, 0))
    words = [
        Word(token.text, token.start, token.end, (pos,), token.special, 0)
        for pos, token in enumerate(tokens)
    ]
    return Sequence(tuple(tokens), tuple(words))


def site_of(
    kind: str, layer: int, queries: int, keys: int, *, w_o: bool = True, heads: int = HEADS
) -> Site:
    made = torch.Generator().manual_seed(layer)

    def some(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=made)

    mask = torch.ones(1, queries, keys, dtype=torch.bool).tril() if kind == "decoder" else None
    v = some(heads, keys, D_HEAD)
    projection = OutputProjection(some(heads, D_HEAD, D_MODEL), None) if w_o else None
    return Site(
        kind=kind,
        layer=layer,
        q=some(heads, queries, D_HEAD),
        k=some(heads, keys, D_HEAD),
        v=v,
        z=some(heads, queries, D_HEAD),
        scale=D_HEAD**-0.5,
        bias=some(1, queries, keys) if kind == "decoder" else None,
        mask=mask,
        projection=projection,
        output=some(queries, D_MODEL) if w_o else None,
    )


@dataclass
class FakeModel:
    """Two layers of each of its kinds. `gate` holds every run until it is set."""

    name: str
    kinds: tuple[str, ...] = ("encoder",)
    w_o: bool = True
    uneven: bool = False
    gate: threading.Event | None = None
    bug: Exception | None = None
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    runs: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def shape(self) -> ModelShape:
        return ModelShape(self.kinds, 2, HEADS, D_HEAD, D_MODEL, 29, 17)

    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        reads = sequence_of(check_text(text))
        if self.kinds == ("decoder",):
            return Encoding({}, None, reads)
        target = sequence_of(text_pair) if text_pair and "cross" in self.kinds else None
        return Encoding({}, reads, target, text_pair if target else None)

    def refusal(self, encoding: Encoding) -> None:
        """Reads any length."""

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        self.runs.append((text, text_pair))
        self.begun.release()
        if self.gate is not None:
            assert self.gate.wait(PATIENCE_S), "the test never opened the gate"
        if self.bug is not None:
            raise self.bug
        reads = sequence_of(check_text(text))
        writes = sequence_of(text_pair or "a b")
        encoder = reads if self.kinds != ("decoder",) else None
        decoder = reads if encoder is None else writes
        towers = {
            "encoder": (reads, reads),
            "decoder": (decoder, decoder),
            "cross": (writes, reads),
        }
        sites = tuple(
            site_of(
                kind,
                layer,
                len(towers[kind][0]),
                len(towers[kind][1]),
                w_o=self.w_o,
                heads=HEADS - (layer if self.uneven else 0),
            )
            for kind in self.kinds
            for layer in range(2)
        )
        return Trace(
            self.name,
            text,
            text_pair,
            sites,
            encoder=encoder,
            decoder=decoder if "decoder" in self.kinds else None,
            target=(text_pair or "a b") if "cross" in self.kinds else None,
        )


class FakeRegistry:
    """The registry's interface over models made by hand. A model may be slow to load."""

    def __init__(self, *models: FakeModel | Exception, loads: Callable[[str], None] | None = None):
        self.models = {m.name: m for m in models if isinstance(m, FakeModel)}
        self.broken = {f"broken{i}": m for i, m in enumerate(models) if isinstance(m, Exception)}
        names = [*self.models, *self.broken]
        self.entries = tuple(
            ModelEntry(name, name, "Made by hand.", None, LocalFolder(Path())) for name in names
        )
        self.default = names[0]
        self.loads = loads or (lambda name: None)
        self.loaded: set[str] = set()

    def entry(self, name: str) -> ModelEntry:
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise UnknownModel(f"there is no model {name!r}", argument="model")

    def status(self, name: str) -> Status:
        if name in self.broken:
            error = self.broken[name]
            remedy = error.remedy if isinstance(error, ModelUnavailable) else None
            return Status("unavailable", reason=str(error), remedy=remedy)
        ready = name in self.loaded
        return Status("ready" if ready else "loading", progress=None if ready else 0.5)

    def load(self, name: str) -> FakeModel:
        self.loads(name)
        if name in self.broken:
            raise self.broken[name]
        self.loaded.add(name)
        return self.models[name]


def unavailable() -> ModelUnavailable:
    return ModelUnavailable("the weights are not here", remedy="Put them here.")


def unsupported() -> UnsupportedModel:
    return UnsupportedModel("this family has no attention that can be seen")
