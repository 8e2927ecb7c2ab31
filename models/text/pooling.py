"""From tokens to words: one stated rule.

What word A gives to word B is the sum over B's pieces, since a query spends its one unit
on all of them, and the mean over A's pieces, since each of them spends a unit of its own.
A word's row therefore still sums to 1. (Clark et al. 2019, section 4.1.)
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.models.core.trace import Sequence

Level = Literal["token", "word"]


def word_pattern(
    pattern: Float[Tensor, "*batch query_pos key_pos"], query: Sequence, key: Sequence
) -> Float[Tensor, "*batch query_word key_word"]:
    """How much each word gives to each word: rows sum to what the tokens' rows sum to.

    `query` and `key` hold the words of the two sides. Where every word is one token
    the result is `pattern` itself.
    """
    summed = _sum_words(_sum_words(pattern, query, -2), key, -1)
    if len(query.words) == len(query):
        return summed
    pieces = torch.tensor([len(word.tokens) for word in query.words], dtype=pattern.dtype)
    return summed / pieces[:, None]


def word_mask(
    mask: Bool[Tensor, "*batch query_pos key_pos"], query: Sequence, key: Sequence
) -> Bool[Tensor, "*batch query_word key_word"]:
    """True where any piece of the query may look at any piece of the key."""
    return _sum_words(_sum_words(mask.to(torch.int32), query, -2), key, -1) > 0


def _sum_words(values: Tensor, sequence: Sequence, dim: int) -> Tensor:
    """Add up each word's pieces along one axis: the first pieces, then all others onto them.

    Most words are one piece, so this moves far fewer numbers than a product with a
    membership matrix would, and adds in float32 without its rounding.
    """
    words = sequence.words
    if len(words) == len(sequence):
        return values
    first = torch.tensor([word.tokens[0] for word in words])
    rest = torch.tensor([pos for word in words for pos in word.tokens[1:]])
    summed = values.index_select(dim, first)
    return summed.index_add_(dim, sequence.word_of[rest], values.index_select(dim, rest))
