"""Minimal pairs: the alignment by hand and by law, and what moved against plain arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from headlight.models.core.errors import InvalidSelection, WordNotFound
from headlight.models.core.trace import Trace
from headlight.models.experiments.effects import change_between
from headlight.models.experiments.pairs import (
    Aligned,
    Pair,
    differences,
    pair_up,
    query_rows,
    rank_heads,
    row_total_variations,
    vector_change,
)
from headlight.models.measures.locate import Position
from tests.models.traces import (
    decoder_trace,
    encoder_trace,
    sequence,
    trace_with_patterns,
    translation_trace,
)

Row = tuple[int | None, int | None, str]


def rows(alignment: tuple[Aligned, ...] | None) -> list[Row]:
    assert alignment is not None
    return [(at.before, at.after, at.state) for at in alignment]


def aligned(text: str, other: str, level: Any = "token") -> list[Row]:
    return rows(pair_up(encoder_trace(text), encoder_trace(other), level).reads)


# The alignment, by hand


def test_a_word_for_a_word_stands_one_to_one() -> None:
    assert aligned("it was tired .", "it was wide .") == [
        (0, 0, "same"), (1, 1, "same"), (2, 2, "same"), (3, 3, "changed"), (4, 4, "same"),
        (5, 5, "same"),
    ]  # fmt: skip


def test_a_word_of_more_tokens_stands_alone_and_so_does_what_it_replaces() -> None:
    assert aligned("a cat .", "a dino|saur .") == [
        (0, 0, "same"), (1, 1, "same"), (2, None, "only"), (None, 2, "only"), (None, 3, "only"),
        (3, 4, "same"), (4, 5, "same"),
    ]  # fmt: skip


def test_at_word_level_a_word_of_more_tokens_is_one_word() -> None:
    assert aligned("a cat .", "a dino|saur .", "word")[2] == (2, 2, "changed")


def test_a_word_that_is_added_has_nobody_beside_it() -> None:
    assert aligned("it was good", "it was not good")[3:5] == [(None, 3, "only"), (3, 4, "same")]
    assert aligned("it was not good", "it was good")[3:5] == [(3, None, "only"), (4, 3, "same")]


def test_pieces_that_both_words_begin_or_end_with_are_the_same() -> None:
    found = aligned("un|do|able law", "un|believ|able law")
    assert [state for _, _, state in found] == ["same"] * 2 + ["changed"] + ["same"] * 3
    other = aligned("un|able law", "un|believ|able law")
    assert [row for row in other if row[2] != "same"] == [(None, 2, "only")]


def test_what_differs_is_told_in_characters_of_whole_words() -> None:
    pair = pair_up(encoder_trace("a play|ing cat"), encoder_trace("a read|ing cat"))
    before, after = pair.places
    assert (before.text, before.start, before.end) == ("playing", 2, 9)
    assert (after.text, after.start, after.end) == ("reading", 2, 9)
    added = pair_up(encoder_trace("a cat"), encoder_trace("a red cat")).places
    assert (added[0].text, added[0].start, added[0].end) == ("", 1, 1)
    assert (added[1].text, added[1].start, added[1].end) == ("red", 2, 5)


def test_the_second_text_of_a_pair_is_the_same_beside_both() -> None:
    pair = pair_up(encoder_trace("who ran", "he did"), encoder_trace("who sat", "he did"))
    assert [at.state for at in pair.reads] == ["same"] * 2 + ["changed"] + ["same"] * 4
    assert pair.target is None


# What is refused


@pytest.mark.parametrize(
    ("text", "other", "words"),
    [
        ("a cat", "a cat", "are the same"),
        ("the cat saw", "a cat sat", "differ in 2 places: “the” / “a”, “saw” / “sat”"),
        ("dog bites man", "man bites dog", "differ in 2 places"),
        (
            "a b c d e f g h i",
            "z b y d x f w h v",
            "5 places: “a” / “z”, “c” / “y”, “e” / “x” and 2",
        ),
        ("good morning to all", "yes", "nothing in common"),
    ],
)
def test_texts_that_are_no_minimal_pair_are_refused(text: str, other: str, words: str) -> None:
    with pytest.raises(InvalidSelection, match=words) as refused:
        pair_up(encoder_trace(text), encoder_trace(other))
    assert refused.value.argument == "other"


def test_texts_that_the_model_reads_alike_are_refused_as_such() -> None:
    trace = encoder_trace("a cat")
    with pytest.raises(InvalidSelection, match="hand reads both texts alike"):
        pair_up(trace, replace(trace, text="A cat"))


# The alignment, by law

RUN = st.lists(st.sampled_from("abc"), max_size=5)
OLD, NEW = (st.lists(st.sampled_from(letters), max_size=4) for letters in ("xyz", "uvw"))


@given(RUN, OLD, NEW, RUN)
def test_one_replaced_run_is_found_again(
    start: list[str], old: list[str], new: list[str], end: list[str]
) -> None:
    found = differences(start + old + end, start + new + end)
    if old or new:
        here = len(start)
        assert found == [(slice(here, here + len(old)), slice(here, here + len(new)))]
    else:
        assert found == []


ANY = st.lists(st.sampled_from("abcd"), max_size=9)


@given(ANY, ANY)
def test_outside_the_places_that_differ_the_lists_are_the_same(
    one: list[str], two: list[str]
) -> None:
    found = differences(one, two)
    at = 0, 0
    for ours, theirs in found:
        assert one[at[0] : ours.start] == two[at[1] : theirs.start]
        assert ours.stop > ours.start or theirs.stop > theirs.start
        at = ours.stop, theirs.stop
    assert one[at[0] :] == two[at[1] :]


WORDS = st.lists(st.sampled_from(["a", "law", "un|do", "re|pea|ted"]), min_size=1, max_size=4)
CHANGED = st.sampled_from(["", "cat", "dino|saur", "in|con|ceiv|able", "so be"])


@given(WORDS, CHANGED, CHANGED, WORDS, st.sampled_from(["token", "word"]))
def test_an_alignment_goes_upwards_misses_nobody_and_is_the_mirror_of_its_mirror(
    start: list[str], old: str, new: str, end: list[str], level: Any
) -> None:
    if old == new:
        return
    texts = [" ".join([*start, *filter(None, [middle]), *end]) for middle in (old, new)]
    one, two = (encoder_trace(text, layers=1) for text in texts)
    there, back = pair_up(one, two, level), pair_up(two, one, level)
    for side, trace in (("before", one), ("after", two)):
        assert trace.encoder is not None
        count = len(trace.encoder.words) if level == "word" else len(trace.encoder)
        positions = [getattr(at, side) for at in there.reads]
        assert [pos for pos in positions if pos is not None] == list(range(count))
    assert {(b, a, state) for a, b, state in rows(back.reads)} == set(rows(there.reads))
    assert there.places == back.places[::-1]
    forth, again = (
        {(h.layer, h.head): h.total_variation for h in rank_heads(p)} for p in (there, back)
    )
    assert forth == pytest.approx(again)


# What moved, by hand


def made(text: str, pattern: list[list[float]]) -> Trace:
    tower = sequence(text, first="", last="")
    return trace_with_patterns([torch.tensor([pattern])], tower, text=text.replace("|", ""))


def test_total_variation_is_half_of_what_the_weights_differ_by() -> None:
    before = made("a b c", [[0.5, 0.25, 0.25], [1.0, 0, 0], [0.2, 0.3, 0.5]])
    after = made("a b d", [[0.5, 0.25, 0.25], [0, 0, 1.0], [0.3, 0.3, 0.4]])
    pair = pair_up(before, after)
    assert row_total_variations(pair, "encoder", 0, 0) == pytest.approx([0.0, 1.0, 0.1], abs=1e-6)
    (head,) = rank_heads(pair)
    assert (head.kind, head.layer, head.head, head.row_total_variation) == ("encoder", 0, 0, None)
    assert head.total_variation == pytest.approx(1.1 / 3, abs=1e-6)
    (asked,) = rank_heads(pair, "b")
    assert asked.row_total_variation == pytest.approx(1.0, abs=1e-6)
    assert asked.total_variation == pytest.approx(head.total_variation)


def test_keys_of_one_text_alone_count_as_one_key() -> None:
    """0.6 on "cat" against 0.35 + 0.25 on both pieces of the longer word: nothing moved."""
    before = made("a cat", [[0.4, 0.6], [0.1, 0.9]])
    after = made("a dino|saur", [[0.4, 0.35, 0.25], [0.2, 0.4, 0.4], [0.3, 0.3, 0.4]])
    pair = pair_up(before, after)
    assert row_total_variations(pair, "encoder", 0, 0)[0] == pytest.approx(0, abs=1e-6)
    assert row_total_variations(pair, "encoder", 0, 0)[1:] == [None, None, None]
    shifted = made("a dino|saur", [[0.1, 0.65, 0.25], [0.2, 0.4, 0.4], [0.3, 0.3, 0.4]])
    again = pair_up(before, shifted)
    assert row_total_variations(again, "encoder", 0, 0)[0] == pytest.approx(0.3, abs=1e-6)


def test_at_word_level_rows_are_words_and_weights_are_sums_over_their_tokens() -> None:
    before = made("a cat", [[0.4, 0.6], [0.1, 0.9]])
    after = made("a dino|saur", [[0.1, 0.65, 0.25], [0.2, 0.4, 0.4], [0.4, 0.3, 0.3]])
    pair = pair_up(before, after, "word")
    # The word's row is the mean of its tokens' rows: [0.3, 0.7] against [0.1, 0.9].
    assert row_total_variations(pair, "encoder", 0, 0) == pytest.approx([0.3, 0.2], abs=1e-6)


def by_numpy(pair: Pair, kind: Any, layer: int, head: int) -> list[float]:
    """The same from whole patterns, key by key, in numpy."""
    patterns = [
        trace.site(kind, layer).pattern([head])[0].numpy().astype(float)
        for trace in (pair.before, pair.after)
    ]
    found = []
    for query in pair.queries(kind):
        if query.before is None or query.after is None:
            continue
        ours, theirs = patterns[0][query.before], patterns[1][query.after]
        gap, alone = 0.0, np.zeros(2)
        for key in pair.keys(kind):
            if key.before is not None and key.after is not None:
                gap += abs(ours[key.before] - theirs[key.after])
            elif key.before is not None:
                alone[0] += ours[key.before]
            elif key.after is not None:
                alone[1] += theirs[key.after]
        found.append((gap + abs(alone[0] - alone[1])) / 2)
    return found


@pytest.mark.parametrize("other", ["The law will be in|con|ceiv|able", "The cat will be just"])
@pytest.mark.parametrize("make", [encoder_trace, decoder_trace])
def test_every_head_moves_as_numpy_says(make: Any, other: str) -> None:
    text = "The law will be just"
    pair = pair_up(make(text), make(other))
    heads = rank_heads(pair)
    assert len(heads) == 2 * 3
    assert [h.total_variation for h in heads] == sorted(
        (h.total_variation for h in heads), reverse=True
    )
    for head in heads:
        by_row = by_numpy(pair, head.kind, head.layer, head.head)
        assert head.total_variation == pytest.approx(np.mean(by_row), abs=1e-6)
        assert 0 <= head.total_variation <= 1
        ours = [
            row
            for row in row_total_variations(pair, head.kind, head.layer, head.head)
            if row is not None
        ]
        assert ours == pytest.approx(by_row, abs=1e-6)


def test_heads_come_by_the_query_s_row_where_there_is_one() -> None:
    pair = pair_up(encoder_trace("the law is just"), encoder_trace("the law is cruel"))
    heads = rank_heads(pair, "law")
    moved = [head.row_total_variation for head in heads]
    assert all(value is not None for value in moved)
    assert moved == sorted(moved, key=lambda value: -(value or 0))
    for head in heads:
        row = row_total_variations(pair, head.kind, head.layer, head.head)[2]
        assert head.row_total_variation == pytest.approx(row)


def test_a_query_of_several_tokens_is_the_mean_of_its_rows() -> None:
    pair = pair_up(encoder_trace("the un|just law"), encoder_trace("the un|just cat"))
    for head in rank_heads(pair, "unjust"):
        found = row_total_variations(pair, head.kind, head.layer, head.head)
        assert head.row_total_variation == pytest.approx((found[2] + found[3]) / 2)


def test_a_query_that_one_text_has_alone_is_refused() -> None:
    pair = pair_up(encoder_trace("a cat ran"), encoder_trace("a dino|saur ran"))
    with pytest.raises(
        InvalidSelection, match="“cat” stands in the first text and not in the second"
    ) as refused:
        rank_heads(pair, "cat")
    assert refused.value.argument == "query"
    with pytest.raises(WordNotFound):
        rank_heads(pair, "bird")
    with pytest.raises(InvalidSelection, match="99"):
        query_rows(pair, Position(99))


# An encoder-decoder model


def test_the_target_is_the_same_beside_both_texts() -> None:
    one = translation_trace("the law is just")
    two = translation_trace("the law is in|con|ceiv|able")
    pair = pair_up(one, two)
    assert one.decoder is not None
    assert rows(pair.target) == [(i, i, "same") for i in range(len(one.decoder))]
    assert pair.queries("cross") is pair.target
    assert pair.keys("cross") is pair.reads
    assert pair.queries("decoder") is pair.keys("decoder") is pair.target
    heads = rank_heads(pair)
    assert {head.kind for head in heads} == {"encoder", "decoder", "cross"}
    for head in heads:
        by_row = by_numpy(pair, head.kind, head.layer, head.head)
        assert head.total_variation == pytest.approx(np.mean(by_row), abs=1e-6)


def test_texts_after_which_the_model_writes_different_targets_are_refused() -> None:
    with pytest.raises(InvalidSelection, match="give both a target") as refused:
        pair_up(translation_trace("a cat", "eine Katze"), translation_trace("a dog", "ein Hund"))
    assert refused.value.argument == "text_pair"


def test_heads_whose_queries_do_not_hold_the_word_come_last() -> None:
    pair = pair_up(translation_trace("the law is just"), translation_trace("the law is fair"))
    heads = rank_heads(pair, "law")
    known = [head.row_total_variation is not None for head in heads]
    assert known == sorted(known, reverse=True)
    assert {head.kind for head in heads if head.row_total_variation is not None} == {"encoder"}


# The last vectors


def with_hidden(trace: Trace) -> Trace:
    length = len(trace.encoder or ())
    made_ = torch.Generator().manual_seed(length)
    return replace(trace, hidden=torch.randn(length, 13, generator=made_))


def test_last_vectors_are_compared_position_by_position() -> None:
    one, two = (with_hidden(encoder_trace(text)) for text in ("a cat ran", "a dino|saur ran"))
    change = vector_change(pair_up(one, two))
    assert change is not None
    assert one.hidden is not None
    assert two.hidden is not None
    nothing = [2, 3, 4]
    assert change.cosine_distance[nothing].isnan().all()
    assert change.l2_distance[nothing].isnan().all()
    for row, ours, theirs in ((0, 0, 0), (1, 1, 1), (5, 3, 4), (6, 4, 5)):
        a, b = one.hidden[ours].double().numpy(), two.hidden[theirs].double().numpy()
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert float(change.cosine_distance[row]) == pytest.approx(1 - cosine)
        assert float(change.l2_distance[row]) == pytest.approx(np.linalg.norm(b - a), rel=1e-5)
    means = one.hidden.mean(0, keepdim=True), two.hidden.mean(0, keepdim=True)
    assert change.sentence_cosine_distance == change_between(*means).sentence_cosine_distance


def test_a_word_s_vector_is_the_mean_of_its_tokens() -> None:
    one, two = (with_hidden(encoder_trace(text)) for text in ("a cat ran", "a dino|saur ran"))
    change = vector_change(pair_up(one, two, "word"))
    assert change is not None
    assert one.hidden is not None
    assert two.hidden is not None
    assert len(change.l2_distance) == 5
    gap = two.hidden[2:4].mean(0) - one.hidden[2]
    assert float(change.l2_distance[2]) == pytest.approx(float(gap.norm()), rel=1e-5)


def test_a_model_that_keeps_no_vectors_has_no_change_of_them() -> None:
    assert vector_change(pair_up(encoder_trace("a cat"), encoder_trace("a dog"))) is None
