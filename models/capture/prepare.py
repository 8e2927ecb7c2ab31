"""Capture: what every attention block computes, taken while the model runs.

    captured = prepare(model, example)          # once, after loading
    sites, output = captured.run(**inputs)      # one text, as often as needed

One attention function, registered with transformers (`models.capture.hook`), serves every family
that goes through its attention interface; `models.capture.tap` serves those that compute attention
in their own code. Both leave the same `Site`s. `prepare` compares what was captured with the
model's own attentions, on a short text and on one as long as the model may be asked to read: many
models compute attention in another way from some length on (windows, chunks, blocks, indexers). It
refuses a model whose pictures would not be true.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Sequence as Seq
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils.generic import ModelOutput

from headlight.models.capture.comparison import OwnRuns, difference, without_cache
from headlight.models.capture.embeddings import (
    embeddings_as_leaves,
    embeddings_given,
    gradients_on,
    reading_embedding,
    watch_embeddings,
)
from headlight.models.capture.hook import NAME
from headlight.models.capture.module_state import ModuleState
from headlight.models.capture.recording import (
    Block,
    PlannedSite,
    find_w_o,
    keep_outputs,
    output_projection,
    recording,
    varying,
)
from headlight.models.capture.tap import Tap
from headlight.models.core.attention import Kind
from headlight.models.core.errors import UnsupportedModel
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.messages import Message
from headlight.models.core.trace import Site

COMPARED_BYTES = 1_500_000_000  # of the patterns that a long comparison holds at once
WORTH_SHOWING = 16  # tokens: a model that is true of shorter texts alone is refused

_CROSS = re.compile(r"encoder_attn|EncDecAttention|cross_?att|encoder_decoder_att", re.IGNORECASE)
_NUMBER = re.compile(r"\.(\d+)(?:\.|$)")
_DECODER = re.compile(r"(^|\.)decoder\.")


@dataclass(frozen=True, slots=True)
class SiteShape:
    """One attention block of a model: which, and how large."""

    kind: Kind
    layer: int
    n_heads: int
    d_head: int


@dataclass(frozen=True, slots=True)
class Longer:
    """Texts of any length up to `limit` tokens, as the model takes them."""

    of_length: Callable[[int], Mapping[str, Any]]
    limit: int


class Captured:
    """A model that shows its attention. `run` may be called from many threads at once.

    `other_from` is the count of tokens from which the model computes attention in another way,
    which is not shown, or None. Of a model that keeps something from run to run
    (`models.capture.module_state`), runs are made one at a time, each as the first.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        plan: tuple[PlannedSite, ...],
        tapped: bool,
        state: ModuleState,
    ) -> None:
        self.model = model
        self.tapped = tapped
        self.other_from: int | None = None
        self._plan = plan
        self._state = state
        self._one_at_a_time = threading.Lock()
        self.sites = tuple(SiteShape(p.kind, p.layer, p.n_heads, p.d_head) for p in plan)
        self.embedding = reading_embedding(model)

    def run(
        self,
        *,
        interventions: Mapping[BlockId, Intervention] | None = None,
        requires_grad: bool = False,
        **inputs: Any,
    ) -> tuple[tuple[Site, ...], ModelOutput]:
        """Every attention block of one forward pass over one text, and the model's output.

        `interventions` says which blocks do something else than the model does. With
        `requires_grad` the sites' tensors are part of an autograd graph that begins at the
        token embeddings; otherwise they are inference tensors. Raises ValueError for a batch
        of more than one text.
        """
        _check_single(self.model, inputs)
        with ExitStack() as stack:
            stack.enter_context(self._as_first())
            if requires_grad:
                stack.enter_context(gradients_on())
                stack.enter_context(embeddings_as_leaves())
            else:
                stack.enter_context(torch.inference_mode())
            collected = stack.enter_context(recording(self._plan, interventions))
            stack.enter_context(_tap(self.tapped))
            output = self.model(**{**without_cache(self.model), **inputs})
            return collected.sites(), output

    def run_batch(self, rows: Seq[Mapping[BlockId, Intervention]], **inputs: Any) -> ModelOutput:
        """The model's output of many edited runs over one text, in one forward pass: row by row
        as `rows` say. `inputs` are those of a single text."""
        with self._as_first(), torch.inference_mode(), varying(self._plan, rows):
            return self._batch(len(rows), inputs)

    def from_embeddings(
        self, rows: Float[Tensor, "row pos d_embedding"], **inputs: Any
    ) -> ModelOutput:
        """The model's output where `rows` stand for what its embedding makes of the tokens in
        `inputs`, those of a single text. Differentiable in `rows` where they require it."""
        assert self.embedding is not None, "a model without token embeddings"
        wanted = rows.requires_grad and torch.is_grad_enabled()
        plain: tuple[Mapping[BlockId, Intervention], ...] = ({},) * len(rows)
        with (
            self._as_first(),
            gradients_on() if wanted else torch.inference_mode(),
            varying(self._plan, plain),
            embeddings_given(self.embedding, rows),
        ):
            return self._batch(len(rows), inputs)

    @contextmanager
    def _as_first(self) -> Iterator[None]:
        """The model as it was loaded, whatever it has read."""
        if not self._state.keeps:
            yield
            return
        with self._one_at_a_time:
            self._state.restore_kept()
            yield

    def _batch(self, count: int, inputs: Mapping[str, Any]) -> ModelOutput:
        """The same text `count` times in one forward pass."""
        _check_single(self.model, inputs)
        many = {
            name: value.expand(count, *value.shape[1:])
            if isinstance(value, Tensor) and value.dim() > 0 and value.shape[0] == 1
            else value
            for name, value in inputs.items()
        }
        output: ModelOutput = self.model(**{**without_cache(self.model), **many})
        return output


