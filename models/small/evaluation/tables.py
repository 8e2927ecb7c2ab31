"""What a table of the training sentences gets right: what a tagger and a parser must beat.

tag      the word's most frequent tag in them; of a word that they do not hold, that of its last
         character (Chinese), or else NOUN
parent   the most frequent distance, in words of the sentence, from a word of that tag before
         a word of the next one's tag, tags being the table's own; where that points outside of
         the sentence or is not known, the word itself
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Seq
from typing import TypeVar

from headlight.models.small.data.corpus import Document, Word, each_sentence
from headlight.models.small.evaluation.scoring import Tally, tally

T = TypeVar("T")
UNKNOWN = "NOUN"
END = ""  # stands for the tag after the last word


class Tables:
    """Counts over annotated documents."""

    def __init__(self, documents: Iterable[Document]) -> None:
        words: dict[str, Counter[str]] = defaultdict(Counter)
        lasts: dict[str, Counter[str]] = defaultdict(Counter)
        distances: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        for document, start, end in each_sentence(documents):
            sentence = document.words[start:end]
            tags = [word.tag or UNKNOWN for word in sentence]
            for at, (word, pair) in enumerate(zip(sentence, _pairs(tags), strict=True), start):
                if word.tag is not None:
                    words[word.text.lower()][word.tag] += 1
                    lasts[word.text[-1]][word.tag] += 1
                if word.head is not None:
                    distances[pair][word.head - at] += 1
        self._words = {text: _most(counted) for text, counted in words.items()}
        self._lasts = {text: _most(counted) for text, counted in lasts.items()}
        self._distances = {pair: _most(counted) for pair, counted in distances.items()}

    def tags(self, words: Seq[Word]) -> list[str]:
        """A tag for each word of a sentence."""
        return [
            self._words.get(word.text.lower()) or self._lasts.get(word.text[-1:]) or UNKNOWN
            for word in words
        ]

    def parents(self, words: Seq[Word]) -> list[int]:
        """The index in the sentence of each word's parent, its own for the root."""
        found = []
        for at, pair in enumerate(_pairs(self.tags(words))):
            to = at + self._distances.get(pair, 0)
            found.append(to if 0 <= to < len(words) else at)
        return found

    def tags_right(self, documents: Iterable[Document]) -> Tally:
        return tally(
            tag == word.tag
            for document, start, end in each_sentence(documents)
            for word, tag in _beside(document.words[start:end], self.tags)
            if word.tag is not None
        )

    def parents_right(self, documents: Iterable[Document]) -> Tally:
        return tally(
            to == word.head - start
            for document, start, end in each_sentence(documents)
            for word, to in _beside(document.words[start:end], self.parents)
            if word.head is not None
        )


def _beside(words: Seq[Word], guess: Callable[[Seq[Word]], list[T]]) -> Iterable[tuple[Word, T]]:
    return zip(words, guess(words), strict=True)


def _pairs(tags: Seq[str]) -> list[tuple[str, str]]:
    """Each tag with the next one."""
    return list(zip(tags, [*tags[1:], END], strict=True))


def _most(counted: Counter[T]) -> T:
    """The most frequent; of equal ones, the first that was met."""
    return counted.most_common(1)[0][0]
