"""Which tokens each word is made of: the one rule, for our own tokenizer and any other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence as Seq

from headlight.models.small.data.corpus import Word

Range = tuple[int, int]
"""Some tokens in a row, or some words: the first, and the one after the last."""


def word_ranges(words: Seq[Word], begins: Seq[int | None], origin: int = 0) -> list[Range]:
    """The tokens that begin in each word, first and end exclusive.

    `begins` holds the character at which each token begins, in order, None for one that stands
    for no character, such as [CLS]. Those characters are counted from the document's character
    `origin`, where the text that was cut begins. A word that has no token of its own (it shares
    another's characters, or is nothing but control characters) gets an empty range.
    """
    known = [(begin, pos) for pos, begin in enumerate(begins) if begin is not None]
    done = 0
    ranges = []
    for word in words:
        low = max(done, bisect_left(known, (word.start - origin, -1)))
        done = max(low, bisect_left(known, (word.end - origin, -1)))
        first = known[low][1] if low < len(known) else len(begins)
        ranges.append((first, first + done - low))
    return ranges
