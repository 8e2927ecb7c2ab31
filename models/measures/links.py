"""Does a head follow links that a person drew between words? Accuracy, weight, baselines.

A link says that the words of its query look at those of its key: a determiner at its noun. As
in Clark et al. 2019, section 4.2, a head answers each query with the word that it gives most to,
special tokens and the query's own words left out:

    weight    what the query's tokens give to the key's: their mean, summed over the key's
              tokens, as in `models.measures.search`
    answer    the word to which it gives most, likewise; none where it gives all of them 0
    right     the answer is a word of the key that is not also one of the query's

A link is left out (`masked`) where no head of the kind may look from its query to its key, such
as one that runs forwards in a causal model. All numbers are over the links that remain, in all
sentences together, so that heads and baselines are asked the same. What a baseline knows is the
words' order alone:

    offset    the word so many words further on, the best of 8 to either side, special tokens not
              counted. Chosen on these very links: no head can be told to be easy to beat
    nearest   the word right before; right after where none stands before
    chance    any of the words that may be the answer, all alike
    permuted  the head's own answers, each held against the key of another link of its sentence,
              drawn at random: 1,000 draws. Sentences with a single such link are left out
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.errors import InputError, InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.measures.locate import Span, TokenSpan, locate
from headlight.models.measures.resampling import DRAWS, UPPER, bootstrap, permuted_hits
from headlight.models.measures.statistics import head_chunks

WORD_OFFSETS = tuple(offset for offset in range(-8, 9) if offset)


@dataclass(frozen=True, slots=True)
class Link:
    """Characters that look, and characters that are looked at.

    A span's segment is 1 for the second text of a pair, and for the target of an
    encoder-decoder model: there a link from segment 1 to segment 0 is one of cross attention.
    """

    query: Span
    key: Span


@dataclass(frozen=True, slots=True)
class PlacedLink:
    query: TokenSpan
    key: TokenSpan


Placed = Mapping[Kind, Seq[PlacedLink]]
"""The links of one sentence, by the kind of attention that can follow them."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % bootstrap interval over sentences. See `models.measures.resampling.bootstrap`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Permuted:
    """A head beside its own answers to permuted keys, in sentences with two links or more.

    accuracy  0..1, of these links as they are
    mean      0..1, of the draws
    upper     their 95th percentile
    p         (1 + draws that are at least as accurate) / (1 + draws): small if the head does
              better than its answers would by themselves
    """

    accuracy: float
    mean: float
    upper: float
    p: float


@dataclass(frozen=True, slots=True)
class HeadLinks:
    """How one head follows the links. Intervals are None for fewer than two sentences with
    links, `permuted` where no sentence has two. All but the intervals' ends are in 0..1."""

    accuracy: float
    accuracy_interval: Interval | None
    weight: float
    weight_interval: Interval | None
    permuted: Permuted | None


@dataclass(frozen=True, slots=True)
class KindLinks:
    """What was asked of every head of a kind, and what simple rules make of it.

    links             how many; all else is None where there are none
    masked            how many were left out: no head may look there
    sentences         in how many sentences
    offset            the best fixed word offset; before, and nearer, on a draw
    offset_accuracy   its accuracy, 0..1
    nearest_accuracy  of the word before; None, as the two above, for cross attention
    chance            the expected accuracy of any word
    uniform_weight    the mean weight if each query looked alike wherever it may
    permuted_links    how many links stand in sentences with two or more
    """

    links: int
    masked: int
    sentences: int
    offset: int | None
    offset_accuracy: float | None
    nearest_accuracy: float | None
    chance: float | None
    uniform_weight: float | None
    permuted_links: int


def place_links(trace: Trace, links: Seq[Link]) -> dict[Kind, list[PlacedLink]]:
    """The tokens and words of each link. The trace's texts and sequences suffice, without sites.

    Raises InvalidSelection where a span is outside its text or covers no token, or a key has no
    word that is not also the query's; `argument` is "links.2.from" or "links.2.to".
    """
    placed: dict[Kind, list[PlacedLink]] = {}
    for index, link in enumerate(links):
        kind, query, key = _sides(trace, link, index)
        found = PlacedLink(
            _place(trace, kind, query, index, is_query=True),
            _place(trace, kind, key, index, is_query=False),
        )
        if kind != "cross" and set(found.key.words) <= set(found.query.words):
            raise InvalidSelection(
                Message(
                    "link {index} runs from “{query}” to “{key}”, which are the same word; link "
                    "different words",
                    index=index,
                    query=found.query.text,
                    key=found.key.text,
                ),
                argument=f"links.{index}.to",
            )
        placed.setdefault(kind, []).append(found)
    return placed


