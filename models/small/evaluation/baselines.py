"""What finds antecedents without having been taught: two rules, and the best head of a model.

Each is asked the same cases (`models.small.evaluation.scoring`) as the supervised head. The rules
read the annotated parts of speech. The head is chosen on documents for training and then measured
on others, so that it owes nothing to luck among many heads.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Seq
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Sequence
from headlight.models.small.data.alignment import Range, word_ranges
from headlight.models.small.data.corpus import Document, Word
from headlight.models.small.evaluation.scoring import (
    Case,
    Tally,
    antecedent_cases,
    context,
    points_right,
    tally,
)

NOUNS = frozenset({"NOUN", "PROPN"})
CHOOSING = 1000  # cases that a head is chosen on

Progress = Callable[[int, int], None]
"""Called with how many cases are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Question:
    """A case, and the words `start` to `end` of its document that the model reads for it."""

    case: Case
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class BestHead:
    """The head that found most antecedents in `chosen`, and what it found in `measured`."""

    layer: int
    head: int
    chosen: Tally
    measured: Tally


def nearest_noun(cases: Seq[Case]) -> Tally:
    """How often the last noun or name before the pronoun lies in a right mention."""
    return tally(_names_it(case, _last_noun(case)) for case in cases)


def first_noun(cases: Seq[Case]) -> Tally:
    """How often the first noun or name of the pronoun's sentence lies in a right mention."""
    return tally(_names_it(case, _first_noun(case)) for case in cases)


def best_head(
    model: LoadedModel,
    training: Seq[Document],
    measuring: Seq[Document],
    *,
    seed: int = 0,
    choosing: int = CHOOSING,
    progress: Progress = lambda done, total: None,
) -> BestHead:
    """The head that finds most antecedents in a seeded sample of the training documents' cases,
    and its tally on the cases of the others. Of equal heads, the first.

    What a head says is the strongest token of the pronoun's row, the pronoun and special
    tokens left out.
    """
    sample, asked = questions(model, training), questions(model, measuring)
    if len(sample) > choosing:
        sample = random.Random(seed).sample(sample, choosing)
    total = len(sample) + len(asked)
    chosen: dict[tuple[int, int], Tally] = {}
    for done, question in enumerate(sample):
        progress(done, total)
        for at, right in answers_of_heads(model, question).items():
            chosen[at] = chosen.get(at, Tally()) + Tally(int(right), 1)
    layer, head = max(chosen, key=lambda at: chosen[at].right)
    answers = []
    for done, question in enumerate(asked, len(sample)):
        progress(done, total)
        answers.append(answers_of_heads(model, question)[layer, head])
    progress(total, total)
    return BestHead(layer, head, chosen[layer, head], tally(answers))


def questions(model: LoadedModel, documents: Seq[Document]) -> list[Question]:
    """All cases of some documents, with distances in this model's tokens."""
    found = []
    for document in documents:
        ranges = _ranges(document.words, _tokens(model, document.text))
        counts = [end - first for first, end in ranges]

        def token_counts(_: Document, counts: list[int] = counts) -> list[int]:
            return counts

        for case in antecedent_cases(document, token_counts):
            found.append(Question(case, *context(case, counts)))
    return found


def answers_of_heads(model: LoadedModel, question: Question) -> dict[tuple[int, int], bool]:
    """Whether each (layer, head) of the model points from the pronoun to a right mention."""
    case, start = question.case, question.start
    words = case.document.words[start : question.end]
    trace = model.run(case.document.text[words[0].start : words[-1].end])
    assert trace.encoder is not None, "only heads of an encoder look both ways"
    ranges = _ranges(words, trace.encoder)
    query = ranges[case.pronoun - start][0]
    special = trace.encoder.special.nonzero().flatten().tolist()
    answers = {}
    for site in trace.of_kind("encoder"):
        rows: Float[Tensor, "head key_pos"] = site.pattern(slice(None))[:, query]
        for head, row in enumerate(rows):
            answers[site.layer, head] = points_right(case, row, ranges, start, special)
    return answers


def _ranges(words: Seq[Word], tokens: Sequence) -> list[Range]:
    """The tokens of each word of a text that begins where the first of these words does."""
    begins = [token.start for token in tokens.tokens]
    return word_ranges(words, begins, origin=words[0].start)


def _tokens(model: LoadedModel, text: str) -> Sequence:
    sequence = model.encode(text).encoder
    assert sequence is not None, "only heads of an encoder look both ways"
    return sequence


def _names_it(case: Case, word: int | None) -> bool:
    return word is not None and any(start <= word < end for start, end in case.mentions)


def _last_noun(case: Case) -> int | None:
    return _first_of(case, reversed(range(case.pronoun)))


def _first_noun(case: Case) -> int | None:
    return _first_of(
        case,
        next(range(*words) for words in case.document.sentences if case.pronoun < words[1]),
    )


def _first_of(case: Case, words: Iterable[int]) -> int | None:
    return next((at for at in words if case.document.words[at].tag in NOUNS), None)
