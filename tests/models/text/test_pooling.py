"""Words from tokens: sum over the key's pieces, mean over the query's."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.models.core.trace import Sequence
from headlight.models.text.pooling import word_mask, word_pattern
from tests.models.traces import sequence

texts = st.lists(st.integers(1, 4), min_size=1, max_size=7).map(
    lambda pieces: " ".join("|".join("ab" for _ in range(n)) for n in pieces)
)


def by_hand(pattern: torch.Tensor, query: Sequence, key: Sequence) -> list[list[float]]:
    """The rule, in plain Python, in float64."""
    rows = pattern.double().tolist()
    return [
        [
            sum(rows[i][j] for i in asking.tokens for j in asked.tokens) / len(asking.tokens)
            for asked in key.words
        ]
        for asking in query.words
    ]


def test_a_word_gives_the_mean_of_what_its_pieces_give_and_gets_the_sum() -> None:
    tower = sequence("a|b c", first="", last="")
    pattern = torch.tensor([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5], [0.125, 0.375, 0.5]])
    # a|b -> a|b: (0.75 + 0.5) / 2; a|b -> c: (0.25 + 0.5) / 2; c -> a|b: 0.125 + 0.375
    assert word_pattern(pattern, tower, tower).tolist() == [[0.625, 0.375], [0.5, 0.5]]


def test_words_of_one_piece_keep_their_pattern_bit_for_bit() -> None:
    tower = sequence("a b c")
    pattern = torch.randn(2, 3, 5, 5).softmax(-1)
    assert torch.equal(word_pattern(pattern, tower, tower), pattern)


@settings(deadline=None)
@given(texts, texts, st.integers(0, 2**31))
def test_pooling_is_the_rule_and_rows_still_sum_to_one(
    query_text: str, key_text: str, seed: int
) -> None:
    query, key = sequence(query_text), sequence(key_text, first="")
    make = torch.Generator().manual_seed(seed)
    pattern = (3 * torch.randn(2, 3, len(query), len(key), generator=make)).softmax(-1)
    words = word_pattern(pattern, query, key)
    assert words.shape == (2, 3, len(query.words), len(key.words))
    torch.testing.assert_close(words.sum(-1), torch.ones(words.shape[:-1]))
    oracle = torch.tensor(by_hand(pattern[1, 2], query, key))
    torch.testing.assert_close(words[1, 2], oracle, rtol=1e-6, atol=1e-6)


def test_pooling_leaves_its_input_alone() -> None:
    tower = sequence("a|b c|d|e")
    pattern = torch.randn(3, len(tower), len(tower)).softmax(-1)
    before = pattern.clone()
    word_pattern(pattern, tower, tower)
    assert torch.equal(pattern, before)


@settings(deadline=None)
@given(texts, texts, st.integers(0, 2**31))
def test_a_word_may_look_where_any_of_its_pieces_may(
    query_text: str, key_text: str, seed: int
) -> None:
    query, key = sequence(query_text), sequence(key_text, last="")
    make = torch.Generator().manual_seed(seed)
    mask = torch.rand(3, len(query), len(key), generator=make) < 0.3
    words = word_mask(mask, query, key)
    assert words.dtype == torch.bool
    for head in range(3):
        for i, asking in enumerate(query.words):
            for j, asked in enumerate(key.words):
                may = any(mask[head, a, b] for a in asking.tokens for b in asked.tokens)
                assert bool(words[head, i, j]) == bool(may)


def test_what_no_piece_may_see_stays_zero() -> None:
    tower = sequence("a|b c|d", first="", last="")
    pattern = torch.tensor([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [0.3, 0.3, 0.4, 0], [0.25] * 4])
    assert word_pattern(pattern, tower, tower)[0, 1] == 0.0
