"""From a text to tokens and words, without losing what the person typed.

Every token knows the characters it came from. The one rule for words:

    A word is a word of Unicode text segmentation (UAX #29: "didn't" and "3.14" are one
    word, each Chinese character is one). Words that share a token are joined. A special
    token is a word by itself, and so is a token that touches no word (white space).

So words partition the tokens in order, and no token belongs to two words. What a control
token such as [SEP] looks like may be typed: it is read as plain characters.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

import regex

from models.errors import EmptyText, InvalidText
from models.trace import Sequence, Token, Word

_WORD_BOUNDARY = regex.compile(r"(?w)\b")


@dataclass(frozen=True, slots=True)
class Piece:
    """What a tokenizer says of one token: `start` and `end` count characters of its text."""

    id: int
    piece: str
    start: int
    end: int
    special: bool
    segment: int


def check_text(text: str, field: str = "text") -> str:
    """The text, if it can be read at all. Raises EmptyText, InvalidText."""
    if not text.strip():
        raise EmptyText(f"{field} is empty; type a sentence", field=field)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidText(
            f"{field} is not valid Unicode: character {error.start} is a lone surrogate "
            f"(U+{ord(text[error.start]):04X}). Send whole characters.",
            field=field,
        ) from None
    return text


def word_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each UAX #29 word of the text, in order; white space is no word."""
    if not text:
        return []
    bounds = sorted({0, len(text), *(match.start() for match in _WORD_BOUNDARY.finditer(text))})
    spans = itertools.pairwise(bounds)
    return [(start, end) for start, end in spans if not text[start:end].isspace()]


def build_sequence(pieces: Iterable[Piece], texts: tuple[str, ...]) -> Sequence:
    """Tokens and words of one tower; `texts[segment]` is what the offsets count."""
    spans = [word_spans(text) for text in texts]
    tokens: list[Token] = []
    words: list[_Group] = []
    for pos, piece in enumerate(pieces):
        start, end = (0, 0) if piece.special else _trim(piece, texts[piece.segment])
        touched = range(0) if start == end else _touched(spans[piece.segment], start, end)
        last = words[-1] if words else None
        if (
            last is not None
            and touched
            and last.spans
            and last.segment == piece.segment
            and touched.start < last.spans.stop
        ):
            last.spans = range(last.spans.start, max(last.spans.stop, touched.stop))
            last.tokens.append(pos)
        else:
            words.append(_Group(piece.segment, piece.special, touched, [pos], (start, end)))
        typed = start < end
        tokens.append(
            Token(
                id=piece.id,
                text=texts[piece.segment][start:end] if typed else piece.piece,
                piece=piece.piece,
                start=start if typed else None,
                end=end if typed else None,
                word=len(words) - 1,
                special=piece.special,
                segment=piece.segment,
            )
        )
    return Sequence(tuple(tokens), tuple(group.word(tokens, spans, texts) for group in words))


@dataclass(slots=True)
class _Group:
    """A word in the making: the UAX #29 words `spans` of its segment that its tokens touch."""

    segment: int
    special: bool
    spans: range
    tokens: list[int]
    offsets: tuple[int, int]

    def word(
        self, tokens: list[Token], spans: list[list[tuple[int, int]]], texts: tuple[str, ...]
    ) -> Word:
        start, end = self.offsets
        if self.spans:
            own = spans[self.segment]
            start, end = own[self.spans.start][0], own[self.spans.stop - 1][1]
        typed = start < end
        return Word(
            text=texts[self.segment][start:end] if typed else tokens[self.tokens[0]].piece,
            start=start if typed else None,
            end=end if typed else None,
            tokens=tuple(self.tokens),
            special=self.special,
            segment=self.segment,
        )


def _trim(piece: Piece, text: str) -> tuple[int, int]:
    """The token's characters without white space around them, unless it is nothing else.

    GPT-2 and SentencePiece count the space before a word as part of it.
    """
    typed = text[piece.start : piece.end]
    bare = typed.strip()
    if not bare:
        return piece.start, piece.end
    start = piece.start + typed.index(bare)
    return start, start + len(bare)


def _touched(spans: list[tuple[int, int]], start: int, end: int) -> range:
    """Indices of the words that share a character with [start, end)."""
    first = bisect_left(spans, start + 1, key=lambda span: span[1])
    stop = bisect_left(spans, end, key=lambda span: span[0])
    return range(first, max(first, stop))