def _sides(trace: Trace, link: Link, index: int) -> tuple[Kind, Span, Span]:
    """The kind that can follow a link, and its spans as the kind's towers count them."""
    query, key = link.query, link.key
    if trace.encoder is None:
        return "decoder", query, key
    if trace.decoder is None:
        return "encoder", query, key
    if query.segment == 0 and key.segment == 1:
        raise InvalidSelection(
            Message(
                "link {index} runs from the text to its target; {model} looks from the target to "
                "the text, and within each of them",
                index=index,
                model=trace.model,
            ),
            argument=f"links.{index}.to",
        )
    kind: Kind = "cross"
    if query.segment == key.segment:
        kind = "decoder" if query.segment else "encoder"
    return kind, Span(query.start, query.end), Span(key.start, key.end)


def _place(trace: Trace, kind: Kind, span: Span, index: int, *, is_query: bool) -> TokenSpan:
    try:
        return locate(trace, kind, "query" if is_query else "key", span)
    except InputError as error:
        argument = f"links.{index}.{'from' if is_query else 'to'}"
        raise InvalidSelection(
            Message("link {index}: {problem}", index=index, problem=error.message),
            argument=argument,
        ) from None


class LinkTally:
    """Takes the links of one sentence after another, for all heads of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.masked = 0
        self._seen = 0  # sentences, with links or without: what a permutation is seeded with
        self._counts: list[int] = []
        self._right: list[Float[Tensor, " head"]] = []
        self._weight: list[Float[Tensor, " head"]] = []
        self._rules: list[Float[Tensor, " rule"]] = []
        self._permuted_links = 0
        self._permuted_right: Float[Tensor, " head"] | None = None
        self._permuted_draws: Float[Tensor, "draw head"] | None = None

    def add(self, trace: Trace, links: Seq[PlacedLink]) -> None:
        """The links of one more sentence; there may be none."""
        self._seen += 1
        if not links:
            return
        with torch.inference_mode():
            asked = _Asked(trace, self.kind, links)
            self.masked += len(links) - len(asked)
            if len(asked):
                self._add(asked, trace.of_kind(self.kind))

    def _add(self, asked: _Asked, sites: Seq[Site]) -> None:
        hits_of, weights_of = [], []
        for site in sites:
            for chunk in head_chunks(site):
                hits, weights = asked.answers(site.pattern(chunk).double())
                hits_of.append(hits)
                weights_of.append(weights)
        hits, n = torch.cat(hits_of), len(asked)
        right = hits.diagonal(0, -2, -1).sum(-1)
        self._counts.append(n)
        self._right.append(right)
        self._weight.append(torch.cat(weights_of).sum(-1))
        self._rules.append(asked.rules())
        if n > 1:
            draws = permuted_hits(hits, self._seen - 1)
            if self._permuted_right is None or self._permuted_draws is None:
                self._permuted_right = torch.zeros_like(right)
                self._permuted_draws = torch.zeros_like(draws)
            self._permuted_links += n
            self._permuted_right += right
            self._permuted_draws += draws

    def result(self) -> tuple[KindLinks, tuple[HeadLinks, ...] | None]:
        """What was asked, and every head's numbers in order of layer and head; None of those
        where nothing could be asked."""
        if not self._counts:
            return KindLinks(0, self.masked, 0, None, None, None, None, None, 0), None
        counts = torch.tensor(self._counts, dtype=torch.float64)
        links = int(counts.sum())
        rules = (torch.stack(self._rules).sum(0) / links).tolist()
        chance, uniform, nearest, *offsets = rules
        offset: int | None = None
        offset_accuracy: float | None = None
        if self.kind != "cross":
            offset_accuracy, _, behind = max(
                (accuracy, -abs(each), -each)
                for each, accuracy in zip(WORD_OFFSETS, offsets, strict=True)
            )
            offset = -behind
        about = KindLinks(
            links,
            self.masked,
            len(counts),
            offset,
            offset_accuracy,
            None if self.kind == "cross" else nearest,
            chance,
            uniform,
            self._permuted_links,
        )
        return about, tuple(self._heads(counts))

    def _heads(self, counts: Float[Tensor, " sentence"]) -> Iterator[HeadLinks]:
        columns = []
        for sums in (torch.stack(self._right), torch.stack(self._weight)):
            mean = (sums.sum(0) / counts.sum()).tolist()
            ends = bootstrap(sums, counts)
            intervals: list[Interval | None] = [None] * len(mean)
            if ends is not None:
                intervals = [Interval(low, high) for low, high in ends.T.tolist()]
            columns += [mean, intervals]
        for each in zip(*columns, self._beside_permuted(len(columns[0])), strict=True):
            yield HeadLinks(*each)

    def _beside_permuted(self, heads: int) -> list[Permuted | None]:
        if self._permuted_right is None or self._permuted_draws is None:
            return [None] * heads
        right, draws = self._permuted_right, self._permuted_draws
        table = torch.stack(
            [
                right / self._permuted_links,
                draws.mean(0) / self._permuted_links,
                torch.quantile(draws, UPPER / 100, dim=0) / self._permuted_links,
                (1 + (draws >= right).sum(0).double()) / (1 + DRAWS),
            ],
            dim=-1,
        )
        return [Permuted(*row) for row in table.tolist()]


class _Asked:
    """The links of one sentence that some head of the kind may follow."""

    def __init__(self, trace: Trace, kind: Kind, links: Seq[PlacedLink]) -> None:
        self.same = kind != "cross"
        self.query_sequence = trace.query_sequence(kind)
        self.key_sequence = trace.key_sequence(kind)
        may_look = _may_look(trace.of_kind(kind), self.query_sequence, self.key_sequence)
        self.links = [
            link
            for link in links
            if may_look[list(link.query.tokens)][:, list(link.key.tokens)].any()
        ]
        n_key, n_word = len(self.key_sequence), len(self.key_sequence.words)
        self.word_of = self.key_sequence.word_of
        self.row = torch.zeros(len(self.links), len(self.query_sequence), dtype=torch.float64)
        self.key_tokens = torch.zeros(len(self.links), n_key, dtype=torch.float64)
        self.key_words = torch.zeros(len(self.links), n_word, dtype=torch.bool)
        special = torch.tensor([word.special for word in self.key_sequence.words])
        self.candidates = torch.zeros(len(self.links), n_word, dtype=torch.bool)
        for index, link in enumerate(self.links):
            self.row[index, list(link.query.tokens)] = 1 / len(link.query.tokens)
            self.key_tokens[index, list(link.key.tokens)] = 1
            self.key_words[index, list(link.key.words)] = True
            reachable = may_look[list(link.query.tokens)].any(0)
            self.candidates[index, self.word_of[reachable]] = True
            if self.same:
                self.candidates[index, list(link.query.words)] = False
        self.candidates &= ~special
        shares = may_look.double() / may_look.sum(-1, keepdim=True).clamp_min(1)
        self.uniform = ((self.row @ shares) * self.key_tokens).sum()

    def __len__(self) -> int:
        return len(self.links)

    def answers(
        self, pattern: Float[Tensor, "head query_pos key_pos"]
    ) -> tuple[Float[Tensor, "head link link"], Float[Tensor, "head link"]]:
        """Whether each head's answer to a link's query is right for each link's key; weights."""
        rows = self.row @ pattern
        weights = (rows * self.key_tokens).sum(-1)
        words = rows.new_zeros(*rows.shape[:2], self.candidates.shape[1])
        words.index_add_(-1, self.word_of, rows)
        words = words.masked_fill(~self.candidates, 0.0)
        hits = self.key_words.T[words.argmax(-1)] & (words.amax(-1) > 0)[..., None]
        return hits.double(), weights

    def rules(self) -> Float[Tensor, " rule"]:
        """Sums over the links: of chance, of uniform weights, right answers of the nearest word,
        and of each of WORD_OFFSETS."""
        reached = (self.candidates & self.key_words).sum(-1).double()
        reached /= self.candidates.sum(-1).clamp_min(1)
        right = torch.zeros(1 + len(WORD_OFFSETS), dtype=torch.float64)
        if self.same:
            plain = [i for i, word in enumerate(self.key_sequence.words) if not word.special]
            for link in self.links:
                right += self._right_by_order(link, plain)
        return torch.cat([torch.stack([reached.sum(), self.uniform]), right])

    def _right_by_order(self, link: PlacedLink, plain: list[int]) -> Float[Tensor, " rule"]:
        wanted = set(link.key.words) - set(link.query.words)
        first = plain.index(link.query.words[0])
        last = plain.index(link.query.words[-1])

        def right(offset: int) -> bool:
            at = (first if offset < 0 else last) + offset
            return 0 <= at < len(plain) and plain[at] in wanted

        nearest = right(-1) if first > 0 else right(1)
        return torch.tensor([nearest, *map(right, WORD_OFFSETS)], dtype=torch.float64)


def _may_look(
    sites: Seq[Site], query: Sequence, key: Sequence
) -> Bool[Tensor, "query_pos key_pos"]:
    """Where some head of those sites may look."""
    everywhere = torch.ones(len(query), len(key), dtype=torch.bool)
    masks = [site.mask for site in sites]
    if any(mask is None for mask in masks):
        return everywhere
    found = ~everywhere
    for mask in masks:
        assert mask is not None
        found |= mask.any(0)
    return found
