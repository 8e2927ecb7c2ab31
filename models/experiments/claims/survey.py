"""What one model does on our sentences: everything that the statements are held against.

A `Survey` is given one run after another and keeps a few numbers of each head and sentence,
no tensor of the run. Heads that were taught to point are measured too, and left out when the
best head is sought: a statement is about what comes by itself.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import get_args

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message
from headlight.models.core.outputs import SupervisedHead
from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.experiments.claims.sentences import Relation, Sentence, sentences
from headlight.models.experiments.claims.statements import MIDDLE
from headlight.models.measures.links import Link, LinkTally, place_links
from headlight.models.measures.locate import Span
from headlight.models.measures.norms import norm_weighted
from headlight.models.measures.profile import HeadProfile, Profiler, Share
from headlight.models.measures.resampling import bootstrap

SEPARATORS = ("[SEP]", "</s>", "<sep>")
"""Pieces that close a text in the families that have one."""
PASSAGE = 6
"""Sentences that are read as one text where a statement is about long ones."""
UNREADABLE = 0.1
"""Share of unknown tokens from which a model is not asked about English."""
PIECES = 3.0
"""Tokens a word from which it is not asked either: it reads letters."""


def passages() -> tuple[str, ...]:
    """Our sentences in order, six at a time, each six as one text."""
    texts = [sentence.text for sentence in sentences()]
    return tuple(" ".join(texts[at : at + PASSAGE]) for at in range(0, len(texts), PASSAGE))


@dataclass(frozen=True, slots=True)
class Rates:
    """A share of every head, in order of layer and head: all sentences, and 95 % intervals.

    `even` is what a head would show that looks alike at all that it may look at.
    """

    value: Float[Tensor, " head"]
    low: Float[Tensor, " head"]
    high: Float[Tensor, " head"]
    counted: int
    even: float


class Rate:
    """Sums of one share over sentences, for every head."""

    def __init__(self) -> None:
        self._sums: list[Float[Tensor, " head"]] = []
        self._counts: list[float] = []
        self._even: list[float] = []

    def add(self, share: Float[Tensor, " head"], count: int, even: float) -> None:
        """One sentence: mean over `count` queries, which must not be 0; even attention's too."""
        self._sums.append(share.double() * count)
        self._counts.append(float(count))
        self._even.append(even * count)

    def result(self) -> Rates | None:
        """None where fewer than two sentences have such queries."""
        if len(self._counts) < 2:
            return None
        sums, counts = torch.stack(self._sums), torch.tensor(self._counts, dtype=torch.float64)
        ends = bootstrap(sums, counts)
        assert ends is not None
        total = counts.sum()
        even = sum(self._even) / float(total)
        return Rates(sums.sum(0) / total, ends[0], ends[1], int(total), even)


class Showcase:
    """The strongest link of one sort that each head has shown so far, and where."""

    def __init__(self) -> None:
        self._value: Float[Tensor, " head"] = torch.empty(0)
        self._cell: Tensor = torch.empty(0, 3, dtype=torch.long)

    def see(
        self, text: int, cells: Seq[tuple[int, int]], values: Float[Tensor, "head cell"]
    ) -> None:
        """Links of one text as (query_pos, key_pos), and what each head gives them."""
        if not cells:
            return
        if not len(self._value):
            self._value = torch.full((len(values),), -1.0)
            self._cell = torch.zeros(len(values), 3, dtype=torch.long)
        best, at = values.float().max(-1)
        better = best > self._value
        found = torch.tensor([(text, *cell) for cell in cells])
        self._value[better] = best[better]
        self._cell[better] = found[at[better]]

    def of(self, head: int) -> tuple[int, int, int]:
        """Index of the text, query_pos, key_pos. Some text must have had such a link."""
        text, query_pos, key_pos = self._cell[head].tolist()
        return text, query_pos, key_pos


