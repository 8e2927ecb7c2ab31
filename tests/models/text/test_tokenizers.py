"""A mask token that a person types, where the model can fill it in."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from headlight.models.core.errors import InvalidText
from headlight.models.core.trace import Token
from headlight.models.text.tokenizers import FastTokenizerAdapter, encode_self
from headlight.models.text.tokens import Piece, check_text
from headlight.models.zoo.registry import build_registry

MASK = "[MASK]"
MASK_ID = 103
CONTROL = ["[SEP]", "[CLS]", "[PAD]", "[UNK]", "[mask]", "[ MASK ]", "[MASK", "MASK]", "<s>"]


@cache
def bert(reads_mask: bool) -> FastTokenizerAdapter:
    folder = build_registry().entry("bert").origin.locate()
    return FastTokenizerAdapter(AutoTokenizer.from_pretrained(folder), reads_mask=reads_mask)


def tokens(text: str, text_pair: str | None = None, reads_mask: bool = True) -> tuple[Token, ...]:
    return encode_self(bert(reads_mask), text, text_pair)[0].tokens


def inside(text: str, reads_mask: bool) -> list[Piece]:
    return [piece for piece in bert(reads_mask).tokenize(text).pieces if not piece.special]


def test_a_mask_is_one_token_with_the_characters_that_were_typed() -> None:
    (mask,) = (token for token in tokens("The [MASK] sat.") if token.id == MASK_ID)
    assert (mask.text, mask.start, mask.end, mask.special) == (MASK, 4, 10, False)


def test_a_mask_is_a_word_of_its_own() -> None:
    sequence, _ = encode_self(bert(True), "un[MASK]able 苹[MASK]果", None)
    shown = [word.text for word in sequence.words]
    assert shown == ["[CLS]", "un", MASK, "able", "苹", MASK, "果", "[SEP]"]
    assert [word.special for word in sequence.words] == [True] + [False] * 6 + [True]


def test_where_it_cannot_be_filled_in_a_mask_is_characters() -> None:
    found = tokens("The [MASK] sat.", reads_mask=False)
    assert [token.text for token in found][1:-1] == ["The", "[", "MASK", "]", "sat", "."]


@pytest.mark.parametrize("control", CONTROL)
def test_every_other_control_token_is_characters_even_beside_a_mask(control: str) -> None:
    found = inside(f"{control}[MASK]{control}", reads_mask=True)
    plain = [piece.id for piece in inside(control, reads_mask=False)]
    assert [piece.id for piece in found] == [*plain, MASK_ID, *plain]
    assert not {0, 101, 102} & {piece.id for piece in found}


def test_a_mask_of_the_second_text_counts_that_text_s_characters() -> None:
    (mask,) = (token for token in tokens("Who sat?", "a [MASK]") if token.id == MASK_ID)
    assert (mask.segment, mask.start, mask.end) == (1, 2, 8)


def test_a_text_of_a_mask_alone_can_be_read() -> None:
    assert [token.text for token in tokens(MASK)] == ["[CLS]", MASK, "[SEP]"]


PARTS = st.lists(
    st.text(st.one_of(st.characters(), st.sampled_from("[]MASK苹果\u0301\u200d ")), max_size=12)
    | st.sampled_from(CONTROL),
    min_size=2,
    max_size=5,
)


@given(PARTS)
@settings(max_examples=300, deadline=None)
def test_masks_anywhere_in_any_text_leave_the_rest_as_it_is(parts: list[str]) -> None:
    """Oracle: each part read by itself, without masks, moved to where it stands."""
    text = MASK.join(parts)
    try:
        check_text(text)
    except InvalidText:
        return
    expected: list[tuple[int, int, int]] = []
    at = 0
    for n, part in enumerate(text.split(MASK)):
        if n:
            expected.append((MASK_ID, at, at + len(MASK)))
            at += len(MASK)
        expected += [
            (piece.id, at + piece.start, at + piece.end)
            for piece in (inside(part, reads_mask=False) if part else [])
        ]
        at += len(part)
    found = inside(text, reads_mask=True)
    assert [(piece.id, piece.start, piece.end) for piece in found] == expected
    assert [piece.mask for piece in found] == [id_ == MASK_ID for id_, _, _ in expected]

    sequence, inputs = encode_self(bert(True), text, None)
    assert inputs["input_ids"].tolist()[0].count(MASK_ID) == text.count(MASK)
    assert [t for word in sequence.words for t in word.tokens] == list(range(len(sequence)))
    for token in sequence.tokens:
        if token.id == MASK_ID:
            assert sequence.words[token.word].text == token.text == MASK
            assert sequence.words[token.word].tokens == (sequence.tokens.index(token),)


def test_a_mask_token_that_takes_the_space_before_it_shows_none() -> None:
    """RoBERTa's <mask> is written so; a normaliser that lowers text lowers no mask either."""
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2, "<mask>": 3, "a": 4, "<MASK>": 5}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    mask = AddedToken("<MASK>", lstrip=True, normalized=True, special=True)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", mask_token=mask
    )
    sequence, _ = encode_self(
        FastTokenizerAdapter(tokenizer, reads_mask=True), "a <MASK>a <mask>", None
    )
    shown = [(token.id, token.text) for token in sequence.tokens if not token.special]
    assert shown[:3] == [(4, "a"), (5, "<MASK>"), (4, "a")]
    assert 5 not in [id_ for id_, _ in shown[3:]]


@pytest.mark.parametrize("reads_mask", [False, True])
def test_a_control_token_in_a_unigram_vocabulary_is_characters_when_typed(
    reads_mask: bool,
) -> None:
    """T5's and XLM-R's vocabularies give "</s>" a better score than any piece of text has."""
    control = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), ("<mask>", 0.0)]
    letters = [(letter, -3.0) for letter in "▁<>/smak"]
    backend = Tokenizer(models.Unigram([*control, *letters], unk_id=0))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        mask_token="<mask>",
    )
    adapter = FastTokenizerAdapter(tokenizer, reads_mask=reads_mask)
    sequence, _ = encode_self(adapter, "a <s></s> <mask>", None)
    typed = [token for token in sequence.tokens if not token.special]
    assert not {1, 2} & {token.id for token in typed}
    assert [token.text for token in typed if len(token.text) > 1] == ["<mask>"] * reads_mask
    assert "".join(token.text for token in typed).replace(" ", "").endswith("<s></s><mask>")


def fast(tokenizer: Tokenizer) -> FastTokenizerAdapter:
    return FastTokenizerAdapter(PreTrainedTokenizerFast(tokenizer_object=tokenizer))


def test_a_character_without_a_piece_or_an_unknown_token_is_refused() -> None:
    adapter = fast(Tokenizer(models.Unigram([("a", -1.0), ("b", -2.0)])))
    with pytest.raises(InvalidText, match="the tokenizer cannot read this text"):
        adapter.tokenize("a☃")


def test_a_tokenizer_whose_own_code_panics_is_refused_like_any_other() -> None:
    """Its panic is no Exception: whoever catches those alone lets it through."""

    class PanicException(BaseException):
        pass

    class Panics:
        def __getattr__(self, name: str) -> Any:
            return lambda *_: None

        def encode(self, *_: Any) -> Any:
            raise PanicException("called `Result::unwrap()` on an `Err` value")

    adapter = fast(Tokenizer(models.Unigram([("a", -1.0)])))
    adapter._backend = Panics()
    with pytest.raises(InvalidText, match="PanicException: called"):
        adapter.tokenize("a")
