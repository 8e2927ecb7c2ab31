"""Which head links X to Y?

Every head is asked how much the query's tokens give to the key's (`models.measures.locate`), and
the answer says plainly when even the best head gives no more than the text's words give each other
anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.errors import InputError
from headlight.models.core.messages import Message, prose
from headlight.models.core.trace import Site, Trace
from headlight.models.measures.locate import TokenSelector, TokenSpan, locate, shortened
from headlight.models.measures.statistics import head_chunks
from headlight.models.text.pooling import word_mask, word_pattern


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

    query: TokenSpan
    key: TokenSpan
    found: bool
    message: str
    chance: float | None
    uniform: float
    heads: tuple[HeadLink, ...]


def search_heads(
    trace: Trace, query: TokenSelector, key: TokenSelector, kind: Kind | None = None
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
    names = _names(best, several=len(trace.kinds) > 1)
    masked = not any(uniform.values())
    return SearchResult(
        query=query_place,
        key=key_place,
        found=found,
        message=prose(
            _message(query_place, key_place, names, best.weight, alike, chance, masked=masked),
            *_taken(query_place, key_place),
        ),
        chance=chance,
        uniform=alike,
        heads=tuple(links),
    )


def _message(
    query: TokenSpan,
    key: TokenSpan,
    names: tuple[Message, Message],
    weight: float,
    uniform: float,
    chance: float | None,
    *,
    masked: bool,
) -> Message:
    pair = {"query": shortened(query.text), "key": shortened(key.text)}
    best, first = names
    if masked:
        return Message(
            "No head may look from “{query}” to “{key}”: that link is masked, because a decoder's "
            "token sees only itself and what came before.",
            **pair,
        )
    if chance is not None and weight <= chance:
        return Message(
            "No head links “{query}” to “{key}” more than chance: the best, {best}, gives "
            "{weight}, and half of all pairs of words in this text have a head that gives "
            "{chance}.",
            **pair,
            best=best,
            weight=f"{weight:.2g}",
            chance=f"{chance:.2g}",
        )
    if weight <= uniform:
        return Message(
            "No head links “{query}” to “{key}”: the best, {best}, gives {weight}, no more than a "
            "query that looks everywhere alike ({uniform}).",
            **pair,
            best=best,
            weight=f"{weight:.2g}",
            uniform=f"{uniform:.2g}",
        )
    return Message(
        "{best} links “{query}” to “{key}” the most: {weight}.",
        **pair,
        best=first,
        weight=f"{weight:.2f}",
    )


def _names(head: HeadLink, *, several: bool) -> tuple[Message, Message]:
    """A head inside a sentence, and at the start of one."""
    at = {"layer": head.layer, "head": head.head}
    if several:
        return (
            Message("{kind} layer {layer} head {head}", kind=head.kind, **at),
            Message("{kind} layer {layer} head {head}", kind=head.kind.capitalize(), **at),
        )
    return Message("layer {layer} head {head}", **at), Message("Layer {layer} head {head}", **at)


def _taken(query: TokenSpan, key: TokenSpan) -> Iterator[Message]:
    """Which of several places were taken: who names a word twice may mean two of them."""
    if query.occurrences > 1 and query.tokens == key.tokens:
        yield Message(
            "“{text}” stands {times} times in the text; both query and key are the first, "
            "{tokens}. Name another by its position or its characters.",
            text=shortened(query.text),
            times=query.occurrences,
            tokens=_tokens(query),
        )
        return
    for side, place in (("query", query), ("key", key)):
        if place.occurrences > 1:
            yield Message(
                "“{text}” stands {times} times in the text; the {side} is the first, {tokens}. "
                "Name another by its position or its characters.",
                text=shortened(place.text),
                times=place.occurrences,
                side=side,
                tokens=_tokens(place),
            )


def _tokens(place: TokenSpan) -> Message:
    first, last = place.tokens[0], place.tokens[-1]
    if first == last:
        return Message("token {pos}", pos=first)
    return Message("tokens {first} to {last}", first=first, last=last)


class _Search:
    """One kind of attention, asked for one link; what does not depend on a head is made once."""

    def __init__(self, trace: Trace, kind: Kind, query: TokenSpan, key: TokenSpan) -> None:
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
    trace: Trace, query: TokenSelector, key: TokenSelector, kind: Kind | None
) -> dict[Kind, tuple[TokenSpan, TokenSpan]]:
    """Both places in each kind that holds them. Raises the most telling error if none does."""
    if kind is not None:
        trace.check_kind(kind)
    places: dict[Kind, tuple[TokenSpan, TokenSpan]] = {}
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
