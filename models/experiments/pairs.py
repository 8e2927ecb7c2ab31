"""Minimal pairs: two texts that differ in one place, and what that difference moves.

Words, as the model cut them, are compared by their pieces. What the two texts begin with
alike and end with alike is one to one; what is left between must have no word in common,
or the texts differ in more than one place and are refused. Within that place the pieces at
both its ends that are alike are one to one too; what then differs is one to one where it is
as long in both texts, and stands alone in each where it is not.

    total_variation       of a head's rows: half of sum_j |a_ij - b_ij|, mean over the queries that
                          both texts have, 0 .. 1. What goes to keys that only one text has counts
                          as one key, so that a changed word of another length moves nothing by
                          itself
    row_total_variation   the same of the queries that were asked for
"""

from __future__ import annotations

from collections.abc import Hashable
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.errors import InputError, InvalidSelection
from headlight.models.core.messages import Message, excerpt
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.experiments.effects import Change, change_between
from headlight.models.measures.locate import TokenSelector, TokenSpan, locate
from headlight.models.measures.statistics import head_chunks
from headlight.models.text.pooling import Level, word_pattern

State = Literal["same", "changed", "only"]
Slices = tuple[slice, slice]
SHOWN_PLACES = 3
SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Aligned:
    """One position of each text, or of one of them alone ("only": the other is None)."""

    before: int | None
    after: int | None
    state: State


@dataclass(frozen=True, slots=True)
class Difference:
    """Characters [start, end) of a text that the other has not; empty where it has more."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two runs of one model, position by position of `level`; `reads` is of the texts that
    differ, `target` of what an encoder-decoder model writes: the same in both."""

    before: Trace
    after: Trace
    level: Level
    places: tuple[Difference, Difference]
    reads: tuple[Aligned, ...]
    target: tuple[Aligned, ...] | None

    def queries(self, kind: Kind) -> tuple[Aligned, ...]:
        return self.reads if kind == "encoder" or self.target is None else self.target

    def keys(self, kind: Kind) -> tuple[Aligned, ...]:
        return self.reads if kind != "decoder" or self.target is None else self.target


@dataclass(frozen=True, slots=True)
class HeadDifference:
    """How far one head's rows moved; `row_total_variation` is None without a query, or where the
    queries of its kind do not hold it."""

    kind: Kind
    layer: int
    head: int
    total_variation: float
    row_total_variation: float | None


def differences(before: Seq[Hashable], after: Seq[Hashable]) -> list[Slices]:
    """Where two lists differ, first to last. One place, if what lies between their common
    start and their common end has nothing in common."""
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    last = 0
    most = min(len(before), len(after)) - first
    while last < most and before[-1 - last] == after[-1 - last]:
        last += 1
    ends = len(before) - last, len(after) - last
    middles = before[first : ends[0]], after[first : ends[1]]
    if not any(middles):
        return []
    if not set(middles[0]) & set(middles[1]):
        return [(slice(first, ends[0]), slice(first, ends[1]))]
    codes = SequenceMatcher(None, *middles, autojunk=False).get_opcodes()
    return [
        (slice(first + i, first + j), slice(first + k, first + m))
        for tag, i, j, k, m in codes
        if tag != "equal"
    ]


def pair_up(before: Trace, after: Trace, level: Level = "token") -> Pair:
    """Two runs side by side. Raises InvalidSelection where the texts do not differ, or in more
    than one place."""
    one, other = _reads(before), _reads(after)
    if _pieces(one) == _pieces(other):
        same = before.text == after.text
        raise InvalidSelection(
            Message("the two texts are the same; change one word of the second")
            if same
            else Message(
                "{model} reads both texts alike, piece by piece; change one word",
                model=before.model,
            ),
            argument="other",
        )
    found = differences(_word_pieces(one), _word_pieces(other))
    if len(found) != 1:
        raise _not_minimal(before, after, found)
    (words,) = found
    tokens = _token_slices(one, other, words)
    sizes = (len(one.words), len(other.words)) if level == "word" else (len(one), len(other))
    reads = _align(words if level == "word" else tokens, sizes)
    special = [unit.special for unit in (one.words if level == "word" else one.tokens)]
    if all(at.state == "only" or (at.state == "same" and special[at.before or 0]) for at in reads):
        raise InvalidSelection(
            Message(
                "the two texts have nothing in common; a minimal pair differs in one place only"
            ),
            argument="other",
        )
    target = None
    if before.encoder is not None and before.decoder is not None:
        if after.decoder is None or _pieces(before.decoder) != _pieces(after.decoder):
            raise InvalidSelection(
                Message(
                    "{model} writes something else after each text; give both a target as "
                    "text_pair",
                    model=before.model,
                ),
                argument="text_pair",
            )
        count = len(before.decoder.words) if level == "word" else len(before.decoder)
        target = tuple(Aligned(pos, pos, "same") for pos in range(count))
    return Pair(
        before,
        after,
        level,
        (_difference(one, before.text, words[0]), _difference(other, after.text, words[1])),
        reads,
        target,
    )


