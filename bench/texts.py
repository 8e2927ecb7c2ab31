"""Texts of an exact number of tokens, as many different ones as wanted."""

from __future__ import annotations

import random

SIZES = (27, 64, 128, 256, 512)

# Each is one token of BERT's uncased vocabulary.
_COMMON = (
    "the law will never be perfect but its application should just this is what we are missing "
    "in my opinion time year people way day man thing woman life child world school state family "
    "student group country problem hand part place case week company system program question work "
    "government number night point home water room mother area money story fact month lot right"
)


def text_of(n_tokens: int, seed: int) -> str:
    """Common words that make `n_tokens` tokens with [CLS] and [SEP]; another seed, another text."""
    return " ".join(random.Random(seed).choices(_COMMON.split(), k=n_tokens - 2))
