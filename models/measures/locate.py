"""Where in a run a word stands: a word of the text, a token position, or characters.

A place is one or more tokens of one tower: a word, several, or a part of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from headlight.models.core.attention import Kind
from headlight.models.core.errors import InvalidSelection, WordNotFound, check_within, short
from headlight.models.core.messages import Message, excerpt
from headlight.models.core.trace import Sequence, Trace

Side = Literal["query", "key"]
SHOWN_WORDS = 12
SHOWN_CHARACTERS = 40

# A character with the marks behind it: what normalisation may compose or put in another order.
_CLUSTER = regex.compile(r".\p{M}*", regex.DOTALL)
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}+")


@dataclass(frozen=True, slots=True)
class Position:
    """A token position."""

    position: int


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one text: [start, end) of segment 0, or of 1 in a pair."""

    start: int
    end: int
    segment: int = 0


TokenSelector = str | Position | Span


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Tokens of one tower, the words they belong to, and their characters.

    `occurrences` counts the places at which what was named by its text stands: the first was taken.
    """

    text: str
    tokens: tuple[int, ...]
    words: tuple[int, ...]
    occurrences: int = 1


def locate(trace: Trace, kind: Kind, side: Side, wanted: TokenSelector) -> TokenSpan:
    """The tokens that `wanted` names on one side of one kind of attention.

    A string is looked for as whole words first, then as whole tokens, each in its own case
    first, then in any; its first occurrence is taken. White space matches any white space.
    A special token answers to its own text ("[CLS]"). A span takes every token that it
    touches. Raises WordNotFound, InvalidSelection; `argument` is the side.
    """
    sequence = trace.query_sequence(kind) if side == "query" else trace.key_sequence(kind)
    match wanted:
        case Position(position):
            what = Message("the token positions of the {side}", side=side)
            check_within("position", position, len(sequence), what, argument=side)
            return _place(sequence, [position], sequence.tokens[position].text)
        case Span():
            return _of_span(sequence, wanted, _texts(trace, kind, side), side)
        case str():
            return _of_string(sequence, wanted, _texts(trace, kind, side), side)


def _texts(trace: Trace, kind: Kind, side: Side) -> tuple[str, ...]:
    """The texts that the offsets of one side's tokens count, by segment."""
    in_decoder = kind == "decoder" or (kind == "cross" and side == "query")
    if in_decoder and trace.encoder is not None:
        return (trace.target or "",)
    if trace.encoder is not None and trace.decoder is not None:
        return (trace.text,)
    return (trace.text,) if trace.text_pair is None else (trace.text, trace.text_pair)


def _of_span(sequence: Sequence, span: Span, texts: tuple[str, ...], side: Side) -> TokenSpan:
    check_within(
        "segment",
        span.segment,
        len(texts),
        Message("the texts of the {side}", side=side),
        argument=side,
    )
    text = texts[span.segment]
    if not 0 <= span.start < span.end <= len(text):
        raise InvalidSelection(
            Message(
                "characters {start} to {end} are not in the {side}'s text of {count} characters; "
                "start must be at least 0, less than end, and end at most that count",
                start=short(span.start),
                end=short(span.end),
                side=side,
                count=len(text),
            ),
            argument=side,
        )
    chosen = text[span.start : span.end]
    tokens = touched(sequence, span)
    if not tokens:
        raise InvalidSelection(
            Message(
                "characters {start} to {end} (“{chosen}”) belong to no token of the {side}; "
                "choose characters of a word",
                start=span.start,
                end=span.end,
                chosen=shortened(chosen),
                side=side,
            ),
            argument=side,
        )
    return _place(sequence, tokens, chosen)


def _of_string(sequence: Sequence, wanted: str, texts: tuple[str, ...], side: Side) -> TokenSpan:
    word_bounds = [(word.segment, word.start, word.end) for word in sequence.words]
    token_bounds = [(token.segment, token.start, token.end) for token in sequence.tokens]
    for fold in (_as_typed, _canonical):
        for bounds in (word_bounds, word_bounds + token_bounds):
            starts = {(segment, start) for segment, start, _ in bounds}
            ends = {(segment, end) for segment, _, end in bounds}
            for matches in _matches(wanted, texts, fold):
                spans = [
                    Span(start, end, segment)
                    for segment, start, end in matches
                    if (segment, start) in starts and (segment, end) in ends
                ]
                if spans:
                    first = spans[0]
                    text = texts[first.segment][first.start : first.end]
                    return _place(sequence, touched(sequence, first), text, len(spans))
    for position, token in enumerate(sequence.tokens):
        if token.start is None and token.text == wanted.strip():
            return _place(sequence, [position], token.text)
    words = [word.text for word in sequence.words if not word.special]
    raise WordNotFound(
        Message(
            "the {side} “{wanted}” is not a word of the text, nor one token of it. Its words are: "
            "{words}. Give one of them, a token's position (0 to {last}), or the start and end of "
            "its characters.",
            side=side,
            wanted=shortened(wanted),
            words=excerpt([shortened(word) for word in words[:SHOWN_WORDS]], len(words)),
            last=len(sequence) - 1,
        ),
        argument=side,
    )


def _matches(
    wanted: str, texts: tuple[str, ...], fold: Callable[[str], tuple[str, list[int]]]
) -> Iterator[list[tuple[int, int, int]]]:
    """Segment, start and end of everything in the texts that reads as wanted: in the same case,
    then in any; white space of any length separates words."""
    parts = fold(wanted)[0].split()
    if not parts:
        return
    expression = r"\s+".join(re.escape(part) for part in parts)
    folded = [fold(text) for text in texts]
    for flags in (re.NOFLAG, re.IGNORECASE):
        yield [
            (segment, places[found.start(1)], places[found.end(1)])
            for segment, (text, places) in enumerate(folded)
            for found in re.finditer(f"(?=({expression}))", text, flags)
        ]


def _as_typed(text: str) -> tuple[str, list[int]]:
    return text, list(range(len(text) + 1))


def _canonical(text: str) -> tuple[str, list[int]]:
    """The text as canonically equal texts all are, without characters that are not to be seen
    (soft hyphens, joiners), and where each character, and the end, stands in the text itself."""
    parts: list[str] = []
    places: list[int] = []
    for cluster in _CLUSTER.finditer(text):
        part = _IGNORABLE.sub("", unicodedata.normalize("NFD", cluster[0]))
        parts.append(part)
        places += [cluster.start()] * len(part)
    return "".join(parts), [*places, len(text)]


def touched(sequence: Sequence, span: Span) -> list[int]:
    """The positions of the tokens that stand for some of those characters."""
    return [
        position
        for position, token in enumerate(sequence.tokens)
        if token.segment == span.segment
        and token.start is not None
        and token.end is not None
        and token.start < span.end
        and token.end > span.start
    ]


def _place(sequence: Sequence, tokens: list[int], text: str, occurrences: int = 1) -> TokenSpan:
    words = sorted({sequence.tokens[position].word for position in tokens})
    return TokenSpan(text, tuple(tokens), tuple(words), occurrences)


def shortened(text: str) -> str:
    """The text, or its beginning where a message has no room for it."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