def rank_heads(pair: Pair, wanted: TokenSelector | None = None) -> tuple[HeadDifference, ...]:
    """Every head, the one that moved most first: of the query where one is wanted.

    Raises WordNotFound and InvalidSelection for a query that `text` has not, or has alone.
    """
    rows = {} if wanted is None else query_rows(pair, wanted)[1]
    heads = []
    for kind in pair.before.kinds:
        blocks = zip(pair.before.of_kind(kind), pair.after.of_kind(kind), strict=True)
        shared = [n for n, at in enumerate(pair.queries(kind)) if at.state != "only"]
        chosen = [shared.index(row) for row in rows.get(kind, ())]
        for before, after in blocks:
            for chunk in head_chunks(before):
                moved = _total_variations(pair, kind, before, after, chunk)
                of_all = moved.mean(-1).tolist()
                of_row = moved[:, chosen].mean(-1).tolist() if chosen else [None] * len(moved)
                found = zip(of_all, of_row, strict=True)
                for head, numbers in enumerate(found, chunk.start):
                    heads.append(HeadDifference(kind, before.layer, head, *numbers))
    return tuple(sorted(heads, key=_by_change if rows else lambda head: -head.total_variation))


def _by_change(head: HeadDifference) -> tuple[bool, float]:
    return head.row_total_variation is None, -(head.row_total_variation or 0)


def row_total_variations(pair: Pair, kind: Kind, layer: int, head: int) -> list[float | None]:
    """Total variation of each row of one head; None of a row that only one text has."""
    sites = pair.before.site(kind, layer), pair.after.site(kind, layer)
    rows = iter(_total_variations(pair, kind, *sites, slice(head, head + 1))[0].tolist())
    return [None if at.state == "only" else next(rows) for at in pair.queries(kind)]


def query_rows(pair: Pair, wanted: TokenSelector) -> tuple[TokenSpan, dict[Kind, tuple[int, ...]]]:
    """The query in `text`, and its rows of the alignment in each kind that has them."""
    rows: dict[Kind, tuple[int, ...]] = {}
    place: TokenSpan | None = None
    missing: InputError | None = None
    for kind in pair.before.kinds:
        try:
            found = locate(pair.before, kind, "query", wanted)
        except InputError as error:
            missing = missing or error
            continue
        positions = found.words if pair.level == "word" else found.tokens
        here = tuple(
            row
            for row, at in enumerate(pair.queries(kind))
            if at.before in positions and at.state != "only"
        )
        if here:
            rows[kind] = here
            place = place or found
        else:
            missing = InvalidSelection(
                Message(
                    "“{text}” stands in the first text and not in the second; the query must be a "
                    "word of both",
                    text=_short(found.text),
                ),
                argument="query",
            )
    if place is None:
        assert missing is not None
        raise missing
    return place, rows


def vector_change(pair: Pair) -> Change | None:
    """What `change_between` gives of the last vectors, position by position: NaN where only one
    text has it; a word's vector is the mean of its tokens'. None where a run keeps none."""
    last = [trace.hidden for trace in (pair.before, pair.after) if trace.hidden is not None]
    if len(last) < 2:
        return None
    rows = pair.reads if pair.target is None else pair.target
    before, after = (
        _at_level(hidden, _hidden_sequence(trace), pair.level)
        for hidden, trace in zip(last, (pair.before, pair.after), strict=True)
    )
    both = [
        (n, at.before, at.after)
        for n, at in enumerate(rows)
        if at.before is not None and at.after is not None
    ]
    index, ours, theirs = (list(each) for each in zip(*both, strict=True))
    change = change_between(before[ours], after[theirs])
    cosine = change.cosine_distance.new_full((len(rows),), torch.nan)
    l2 = change.l2_distance.new_full((len(rows),), torch.nan)
    cosine[index], l2[index] = change.cosine_distance, change.l2_distance
    whole = change_between(*(hidden.mean(0, keepdim=True) for hidden in last))
    return Change(cosine, l2, whole.sentence_cosine_distance, whole.sentence_l2_distance)


def _total_variations(
    pair: Pair, kind: Kind, before: Site, after: Site, heads: slice
) -> Float[Tensor, "head row"]:
    """Total variation of every row that both texts have."""
    queries, keys = pair.queries(kind), pair.keys(kind)
    shared: list[Tensor] = []
    alone: list[Tensor] = []
    for trace, site, side in ((pair.before, before, 0), (pair.after, after, 1)):
        pattern = site.pattern(heads)
        if pair.level == "word":
            pattern = word_pattern(pattern, trace.query_sequence(kind), trace.key_sequence(kind))
        rows = pattern[:, _of_side(queries, side)].double()
        shared.append(rows[..., _of_side(keys, side)])
        alone.append(rows[..., _alone(keys, side)].sum(-1))
    gap = (shared[0] - shared[1]).abs().sum(-1) + (alone[0] - alone[1]).abs()
    return (gap / 2).clamp_max(1)


