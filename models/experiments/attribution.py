"""What one chosen output owes to each link of a head, and to each token of the text.

    gradient x pattern     a_ij * dS/da_ij, one number a link, signed
    integrated gradients   (x - x') . the mean of dS/dx on the way from a baseline x' to x, one
                           number a token (Sundararajan et al. 2017)

S is the chosen output (`models.experiments.objective`).
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.models.capture.embeddings import gradients_on
from headlight.models.core.cancellation import check_cancelled
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.experiments.objective import Objective

Baseline = Literal["mean", "zero", "mask"]

MAX_STEPS = 256
RUNS_PER_STEP = 3
"""Plain runs that one step of integrated gradients takes as long as: there, and back again. Time
goes with steps x tokens, not with tokens squared: measured on a BERT, a token of a step takes the
same at 32 tokens as at 512, and 1.8 to 3.4 times what it takes in a plain run."""
ROUNDING = 1e-6  # of the same row computed twice in one batch, relative
GRAPH_TOKENS = 1024  # tokens of one batch with gradients: what it keeps is some 200 KB for each
MASKS = ("[MASK]", "<mask>")  # how masks are written, where they may be typed


def gradient_pattern(
    site: Site, g_z: Float[Tensor, "head query_pos d_head"], heads: slice | Seq[int]
) -> Float[Tensor, "chosen query_pos key_pos"]:
    """pattern_ij * dS/dpattern_ij of those heads, signed, in the units of S; 0 where masked.

    z_i = sum_j pattern_ij v_j, so dS/dpattern_ij = g_z_i . v_j, where `g_z` = dS/dz of all heads of
    the block. To first order it is S less what S would be if the link alone were cut and the rest
    of the row stayed as it is (not renormalised). A row sums to g_z_i . z_i: what S would lose, to
    first order, if the whole row were. Gradient times input, taken at the pattern, as the heads'
    importance of Michel et al. 2019 and the self-attention attribution of Hao et al. 2021.
    """
    products: Tensor = g_z[heads] @ site.values(heads).transpose(-2, -1)
    return site.pattern(heads) * products


@dataclass(frozen=True, slots=True, eq=False)
class IntegratedGradients:
    """What each token that is read adds to S, between a baseline and the text.

    values          [pos], float64, in the units of S; 0 for special tokens, that stay as they are
    at_input        S of the text
    at_baseline     S of the baseline
    gap             sum of values - (at_input - at_baseline): 0 in the limit of many steps
    relative_gap    |gap| over |at_input - at_baseline|; None where those differ by no more
                    than rounding, a millionth of the larger
    """

    baseline: Baseline
    steps: int
    values: Float[Tensor, " pos"]
    at_input: float
    at_baseline: float

    @property
    def gap(self) -> float:
        return float(self.values.sum()) - (self.at_input - self.at_baseline)

    @property
    def relative_gap(self) -> float | None:
        apart = abs(self.at_input - self.at_baseline)
        rounding = ROUNDING * max(abs(self.at_input), abs(self.at_baseline))
        return abs(self.gap) / apart if apart > rounding else None


def integrated_gradients(
    model: LoadedModel, plain: Trace, objective: Objective, *, baseline: Baseline, steps: int
) -> IntegratedGradients:
    """Along the straight line from the baseline's embeddings to the text's, at the middle of each
    of `steps` equal parts.

    Typed tokens get the baseline's vector, special ones keep their own, and so do positions:
    "mean" is the mean of the text's own typed tokens (which of them stands where is all that is
    missing), "zero" no vector at all, "mask" the model's mask token. On the way from zero a model
    that divides by its vectors' length alone (RMSNorm: Llama, T5) passes where it has none, and
    turns over within a hundredth of the way; no rule of few steps sees that, and the gap says so.
    Elsewhere midpoints do as well as Gauss-Legendre nodes, or better. Raises InvalidSelection.
    """
    rows = model.embeddings(plain)
    with torch.inference_mode(False):
        rows = rows.clone()
    start = _baseline(model, plain, rows, baseline)
    away = rows - start
    total = torch.zeros(rows.shape, dtype=torch.float64)
    middles = (torch.arange(steps, dtype=torch.float64) + 0.5) / steps
    for some in _batches(middles.to(rows.dtype), len(rows)):
        check_cancelled()
        with gradients_on():
            between = (start + some[:, None, None] * away).requires_grad_()
            value = objective.of(model.from_embeddings(plain, between)).sum()
            (gradient,) = torch.autograd.grad(value, between)
        total += gradient.double().sum(0)
    with torch.no_grad():
        ends = objective.of(model.from_embeddings(plain, torch.stack([start, rows]))).tolist()
    return IntegratedGradients(
        baseline=baseline,
        steps=steps,
        values=(total / steps * away.double()).sum(-1),
        at_input=ends[1],
        at_baseline=ends[0],
    )


def _batches(fractions: Float[Tensor, " step"], length: int) -> Iterator[Float[Tensor, " step"]]:
    yield from fractions.split(max(1, GRAPH_TOKENS // length))


def reads(plain: Trace) -> Sequence:
    """The tokens that integrated gradients are about: the encoder's, where there is one."""
    tower = plain.encoder or plain.decoder
    assert tower is not None, "a run reads something"
    return tower


def _baseline(
    model: LoadedModel, plain: Trace, rows: Float[Tensor, "pos d_embedding"], kind: Baseline
) -> Float[Tensor, "pos d_embedding"]:
    typed: Bool[Tensor, " pos"] = ~reads(plain).special
    match kind:
        case "mean":
            away = rows[typed].mean(0)
        case "zero":
            away = torch.zeros_like(rows[0])
        case "mask":
            away = _mask_vector(model)
    return torch.where(typed[:, None], away, rows)


def _mask_vector(model: LoadedModel) -> Float[Tensor, " d_embedding"]:
    if "fill" in model.outputs:
        for written in MASKS:
            trace = model.run(written)
            if trace.outputs is not None and trace.outputs.fills:
                return model.embeddings(trace)[trace.outputs.fills[0].position].clone()
    raise InvalidSelection(
        Message(
            "{name} has no mask token that it reads; choose baseline 'mean' or 'zero'",
            name=model.name,
        ),
        argument="baseline",
    )
