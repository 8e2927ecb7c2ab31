"""Which head links X to Y?

A place is one or more tokens of one tower: a word, several, or a part of one. Every head
is asked how much the query's tokens give to the key's, and the answer says plainly when
even the best head gives no more than the text's words give each other anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import regex
import torch
from jaxtyping import Float
from torch import Tensor

from models.attention import Kind
from models.errors import InputError, InvalidSelection, WordNotFound, short
from models.pooling import word_mask, word_pattern
from models.statistics import head_chunks
from models.trace import Sequence, Site, Trace

Side = Literal["query", "key"]
SHOWN_WORDS = 12
SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Position:
    """A token position."""

    position: int


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one text: [start, end) of segment 0, or of 1 in a pair."""

    start: int
    end: int
    segment: int = 0


Wanted = str | Position | Span


@dataclass(frozen=True, slots=True)
class Place:
    """Tokens of one tower, the words they belong to, and their characters."""

    text: str
    tokens: tuple[int, ...]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HeadLink:
    """How much one head's query place gives to the key place.

    weight                  sum over the key's tokens, mean over the query's; 0..1
    rank                    1 = no other word of that row gets more
    weight_without_special  the share of what the row spends outside special tokens; 0 for a
                            special key
    percentile              share (0..100) of the head's links at the same signed word
                            distance that are weaker, the link itself counted among them
    """

    kind: Kind
    layer: int
    head: int
    weight: float
    rank: int
    weight_without_special: float
    percentile: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Every head, strongest first. `query` and `key` are the places in the first one's kind.

    uniform  the weight if the query looked alike at every key that it may look at
    chance   the median, over pairs of different words that some head may link, special
             ones left out, of what the best head for that pair gives; None without pairs
    found    the best weight exceeds both
    """

    query: Place
    key: Place
    found: bool
    message: str
    chance: float | None
    uniform: float
    heads: tuple[HeadLink, ...]


def locate(trace: Trace, kind: Kind, side: Side, wanted: Wanted) -> Place:
    """The tokens that `wanted` names on one side of one kind of attention.

    A string is looked for as whole words first, then as whole tokens, each in its own case
    first, then in any; its first occurrence is taken. White space matches any white space.
    A special token answers to its own text ("[CLS]"). A span takes every token that it
    touches. Raises WordNotFound, InvalidSelection; `field` is the side.
    """
    sequence = trace.query_sequence(kind) if side == "query" else trace.key_sequence(kind)
    match wanted:
        case Position(position):
            if not 0 <= position < len(sequence):
                raise InvalidSelection(
                    f"position {short(position)} is outside 0 to {len(sequence) - 1}, the token "
                    f"positions of the {side}",
                    field=side,
                )
            return _place(sequence, [position], sequence.tokens[position].text)
        case Span():
            return _of_span(sequence, wanted, _texts(trace, kind, side), side)
        case str():
            return _of_string(sequence, wanted, _texts(trace, kind, side), side)


def search_heads(
    trace: Trace, query: Wanted, key: Wanted, kind: Kind | None = None
) -> SearchResult:
    """Rank all heads by how much `query` gives to `key`.

    Without a kind, every kind that holds both takes part. Raises WordNotFound or
    InvalidSelection where none does.
    """
    places = _places(trace, query, key, kind)
    links: list[HeadLink] = []
    uniform: dict[tuple[Kind, int, int], float] = {}
    pairs: list[Tensor] = []
    with torch.inference_mode():
        for each, (query_place, key_place) in places.items():
            search = _Search(trace, each, query_place, key_place)
            for site in trace.of_kind(each):
                links.extend(search.links(site))
                for head, share in enumerate(search.uniform(site)):
                    uniform[each, site.layer, head] = share
            pairs.append(search.best_of_pairs())
    links.sort(key=lambda link: -link.weight)
    best = links[0]
    alike = uniform[best.kind, best.layer, best.head]
    every_pair = torch.cat(pairs).numpy()
    chance = float(np.median(every_pair)) if every_pair.size else None
    query_place, key_place = places[best.kind]
    found = best.weight > max(alike, chance or 0.0)
    name = f"layer {best.layer} head {best.head}"
    if len(trace.kinds) > 1:
        name = f"{best.kind} {name}"
    masked = not any(uniform.values())
    return SearchResult(
        query=query_place,
        key=key_place,
        found=found,
        message=_message(query_place, key_place, name, best.weight, alike, chance, masked=masked),
        chance=chance,
        uniform=alike,
        heads=tuple(links),
    )


def _message(
    query: Place,
    key: Place,
    best: str,
    weight: float,
    uniform: float,
    chance: float | None,
    *,
    masked: bool,
) -> str:
    pair = f"“{_short(query.text)}” to “{_short(key.text)}”"
    if masked:
        return (
            f"No head may look from {pair}: that link is masked, because a decoder's token "
            "sees only itself and what came before."
        )
    if chance is not None and weight <= chance:
        return (
            f"No head links {pair} more than chance: the best, {best}, gives {weight:.2g}, "
            f"and half of all pairs of words in this text have a head that gives {chance:.2g}."
        )
    if weight <= uniform:
        return (
            f"No head links {pair}: the best, {best}, gives {weight:.2g}, no more than a query "
            f"that looks everywhere alike ({uniform:.2g})."
        )
    return f"{best.capitalize()} links {pair} the most: {weight:.2f}."


# A character with the marks behind it: what normalisation may compose or put in another order.
_CLUSTER = regex.compile(r".\p{M}*", regex.DOTALL)
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")


class _Search:
    """One kind of attention, asked for one link; what does not depend on a head is made once."""

    def __init__(self, trace: Trace, kind: Kind, query: Place, key: Place) -> None:
        self.kind = kind
        self.query, self.key = query, key
        self.query_sequence = trace.query_sequence(kind)
        self.key_sequence = trace.key_sequence(kind)
        self.query_tokens, self.key_tokens = torch.tensor(query.tokens), torch.tensor(key.tokens)
        special = self.key_sequence.special
        self.special = special.float()
        self.plain_key = self.key_tokens[~special[self.key_tokens]]
        n_query, n_key = len(self.query_sequence.words), len(self.key_sequence.words)
        self.word_of = self.key_sequence.word_of
        self.other_words = torch.tensor([i for i in range(n_key) if i not in key.words]).long()
        self.best = torch.zeros(n_query, n_key)
        self.may_look = torch.zeros(n_query, n_key, dtype=torch.bool)

    def links(self, site: Site) -> Iterator[HeadLink]:
        """Every head of one site; also keeps, for each pair of words, the best head so far."""
        self.may_look |= self._word_mask(site)
        for chunk in head_chunks(site):
            pattern = site.pattern(chunk).float()
            words = word_pattern(pattern, self.query_sequence, self.key_sequence)
            torch.maximum(self.best, words.amax(0), out=self.best)
            row = pattern[:, self.query_tokens].mean(1).double()
            weight = row[:, self.key_tokens].sum(-1)
            columns = (
                weight.tolist(),
                self._rank(row, weight).tolist(),
                self._without_special(row, has_sink=site.sinks is not None).tolist(),
                self._percentile(words, weight).tolist(),
            )
            for head, numbers in enumerate(zip(*columns, strict=True), chunk.start):
                yield HeadLink(self.kind, site.layer, head, *numbers)

    def uniform(self, site: Site) -> list[float]:
        """What each head would give if the query looked alike wherever it may look."""
        if site.mask is None:
            return [len(self.key.tokens) / site.key_len] * site.n_heads
        rows = site.mask[:, self.query_tokens].double()
        shares = rows[..., self.key_tokens].sum(-1) / rows.sum(-1).clamp_min(1)
        return shares.mean(-1).expand(site.n_heads).tolist()

    def best_of_pairs(self) -> Float[Tensor, " pair"]:
        """The best head's weight for each pair of different words that some head may link."""
        pairs = self.may_look.clone()
        for dim, sequence in ((0, self.query_sequence), (1, self.key_sequence)):
            special = [i for i, word in enumerate(sequence.words) if word.special]
            pairs.index_fill_(dim, torch.tensor(special).long(), False)
        if self.kind != "cross":
            pairs.fill_diagonal_(False)
        return self.best[pairs]

    def _word_mask(self, site: Site) -> Tensor:
        if site.mask is None:
            return torch.ones_like(self.may_look)
        return word_mask(site.mask.any(0), self.query_sequence, self.key_sequence)

    def _rank(self, row: Tensor, weight: Tensor) -> Tensor:
        """1 + how many words other than the key's get more than the key does."""
        by_word = row.new_zeros(len(row), len(self.key_sequence.words))
        by_word.index_add_(-1, self.word_of, row)
        return 1 + (by_word[:, self.other_words] > weight[:, None]).sum(-1)

    def _without_special(self, row: Tensor, *, has_sink: bool) -> Tensor:
        """Summed from what is left, not 1 - special: that would lose the small shares."""
        left = row @ (1 - self.special).double()
        if has_sink:
            left = left + (1 - row.sum(-1)).clamp_min(0)
        share = row[:, self.plain_key].sum(-1) / left.clamp_min(torch.finfo(left.dtype).tiny)
        return share.clamp_max(1.0)

    def _percentile(self, words: Tensor, weight: Tensor) -> Tensor:
        """Slide the query's and the key's words together over the text, and count."""
        n_query, n_key = len(self.query.words), len(self.key.words)
        windows = _window_sums(_window_sums(words, -2, n_query), -1, n_key) / n_query
        first_query, first_key = self.query.words[0], self.key.words[0]
        peers = windows.diagonal(first_key - first_query, -2, -1)
        weaker = peers.double() < weight[:, None]
        weaker[:, min(first_query, first_key)] = False
        return 100 * weaker.double().mean(-1)


