"""From a minimal pair as asked to the bytes of what moved. Runs in a worker thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from headlight.app.answers import read_fields, taught_of
from headlight.app.encode import json_bytes
from headlight.app.places import named_head, shown_heads, wanted_word
from headlight.app.schemas.pairs import PairsRequest
from headlight.app.selection import Array, Selection, arrays, check_size
from headlight.app.settings import Settings
from headlight.models.core.trace import Trace
from headlight.models.experiments.effects import Head
from headlight.models.experiments.pairs import (
    Aligned,
    Pair,
    moved_rows,
    pair_up,
    query_rows,
    rank_heads,
    vectors_moved,
)


def pairs_bytes(before: Trace, after: Trace, request: PairsRequest, settings: Settings) -> bytes:
    """What lies between two runs of one model. All that can be refused is refused first."""
    pair = pair_up(before, after, request.level)
    query = None if request.query is None else wanted_word(request.query)
    place, rows = (None, {}) if query is None else query_rows(pair, query)
    shown = shown_heads(request.show, before)
    numbers = sum(3 * len(pair.queries(kind)) * len(pair.keys(kind)) for kind, _, _ in shown)
    check_size("answer", numbers, settings.json_numbers, "Show fewer heads.", "show")
    reads, others = before.encoder or before.decoder, after.encoder or after.decoder
    assert reads is not None and others is not None
    target = before.decoder if before.encoder is not None else None
    taught = taught_of(before)
    with torch.inference_mode():
        heads, change = rank_heads(pair, query), vectors_moved(pair)
        pictures = [
            {
                **named_head(head),
                "taught": taught[head],
                **_shown(pair, head),
                "query_rows": rows.get(head[0]),
            }
            for head in shown
        ]
    return json_bytes(
        {
            **read_fields(before),
            "text_pair": request.text_pair,
            "other": request.other,
            "level": request.level,
            "target": before.target,
            "tokens": reads.tokens,
            "words": reads.words,
            "other_tokens": others.tokens,
            "other_words": others.words,
            "target_tokens": target and target.tokens,
            "target_words": target and target.words,
            "places": dict(zip(("before", "after"), pair.places, strict=True)),
            "alignment": pair.reads,
            "query": place,
            "heads": [
                {
                    **named_head((each.kind, each.layer, each.head)),
                    "moved": each.moved,
                    "row_moved": each.row_moved,
                    "taught": taught[each.kind, each.layer, each.head],
                }
                for each in heads
            ],
            "change": change
            and {
                "turn": change.turn.numpy(),
                "shift": change.shift.numpy(),
                "sentence_turn": change.sentence_turn,
                "sentence_shift": change.sentence_shift,
            },
            "shown": pictures,
            "outputs": before.outputs and {"before": before.outputs, "after": after.outputs},
        }
    )


def _shown(pair: Pair, head: Head) -> dict[str, Any]:
    """One head's pattern over both texts on the aligned grid, NaN where there is none."""
    before, after = (_on_grid(pair, head, side) for side in (0, 1))
    return {
        "before": before,
        "after": after,
        "difference": after - before,
        "moved": moved_rows(pair, *head),
    }


def _on_grid(pair: Pair, head: Head, side: int) -> Array:
    kind, layer, number = head
    trace = (pair.before, pair.after)[side]
    site = trace.site(kind, layer)
    one = Selection(trace, kind, (site,), ((number,),), ("pattern",), pair.level)
    pattern = arrays(one, site, (number,))["pattern"]
    assert pattern is not None
    queries, keys = pair.queries(kind), pair.keys(kind)
    grid = np.full((len(queries), len(keys)), np.nan, dtype=np.float32)
    (rows, at_rows), (cols, at_cols) = _held(queries, side), _held(keys, side)
    grid[np.ix_(rows, cols)] = pattern[0][np.ix_(at_rows, at_cols)]
    return grid


def _held(alignment: tuple[Aligned, ...], side: int) -> tuple[list[int], list[int]]:
    """Where one text stands in the alignment, and its positions there."""
    found = [
        (index, pos)
        for index, at in enumerate(alignment)
        if (pos := at.after if side else at.before) is not None
    ]
    return [index for index, _ in found], [pos for _, pos in found]
