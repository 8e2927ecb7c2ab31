"""What each head of a run does alone: every one is switched off in turn (zero ablation), and the
change of one output measured (Michel et al. 2019, "Are sixteen heads really better than one?",
asked it of whole test sets; here it is one text).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from headlight.models.core.attention import Kind
from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import Edit, Where, ZeroAblation
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.effects import change_between, vary_beside
from headlight.models.experiments.objective import Objective

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class Ablations:
    """The change of an output by each head alone.

    effects   [layer, head] of each kind, float64; NaN where a layer has fewer heads than another.
              Of a vector: 1 - cosine of it before and after, 0 .. 2. Of a logit: after less before;
              below 0 where the head had spoken for it.
    chance    the 5th, 50th and 95th percentile of the sizes of all of them: what a head taken at
              random does
    """

    effects: Mapping[Kind, Float[Tensor, "layer head"]]
    chance: tuple[float, float, float]


def measure_ablations(model: LoadedModel, plain: Trace, objective: Objective) -> Ablations:
    """Runs the text once for each head, in batches. Each run stands beside one of the same batch
    in which nothing is edited, so that a head that cannot reach the output has exactly no effect.

    Raises InvalidSelection for a model that cannot be edited.
    """
    places = [(site, head) for site in plain.sites for head in range(site.n_heads)]
    rows = [
        interventions_of([Edit(Where(site.kind, site.layer, (head,)), ZeroAblation())], plain.sites)
        for site, head in places
    ]
    found: dict[tuple[Kind, int], list[float]] = {}
    with torch.inference_mode():
        pairs = vary_beside(model, plain, rows, {})
        for (site, _), (before, after) in zip(places, pairs, strict=True):
            found.setdefault((site.kind, site.layer), []).append(_effect(objective, before, after))
    effects = {
        kind: pad_sequence(
            [
                torch.tensor(found[kind, site.layer], dtype=torch.float64)
                for site in plain.of_kind(kind)
            ],
            batch_first=True,
            padding_value=torch.nan,
        )
        for kind in plain.kinds
    }
    sizes = torch.tensor([abs(each) for one in found.values() for each in one], dtype=torch.float64)
    low, middle, high = torch.quantile(sizes, torch.tensor(QUANTILES, dtype=torch.float64)).tolist()
    return Ablations(effects, (low, middle, high))


def _effect(
    objective: Objective,
    before: Float[Tensor, "pos d_model"],
    after: Float[Tensor, "pos d_model"],
) -> float:
    if not objective.is_vector:
        return float(objective.of(after)) - float(objective.of(before))
    change = change_between(before, after)
    if objective.pos is None:
        return change.sentence_cosine_distance
    return float(change.cosine_distance[objective.pos])
