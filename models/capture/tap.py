"""The fallback: attention seen from outside, for models that compute it in their own code.

A TorchFunctionMode sees every torch call of the model while it runs. Attention is always the
same three of them: a product of queries and keys, a softmax, a product with values.

    product  q.k                      remembered, with q, k and the factors applied since
    softmax  of logits made of it     remembered, with the logits
    product  pattern.v                a block is complete

Whatever else went into the logits (relative positions, ALiBi, masks) is what remains when
scale * q.k is taken away: huge negative numbers are the mask, the rest is bias. DeBERTa,
MPNet, XLNet, Bloom, Falcon, GPT-J, GPT-Neo, RoFormer, Megatron, RemBERT and XLM need it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

from headlight.models.capture.recording import Block, current_recording, split_mask
from headlight.models.core.attention import attention_scores, repeat_groups

_MATMULS = {"matmul", "bmm", "__matmul__"}
_TIMES = {"mul", "mul_", "__mul__", "__imul__", "__rmul__", "multiply"}
_DIVIDED = {"div", "div_", "__truediv__", "__itruediv__", "true_divide"}

# A remainder below this share of the largest score is rounding, not a bias.
_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class _Product:
    """a.b^T as the model multiplied them ([..., row, d] and [..., column, d]), times `scale`."""

    a: Tensor
    b: Tensor
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class _Softmax:
    """A pattern that was made of a product: its logits, bias and mask included."""

    logits: Tensor
    product: _Product


class Tap(TorchFunctionMode):
    """Adds every attention block of the model that runs inside to the current recording.

    With `name_modules`, a model, each block also carries the module that it happened in.
    """

    def __init__(self, name_modules: nn.Module | None = None) -> None:
        super().__init__()
        self._named = name_modules
        self._hooks: list[RemovableHandle] = []
        self._inside: list[nn.Module] = []
        # By id; the tensor is kept beside its origin, so that the id stays its own.
        self._origins: dict[int, tuple[Tensor, _Product | _Softmax]] = {}

    def __enter__(self) -> Tap:
        for module in self._named.modules() if self._named is not None else ():
            self._hooks.append(module.register_forward_pre_hook(self._enter_module))
            self._hooks.append(module.register_forward_hook(self._leave_module, always_call=True))
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *exc: Any) -> None:
        super().__exit__(*exc)  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.remove()

    def _enter_module(self, module: nn.Module, _args: Any) -> None:
        self._inside.append(module)

    def _leave_module(self, _module: nn.Module, _args: Any, _output: Any) -> None:
        self._inside.pop()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if isinstance(result, Tensor) and result.is_floating_point():
            self._note(getattr(func, "__name__", ""), args, kwargs, result)
        return result

    def _note(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Tensor
    ) -> None:
        multiplied = _multiplied(name, args, kwargs, result)
        if multiplied is not None:
            pattern = self._origin(args[1] if name == "einsum" else args[0])
            if isinstance(pattern, _Softmax):
                self._complete(pattern, v=multiplied.b.transpose(-2, -1), z=multiplied.result)
            else:
                self._remember(result, _Product(multiplied.a, multiplied.b, multiplied.scale))
            return
        source = next((arg for arg in args if self._origin(arg) is not None), None)
        if source is None:
            return
        origin = self._origin(source)
        if name == "softmax" and isinstance(origin, _Product) and _over_keys(args, kwargs):
            self._remember(result, _Softmax(source, origin))
        elif origin is not None and result.numel() == source.numel():
            self._remember(result, _rescaled(origin, name, args))

    def _origin(self, value: Any) -> _Product | _Softmax | None:
        entry = self._origins.get(id(value)) if isinstance(value, Tensor) else None
        return None if entry is None else entry[1]

    def _remember(self, tensor: Tensor, origin: _Product | _Softmax) -> None:
        self._origins[id(tensor)] = (tensor, origin)

    def _complete(self, softmax: _Softmax, v: Tensor, z: Tensor) -> None:
        """A block is whole: hand it to the recording, unless its layout is not rows of keys."""
        self._origins.clear()
        state = current_recording()
        parts = (softmax.logits, softmax.product.a, softmax.product.b, v, z)
        singles = [single for part in parts if (single := _single(part)) is not None]
        if state is None or len(singles) < len(parts):
            return
        logits, q, k, v, z = singles
        n_heads, scale = q.shape[0], softmax.product.scale
        if logits.shape != (n_heads, q.shape[1], k.shape[1]):
            return
        bias, mask = _remainder(logits, attention_scores(q, repeat_groups(k, n_heads), scale))
        state.add(
            Block(
                q=q,
                k=k,
                v=v,
                z=z,
                scale=scale,
                bias=bias,
                mask=mask,
                module=self._inside[-1] if self._inside else None,
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Multiplied:
    """result [..., row, column] = scale * a [..., row, d] . b [..., column, d]^T (+ the rest)."""

    a: Tensor
    b: Tensor
    scale: float
    result: Tensor


def _multiplied(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Tensor
) -> _Multiplied | None:
    """The factors of a product of batches of matrices, or None if the call is no such product."""
    if name in _MATMULS:
        a, b = (*args, *kwargs.values())[:2]
        if a.dim() < 3 or b.dim() < 3:
            return None
        return _Multiplied(a, b.transpose(-2, -1), 1.0, result)
    if name == "baddbmm":
        a, b = kwargs["batch1"] if "batch1" in kwargs else args[1], kwargs.get("batch2", args[-1])
        return _Multiplied(a, b.transpose(-2, -1), float(kwargs.get("alpha", 1)), result)
    if name == "einsum" and len(args) == 3 and isinstance(args[0], str):
        return _einsum(args[0].replace(" ", ""), args[1], args[2], result)
    return None


def _einsum(equation: str, a: Tensor, b: Tensor, result: Tensor) -> _Multiplied | None:
    """'ibnd,jbnd->bnij' gives a as bnid, b as bnjd, result as bnij; likewise for pattern.v."""
    inputs, _, out = equation.partition("->")
    if not out or "." in equation:
        return None
    of_a, _, of_b = inputs.partition(",")
    shared = [axis for axis in of_a if axis in of_b and axis in out]
    rows, columns = set(of_a) - set(of_b), set(of_b) - set(of_a)
    summed = set(of_a) & set(of_b) - set(out)
    if (
        not out
        or not len(rows) == len(columns) == len(summed) == 1
        or not rows | columns < set(out)
    ):
        return None
    (row,), (column,), (d,) = rows, columns, summed

    def order(tensor: Tensor, axes: str, *last: str) -> Tensor:
        return tensor.permute([axes.index(axis) for axis in (*shared, *last)])

    return _Multiplied(
        order(a, of_a, row, d), order(b, of_b, column, d), 1.0, order(result, out, row, column)
    )


def _over_keys(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a softmax runs over the last axis."""
    dim = kwargs.get("dim", args[1] if len(args) > 1 else None)
    return dim in (-1, args[0].dim() - 1)


def _remainder(logits: Tensor, scores: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """(bias, mask) that turn scores into these logits; None where there is nothing."""
    mask, bias = split_mask(logits - scores)
    if bias is not None and bool(bias.abs().max() <= _ROUNDING * scores.abs().max().clamp(min=1)):
        bias = None
    if mask is not None and bool((mask == mask[:1]).all()):
        mask = mask[:1]
    return bias, mask


def _single(tensor: Tensor) -> Tensor | None:
    """[head, ...] of a single text; some models have folded batch and head into one axis."""
    if tensor.dim() == 4 and tensor.shape[0] == 1:
        return tensor[0]
    return tensor if tensor.dim() == 3 else None


def _rescaled(origin: _Product | _Softmax, name: str, args: tuple[Any, ...]) -> _Product | _Softmax:
    """The origin after one more operation: a factor is part of the scale."""
    if isinstance(origin, _Softmax) or len(args) < 2 or name not in _TIMES | _DIVIDED:
        return origin
    number = args[1]
    if isinstance(number, Tensor):
        if number.dim() > 0:
            return origin
        number = number.item()
    return replace(origin, scale=origin.scale * number if name in _TIMES else origin.scale / number)
