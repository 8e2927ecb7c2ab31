"""From what a person sends to what a model reads: ids and sequences for each tower.

An adapter wraps one tokenizer. It never truncates, never pads, and reads control tokens that a
person types as plain characters; all but the mask token, where the model can fill it in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Sequence as Seq
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from tokenizers import Regex, Tokenizer, pre_tokenizers
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from headlight.models.core.errors import EmptyText, InvalidText, UnsupportedModel, first_line
from headlight.models.core.messages import Message
from headlight.models.core.trace import Sequence
from headlight.models.text.tokens import Piece, build_sequence, check_text


class Tokenized(NamedTuple):
    """Pieces in order, and each one's token type where the model has types (BERT's A and B)."""

    pieces: list[Piece]
    type_ids: list[int] | None


StartOf = Callable[[Seq[int]], int]
"""The token that a decoder reads first, of the ids that it is to write."""


@runtime_checkable
class TokenizerAdapter(Protocol):
    """Cuts a text, or a pair of texts, into pieces, special tokens added."""

    def tokenize(self, text: str, text_pair: str | None = None) -> Tokenized: ...
    def tokenize_target(self, text: str) -> list[Piece]: ...
    def decode(self, ids: Seq[int]) -> str: ...
    def piece(self, token_id: int) -> str: ...


class FastTokenizerAdapter:
    """Any tokenizer of the `tokenizers` library: it knows character offsets itself.

    With `reads_mask`, the tokenizer's mask token as it is written ("[MASK]") is that token
    when typed: a token of the text, not a special one. Every other control token, and in
    other adapters the mask token too, is plain characters.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, reads_mask: bool = False) -> None:
        self._backend: Any = tokenizer.backend_tokenizer
        self._mask_id: int | None = None
        if reads_mask:
            assert tokenizer.mask_token is not None, "a tokenizer without a mask token"
            self._mask_id = tokenizer.mask_token_id
            self._backend = _with_mask_as_text(self._backend, tokenizer.mask_token)
        # Checkpoints ship with truncation and padding switched on (MiniLM: at 128).
        self._backend.no_truncation()
        self._backend.no_padding()
        self._backend.encode_special_tokens = True
        _keep_controls_apart(self._backend)
        self._typed = "token_type_ids" in tokenizer.model_input_names
        self._for_targets = self._backend
        if hasattr(tokenizer, "_switch_to_target_mode"):
            # The library changes the special tokens of the one tokenizer, to and fro: two modes
            # at once are two tokenizers.
            tokenizer._switch_to_target_mode()
            self._for_targets = _copy(self._backend)
            tokenizer._switch_to_input_mode()

    def tokenize(self, text: str, text_pair: str | None = None) -> Tokenized:
        return self._tokenize(self._backend, text, text_pair)

    def _tokenize(self, backend: Any, text: str, text_pair: str | None = None) -> Tokenized:
        encoding = _encode(backend, text, text_pair)
        pieces = [
            Piece(id_, piece, start, end, bool(special), sequence or 0, id_ == self._mask_id)
            for id_, piece, (start, end), special, sequence in zip(
                encoding.ids,
                encoding.tokens,
                encoding.offsets,
                encoding.special_tokens_mask,
                encoding.sequence_ids,
                strict=True,
            )
        ]
        return Tokenized(pieces, list(encoding.type_ids) if self._typed else None)

    def tokenize_target(self, text: str) -> list[Piece]:
        return self._tokenize(self._for_targets, text).pieces

    def decode(self, ids: Seq[int]) -> str:
        return str(self._backend.decode(list(ids), skip_special_tokens=True))

    def piece(self, token_id: int) -> str:
        return str(self._backend.id_to_token(token_id))


def _copy(backend: Any) -> Any:
    """The same tokenizer once more, with what this one is set to do."""
    copied = Tokenizer.from_str(backend.to_str())
    copied.encode_special_tokens = backend.encode_special_tokens
    return copied


def _encode(backend: Any, text: str, text_pair: str | None) -> Any:
    """Raises InvalidText for a text that makes the tokenizer fail: a character that it neither
    knows nor has an unknown token for, or one at which its own code panics."""
    try:
        return backend.encode(text, text_pair)
    except BaseException as error:
        # A panic of its Rust code is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise InvalidText(
            Message(
                "the tokenizer cannot read this text ({error}); leave out the characters that "
                "its vocabulary does not hold, or choose another model",
                error=first_line(error),
            ),
            argument="text",
        ) from None


def _with_mask_as_text(backend: Any, mask: str) -> Any:
    """A copy of the tokenizer, in which its mask token is an added token of the text.

    `encode_special_tokens` makes characters of every token that is marked as special, so
    the mask token loses that mark. It is matched before the text is normalised: "[mask]",
    which a tokenizer may lower its own to, is characters.
    """
    written = json.loads(backend.to_str())
    (entry,) = (token for token in written["added_tokens"] if token["content"] == mask)
    entry.update(special=False, normalized=False)
    return Tokenizer.from_str(json.dumps(written))