@dataclass(frozen=True, slots=True)
class Sink:
    """What the separator gets, one row a sentence: [sentence, head], means over plain queries.

    `weighted` is its share of norm-weighted attention, NaN for a model without W_o.
    """

    weight: Float[Tensor, "sentence head"]
    weighted: Float[Tensor, "sentence head"]
    queries: Float[Tensor, " sentence"]
    even: float


class Survey:
    """Takes the runs of one model on `sentences()` in order, and on `passages()`."""

    def __init__(self) -> None:
        self.kind: Kind = "encoder"
        self.heads: tuple[tuple[int, int], ...] = ()
        self.layers = 0
        self.causal = False
        self.supervised: tuple[SupervisedHead, ...] = ()
        self.weights = {"previous": Rate(), "next": Rate()}
        self.hits = {"previous": Rate(), "next": Rate()}
        self.largest = Rate()
        self.tallies: dict[Relation, LinkTally] = {}
        self.shown: dict[str, Showcase] = {}
        self.read: list[Sequence] = []
        self._sink: list[tuple[Tensor, Tensor, float, float]] = []
        self._tokens = self._unknown = self._words = 0

    def add(self, sentence: Sentence, trace: Trace) -> None:
        """One sentence and its run. Of the trace its tokens are kept, and no tensor."""
        self._meet(trace)
        sequence = trace.query_sequence(self.kind)
        self.read.append(sequence)
        self._count_pieces(sequence)
        profiler = Profiler()
        profiler.add(trace)
        heads = [head for head in profiler.result().heads if head.kind == self.kind]
        sites = trace.of_kind(self.kind)
        rows = ~sequence.special
        with torch.inference_mode():
            patterns = torch.cat([site.pattern(slice(None)) for site in sites])
            self._neighbours(heads, _even(sites[0], rows))
            self._show_neighbours(patterns, rows)
            self._separator(sites, patterns, sequence)
        for relation, tally in self.tallies.items():
            links = [Link(Span(*link.query), Span(*link.key)) for link in sentence.of(relation)]
            placed = place_links(trace, links).get(self.kind, [])
            tally.add(trace, placed)
            cells = [(link.query.tokens[0], link.key.tokens[0]) for link in placed]
            self._show(relation, patterns, cells)

    def add_passage(self, trace: Trace) -> None:
        """One passage's run: what its heads give to their strongest key."""
        self._meet(trace)
        rows = ~trace.query_sequence(self.kind).special
        sites = trace.of_kind(self.kind)
        with torch.inference_mode():
            strongest = [
                site.pattern(slice(None)).amax(-1)[:, rows].double().mean(-1) for site in sites
            ]
            self.largest.add(torch.cat(strongest), int(rows.sum()), _even(sites[0], rows))

    @property
    def free(self) -> list[int]:
        """Indices of the heads that nobody taught to point."""
        supervised = {(each.layer, each.head) for each in self.supervised if each.kind == self.kind}
        return [index for index, head in enumerate(self.heads) if head not in supervised]

    @property
    def middle(self) -> list[int]:
        """The layers whose middles lie at 5/12 to 10/12 of the depth: 6 to 10 of 12, from 1."""
        low, high = (share * self.layers for share in MIDDLE)
        return [layer for layer in range(self.layers) if low <= layer + 0.5 <= high]

    @property
    def unreadable(self) -> Message | None:
        """Why this model cannot be asked about our sentences, or None."""
        if len(self.read) < len(sentences()):
            return Message("Our sentences are longer than this model reads.")
        if self._unknown > UNREADABLE * self._tokens:
            share = 100 * self._unknown / self._tokens
            return Message(
                "{share} % of the tokens of our sentences are unknown to this model.",
                share=f"{share:.0f}",
            )
        if self._tokens > PIECES * self._words:
            pieces = self._tokens / self._words
            return Message(
                "This model cuts an English word into {pieces} pieces on average.",
                pieces=f"{pieces:.1f}",
            )
        return None

    @property
    def sink(self) -> Sink | None:
        """None for a model that closes no text with a separator."""
        if not self._sink:
            return None
        weight, weighted, queries, even = zip(*self._sink, strict=True)
        counts = torch.tensor(queries, dtype=torch.float64)
        mean_even = float(torch.tensor(even, dtype=torch.float64) @ counts / counts.sum())
        return Sink(torch.stack(weight), torch.stack(weighted), counts, mean_even)

    def _meet(self, trace: Trace) -> None:
        """What every run of the model says alike."""
        if self.heads:
            return
        self.kind = trace.kinds[0]
        sites = trace.of_kind(self.kind)
        self.heads = tuple((site.layer, head) for site in sites for head in range(site.n_heads))
        self.layers = len(sites)
        self.causal = any(site.causal for site in sites)
        self.supervised = trace.supervised
        self.tallies = {relation: LinkTally(self.kind) for relation in get_args(Relation)}

    def _count_pieces(self, sequence: Sequence) -> None:
        plain = [token for token in sequence.tokens if not token.special]
        self._tokens += len(plain)
        self._unknown += sum(token.piece in ("[UNK]", "<unk>") for token in plain)
        self._words += sum(not word.special for word in sequence.words)

    def _neighbours(self, heads: list[HeadProfile], even: float) -> None:
        for name in self.weights:
            shares = [_neighbour(head, name) for head in heads]
            known = [share for share in shares if share is not None]
            if len(known) < len(shares) or not known[0].queries:
                continue
            count = known[0].queries
            self.weights[name].add(torch.tensor([share.weight for share in known]), count, even)
            self.hits[name].add(torch.tensor([share.argmax for share in known]), count, even)

    def _show_neighbours(
        self, patterns: Float[Tensor, "head query_pos key_pos"], rows: Tensor
    ) -> None:
        plain = rows.nonzero().flatten().tolist()
        beside = [(pos, pos + 1) for pos in plain if pos + 1 in plain]
        self._show("next", patterns, beside)
        self._show("previous", patterns, [(second, first) for first, second in beside])

    def _show(
        self,
        name: str,
        patterns: Float[Tensor, "head query_pos key_pos"],
        cells: list[tuple[int, int]],
    ) -> None:
        values = patterns[:, [query for query, _ in cells], [key for _, key in cells]]
        self.shown.setdefault(name, Showcase()).see(len(self.read) - 1, cells, values)

    def _separator(
        self,
        sites: tuple[Site, ...],
        patterns: Float[Tensor, "head query_pos key_pos"],
        sequence: Sequence,
    ) -> None:
        closing = [
            pos
            for pos, token in enumerate(sequence.tokens)
            if token.special and token.piece in SEPARATORS and pos == len(sequence) - 1
        ]
        if self.causal or not closing:
            return
        rows = ~sequence.special
        weight = patterns[:, rows][..., closing].sum(-1).mean(-1).double()
        weighted = torch.cat([_weighted_share(site, rows, closing) for site in sites]).double()
        self._sink.append((weight, weighted, float(rows.sum()), len(closing) / len(sequence)))
        plain = rows.nonzero().flatten().tolist()
        self._show("separator", patterns, [(query, key) for query in plain for key in closing])


def _neighbour(head: HeadProfile, name: str) -> Share | None:
    return head.to_previous if name == "previous" else head.to_next


def _weighted_share(site: Site, rows: Tensor, keys: list[int]) -> Float[Tensor, " head"]:
    """The keys' share of each row's norm-weighted attention, mean over the rows."""
    try:
        norms = norm_weighted(site, slice(None))[:, rows]
    except InvalidSelection:
        return torch.full((site.n_heads,), torch.nan)
    return (norms[..., keys].sum(-1) / norms.sum(-1)).mean(-1)


def _even(site: Site, rows: Tensor) -> float:
    """The largest share of a row that looks alike at all it may look at, mean over the rows."""
    if site.mask is None:
        return 1 / site.key_len
    return float((1 / site.mask[0][rows].sum(-1).clamp_min(1)).mean())