def _of_side(alignment: tuple[Aligned, ...], side: int) -> list[int]:
    """Positions in one of the texts of what both have."""
    return [pos for at in alignment if at.state != "only" and (pos := _pos(at, side)) is not None]


def _alone(alignment: tuple[Aligned, ...], side: int) -> list[int]:
    return [pos for at in alignment if at.state == "only" and (pos := _pos(at, side)) is not None]


def _pos(at: Aligned, side: int) -> int | None:
    return at.after if side else at.before


def _align(place: Slices, sizes: tuple[int, int]) -> tuple[Aligned, ...]:
    """Positions upwards, of both texts; those of one alone with the earlier text's first."""
    one, other = place
    begin = [Aligned(pos, pos, "same") for pos in range(one.start)]
    ours, theirs = range(one.start, one.stop), range(other.start, other.stop)
    if len(ours) == len(theirs):
        middle = [Aligned(i, j, "changed") for i, j in zip(ours, theirs, strict=True)]
    else:
        middle = [Aligned(i, None, "only") for i in ours]
        middle += [Aligned(None, j, "only") for j in theirs]
    rest = zip(range(one.stop, sizes[0]), range(other.stop, sizes[1]), strict=True)
    return (*begin, *middle, *(Aligned(i, j, "same") for i, j in rest))


def _token_slices(one: Sequence, other: Sequence, words: Slices) -> Slices:
    """The tokens of the words that differ, without those that are alike at both ends."""
    sides = tuple(zip((one, other), words, strict=True))
    starts = [_first_token(side, place.start) for side, place in sides]
    stops = [_first_token(side, place.stop) for side, place in sides]
    pieces = [
        _pieces(side)[start:stop]
        for side, start, stop in zip((one, other), starts, stops, strict=True)
    ]
    # Within a word anything may recur: from the first that differs to the last.
    inner = differences(*pieces)
    ours = slice(starts[0] + inner[0][0].start, starts[0] + inner[-1][0].stop)
    theirs = slice(starts[1] + inner[0][1].start, starts[1] + inner[-1][1].stop)
    return ours, theirs


def _first_token(sequence: Sequence, word: int) -> int:
    return sequence.words[word].tokens[0] if word < len(sequence.words) else len(sequence)


def _reads(trace: Trace) -> Sequence:
    """The tower that reads the text."""
    sequence = trace.encoder or trace.decoder
    assert sequence is not None
    return sequence


def _hidden_sequence(trace: Trace) -> Sequence:
    """The tower that the last vectors are of."""
    sequence = trace.decoder or trace.encoder
    assert sequence is not None
    return sequence


def _at_level(
    vectors: Float[Tensor, "pos d_model"], sequence: Sequence, level: Level
) -> Float[Tensor, "unit d_model"]:
    if level == "token":
        return vectors
    return torch.stack([vectors[list(word.tokens)].mean(0) for word in sequence.words])


def _pieces(sequence: Sequence) -> list[tuple[str, bool, int]]:
    return [(token.piece, token.special, token.segment) for token in sequence.tokens]


def _word_pieces(sequence: Sequence) -> list[tuple[tuple[str, bool, int], ...]]:
    pieces = _pieces(sequence)
    return [tuple(pieces[pos] for pos in word.tokens) for word in sequence.words]


def _difference(sequence: Sequence, text: str, place: slice) -> Difference:
    """The characters of some words of a text; where there are none, the place between."""
    words = [word for word in sequence.words[place] if word.start is not None]
    if not words:
        earlier = [word.end for word in sequence.words[: place.start] if word.end is not None]
        at = earlier[-1] if earlier else 0
        return Difference("", at, at)
    start, end = words[0].start, words[-1].end
    assert start is not None and end is not None
    return Difference(text[start:end], start, end)


def _not_minimal(before: Trace, after: Trace, found: list[Slices]) -> InvalidSelection:
    named = [
        f"“{_short(ours.text)}” / “{_short(theirs.text)}”"
        for ours, theirs in (
            (
                _difference(_reads(before), before.text, place),
                _difference(_reads(after), after.text, other),
            )
            for place, other in found[:SHOWN_PLACES]
        )
    ]
    return InvalidSelection(
        Message(
            "the two texts differ in {count} places: {places}; a minimal pair differs in one. "
            "Make them alike everywhere else.",
            count=len(found),
            places=excerpt(named, len(found)),
        ),
        argument="other",
    )


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
