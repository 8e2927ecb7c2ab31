"""Capture: what every attention block computes, taken while the model runs.

    captured = prepare(model, example)          # once, after loading
    sites, output = captured.run(**inputs)      # one text, as often as needed

One attention function, registered with transformers (`models.attend`), serves every family
that goes through its attention interface; `models.tap` serves those that compute attention in
their own code. Both leave the same `Site`s. `prepare` runs the example three times at most,
compares what was captured with the model's own attentions, and refuses a model whose pictures
would not be true.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils.generic import ModelOutput

from models.altered import Altered, Place
from models.attend import NAME
from models.attention import Kind, attention_z
from models.embeddings import (
    embeddings_as_leaves,
    embeddings_given,
    gradients_on,
    reading_embedding,
    watch_embeddings,
)
from models.errors import UnsupportedModel
from models.recording import (
    Block,
    PlannedSite,
    find_w_o,
    keep_outputs,
    output_projection,
    recording,
    varying,
)
from models.tap import Tap
from models.trace import Site

TOLERANCE = 1e-5

_CROSS = re.compile(r"encoder_attn|EncDecAttention|cross_?att|encoder_decoder_att", re.IGNORECASE)
_DECODER = re.compile(r"(^|\.)decoder\.")


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
        self.embedding = reading_embedding(model)

    def run(
        self,
        *,
        altered: Mapping[Place, Altered] | None = None,
        requires_grad: bool = False,
        **inputs: Any,
    ) -> tuple[tuple[Site, ...], ModelOutput]:
        """Every attention block of one forward pass over one text, and the model's output.

        `altered` says which blocks do something else than the model does. With
        `requires_grad` the sites' tensors are part of an autograd graph that begins at the
        token embeddings; otherwise they are inference tensors. Raises ValueError for a batch
        of more than one text.
        """
        _check_single(self.model, inputs)
        with ExitStack() as stack:
            if requires_grad:
                stack.enter_context(gradients_on())
                stack.enter_context(embeddings_as_leaves())
            else:
                stack.enter_context(torch.inference_mode())
            collected = stack.enter_context(recording(self._plan, altered))
            stack.enter_context(_tap(self.tapped))
            output = self.model(**{**_without_cache(self.model), **inputs})
            return collected.sites(), output

    def vary(self, rows: Seq[Mapping[Place, Altered]], **inputs: Any) -> ModelOutput:
        """The model's output of many edited runs over one text, in one forward pass: row by row
        as `rows` say. `inputs` are those of a single text."""
        with torch.inference_mode(), varying(self._plan, rows):
            return self._batch(len(rows), inputs)

    def from_embeddings(
        self, rows: Float[Tensor, "row pos d_embedding"], **inputs: Any
    ) -> ModelOutput:
        """The model's output where `rows` stand for what its embedding makes of the tokens in
        `inputs`, those of a single text. Differentiable in `rows` where they require it."""
        assert self.embedding is not None, "a model without token embeddings"
        wanted = rows.requires_grad and torch.is_grad_enabled()
        plain: tuple[Mapping[Place, Altered], ...] = ({},) * len(rows)
        with (
            gradients_on() if wanted else torch.inference_mode(),
            varying(self._plan, plain),
            embeddings_given(self.embedding, rows),
        ):
            return self._batch(len(rows), inputs)

    def _batch(self, count: int, inputs: Mapping[str, Any]) -> ModelOutput:
        """The same text `count` times in one forward pass."""
        _check_single(self.model, inputs)
        many = {
            name: value.expand(count, *value.shape[1:])
            if isinstance(value, Tensor) and value.dim() > 0 and value.shape[0] == 1
            else value
            for name, value in inputs.items()
        }
        output: ModelOutput = self.model(**{**_without_cache(self.model), **many})
        return output


def prepare(model: PreTrainedModel, example: Mapping[str, Any]) -> Captured:
    """A model loaded with eager attention, made ready for captured runs.

    `example` is one short text of at least two tokens, as the model takes it. Raises
    UnsupportedModel where no way of capture gives the model's own attentions.
    """
    model.eval().requires_grad_(False)
    watch_embeddings(model)
    settable = model._can_set_attn_implementation()
    if settable:
        model.set_attn_implementation("eager")
    own = _own_run(model, example)
    problems = []
    for tapped in (False, True) if settable else (True,):
        if settable:
            model.set_attn_implementation("eager" if tapped else NAME)
        plan = _plan(model, example, tapped)
        hooks = keep_outputs(plan)
        captured = Captured(model, plan, tapped)
        problem = _difference(captured, example, own)
        if problem is None:
            return captured
        problems.append(problem)
        for hook in hooks:
            hook.remove()
    raise UnsupportedModel(
        f"{type(model).__name__} cannot be captured: {'; '.join(dict.fromkeys(problems))}. Choose "
        "a model whose heads are one softmax over the tokens each.",
        field="model",
    )


def _own_run(model: PreTrainedModel, example: Mapping[str, Any]) -> ModelOutput:
    """The model's own output and attentions, computed by its own eager code."""
    with torch.inference_mode():
        output: ModelOutput = model(**{**_without_cache(model), **example}, output_attentions=True)
    return output


