"""Tables of training sentences, counted by hand."""

from __future__ import annotations

from headlight.models.small.data.corpus import Document, Word
from headlight.models.small.evaluation.scoring import Tally
from headlight.models.small.evaluation.tables import Tables


def sentence(*words: tuple[str, str | None, int | None]) -> Document:
    """One sentence of (form, tag, parent)."""
    made, at = [], 0
    for form, tag, head in words:
        made.append(Word(form, at, at + len(form), tag, head))
        at += len(form) + 1
    text = " ".join(form for form, _, _ in words)
    return Document("d", text, tuple(made), ((0, len(made)),), None)


TRAINING = [
    sentence(("the", "DET", 1), ("saw", "NOUN", 2), ("falls", "VERB", 2)),
    sentence(("I", "PRON", 1), ("saw", "VERB", 1), ("it", "PRON", 1)),
    sentence(("I", "PRON", 1), ("saw", "VERB", 1)),
    sentence(("吃饭", "VERB", 0)),
]


def test_a_word_gets_its_most_frequent_tag() -> None:
    asked = sentence(("The", "DET", 1), ("saw", "NOUN", 1), ("米饭", "NOUN", 1), ("zebra", None, 1))
    assert Tables(TRAINING).tags(asked.words) == ["DET", "VERB", "VERB", "NOUN"]
    assert Tables(TRAINING).tags_right([asked]) == Tally(1, 3)


def test_a_word_is_attached_at_the_most_frequent_distance_of_its_tag_before_the_next() -> None:
    asked = sentence(("I", "PRON", 1), ("saw", "VERB", 1), ("I", "PRON", 1), ("it", "PRON", 1))
    # PRON before VERB: +1. VERB before PRON: itself. PRON before PRON: unknown, so itself.
    # PRON at the end: -1, as in the second sentence.
    assert Tables(TRAINING).parents(asked.words) == [1, 1, 2, 2]
    assert Tables(TRAINING).parents_right([asked]) == Tally(2, 4)


def test_a_distance_out_of_the_sentence_is_the_word_itself() -> None:
    assert Tables(TRAINING).parents(sentence(("it", "PRON", 0)).words) == [0]
