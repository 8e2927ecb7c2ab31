"""Capture: what every attention block computes, taken while the model runs.

    captured = prepare(model, example)          # once, after loading
    sites, output = captured.run(**inputs)      # one text, as often as needed

One attention function, registered with transformers, serves every family that goes through
its attention interface; `models.tap` serves those that compute attention in their own code.
Both leave the same `Site`s. `prepare` runs the example three times at most, compares what
was captured with the model's own attentions, and refuses a model whose pictures would not
be true.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.masking_utils import AttentionMaskInterface, eager_mask
from transformers.utils.generic import ModelOutput

from models.attention import attention_pattern, attention_scores, attention_z, repeat_groups
from models.errors import UnsupportedModel
from models.recording import (
    Block,
    PlannedSite,
    current_recording,
    find_w_o,
    keep_outputs,
    output_projection,
    recording,
    split_mask,
)
from models.tap import Tap
from models.trace import Kind, Site

NAME = "headlight"
CHUNK_BYTES = 2 * 2**20  # the scores of a few heads stay in the processor's cache
TOLERANCE = 1e-5

_CROSS = re.compile(r"encoder_attn|EncDecAttention|cross_?att|encoder_decoder_att", re.IGNORECASE)
_DECODER = re.compile(r"(^|\.)decoder\.")


def attend(
    module: nn.Module,
    query: Float[Tensor, "batch head query_pos d_head"],
    key: Float[Tensor, "batch kv_head key_pos d_head"],
    value: Float[Tensor, "batch kv_head key_pos d_head"],
    attention_mask: Float[Tensor, "batch mask_head query_pos key_pos"] | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    position_bias: Float[Tensor, "batch head query_pos key_pos"] | None = None,
    softcap: float | None = None,
    s_aux: Float[Tensor, " head"] | None = None,
    **_kwargs: Any,
) -> tuple[Float[Tensor, "batch query_pos head d_head"], Tensor | None]:
    """The attention function that models call, captured run or not.

    In a captured run the scores live only as long as their chunk of heads, and no pattern is
    returned. Outside of one (generation, say) the pattern is returned as eager attention does.
    """
    scale = float(query.shape[-1] ** -0.5 if scaling is None else scaling)
    state = current_recording()
    if state is None:
        mask, bias = split_mask(attention_mask, position_bias)
        pattern = attention_pattern(
            attention_scores(query, repeat_groups(key, query.shape[1]), scale),
            bias,
            mask,
            softcap=softcap,
            sinks=s_aux,
        )
        pattern = nn.functional.dropout(pattern, dropout, training=module.training)
        z = attention_z(pattern, repeat_groups(value, query.shape[1]))
        return z.transpose(1, 2).contiguous(), pattern
    mask, bias = state.split(attention_mask, position_bias)
    context = _attend_in_chunks(query, key, value, scale, bias, mask, softcap, s_aux)
    state.add(
        Block(
            q=query,
            k=key,
            v=value,
            z=context.transpose(1, 2),
            scale=scale,
            bias=bias,
            mask=mask,
            softcap=softcap,
            sinks=s_aux,
            module=module,
        )
    )
    return context, None


def _attend_in_chunks(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    scale: float,
    bias: Tensor | None,
    mask: Tensor | None,
    softcap: float | None,
    sinks: Tensor | None,
) -> Float[Tensor, "batch query_pos head d_head"]:
    """z of all heads, a few heads at a time; each head's numbers are the same either way."""
    n_heads = query.shape[1]
    key, value = repeat_groups(key, n_heads), repeat_groups(value, n_heads)
    head_bytes = query.shape[0] * query.shape[2] * key.shape[2] * query.element_size()
    step = max(1, min(n_heads, CHUNK_BYTES // max(1, head_bytes)))
    chunks = []
    for start in range(0, n_heads, step):
        heads = slice(start, start + step)
        pattern = attention_pattern(
            attention_scores(query[:, heads], key[:, heads], scale),
            _some_heads(bias, heads),
            _some_heads(mask, heads),
            softcap=softcap,
            sinks=None if sinks is None else sinks[heads],
        )
        chunks.append(attention_z(pattern, value[:, heads]).transpose(1, 2))
    return torch.cat(chunks, dim=2) if len(chunks) > 1 else chunks[0].contiguous()


def _some_heads(tensor: Tensor | None, heads: slice) -> Tensor | None:
    if tensor is None or tensor.dim() < 3 or tensor.shape[-3] == 1:
        return tensor
    return tensor[..., heads, :, :]


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, eager_mask)


@dataclass(frozen=True, slots=True)
class SiteShape:
    """One attention block of a model: which, and how large."""

    kind: Kind
    layer: int
    n_heads: int
    d_head: int


class Captured:
    """A model that shows its attention. `run` may be called from many threads at once."""

    def __init__(self, model: PreTrainedModel, plan: tuple[PlannedSite, ...], tapped: bool):
        self.model = model
        self.tapped = tapped
        self._plan = plan
        self.sites = tuple(SiteShape(p.kind, p.layer, p.n_heads, p.d_head) for p in plan)

    def run(
        self, *, requires_grad: bool = False, **inputs: Any
    ) -> tuple[tuple[Site, ...], ModelOutput]:
        """Every attention block of one forward pass over one text, and the model's output.

        With `requires_grad` the sites' tensors stay part of the autograd graph; otherwise
        they are inference tensors. Raises ValueError for a batch of more than one text.
        """
        grad = torch.enable_grad() if requires_grad else torch.inference_mode()
        with grad, recording(self._plan) as collected, _tap(self.tapped):
            output = self.model(**inputs, **_without_cache(self.model))
            return collected.sites(), output


def prepare(model: PreTrainedModel, example: Mapping[str, Any]) -> Captured:
    """A model loaded with eager attention, made ready for captured runs.

    `example` is one short text of at least two tokens, as the model takes it. Raises
    UnsupportedModel where no way of capture gives the model's own attentions.
    """
    model.eval().requires_grad_(False)
    settable = model._can_set_attn_implementation()
    if settable:
        model.set_attn_implementation("eager")
    own = _own_run(model, example)
    reason = ""
    for tapped in (False, True) if settable else (True,):
        if settable:
            model.set_attn_implementation("eager" if tapped else NAME)
        plan = _plan(model, example, tapped)
        hooks = keep_outputs(plan)
        captured = Captured(model, plan, tapped)
        problem = _difference(captured, example, own)
        if problem is None:
            return captured
        reason = reason or problem
        for hook in hooks:
            hook.remove()
    raise UnsupportedModel(
        f"{type(model).__name__} cannot be captured: {problem}. Choose a model whose attention "
        "is a softmax over all tokens that a query may see.",
        field="model",
    )


def _own_run(model: PreTrainedModel, example: Mapping[str, Any]) -> ModelOutput:
    """The model's own output and attentions, computed by its own eager code."""
    with torch.inference_mode():
        output: ModelOutput = model(**example, **_without_cache(model), output_attentions=True)
    return output


def _plan(
    model: PreTrainedModel, example: Mapping[str, Any], tapped: bool
) -> tuple[PlannedSite, ...]:
    """What each call of attention is, from a dry run."""
    found: dict[int, nn.Module] = {}
    hooks = find_w_o(model, found)
    try:
        with torch.inference_mode(), recording() as dry, _tap(tapped, name_modules=model):
            model(**example, **_without_cache(model))
    finally:
        for hook in hooks:
            hook.remove()
    paths = {id(module): path for path, module in model.named_modules()}
    layers: Counter[Kind] = Counter()
    plan = []
    for call, block in enumerate(dry.blocks):
        path = block.path or paths.get(id(block.module), "")
        kind = _kind(model, block, path)
        w_o = found.get(call)
        n_heads, d_head = block.z.shape[1], block.z.shape[3]
        plan.append(
            PlannedSite(
                kind=kind,
                layer=layers[kind],
                n_heads=n_heads,
                d_head=block.q.shape[3],
                w_o=w_o,
                projection=None if w_o is None else output_projection(w_o, n_heads, d_head),
            )
        )
        layers[kind] += 1
    return tuple(plan)


def _kind(model: PreTrainedModel, block: Block, path: str) -> Kind:
    """By the module's path where it speaks, else by whether the mask hides the future."""
    if _CROSS.search(path):
        return "cross"
    if getattr(model.config, "is_encoder_decoder", False):
        return "decoder" if _DECODER.search(path) else "encoder"
    query_len, key_len = block.q.shape[2], block.k.shape[2]
    if query_len != key_len or query_len == 1:
        return "decoder" if getattr(block.module, "is_causal", False) else "encoder"
    if block.mask is None:
        return "encoder"
    future = torch.ones(query_len, key_len, dtype=torch.bool, device=block.mask.device).triu(1)
    return "encoder" if bool((block.mask & future).any()) else "decoder"


def _difference(captured: Captured, example: Mapping[str, Any], own: ModelOutput) -> str | None:
    """Why the captured run is not the model's own run, or None if it is."""
    if not captured.sites:
        return "no attention was seen in it"
    sites, output = captured.run(**example)
    theirs = _attentions(own)
    ours = {
        "cross": [site for site in sites if site.kind == "cross"],
        "encoder": [site for site in sites if site.kind == "encoder"],
        "decoder": [site for site in sites if site.kind == "decoder"],
        "self": [site for site in sites if site.kind != "cross"],
    }
    for name, patterns in theirs.items():
        if len(patterns) != len(ours[name]):
            return f"it reports {len(patterns)} {name} patterns, {len(ours[name])} were seen"
        for site, pattern in zip(ours[name], patterns, strict=True):
            here = f"{site.kind} layer {site.layer}"
            seen = site.pattern(slice(None))
            if pattern.shape[1:] != seen.shape:
                return f"{here} is {list(pattern.shape[1:])}, {list(seen.shape)} was seen"
            gap = float((pattern[0] - seen).abs().max())
            if not gap <= TOLERANCE:
                return f"{here} differs from the model's own pattern by {gap:.1e}"
    for site in sites:
        length = _token_count(example, site.kind)
        if length not in (None, site.query_len) or (
            site.kind != "cross" and site.key_len != site.query_len
        ):
            return f"{site.kind} layer {site.layer} does not attend from token to token"
    mine, eager = _first_tensor(output), _first_tensor(own)
    if mine is not None and eager is not None:
        gap = float((mine - eager).abs().max())
        if not gap <= 1e-4 * max(1.0, float(eager.abs().max())):
            return f"its output changes by {gap:.1e} under capture"
    return None


def _attentions(own: ModelOutput) -> dict[str, list[Tensor]]:
    """The patterns that the model reports, by kind; "self" where it does not say which."""
    fields = {
        "attentions": "self",
        "encoder_attentions": "encoder",
        "decoder_attentions": "decoder",
        "cross_attentions": "cross",
    }
    return {
        kind: [pattern for pattern in own[name] if isinstance(pattern, Tensor)]
        for name, kind in fields.items()
        if own.get(name)
    }


def _first_tensor(output: ModelOutput) -> Tensor | None:
    return next(
        (
            value
            for value in output.values()
            if isinstance(value, Tensor) and value.is_floating_point()
        ),
        None,
    )


def _token_count(example: Mapping[str, Any], kind: Kind) -> int | None:
    """How many tokens ask in that kind of attention, or None if the input is not tokens."""
    names = ("input_ids",) if kind == "encoder" else ("decoder_input_ids", "input_ids")
    return next((int(example[name].shape[1]) for name in names if name in example), None)


def _without_cache(model: PreTrainedModel) -> dict[str, bool]:
    takes = inspect.signature(model.forward).parameters
    return {"use_cache": False} if "use_cache" in takes else {}


def _tap(tapped: bool, name_modules: nn.Module | None = None) -> AbstractContextManager[Any]:
    return Tap(name_modules) if tapped else nullcontext()
