"""From what `models` computes to the bytes of an answer. Runs in a worker thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np

from headlight.app.beside import Beside, beside
from headlight.app.encode import CSV, JSON, NPZ, csv_bytes, framed_bytes, json_bytes, npz_bytes
from headlight.app.places import wanted_word
from headlight.app.schemas.requests import (
    AttentionRequest,
    CellRequest,
    SearchRequest,
    WalkRequest,
)
from headlight.app.selection import Array, Selection, arrays, check_size, count_numbers, select
from headlight.app.settings import Settings
from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.model import Encoding, LoadedModel
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Sequence, Trace
from headlight.models.measures.cell import explain_cell
from headlight.models.measures.search import HeadLink, search_heads
from headlight.models.measures.statistics import HeadStatistics, overview
from headlight.models.measures.walk import walk_head
from headlight.models.text.pooling import Level
from headlight.models.zoo.registry import ModelEntry, Registry, Status

SHAPE = (
    "kinds",
    "layers",
    "heads",
    "d_head",
    "d_model",
    "token_limit",
    "parameters",
    "taught",
    "says",
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
    names = ("name", "title", "description", "kind", "source", "licence")
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


def tokens_bytes(model: LoadedModel, encoding: Encoding, text: str, pair: str | None) -> bytes:
    """How the model cuts the text; for a decoder, its only tower is the one that reads."""
    reads = encoding.encoder or encoding.decoder
    assert reads is not None
    target = encoding.decoder if encoding.encoder is not None else None
    refusal = model.refusal(encoding)
    limit = model.shape.token_limit
    return json_bytes(
        {
            "model": model.name,
            "text": text,
            "text_pair": pair,
            "count": encoding.count,
            "limit": limit,
            "fits": refusal is None,
            "refusal": None if refusal is None else refusal.message,
            **_first(reads, limit, ""),
            **_first(target, limit, "target_"),
        }
    )


def _first(sequence: Sequence | None, limit: int, prefix: str) -> dict[str, Any]:
    """The tokens that fit, and the words that are whole among them: an answer stays small."""
    if sequence is None:
        return {f"{prefix}tokens": None, f"{prefix}words": None}
    words = [word for word in sequence.words if word.tokens[-1] < limit]
    return {f"{prefix}tokens": sequence.tokens[:limit], f"{prefix}words": words}


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
    numbers, fewer = count_numbers(selection), "Select fewer layers, heads or tensors"
    if media_type == NPZ:
        check_size("selection", numbers, settings.npz_numbers, f"{fewer}.", "layers")
        _check_even(selection)
        return _attention_npz(beside(selection, request, settings, model))
    advice = f"{fewer}, or send Accept: {NPZ}."
    check_size("selection", numbers, settings.json_numbers, advice, "layers")
    if media_type == CSV:
        return _attention_csv(selection)
    assert media_type == JSON
    return _attention_json(beside(selection, request, settings, model))


def _attention_json(found: Beside) -> bytes:
    selection = found.selection
    query, key = selection.query, selection.key
    taught = taught_of(selection.trace)
    heads = []
    for site, numbers in selection.each():
        stacked = arrays(selection, site, numbers)
        for row, head in enumerate(numbers):
            tensors = {
                name: None if array is None else array[row] for name, array in stacked.items()
            }
            name = (selection.kind, site.layer, head)
            heads.append(
                {"kind": name[0], "layer": name[1], "head": head, "taught": taught[name], **tensors}
            )
    return json_bytes(
        {
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
            "heads": heads,
            **_beside_json(found),
        }
    )


def _beside_json(found: Beside) -> dict[str, Any]:
    """What was asked for of whole layers and of the run."""
    fields_: dict[str, Any] = {}
    if found.layers:
        fields_["layers"] = [
            {
                "kind": found.selection.kind,
                "layer": site.layer,
                **{name: values[row] for name, values in found.layers.items()},
            }
            for row, site in enumerate(found.selection.sites)
        ]
    if found.output is not None:
        fields_["output"] = found.output
    if found.integrated is not None:
        fields_["integrated_gradients"] = {
            **_fields(found.integrated),
            "values": found.integrated.values.numpy(),
            "gap": found.integrated.gap,
            "relative_gap": found.integrated.relative_gap,
        }
    return fields_


def _beside_npz(found: Beside) -> dict[str, Array]:
    arrays_ = dict(found.layers)
    if found.output is not None:
        arrays_["output"] = np.array(found.output["value"], dtype=np.float32)
    if found.integrated is not None:
        arrays_["integrated_gradients"] = found.integrated.values.float().numpy()
        ends = (found.integrated.at_baseline, found.integrated.at_input)
        arrays_["integrated_between"] = np.array(ends, dtype=np.float32)
    return arrays_


def _check_even(selection: Selection) -> None:
    if len(set(selection.heads)) > 1:
        raise InvalidSelection(
            "these layers have different numbers of heads, which one array cannot hold; "
            "name the heads, or ask for one layer at a time",
            field="heads",
        )


def _attention_npz(found: Beside) -> bytes:
    """Every array [layer, head, ...]. A bias that the model does not have is left out."""
    selection = found.selection
    layers = [arrays(selection, site, heads) for site, heads in selection.each()]
    stacked = {}
    for name in selection.names:
        of_layers = [array for layer in layers if (array := layer[name]) is not None]
        if of_layers:
            assert len(of_layers) == len(layers), f"some layers have no {name}"
            stacked[name] = np.stack(of_layers)
    labels = {
        "layers": np.array([site.layer for site in selection.sites], dtype=np.int32),
        "heads": np.array(selection.heads[0], dtype=np.int32),
        "kind": np.array(selection.kind),
    }
    side = "words" if selection.level == "word" else "tokens"
    labels[f"query_{side}"] = np.array(_labels(selection.query, selection.level))
    labels[f"key_{side}"] = np.array(_labels(selection.key, selection.level))
    return npz_bytes({**labels, **stacked, **_beside_npz(found)})


def _attention_csv(selection: Selection) -> bytes:
    if selection.n_heads != 1:
        raise InvalidSelection(
            f"CSV holds one head, and this selects {selection.n_heads}; name one layer and one "
            "head",
            field="heads",
        )
    names = {*selection.names, *selection.beside}
    if not names <= {"pattern", "mask"} or "pattern" not in names:
        raise InvalidSelection("CSV holds the pattern only", field="include")
    pattern = arrays(selection, selection.sites[0], selection.heads[0])["pattern"]
    assert pattern is not None
    level = selection.level
    return csv_bytes(pattern[0], _labels(selection.query, level), _labels(selection.key, level))


def _labels(sequence: Sequence, level: Level) -> list[str]:
    return [item.text for item in (sequence.words if level == "word" else sequence.tokens)]


def overview_bytes(trace: Trace, level: Level) -> bytes:
    """The header, then the uint8 pictures of every head in the header's order."""
    found = overview(trace, level)
    kinds = []
    for each in found.kinds:
        query, key = trace.query_sequence(each.kind), trace.key_sequence(each.kind)
        kinds.append(
            {
                **_fields(each, leave_out="patterns"),
                "query": {"tokens": query.tokens, "words": query.words},
                "key": {"tokens": key.tokens, "words": key.words},
            }
        )
    header = {
        **read_fields(trace),
        "target": trace.target,
        "level": level,
        "kinds": kinds,
        "heads": _named(found.heads, trace),
        "outputs": trace.outputs,
    }
    return framed_bytes(header, [each.patterns.tobytes() for each in found.kinds])


