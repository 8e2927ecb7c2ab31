"""What finds antecedents untaught, on documents and heads made by hand."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from headlight.models.core.model import Encoding, LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.small.data.corpus import Document, Mention, Word
from headlight.models.small.evaluation.baselines import (
    Question,
    answers_of_heads,
    best_head,
    first_noun,
    nearest_noun,
    questions,
)
from headlight.models.small.evaluation.scoring import Case, Tally
from tests.models.traces import sequence, trace_with_patterns


def document(text: str, tags: str, *mentions: Mention) -> Document:
    """One sentence of words parted by spaces."""
    words, at = [], 0
    for form, tag in zip(text.split(), tags.split(), strict=True):
        words.append(Word(form, at, at + len(form), tag, None))
        at += len(form) + 1
    return Document("d", text, tuple(words), ((0, len(words)),), mentions)


ANN = document(
    "Ann told Bob that she left",
    "PROPN VERB PROPN SCONJ PRON VERB",
    Mention("ann", 0, 1),
    Mention("bob", 2, 3),
    Mention("ann", 4, 5),
)
SHE = Case(ANN, 4, "ann", ((0, 1),))


class Pointing(LoadedModel):
    """A model of one layer whose head h looks from every token at token h + 1 of the text.

    It keeps the texts that it ran.
    """

    name = "pointing"

    def __init__(self, heads: int) -> None:
        self.heads = heads
        self.texts: list[str] = []

    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        return Encoding({}, sequence(text), None)

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        self.texts.append(text)
        tokens = sequence(text)
        patterns = torch.stack([self._looks(len(tokens), head + 1) for head in range(self.heads)])
        return trace_with_patterns([patterns], tokens)

    def _looks(self, length: int, at: int) -> Tensor:
        """Mostly at [CLS], which is not to be counted, and next at one token."""
        pattern = torch.full((length, length), 0.1 / (length - 2))
        pattern[:, 0], pattern[:, at] = 0.6, 0.3
        return pattern


def test_the_nearest_noun_is_the_last_before_the_pronoun() -> None:
    assert nearest_noun([SHE]) == Tally(0, 1)
    assert nearest_noun([SHE, Case(ANN, 4, "bob", ((2, 3),))]) == Tally(1, 2)


def test_the_first_noun_is_that_of_the_pronouns_sentence() -> None:
    assert first_noun([SHE]) == Tally(1, 1)
    words = ANN.words
    second = Document("d", ANN.text, words, ((0, 2), (2, 6)), ANN.mentions)
    assert first_noun([Case(second, 4, "ann", ((0, 1),))]) == Tally(0, 1)


def test_where_no_noun_stands_both_rules_are_wrong() -> None:
    case = Case(document("she said she left", "PRON VERB PRON VERB"), 2, "ann", ((0, 1),))
    assert nearest_noun([case]) == first_noun([case]) == Tally(0, 1)


def test_every_head_is_asked_where_it_looks_from_the_pronoun() -> None:
    model = Pointing(3)
    assert answers_of_heads(model, Question(SHE, 0, 6)) == {
        (0, 0): True,  # Ann
        (0, 1): False,  # told
        (0, 2): False,  # Bob
    }
    assert model.texts == ["Ann told Bob that she left"]


def test_the_cases_of_documents_come_with_what_is_read_for_them() -> None:
    (question,) = questions(Pointing(1), [ANN])
    assert question == Question(SHE, 0, 6)


def test_the_head_is_chosen_on_some_documents_and_measured_on_others() -> None:
    bob = document(
        "Ann told Bob that he left",
        "PROPN VERB PROPN SCONJ PRON VERB",
        Mention("bob", 2, 3),
        Mention("bob", 4, 5),
    )
    found = best_head(Pointing(3), [bob, bob, ANN], [ANN, bob, ANN])
    assert (found.layer, found.head) == (0, 2)
    assert found.chosen == Tally(2, 3)
    assert found.measured == Tally(1, 3)


@pytest.mark.parametrize("seed", [2, 3])
def test_the_sample_is_as_large_as_asked_and_its_seed_decides(seed: int) -> None:
    texts = []
    for _ in range(2):
        model = Pointing(1)
        documents = [
            document(f"Ann{n} says she", "PROPN VERB PRON", Mention("a", 0, 1), Mention("a", 2, 3))
            for n in range(7)
        ]
        best_head(model, documents, [], seed=seed, choosing=5)
        texts.append(model.texts)
    assert texts[0] == texts[1]
    assert len(set(texts[0])) == 5


def test_progress_reaches_the_end() -> None:
    seen: list[tuple[int, int]] = []
    best_head(Pointing(1), [ANN], [ANN], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]