def _plan(
    model: PreTrainedModel, example: Mapping[str, Any], tapped: bool
) -> tuple[PlannedSite, ...]:
    """What each call of attention is, from a dry run."""
    found: dict[int, nn.Module] = {}
    hooks = find_w_o(model, found)
    try:
        with torch.inference_mode(), recording() as dry, _tap(tapped, name_modules=model):
            model(**{**_without_cache(model), **example})
    finally:
        for hook in hooks:
            hook.remove()
    paths = {id(module): path for path, module in model.named_modules()}
    layers: Counter[Kind] = Counter()
    plan = []
    for call, block in enumerate(dry.blocks):
        path = paths.get(id(block.module), "")
        kind = _kind(model, block, path)
        w_o = found.get(call)
        n_heads, d_head = block.z.shape[0], block.z.shape[2]
        plan.append(
            PlannedSite(
                kind=kind,
                layer=layers[kind],
                n_heads=n_heads,
                d_head=block.q.shape[2],
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
    query_len, key_len = block.q.shape[1], block.k.shape[1]
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
    for kinds, patterns in _attentions(own):
        seen = [site for site in sites if site.kind in kinds]
        if len(patterns) != len(seen):
            return f"it reports {len(patterns)} {kinds[0]} patterns, but {len(seen)} were seen"
        for site, theirs in zip(seen, patterns, strict=True):
            if _gap(site.pattern(slice(None)), theirs[0]) > TOLERANCE:
                return f"{site.kind} layer {site.layer} differs from the model's own pattern"
    for site in sites:
        problem = _broken(site, _token_count(example, site.kind))
        if problem is not None:
            return f"{site.kind} layer {site.layer} {problem}"
    ours, theirs = _first_tensor(output), _first_tensor(own)
    if _gap(ours, theirs) > 10 * TOLERANCE:
        return "its output changes under capture"
    return None


def _broken(site: Site, token_count: int | None) -> str | None:
    """Which of the equations of `models.attention` does not hold at this site."""
    if site.kind != "cross" and site.key_len != site.query_len:
        return "pools its tokens"
    if token_count not in (None, site.query_len):
        return f"attends from {site.query_len} positions, but the text has {token_count} tokens"
    heads = slice(None)
    if _gap(attention_z(site.pattern(heads), site.values(heads)), site.z) > 10 * TOLERANCE:
        return "does more with its values than mix them by the pattern"
    if site.projection is not None and site.output is not None:
        total = site.contribution(heads).sum(0)
        total = total if site.projection.bias is None else total + site.projection.bias
        if _gap(total, site.output) > 10 * TOLERANCE:
            return "projects its heads in another way"
    return None


def _gap(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference, relative to the values where they exceed 1; nan is infinite."""
    if ours.shape != theirs.shape:
        return float("inf")
    gap = float((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1))
    return gap if gap == gap else float("inf")


def _attentions(own: ModelOutput) -> list[tuple[tuple[Kind, ...], list[Tensor]]]:
    """The patterns that the model reports, and the kinds that each list of them mixes."""
    fields: dict[str, tuple[Kind, ...]] = {
        "attentions": ("encoder", "decoder"),
        "encoder_attentions": ("encoder",),
        "decoder_attentions": ("decoder",),
        "cross_attentions": ("cross",),
    }
    return [
        (kinds, [_as_pattern(reported) for reported in own[name] if isinstance(reported, Tensor)])
        for name, kinds in fields.items()
        if own.get(name)
    ]


def _as_pattern(reported: Tensor) -> Tensor:
    """ProphetNet and SqueezeBERT report logits under the name of attentions."""
    within = bool(((reported >= 0) & (reported <= 1 + TOLERANCE)).all())
    return reported if within else reported.softmax(dim=-1)


def _first_tensor(output: ModelOutput) -> Tensor:
    """The tensor that the model is run for: hidden states or logits."""
    return next(value for value in output.values() if isinstance(value, Tensor))


def _token_count(example: Mapping[str, Any], kind: Kind) -> int | None:
    """How many tokens ask in that kind of attention, or None if the input is not tokens."""
    names = ("input_ids",) if kind == "encoder" else ("decoder_input_ids", "input_ids")
    return next((int(example[name].shape[1]) for name in names if name in example), None)


def _without_cache(model: PreTrainedModel) -> dict[str, bool]:
    takes = inspect.signature(model.forward).parameters
    return {"use_cache": False} if "use_cache" in takes else {}


def _check_single(model: PreTrainedModel, inputs: Mapping[str, Any]) -> None:
    """Raises ValueError for a batch: what a site holds has no batch axis."""
    tensors = [value for value in inputs.values() if isinstance(value, Tensor) and value.dim() > 1]
    main = inputs.get(model.main_input_name, tensors[0] if tensors else None)
    if isinstance(main, Tensor) and main.shape[0] != 1:
        raise ValueError(f"a captured run reads one text, not a batch of {main.shape[0]}")


def _tap(tapped: bool, name_modules: nn.Module | None = None) -> AbstractContextManager[Any]:
    return Tap(name_modules) if tapped else nullcontext()
