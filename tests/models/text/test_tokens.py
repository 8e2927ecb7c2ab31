"""How a text becomes tokens and words."""

import dataclasses
import itertools
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.models.core.errors import EmptyText, InvalidText
from headlight.models.core.trace import Sequence
from headlight.models.text import tokens
from headlight.models.text.tokens import Piece, build_sequence, check_text, word_spans


def pieces_of(text: str, *spans: tuple[int, int]) -> list[Piece]:
    return [Piece(i, text[a:b], a, b, False, 0) for i, (a, b) in enumerate(spans)]


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


def words(sequence: Sequence) -> list[str]:
    return [word.text for word in sequence.words]


def test_words_are_those_of_unicode_text_segmentation() -> None:
    assert cut("I didn't pay 3.14, no!") == [
        "I", "didn't", "pay", "3.14", ",", "no", "!",
    ]  # fmt: skip


def test_an_emoji_family_is_one_word() -> None:
    assert cut("a 👨‍👩‍👧 b") == ["a", "👨‍👩‍👧", "b"]


MARKS = "\u0301\u200d\u00ad"  # Extend, ZWJ, Format: UAX #29 reads over them (WB4)


@given(st.text(f"ad{MARKS}'. 1👍\n", max_size=23))
@settings(deadline=None)
def test_words_are_those_that_another_reader_of_the_rules_finds(text: str) -> None:
    bounds = [0, *(match.start() for match in regex.finditer(r"(?w)\b", text)), len(text)]
    expected = [text[a:b] for a, b in itertools.pairwise(sorted(set(bounds)))]
    assert cut(text) == [word for word in expected if not word.isspace()]


@given(
    st.lists(st.tuples(st.sampled_from("🇩🇪🇫"), st.text(MARKS, max_size=2)).map("".join)),
    st.sampled_from(["", "a", "1", "."]),
)
@settings(deadline=None)
def test_flags_are_two_indicators_each_whatever_stands_between(
    indicators: list[str], after: str
) -> None:
    """WB15 and WB16; no rule joins an indicator to a letter, a number or punctuation."""
    flags = ["".join(indicators[at : at + 2]) for at in range(0, len(indicators), 2)]
    assert cut("x" + "".join(indicators)) == ["x", *flags]
    assert cut("".join(indicators) + after) == [*flags, *filter(None, [after])]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("🇩\u00ad🇩🇩", ["🇩\u00ad🇩", "🇩"]),
        ("🇩\u0301🇪🇫🇷", ["🇩\u0301🇪", "🇫🇷"]),
        ("🇩🇪🇫a", ["🇩🇪", "🇫", "a"]),
        ("a🇩🇪1", ["a", "🇩🇪", "1"]),
        ("🇩 🇪", ["🇩", "🇪"]),
    ],
)
def test_a_flag_is_two_indicators(text: str, words: list[str]) -> None:
    assert cut(text) == words


