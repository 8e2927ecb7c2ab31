"""Short sentences of our own for antecedents: patterns, and nouns of the kinds that fit them.

A pattern names its nouns by capital letters and says after `|` of which kinds each may be; a
letter with a form of "he" behind it is a pronoun of that noun:

    A does not fit in B because A.he A.is too big | A: thing, B: box

A pattern under "agreement" is clear by gender and number alone, so its nouns are always of
different pronouns; one under "meaning" is clear by what it says, so theirs may be the same.
The patterns and nouns stand in `sentences/patterns.txt` and `sentences/nouns.txt`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import regex

from headlight.models.small.data.corpus import Document, Mention, Word

FOLDER = Path(__file__).parent / "sentences"
SENTENCES = 6  # of a document: a pronoun must also pass over what the sentences before it name

FORMS = ("he", "him", "his", "hers", "himself")
_PRONOUNS = {
    "he": ("he", "him", "his", "his", "himself"),
    "she": ("she", "her", "her", "hers", "herself"),
    "it": ("it", "it", "its", "its", "itself"),
    "they": ("they", "them", "their", "theirs", "themselves"),
}
_VERBS = {"was": "were", "is": "are", "has": "have", "does": "do"}
_DETERMINERS = ("the", "the", "the", "the", "a", "my", "our", "this", "that", "one")
_DETERMINERS_OF_MANY = ("the", "the", "the", "two", "some", "my", "our", "these", "those", "three")
_SLOT = regex.compile(r"\b(?P<slot>[ABC])(?:\.(?P<form>[a-z]+))?\b")


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun or name, which pronoun stands for it, and whether it takes an article."""

    text: str
    pronoun: str
    named: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with slots; `kinds` holds the kinds of noun that each slot takes."""

    text: str
    kinds: dict[str, tuple[str, ...]]
    by_meaning: bool


def compose(count: int, seed: int = 0) -> Iterator[Document]:
    """`count` documents of SENTENCES sentences each; the same seed gives the same."""
    rng = random.Random(seed)
    for number in range(count):
        yield _document(f"composed-{number}", [_sentence(rng) for _ in range(SENTENCES)])


@cache
def nouns() -> dict[str, tuple[Noun, ...]]:
    """By kind, from nouns.txt: a kind, its pronoun and its nouns a line; names are capital."""
    found = {}
    for line in _lines("nouns.txt"):
        head, _, listed = line.partition(":")
        kind, pronoun = head.split()
        found[kind] = tuple(
            Noun(text.strip(), pronoun, text.strip()[0].isupper()) for text in listed.split(",")
        )
    return found


@cache
def patterns() -> tuple[Pattern, ...]:
    """From patterns.txt."""
    found, by_meaning = [], False
    for line in _lines("patterns.txt"):
        if line.startswith("#"):
            by_meaning = "meaning" in line
            continue
        text, _, slots = line.partition("|")
        kinds = {}
        for slot in slots.split(","):
            letter, _, listed = slot.partition(":")
            kinds[letter.strip()] = tuple(_kinds(listed))
        found.append(Pattern(text.strip(), kinds, by_meaning))
    return tuple(found)


_GROUPS = {
    "person": ("man", "woman", "men", "he-name", "she-name"),
    "one": ("man", "woman", "he-name", "she-name"),
    "object": ("thing", "things", "box"),
    "being": ("man", "woman", "men", "animal", "animals"),
    "any": ("man", "woman", "men", "animal", "animals", "thing", "things", "place", "idea"),
}
"""Names for several kinds at once."""


def _kinds(listed: str) -> Iterator[str]:
    for name in listed.split():
        yield from _GROUPS.get(name, (name,))


def _lines(name: str) -> list[str]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip()]


Piece = tuple[str, str | None]
"""Some text, and the slot that it names."""


def _sentence(rng: random.Random) -> list[Piece]:
    """A pattern with a noun in each slot."""
    while True:
        pattern = rng.choice(patterns())
        slots = {
            slot: rng.choice(nouns()[rng.choice(kinds)]) for slot, kinds in pattern.kinds.items()
        }
        texts = [noun.text for noun in slots.values()]
        said = [noun.pronoun for noun in slots.values()]
        if len(set(texts)) == len(texts) and (pattern.by_meaning or len(set(said)) == len(said)):
            return _filled(rng, pattern, slots)


def _filled(rng: random.Random, pattern: Pattern, slots: dict[str, Noun]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    before: set[str] = set()
    for mark in _SLOT.finditer(pattern.text):
        slot, form = mark["slot"], mark["form"]
        noun = slots[slot]
        pieces.append((pattern.text[at : mark.start()], None))
        at = mark.end()
        if form in FORMS:
            pieces.append((_PRONOUNS[noun.pronoun][FORMS.index(form)], slot))
        elif form is not None:
            pieces.append((_VERBS[form] if noun.pronoun == "they" else form, None))
        else:
            pieces.append((_phrase(rng, noun, again=slot in before), slot))
            before.add(slot)
    pieces.append((pattern.text[at:], None))
    return pieces


_ADJECTIVES = (
    "old", "young", "little", "big", "poor", "new", "small", "great", "strange", "beautiful",
    "black", "white", "red", "green", "quiet", "famous", "good", "other", "second", "last",
)  # fmt: skip


def _phrase(rng: random.Random, noun: Noun, *, again: bool) -> str:
    """The noun with a determiner, and now and then an adjective."""
    if noun.named:
        return noun.text
    many = noun.pronoun == "they"
    adjective = f"{rng.choice(_ADJECTIVES)} " if rng.random() < 0.15 and not again else ""
    determiner = rng.choice(_DETERMINERS_OF_MANY if many else _DETERMINERS)
    if again:
        determiner = "the"
    follows = (adjective or noun.text)[0]
    if determiner == "a" and follows in "aeiou":
        determiner = "an"
    return f"{determiner} {adjective}{noun.text}"


_WORD = regex.compile(r"\w+|[^\w\s]")


def _document(name: str, sentences: list[list[Piece]]) -> Document:
    text = ""
    words: list[Word] = []
    ranges: list[tuple[int, int]] = []
    mentions: list[Mention] = []
    for number, pieces in enumerate(sentences):
        begin, first = len(text) + bool(text), len(words)
        text += " " if text else ""
        spans = []
        for piece, slot in pieces:
            if slot is not None:
                spans.append((len(text), len(text) + len(piece), slot))
            text += piece
        text = text[:begin] + text[begin : begin + 1].upper() + text[begin + 1 :]
        for match in _WORD.finditer(text, begin):
            words.append(Word(match[0], match.start(), match.end(), None, None))
        ranges.append((first, len(words)))
        for low, high, slot in spans:
            inside = [n for n in range(first, len(words)) if low <= words[n].start < high]
            mentions.append(Mention(f"{number}{slot}", inside[0], inside[-1] + 1))
    mentions.sort(key=lambda mention: (mention.start, -mention.end))
    return Document(name, text, tuple(words), tuple(ranges), tuple(mentions))