def _window_sums(values: Tensor, dim: int, size: int) -> Tensor:
    """Sums of `size` neighbours along one axis, at every place where they fit."""
    if size == 1:
        return values
    sums = values.cumsum(dim)
    count = values.shape[dim] - size + 1
    ends = sums.narrow(dim, size - 1, count)
    starts = torch.cat(
        [torch.zeros_like(ends.narrow(dim, 0, 1)), sums.narrow(dim, 0, count - 1)], dim
    )
    return ends - starts


def _places(
    trace: Trace, query: Wanted, key: Wanted, kind: Kind | None
) -> dict[Kind, tuple[Place, Place]]:
    """Both places in each kind that holds them. Raises the most telling error if none does."""
    if kind is not None:
        trace.check_kind(kind)
    places: dict[Kind, tuple[Place, Place]] = {}
    query_error: InputError | None = None
    key_error: InputError | None = None
    for each in trace.kinds if kind is None else (kind,):
        try:
            query_place = locate(trace, each, "query", query)
        except InputError as error:
            query_error = query_error or error
            continue
        try:
            places[each] = query_place, locate(trace, each, "key", key)
        except InputError as error:
            key_error = key_error or error
    failure = key_error or query_error
    if not places and failure is not None:
        raise failure
    return places


def _texts(trace: Trace, kind: Kind, side: Side) -> tuple[str, ...]:
    """The texts that the offsets of one side's tokens count, by segment."""
    in_decoder = kind == "decoder" or (kind == "cross" and side == "query")
    if in_decoder and trace.encoder is not None:
        return (trace.target or "",)
    if trace.encoder is not None and trace.decoder is not None:
        return (trace.text,)
    return (trace.text,) if trace.text_pair is None else (trace.text, trace.text_pair)


