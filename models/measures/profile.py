"""What each head does over many sentences: where it looks, how broadly, how far.

A `Profiler` is given one run after another and keeps sums only, so that no run need stay in
memory. Everything is measured token by token, in float64, and pooled: a mean is over all the
queries that count, of all sentences together, so that a long sentence weighs more than a short
one. Which count:

    A query counts if it is not special. For what it gives to some keys (the token before it,
    say) it counts if there is such a key that it may look at; a masked key is as if it were not
    there. A query that may look nowhere counts nowhere. Neighbours are never special tokens:
    the first word's `previous` is not [CLS].

`weight` is what these queries give to such keys, summed over the keys. `argmax` is the share of
them whose strongest key is such a key, among all that they may look at, special ones too; the
first one of equals, and none where nothing is given at all (Voita et al. 2019 and Clark et al.
2019 name heads so). Measures of links between words are in `models.measures.links`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headlight.models.core.attention import Kind, of_heads
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.measures.links import (
    HeadLinks,
    KindLinks,
    Link,
    LinkTally,
    Placed,
    PlacedLink,
    place_links,
)
from headlight.models.measures.statistics import head_chunks

OFFSETS = range(-8, 9)
"""key_pos - query_pos of the neighbours that are told apart: -1 is the token before."""

SPECIAL = "special "  # a relation's name: this, and the special token's piece


@dataclass(frozen=True, slots=True)
class Share:
    """What a head gives to some of the keys.

    weight   0..1, summed over those keys, mean over the queries
    argmax   0..1, the share of the queries whose strongest key is one of them
    queries  how many queries that was: those that have such a key and may look at it
    """

    weight: float
    argmax: float
    queries: int


@dataclass(frozen=True, slots=True)
class OffsetShare:
    """The neighbour at a fixed distance that gets the most attention of all in OFFSETS.

    It is chosen by what all queries together give it: a neighbour that few queries have is not
    chosen for those few. `weight` and `argmax` are over the `queries` that have it.
    """

    offset: int
    weight: float
    argmax: float
    queries: int


@dataclass(frozen=True, slots=True)
class HeadProfile:
    """What one head does. None where no query counts, or where the measure has no meaning.

    to_previous, to_next  the token right before, right after; it is not special
    to_self               the query's own position
    to_same_word          tokens of another word that is spelled alike, in any case; words
                          without a letter or digit left out
    to_own_word           the other tokens of the query's own word
    to_first              position 0, whatever stands there; queries at position 0 left out
    to_special            all special tokens
    to_each_special       one kind of special token each, by its piece ("[CLS]", "[SEP]")
    to_offset             the one best offset in OFFSETS
    by_offset             weight at each of OFFSETS, None where no query has that neighbour
    entropy               nats, -sum p ln p over the keys, mean over the queries
    entropy_share         entropy / ln(keys that it may look at), 0..1, mean over the queries
                          that may look at two or more
    distance              positions, sum p |query_pos - key_pos| over all keys, mean over queries
    links                 how it follows the links given; None where none were given

    In cross attention positions of one side mean nothing on the other: to_previous, to_next,
    to_self, to_own_word, to_offset and distance are None, by_offset is empty, and to_same_word
    is any word of the other side that is spelled alike.
    """

    kind: Kind
    layer: int
    head: int
    to_previous: Share | None
    to_next: Share | None
    to_self: Share | None
    to_same_word: Share | None
    to_own_word: Share | None
    to_first: Share | None
    to_special: Share | None
    to_each_special: Mapping[str, Share]
    to_offset: OffsetShare | None
    by_offset: tuple[float | None, ...]
    entropy: float | None
    entropy_share: float | None
    distance: float | None
    links: HeadLinks | None


@dataclass(frozen=True, slots=True)
class KindProfile:
    """What holds for all heads of a kind: how many queries are not special, and, where links
    were given, how many and what simple rules make of them."""

    kind: Kind
    queries: int
    links: KindLinks | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Every head of every kind, by kind, layer and head, over so many sentences."""

    sentences: int
    kinds: tuple[KindProfile, ...]
    heads: tuple[HeadProfile, ...]


def profile(traces: Iterable[Trace], links: Iterable[Seq[Link]] | None = None) -> Profile:
    """The profile of runs of one model, with the links of each, where given.

    Raises InvalidSelection for a link that cannot be placed; `argument` is "links.2.from".
    """
    profiler = Profiler()
    if links is None:
        for trace in traces:
            profiler.add(trace)
    else:
        for trace, own in zip(traces, links, strict=True):
            profiler.add(trace, place_links(trace, own))
    return profiler.result()


