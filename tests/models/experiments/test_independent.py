"""Edits of the shipped BERT beside another implementation: the library's own model in float64,
its attention replaced by a few plain lines that share nothing with the product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import BertModel
from transformers.models.bert import modeling_bert

from headlight.models.core.edits import (
    ActivationPatch,
    Change,
    Edit,
    MeanAblation,
    OnlyAlong,
    Renormalise,
    SetPattern,
    Temperature,
    Where,
    Window,
    ZeroAblation,
)
from headlight.models.core.model import LoadedModel
from headlight.models.experiments.effects import change_between
from headlight.models.experiments.objective import last_vectors
from headlight.models.zoo.registry import BUILT_IN, build_registry

TEXT, OTHER = "The Law is just, but its use is not.", "A cat was late, and her milk is hot."
LAYER, HEAD, QUERY = 2, 5, 3

Mixed = Callable[[Tensor, Tensor, Tensor], Tensor]
"""z [pos, d_head] of the edited head, of its scores [pos, pos], its v [pos, d_head], and the z
[pos, d_head] that it has over OTHER. One row of it is edited, QUERY."""


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return build_registry().load("bert")


@pytest.fixture(scope="module")
def exact() -> BertModel:
    """The same weights in float64."""
    folder = next(entry for entry in BUILT_IN if entry.name == "bert").origin.locate()
    found: BertModel = BertModel.from_pretrained(folder, attn_implementation="eager")
    found.double().eval()
    return found


def here(change: Change, keys: tuple[int, ...] | None = None) -> Edit:
    return Edit(Where("encoder", LAYER, (HEAD,), (QUERY,), keys), change)


def row_of(edited: Callable[[Tensor], Tensor]) -> Mixed:
    """z where one row of the pattern is another function of that row's scores."""

    def mixed(scores: Tensor, v: Tensor, _: Tensor) -> Tensor:
        pattern = scores.softmax(-1)
        pattern[QUERY] = edited(scores[QUERY])
        return pattern @ v

    return mixed


def only(scores: Tensor, keys: list[int]) -> Tensor:
    """Softmax over those keys alone."""
    row = torch.zeros_like(scores)
    row[keys] = scores[keys].softmax(0)
    return row


def linked(scores: Tensor, weight: float, *, renormalise: bool) -> Tensor:
    """`weight` on keys 1 and 4."""
    row = scores.softmax(0)
    row[[1, 4]] = 0
    if renormalise:
        row = row / row.sum() * (1 - 2 * weight)
    row[[1, 4]] = weight
    return row


def mean(scores: Tensor, v: Tensor, _: Tensor) -> Tensor:
    z = scores.softmax(-1) @ v
    z[QUERY] = z.mean(0)
    return z


def theirs(scores: Tensor, v: Tensor, other: Tensor) -> Tensor:
    z = scores.softmax(-1) @ v
    z[QUERY] = other[QUERY]
    return z


def all_at_once(scores: Tensor, v: Tensor, _: Tensor) -> Tensor:
    """Scores by 2, a window of 2, ReLU, a link set, and the mean: in that order."""
    row = torch.zeros_like(scores[QUERY])
    near = range(QUERY - 2, QUERY + 3)
    row[near] = (scores[QUERY, near] / 2).clamp_min(0)
    row[4] = 0
    row = row / row.sum() * 0.75
    row[4] = 0.25
    pattern = scores.softmax(-1)
    pattern[QUERY] = row
    z = pattern @ v
    z[QUERY] = z.mean(0)
    return z


CASES: dict[str, tuple[list[Edit], Mixed]] = {
    "off": ([here(ZeroAblation())], row_of(torch.zeros_like)),
    "temperature": ([here(Temperature(0.5))], row_of(lambda s: (2 * s).softmax(0))),
    "relu": ([here(Renormalise("relu"))], row_of(lambda s: s.relu() / s.relu().sum())),
    "uniform": ([here(Renormalise("uniform"))], row_of(lambda s: torch.full_like(s, 1 / len(s)))),
    "window": ([here(Window(1))], row_of(lambda s: only(s, [2, 3, 4]))),
    "edges": ([here(OnlyAlong(((3, 0), (3, 7))))], row_of(lambda s: only(s, [0, 7]))),
    "cut": (
        [here(SetPattern(0.0, renormalise=True), (1, 4))],
        row_of(lambda s: linked(s, 0.0, renormalise=True)),
    ),
    "cut alone": (
        [here(SetPattern(0.0, renormalise=False), (1, 4))],
        row_of(lambda s: linked(s, 0.0, renormalise=False)),
    ),
    "set": (
        [here(SetPattern(0.3, renormalise=True), (1, 4))],
        row_of(lambda s: linked(s, 0.3, renormalise=True)),
    ),
    "mean": ([here(MeanAblation())], mean),
    "all": (
        [
            here(MeanAblation()),
            here(SetPattern(0.25, renormalise=True), (4,)),
            here(Renormalise("relu")),
            here(Window(2)),
            here(Temperature(2.0)),
        ],
        all_at_once,
    ),
}


@pytest.mark.parametrize("name", [*CASES, "patch"])
def test_an_edit_moves_the_last_vectors_as_the_library_s_model_in_float64(
    model: LoadedModel, exact: BertModel, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plain = model.run(TEXT)
    edits, mixed = CASES.get(name) or ([here(ActivationPatch(model.run(OTHER)))], theirs)
    change = change_between(last_vectors(plain), last_vectors(model.edited(plain, edits)))
    ids = {text: model.encode(text).inputs for text in (TEXT, OTHER)}
    z_of_other: list[Tensor] = []
    before, _, after = (
        last_of(exact, monkeypatch, ids[text], z_of_other, edited)
        for text, edited in ((TEXT, None), (OTHER, None), (TEXT, mixed))
    )
    shift = (after - before).norm(dim=-1)
    torch.testing.assert_close(change.l2_distance.double(), shift, rtol=1e-4, atol=1e-5)
    turn = 1 - torch.nn.functional.cosine_similarity(before, after, dim=-1)
    torch.testing.assert_close(change.cosine_distance, turn, rtol=1e-3, atol=1e-9)
    assert float(shift[QUERY]) > 0.01


def last_of(
    exact: BertModel,
    monkeypatch: pytest.MonkeyPatch,
    inputs: Any,
    kept: list[Tensor],
    edited: Mixed | None,
) -> Tensor:
    """The last vectors [pos, d_model]; `kept` grows by z of the head, run by run."""
    blocks = 0

    def attention(
        _module: Any, q: Tensor, k: Tensor, v: Tensor, *_: Any, **__: Any
    ) -> tuple[Tensor, None]:
        nonlocal blocks
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        z = scores.softmax(-1) @ v
        if blocks == LAYER:
            if edited is not None:
                z[0, HEAD] = edited(scores[0, HEAD], v[0, HEAD], kept[-1])
            kept.append(z[0, HEAD])
        blocks += 1
        return z.transpose(1, 2).contiguous(), None

    monkeypatch.setattr(modeling_bert, "eager_attention_forward", attention)
    with torch.no_grad():
        found: Tensor = exact(**inputs).last_hidden_state[0]
    assert blocks == 6
    return found
