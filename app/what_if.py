"""From edits as requests say them to the bytes of what they change. Runs in a worker thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import torch

from headlight.app.answers import read_fields, taught_of
from headlight.app.encode import json_bytes
from headlight.app.errors import SelectionTooLarge
from headlight.app.places import named_head, shown_heads
from headlight.app.schemas import edits as asked
from headlight.app.selection import Selection, arrays, check_size
from headlight.app.settings import Settings
from headlight.models.core import edits as made
from headlight.models.core.attention import Kind
from headlight.models.core.edits import Edit, Where, alter
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Site, Trace
from headlight.models.experiments.effects import DRAWS, Effect, Head, heads_of, measure_effect

Source = tuple[str, str | None]
"""A text to patch from, and its pair."""


def what_if_bytes(
    model: LoadedModel,
    plain: Trace,
    sources: Mapping[Source, Trace],
    request: asked.WhatIfRequest,
    settings: Settings,
) -> bytes:
    """What the edits change. `sources` holds the run of every text that they patch from.

    Everything that can be refused is refused before anything is computed.
    """
    edits = [_edit(each, plain.kinds[0], sources) for each in request.edits]
    altered = alter(edits, plain.sites)
    shown = shown_heads(request.show, plain)
    _check_work(edits, plain, settings.rerun_tokens)
    numbers = sum(2 * site.query_len * site.key_len for site in _sites(shown, plain))
    check_size("answer", numbers, settings.json_numbers, "Show fewer heads.", "show")
    with torch.inference_mode():
        effect = measure_effect(model, plain, edits, altered)
    return json_bytes(_answer(effect, shown))


def _edit(edit: asked.AnyEdit, first: Kind, sources: Mapping[Source, Trace]) -> Edit:
    where = Where(
        kind=edit.kind or first,
        layer=edit.layer,
        heads=_tuple(edit.heads),
        queries=_tuple(edit.query_pos),
        keys=tuple(edit.key_pos) if isinstance(edit, asked.Link) else None,
    )
    return Edit(where, _change(edit, sources))


def _tuple(numbers: list[int] | None) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(numbers)


def _change(edit: asked.AnyEdit, sources: Mapping[Source, Trace]) -> made.Change:
    match edit:
        case asked.Off():
            return made.SwitchOff()
        case asked.Mean():
            return made.MeanZ()
        case asked.Temperature():
            return made.Temperature(edit.value)
        case asked.Unscaled():
            return made.Unscaled()
        case asked.Window():
            return made.Window(edit.width)
        case asked.OnlyAlong():
            return made.OnlyAlong(tuple((query, key) for query, key in edit.edges))
        case asked.NormaliseBy():
            return made.NormaliseBy(edit.by)
        case asked.SetLink():
            return made.SetLink(edit.weight, edit.renormalise)
        case asked.Cut():
            return made.SetLink(0.0, edit.renormalise)
        case asked.Patch():
            return made.Patch(sources[edit.text, edit.text_pair])


def _sites(heads: list[Head], trace: Trace) -> Iterator[Site]:
    return (trace.site(kind, layer) for kind, layer, _ in heads)


def _check_work(edits: list[Edit], plain: Trace, limit: int) -> None:
    """Every head of every edit is a run of its own: many of a long text would take minutes."""
    runs = len(heads_of(edits, plain)) + DRAWS
    length = max(len(tower) for tower in (plain.encoder, plain.decoder) if tower is not None)
    if runs * length > limit:
        raise SelectionTooLarge(
            f"these edits need {runs} runs ({DRAWS} controls, and each head of each edit alone) "
            f"of {length} tokens, {runs * length} in all; at most {limit} are read. Name fewer "
            "heads, or shorten the text.",
            field="edits",
        )


def _answer(effect: Effect, shown: list[Head]) -> dict[str, Any]:
    plain, edited, change = effect.plain, effect.edited, effect.change
    reads = plain.encoder or plain.decoder
    assert reads is not None
    target = plain.decoder if plain.encoder is not None else None
    taught = taught_of(plain)
    said = plain.outputs is not None
    return {
        **read_fields(plain),
        "target": plain.target,
        "tokens": reads.tokens,
        "words": reads.words,
        "target_tokens": target and target.tokens,
        "target_words": target and target.words,
        "change": {
            "turn": change.turn.numpy(),
            "shift": change.shift.numpy(),
            "sentence_turn": change.sentence_turn,
            "sentence_shift": change.sentence_shift,
        },
        "patterns": [
            {
                "kind": kind,
                "layer_numbers": [site.layer for site in plain.of_kind(kind)],
                "moved": moved.contiguous().numpy(),
            }
            for kind, moved in effect.patterns.items()
        ],
        "predictions": effect.predictions,
        "singles": [
            {
                "edit": single.edit,
                **named_head(single.head),
                "sentence_turn": single.sentence_turn,
                "sentence_shift": single.sentence_shift,
                "kl": single.kl,
            }
            for single in effect.singles
        ],
        "controls": asdict(effect.controls),
        "shown": [
            {
                **named_head(head),
                "taught": taught[head],
                "before": _pattern(plain, head),
                "after": _pattern(edited, head),
            }
            for head in shown
        ],
        "outputs": {"before": plain.outputs, "after": edited.outputs} if said else None,
    }


def _pattern(trace: Trace, head: Head) -> Any:
    """[query_pos, key_pos] of one head, NaN where the model masks, with edits or without."""
    kind, layer, number = head
    site = trace.site(kind, layer)
    one = Selection(trace, kind, (site,), ((number,),), ("pattern",), "token")
    pattern = arrays(one, site, (number,))["pattern"]
    assert pattern is not None
    return pattern[0]
