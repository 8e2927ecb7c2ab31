"""What stands beside attention in an answer: rollout and flow of its layers, gradients of a
chosen output. Runs in a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.app.features.objective import output_fields, output_selector
from headlight.app.features.selection import AttentionRequest, Selection
from headlight.app.http.errors import SelectionTooLarge
from headlight.app.http.tensors import Array
from headlight.app.settings import Settings
from headlight.models.core.errors import InvalidSelection, check_within
from headlight.models.core.messages import Message, both
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.attribution import (
    RUNS_PER_STEP,
    IntegratedGradients,
    integrated_gradients,
)
from headlight.models.experiments.objective import objective_of
from headlight.models.measures.norms import check_projection
from headlight.models.measures.rollout import (
    MAX_FLOW_WORK,
    check_stack,
    flow,
    flow_work,
    mixing,
    reachable,
    rollout,
)

USED_BY = {
    "output": ("gradient_pattern", "integrated_gradients"),
    "steps": ("integrated_gradients",),
    "baseline": ("integrated_gradients",),
    "query_pos": ("flow",),
}
"""Fields of a request, and what in `include` uses each."""


@dataclass(frozen=True, slots=True, eq=False)
class Attributions:
    """`selection` has the gradients that it needs. `layers` holds rollout and flow, [layer,
    query_pos, key_pos] each, float32, NaN where no path leads. None: not asked for."""

    selection: Selection
    layers: dict[str, Array]
    output: dict[str, Any] | None = None
    integrated: IntegratedGradients | None = None


def needs_model(request: AttentionRequest) -> bool:
    """Whether the model has to run again for it."""
    return not {"gradient_pattern", "integrated_gradients"}.isdisjoint(request.include)


def takes_long(request: AttentionRequest) -> bool:
    """Whether others should not wait for it."""
    return needs_model(request) or "flow" in request.include


def check_used(request: AttentionRequest) -> None:
    """Raises InvalidSelection for a field that would be ignored; its default changes nothing."""
    for field, users in USED_BY.items():
        given = getattr(request, field) != type(request).model_fields[field].default
        if given and set(users).isdisjoint(request.include):
            added = users[0] if len(users) == 1 else Message("one of them")
            raise InvalidSelection(
                Message(
                    "{field} is used by {users} only, and include has {include}; add {added} to "
                    "include, or leave {field} out",
                    field=field,
                    users=both(users),
                    include=", ".join(request.include),
                    added=added,
                ),
                argument=field,
            )


def attribute(
    selection: Selection,
    request: AttentionRequest,
    settings: Settings,
    model: LoadedModel | None,
) -> Attributions:
    """Everything that can be refused is refused before anything is computed.

    `model` may be None only where `needs_model` says no.
    """
    if "norms" in selection.names:
        for site in selection.sites:
            check_projection(site)
    if {"rollout", "flow"} & set(selection.attributions):
        check_stack(selection.kind)
    queries = _flow_queries(selection, request) if "flow" in selection.attributions else []
    if not needs_model(request):
        return Attributions(selection, _layers(selection, queries))
    assert model is not None, "the route hands it on"
    trace = selection.trace
    wants_tokens = "integrated_gradients" in selection.attributions
    if wants_tokens:
        _check_steps(request.steps, trace, settings.rerun_tokens)
    objective = objective_of(model, trace, output_selector(request.output))
    integrated = None
    if wants_tokens:
        integrated = integrated_gradients(
            model, trace, objective, baseline=request.baseline, steps=request.steps
        )
    if "gradient_pattern" in selection.names:
        selection = selection.with_gradients(model.differentiate(trace, objective.of).z)
    layers = _layers(selection, queries)
    return Attributions(selection, layers, output_fields(objective, trace), integrated)


def _layers(selection: Selection, queries: list[int]) -> dict[str, Array]:
    if not {"rollout", "flow"} & set(selection.attributions):
        return {}
    trace, kind = selection.trace, selection.kind
    numbers = [site.layer for site in selection.sites]
    found = {}
    with torch.inference_mode():
        mixed, open_ = mixing(trace, kind), reachable(trace, kind)[numbers]
        if "rollout" in selection.attributions:
            found["rollout"] = _seen(rollout(mixed)[numbers], open_)
        if "flow" in selection.attributions:
            flows = torch.full_like(mixed[numbers], torch.nan)
            for row, layer in enumerate(numbers):
                flows[row, queries] = flow(mixed, layer, queries)
            found["flow"] = _seen(flows, open_)
    return found


def _seen(values: Float[Tensor, "layer query_pos key_pos"], open_: Tensor) -> Array:
    array: Array = values.masked_fill(~open_, torch.nan).float().numpy()
    return array


def _flow_queries(selection: Selection, request: AttentionRequest) -> list[int]:
    """The rows to compute. Raises InvalidSelection, and SelectionTooLarge for what takes long."""
    length = len(selection.query)
    queries = list(range(length)) if request.query_pos is None else request.query_pos
    for query in queries:
        check_within("query_pos", query, length, Message("the tokens of the text"))
    work = flow_work(length, [site.layer for site in selection.sites], len(queries))
    if work > MAX_FLOW_WORK:
        raise SelectionTooLarge(
            Message(
                "this flow has {work} steps (each flow times the links that it may take); at "
                "most {limit} are taken. Name fewer query_pos, fewer or lower layers, or "
                "shorten the text.",
                work=work,
                limit=MAX_FLOW_WORK,
            ),
            argument="query_pos",
        )
    return queries


def _check_steps(steps: int, trace: Trace, limit: int) -> None:
    """Time goes with steps x tokens."""
    length = trace.count
    tokens, most = RUNS_PER_STEP * steps * length, limit // (RUNS_PER_STEP * length)
    if tokens > limit:
        fewer = (
            Message("Ask for at most {most} steps, or shorten the text.", most=most)
            if most
            else Message("Shorten the text.")
        )
        raise SelectionTooLarge(
            Message(
                "{steps} steps of {length} tokens, each as long as {runs_per_step} runs, are as "
                "many as {tokens} tokens to read; at most {limit} are read. {fewer}",
                steps=steps,
                length=length,
                runs_per_step=RUNS_PER_STEP,
                tokens=tokens,
                limit=limit,
                fewer=fewer,
            ),
            argument="steps" if most else "text",
        )
