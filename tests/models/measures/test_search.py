"""Which head links X to Y: finding the two places, ranking the heads, and honesty."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.models.core.attention import Kind
from headlight.models.core.errors import InputError, InvalidSelection, WordNotFound
from headlight.models.core.trace import Trace
from headlight.models.measures.locate import Position, Side, Span, TokenSelector, TokenSpan, locate
from headlight.models.measures.search import SearchResult, search_heads
from tests.models.traces import (
    HEADS,
    decoder_trace,
    encoder_trace,
    sequence,
    trace_with_patterns,
    translation_trace,
)

ENCODER = encoder_trace()  # [CLS] The law will be un|believ|able , but its app|lication ... [SEP]
PAIR = encoder_trace("The saw saw|ed the law", "A law is a saw")
CHINESE = encoder_trace("苹~果~很~好~吃 苹~果")
TRANSLATION = translation_trace()


def tokens(
    trace: Trace, wanted: TokenSelector, kind: Kind = "encoder", side: Side = "query"
) -> str:
    """The text of the tokens found, joined by spaces."""
    place = locate(trace, kind, side, wanted)
    tower = trace.query_sequence(kind) if side == "query" else trace.key_sequence(kind)
    assert place.words == tuple(sorted({tower.tokens[pos].word for pos in place.tokens}))
    return " ".join(tower.tokens[pos].text for pos in place.tokens)


# Places


def test_a_word_is_its_first_whole_occurrence() -> None:
    assert locate(ENCODER, "encoder", "query", "be") == TokenSpan("be", (4,), (4,), 2)
    assert locate(PAIR, "encoder", "query", "saw") == TokenSpan("saw", (2,), (2,), 2)
    assert locate(PAIR, "encoder", "key", "law").tokens == (6,)


def test_a_place_says_how_often_its_text_stands_in_its_own_case() -> None:
    trace = encoder_trace("a saw A saw")
    assert locate(trace, "encoder", "query", "saw").occurrences == 2
    assert locate(trace, "encoder", "query", "a").occurrences == 1
    assert locate(trace, "encoder", "query", Position(2)).occurrences == 1


def test_the_answer_says_which_of_several_places_were_taken() -> None:
    trace = encoder_trace("a saw a saw")
    both = search_heads(trace, "saw", "saw").message
    assert both.endswith(
        "“saw” stands 2 times in the text; both query and key are the first, token 2. Name another "
        "by its position or its characters."
    )
    one = search_heads(trace, Position(4), "saw").message
    assert "“saw” stands 2 times in the text; the key is the first, token 2." in one
    assert "times in the text" not in search_heads(trace, Position(4), Position(2)).message


def test_the_same_case_comes_before_any_case() -> None:
    assert locate(PAIR, "encoder", "query", "the").tokens == (5,)
    assert locate(PAIR, "encoder", "query", "The").tokens == (1,)
    assert locate(PAIR, "encoder", "query", "THE") == TokenSpan("The", (1,), (1,), 2)
    assert locate(PAIR, "encoder", "query", "A").tokens == (8,)


DECOMPOSED = encoder_trace("a cafe\u0301 has appli\u00ad~cation Å")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("caf\u00e9", "cafe\u0301"),
        ("CAF\u00c9", "cafe\u0301"),
        ("cafe\u0301", "cafe\u0301"),
        ("application", "appli\u00ad cation"),
        ("a\u200dpplication", "appli\u00ad cation"),
        ("caf\u00e9  has", "cafe\u0301 has"),
        ("\u212b", "Å"),
    ],
)
def test_what_reads_the_same_is_found_however_it_is_encoded(wanted: str, found: str) -> None:
    assert tokens(DECOMPOSED, wanted) == found


def test_what_is_encoded_as_it_was_typed_comes_first() -> None:
    both = encoder_trace("cafe\u0301 caf\u00e9")
    assert locate(both, "encoder", "query", "caf\u00e9").tokens == (2,)
    assert locate(both, "encoder", "query", "cafe\u0301").tokens == (1,)


def test_an_accent_is_no_matter_of_encoding() -> None:
    with pytest.raises(WordNotFound):
        locate(DECOMPOSED, "encoder", "query", "cafe")


def test_a_word_of_several_pieces_is_all_of_them() -> None:
    assert tokens(ENCODER, "unbelievable") == "un believ able"
    assert tokens(ENCODER, " Application ") == "app lication"


def test_a_string_may_span_words() -> None:
    assert tokens(ENCODER, "the law") == "The law"
    assert tokens(ENCODER, "be  \n unbelievable ,") == "be un believ able ,"
    assert locate(CHINESE, "encoder", "query", "苹果") == TokenSpan("苹果", (1, 2), (1, 2), 2)
    assert locate(CHINESE, "encoder", "query", "吃 苹").tokens == (5, 6)


def test_a_part_of_a_word_answers_to_its_own_text_when_no_whole_word_does() -> None:
    assert locate(ENCODER, "encoder", "query", "able") == TokenSpan("able", (7,), (5,))
    assert tokens(ENCODER, "believable") == "believ able"
    assert locate(PAIR, "encoder", "query", "ed").tokens == (4,)


def test_a_special_token_answers_to_its_own_text() -> None:
    assert locate(PAIR, "encoder", "query", "[SEP]") == TokenSpan("[SEP]", (7,), (6,))
    assert locate(ENCODER, "encoder", "key", "[CLS]").tokens == (0,)


@pytest.mark.parametrize(
    "wanted", ["", "  ", "aw", "xyzzy", "lawyer", "un believable", "(.*)", "elieva", "sep"]
)
def test_what_the_text_does_not_hold_is_refused_with_what_it_holds(wanted: str) -> None:
    with pytest.raises(WordNotFound) as caught:
        locate(ENCODER, "encoder", "key", wanted)
    assert caught.value.argument == "key"
    assert f"“{wanted}”" in caught.value.message
    assert "The, law, will" in caught.value.message
    assert "0 to 16" in caught.value.message


def test_a_very_long_word_is_not_repeated_in_full() -> None:
    with pytest.raises(WordNotFound) as caught:
        locate(encoder_trace(" ".join(["a"] * 50)), "encoder", "query", "x" * 100_000)
    assert len(caught.value.message) < 400
    assert "and 38 more" in caught.value.message


def test_a_position_is_one_token_even_inside_a_word() -> None:
    assert locate(ENCODER, "encoder", "query", Position(6)) == TokenSpan("believ", (6,), (5,))
    assert locate(ENCODER, "encoder", "query", Position(0)) == TokenSpan("[CLS]", (0,), (0,))


@pytest.mark.parametrize("position", [-1, 17, 10**12])
def test_a_position_outside_the_text_is_refused_with_the_range(position: int) -> None:
    with pytest.raises(InvalidSelection, match=f"position {position} is outside 0 to 16") as caught:
        locate(ENCODER, "encoder", "query", Position(position))
    assert caught.value.argument == "query"


def test_a_span_takes_every_token_that_it_touches() -> None:
    assert tokens(ENCODER, Span(4, 7)) == "law"
    assert locate(ENCODER, "encoder", "query", Span(2, 5)).text == "e l"
    assert tokens(ENCODER, Span(2, 5)) == "The law"
    assert tokens(PAIR, Span(2, 5, segment=1), side="key") == "law"


@pytest.mark.parametrize(
    ("span", "complaint"),
    [
        (Span(-1, 3), "characters -1 to 3"),
        (Span(3, 3), "characters 3 to 3"),
        (Span(5, 4), "characters 5 to 4"),
        (Span(0, 1000), "of 65 characters"),
        (Span(3, 4), "belong to no token"),
        (Span(0, 3, segment=1), "segment 1 is outside 0 to 0"),
        (Span(0, 3, segment=-1), "segment -1 is outside 0 to 0"),
    ],
)
def test_a_span_that_names_nothing_is_refused(span: Span, complaint: str) -> None:
    with pytest.raises(InvalidSelection, match=complaint) as caught:
        locate(ENCODER, "encoder", "key", span)
    assert caught.value.argument == "key"


def test_in_translation_the_decoder_asks_and_the_encoder_answers() -> None:
    assert tokens(TRANSLATION, "Gesetz", "cross", "query") == "Ge setz"
    assert tokens(TRANSLATION, "law", "cross", "key") == "law"
    assert tokens(TRANSLATION, Span(4, 10), "decoder", "key") == "Ge setz"
    with pytest.raises(WordNotFound):
        locate(TRANSLATION, "cross", "query", "law")


# Ranking


def brute_force(trace: Trace, result: SearchResult) -> None:
    """Every number of the result again, in plain Python loops."""
    best_of_pair: dict[tuple[Kind, int, int], float] = {}
    for link in result.heads:
        query, key = trace.query_sequence(link.kind), trace.key_sequence(link.kind)
        ask, told = result.query, result.key
        site = trace.site(link.kind, link.layer)
        p = site.pattern([link.head])[0].double().tolist()
        row = [sum(p[i][j] for i in ask.tokens) / len(ask.tokens) for j in range(len(key))]
        weight = sum(row[j] for j in told.tokens)
        assert link.weight == pytest.approx(weight, abs=1e-6)

        others = [w for i, w in enumerate(key.words) if i not in told.words]
        stronger = sum(sum(row[j] for j in word.tokens) > weight + 1e-7 for word in others)
        assert link.rank == 1 + stronger

        plain = sum(row[j] for j in told.tokens if not key.tokens[j].special)
        special = sum(row[j] for j in range(len(key)) if key.tokens[j].special)
        assert link.weight_without_special == pytest.approx(plain / (1 - special), abs=1e-5)

        def word_weight(i: int, j: int) -> float:
            pieces = query.words[i].tokens  # noqa: B023
            asked = key.words[j].tokens  # noqa: B023
            return sum(p[a][b] for a in pieces for b in asked) / len(pieces)  # noqa: B023

        n, m = len(query.words), len(key.words)
        tall, wide = len(ask.words), len(told.words)
        peers, weaker = 0, 0
        for shift in range(-n, n + 1):
            first_query, first_key = ask.words[0] + shift, told.words[0] + shift
            if min(first_query, first_key) < 0 or first_query + tall > n or first_key + wide > m:
                continue
            peers += 1
            total = sum(
                word_weight(first_query + a, first_key + b)
                for a in range(tall)
                for b in range(wide)
            )
            weaker += shift != 0 and total / tall < link.weight - 1e-7
        assert link.percentile == pytest.approx(100 * weaker / peers)

        may_look = torch.ones(site.query_len, site.key_len, dtype=torch.bool)
        if site.mask is not None:
            may_look = site.mask.expand(site.n_heads, -1, -1)[link.head]
        for i in range(n):
            for j in range(m):
                same = link.kind != "cross" and i == j
                allowed = any(
                    may_look[a, b] for a in query.words[i].tokens for b in key.words[j].tokens
                )
                if same or query.words[i].special or key.words[j].special or not allowed:
                    continue
                found = best_of_pair.get((link.kind, i, j), 0.0)
                best_of_pair[link.kind, i, j] = max(found, word_weight(i, j))
    assert result.chance == pytest.approx(statistics.median(best_of_pair.values()), abs=1e-6)
    best = result.heads[0].weight
    assert result.found == (best > result.uniform and best > (result.chance or 0))


SHORT = encoder_trace("The law is un|just ,", "its app|lic|ation")


@pytest.mark.parametrize(
    ("trace", "query", "key"),
    [
        (SHORT, "law", "is"),
        (SHORT, "unjust", "application"),
        (SHORT, "application", "unjust"),
        (SHORT, "its application", "The law is"),
        (SHORT, Position(5), "just"),
        (SHORT, "law", "law"),
        (SHORT, "[CLS]", "its"),
        (decoder_trace("a b|c d e f|g"), "fg", "bc"),
        (decoder_trace("a b|c d e f|g"), "b", "a"),
        (decoder_trace("a b c", sinks=torch.tensor([-9.0, -9.0, -9.0])), "c", "a"),
    ],
)
def test_every_number_is_its_definition(
    trace: Trace, query: TokenSelector, key: TokenSelector
) -> None:
    brute_force(trace, search_heads(trace, query, key))


@settings(deadline=None)
@given(st.integers(0, 8), st.integers(0, 8))
def test_any_two_tokens_can_be_asked_about(query: int, key: int) -> None:
    trace = encoder_trace("a b|c d e|f g", layers=1)
    result = search_heads(trace, Position(query), Position(key))
    assert len(result.heads) == HEADS
    for link in result.heads:
        weight = trace.sites[0].pattern([link.head])[0, query, key]
        assert link.weight == pytest.approx(float(weight), abs=1e-6)
        assert 0 <= link.weight_without_special <= 1
        assert 0 <= link.percentile <= 100


def test_all_heads_are_ranked_strongest_first() -> None:
    result = search_heads(ENCODER, "its", "law")
    weights = [link.weight for link in result.heads]
    assert weights == sorted(weights, reverse=True)
    assert {(link.layer, link.head) for link in result.heads} == {
        (layer, head) for layer in range(2) for head in range(HEADS)
    }
    assert result.query.text == "its"
    assert result.key.text == "law"


def test_equal_heads_stay_in_the_order_of_the_model() -> None:
    result = search_heads(encoder_trace(sharpness=0.0), "its", "law")
    assert [(link.layer, link.head) for link in result.heads] == [
        (layer, head) for layer in range(2) for head in range(HEADS)
    ]


def one_head(rows: list[list[float]], text: str = "x y") -> Trace:
    tower = sequence(text, first="[CLS]", last="")
    return trace_with_patterns([torch.tensor([rows])], tower, text=text)


def test_three_words_worked_by_hand() -> None:
    trace = one_head([[0.2, 0.3, 0.5], [0.5, 0.125, 0.375], [0.75, 0.125, 0.125]])
    result = search_heads(trace, "x", "y")
    (link,) = result.heads
    assert link.weight == pytest.approx(0.375)
    assert link.rank == 2  # [CLS] gets 0.5
    assert link.weight_without_special == pytest.approx(0.375 / 0.5)
    assert link.percentile == 50.0  # two links one word ahead: 0.3 and its own
    assert result.chance == pytest.approx(0.25)  # x -> y 0.375, y -> x 0.125
    assert result.uniform == pytest.approx(1 / 3)
    assert result.found
    assert result.message == "Layer 0 head 0 links “x” to “y” the most: 0.38."


def test_no_head_does_when_the_best_is_no_better_than_chance() -> None:
    trace = one_head([[0.2, 0.3, 0.5], [0.5, 0.125, 0.375], [0.75, 0.125, 0.125]])
    result = search_heads(trace, "y", "x")
    assert not result.found
    assert result.message.startswith("No head links “y” to “x” more than chance: the best, layer 0")
    assert "gives 0.12" in result.message


def test_no_head_does_when_the_best_is_no_better_than_looking_everywhere() -> None:
    trace = one_head([[1.0, 0.0, 0.0], [0.7, 0.0, 0.3], [0.9, 0.1, 0.0]])
    result = search_heads(trace, "x", "y")
    assert result.chance == pytest.approx(0.2)
    assert not result.found
    assert "no more than a query that looks everywhere alike (0.33)" in result.message


def test_a_text_of_one_word_has_no_chance_to_compare_with() -> None:
    result = search_heads(encoder_trace("law"), "law", "law")
    assert result.chance is None
    assert result.uniform == pytest.approx(1 / 3)
    assert result.found == (result.heads[0].weight > 1 / 3)


def test_a_special_key_has_no_share_once_special_tokens_are_left_out() -> None:
    result = search_heads(ENCODER, "its", "[SEP]")
    assert all(link.weight > 0 for link in result.heads)
    assert all(link.weight_without_special == 0 for link in result.heads)


def test_a_share_is_exact_even_where_special_tokens_take_almost_everything() -> None:
    tiny = 2.0**-40
    trace = one_head([[1.0, 0.0, 0.0], [1.0, tiny, 3 * tiny], [1.0, 0.0, 0.0]])
    link = search_heads(trace, "x", "y").heads[0]
    assert link.weight_without_special == pytest.approx(0.75, rel=1e-4)


def test_in_a_causal_model_alike_means_alike_over_what_came_before() -> None:
    trace = decoder_trace("a b c d e", sharpness=0.0)
    result = search_heads(trace, "d", "b")
    assert result.uniform == pytest.approx(1 / 4)
    assert result.heads[0].weight == pytest.approx(1 / 4)
    assert not result.found


def test_a_link_into_the_future_is_masked_and_the_answer_says_so() -> None:
    result = search_heads(decoder_trace(), "law", "its")
    assert not result.found
    assert result.uniform == 0
    assert all(link.weight == 0 for link in result.heads)
    assert result.message.startswith("No head may look from “law” to “its”: that link is masked")


def test_without_a_kind_only_kinds_that_hold_both_words_take_part() -> None:
    result = search_heads(TRANSLATION, "Gesetz", "law")
    assert {link.kind for link in result.heads} == {"cross"}
    assert len(result.heads) == 2 * HEADS
    assert "ross layer" in result.message
    within = search_heads(TRANSLATION, "its", "law")
    assert {link.kind for link in within.heads} == {"encoder"}
    everywhere = search_heads(TRANSLATION, Position(1), Position(1))
    assert {link.kind for link in everywhere.heads} == {"encoder", "decoder", "cross"}


def test_cross_attention_is_measured_like_any_other() -> None:
    brute_force(TRANSLATION, search_heads(TRANSLATION, "Gesetz", "unbelievable"))


def test_a_kind_may_be_chosen_and_must_exist() -> None:
    chosen = search_heads(TRANSLATION, Position(1), Position(1), kind="decoder")
    assert {link.kind for link in chosen.heads} == {"decoder"}
    with pytest.raises(InvalidSelection, match="has no cross attention") as caught:
        search_heads(ENCODER, "its", "law", kind="cross")
    assert caught.value.argument == "kind"


@pytest.mark.parametrize(
    ("query", "key", "field"),
    [("xyzzy", "law", "query"), ("its", "xyzzy", "key"), ("xyzzy", "plugh", "query"),
     ("its", "Gesetz", "key"), (Position(99), "law", "query")],
)  # fmt: skip
def test_the_error_names_the_side_that_cannot_be_found(
    query: TokenSelector, key: TokenSelector, field: str
) -> None:
    with pytest.raises(InputError) as caught:
        search_heads(TRANSLATION, query, key)
    assert caught.value.argument == field


def test_a_text_that_the_model_wrote_is_searched_too() -> None:
    written = replace(TRANSLATION, text_pair=None)
    assert search_heads(written, "Gesetz", "law").query.tokens == (2, 3)


def test_a_recorded_bert_is_ranked_by_its_own_numbers(shared: Path) -> None:
    """bert-base-uncased: which head leads from the second "the" of a sentence to its noun?"""
    recording = np.load(shared / "recordings" / "bert_base_cat.npz")
    layers = [torch.from_numpy(p) for p in recording["self"]]
    tower = sequence("the cat sat on the mat", "the cat lay on the rug")
    trace = trace_with_patterns(layers, tower, text="the cat sat on the mat")
    result = search_heads(replace(trace, text_pair="the cat lay on the rug"), Position(5), "mat")
    wanted = recording["self"][:, :, 5, 6]
    layer, head = np.unravel_index(wanted.argmax(), wanted.shape)
    best = result.heads[0]
    assert (best.layer, best.head, best.rank) == (layer, head, 1)
    assert best.weight == pytest.approx(float(wanted.max()), abs=1e-6)
    assert len(result.heads) == 144
    assert result.found
    brute_force(trace, result)