def _of_span(sequence: Sequence, span: Span, texts: tuple[str, ...], side: Side) -> Place:
    if not 0 <= span.segment < len(texts):
        raise InvalidSelection(
            f"segment {span.segment} is outside 0 to {len(texts) - 1}, the texts of the {side}",
            field=side,
        )
    text = texts[span.segment]
    if not 0 <= span.start < span.end <= len(text):
        raise InvalidSelection(
            f"characters {short(span.start)} to {short(span.end)} are not in the {side}'s text of "
            f"{len(text)} characters; start must be at least 0, less than end, and end at most "
            "that count",
            field=side,
        )
    chosen = text[span.start : span.end]
    tokens = _touched(sequence, span)
    if not tokens:
        raise InvalidSelection(
            f"characters {span.start} to {span.end} (“{_short(chosen)}”) belong to no token of "
            f"the {side}; choose characters of a word",
            field=side,
        )
    return _place(sequence, tokens, chosen)


def _of_string(sequence: Sequence, wanted: str, texts: tuple[str, ...], side: Side) -> Place:
    word_bounds = [(word.segment, word.start, word.end) for word in sequence.words]
    token_bounds = [(token.segment, token.start, token.end) for token in sequence.tokens]
    for fold in (_as_typed, _canonical):
        for bounds in (word_bounds, word_bounds + token_bounds):
            starts = {(segment, start) for segment, start, _ in bounds}
            ends = {(segment, end) for segment, _, end in bounds}
            for segment, start, end in _matches(wanted, texts, fold):
                if (segment, start) in starts and (segment, end) in ends:
                    tokens = _touched(sequence, Span(start, end, segment))
                    return _place(sequence, tokens, texts[segment][start:end])
    for position, token in enumerate(sequence.tokens):
        if token.start is None and token.text == wanted.strip():
            return _place(sequence, [position], token.text)
    words = [word.text for word in sequence.words if not word.special]
    shown = ", ".join(_short(word) for word in words[:SHOWN_WORDS])
    more = f" and {len(words) - SHOWN_WORDS} more" if len(words) > SHOWN_WORDS else ""
    raise WordNotFound(
        f"the {side} “{_short(wanted)}” is not a word of the text, nor one token of it. Its words "
        f"are: {shown}{more}. Give one of them, a token's position (0 to {len(sequence) - 1}), "
        "or the start and end of its characters.",
        field=side,
    )


