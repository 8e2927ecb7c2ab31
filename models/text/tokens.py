"""From a text to tokens and words, without losing what the person typed.

Every token knows the characters it came from. The one rule for words:

    A word is a word of Unicode text segmentation (UAX #29: "didn't" and "3.14" are one
    word). That makes each Chinese character a word, so those that stand side by side are
    joined to the words of `models.text.chinese`: 苹果 / 很 / 好吃. Words that share a token are
    joined. A special token is a word by itself, and so are a mask token that was typed and
    a token that touches no word (white space).

So words partition the tokens in order, and no token belongs to two words. A text that holds
kana is Japanese: of its kanji a Chinese dictionary makes words that are none (書館 of 図書館), so
that there they are words one by one, as UAX #29 alone has them. Nothing else around a run of
characters decides how it is cut, so a quotation is cut like the text it stands in. What a
control token such as [SEP] looks like may be typed: it is read as plain characters.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

from headlight.models.core.errors import EmptyText, InvalidText
from headlight.models.core.messages import Message
from headlight.models.core.trace import Sequence, Token, Word
from headlight.models.text.chinese import chinese_words

Span = tuple[int, int]  # start and end, in characters

_WORD_BOUNDARY = regex.compile(r"(?w)\b")
# Regional indicators: two make a flag. Marks may stand behind each. § stands by itself as they do.
_INDICATOR = regex.compile(r"[\U0001F1E6-\U0001F1FF]")
_FLAGS = regex.compile(r"(?:[\U0001F1E6-\U0001F1FF][\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*){2,}")
# One character, with the marks that UAX #29 keeps beside it, such as a variation selector.
_HAN = regex.compile(r"\p{Han}[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*")
# A space as the vocabularies of SentencePiece and GPT-2 write it.
_SPACE = regex.compile(r"[▁Ġ]+")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """What a tokenizer says of one token: `start` and `end` count characters of its text.

    `mask` is true of a mask token that was typed: a position of the text, so not special.
    """

    id: int
    piece: str
    start: int
    end: int
    special: bool
    segment: int
    mask: bool = False


def check_text(text: str, argument: str = "text") -> str:
    """The text, if it can be read at all. Raises EmptyText, InvalidText."""
    if not text.strip():
        raise EmptyText(
            Message("{argument} is empty; type a sentence", argument=argument), argument=argument
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidText(
            Message(
                "{argument} is not valid Unicode: character {start} is a lone surrogate "
                "(U+{code_point}). Send whole characters.",
                argument=argument,
                start=error.start,
                code_point=f"{ord(text[error.start]):04X}",
            ),
            argument=argument,
        ) from None
    return text


def word_spans(text: str, masks: Iterable[Span] = ()) -> list[Span]:
    """Start and end of each word of the text, in order; white space is no word.

    Each of `masks`, the characters of a mask token, is one word, whatever stands beside it.
    """
    if not text:
        return []
    bounds = _boundaries(text)
    for start, end in masks:
        bounds.difference_update(range(start + 1, end))
        bounds.update((start, end))
    spans: Iterable[Span] = itertools.pairwise(sorted(bounds))
    if _KANA.search(text) is None:
        spans = _join_chinese(text, spans)
    return [(start, end) for start, end in spans if not text[start:end].isspace()]


def _boundaries(text: str) -> set[int]:
    """Both ends of the text, and every word boundary of UAX #29 in it, in linear time.

    Whether a boundary stands between two regional indicators depends on how many come before
    them. The library counts these anew at each, which takes the square of their number, and
    miscounts where a mark stands between two or another character follows. So it reads a § for
    each, and the two of a flag are joined here.
    """
    boundaries = _WORD_BOUNDARY.finditer(_INDICATOR.sub("§", text))
    found = {0, len(text), *(match.start() for match in boundaries)}
    for run in _FLAGS.finditer(text):
        indicators = [match.start() for match in _INDICATOR.finditer(text, *run.span())]
        found.difference_update(indicators[1::2])
    return found


def _join_chinese(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The same spans, with neighbours that are Chinese characters joined to Chinese words."""
    for chinese, neighbours in itertools.groupby(spans, lambda span: _is_han(text, span)):
        if not chinese:
            yield from neighbours
            continue
        characters = list(neighbours)
        first = 0
        for length in chinese_words("".join(text[start] for start, _ in characters)):
            last = first + length - 1
            yield characters[first][0], characters[last][1]
            first = last + 1


def _is_han(text: str, span: Span) -> bool:
    return _HAN.fullmatch(text, *span) is not None


def build_sequence(pieces: Iterable[Piece], texts: tuple[str, ...]) -> Sequence:
    """Tokens and words of one tower; `texts[segment]` is what the offsets count."""
    pieces = list(pieces)
    masks: list[list[Span]] = [[] for _ in texts]
    for piece in pieces:
        if piece.mask:
            masks[piece.segment].append(_trim(piece, texts[piece.segment]))
    spans = [word_spans(*typed) for typed in zip(texts, masks, strict=True)]
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
        blank = not piece.special and _SPACE.fullmatch(piece.piece) is not None
        if blank:
            start, end = _blank(piece, texts[piece.segment])
        typed = start < end
        unseen = " " if blank else piece.piece
        tokens.append(
            Token(
                id=piece.id,
                text=texts[piece.segment][start:end] if typed else unseen,
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
    """A word in the making: the words `spans` of its segment that its tokens touch."""

    segment: int
    special: bool
    spans: range
    tokens: list[int]
    offsets: Span

    def word(self, tokens: list[Token], spans: list[list[Span]], texts: tuple[str, ...]) -> Word:
        start, end = self.offsets
        if self.spans:
            own = spans[self.segment]
            start, end = own[self.spans.start][0], own[self.spans.stop - 1][1]
        typed, first = start < end, tokens[self.tokens[0]]
        return Word(
            text=texts[self.segment][start:end] if typed else first.text,
            start=start if typed else first.start,
            end=end if typed else first.end,
            tokens=tuple(self.tokens),
            special=self.special,
            segment=self.segment,
        )


def _trim(piece: Piece, text: str) -> Span:
    """The token's characters without white space around them, unless it is nothing else.

    GPT-2 and SentencePiece count the space before a word as part of it.
    """
    typed = text[piece.start : piece.end]
    bare = typed.strip()
    if not bare:
        return piece.start, piece.end
    start = piece.start + typed.index(bare)
    return start, start + len(bare)


def _blank(piece: Piece, text: str) -> Span:
    """The white space that a token of nothing else stands for; empty where none was typed.

    SentencePiece puts a space before the text and counts the first letter as its characters;
    RoBERTa counts none of a space that stands alone.
    """
    typed = text[piece.start : piece.end]
    if typed and not typed.strip():
        return piece.start, piece.end
    before = piece.start > 0 and text[piece.start - 1].isspace()
    return piece.start - before, piece.start


def _touched(spans: list[Span], start: int, end: int) -> range:
    """Indices of the words that share a character with [start, end)."""
    first = bisect_left(spans, start + 1, key=lambda span: span[1])
    stop = bisect_left(spans, end, key=lambda span: span[0])
    return range(first, max(first, stop))
