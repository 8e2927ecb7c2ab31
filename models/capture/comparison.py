"""Is what was captured the model's own? Its patterns, z, contributions and output, held against
what its own eager code computes and reports."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.utils.generic import ModelOutput

from headlight.models.capture.module_state import ModuleState
from headlight.models.core.attention import Kind, attention_z
from headlight.models.core.trace import Site

TOLERANCE = 1e-5


@runtime_checkable
class Runs(Protocol):
    """What is compared: a model that shows its attention (`models.capture.prepare.Captured`)."""

    @property
    def sites(self) -> Seq[Any]: ...
    def run(self, **inputs: Any) -> tuple[tuple[Site, ...], ModelOutput]: ...


class OwnRuns:
    """The model's own eager runs, each as the first that it makes."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.settable = bool(model._can_set_attn_implementation())
        self.attend_by("eager")
        self.state = ModuleState(model)

    def attend_by(self, name: str) -> None:
        if self.settable:
            self.model.set_attn_implementation(name)

    def run(self, example: Mapping[str, Any]) -> ModelOutput:
        """Its output and attentions, computed by its own code."""
        name = self.model.config._attn_implementation
        self.attend_by("eager")
        self.state.restore()
        try:
            with torch.inference_mode():
                output: ModelOutput = self.model(
                    **{**without_cache(self.model), **example}, output_attentions=True
                )
        finally:
            self.state.restore()
            self.attend_by(name)
        return output


def difference(captured: Runs, example: Mapping[str, Any], own: OwnRuns) -> str | None:
    """Why the captured run is not the model's own run, or None if it is."""
    if not captured.sites:
        return "no softmax over the keys of each query was seen in it"
    theirs_all = own.run(example)
    sites, output = captured.run(**example)
    own.state.restore()
    for kinds, patterns in _attentions(theirs_all):
        seen = [site for site in sites if site.kind in kinds]
        if len(patterns) != len(seen):
            return _uncounted(kinds[0], len(patterns), len(seen))
        for site, theirs in zip(seen, patterns, strict=True):
            if gap(site.pattern(slice(None)), theirs[0]) > TOLERANCE:
                return f"{site.kind} layer {site.layer} differs from the model's own pattern"
    for site in sites:
        problem = _broken(site, _token_count(example, site.kind))
        if problem is not None:
            return f"{site.kind} layer {site.layer} {problem}"
    ours, theirs = _first_tensor(output), _first_tensor(theirs_all)
    if gap(ours, theirs) > 10 * TOLERANCE:
        return "its output changes under capture"
    return None


def _uncounted(kind: Kind, reported: int, seen: int) -> str:
    if not seen:
        return f"the layout of its {kind} attention is not rows of keys for each query"
    return f"it reports {reported} {kind} patterns, but {seen} were seen"


def _broken(site: Site, token_count: int | None) -> str | None:
    """Which of the equations of `models.core.attention` does not hold at this site."""
    if site.kind != "cross" and site.key_len != site.query_len:
        return "pools its tokens"
    if token_count not in (None, site.query_len):
        return f"attends from {site.query_len} positions, but the text has {token_count} tokens"
    heads = slice(None)
    if gap(attention_z(site.pattern(heads), site.values(heads)), site.z) > 10 * TOLERANCE:
        return "does more with its values than mix them by the pattern"
    if site.projection is not None and site.output is not None:
        total = site.contribution(heads).sum(0)
        total = total if site.projection.bias is None else total + site.projection.bias
        if gap(total, site.output) > 10 * TOLERANCE:
            return "projects its heads in another way"
    return None


def gap(ours: Tensor, theirs: Tensor) -> float:
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


def without_cache(model: PreTrainedModel) -> dict[str, bool]:
    takes = inspect.signature(model.forward).parameters
    return {"use_cache": False} if "use_cache" in takes else {}