class Profiler:
    """Takes the runs of one model, one after another, and says what each head does."""

    def __init__(self) -> None:
        self.sentences = 0
        self._kinds: dict[Kind, _KindSums] = {}

    def add(self, trace: Trace, links: Placed | None = None) -> None:
        """One more sentence. Nothing of the trace is kept."""
        with torch.inference_mode():
            for kind in trace.kinds:
                sums = self._kinds.setdefault(kind, _KindSums(kind))
                sums.add(trace, None if links is None else links.get(kind, ()))
        self.sentences += 1

    def result(self) -> Profile:
        """The measures over all sentences so far."""
        kinds: list[KindProfile] = []
        heads: list[HeadProfile] = []
        for sums in self._kinds.values():
            about, own = sums.result()
            kinds.append(about)
            heads.extend(own)
        return Profile(self.sentences, tuple(kinds), tuple(heads))


class _Relations:
    """Which keys stand in which relation to which queries of one sentence: named matrices.

    Rows of special queries hold nothing. `rows`, `cols` and `of` list the true cells of all
    relations: there are few, so that a sum over them reads few numbers of a pattern.
    """

    def __init__(self, query: Sequence, key: Sequence, *, same: bool) -> None:
        self.counts = ~query.special
        named = dict(_same_side(query) if same else {})
        named["same_word"] = _same_word(query, key, same=same)
        first = torch.zeros(len(query), len(key), dtype=torch.bool)
        first[1 if same else 0 :, :1] = True
        named["first"] = first
        named["special"] = key.special.expand(len(query), -1)
        for piece in dict.fromkeys(token.piece for token in key.tokens if token.special):
            such = [token.special and token.piece == piece for token in key.tokens]
            named[SPECIAL + piece] = torch.tensor(such).expand(len(query), -1)
        self.names = tuple(named)
        self.matrix: Bool[Tensor, "relation query_pos key_pos"] = (
            torch.stack(list(named.values())) & self.counts[:, None]
        )
        self.everywhere = self.matrix.any(-1).sum(-1, dtype=torch.float64)[None]
        self.of, self.rows, self.cols = self.matrix.nonzero().T
        pos = torch.arange(max(len(query), len(key)), dtype=torch.float64)
        distance = (pos[: len(query), None] - pos[: len(key)]).abs() * self.counts[:, None]
        self.distance = distance.flatten()

    def weights(
        self, pattern: Float[Tensor, "head query_pos key_pos"]
    ) -> Float[Tensor, "head relation"]:
        """What all queries together give to the keys of each relation."""
        cells = pattern[:, self.rows, self.cols]
        return pattern.new_zeros(len(pattern), len(self.names)).index_add_(1, self.of, cells)

    def hits(
        self, pattern: Float[Tensor, "head query_pos key_pos"]
    ) -> Float[Tensor, "head relation"]:
        """How many queries have their strongest key in each relation."""
        strongest = pattern.argmax(-1)
        given = pattern.amax(-1) > 0
        within = self.matrix[:, torch.arange(pattern.shape[1]), strongest] & given
        return within.sum(-1, dtype=torch.float64).T

    def queries(self, mask: Bool[Tensor, "mask_head query_pos key_pos"] | None) -> Tensor:
        """How many queries have such a key and may look at it: [mask_head or 1, relation]."""
        if mask is None:
            return self.everywhere
        reachable = mask[:, self.rows, self.cols].double()
        found = torch.zeros(len(mask), self.matrix.shape[0] * self.matrix.shape[1]).double()
        found.index_add_(1, self.of * self.matrix.shape[1] + self.rows, reachable)
        rows = (found > 0).reshape(-1, *self.matrix.shape[:2])
        return rows.sum(-1, dtype=torch.float64)


def _same_side(sequence: Sequence) -> Iterable[tuple[str, Tensor]]:
    """The relations between positions of one sequence."""
    n = len(sequence)
    pos, word, plain = torch.arange(n), sequence.word_of, ~sequence.special
    distance = pos - pos[:, None]
    for offset in OFFSETS:
        yield f"offset {offset}", (distance == offset) & plain
    yield "own_word", (word == word[:, None]) & (distance != 0)


def _same_word(query: Sequence, key: Sequence, *, same: bool) -> Bool[Tensor, "query_pos key_pos"]:
    """Whether two tokens belong to two words that are spelled alike, whatever their case."""
    numbers: dict[str, int] = {}

    def spelled(sequence: Sequence, other: int) -> Int[Tensor, " pos"]:
        of_word = [
            numbers.setdefault(word.text.casefold(), len(numbers))
            if not word.special and any(character.isalnum() for character in word.text)
            else other
            for word in sequence.words
        ]
        return torch.tensor(of_word)[sequence.word_of]

    alike = spelled(query, -1)[:, None] == spelled(key, -2)
    return alike & (query.word_of[:, None] != key.word_of) if same else alike


