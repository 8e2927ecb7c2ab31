"""Entries of a vocabulary as a person reads them, and back.

WordPiece       "law", "##s"     as they are: ## continues a word
byte-level      "Ġlaw"           " law" (GPT-2's bytes); a part of a character: "<0xE8>"
SentencePiece   "▁law"           " law"
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Literal, Protocol, runtime_checkable

from transformers import PreTrainedTokenizerBase

SPACE = "▁"  # SentencePiece's mark of a space

Writing = Literal["plain", "bytes", "marked"]


@runtime_checkable
class Vocabulary(Protocol):
    """`name` of an entry's number; `index` of a name, None if there is no such entry."""

    def name(self, index: int) -> str: ...
    def index(self, name: str) -> int | None: ...


class TokenizerVocabulary:
    """What a tokenizer of the library calls its entries: of what is written, where the two
    languages of a translator differ."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        fast = tokenizer.is_fast
        self._writing: Writing = _writing(tokenizer) if fast else "marked"
        if hasattr(tokenizer, "spm_target"):
            apart = tokenizer.separate_vocabs
            self._ids: dict[str, int] = dict(
                tokenizer.target_encoder if apart else tokenizer.encoder
            )
        else:
            self._ids = dict(tokenizer.get_vocab())
        self._pieces = {index: piece for piece, index in self._ids.items()}
        self._special = set(tokenizer.all_special_tokens)

    def name(self, index: int) -> str:
        """An index past the vocabulary, a row of weights that pads them: "[50300]"."""
        piece = self._pieces.get(index)
        if piece is None:
            return f"[{index}]"
        if piece in self._special:
            return piece
        if self._writing == "bytes":
            return _from_bytes(piece)
        return piece.replace(SPACE, " ") if self._writing == "marked" else piece

    def index(self, name: str) -> int | None:
        """The name as `name` gives it, or the vocabulary's own entry."""
        written = {"plain": name, "marked": name.replace(" ", SPACE), "bytes": _to_bytes(name)}
        found = (self._ids.get(piece) for piece in (written[self._writing], name))
        return next((index for index in found if index is not None), None)


def _writing(tokenizer: PreTrainedTokenizerBase) -> Writing:
    """How a fast tokenizer writes spaces, told by what joins its pieces again."""
    written: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    decoder = json.dumps(written.get("decoder"), ensure_ascii=False)
    if '"ByteLevel"' in decoder:
        return "bytes"
    return "marked" if SPACE in decoder else "plain"


@cache
def _characters() -> dict[int, str]:
    """GPT-2's character for each byte: itself where it is printed, else one from 256 on
    (Radford et al. 2019, `bytes_to_unicode` of their code)."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printed)]
    return {
        **{byte: chr(byte) for byte in printed},
        **{byte: chr(256 + place) for place, byte in enumerate(others)},
    }


@cache
def _bytes() -> dict[str, int]:
    return {character: byte for byte, character in _characters().items()}


def _from_bytes(piece: str) -> str:
    known = _bytes()
    if not all(character in known for character in piece):
        return piece  # an added token, written as it is
    given = bytes(known[character] for character in piece)
    try:
        return given.decode()
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02X}>" for byte in given)


def _to_bytes(name: str) -> str:
    parts = name.split("<0x")
    if len(parts) > 1 and not parts[0] and all(_is_byte(part) for part in parts[1:]):
        given = bytes(int(part[:2], 16) for part in parts[1:])
    else:
        given = name.encode(errors="replace")
    return "".join(_characters()[byte] for byte in given)


def _is_byte(part: str) -> bool:
    return len(part) == 3 and part[2] == ">" and all(c in "0123456789ABCDEF" for c in part[:2])
