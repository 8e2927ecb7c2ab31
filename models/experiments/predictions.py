"""What edits do to what a model says: every prediction before and after.

    kl                sum_c p_c ln(p_c / q_c), p before and q after, over all classes; nats
                      (Kullback and Leibler 1951)
    total_variation   half of sum_c |p_c - q_c|, 0 .. 1

Tags, masks and the next token are read off last vectors by the model's output heads; parents and
antecedents are rows of the heads that were taught to point, classes being their keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.model import LoadedModel
from headlight.models.core.outputs import CANDIDATES, OutputKind, Pointer, Task
from headlight.models.core.trace import Sequence, Trace

ROWS = 16  # distributions at once: over a quarter of a million pieces, 32 MB each
WHOLE = 1e-4  # a row whose sum is farther from 1 is no distribution


@dataclass(frozen=True, slots=True)
class Shift:
    """The probability of one class. `key_pos` is the position that a pointer points to."""

    name: str
    before: float
    after: float
    key_pos: int | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """One thing that a model says, before and after edits.

    `position` is a token of the sequence that speaks, the decoder's where there are two; `word`
    is its word where the prediction is of a word. `candidates` are the most probable of before
    and of after, by the larger of the two. `kl` is None where it is infinite (a key that had
    weight has none) or a row does not sum to 1 any more.
    """

    said: OutputKind | Task
    position: int
    word: int | None
    kl: float | None
    total_variation: float
    candidates: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    position: int
    word: int | None = None


def predictions_between(model: LoadedModel, plain: Trace, edited: Trace) -> tuple[Prediction, ...]:
    """All that the model says of the plain text, in the order of `Outputs`; () for a model that
    says nothing. `edited` is the same text, with edits."""
    if plain.outputs is None:
        return ()
    found: list[Prediction] = []
    for said, places in _places(plain).items():
        for start in range(0, len(places), ROWS):
            found += _read(model, said, places[start : start + ROWS], plain, edited)
        if said == "tag":
            found += _pointed(plain, edited, "parent", plain.outputs.parents)
            found += _pointed(plain, edited, "antecedent", plain.outputs.antecedents)
    return tuple(found)


def largest_kl(
    model: LoadedModel, plain: Trace, vectors: Float[Tensor, "row pos d_model"]
) -> list[float | None]:
    """Of each of many edited runs, the largest kl of what is read off its last vectors; None for
    a model that reads nothing off them. Pointers are not among them."""
    largest: list[float | None] = [None] * len(vectors)
    for said, places in _places(plain).items():
        positions = [place.position for place in places]
        for start in range(0, len(positions), ROWS):
            some = positions[start : start + ROWS]
            before = _log_shares(model, said, _last(plain)[some])
            together = max(1, ROWS // len(some))
            for first in range(0, len(vectors), together):
                rows = vectors[first : first + together, some]
                after = _log_shares(model, said, rows.flatten(0, 1)).unflatten(0, rows.shape[:2])
                worst = _kl(before, after).amax(-1)
                for row, kl in enumerate(worst.tolist(), start=first):
                    largest[row] = max(kl, largest[row] or 0.0)
    return largest


def _places(plain: Trace) -> dict[OutputKind, list[_Place]]:
    """Where the model says what, of that which it reads off its last vectors."""
    outputs = plain.outputs
    if outputs is None:
        return {}
    first = _speaking(plain).words
    return {
        "tag": [_Place(first[tag.word].tokens[0], tag.word) for tag in outputs.tags],
        "fill": [_Place(fill.position) for fill in outputs.fills],
        "next": [] if outputs.next is None else [_Place(outputs.next.position)],
    }


def _read(
    model: LoadedModel, said: OutputKind, places: list[_Place], plain: Trace, edited: Trace
) -> Iterator[Prediction]:
    positions = [place.position for place in places]
    before, after = (_log_shares(model, said, _last(run)[positions]) for run in (plain, edited))
    each = zip(places, before.exp(), after.exp(), _kl(before, after).tolist(), strict=True)
    for place, p, q, kl in each:
        shifts = tuple(
            Shift(model.name_of(said, index), float(p[index]), float(q[index]))
            for index in _foremost(p, q)
        )
        yield Prediction(said, place.position, place.word, kl, _variation(p, q), shifts)


def _pointed(
    plain: Trace, edited: Trace, task: Task, pointers: tuple[Pointer, ...]
) -> Iterator[Prediction]:
    """The rows of the head that was taught this, one for each word that points."""
    supervised = next((each for each in plain.supervised if each.task == task), None)
    if supervised is None or not pointers:
        return
    rows, keys = plain.query_sequence(supervised.kind), plain.key_sequence(supervised.kind)
    positions = [rows.words[pointer.word].tokens[0] for pointer in pointers]
    before, after = (
        run.site(supervised.kind, supervised.layer)
        .pattern([supervised.head])[0, positions]
        .double()
        for run in (plain, edited)
    )
    for pointer, position, p, q in zip(pointers, positions, before, after, strict=True):
        shifts = tuple(
            Shift(keys.tokens[key].text, float(p[key]), float(q[key]), key)
            for key in _foremost(p, q)
        )
        kl = _row_kl(p, q)
        yield Prediction(task, position, pointer.word, kl, _variation(p, q), shifts)


def _log_shares(
    model: LoadedModel, said: OutputKind, vectors: Float[Tensor, "n d_model"]
) -> Float[Tensor, "n class"]:
    """Logarithms of probabilities, float64."""
    return model.logits(said, vectors).double().log_softmax(-1)


def _kl(
    before: Float[Tensor, "*#any class"], after: Float[Tensor, "*#any class"]
) -> Float[Tensor, "*any"]:
    """Of logarithms, over the last axis. Rounding may leave it a hair below 0."""
    return (before.exp() * (before - after)).sum(-1).clamp_min(0.0)


def _row_kl(p: Float[Tensor, " key_pos"], q: Float[Tensor, " key_pos"]) -> float | None:
    seen = p > 0
    if abs(float(q.sum()) - 1) > WHOLE or not bool((q[seen] > 0).all()):
        return None
    return max(0.0, float((p[seen] * (p[seen] / q[seen]).log()).sum()))


def _variation(p: Float[Tensor, " class"], q: Float[Tensor, " class"]) -> float:
    return float((p - q).abs().sum() / 2)


def _foremost(p: Float[Tensor, " class"], q: Float[Tensor, " class"]) -> list[int]:
    """The most probable classes of both, those of the larger probability first."""
    count = min(CANDIDATES, len(p))
    either = {*p.topk(count).indices.tolist(), *q.topk(count).indices.tolist()}
    larger = torch.maximum(p, q)
    return sorted(either, key=lambda index: (-float(larger[index]), index))


def _speaking(trace: Trace) -> Sequence:
    """The sequence whose tokens have last vectors."""
    sequence = trace.decoder or trace.encoder
    assert sequence is not None
    return sequence


def _last(trace: Trace) -> Float[Tensor, "pos d_model"]:
    assert trace.hidden is not None, "a model that says something keeps its last vectors"
    return trace.hidden
