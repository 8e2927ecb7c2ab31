"""Words as vectors: each is the sum of five, of itself, its ends, its beginning and its shape.

    x = E[word] + E[last 3 letters] + E[last 2] + E[first 3] + E[shape]

Words of the same spelling, capitals included, have the same vector, whatever stands beside them.
All taggers of the lesson read these vectors; they were trained once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

import regex
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from headlight.models.lessons.training import WEIGHTS, load_weights

D_WORD = 64
SEEN = 3
"""A word, an end or a beginning has a vector of its own if it was seen as often."""

KINDS = ("word", "last 3", "last 2", "first 3", "shape")
_CLITIC = "(?:s|re|ve|ll|d|m)\\b"
_WORDS = regex.compile(
    r"\p{L}+(?=n['’]t\b)|n['’]t\b"  # do n't
    rf"|['’]{_CLITIC}"  # it 's
    rf"|\p{{L}}[\p{{L}}\p{{M}}]*(?:(?:[.\-]|['’](?!{_CLITIC}))\p{{L}}[\p{{L}}\p{{M}}]*)*"
    r"|\p{N}+(?:[.,]\p{N}+)*|\S",
    regex.IGNORECASE,
)


def words_of(text: str) -> list[str]:
    """The words and signs of an English text; don't is do and n't, as in Universal Dependencies."""
    return [str(word) for word in _WORDS.findall(text)]


def shape(word: str) -> str:
    """What kinds of signs it is made of, each once in a row: "Xx", "d", "x-x"."""
    kinds = (
        "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word
    )
    return "".join(kind for kind, _ in groupby(kinds))


def parts(word: str) -> tuple[str, ...]:
    """What its vector is the sum of, one for each of KINDS."""
    low = word.lower()
    values = (low, low[-3:], low[-2:], low[:3], shape(word))
    return tuple(f"{kind}\t{value}" for kind, value in zip(KINDS, values, strict=True))


class Lexicon:
    """Which row of the table each part of a word has; the first rows are of parts never seen."""

    def __init__(self, entries: Sequence[str]) -> None:
        self.entries = tuple(entries)
        self._rows = {entry: len(KINDS) + row for row, entry in enumerate(entries)}

    def __len__(self) -> int:
        return len(KINDS) + len(self.entries)

    def rows(self, word: str) -> tuple[int, ...]:
        """One for each of KINDS."""
        return tuple(self._rows.get(part, kind) for kind, part in enumerate(parts(word)))

    @classmethod
    def of(cls, words: Iterable[str]) -> Lexicon:
        """Every part that was seen SEEN times and more, by kind, then by spelling."""
        counts = Counter(part for word in words for part in parts(word))
        kept = [part for part, count in counts.items() if count >= SEEN]
        order = {kind: place for place, kind in enumerate(KINDS)}
        return cls(sorted(kept, key=lambda part: (order[part.split("\t")[0]], part)))


class WordVectors(nn.Module):
    """The table of all parts."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, D_WORD)
        nn.init.normal_(self.table.weight, std=len(KINDS) ** -0.5)

    def forward(self, rows: Int[Tensor, "*batch part"]) -> Float[Tensor, "*batch d_word"]:
        summed: Tensor = self.table(rows).sum(-2)
        return summed


@cache
def read_lexicon() -> Lexicon:
    return Lexicon((WEIGHTS / "words.txt").read_text(encoding="utf-8").splitlines())


@cache
def load_vectors() -> WordVectors:
    return load_weights(WordVectors(len(read_lexicon())), WEIGHTS / "taggers.safetensors", "words")


def rows_of(words: Sequence[str]) -> Int[Tensor, "word part"]:
    return torch.tensor([read_lexicon().rows(word) for word in words])


def vectors_of(words: Sequence[str]) -> Float[Tensor, "word d_word"]:
    with torch.inference_mode():
        vectors: Tensor = load_vectors()(rows_of(words))
        return vectors


def write_lexicon(lexicon: Lexicon, folder: Path) -> None:
    (folder / "words.txt").write_text("\n".join(lexicon.entries) + "\n", encoding="utf-8")