class _KindSums:
    """Sums over all sentences so far, of every head of one kind in order of layer and head."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.queries = 0
        self.heads: tuple[tuple[int, int], ...] = ()
        self.links: LinkTally | None = None
        self._shares: dict[str, Float[Tensor, "three head"]] = {}
        self._spread: Float[Tensor, "four head"] | None = None

    def add(self, trace: Trace, links: Seq[PlacedLink] | None) -> None:
        sites = trace.of_kind(self.kind)
        if not self.heads:
            self.heads = tuple((site.layer, head) for site in sites for head in range(site.n_heads))
        query, key = trace.query_sequence(self.kind), trace.key_sequence(self.kind)
        relations = _Relations(query, key, same=self.kind != "cross")
        self.queries += int(relations.counts.sum())
        shares, spread = zip(*(_of_site(site, relations) for site in sites), strict=True)
        for name, each in zip(relations.names, torch.cat(shares, -1), strict=True):
            self._shares[name] = self._shares.get(name, 0) + each
        total = torch.cat(spread, -1)
        self._spread = total if self._spread is None else self._spread + total
        if links is not None:
            self.links = self.links or LinkTally(self.kind)
            self.links.add(trace, links)

    def result(self) -> tuple[KindProfile, list[HeadProfile]]:
        about: KindLinks | None = None
        followed: Seq[HeadLinks | None] = [None] * len(self.heads)
        if self.links is not None:
            about, found = self.links.result()
            followed = found or followed
        heads = [self._head(index, own) for index, own in enumerate(followed)]
        return KindProfile(self.kind, self.queries, about), heads

    def _head(self, index: int, links: HeadLinks | None) -> HeadProfile:
        assert self._spread is not None, "a kind without a sentence"
        layer, head = self.heads[index]
        shares = {name: _share(sums[:, index]) for name, sums in self._shares.items()}
        entropy, relative, rows, distance = self._spread[:, index].tolist()
        same = self.kind != "cross"
        by_offset = [shares.get(f"offset {offset}") for offset in OFFSETS]
        return HeadProfile(
            self.kind,
            layer,
            head,
            to_previous=shares.get("offset -1"),
            to_next=shares.get("offset 1"),
            to_self=shares.get("offset 0"),
            to_same_word=shares["same_word"],
            to_own_word=shares.get("own_word"),
            to_first=shares["first"],
            to_special=shares["special"],
            to_each_special={
                name.removeprefix(SPECIAL): share
                for name, share in shares.items()
                if name.startswith(SPECIAL) and share is not None
            },
            to_offset=_best_offset(by_offset),
            by_offset=tuple(share.weight if share else None for share in by_offset) if same else (),
            entropy=entropy / self.queries if self.queries else None,
            entropy_share=relative / rows if rows else None,
            distance=distance / self.queries if self.queries and same else None,
            links=links,
        )


def _of_site(
    site: Site, relations: _Relations
) -> tuple[Float[Tensor, "relation three head"], Float[Tensor, "four head"]]:
    """What one block adds: weights, hits and queries of each relation; of its entropies their
    sum, the sum of their shares, how many have a share; and the sum of distances."""
    mask = site.mask
    keys = torch.full((1, site.query_len), site.key_len) if mask is None else mask.sum(-1)
    counted = relations.counts & (keys > 0)
    may_choose = counted & (keys > 1)
    most = keys.clamp_min(2).double().log()
    queries = relations.queries(mask)
    shares, spread = [], []
    for chunk in head_chunks(site):
        pattern = site.pattern(chunk).double()
        seen = of_heads(mask, chunk)
        if seen is not None:
            pattern = pattern.masked_fill(~seen, 0.0)  # a row that may look nowhere is uniform
        n = len(pattern)
        asked = queries if len(queries) == 1 else queries[chunk]
        columns = (relations.weights(pattern), relations.hits(pattern), asked.expand(n, -1))
        shares.append(torch.stack(columns, -1).permute(1, 2, 0))
        entropy = torch.special.entr(pattern).sum(-1) * relations.counts
        chosen, top = (each if len(each) == 1 else each[chunk] for each in (may_choose, most))
        relative = (entropy / top * chosen).sum(-1)
        rows = chosen.sum(-1, dtype=torch.float64).expand(n)
        distance = (pattern.flatten(1) @ relations.distance).reshape(n)
        spread.append(torch.stack([entropy.sum(-1), relative, rows, distance]))
    return torch.cat(shares, -1), torch.cat(spread, -1)


def _share(sums: Float[Tensor, " three"]) -> Share | None:
    weight, hits, queries = sums.tolist()
    return Share(weight / queries, hits / queries, int(queries)) if queries else None


def _best_offset(shares: Seq[Share | None]) -> OffsetShare | None:
    """The one that gets the most in all; the nearer on a draw, and the one before."""
    found = [
        OffsetShare(offset, share.weight, share.argmax, share.queries)
        for offset, share in zip(OFFSETS, shares, strict=True)
        if share is not None
    ]
    if not found:
        return None
    return max(
        found, key=lambda each: (each.weight * each.queries, -abs(each.offset), -each.offset)
    )
