"""What is asked and how it is counted, on documents small enough to count by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from headlight.models.small.data.corpus import Document, Mention, Word
from headlight.models.small.evaluation.scoring import (
    Case,
    Tally,
    antecedent_cases,
    context,
    parents_right,
    points_right,
    tags_right,
    token_ranges,
)


def document(
    *sentences: str, mentions: tuple[Mention, ...] | None = (), tags: str = "", heads: str = ""
) -> Document:
    """Words parted by spaces; `tags` and `heads` in the same order, "-" where there is none."""
    text = " ".join(sentences)
    forms = text.split()
    tag = tags.split() or ["-"] * len(forms)
    head = heads.split() or ["-"] * len(forms)
    words, at = [], 0
    for form, its_tag, its_head in zip(forms, tag, head, strict=True):
        parent = None if its_head == "-" else int(its_head)
        its_part = None if its_tag == "-" else its_tag
        words.append(Word(form, at, at + len(form), its_part, parent))
        at += len(form) + 1
    ends = [0]
    for sentence in sentences:
        ends.append(ends[-1] + len(sentence.split()))
    return Document("d", text, tuple(words), tuple(pairwise(ends)), mentions)


LAW = document(
    "The law is old , but its application is just .",
    mentions=(Mention("law", 0, 2), Mention("use", 6, 8), Mention("law", 6, 7)),
)


def one_token_each(of: Document) -> list[int]:
    return [1] * len(of.words)


def test_a_pronoun_with_an_antecedent_is_a_case() -> None:
    assert antecedent_cases(LAW, one_token_each) == [Case(LAW, 6, "law", ((0, 2),))]


def test_a_capital_does_not_hide_a_pronoun() -> None:
    of = document("Ann slept . She woke", mentions=(Mention("a", 0, 1), Mention("a", 3, 4)))
    assert [case.pronoun for case in antecedent_cases(of, one_token_each)] == [3]


@pytest.mark.parametrize(
    "mentions",
    [
        (Mention("a", 3, 4),),  # the only mention of its entity
        (Mention("a", 3, 4), Mention("a", 4, 5)),  # named only later
        (Mention("a", 0, 5), Mention("a", 3, 4)),  # named by what contains it
        (Mention("a", 0, 1), Mention("a", 3, 5)),  # part of a longer mention
        (Mention("a", 0, 1), Mention("b", 3, 4)),  # another entity
        None,
    ],
)
def test_other_pronouns_are_no_cases(mentions: tuple[Mention, ...] | None) -> None:
    of = document("Ann slept and she woke", mentions=mentions)
    assert antecedent_cases(of, one_token_each) == []


def test_a_first_person_is_no_case() -> None:
    of = document("I know me", mentions=(Mention("a", 0, 1), Mention("a", 2, 3)))
    assert antecedent_cases(of, one_token_each) == []


@pytest.mark.parametrize(("between", "found"), [(94, 1), (95, 0)])
def test_an_antecedent_starts_at_most_96_tokens_before(between: int, found: int) -> None:
    """The name has two tokens: with 94 more, the pronoun is 96 after where the name starts."""
    of = document("Ann slept she", mentions=(Mention("a", 0, 1), Mention("a", 2, 3)))
    assert len(antecedent_cases(of, lambda _: [2, between, 1])) == found


def test_later_mentions_are_right_too_once_there_is_an_earlier_one() -> None:
    of = document(
        "Ann says she is Ann",
        mentions=(Mention("a", 0, 1), Mention("a", 2, 3), Mention("a", 4, 5)),
    )
    assert antecedent_cases(of, one_token_each)[0].mentions == ((0, 1), (4, 5))


FOUR = document("a b c", "d e", "f she g", "h i")


@pytest.mark.parametrize(
    ("room", "words"),
    [(10, (0, 8)), (8, (0, 8)), (7, (3, 8)), (5, (3, 8)), (4, (5, 8)), (3, (5, 8))],
)
def test_a_context_is_whole_sentences_up_to_the_end_of_the_pronouns(
    room: int, words: tuple[int, int]
) -> None:
    case = Case(FOUR, 6, "x", ())
    assert context(case, [1] * 10, room) == words


def test_of_a_sentence_that_is_too_long_the_context_holds_the_start_if_it_is_near() -> None:
    case = Case(FOUR, 6, "x", ())
    assert context(case, [1, 1, 1, 1, 1, 60, 1, 70, 1, 1], 126) == (5, 7)


def test_of_a_sentence_that_is_too_long_and_starts_far_away_it_holds_96_tokens_before() -> None:
    case = Case(document("a b c d she e f"), 4, "x", ())
    assert context(case, [40, 40, 40, 56, 1, 29, 1], 126) == (2, 6)


def test_a_context_never_tears_what_was_typed_together() -> None:
    words = (
        Word("a", 0, 1, None, None),
        Word("do", 2, 4, None, None),
        Word("n't", 4, 7, None, None),
        Word("c", 8, 9, None, None),
        Word("she", 10, 13, None, None),
        Word("ca", 14, 16, None, None),
        Word("n't", 16, 19, None, None),
    )
    of = Document("d", "a don't c she can't", words, ((0, 7),), ())
    assert context(Case(of, 4, "x", ()), [50, 50, 50, 40, 1, 30, 70], 126) == (3, 5)


def test_words_take_tokens_in_order_after_the_first_special_one() -> None:
    assert token_ranges([2, 0, 1]) == [(1, 3), (3, 3), (3, 4)]


@pytest.mark.parametrize(
    ("row", "right"),
    [
        ([0.1, 0.0, 0.3, 0.2, 0.4, 0.0], True),  # the strongest but the pronoun is in Ann Lee
        ([0.1, 0.0, 0.2, 0.3, 0.4, 0.0], False),
        ([0.5, 0.0, 0.3, 0.2, 0.0, 0.0], False),  # [CLS] is the strongest
    ],
)
def test_the_strongest_token_but_the_pronouns_own_decides(row: list[float], right: bool) -> None:
    """[CLS] Ann Lee says she [SEP]"""
    case = Case(document("Ann Lee says she"), 3, "a", ((0, 2),))
    assert points_right(case, torch.tensor(row), token_ranges([1, 1, 1, 1]), 0) is right


def test_excluded_tokens_cannot_be_the_strongest() -> None:
    case = Case(document("Ann says she"), 2, "a", ((0, 1),))
    row = torch.tensor([0.5, 0.2, 0.1, 0.0, 0.2])
    assert points_right(case, row, token_ranges([1, 1, 1]), 0, excluded=(0, 4))


@pytest.mark.parametrize(("strongest", "right"), [(1, True), (2, False), (4, True), (5, False)])
def test_a_mention_counts_as_far_as_the_context_holds_it(strongest: int, right: bool) -> None:
    """[CLS] Lee says she Ann [SEP]: the first mention began a word before the context."""
    case = Case(document("Ann Lee says she Ann"), 3, "a", ((0, 1), (0, 2), (4, 5)))
    row = torch.eye(6)[strongest]
    assert points_right(case, row, token_ranges([1, 1, 1, 1]), 1) is right


def test_a_word_is_tagged_by_its_first_token() -> None:
    of = document("I saw it", tags="PRON VERB -")
    predicted = ["X", "PRON", "NOUN", "VERB", "X", "X"]
    assert tags_right(of.words, [(1, 2), (3, 4), (4, 5)], predicted) == Tally(2, 2)
    assert tags_right(of.words, [(1, 2), (2, 4), (4, 5)], predicted) == Tally(1, 2)


def test_a_word_without_tokens_is_tagged_wrongly() -> None:
    of = document("I saw", tags="PRON VERB")
    assert tags_right(of.words, [(1, 2), (2, 2)], ["X", "PRON", "VERB"]) == Tally(1, 2)


def test_words_are_attached_where_their_first_tokens_look_most() -> None:
    """[CLS] dogs bark loud ##ly [SEP]; bark is the root and looks at itself."""
    of = document("dogs bark loudly", heads="1 1 1")
    pattern = torch.tensor(
        [
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.5, 0.1, 0.4, 0.0, 0.0, 0.0],  # [CLS] is no word: bark
            [0.0, 0.2, 0.5, 0.3, 0.0, 0.0],  # itself
            [0.0, 0.3, 0.2, 0.1, 0.4, 0.0],  # ##ly is no first token: dogs, wrong
            [0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        ]
    )
    assert parents_right(of.words, [(1, 2), (2, 3), (3, 5)], pattern) == Tally(2, 3)


def test_a_word_whose_parent_was_not_read_is_not_asked_for() -> None:
    of = document("a b c d", heads="2 2 2 -")
    assert parents_right(of.words[1:], [(0, 1), (1, 2), (2, 3)], torch.eye(3), 1) == Tally(1, 2)


def test_a_word_without_tokens_is_attached_wrongly() -> None:
    of = document("a b", heads="0 0")
    assert parents_right(of.words, [(0, 1), (1, 1)], torch.ones(1, 1)) == Tally(1, 2)


def test_tallies_add_up() -> None:
    total = Tally(1, 2) + Tally(2, 3)
    assert total == Tally(3, 5)
    assert total.share == pytest.approx(0.6)
