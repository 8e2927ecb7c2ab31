"""What is asked of a model on annotated documents, and how its answers are counted.

Everything here is arithmetic on documents and on what a model gave; no model is run. A
token range is (first, end), end exclusive, in the tokens that the model read. A word whose
characters gave no token has an empty range and cannot be answered for: it counts as wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.small.config import PRONOUNS
from headlight.models.small.data.alignment import Range
from headlight.models.small.data.corpus import Document, Word

REACH = 96
"""How many tokens before a pronoun its antecedent may start."""

ROOM = 126
"""Tokens of a context: 128 less [CLS] and [SEP]."""

TokenCounts = Callable[[Document], Seq[int]]
"""How many tokens a tokenizer makes of each word of a document; a token is the word's where
it starts."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of how many were right."""

    right: int = 0
    total: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.right + other.right, self.total + other.total)

    @property
    def share(self) -> float:
        """In 0..1. Raises ZeroDivisionError where nothing was asked."""
        return self.right / self.total


def tally(answers: Iterable[bool]) -> Tally:
    """Counts right answers."""
    listed = list(answers)
    return Tally(sum(listed), len(listed))


@dataclass(frozen=True, slots=True)
class Case:
    """A pronoun and what it may be linked to.

    `pronoun` is the index of its word in the document; `mentions` are the word ranges of
    all other mentions of its entity, before and after it.
    """

    document: Document
    pronoun: int
    entity: str
    mentions: tuple[Range, ...]


def antecedent_cases(document: Document, token_counts: TokenCounts) -> list[Case]:
    """The third-person pronouns of a document that have an antecedent within REACH tokens.

    Such a pronoun is a mention by itself, and another mention of its entity ends before it
    and starts at most REACH tokens before it. A document without coreference has none.
    """
    if document.mentions is None:
        return []
    counts = token_counts(document)
    position = list(accumulate(counts, initial=0))
    cases = []
    for own in document.mentions:
        pronoun = own.start
        if own.end != pronoun + 1 or not counts[pronoun]:
            continue
        if document.words[pronoun].text.lower() not in PRONOUNS:
            continue
        others = tuple(
            (other.start, other.end)
            for other in document.mentions
            if other.entity == own.entity and other != own
        )
        if any(
            end <= pronoun and position[pronoun] - position[start] <= REACH for start, end in others
        ):
            cases.append(Case(document, pronoun, own.entity, others))
    return cases


def context(case: Case, counts: Seq[int], room: int = ROOM) -> Range:
    """The words that a model reads for a case: at most `room` tokens.

    They end with the pronoun's sentence and begin with the earliest sentence that fits. Of
    a sentence that is itself too long they hold up to REACH tokens before the pronoun, and
    of what follows it as much as fits.
    """
    position = list(accumulate(counts, initial=0))
    sentences = case.document.sentences
    own = next(at for at, (_, end) in enumerate(sentences) if case.pronoun < end)
    first, end = sentences[own]
    if position[end] - position[first] > room:
        return _part_of_sentence(case, position, room, (first, end))
    while own and position[end] - position[sentences[own - 1][0]] <= room:
        own -= 1
    return sentences[own][0], end


def _part_of_sentence(case: Case, position: list[int], room: int, sentence: Range) -> Range:
    words, pronoun = case.document.words, case.pronoun
    reach = min(REACH, room - 1)

    def cuttable(at: int) -> bool:
        """Whether a white space stands before the word, so that no token is torn."""
        return words[at - 1].end < words[at].start

    start, end = sentence
    if position[pronoun] - position[start] > reach:
        while start < pronoun and (
            position[pronoun] - position[start] > reach or not cuttable(start)
        ):
            start += 1
    while end > pronoun + 1 and (
        position[end] - position[start] > room or (end < sentence[1] and not cuttable(end))
    ):
        end -= 1
    return start, end


def token_ranges(counts: Seq[int], first: int = 1) -> list[Range]:
    """The token range of each word, in order; `first` is the token of the first: after [CLS]."""
    ends = list(accumulate(counts, initial=first))
    return list(pairwise(ends))


def points_right(
    case: Case,
    row: Float[Tensor, " key_pos"],
    ranges: Seq[Range],
    start: int,
    excluded: Iterable[int] = (),
) -> bool:
    """Whether the strongest token of a pronoun's row lies in another mention of its entity.

    `ranges` holds the token range of each word of the context that begins with word `start`
    of the document. The pronoun's own tokens and `excluded` cannot be the strongest.
    """
    out = [*range(*ranges[case.pronoun - start]), *excluded]
    strongest = int(row.index_fill(0, torch.tensor(out, dtype=torch.long), -torch.inf).argmax())
    return any(
        first <= strongest < end
        for low, high in case.mentions
        for first, end in ranges[max(low - start, 0) : max(high - start, 0)]
    )


def tags_right(words: Seq[Word], ranges: Seq[Range], predicted: Seq[str]) -> Tally:
    """Parts of speech; `predicted` holds one a token, and a word's first token speaks for it.

    Words without an annotated tag are not asked for.
    """
    return tally(
        first < end and predicted[first] == word.tag
        for word, (first, end) in zip(words, ranges, strict=True)
        if word.tag is not None
    )


def parents_right(
    words: Seq[Word],
    ranges: Seq[Range],
    pattern: Float[Tensor, "query_pos key_pos"],
    start: int = 0,
) -> Tally:
    """Unlabelled attachment: each word is attached to the word whose first token its own first
    token looks at most, itself among them; the root's right answer is itself.

    `words` are those that were read together, the first of them word `start` of the
    document; a word whose parent is not among them, or not annotated, is not asked for.
    """
    read = [index for index, (first, end) in enumerate(ranges) if first < end]
    firsts = torch.tensor([ranges[index][0] for index in read], dtype=torch.long)
    among = pattern[firsts][:, firsts].argmax(-1).tolist() if read else []
    chosen = {index: read[choice] for index, choice in zip(read, among, strict=True)}
    return tally(
        chosen.get(index) == word.head - start
        for index, word in enumerate(words)
        if word.head is not None and start <= word.head < start + len(words)
    )
