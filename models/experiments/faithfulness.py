"""Does a picture say what matters? Each link of a head is cut, and the change of an output
measured; the rank correlation of the two is one number (Jain and Wallace 2019 asked it of
attention; cut one by one, as Serrano and Smith 2019 did).
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Seq
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import Edit, Renormalise, SetPattern, Where
from headlight.models.core.errors import check_within
from headlight.models.core.messages import Message
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Site, Trace
from headlight.models.experiments.attribution import gradient_pattern
from headlight.models.experiments.effects import change_between, vary_beside
from headlight.models.experiments.objective import Objective
from headlight.models.measures.norms import norm_weighted

MIN_LINKS = 3  # of two links the ranks agree or disagree, and nothing between


@dataclass(frozen=True, slots=True, eq=False)
class Faithfulness:
    """What cutting each link of one head does, beside what its pictures say of that link.

    effects        [query_pos, key_pos], float64, at least 0; NaN for links that are not there or
                   were not asked for. For a vector: 1 - cosine, 0 .. 2. For a logit:
                   how far it moves, up or down.
    links          how many were cut
    correlations   Spearman's, -1 .. 1, of each picture and the effects; None where undefined
                   (fewer than 3 links, or one side the same everywhere), or where the model has
                   no such picture
    """

    effects: Float[Tensor, "query_pos key_pos"]
    links: int
    pattern: float | None
    norms: float | None
    gradient_pattern: float | None


def links_of(site: Site, head: int, query_pos: int | None) -> Bool[Tensor, "query_pos key_pos"]:
    """Links of the head that may be cut: all that the mask leaves, or those of one row.

    Raises InvalidSelection.
    """
    site.check_head(head)
    shape = (site.query_len, site.key_len)
    open_ = torch.ones(shape, dtype=torch.bool)
    if site.mask is not None:
        open_ = site.mask.expand(site.n_heads, -1, -1)[head].clone()
    if query_pos is None:
        return open_
    check_within("query_pos", query_pos, site.query_len, Message("the tokens that look"))
    row = torch.zeros(shape, dtype=torch.bool)
    row[query_pos] = open_[query_pos]
    return row


def measure_faithfulness(
    model: LoadedModel,
    plain: Trace,
    site: Site,
    head: int,
    open_: Bool[Tensor, "query_pos key_pos"],
    objective: Objective,
    *,
    renormalise: bool,
) -> Faithfulness:
    """Cuts each link of `open_` on its own, in batches. `renormalise`: the rest of its row shares
    what it had. Raises InvalidSelection for a model that cannot be edited or differentiated."""
    places = open_.nonzero().tolist()
    gradients = model.differentiate(plain, objective.of)
    with torch.inference_mode():
        found = list(_effects(model, plain, site, head, places, objective, renormalise))
        effects = torch.full(open_.shape, torch.nan, dtype=torch.float64)
        effects[open_] = torch.tensor(found, dtype=torch.float64)
        signed = gradient_pattern(site, gradients.z[site.kind, site.layer], [head])[0]
        carried = None if site.projection is None else norm_weighted(site, [head])[0]
        return Faithfulness(
            effects=effects,
            links=len(places),
            pattern=_correlation(site.pattern([head])[0], effects, open_),
            norms=None if carried is None else _correlation(carried, effects, open_),
            gradient_pattern=_correlation(signed.abs(), effects, open_),
        )


def _effects(
    model: LoadedModel,
    plain: Trace,
    site: Site,
    head: int,
    places: Seq[Seq[int]],
    objective: Objective,
    renormalise: bool,
) -> Iterator[float]:
    """What each cut does to the chosen output, in the order of `places`: the difference from the
    head's own pattern, made by hand as the cut one is, so that a link that cannot reach the
    output has no effect, and not one of rounding."""
    cut = SetPattern(0.0, renormalise)
    rows = [
        interventions_of(
            [Edit(Where(site.kind, site.layer, (head,), (query,), (key,)), cut)], plain.sites
        )
        for query, key in places
    ]
    own = Edit(Where(site.kind, site.layer, (head,)), Renormalise(site.normaliser))
    for before, after in vary_beside(model, plain, rows, interventions_of([own], plain.sites)):
        if not objective.is_vector:
            yield abs(float(objective.of(after)) - float(objective.of(before)))
        else:
            change = change_between(before, after)
            pos = objective.pos
            yield (
                change.sentence_cosine_distance
                if pos is None
                else float(change.cosine_distance[pos])
            )


def _correlation(
    picture: Float[Tensor, "query_pos key_pos"],
    effects: Float[Tensor, "query_pos key_pos"],
    open_: Bool[Tensor, "query_pos key_pos"],
) -> float | None:
    return spearman(picture[open_].double(), effects[open_])


def spearman(a: Float[Tensor, " n"], b: Float[Tensor, " n"]) -> float | None:
    """Spearman's rank correlation (1904), -1 to 1, ties at the mean of their ranks; None for
    fewer than 3 pairs, or where all of one side are alike."""
    if len(a) < MIN_LINKS:
        return None
    x, y = (ranks - ranks.mean() for ranks in (_ranks(a), _ranks(b)))
    spread = float(x.norm() * y.norm())
    return None if spread == 0 else max(-1.0, min(1.0, float(x @ y) / spread))


def _ranks(values: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """From 1; equal values share the mean of the ranks that they take up."""
    _, place, count = values.unique(return_inverse=True, return_counts=True)
    middle: Tensor = count.cumsum(0).double() - (count.double() - 1) / 2
    return middle[place]