def test_nobody_counts_the_flags_before_each_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library that finds boundaries would; it is shown none of them."""
    seen = ""

    class Watched:
        def finditer(self, text: str) -> Any:
            nonlocal seen
            seen += text
            return regex.finditer(r"(?w)\b", text)

    monkeypatch.setattr(tokens, "_WORD_BOUNDARY", Watched())
    assert cut("🇩🇪🇫🇷" * 3_500) == ["🇩🇪", "🇫🇷"] * 3_500
    assert seen == "§" * 14_000


def test_chinese_characters_are_joined_to_words() -> None:
    text = "苹果很好吃，我买了三斤。"
    assert cut(text) == ["苹果", "很", "好吃", "，", "我", "买", "了", "三斤", "。"]
    assert cut("I like 蘋果 and3个苹果") == ["I", "like", "蘋果", "and3", "个", "苹果"]


def test_a_chinese_word_ends_with_its_line() -> None:
    assert cut("苹\n果 很好") == ["苹", "果", "很", "好"]


def test_a_variation_selector_stays_with_its_character() -> None:
    assert cut("好\ufe00吃 城\U000e0100市") == ["好\ufe00吃", "城\U000e0100市"]


def test_kana_and_hangul_are_left_to_unicode() -> None:
    assert cut("テレビの、ひと") == ["テレビ", "の", "、", "ひ", "と"]
    assert cut("한국어 문장입니다") == ["한국어", "문장입니다"]


@pytest.mark.parametrize("kana", ["の", "テレビ", "ｶ"])
def test_kanji_beside_kana_are_no_chinese_words(kana: str) -> None:
    """The Chinese dictionary knows no 図, and takes 図書館, a library, apart."""
    assert cut("図書館") == ["図", "書館"]
    assert cut(f"図書館。{kana}") == [*"図書館。", kana]
    assert cut(f"{kana}、日本") == [kana, "、", "日", "本"]


def test_kana_of_one_text_say_nothing_of_the_other() -> None:
    texts = ("苹果", "りんご、苹果")
    pieces = [
        Piece(7, part, start, end, special=False, segment=segment)
        for segment, part, start, end in [
            (0, "苹", 0, 1), (0, "果", 1, 2), (1, "苹", 4, 5), (1, "果", 5, 6)
        ]
    ]  # fmt: skip
    assert words(build_sequence(pieces, texts)) == ["苹果", "苹", "果"]


@given(st.text(st.one_of(st.characters(), st.sampled_from("苹果很好吃國學々のカ한\ufe00\u200d "))))
@settings(max_examples=300, deadline=None)
def test_words_are_in_order_and_each_is_some_of_unicode_s(text: str) -> None:
    spans = word_spans(text)
    assert spans == word_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    left_out = set(range(len(text))) - {i for start, end in spans for i in range(start, end)}
    assert all(text[i].isspace() for i in left_out)
    bounds = {match.start() for match in regex.finditer(r"(?w)\b", text)} | {0, len(text)}
    assert {bound for span in spans for bound in span} <= bounds
    for start, end in spans:
        inner = [i for i in range(start + 1, end) if i in bounds]
        assert not inner or all(regex.match(r"\p{Han}", text[i]) for i in [start, *inner])


def test_a_mask_token_is_a_word_whatever_stands_beside_it() -> None:
    for text, others in (
        ("un[MASK]able", ["un", "able"]),
        ("苹[MASK]\u0301果", ["苹", "\u0301果"]),
    ):
        start = text.index("[MASK]")
        end = start + len("[MASK]")
        pieces = pieces_of(text, (0, start), (start, end), (end, len(text)))
        pieces[1] = dataclasses.replace(pieces[1], mask=True)
        assert words(build_sequence(pieces, (text,))) == [others[0], "[MASK]", others[1]]


def test_the_pieces_of_a_word_share_it() -> None:
    text = "I didn't"
    sequence = build_sequence(pieces_of(text, (0, 1), (2, 6), (6, 7), (7, 8)), (text,))
    assert words(sequence) == ["I", "didn't"]
    assert [token.word for token in sequence.tokens] == [0, 1, 1, 1]
    assert sequence.words[1].tokens == (1, 2, 3)


def test_words_that_share_a_token_are_joined() -> None:
    text = "苹果很好"
    sequence = build_sequence(pieces_of(text, (0, 1), (1, 3), (3, 4)), (text,))
    assert words(sequence) == ["苹果很", "好"]
    chained = build_sequence(pieces_of("a-b c", (0, 2), (2, 3), (4, 5)), ("a-b c",))
    assert words(chained) == ["a-", "b", "c"]


def test_tokens_that_split_one_character_stand_for_it_and_share_its_word() -> None:
    text = "x👍"
    sequence = build_sequence(pieces_of(text, (0, 1), (1, 2), (1, 2), (1, 2)), (text,))
    assert [token.text for token in sequence.tokens] == ["x", "👍", "👍", "👍"]
    assert [token.word for token in sequence.tokens] == [0, 1, 1, 1]


def test_the_space_before_a_word_is_not_part_of_its_text() -> None:
    text = "a saw"
    sequence = build_sequence(pieces_of(text, (0, 1), (1, 5)), (text,))
    token = sequence.tokens[1]
    assert (token.text, token.start, token.end) == ("saw", 2, 5)


def test_a_token_of_white_space_alone_is_a_word_by_itself() -> None:
    text = "a\n\nb"
    sequence = build_sequence(pieces_of(text, (0, 1), (1, 3), (3, 4)), (text,))
    assert words(sequence) == ["a", "\n\n", "b"]


def test_a_space_that_the_tokenizer_puts_before_a_text_is_none_of_its_letters() -> None:
    """SentencePiece's "▁" before "Ab" has the offsets of the "A"."""
    pieces = [Piece(1, "▁", 0, 1, False, 0), Piece(2, "A", 0, 1, False, 0)]
    made = build_sequence([*pieces, Piece(3, "b", 1, 2, False, 0)], ("Ab",))
    assert [(token.text, token.start, token.end) for token in made.tokens] == [
        (" ", None, None),
        ("A", 0, 1),
        ("b", 1, 2),
    ]
    assert [word.text for word in made.words] == ["Ab"]
    assert made.words[0].tokens == (0, 1, 2)


