"""Models to edit: the plain run, the same run with edits, and one of each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import torch
from torch import Tensor

from headlight.models.capture.prepare import prepare
from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import (
    ActivationPatch,
    Change,
    Edit,
    MeanAblation,
    OnlyAlong,
    Renormalise,
    SetPattern,
    Temperature,
    Unscaled,
    Where,
    Window,
    ZeroAblation,
)
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Site, Trace
from headlight.models.small.config import SmallConfig
from headlight.models.small.loading import SmallLoaded
from headlight.models.small.model import SmallModel
from tests.models.families import SERVED, Family
from tests.models.speaking import TOKENIZER

ALL = slice(None)
FAMILIES = {str(family): family for family in SERVED}
HEAD, QUERY, KEY = 1, 3, 2
EDGES = ((0, 0), (2, 1), (QUERY, KEY), (QUERY, QUERY))


def changes(other: Trace) -> dict[str, Change]:
    """One of each; `other` is a run over another text of the same length."""
    return {
        "cold": Temperature(0.5),
        "hot": Temperature(3.0),
        "unscaled": Unscaled(),
        "window": Window(1),
        "edges": OnlyAlong(EDGES),
        "relu": Renormalise("relu"),
        "uniform": Renormalise("uniform"),
        "softmax": Renormalise("softmax"),
        "cut": SetPattern(0.0, renormalise=True),
        "thinned": SetPattern(0.0, renormalise=False),
        "set": SetPattern(0.6, renormalise=True),
        "raised": SetPattern(0.6, renormalise=False),
        "off": ZeroAblation(),
        "mean": MeanAblation(),
        "patch": ActivationPatch(other),
    }


def edit_at(site: Site, change: Change, *, heads: tuple[int, ...] | None = (HEAD,)) -> Edit:
    if isinstance(change, SetPattern):
        return Edit(Where(site.kind, site.layer, heads, (QUERY,), (KEY,)), change)
    return Edit(Where(site.kind, site.layer, heads), change)


def another(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Other tokens, or a fainter picture or sound, of the same length."""
    return {
        name: value
        if name == "attention_mask"
        else value.roll(1, -1)
        if value.dtype == torch.long
        else value * 0.7
        for name, value in inputs.items()
    }


def first_tensor(output: Any) -> Tensor:
    found: Tensor = output[0]
    return found


@dataclass(frozen=True)
class EditedRun:
    """What one edit at one site left behind; `plain` is the site without it."""

    name: str
    plain: Site
    edit: Edit
    sites: tuple[Site, ...]
    hidden: Tensor

    @property
    def site(self) -> Site:
        return next(
            s for s in self.sites if (s.kind, s.layer) == (self.plain.kind, self.plain.layer)
        )


@dataclass(frozen=True)
class Subject:
    """A model and its plain run; `run` runs it again with edits, `run_batch` runs many at once."""

    sites: tuple[Site, ...]
    hidden: Tensor
    changes: dict[str, Change]
    run: Callable[[Seq[Edit]], tuple[tuple[Site, ...], Tensor]]
    run_batch: Callable[[Seq[Mapping[BlockId, Intervention]]], Tensor]

    @property
    def edited_sites(self) -> list[Site]:
        """The second block of each kind: with one before it, and not all blocks."""
        return [site for site in self.sites if site.layer == 1]

    @cached_property
    def runs(self) -> list[EditedRun]:
        """One of each change at each of the edited sites."""
        return [
            EditedRun(name, site, edit, *self.run([edit]))
            for site, (name, change) in product(self.edited_sites, self.changes.items())
            if not (name == "window" and site.kind == "cross")
            for edit in (edit_at(site, change),)
        ]


def of_family(family: Family) -> Subject:
    captured = prepare(family.build(), family.inputs)
    sites, output = captured.run(**family.inputs)
    other = Trace("other", "", None, captured.run(**another(family.inputs))[0])

    def run(edits: Seq[Edit]) -> tuple[tuple[Site, ...], Tensor]:
        found, output = captured.run(interventions=interventions_of(edits, sites), **family.inputs)
        return found, first_tensor(output)[0]

    def run_batch(rows: Seq[Mapping[BlockId, Intervention]]) -> Tensor:
        return first_tensor(captured.run_batch(rows, **family.inputs))

    return Subject(sites, first_tensor(output)[0], changes(other), run, run_batch)


TEXT, OTHER_TEXT = "the law is law", "saw its saw law"


def small(**shape: object) -> SmallLoaded:
    torch.manual_seed(11)
    values = {"vocabulary": 97, "layers": 3, "heads": 3, "d_model": 30, "d_feedforward": 17}
    supervised = {"parent_head": None, "antecedent_head": None, "max_tokens": 67}
    model = SmallModel(SmallConfig.of({**values, **supervised, **shape}))
    for weight in model.parameters():
        if weight.dim() > 1:
            weight.data.normal_(0, 0.3)
    return SmallLoaded("small", model.eval(), TOKENIZER)


def of_loaded(model: LoadedModel, text: str, other: str) -> Subject:
    plain = model.run(text)

    def run(edits: Seq[Edit]) -> tuple[tuple[Site, ...], Tensor]:
        trace = model.edited(plain, edits)
        return trace.sites, last(trace)

    def run_batch(rows: Seq[Mapping[BlockId, Intervention]]) -> Tensor:
        return model.run_batch(plain, rows)

    return Subject(plain.sites, last(plain), changes(model.run(other)), run, run_batch)


def last(trace: Trace) -> Tensor:
    assert trace.hidden is not None
    return trace.hidden


def close(found: Tensor, wanted: Tensor, name: str, tolerance: float = 1e-5) -> None:
    """Within the tolerance, relative to the values where they exceed 1."""
    gap = (found - wanted).abs().max() / wanted.abs().max().clamp(min=1)
    assert float(gap) <= tolerance, f"{name}: {float(gap):.1e}"