def prepare(
    model: PreTrainedModel, example: Mapping[str, Any], longer: Longer | None = None
) -> Captured:
    """A model loaded with eager attention, made ready for captured runs.

    `example` is one short text of at least two tokens, as the model takes it. Raises
    UnsupportedModel where no way of capture gives the model's own attentions; where one gives
    them up to some length only, the captured model says from where it does not (`other_from`).
    """
    model.eval().requires_grad_(False)
    watch_embeddings(model)
    own = OwnRuns(model)
    problems: list[str] = []
    partly: list[tuple[int, bool]] = []
    for tapped in (False, True) if own.settable else (True,):
        with _capture(own, example, tapped) as (captured, keep):
            problem = difference(captured, example, own)
            if problem is None and longer is not None:
                last = _last_true(captured, longer, own)
                if last < longer.limit:
                    partly.append((last, tapped))
                    problem = f"on texts of more than {last} tokens it attends in another way"
            if problem is None:
                keep()
                return captured
            problems.append(problem)
    last, tapped = max(partly, default=(0, False))
    if last >= WORTH_SHOWING:
        with _capture(own, example, tapped) as (captured, keep):
            captured.other_from = last + 1
            keep()
            return captured
    raise UnsupportedModel(
        Message(
            "{class_name} cannot be captured: {problems}",
            class_name=type(model).__name__,
            problems="; ".join(dict.fromkeys(problems)),
        ),
        remedy=Message("Choose a model whose heads are one softmax over the tokens each."),
    )


@contextmanager
def _capture(
    own: OwnRuns, example: Mapping[str, Any], tapped: bool
) -> Iterator[tuple[Captured, Callable[[], None]]]:
    """The model made ready in one way, and what to call for it to stay so."""
    own.attend_by("eager" if tapped else NAME)
    own.state.restore()
    plan = _plan(own.model, example, tapped)
    hooks = keep_outputs(plan)
    kept = False

    def keep() -> None:
        nonlocal kept
        kept = True

    try:
        yield Captured(own.model, plan, tapped, own.state), keep
    finally:
        if not kept:
            for hook in hooks:
                hook.remove()


def _last_true(captured: Captured, longer: Longer, own: OwnRuns) -> int:
    """The most tokens of a text on which what is captured is the model's own: the limit, or
    where a search between the example and it ends."""
    heads = sum(site.n_heads for site in captured.sites)
    most = min(longer.limit, int((COMPARED_BYTES / 4 / heads) ** 0.5))

    def differs(count: int) -> bool:
        example = longer.of_length(count)
        try:
            return difference(captured, example, own) is not None
        except RuntimeError:  # another number of attention blocks than in a short text
            return True

    if not differs(most):
        return longer.limit
    true, false = 0, most
    while false - true > 1:
        count = (true + false) // 2
        try:
            wrong = differs(count)
        except ValueError:  # too few for what the tokenizer adds
            wrong = False
        true, false = (true, count) if wrong else (count, false)
    return true


def _plan(
    model: PreTrainedModel, example: Mapping[str, Any], tapped: bool
) -> tuple[PlannedSite, ...]:
    """What each call of attention is, from a dry run."""
    found: dict[int, nn.Module] = {}
    hooks = find_w_o(model, found)
    try:
        with torch.inference_mode(), recording() as dry, _tap(tapped, name_modules=model):
            model(**{**without_cache(model), **example})
    finally:
        for hook in hooks:
            hook.remove()
    paths = {id(module): path for path, module in model.named_modules()}
    of_blocks = [paths.get(id(block.module), "") for block in dry.blocks]
    kinds = [_kind(model, block, path) for block, path in zip(dry.blocks, of_blocks, strict=True)]
    layers = _layers(kinds, of_blocks)
    plan = []
    for call, (block, kind, layer) in enumerate(zip(dry.blocks, kinds, layers, strict=True)):
        w_o = found.get(call)
        n_heads, d_head = block.z.shape[0], block.z.shape[2]
        plan.append(
            PlannedSite(
                kind=kind,
                layer=layer,
                n_heads=n_heads,
                d_head=block.q.shape[2],
                w_o=w_o,
                projection=None if w_o is None else output_projection(w_o, n_heads, d_head),
            )
        )
    return tuple(plan)


def _layers(kinds: Seq[Kind], paths: Seq[str]) -> list[int]:
    """The layer of each block, as the model numbers it in the path of its module; blocks are
    counted where paths tell nothing or share a number (ALBERT's layers are one module)."""
    found = [0] * len(kinds)
    for kind in set(kinds):
        calls = [call for call, each in enumerate(kinds) if each == kind]
        named = [_NUMBER.search(paths[call]) for call in calls]
        numbers = [int(match[1]) for match in named if match is not None]
        rising = all(a < b for a, b in itertools.pairwise(numbers))
        counted = range(len(calls))
        for call, layer in zip(
            calls, numbers if rising and len(numbers) == len(calls) else counted, strict=True
        ):
            found[call] = layer
    return found


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


def _check_single(model: PreTrainedModel, inputs: Mapping[str, Any]) -> None:
    """Raises ValueError for a batch: what a site holds has no batch axis."""
    tensors = [value for value in inputs.values() if isinstance(value, Tensor) and value.dim() > 1]
    main = inputs.get(model.main_input_name, tensors[0] if tensors else None)
    if isinstance(main, Tensor) and main.shape[0] != 1:
        raise ValueError(f"a captured run reads one text, not a batch of {main.shape[0]}")


def _tap(tapped: bool, name_modules: nn.Module | None = None) -> AbstractContextManager[Any]:
    return Tap(name_modules) if tapped else nullcontext()
