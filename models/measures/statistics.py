"""All heads of a run at a glance: a small picture and a few numbers for each.

The pictures are uint8 and for looking only; every number comes from the float pattern.
Heads are worked a few at a time, so that their patterns stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Seq
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.text.pooling import Level, word_pattern

LARGEST_PICTURE = 128
POOLED_PICTURE = 64
CHUNK_BYTES = 4 * 2**20  # larger misses the cache, smaller wakes the threads too often
BITS_PER_NAT = 1.4426950408889634


@dataclass(frozen=True, slots=True)
class Link:
    """One cell of a pattern and its value, 0 to 1."""

    query_pos: int
    key_pos: int
    value: float


@dataclass(frozen=True, slots=True)
class HeadStatistics:
    """What one head does, on average over all its query positions.

    entropy         bits, 0 (one key) to log2 of the number of keys (all alike)
    mean_distance   positions, |query_pos - key_pos|
    to_...          shares in 0..1: special tokens, itself, the position before, the one after
    strongest       the largest value between two positions that are not special

    Positions are words where the overview is at word level. None where it has no meaning:
    distances and neighbours in cross attention, `strongest` where every position is special.
    """

    kind: Kind
    layer: int
    head: int
    entropy: float
    mean_distance: float | None
    to_special: float
    to_self: float | None
    to_previous: float | None
    to_next: float | None
    strongest: Link | None


@dataclass(frozen=True, slots=True, eq=False)
class KindOverview:
    """The pictures of one kind: `patterns` [layer * head, rows, cols] is round(255 * pattern).

    Beyond 128 positions on either axis each axis is max-pooled to at most 64 (`pooled`):
    a maximum keeps the lone bright cells and diagonals that a mean would wash out.
    `layers` and `heads` count; `heads` is the largest count of any layer. `layer_numbers` are the
    model's own numbers of those layers, in order. With `sinks` rows sum to less than 1: the rest
    goes to a learned sink of the head, which is no token.
    """

    kind: Kind
    layers: int
    layer_numbers: tuple[int, ...]
    heads: int
    causal: bool
    sinks: bool
    rows: int
    cols: int
    pooled: bool
    patterns: UInt8[np.ndarray, "picture rows cols"]


@dataclass(frozen=True, slots=True)
class Overview:
    """Every kind's pictures, and every head's numbers in the same order."""

    level: Level
    kinds: tuple[KindOverview, ...]
    heads: tuple[HeadStatistics, ...]


def overview(trace: Trace, level: Level = "token") -> Overview:
    """Pictures and statistics of every head, by kind, layer and head."""
    kinds: list[KindOverview] = []
    heads: list[HeadStatistics] = []
    with torch.inference_mode():
        for kind in trace.kinds:
            pictures, numbers = _of_kind(trace, kind, level)
            kinds.append(pictures)
            heads.extend(numbers)
    return Overview(level, tuple(kinds), tuple(heads))


def head_chunks(site: Site) -> Iterator[slice]:
    """All heads in order, as many at a time as have patterns of 4 MB together, at least one."""
    head_bytes = site.query_len * site.key_len * site.q.element_size()
    step = max(1, CHUNK_BYTES // max(1, head_bytes))
    for start in range(0, site.n_heads, step):
        yield slice(start, min(start + step, site.n_heads))


def _together(sites: Seq[Site]) -> Iterator[list[tuple[Site, slice]]]:
    """All heads of all sites in order, as many at a time as have patterns of 4 MB together: of a
    short text, where each operation costs more than its numbers, all at once."""
    group: list[tuple[Site, slice]] = []
    held = 0
    for site in sites:
        for chunk in head_chunks(site):
            count = chunk.stop - chunk.start
            size = count * site.query_len * site.key_len * site.q.element_size()
            if group and held + size > CHUNK_BYTES:
                yield group
                group, held = [], 0
            group.append((site, chunk))
            held += size
    if group:
        yield group


def entropy_bits(pattern: Float[Tensor, "head query_pos key_pos"]) -> Float[Tensor, " head"]:
    """-sum p log2 p over the keys, mean over the queries; a zero cell adds nothing."""
    logs = pattern.clamp_min(torch.finfo(pattern.dtype).tiny).log_()
    total: Tensor = torch.linalg.vecdot(pattern.flatten(1), logs.flatten(1))
    bits = total * (-BITS_PER_NAT / pattern.shape[-2])
    return bits.clamp_min(0.0)


def max_pool(
    pattern: Float[Tensor, "head query_pos key_pos"], rows: int, cols: int
) -> Float[Tensor, "head rows cols"]:
    """The largest value of each of rows x cols windows that cover the whole pattern.

    Windows as in torch's adaptive_max_pool2d, at a tenth of its time.
    """
    return _max_axis(_max_axis(pattern, -2, rows), -1, cols)


def _max_axis(values: Tensor, dim: int, size: int) -> Tensor:
    length = values.shape[dim]
    if length == size:
        return values
    if length % size:
        starts = torch.arange(size) * length // size
        ends = -(-torch.arange(1, size + 1) * length // size)
        windows = starts[:, None] + torch.arange(int((ends - starts).max()))
        values = values.index_select(dim, torch.minimum(windows, ends[:, None] - 1).flatten())
    pieces: Tensor = values.unflatten(dim, (size, -1))
    return pieces.amax(dim)


def _of_kind(trace: Trace, kind: Kind, level: Level) -> tuple[KindOverview, list[HeadStatistics]]:
    query, key = trace.query_sequence(kind), trace.key_sequence(kind)
    by_word = level == "word"
    n_query = len(query.words) if by_word else len(query)
    n_key = len(key.words) if by_word else len(key)
    pooled = max(n_query, n_key) > LARGEST_PICTURE
    rows = min(n_query, POOLED_PICTURE) if pooled else n_query
    cols = min(n_key, POOLED_PICTURE) if pooled else n_key

    measure = _Measure(kind, _special(query, by_word=by_word), _special(key, by_word=by_word))
    pictures: list[Tensor] = []
    heads: list[HeadStatistics] = []
    sites = trace.of_kind(kind)
    for group in _together(sites):
        pattern = torch.cat([site.pattern(chunk).float() for site, chunk in group])
        if by_word:
            pattern = word_pattern(pattern, query, key)
        picture = max_pool(pattern, rows, cols) if pooled else pattern
        pictures.append((picture * 255).round_().to(torch.uint8))
        places = [
            (site.layer, head) for site, chunk in group for head in range(chunk.start, chunk.stop)
        ]
        heads.extend(measure(pattern, places))
    patterns = torch.cat(pictures).numpy()
    causal = any(site.causal for site in sites)
    n_heads = max(site.n_heads for site in sites)
    numbered = tuple(site.layer for site in sites)
    sinks = any(site.sinks is not None for site in sites)
    summary = KindOverview(
        kind, len(sites), numbered, n_heads, causal, sinks, rows, cols, pooled, patterns
    )
    return summary, heads


def _special(sequence: Sequence, *, by_word: bool) -> Bool[Tensor, " pos"]:
    if by_word:
        return torch.tensor([word.special for word in sequence.words], dtype=torch.bool)
    return sequence.special


class _Measure:
    """The statistics of some heads; what depends on the positions alone is made once."""

    def __init__(
        self, kind: Kind, query_special: Bool[Tensor, " q"], key_special: Bool[Tensor, " k"]
    ) -> None:
        self.kind = kind
        self.special_rows = query_special.nonzero().flatten()
        self.special_cols = key_special.nonzero().flatten()
        self.has_words = not (bool(query_special.all()) or bool(key_special.all()))
        self.distance = None
        if kind != "cross":
            pos = torch.arange(len(query_special), dtype=torch.float32)
            self.distance = (pos[:, None] - pos).abs_().flatten()

    def __call__(
        self, pattern: Float[Tensor, "head query_pos key_pos"], places: Seq[tuple[int, int]]
    ) -> Iterator[HeadStatistics]:
        """The numbers of the heads that have these (layer, head), in order; the pattern is used
        up."""
        n_query = pattern.shape[1]
        to_special = pattern.index_select(-1, self.special_cols).sum((-2, -1))
        columns = [entropy_bits(pattern), to_special / n_query]
        if self.distance is not None:
            columns += [
                pattern.flatten(1) @ self.distance / n_query,
                pattern.diagonal(0, -2, -1).sum(-1) / n_query,
                pattern.diagonal(-1, -2, -1).sum(-1) / n_query,
                pattern.diagonal(1, -2, -1).sum(-1) / n_query,
            ]
        table = torch.stack(columns, dim=-1).tolist()
        strongest = self.strongest(pattern)
        for (layer, head), row, link in zip(places, table, strongest, strict=True):
            entropy, to_special, *near = row
            distance, to_self, to_previous, to_next = near or (None,) * 4
            yield HeadStatistics(
                self.kind,
                layer,
                head,
                entropy,
                distance,
                to_special,
                to_self,
                to_previous,
                to_next,
                link,
            )

    def strongest(self, pattern: Float[Tensor, "head query_pos key_pos"]) -> list[Link | None]:
        """The first largest cell of each head, special rows and columns left out.

        Overwrites the special columns: it is the last to read the pattern.
        """
        if not self.has_words:
            return [None] * pattern.shape[0]
        if len(self.special_cols):
            pattern.index_fill_(-1, self.special_cols, -1.0)
        by_row = pattern.amax(-1)
        if len(self.special_rows):
            by_row = by_row.index_fill(-1, self.special_rows, -1.0)
        values, rows = by_row.max(-1)
        heads = torch.arange(len(rows))
        cols = pattern[heads, rows].argmax(-1)
        return [
            Link(query_pos, key_pos, value)
            for query_pos, key_pos, value in zip(
                rows.tolist(), cols.tolist(), values.tolist(), strict=True
            )
        ]
