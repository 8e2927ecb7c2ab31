"""What an edit changed: the edited run beside the plain one, and beside chance.

    cosine_distance   1 - cosine of the vector before and after, 0 .. 2
    l2_distance       length of the difference
    patterns          total variation of a head's rows, half of sum_j |a_ij - b_ij|, mean over
                      queries
    kl                of what the model says, before to after (`models.experiments.predictions`)

A change is something special only where chance gives less: `controls` switches off as many
random other heads, again and again, and says how far the text then moves. Two more controls
show that the instrument itself adds nothing: editing nothing, and patching heads with their own z.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from headlight.models.core.attention import Kind
from headlight.models.core.cancellation import check_cancelled
from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import ActivationPatch, Edit, Where, ZeroAblation
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.predictions import Prediction, largest_kl, predictions_between
from headlight.models.measures.statistics import head_chunks

DRAWS = 20
SEED = 0
ROWS = 32  # edited runs in one batch, fewer of a long text:
BATCH_TOKENS = 4096  # a translator gives 58,000 numbers for each

Head = tuple[Kind, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """How far the last vectors moved: `cosine_distance` and `l2_distance` [pos]; the sentence's
    vector is the mean of them all."""

    cosine_distance: Float[Tensor, " pos"]
    l2_distance: Float[Tensor, " pos"]
    sentence_cosine_distance: float
    sentence_l2_distance: float


@dataclass(frozen=True, slots=True)
class Single:
    """What one head of one edit does alone. `kl` is the largest of what is read off the last
    vectors: tags, masks, the next token; None where nothing is."""

    edit: int
    head: Head
    sentence_cosine_distance: float
    sentence_l2_distance: float
    kl: float | None


@dataclass(frozen=True, slots=True)
class Controls:
    """`nothing`: the largest change of any number when nothing is edited, exactly 0. `own_z`: when
    the edited heads are patched with their own z. `band`: sentence_cosine_distance of each draw,
    ascending, with `heads` random other heads switched off; empty where there are too few."""

    nothing: float
    own_z: float
    heads: int
    band: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """One list of edits on one text. `patterns` holds [layer, head] of each kind, NaN where a
    layer has fewer heads than another."""

    plain: Trace
    edited: Trace
    change: Change
    patterns: Mapping[Kind, Float[Tensor, "layer head"]]
    predictions: tuple[Prediction, ...]
    singles: tuple[Single, ...]
    controls: Controls


def measure_effect(
    model: LoadedModel,
    plain: Trace,
    edits: Seq[Edit],
    interventions: Mapping[BlockId, Intervention] | None = None,
) -> Effect:
    """Runs the edits together, each head of each of them alone, and the controls.

    `interventions` is what `interventions_of` made of the edits, where the caller has it. Raises
    InvalidEdit before anything runs, and InvalidSelection for a model that cannot be edited.
    """
    interventions = interventions_of(edits, plain.sites) if interventions is None else interventions
    edited = model.run_with(plain, interventions)
    return Effect(
        plain=plain,
        edited=edited,
        change=change_between(_last(plain), _last(edited)),
        patterns=pattern_total_variations(plain, edited),
        predictions=predictions_between(model, plain, edited),
        singles=_singles(model, plain, edits),
        controls=_controls(model, plain, edits),
    )


def change_between(
    before: Float[Tensor, "pos d_model"], after: Float[Tensor, "pos d_model"]
) -> Change:
    """`cosine_distance` is 0 where nothing changed, and 1 where only one of the two has a
    direction."""
    cosine, l2 = _cosine_distance(before, after), (after - before).norm(dim=-1)
    means = before.mean(0), after.mean(0)
    return Change(cosine, l2, float(_cosine_distance(*means)), float((means[1] - means[0]).norm()))


def _cosine_distance(before: Float[Tensor, "*any d"], after: Float[Tensor, "*any d"]) -> Tensor:
    """In float64, and by the difference of the directions: 1 - cosine would lose small turns."""
    a, b = (torch.nn.functional.normalize(x.double(), dim=-1) for x in (before, after))
    distance = (a - b).square().sum(-1) / 2
    lonely = (a.norm(dim=-1) == 0) != (b.norm(dim=-1) == 0)
    return torch.where(lonely, torch.ones_like(distance), distance)


def pattern_total_variations(
    plain: Trace, edited: Trace
) -> dict[Kind, Float[Tensor, "layer head"]]:
    """Total variation of every head of every kind, 0 .. 1."""
    found: dict[Kind, Tensor] = {}
    for kind in plain.kinds:
        rows = []
        for before, after in zip(plain.of_kind(kind), edited.of_kind(kind), strict=True):
            parts = [
                (before.pattern(heads) - after.pattern(heads)).abs().sum(-1).mean(-1) / 2
                for heads in head_chunks(before)
            ]
            rows.append(torch.cat(parts))
        found[kind] = pad_sequence(rows, batch_first=True, padding_value=torch.nan)
    return found


def heads_of(edits: Seq[Edit], plain: Trace) -> list[tuple[int, Head]]:
    """Every (edit, head) that a list of edits is about, in its order."""
    found = []
    for index, edit in enumerate(edits):
        kind, layer = edit.where.kind, edit.where.layer
        heads = edit.where.heads
        count = plain.site(kind, layer).n_heads
        found += [(index, (kind, layer, head)) for head in heads or range(count)]
    return found


def _singles(model: LoadedModel, plain: Trace, edits: Seq[Edit]) -> tuple[Single, ...]:
    asked = heads_of(edits, plain)
    rows = [
        interventions_of(
            [replace(edits[i], where=replace(edits[i].where, heads=(head[2],)))], plain.sites
        )
        for i, head in asked
    ]
    found: list[Single] = []
    for vectors in _batches(model, plain, rows):
        kls = largest_kl(model, plain, vectors)
        for (index, head), after, kl in zip(asked[len(found) :], vectors, kls, strict=False):
            change = change_between(_last(plain), after)
            found.append(
                Single(
                    index, head, change.sentence_cosine_distance, change.sentence_l2_distance, kl
                )
            )
    return tuple(found)


def _controls(model: LoadedModel, plain: Trace, edits: Seq[Edit]) -> Controls:
    touched = sorted({head for _, head in heads_of(edits, plain)})
    own = _everywhere(ActivationPatch(plain), touched, plain)
    return Controls(
        nothing=_gap(plain, model.run_with(plain, {})),
        own_z=_gap(plain, model.run_with(plain, own)),
        heads=len(touched),
        band=chance_band(model, plain, touched),
    )


def chance_band(model: LoadedModel, plain: Trace, heads: Seq[Head]) -> tuple[float, ...]:
    """sentence_cosine_distance of DRAWS seeded draws, ascending: as many other heads switched
    off."""
    others = [
        (site.kind, site.layer, head)
        for site in plain.sites
        for head in range(site.n_heads)
        if (site.kind, site.layer, head) not in set(heads)
    ]
    if not 0 < len(heads) <= len(others):
        return ()
    rng = random.Random(SEED)
    rows = [
        _everywhere(ZeroAblation(), rng.sample(others, len(heads)), plain) for _ in range(DRAWS)
    ]
    turns = (
        change_between(_last(plain), after).sentence_cosine_distance
        for after in run_batches(model, plain, rows)
    )
    return tuple(sorted(turns))


def _everywhere(
    change: ZeroAblation | ActivationPatch, heads: Seq[Head], plain: Trace
) -> dict[BlockId, Intervention]:
    """The same change at all those heads."""
    by_place: dict[BlockId, list[int]] = defaultdict(list)
    for kind, layer, head in heads:
        by_place[kind, layer].append(head)
    edits = [Edit(Where(*place, tuple(each)), change) for place, each in by_place.items()]
    return interventions_of(edits, plain.sites)


def run_batches(
    model: LoadedModel, plain: Trace, rows: Seq[Mapping[BlockId, Intervention]]
) -> Iterator[Float[Tensor, "pos d_model"]]:
    """The last vectors of each of those runs, in their order."""
    for vectors in _batches(model, plain, rows):
        yield from vectors


def vary_beside(
    model: LoadedModel,
    plain: Trace,
    rows: Seq[Mapping[BlockId, Intervention]],
    still: Mapping[BlockId, Intervention],
) -> Iterator[tuple[Float[Tensor, "pos d_model"], Float[Tensor, "pos d_model"]]]:
    """The last vectors of each of those runs, beside those of `still`, which is done in the same
    place of a batch of the same size.

    A run alone and a run in a batch round differently. `still` is an edit that changes nothing and
    is computed as the others are: what differs from it is what an edit did, and where an edit
    cannot reach there is exactly no difference.
    """
    before: Tensor | None = None
    for vectors in _batches(model, plain, rows):
        if before is None or len(before) != len(vectors):
            before = model.run_batch(plain, [still] * len(vectors))
        yield from zip(before, vectors, strict=True)


def _batches(
    model: LoadedModel, plain: Trace, rows: Seq[Mapping[BlockId, Intervention]]
) -> Iterator[Float[Tensor, "row pos d_model"]]:
    """As many runs at a time as fit in memory together."""
    longest = max(max(site.query_len, site.key_len) for site in plain.sites)
    count = max(1, min(ROWS, BATCH_TOKENS // longest))
    for start in range(0, len(rows), count):
        check_cancelled()
        yield model.run_batch(plain, rows[start : start + count])


def _last(trace: Trace) -> Float[Tensor, "pos d_model"]:
    assert trace.hidden is not None, "a model that can be edited keeps its last vectors"
    return trace.hidden


def _gap(plain: Trace, again: Trace) -> float:
    return float((_last(plain) - _last(again)).abs().max())