def cell_bytes(trace: Trace, request: CellRequest) -> bytes:
    kind: Kind = request.kind or trace.kinds[0]
    cell = explain_cell(
        trace, kind, request.layer, request.head, request.query_pos, request.key_pos
    )
    return json_bytes({"model": trace.model, **_fields(cell)})


def walk_bytes(trace: Trace, request: WalkRequest, media_type: str, settings: Settings) -> bytes:
    """Every step of one head. As .npz what is None is left out, and `tokens` are their texts."""
    walk = walk_head(trace, request.layer, request.head, request.query_pos)
    found = {name: tensor.contiguous().numpy() for name, tensor in walk.tensors()}
    if media_type == NPZ:
        texts = [token.text for token in walk.tokens]
        taught = [[each.layer, each.head] for each in walk.taught]
        return npz_bytes(
            {
                "tokens": np.array(texts),
                "special": np.array([token.special for token in walk.tokens]),
                "layers": np.array(walk.layers, dtype=np.int32),
                "taught": np.array(taught, dtype=np.int32).reshape(-1, 2),
                "taught_tasks": np.array([each.task for each in walk.taught], dtype=np.str_),
                "scale": np.array(walk.scale, dtype=np.float32),
                "normaliser": np.array(walk.normaliser),
                "norm_epsilon": np.array(walk.norm_epsilon, dtype=np.float32),
                **found,
            }
        )
    numbers = sum(array.size for array in found.values())
    advice = f"Name a query_pos, or send Accept: {NPZ}."
    check_size("walk", numbers, settings.json_numbers, advice, "query_pos")
    return json_bytes({**read_fields(trace), **_fields(walk), **found})


def search_bytes(trace: Trace, request: SearchRequest) -> bytes:
    result = search_heads(trace, wanted_word(request.query), wanted_word(request.key), request.kind)
    return json_bytes(
        {**read_fields(trace), **_fields(result), "heads": _named(result.heads, trace)},
    )


def outputs_bytes(trace: Trace) -> bytes:
    """What the model says of the text. Raises InvalidSelection for one that says nothing."""
    if trace.outputs is None:
        raise InvalidSelection(
            f"{trace.model} shows its attention and says nothing of a text; ask a model that was "
            "taught to, such as small",
            field="model",
        )
    reads = trace.encoder or trace.decoder
    assert reads is not None
    target = trace.decoder if trace.encoder is not None else None
    return json_bytes(
        {
            **read_fields(trace),
            "target": trace.target,
            "tokens": reads.tokens,
            "words": reads.words,
            "target_tokens": target and target.tokens,
            "target_words": target and target.words,
            "outputs": trace.outputs,
        }
    )


def taught_of(trace: Trace) -> defaultdict[tuple[Kind, int, int], Task | None]:
    """What each head was taught, by kind, layer and head; None for those that are free."""
    tasks = {(each.kind, each.layer, each.head): each.task for each in trace.taught}
    return defaultdict(lambda: None, tasks)


def _named(heads: Iterable[HeadStatistics | HeadLink], trace: Trace) -> list[dict[str, Any]]:
    """Heads with what each was taught beside what is known of it."""
    taught = taught_of(trace)
    return [{**_fields(each), "taught": taught[each.kind, each.layer, each.head]} for each in heads]


def read_fields(trace: Trace) -> dict[str, Any]:
    return {"model": trace.model, "text": trace.text, "text_pair": trace.text_pair}


def _fields(record: Any, leave_out: str = "") -> dict[str, Any]:
    """A dataclass's own fields, one level deep: orjson writes what is inside."""
    names = _names(record.__class__)
    return {name: getattr(record, name) for name in names if name != leave_out}


@cache
def _names(record: Any) -> tuple[str, ...]:
    """The names of a dataclass's fields, in their order."""
    return tuple(field.name for field in fields(record))
