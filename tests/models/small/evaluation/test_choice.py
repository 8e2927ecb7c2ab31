"""Forced choice among marked candidates, and the sentences that it is asked of."""

from __future__ import annotations

import re

import pytest
import torch

from headlight.models.core.errors import CorpusError
from headlight.models.small.config import PRONOUNS
from headlight.models.small.data.composition import compose, patterns
from headlight.models.small.evaluation.choice import (
    DEV_SET,
    TEST_SET,
    ChoiceSentence,
    choices_of_heads,
    chosen,
    first_candidate,
    nearest_candidate,
    read_choices,
)
from headlight.models.small.evaluation.scoring import Tally
from tests.models.small.evaluation.test_baselines import Pointing
from tests.models.traces import sequence

LINE = "The *[old cat] saw the [dog] and licked {its} paws."
WORD = re.compile(r"\w+")


def test_a_line_marks_a_pronoun_its_candidates_and_the_right_one() -> None:
    sentence = ChoiceSentence.of(LINE)
    assert sentence.text == "The old cat saw the dog and licked its paws."
    places = (sentence.pronoun, *sentence.candidates)
    shown = [sentence.text[place.start : place.end] for place in places]
    assert shown == ["its", "old cat", "dog"]
    assert sentence.right == 0


@pytest.mark.parametrize(
    "line",
    [
        "The *[cat] saw the [dog].",
        "The *[cat] saw {it} and {it}, the [dog].",
        "The *[cat] saw {it}.",
        "The [cat] saw the [dog] and {it}.",
        "The *[cat] saw the *[dog] and {it}.",
    ],
)
def test_a_line_with_another_number_of_marks_is_refused(line: str) -> None:
    with pytest.raises(CorpusError, match="must mark one"):
        ChoiceSentence.of(line)


def test_the_choice_is_the_candidate_whose_tokens_get_most_together() -> None:
    sentence = ChoiceSentence.of("*[old cat] saw [dog] and {its} paws")
    tokens = sequence(sentence.text)
    texts = [token.text for token in tokens.tokens]
    row = torch.zeros(len(tokens))
    row[texts.index("dog")] = 0.3
    row[texts.index("old")], row[texts.index("cat")] = 0.2, 0.15
    row[texts.index("paws")] = 0.9  # no candidate
    assert chosen(sentence, row, tokens) == 0
    row[texts.index("cat")] = 0.05
    assert chosen(sentence, row, tokens) == 1


def test_each_head_is_asked_every_sentence() -> None:
    """Head h looks at token h + 1: the first word for head 0, the third for head 2."""
    sentences = [
        ChoiceSentence.of("*[cat] saw [dog] and {it}"),
        ChoiceSentence.of("[cat] saw *[dog] and {it}"),
        ChoiceSentence.of("*[cow] saw [hen] and {it}"),
    ]
    found = choices_of_heads(Pointing(heads=3), sentences)
    assert found[0, 0] == Tally(2, 3)
    assert found[0, 2] == Tally(1, 3)


def test_two_rules_stand_beside_it() -> None:
    sentences = [
        ChoiceSentence.of("*[a] [b] {it}"),
        ChoiceSentence.of("[a] *[b] {it} [c]"),
        ChoiceSentence.of("[a] [b] *[c] {it}"),
    ]
    assert first_candidate(sentences) == Tally(1, 3)
    assert nearest_candidate(sentences) == Tally(2, 3)


@pytest.mark.parametrize("path", [TEST_SET, DEV_SET])
def test_there_are_150_of_many_pronouns_and_orders(path: object) -> None:
    sentences = read_choices(path)  # type: ignore[arg-type]
    assert len({sentence.text for sentence in sentences}) == len(sentences) == 150
    said = [s.text[s.pronoun.start : s.pronoun.end].lower() for s in sentences]
    assert set(said) <= PRONOUNS
    assert len(set(said)) >= 14
    assert all(2 <= len(sentence.candidates) <= 3 for sentence in sentences)
    assert sum(len(sentence.candidates) == 3 for sentence in sentences) >= 8
    for rule in (first_candidate, nearest_candidate):
        assert 0.4 <= rule(sentences).share <= 0.6
    names = [
        sentence
        for sentence in sentences
        if all(sentence.text[place.start].isupper() for place in sentence.candidates)
    ]
    assert len(names) <= 10


def runs_of_words(text: str, count: int) -> set[tuple[str, ...]]:
    """Every `count` words in a row, pronouns alike."""
    words = ["he" if w in PRONOUNS else w for w in WORD.findall(text.lower())]
    return {tuple(words[n : n + count]) for n in range(len(words) - count + 1)}


def test_no_pattern_of_training_text_shares_five_words_in_a_row_with_what_is_measured() -> None:
    measured = set().union(*(runs_of_words(s.text, 5) for s in read_choices(TEST_SET)))
    for pattern in patterns():
        plain = re.sub(r"\b[ABC]\.(he|him|his|hers|himself)\b", "he", pattern.text)
        for piece in re.split(r"\b[ABC]\b(?!\.)", re.sub(r"\b[ABC]\.(\w+)", r"\1", plain)):
            assert not runs_of_words(piece, 5) & measured, pattern.text


def test_no_measured_sentence_is_composed() -> None:
    composed = "\n".join(document.text.lower() for document in compose(3000))
    for path in (TEST_SET, DEV_SET):
        assert [s.text for s in read_choices(path) if s.text.lower() in composed] == []
