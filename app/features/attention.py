"""The tensors of some heads, as JSON, .npz or CSV."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from headlight import figures
from headlight.app.features.attribution import (
    Attributions,
    attribute,
    check_used,
    needs_model,
    takes_long,
)
from headlight.app.features.objective import ChosenAnswer
from headlight.app.features.selection import (
    AXES,
    AttentionRequest,
    Selection,
    arrays,
    check_size,
    count_numbers,
    select,
)
from headlight.app.http.compute import computed, computed_long
from headlight.app.http.deps import StateDep, answers_in, api_router
from headlight.app.http.encode import CSV, JSON, NPZ, PLOTLY, csv_bytes
from headlight.app.http.languages import said
from headlight.app.http.openapi import READING, binary, errors
from headlight.app.http.records import fields_of, read_fields, supervised_tasks
from headlight.app.http.tensors import Array, Tensor, TensorAnswer
from headlight.app.schemas.answers import (
    SUPERVISED,
    Answer,
    Count,
    Floats,
    MaskedMatrix,
    Matrix,
    Read,
    TokenAnswer,
    WordAnswer,
)
from headlight.app.settings import Settings
from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.model import LoadedModel
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Trace
from headlight.models.experiments.attribution import IntegratedGradients
from headlight.models.text.pooling import Level

router = api_router()


class HeadAnswer(Answer):
    """One head. Which of the tensors are there, `include` decides."""

    kind: Kind
    layer: int
    head: int
    supervised: Task | None = Field(description=SUPERVISED)
    pattern: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos] (words at level word), 0 to 1; each row sums to 1. "
        "null where masked.",
    )
    mask: list[list[bool]] | None = Field(
        None,
        description="[query_pos][key_pos]: true where the query may look. Always beside pattern.",
    )
    scores: Matrix | None = Field(
        None, description="[query_pos][key_pos]: q.k times scale, before bias and mask."
    )
    bias: Matrix | None = Field(
        None,
        description="[query_pos][key_pos], added to scores (T5's positions); null without one.",
    )
    q: Matrix | None = Field(None, description="[query_pos][d_head], positions applied.")
    k: Matrix | None = Field(None, description="[key_pos][d_head], positions applied.")
    v: Matrix | None = Field(None, description="[key_pos][d_head].")
    z: Matrix | None = Field(None, description="[query_pos][d_head]: pattern.v, the model's own.")
    contribution: Matrix | None = Field(
        None, description="[query_pos][d_model]: z through this head's part of W_o."
    )
    norms: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos]: the length of pattern * f(x), where f(x) = v through "
        "this head's part of W_o: what a link carries (Kobayashi et al. 2020). At least 0, in the "
        "units of the block's output; null where masked.",
    )
    gradient_pattern: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos]: pattern * d output / d pattern, signed, in the units of "
        "`output`: to first order what the output would lose if this link alone were cut and its "
        "row not renormalised. null where masked.",
    )


class LayerAnswer(Answer):
    """What is known of a whole layer, its heads taken together."""

    kind: Kind
    layer: int
    rollout: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos], 0 to 1, rows sum to 1: what each position holds of each "
        "input after this layer, A_l ... A_0 with A = half the mean of the heads' patterns and "
        "half the identity (Abnar and Zuidema 2020). null where no path leads.",
    )
    flow: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos], 0 to 1: the most that can flow from each input to the "
        "position through the links of all layers up to this one, each as wide as its A (the same "
        "paper). null where no path leads, and in rows that were not asked for.",
    )


class IntegratedAnswer(Answer):
    """Integrated gradients of `output` over the input embeddings (Sundararajan et al. 2017)."""

    baseline: Literal["mean", "zero", "mask"] = Field(
        description="What typed tokens were compared with, as asked."
    )
    steps: Count = Field(description="Parts of the way, as asked.")
    values: Floats = Field(
        description="[pos] of `tokens` read: what each token adds to the output, signed; 0 for "
        "special tokens. Of an encoder-decoder model, the encoder's tokens."
    )
    at_input: float = Field(description="The output for the text.")
    at_baseline: float = Field(description="The output for the baseline.")
    gap: float = Field(
        description="Sum of values - (at_input - at_baseline): what too few steps leave out."
    )
    relative_gap: float | None = Field(
        description="|gap| / |at_input - at_baseline|; null where those are the same."
    )


class AttentionAnswer(Read):
    level: Level
    kind: Kind
    target: str | None = Field(
        description="What the decoder of an encoder-decoder model reads: its offsets count here."
    )
    tokens: list[TokenAnswer] = Field(description="The query side's tokens.")
    words: list[WordAnswer] = Field(description="The query side's words.")
    query_tokens: list[TokenAnswer] = Field(description="Rows at level token.")
    key_tokens: list[TokenAnswer] = Field(description="Columns at level token.")
    query_words: list[WordAnswer] = Field(description="Rows at level word.")
    key_words: list[WordAnswer] = Field(description="Columns at level word.")
    heads: list[HeadAnswer] = Field(description="By layer, then head, in the order asked for.")
    layers: list[LayerAnswer] | None = Field(
        None, description="For rollout and flow: one for each layer asked for."
    )
    output: ChosenAnswer | None = Field(
        None, description="For gradient_pattern and integrated_gradients: what they are about."
    )
    integrated_gradients: IntegratedAnswer | None = Field(
        None, description="Where asked for: one number a token."
    )


def attention_bytes(
    trace: Trace,
    request: AttentionRequest,
    media_type: str,
    settings: Settings,
    model: LoadedModel | None = None,
) -> bytes:
    """The heads asked for, in the format asked for. `model` is there where it has to run again."""
    selection = select(
        trace,
        request.kind,
        request.layers,
        request.heads,
        list(request.include),
        request.level,
    )
    numbers, what = count_numbers(selection), Message("selection")
    if media_type == NPZ:
        advice = Message("Select fewer layers, heads or tensors.")
        check_size(what, numbers, settings.npz_numbers, advice, "layers")
        _check_even(selection)
        return _answer(attribute(selection, request, settings, model)).npz()
    advice = Message("Select fewer layers, heads or tensors, or send Accept: {type}.", type=NPZ)
    check_size(what, numbers, settings.json_numbers, advice, "layers")
    if media_type == CSV:
        return _attention_csv(selection)
    if media_type == PLOTLY:
        return _attention_figure(selection, request.figure)
    assert media_type == JSON
    return _answer(attribute(selection, request, settings, model)).json()


def _answer(found: Attributions) -> TensorAnswer:
    """A bias that the model does not have is null in JSON, and left out of an .npz."""
    selection = found.selection
    by_layer = [arrays(selection, site, heads) for site, heads in selection.each()]

    def of_layers(name: str) -> list[Any]:
        rows = zip(by_layer, selection.heads, strict=True)
        return [[None] * len(heads) if of[name] is None else of[name] for of, heads in rows]

    tensors = {
        name: Tensor(("layer", "head", *AXES[name]), of_layers(name)) for name in selection.names
    }
    for name, values in found.layers.items():
        tensors[name] = Tensor(("layer", *AXES[name]), values)
    fields = {**_read(selection), "heads": _heads(selection)}
    if found.layers:
        kind = selection.kind
        fields["layers"] = [{"kind": kind, "layer": site.layer} for site in selection.sites]
    labels = _labels(selection)
    if found.output is not None:
        fields["output"] = found.output
        labels["output"] = np.array(found.output["value"], dtype=np.float32)
    if found.integrated is not None:
        fields["integrated_gradients"] = _integrated(found.integrated)
        labels["integrated_gradients"] = found.integrated.values.float().numpy()
        ends = (found.integrated.at_baseline, found.integrated.at_input)
        labels["integrated_between"] = np.array(ends, dtype=np.float32)
    return TensorAnswer(fields, labels, tensors)


def _read(selection: Selection) -> dict[str, Any]:
    query, key = selection.query, selection.key
    return {
        **read_fields(selection.trace),
        "level": selection.level,
        "kind": selection.kind,
        "target": selection.trace.target,
        "tokens": query.tokens,
        "words": query.words,
        "query_tokens": query.tokens,
        "key_tokens": key.tokens,
        "query_words": query.words,
        "key_words": key.words,
    }


def _heads(selection: Selection) -> list[dict[str, Any]]:
    supervised = supervised_tasks(selection.trace.supervised)
    names = [(selection.kind, site.layer, head) for site, of in selection.each() for head in of]
    return [
        {"kind": kind, "layer": layer, "head": head, "supervised": supervised[kind, layer, head]}
        for kind, layer, head in names
    ]


def _integrated(found: IntegratedGradients) -> dict[str, Any]:
    own = {"values": found.values.numpy(), "gap": found.gap, "relative_gap": found.relative_gap}
    return {**fields_of(found), **own}


def _labels(selection: Selection) -> dict[str, Array]:
    side = "words" if selection.level == "word" else "tokens"
    return {
        "layers": np.array([site.layer for site in selection.sites], dtype=np.int32),
        "heads": np.array(selection.heads[0], dtype=np.int32),
        "kind": np.array(selection.kind),
        f"query_{side}": np.array(selection.query.axis(selection.level).labels),
        f"key_{side}": np.array(selection.key.axis(selection.level).labels),
    }


def _check_even(selection: Selection) -> None:
    if len(set(selection.heads)) > 1:
        raise InvalidSelection(
            Message(
                "these layers have different numbers of heads, which one array cannot hold; name "
                "the heads, or ask for one layer at a time"
            ),
            argument="heads",
        )


def _attention_csv(selection: Selection) -> bytes:
    pattern = _one_pattern(selection, "CSV")
    level = selection.level
    return csv_bytes(pattern, selection.query.axis(level).labels, selection.key.axis(level).labels)


def _attention_figure(selection: Selection, figure: Literal["heatmap", "links"]) -> bytes:
    pattern = _one_pattern(selection, Message("a Plotly figure"))
    level, site, [[head]] = selection.level, selection.sites[0], selection.heads
    title = figures.head_title(selection.trace.model, selection.kind, site.layer, head)
    draw = {"heatmap": figures.heatmap, "links": figures.links}[figure]
    sides = selection.query.axis(level).labels, selection.key.axis(level).labels
    made = draw(pattern, *sides, title, say=said)
    return str(made.to_json()).encode()


def _one_pattern(selection: Selection, by: str | Message) -> Array:
    """The pattern of the one head that is selected, NaN where masked."""
    if selection.n_heads != 1:
        raise InvalidSelection(
            Message(
                "{by} holds one head, and this selects {n_heads}; name one layer and one head",
                by=by,
                n_heads=selection.n_heads,
            ),
            argument="heads",
        )
    names = {*selection.names, *selection.attributions}
    if not names <= {"pattern", "mask"} or "pattern" not in names:
        raise InvalidSelection(Message("{by} holds the pattern only", by=by), argument="include")
    pattern = arrays(selection, selection.sites[0], selection.heads[0])["pattern"]
    assert pattern is not None
    one: Array = pattern[0]
    return one


@router.post(
    "/attention",
    operation_id="get_attention",
    summary="The tensors of some heads",
    response_model=AttentionAnswer,
    responses={
        200: {
            "description": "As JSON; as .npz, arrays [layer, head, ...] with NaN where masked; "
            "as CSV, one head's pattern; as a Plotly figure, its heatmap or links.",
            "content": {
                NPZ: binary("numpy.load reads it."),
                CSV: {"schema": {"type": "string"}},
                PLOTLY: {"schema": {"type": "object"}},
            },
        },
        **errors(*READING),
    },
    tags=["heads"],
)
@answers_in(JSON, NPZ, CSV, PLOTLY)
async def get_attention(state: StateDep, request: Request, body: AttentionRequest) -> Response:
    """Pattern, scores, q, k, v, z, contribution: whatever `include` names, of the heads chosen;
    and beside attention: norms, gradients of a chosen output, rollout and flow.

    Send `Accept: application/x-npz` for NumPy, `Accept: text/csv` for one head's table,
    `Accept: application/vnd.plotly.v1+json` for its picture as a live Plotly figure.
    """
    model, text, pair = state.resolve(body)
    check_used(body)
    trace = await state.runs.trace(model, text, pair)
    loaded = await state.runs.load(model) if needs_model(body) else None
    media_type = request.state.media_type
    answered = computed_long if takes_long(body) else computed
    return await answered(
        state, request, attention_bytes, trace, body, media_type, state.settings, loaded
    )
