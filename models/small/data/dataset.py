"""From documents to batches: what the small model reads, and what it should have said.

A batch is a function of the seed, the step and the corpus alone, so that a training that was
stopped goes on as if it had not been.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Int
from tokenizers import Tokenizer
from torch import Tensor

from headlight.models.small.config import PRONOUNS, UPOS
from headlight.models.small.data.alignment import Range, word_ranges
from headlight.models.small.data.corpus import Document, Mention
from headlight.models.small.tokenizer import CLS, MASK, PAD, SEP, SPECIAL

# Tokens of a row and how often: a person types one sentence, a passage, or a page.
SHORT = 40
LENGTHS = {SHORT: 0.35, 128: 0.5, 256: 0.15}
NO_TAG = -100
NOWHERE = -1

Array = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Link:
    """A pronoun's token, and the token spans of the head words of what it refers to: the mentions
    of the same entity before it."""

    pos: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One document in the model's tokens, special ones not added.

    ids, tags, parents   [token]; a tag or parent stands at the first token of its word, a
                         parent is the position of the parent's first token (the root: its own)
    starts               positions where a sentence begins, 0 the first
    """

    ids: Array
    tags: Array
    parents: Array
    starts: Array
    links: tuple[Link, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


def read_plain(text: str, tokenizer: Tokenizer) -> Reading:
    """A text without annotations; a sentence is taken to begin after . ! ? and 。 ！ ？"""
    ids = np.array(tokenizer.encode(text, add_special_tokens=False).ids, dtype=np.int64)
    return _unlabelled(ids, tokenizer)


def read_sentences(sentences: Seq[str], tokenizer: Tokenizer) -> Reading:
    """Sentences that stand for themselves, one after the other."""
    cut = tokenizer.encode_batch(list(sentences), add_special_tokens=False)
    lengths = np.array([len(each.ids) for each in cut], dtype=np.int64)
    ids = np.concatenate([np.array(each.ids, dtype=np.int64) for each in cut])
    nothing = np.full(len(ids), NO_TAG), np.full(len(ids), NOWHERE)
    starts = np.concatenate([[0], lengths.cumsum()[:-1]])
    return Reading(ids, *nothing, np.unique(starts[starts < len(ids)]))


def _unlabelled(ids: Array, tokenizer: Tokenizer) -> Reading:
    ends = [tokenizer.token_to_id(mark) for mark in (".", "!", "?", "。", "！", "？")]
    after = np.flatnonzero(np.isin(ids, [end for end in ends if end is not None])) + 1
    starts = np.unique(np.concatenate([[0], after[after < len(ids)]]))
    return Reading(ids, np.full(len(ids), NO_TAG), np.full(len(ids), NOWHERE), starts)


def word_tokens(document: Document, tokenizer: Tokenizer) -> tuple[Array, list[Range]]:
    """The document's ids, special ones not added, and which of them each word is made of."""
    encoding = tokenizer.encode(document.text, add_special_tokens=False)
    begins = [begin for begin, _ in encoding.offsets]
    return np.array(encoding.ids, dtype=np.int64), word_ranges(document.words, begins)


def read_document(document: Document, tokenizer: Tokenizer) -> Reading:
    """A document with whatever it is annotated with."""
    ids, spans = word_tokens(document, tokenizer)
    tags = np.full(len(ids), NO_TAG)
    parents = np.full(len(ids), NOWHERE)
    for word, (first, last) in zip(document.words, spans, strict=True):
        if first == last:
            continue
        if word.tag in UPOS:
            tags[first] = UPOS.index(word.tag)
        if word.head is not None:
            to, end = spans[word.head]
            parents[first] = to if to < end else NOWHERE
    starts = {spans[first][0] for first, last in document.sentences if first < last}
    return Reading(
        ids,
        tags,
        parents,
        np.array(sorted({0, *(start for start in starts if start < len(ids))}), dtype=np.int64),
        tuple(_links(document, spans)),
    )


def _links(document: Document, spans: list[tuple[int, int]]) -> list[Link]:
    """One for each third-person pronoun that is a mention by itself and not the only one."""
    by_entity: dict[str, list[tuple[int, int]]] = {}
    mentions = document.mentions or ()
    for mention in mentions:
        tokens = spans[head_word(document, mention)]
        if tokens[0] < tokens[1]:
            by_entity.setdefault(mention.entity, []).append(tokens)
    links = []
    for mention in mentions:
        word = document.words[mention.start]
        own = spans[mention.start]
        if mention.end != mention.start + 1 or word.text.lower() not in PRONOUNS:
            continue
        others = tuple(s for s in by_entity.get(mention.entity, []) if s[1] <= own[0])
        if own[0] < own[1] and others:
            links.append(Link(own[0], others))
    return sorted(links, key=lambda link: link.pos)


# Where syntax is not annotated, a mention's head is taken to stand before the first of these.
_RELATIVES = {"who", "whom", "whose", "which", "that", "where"}
_PREPOSITIONS = {"of", "in", "on", "at", "to", "with", "from", "for", "by", "about", "near"}
_AFTER_HEAD = {",", ";", ":", "(", "--"} | _RELATIVES | _PREPOSITIONS


def head_word(document: Document, mention: Mention) -> int:
    """The word of the mention that the others depend on: `law` of "the law of the land".

    Where nothing is annotated it is the last word before a comma, a preposition or a relative.
    """
    words = document.words
    if words[mention.start].head is not None:
        for at in range(mention.start, mention.end):
            to = words[at].head
            if to is None or to == at or not mention.start <= to < mention.end:
                return at
    for at in range(mention.start + 1, mention.end):
        if words[at].text.lower() in _AFTER_HEAD:
            return at - 1
    return mention.end - 1


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step reads.

    ids, tags, parents   [row, pos]; NO_TAG and NOWHERE where nothing is taught
    gaps, hidden         [gap]: positions in the flattened batch that were hidden, and their ids
    pronouns             [link]: positions in the flattened batch
    mentions             [link, pos], True on the tokens that the pronoun should point to
    """

    ids: Int[Tensor, "row pos"]
    real: Bool[Tensor, "row pos"]
    tags: Int[Tensor, "row pos"]
    parents: Int[Tensor, "row pos"]
    gaps: Int[Tensor, " gap"]
    hidden: Int[Tensor, " gap"]
    pronouns: Int[Tensor, " link"]
    mentions: Bool[Tensor, "link pos"]

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Source:
    """Readings of one kind; `early` and `late` are its shares at the beginning and the end."""

    name: str
    readings: tuple[Reading, ...]
    early: float
    late: float
    sizes: Array = field(init=False)

    def __post_init__(self) -> None:
        sizes = np.array([len(reading) for reading in self.readings], dtype=np.int64)
        object.__setattr__(self, "sizes", sizes.cumsum())

    @property
    def has_tags(self) -> bool:
        return any((reading.tags != NO_TAG).any() for reading in self.readings)

    def draw(self, rng: np.random.Generator) -> Reading:
        """A reading, the longer the likelier."""
        place = int(rng.integers(self.sizes[-1]))
        return self.readings[bisect_right(self.sizes, place)]


class Batches:
    """Batches of about `tokens` tokens; the `step`-th of `steps` is always the same.

    `hide` is the share of tokens that are hidden at the beginning and at the end: fewer in the
    end, when what is asked for is what a person will ask for. `lengths` says how many tokens a
    row has, and how often; rows of SHORT hold one to three sentences and nothing else.
    """

    def __init__(
        self,
        sources: Seq[Source],
        *,
        tokens: int,
        steps: int,
        seed: int,
        vocabulary: int,
        hide: tuple[float, float] = (0.12, 0.05),
        lengths: Mapping[int, float] = LENGTHS,
    ) -> None:
        self.sources = [source for source in sources if source.readings]
        self.tokens, self.steps, self.seed, self.vocabulary = tokens, steps, seed, vocabulary
        self.hide, self.lengths = hide, lengths

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        progress = step / max(1, self.steps)
        shares = np.array([s.early + (s.late - s.early) * progress for s in self.sources])
        length = int(rng.choice(list(self.lengths), p=list(self.lengths.values())))
        chosen = rng.choice(len(shares), self.tokens // length, p=shares / shares.sum())
        rows = [self.sources[each].draw(rng) for each in chosen]
        hide = self.hide[0] + (self.hide[1] - self.hide[0]) * progress
        return _batch(rows, length, rng, hide, self.vocabulary)


def _batch(
    readings: Seq[Reading], length: int, rng: np.random.Generator, hide: float, vocabulary: int
) -> Batch:
    shape = (len(readings), length)
    ids = np.full(shape, PAD)
    tags, parents = np.full(shape, NO_TAG), np.full(shape, NOWHERE)
    pronouns: list[int] = []
    mentions: list[np.ndarray[tuple[int], np.dtype[np.bool_]]] = []
    for row, reading in enumerate(readings):
        start, end = _window(reading, length - 2, rng, alone=length == SHORT)
        count = end - start
        ids[row, 0], ids[row, count + 1] = CLS, SEP
        ids[row, 1 : count + 1] = reading.ids[start:end]
        tags[row, 1 : count + 1] = reading.tags[start:end]
        to = reading.parents[start:end]
        parents[row, 1 : count + 1] = np.where((to >= start) & (to < end), to - start + 1, NOWHERE)
        for link in reading.links:
            seen = [s for s in link.spans if start <= s[0] and s[1] <= end]
            if start <= link.pos < end and seen:
                where = np.zeros(length, dtype=np.bool_)
                for first, last in seen:
                    where[first - start + 1 : last - start + 1] = True
                pronouns.append(row * length + link.pos - start + 1)
                mentions.append(where)
    flat = ids.reshape(-1)
    hideable = np.flatnonzero(flat >= len(SPECIAL))
    gaps = np.sort(rng.choice(hideable, int(len(hideable) * hide), replace=False))
    hidden = flat[gaps].copy()
    how = rng.random(len(gaps))
    flat[gaps[how < 0.8]] = MASK
    strange = gaps[how > 0.9]
    flat[strange] = rng.integers(len(SPECIAL), vocabulary, len(strange))
    return Batch(
        ids=torch.from_numpy(ids),
        real=torch.from_numpy(ids != PAD),
        tags=torch.from_numpy(tags),
        parents=torch.from_numpy(parents),
        gaps=torch.from_numpy(gaps),
        hidden=torch.from_numpy(hidden),
        pronouns=torch.tensor(pronouns, dtype=torch.long),
        mentions=torch.from_numpy(np.array(mentions, dtype=np.bool_).reshape(-1, length)),
    )


def _window(
    reading: Reading, room: int, rng: np.random.Generator, *, alone: bool
) -> tuple[int, int]:
    """Some sentences in a row: one to three if `alone`, else as many tokens as there is room."""
    at = int(rng.integers(len(reading.starts)))
    start = int(reading.starts[at])
    end = min(len(reading), start + room)
    if alone:
        after = at + int(rng.integers(1, 4))
        if after < len(reading.starts):
            end = min(end, int(reading.starts[after]))
    return start, end
