"""The small model's WordPiece: offsets hold on any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.models.small.tokenizer import CLS, SEP, SPECIAL, train_tokenizer

TEXTS = ["The Law will never be perfect, but its application should be just.", "我买了三斤苹果。"]
TOKENIZER = train_tokenizer(TEXTS * 3, 150, 80)


def test_english_is_read_in_lower_case_and_keeps_its_offsets() -> None:
    cut = TOKENIZER.encode("The LAW")
    assert cut.ids[0] == CLS
    assert cut.ids[-1] == SEP
    typed = "".join("The LAW"[start:end] for start, end in cut.offsets[1:-1])
    assert typed == "TheLAW"


def test_chinese_is_read_by_character() -> None:
    assert TOKENIZER.encode("三斤苹果").tokens == ["[CLS]", "三", "斤", "苹", "果", "[SEP]"]


def test_special_pieces_come_first_in_their_known_order() -> None:
    assert [TOKENIZER.id_to_token(n) for n in range(len(SPECIAL))] == list(SPECIAL)


def test_the_same_texts_give_the_same_pieces_in_the_same_order() -> None:
    # Every character twice, so that which are kept and which pair comes first are all ties.
    texts = ["zyxw vuts rqpo nmlk", "knlm oprq stvu wxyz", "我你他她 它们这那", "那这们它 她他你我"]
    made = {train_tokenizer(texts, 60, 17).to_str() for _ in range(5)}
    assert len(made) == 1


@settings(deadline=None, max_examples=300)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_offsets_of_any_text_are_ordered_and_lie_in_it(text: str) -> None:
    cut = TOKENIZER.encode(text, add_special_tokens=False)
    done = 0
    for start, end in cut.offsets:
        assert done <= start < end <= len(text)
        done = end


@settings(deadline=None, max_examples=200)
@given(st.text("abcdefghilmnoprstuvwy THELAW我买三斤苹果,.", max_size=40))
def test_nothing_that_the_vocabulary_knows_is_lost(text: str) -> None:
    cut = TOKENIZER.encode(text, add_special_tokens=False)
    covered = "".join(text[start:end] for start, end in cut.offsets)
    assert covered == "".join(text.split())
