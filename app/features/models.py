"""Which models there are, what each is made of, and how far it is."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from headlight.app.http.deps import StateDep, api_router
from headlight.app.http.encode import JSON, json_bytes
from headlight.app.http.languages import in_language
from headlight.app.http.negotiate import text_response
from headlight.app.http.openapi import LOOKING, errors
from headlight.app.schemas.answers import Answer, Count
from headlight.models.core.attention import Kind
from headlight.models.core.outputs import Task
from headlight.models.zoo.registry import ModelEntry, Registry, Status

router = api_router()


class SupervisedHeadAnswer(Answer):
    """A head that was trained to point at something; every other head is free."""

    kind: Kind
    layer: int
    head: int
    task: Task = Field(
        description="parent: from a word to its syntactic parent; antecedent: from a pronoun to "
        "what it refers to."
    )


class ModelAnswer(Answer):
    """One model that may be run. Shape fields are null until it is loaded once."""

    name: str = Field(description="What requests send as `model`.")
    title: str = Field(description="A short name for people.")
    description: str = Field(description="What it is, in a sentence or two.")
    kind: Literal["encoder", "decoder", "encoder-decoder"] | None = Field(
        description="Its architecture; null where only loading it can tell."
    )
    source: Literal["package", "hub", "folder"] = Field(description="Where the weights come from.")
    local: bool = Field(description="Whether the weights are on this machine already.")
    licence: str | None = Field(description="The weights' licence, where known.")
    languages: list[str] | None = Field(
        description="BCP 47 tags of the languages that it was trained to read; null where nobody "
        "said."
    )
    state: Literal["ready", "loading", "available", "unavailable"] = Field(
        description="available: loaded at first use; unavailable: see reason and remedy."
    )
    progress: float | None = Field(description="Share downloaded, 0 to 1, while loading.")
    reason: str | None = Field(description="Why it is unavailable.")
    remedy: str | None = Field(description="What the operator can do about it.")
    kinds: list[Kind] | None = Field(description="Its kinds of attention, the first one first.")
    layers: Count | None = Field(description="Attention layers of the first kind.")
    heads: Count | None = Field(description="Heads in each of those layers.")
    d_head: Count | None = Field(description="Numbers in one head's q, k or v.")
    d_model: Count | None = Field(description="Numbers in the residual stream.")
    token_limit: Count | None = Field(description="Most tokens it reads, special ones counted.")
    parameters: Count | None = Field(description="Numbers in all its weights.")
    supervised: list[SupervisedHeadAnswer] | None = Field(
        description="Its heads that were trained to point at something; the others are free."
    )
    outputs: list[Literal["fill", "next", "tag"]] | None = Field(
        description="What its output heads say of a text: fill: what stands at a mask; next: which "
        "token comes after it; tag: parts of speech. Empty: it only shows its attention."
    )
    layer_numbers: list[int] | None = Field(
        description="The layers that have attention, as the model numbers them: 0, 1, 2 ... in "
        "most. A hybrid model has attention in some of its layers only."
    )
    sinks: bool | None = Field(
        description="Whether rows of its patterns sum to less than 1: each head has a learned sink "
        "that takes part in the softmax and is no token."
    )
    other_from: int | None = Field(
        description="From this many tokens on the model attends in another way, which is not "
        "shown; token_limit ends before. Null: it always attends as shown."
    )
    linear: Literal["plain", "packed"] | None = Field(
        description="The kernel of its linear layers: torch's own, or oneDNN's where that is "
        "faster and moves no pattern by more than 1e-5."
    )


class ModelsAnswer(Answer):
    default: str = Field(description="The model of a request that names none.")
    models: list[ModelAnswer] = Field(description="Every model that may be run.")


SHAPE = (
    "kinds",
    "layers",
    "heads",
    "d_head",
    "d_model",
    "token_limit",
    "parameters",
    "supervised",
    "outputs",
    "layer_numbers",
    "sinks",
    "other_from",
    "linear",
)


def models_fields(registry: Registry, default: str) -> dict[str, Any]:
    """Every model, as /models answers and as pages carry it from the start."""
    entries = registry.entries
    listed = [model_fields(entry, registry.status(entry.name)) for entry in entries]
    return {"default": default, "models": listed}


def model_fields(entry: ModelEntry, status: Status) -> dict[str, Any]:
    """One model for /models: what it is, how far it is, and its shape once known."""
    names = ("name", "title", "description", "kind", "source", "licence", "languages")
    shape = {name: getattr(status.shape, name, None) for name in SHAPE}
    known = {name: getattr(entry, name) for name in names}
    if status.shape is not None:
        known["kind"] = status.shape.family
    return {
        **known,
        "local": entry.origin.locate() is not None,
        "state": status.state,
        "progress": status.progress,
        "reason": status.reason,
        "remedy": status.remedy,
        **shape,
    }


@router.head("/models", include_in_schema=False)
@router.get(
    "/models",
    operation_id="list_models",
    summary="Which models there are",
    response_model=ModelsAnswer,
    responses=errors(*LOOKING),
    tags=["models"],
)
async def list_models(state: StateDep, request: Request) -> Response:
    """Every model that requests may name, what it is, and whether it is ready."""
    body = json_bytes(models_fields(state.registry, state.default_model))
    return in_language(text_response(request, body, JSON))


@router.head("/models/{name:path}", include_in_schema=False)
@router.get(
    "/models/{name:path}",
    operation_id="get_model",
    summary="One model",
    response_model=ModelAnswer,
    responses=errors(404, *LOOKING),
    tags=["models"],
)
async def get_model(state: StateDep, request: Request, name: str) -> Response:
    """What it is and how far it is. While it downloads, `progress` grows from 0 to 1."""
    entry = state.registry.entry(name)
    body = json_bytes(model_fields(entry, state.registry.status(entry.name)))
    return in_language(text_response(request, body, JSON))
