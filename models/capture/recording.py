"""What is collected while one forward pass runs, and where it is kept.

A ContextVar holds the recording of the request at hand, so that requests in different
threads or tasks never see each other's tensors: the attention function is one for the whole
process, and arguments of `forward` do not reach every call of it. Outside a captured run
the variable is empty and nothing is kept.

A plan says, call by call, which attention block each one is. It is made once, in a dry run
(`models.capture.prepare`): the calls of a forward pass always come in the same order, while
modules may be shared by several layers (ALBERT) and need not know their layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Seq
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from transformers.pytorch_utils import Conv1D

from headlight.models.core.attention import Kind
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.trace import OutputProjection, Site

# Masks add the least float, -inf, -1e30 (XLNet) or -1e4 (GPT): after any of them exp() is
# exactly 0. Learned biases and ALiBi stay far above.
MASKED_BELOW = -9_000.0


@dataclass(slots=True, eq=False)
class Block:
    """One call of attention, as it happened; the axes are those of `models.core.trace.Site`."""

    q: Float[Tensor, "head query_pos d_head"]
    k: Float[Tensor, "kv_head key_pos d_head"]
    v: Float[Tensor, "kv_head key_pos d_value"]
    z: Float[Tensor, "head query_pos d_value"]
    scale: float
    bias: Float[Tensor, "#head query_pos key_pos"] | None = None
    mask: Bool[Tensor, "#head query_pos key_pos"] | None = None
    softcap: float | None = None
    sinks: Float[Tensor, " head"] | None = None
    module: nn.Module | None = None
    intervention: Intervention | None = None
    output: Float[Tensor, "query_pos d_model"] | None = None

    def heard(self) -> Float[Tensor, "query_pos head_times_d_value"]:
        """What W_o is given: the heads' z side by side."""
        return self.z.transpose(0, 1).flatten(1)


@dataclass(frozen=True, slots=True, eq=False)
class PlannedSite:
    """Which block a call is, and the module that projects its heads, if there is one."""

    kind: Kind
    layer: int
    n_heads: int
    d_head: int
    w_o: nn.Module | None
    projection: OutputProjection | None


@dataclass(slots=True, eq=False)
class Recording:
    """The blocks of one forward pass, in order. `plan` is empty in the dry run;
    `interventions` says which blocks do something else than the model does."""

    plan: tuple[PlannedSite, ...] = ()
    interventions: Mapping[BlockId, Intervention] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    _splits: dict[tuple[int, int], tuple[Any, ...]] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        self.blocks.append(block)

    def intervention_now(self) -> Intervention | None:
        """What the block that is being computed has to do differently."""
        call = len(self.blocks)
        if not self.interventions or call >= len(self.plan):
            return None
        return self.interventions.get((self.plan[call].kind, self.plan[call].layer))

    def note_output(self, module: nn.Module, output: Tensor) -> None:
        """Keep what a W_o gave, if it is the one that the latest block waits for."""
        last = len(self.blocks) - 1
        if 0 <= last < len(self.plan) and self.plan[last].w_o is module:
            block = self.blocks[last]
            if block.output is None:
                block.output = output.reshape(block.q.shape[1], -1)

    def split(
        self, mask: Tensor | None, bias: Tensor | None, query_len: int, key_len: int
    ) -> tuple[Tensor | None, Tensor | None]:
        """`split_mask` of a single text, once for all layers that were handed the same tensors."""
        key = (id(mask), id(bias))
        if key not in self._splits:
            where, added = split_mask(mask, bias)
            shape = (-1, query_len, key_len)
            # The inputs are kept beside the result, so that their ids stay theirs.
            self._splits[key] = (
                None if where is None else _without_batch(where).expand(shape),
                None if added is None else _without_batch(added).expand(shape),
                mask,
                bias,
            )
        return self._splits[key][:2]

    def sites(self) -> tuple[Site, ...]:
        """The finished sites. Raises RuntimeError if the calls did not follow the plan."""
        if len(self.blocks) != len(self.plan):
            raise RuntimeError(
                f"this run called attention {len(self.blocks)} times, the dry run "
                f"{len(self.plan)} times; the model's inputs differ from the example it was "
                "prepared with"
            )
        return tuple(
            Site(
                kind=place.kind,
                layer=place.layer,
                q=block.q,
                k=block.k,
                v=block.v,
                z=block.z,
                scale=block.scale,
                bias=block.bias,
                mask=block.mask,
                softcap=block.softcap,
                sinks=block.sinks,
                projection=place.projection,
                output=block.output,
                intervention=block.intervention,
            )
            for place, block in zip(self.plan, self.blocks, strict=True)
        )


@dataclass(slots=True, eq=False)
class Variants:
    """Many edited runs over one text in one forward pass: a row of the batch each. Nothing is
    kept of them but the model's output."""

    plan: tuple[PlannedSite, ...]
    rows: tuple[Mapping[BlockId, Intervention], ...]
    calls: int = 0

    def next_call(self) -> dict[int, Intervention]:
        """Which rows do something else in the block that begins, and what."""
        place = self.plan[self.calls]
        self.calls += 1
        at = (place.kind, place.layer)
        return {index: row[at] for index, row in enumerate(self.rows) if at in row}