def _matches(
    wanted: str, texts: tuple[str, ...], fold: Callable[[str], tuple[str, list[int]]]
) -> Iterator[tuple[int, int, int]]:
    """Segment, start and end of everything in the texts that reads as wanted, in the same case
    first; white space of any length separates words."""
    parts = fold(wanted)[0].split()
    if not parts:
        return
    expression = r"\s+".join(re.escape(part) for part in parts)
    folded = [fold(text) for text in texts]
    for flags in (re.NOFLAG, re.IGNORECASE):
        for segment, (text, places) in enumerate(folded):
            for found in re.finditer(f"(?=({expression}))", text, flags):
                start, end = found.span(1)
                yield segment, places[start], places[end]


def _as_typed(text: str) -> tuple[str, list[int]]:
    return text, list(range(len(text) + 1))


def _canonical(text: str) -> tuple[str, list[int]]:
    """The text as canonically equal texts all are, without characters that are not to be seen
    (soft hyphens, joiners), and where each character, and the end, stands in the text itself."""
    parts: list[str] = []
    places: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = _IGNORABLE.sub("", unicodedata.normalize("NFD", cluster[0]))
        parts.append(part)
        places += [cluster.start()] * len(part)
    return "".join(parts), [*places, len(text)]


def _touched(sequence: Sequence, span: Span) -> list[int]:
    return [
        position
        for position, token in enumerate(sequence.tokens)
        if token.segment == span.segment
        and token.start is not None
        and token.end is not None
        and token.start < span.end
        and token.end > span.start
    ]


def _place(sequence: Sequence, tokens: list[int], text: str) -> Place:
    words = sorted({sequence.tokens[position].word for position in tokens})
    return Place(text, tuple(tokens), tuple(words))


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
