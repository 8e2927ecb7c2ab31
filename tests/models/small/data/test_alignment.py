"""Which tokens a word is made of, on texts small enough to count by hand."""

from __future__ import annotations

import pytest

from headlight.models.small.data.alignment import word_ranges
from headlight.models.small.data.corpus import Word


def words(*places: tuple[int, int]) -> list[Word]:
    """Words that stand at those characters, start and end."""
    return [Word("", start, end, None, None) for start, end in places]


def test_a_word_takes_the_tokens_that_begin_in_it() -> None:
    """told Annabel, cut into told Anna ##bel"""
    assert word_ranges(words((0, 4), (5, 12)), [0, 5, 9]) == [(0, 1), (1, 3)]


def test_tokens_that_stand_for_no_character_are_counted_and_in_no_word() -> None:
    """[CLS] told Anna ##bel [SEP]"""
    begins = [None, 0, 5, 9, None]
    assert word_ranges(words((0, 4), (5, 12)), begins) == [(1, 2), (2, 4)]


def test_characters_count_from_where_the_text_begins() -> None:
    """Bob that, of "Ann told Bob that she left"."""
    assert word_ranges(words((9, 12), (13, 17)), [None, 0, 4, None], origin=9) == [(1, 2), (2, 3)]


def test_a_token_over_two_words_is_the_first_ones() -> None:
    """gonna is two words, gon and na, and one token."""
    assert word_ranges(words((0, 3), (3, 5), (6, 8)), [0, 6]) == [(0, 1), (1, 1), (1, 2)]


def test_of_words_that_share_all_their_characters_the_first_takes_the_tokens() -> None:
    """au, which stands for à le, cut into a ##u, then a word of its own."""
    assert word_ranges(words((0, 2), (0, 2), (3, 6)), [0, 1, 3]) == [(0, 2), (2, 2), (2, 3)]


@pytest.mark.parametrize(
    ("begins", "ranges"),
    [
        ([0, 4], [(0, 1), (1, 1), (1, 2)]),
        ([None, 0, 4, None], [(1, 2), (2, 2), (2, 3)]),
    ],
)
def test_a_word_that_gives_no_token_is_empty_where_the_one_before_it_ended(
    begins: list[int | None], ranges: list[tuple[int, int]]
) -> None:
    """a, a control character that the tokenizer drops, b"""
    assert word_ranges(words((0, 1), (2, 3), (4, 5)), begins) == ranges


def test_the_last_word_may_be_empty_too() -> None:
    assert word_ranges(words((0, 1), (2, 3)), [0]) == [(0, 1), (1, 1)]


def test_a_token_between_words_is_no_words() -> None:
    """a - b, where only a and b are words"""
    assert word_ranges(words((0, 1), (4, 5)), [0, 2, 4]) == [(0, 1), (2, 3)]