_RECORDING: ContextVar[Recording | Variants | None] = ContextVar(
    "headlight_recording", default=None
)


def current_recording() -> Recording | None:
    """The recording of the captured run that this thread or task is in, if any."""
    state = _RECORDING.get()
    return state if isinstance(state, Recording) else None


def current_variants() -> Variants | None:
    """The edited runs that this thread or task is making together, if any."""
    state = _RECORDING.get()
    return state if isinstance(state, Variants) else None


@contextmanager
def recording(
    plan: tuple[PlannedSite, ...] = (), interventions: Mapping[BlockId, Intervention] | None = None
) -> Iterator[Recording]:
    """Everything that attention does inside the block lands in the recording it gives."""
    collected = Recording(plan, interventions or {})
    token = _RECORDING.set(collected)
    try:
        yield collected
    finally:
        _RECORDING.reset(token)


@contextmanager
def varying(
    plan: tuple[PlannedSite, ...], rows: Seq[Mapping[BlockId, Intervention]]
) -> Iterator[None]:
    """Inside, a model that is given a batch computes each row with edits of its own."""
    token = _RECORDING.set(Variants(plan, tuple(rows)))
    try:
        yield
    finally:
        _RECORDING.reset(token)


def split_mask(
    mask: Float[Tensor, "*#batch query_pos key_pos"]
    | Bool[Tensor, "*#batch query_pos key_pos"]
    | None,
    bias: Float[Tensor, "*#batch query_pos key_pos"] | None = None,
) -> tuple[
    Bool[Tensor, "*#batch query_pos key_pos"] | None,
    Float[Tensor, "*#batch query_pos key_pos"] | None,
]:
    """(where a query may look, what is added there) of everything that is added to scores.

    An additive mask says "never" with a huge negative number; the rest of it, like a
    position bias, is finite and shifts the scores. None where nothing is hidden, and None
    where nothing is added.
    """
    if mask is not None and mask.dtype == torch.bool:
        allowed = mask
        added = bias
    else:
        added = mask if bias is None else bias if mask is None else bias + mask
        if added is None:
            return None, None
        allowed = added > MASKED_BELOW
        if not bool(allowed.all()):
            added = added.masked_fill(~allowed, 0.0)
    return (
        None if bool(allowed.all()) else allowed,
        None if added is None or not bool(added.any()) else added,
    )


def find_w_o(model: nn.Module, found: dict[int, nn.Module]) -> list[RemovableHandle]:
    """Hooks for a dry run that fill `found`: number of the call -> its W_o.

    W_o is the first Linear or Conv1D after an attention call whose input is the heads' z
    side by side. Where the model does more in between (a gate, a norm) there is none.
    The caller removes the hooks.
    """

    def look(module: nn.Module, args: tuple[Any, ...], _output: Any) -> None:
        state = current_recording()
        if state is None or not state.blocks or not args:
            return
        call = len(state.blocks) - 1
        heard = state.blocks[call].heard()
        given = args[0]
        if call not in found and isinstance(given, Tensor) and _same(given, heard):
            found[call] = module

    return [m.register_forward_hook(look) for m in model.modules() if isinstance(m, _LINEAR)]


def keep_outputs(plan: tuple[PlannedSite, ...]) -> list[RemovableHandle]:
    """Hooks by which every captured run keeps what these W_o give."""
    modules = dict.fromkeys(place.w_o for place in plan if place.w_o is not None)
    return [module.register_forward_hook(_note_output) for module in modules]


def output_projection(module: nn.Module, n_heads: int, d_head: int) -> OutputProjection:
    """The weight of a W_o, cut by head. Linear keeps it transposed, Conv1D does not."""
    weight, bias = module.weight, module.bias
    assert isinstance(weight, Tensor)
    assert bias is None or isinstance(bias, Tensor)
    rows = weight.detach() if isinstance(module, Conv1D) else weight.detach().t()
    return OutputProjection(
        w_o=rows.reshape(n_heads, d_head, -1), bias=None if bias is None else bias.detach()
    )


_LINEAR = (nn.Linear, Conv1D)


def _note_output(module: nn.Module, _args: tuple[Any, ...], output: Tensor) -> None:
    state = current_recording()
    if state is not None:
        state.note_output(module, output)


def _without_batch(tensor: Tensor) -> Tensor:
    """[head or 1, query_pos or 1, key_pos] of a mask or bias that may leave out leading axes."""
    while tensor.dim() < 4:
        tensor = tensor.unsqueeze(0)
    return tensor[0]


def _same(given: Tensor, heard: Tensor) -> bool:
    if given.numel() != heard.numel() or given.shape[-1] != heard.shape[-1]:
        return False
    return torch.equal(given.reshape(heard.shape), heard.to(given.dtype))