def _keep_controls_apart(backend: Any) -> None:
    """Parts the first character of each control token that is written in a text.

    Models that look whole strings up in their vocabulary (Unigram: T5, XLM-R) would find
    "</s>" there, and read what was typed as the end of the text.
    """
    if type(backend.model).__name__ not in ("Unigram", "WordLevel"):
        return
    added = backend.get_added_tokens_decoder().values()
    controls = [token.content for token in added if token.special and len(token.content) > 1]
    if not controls:
        return
    parts = "|".join(f"{re.escape(word[0])}(?={re.escape(word[1:])})" for word in controls)
    steps = [backend.pre_tokenizer, pre_tokenizers.Split(Regex(parts), "isolated")]
    backend.pre_tokenizer = pre_tokenizers.Sequence([step for step in steps if step is not None])


class MarianTokenizerAdapter:
    """Marian's own tokenizer: SentencePiece knows the offsets, a vocabulary file the ids."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def tokenize(self, text: str, text_pair: str | None = None) -> Tokenized:
        return Tokenized(
            self._tokenize(text, self._tokenizer.spm_source, self._tokenizer.encoder), None
        )

    def tokenize_target(self, text: str) -> list[Piece]:
        tokenizer = self._tokenizer
        vocabulary = tokenizer.target_encoder if tokenizer.separate_vocabs else tokenizer.encoder
        return self._tokenize(text, tokenizer.spm_target, vocabulary)

    def _tokenize(self, text: str, spm: Any, vocabulary: dict[str, int]) -> list[Piece]:
        unknown = vocabulary[self._tokenizer.unk_token]
        found = spm.encode(text, return_type="offset_mapping")
        pieces = [
            Piece(vocabulary.get(piece, unknown), piece, start, end, False, 0)
            for piece, (start, end) in zip(found["pieces"], found["offsets"], strict=True)
        ]
        eos = self._tokenizer.eos_token
        return [*pieces, Piece(vocabulary[eos], eos, 0, 0, True, 0)]

    def decode(self, ids: Seq[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def piece(self, token_id: int) -> str:
        return str(self._tokenizer.convert_ids_to_tokens(token_id))


def adapter_for(
    tokenizer: PreTrainedTokenizerBase, name: str, *, reads_mask: bool = False
) -> TokenizerAdapter:
    """The adapter of this tokenizer. Raises UnsupportedModel if it tells no offsets.

    `reads_mask` is for a model that can fill in a mask token that a person types.
    """
    if tokenizer.is_fast:
        return FastTokenizerAdapter(tokenizer, reads_mask=reads_mask)
    if hasattr(tokenizer, "spm_source"):
        return MarianTokenizerAdapter(tokenizer)
    raise UnsupportedModel(
        Message(
            "the tokenizer of {name} ({class_name}) does not tell which characters a "
            "token stands for",
            name=name,
            class_name=type(tokenizer).__name__,
        ),
        remedy=Message("Save a tokenizer.json beside the model, where its tokenizer has one."),
    )


def encode_self(
    adapter: TokenizerAdapter, text: str, text_pair: str | None
) -> tuple[Sequence, dict[str, Tensor]]:
    """One tower's tokens and inputs. Raises EmptyText, InvalidText."""
    texts: tuple[str, ...] = (check_text(text),)
    if text_pair is not None:
        texts = (*texts, check_text(text_pair, "text_pair"))
    pieces, type_ids = adapter.tokenize(*texts)
    for segment, argument in zip(range(len(texts)), ("text", "text_pair"), strict=False):
        if not any(not p.special and p.segment == segment for p in pieces):
            raise EmptyText(
                Message("the tokenizer finds nothing to read in {argument}", argument=argument),
                argument=argument,
            )
    ids = torch.tensor([[piece.id for piece in pieces]])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if type_ids is not None:
        inputs["token_type_ids"] = torch.tensor([type_ids])
    return build_sequence(pieces, texts), inputs


def encode_target(
    adapter: TokenizerAdapter, target: str, start_of: StartOf, argument: str = "text_pair"
) -> tuple[Sequence, Tensor]:
    """What a decoder reads to say `target`: the start token, then all but the last token.

    Raises EmptyText, InvalidText.
    """
    pieces = adapter.tokenize_target(check_text(target, argument))
    if all(piece.special for piece in pieces):
        raise EmptyText(
            Message("the tokenizer finds nothing to read in {argument}", argument=argument),
            argument=argument,
        )
    start_id = start_of([piece.id for piece in pieces])
    if pieces[-1].special:
        pieces = pieces[:-1]
    pieces = [Piece(start_id, adapter.piece(start_id), 0, 0, True, 0), *pieces]
    return build_sequence(pieces, (target,)), torch.tensor([[piece.id for piece in pieces]])


def sequence_of_written(
    adapter: TokenizerAdapter, ids: Seq[int], special_ids: set[int]
) -> tuple[Sequence, str]:
    """Tokens that a model wrote, and its text; offsets by decoding ever longer prefixes."""
    pieces: list[Piece] = []
    text = adapter.decode(ids)
    done = 0
    for n, token_id in enumerate(ids, start=1):
        prefix = adapter.decode(ids[:n])
        end = max(done, min(len(prefix), len(text))) if text.startswith(prefix) else done
        special = token_id in special_ids
        pieces.append(Piece(token_id, adapter.piece(token_id), done, end, special, 0))
        done = end
    return build_sequence(pieces, (text,)), text
