"""The sentences that claims are measured on: ours, with the links that people drew in them.

`sentences.txt` names words; here they become character spans, so that no number is counted
by hand. A word that cannot be found, or could be two, is a mistake of the file: ValueError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

Relation = Literal["det", "dobj", "poss", "coref"]
Span = tuple[int, int]
"""Characters [start, end) of a sentence."""

FILE = Path(__file__).with_name("sentences.txt")


@dataclass(frozen=True, slots=True)
class Link:
    """From a dependent to what it belongs to, both one word of the sentence."""

    relation: Relation
    query: Span
    key: Span


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    links: tuple[Link, ...]

    def of(self, relation: Relation) -> tuple[Link, ...]:
        return tuple(link for link in self.links if link.relation == relation)


@cache
def sentences() -> tuple[Sentence, ...]:
    """All of them, in the order of the file."""
    return read_sentences(FILE.read_text(encoding="utf-8"))


def read_sentences(written: str) -> tuple[Sentence, ...]:
    """What a file in the format of `sentences.txt` holds. Raises ValueError."""
    found: list[Sentence] = []
    for line in written.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            found.append(Sentence(line, ()))
            continue
        if not found:
            raise ValueError(f"links before any sentence: {line.strip()!r}")
        text, links = found[-1].text, found[-1].links
        found[-1] = Sentence(text, links + _links(text, line))
    return tuple(found)


def word_span(text: str, named: str) -> Span:
    """Where a word stands: "cook", which the text holds once, or "the#2", its second "the"."""
    word, _, number = named.partition("#")
    places = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    if not number and len(places) != 1:
        raise ValueError(f"{text!r} holds {word!r} {len(places)} times; give its number")
    at = int(number or 1) - 1
    if not 0 <= at < len(places):
        raise ValueError(f"{text!r} has no {named!r}: it holds {word!r} {len(places)} times")
    return places[at]


def _links(text: str, line: str) -> tuple[Link, ...]:
    name, colon, pairs = line.strip().partition(": ")
    if not colon or name not in get_args(Relation):
        raise ValueError(f"not a line of links: {line.strip()!r}")
    relation = cast(Relation, name)
    links = []
    for pair in pairs.split():
        query, arrow, key = pair.partition(">")
        if not arrow:
            raise ValueError(f"{pair!r} is no link; write dependent>head")
        links.append(Link(relation, word_span(text, query), word_span(text, key)))
    return tuple(links)