@pytest.mark.parametrize(("start", "end"), [(2, 2), (2, 3), (1, 2)])
def test_a_space_that_stands_alone_is_the_one_before(start: int, end: int) -> None:
    """RoBERTa's lone "Ġ" counts no characters, SentencePiece's "▁" the next letter's or its own."""
    pieces = [Piece(1, "a", 0, 1, False, 0), Piece(2, "Ġ", start, end, False, 0)]
    made = build_sequence([*pieces, Piece(3, "€", 2, 3, False, 0)], ("a €",))
    assert made.tokens[1].text == " "
    assert (made.tokens[1].start, made.tokens[1].end) == (1, 2)


def test_special_tokens_are_words_without_characters() -> None:
    pieces = [
        Piece(101, "[CLS]", 0, 0, True, 0),
        Piece(7, "hi", 0, 2, False, 0),
        Piece(102, "[SEP]", 0, 0, True, 0),
    ]
    sequence = build_sequence(pieces, ("hi",))
    assert [(t.text, t.start, t.special) for t in sequence.tokens] == [
        ("[CLS]", None, True),
        ("hi", 0, False),
        ("[SEP]", None, True),
    ]
    assert [word.special for word in sequence.words] == [True, False, True]


def test_words_of_a_pair_never_cross_its_border() -> None:
    first = [Piece(1, "ab", 0, 2, False, 0)]
    second = [Piece(2, "ab", 0, 2, False, 1), Piece(3, "c", 2, 3, False, 1)]
    sequence = build_sequence(first + second, ("ab", "abc"))
    assert [(w.text, w.segment) for w in sequence.words] == [("ab", 0), ("abc", 1)]


@pytest.mark.parametrize("blank", ["", " ", "\n\t ", "\u3000"])
def test_a_blank_text_is_refused(blank: str) -> None:
    with pytest.raises(EmptyText, match="type a sentence"):
        check_text(blank)


def test_a_lone_surrogate_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidText, match=r"character 2 is a lone surrogate \(U\+D83D\)"):
        check_text("ab\ud83d")


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_words_partition_the_tokens_whatever_the_text_and_cut(data: st.DataObject) -> None:
    text = data.draw(st.text(min_size=1, max_size=40))
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    bounds = [0, *cuts, len(text)]
    pieces = pieces_of(text, *itertools.pairwise(bounds))
    sequence = build_sequence(pieces, (text,))

    assert [t for word in sequence.words for t in word.tokens] == list(range(len(pieces)))
    for pos, token in enumerate(sequence.tokens):
        word = sequence.words[token.word]
        assert pos in word.tokens
        if token.start is not None and token.end is not None:
            assert token.text == text[token.start : token.end]
        if token.start is not None and word.start is not None and not token.text.isspace():
            assert word.start <= token.start < word.end  # type: ignore[operator]
    whole = set(word_spans(text))
    typed = [w for w in sequence.words if w.start is not None and not w.text.isspace()]
    for word in typed:
        assert any(start == word.start for start, _ in whole)
        assert any(end == word.end for _, end in whole)
