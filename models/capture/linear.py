"""Linear layers in oneDNN's own layout: the same products, faster on some processors.

torch multiplies float32 matrices with MKL, which is slow on processors of other makers than its
own; oneDNN, inside the same torch, is not. What Inductor's freezing does to a model is done here
to its `nn.Linear` layers: a second copy of the weight in oneDNN's layout, and its operator. Both
differ by rounding, 1e-6 to 1e-5 in a pattern, as two machines do.

    plain    torch's own
    packed   oneDNN's, where every pattern of two trial runs stays within TOLERANCE of the plain one
    auto     packed where it is faster here by FASTER, in a race of both
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from statistics import median
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from headlight.models.capture.comparison import gap
from headlight.models.core.model import Linear

LinearChoice = Literal["auto", "plain", "packed"]

TOLERANCE = 1e-5  # of a pattern, against the plain model's
FASTER = 1.15  # a race is noisy: below this nothing is worth another rounding
ROWS = 32  # tokens of a race: a sentence
ROUNDS = 9

Patterns = Callable[[], list[Float[Tensor, "head query_pos key_pos"]]]
"""Every pattern of some runs of the model, as it is now."""


class PackedLinear(nn.Linear):
    """An nn.Linear that also holds its weight packed. Hooks, names and `weight` stay.

    Runs with and without a graph use the same operator, so that both give the same numbers. The
    weight must be frozen.
    """

    packed: Tensor

    def forward(self, x: Float[Tensor, "*any d_in"]) -> Float[Tensor, "*any d_out"]:
        if x.dtype != torch.float32 or x.dim() < 2 or not x.numel() or self.weight.requires_grad:
            return super().forward(x)
        if torch.is_grad_enabled() and x.requires_grad:
            return _recorded(x, self.weight, self.bias, self.packed)
        return _product(x, self.bias, self.packed)


def _recorded(x: Tensor, weight: Tensor, bias: Tensor | None, packed: Tensor) -> Tensor:
    apply: Callable[..., Tensor] = _Product.apply
    return apply(x, weight, bias, packed)


class _Product(torch.autograd.Function):
    """The operator has no derivative of its own: d x = d y W."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, packed: Tensor) -> Tensor:
        ctx.weight = weight
        return _product(x, bias, packed)

    @staticmethod
    def backward(ctx: Any, *given: Any) -> Any:
        return given[0] @ ctx.weight, None, None, None


def _product(x: Tensor, bias: Tensor | None, packed: Tensor) -> Tensor:
    found: Tensor = torch.ops.mkldnn._linear_pointwise(x, packed, bias, "none", [], "")
    return found


def choose_linear(model: nn.Module, choice: LinearChoice, patterns: Patterns) -> Linear:
    """Packs the model's linear layers, or leaves them, as `choice` says and its rule allows.

    `patterns` makes the trial runs, before and after. The model must be frozen and on a CPU.
    """
    if choice == "plain" or not _can_pack():
        return "plain"
    # What inherits from nn.Linear may compute something else.
    layers = [
        layer
        for layer in model.modules()
        if type(layer) is nn.Linear and layer.weight.dtype == torch.float32
    ]
    if not layers or (choice == "auto" and not _is_faster(layers)):
        return "plain"
    before = patterns()
    for layer in layers:
        _pack(layer)
    if all(gap(*each) <= TOLERANCE for each in zip(patterns(), before, strict=True)):
        return "packed"
    for layer in layers:
        _unpack(layer)
    return "plain"


def _can_pack() -> bool:
    """Whether this torch has the operator: it is not a public one."""
    found = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    return found is not None and bool(torch.backends.mkldnn.is_available())


def _pack(layer: nn.Linear) -> None:
    packed = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), ROWS)
    layer.__class__ = PackedLinear
    # Not a buffer: it is the weight again, which state_dict already has.
    object.__setattr__(layer, "packed", packed)


def _unpack(layer: nn.Linear) -> None:
    layer.__class__ = nn.Linear
    object.__delattr__(layer, "packed")


def _is_faster(layers: list[nn.Linear]) -> bool:
    """A race over one layer of each shape, on one thread as a sentence is read."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        one_of = {(layer.in_features, layer.out_features): layer for layer in layers}
        counts = Counter((layer.in_features, layer.out_features) for layer in layers)
        with torch.inference_mode():
            times = {shape: _race(layer) for shape, layer in one_of.items()}
        plain, packed = (sum(counts[s] * times[s][each] for s in times) for each in (0, 1))
        return plain > FASTER * packed
    finally:
        torch.set_num_threads(threads)


def _race(layer: nn.Linear) -> tuple[float, float]:
    """Seconds of the product, plain and packed, in turns."""
    weight = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), ROWS)
    x = torch.ones(1, ROWS, layer.in_features)
    works: tuple[Callable[[], Tensor], ...] = (
        lambda: nn.functional.linear(x, layer.weight, layer.bias),
        lambda: _product(x, layer.bias, weight),
    )
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, spent in zip(works, times, strict=True):
            begun = time.perf_counter()
            work()
            spent.append(time.perf_counter() - begun)
    return median(times[0]), median(times[1])
