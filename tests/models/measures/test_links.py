"""Following links: accuracy and weight worked by hand, baselines, chance and intervals against
plain Python, and the same weight as `search_heads` gives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import Trace
from headlight.models.measures.links import HeadLinks, KindLinks, Link, place_links
from headlight.models.measures.locate import Span
from headlight.models.measures.profile import profile
from headlight.models.measures.resampling import DRAWS, bootstrap, permuted_hits
from headlight.models.measures.search import search_heads
from tests.models.traces import (
    ENGLISH,
    GERMAN,
    causal_mask,
    decoder_trace,
    encoder_trace,
    plain,
    sequence,
    trace_with_patterns,
    translation_trace,
)

DOGS = "the old dog saw a big cat"  # [CLS] the old dog saw a big cat [SEP]
THE, OLD, DOG, SAW, A, BIG, CAT = ((0, 3), (4, 7), (8, 11), (12, 15), (16, 17), (18, 21), (22, 25))
DETERMINERS = [Link(Span(*THE), Span(*DOG)), Link(Span(*A), Span(*CAT))]


def looking(text: str, *looks: tuple[int, int, float]) -> Tensor:
    """[1, n, n]: 0.01 everywhere, and what each (query, key, weight) says; rows sum to 1."""
    n = len(sequence(text))
    pattern = torch.full((n, n), 0.01)
    for query, key, weight in looks:
        pattern[query, key] = weight
    return (pattern / pattern.sum(-1, keepdim=True))[None]


def followed(
    text: str, pattern: Tensor, links: list[Link], times: int = 1
) -> tuple[HeadLinks, KindLinks]:
    trace = trace_with_patterns([pattern], sequence(text), text=plain(text))
    found = profile([trace] * times, [links] * times)
    (head,) = found.heads
    (kind,) = found.kinds
    assert head.links is not None
    assert kind.links is not None
    return head.links, kind.links


def test_a_head_that_looks_from_determiner_to_noun_is_right() -> None:
    head, kind = followed(DOGS, looking(DOGS, (1, 3, 1.0), (5, 7, 0.5), (5, 6, 0.4)), DETERMINERS)
    assert head.accuracy == 1
    rows = (1 / 1.08, 0.5 / 0.97)
    assert head.weight == pytest.approx(sum(rows) / 2, abs=1e-6)
    assert (kind.links, kind.masked, kind.sentences) == (2, 0, 1)
    assert (kind.offset, kind.offset_accuracy) == (2, 1.0)
    assert kind.nearest_accuracy == 0  # "saw" before "a"; "the" is the first, and "old" is after it
    assert kind.chance == pytest.approx(1 / 6)
    assert kind.uniform_weight == pytest.approx(1 / 9)


def test_special_tokens_and_the_query_itself_are_no_answers() -> None:
    pattern = looking(DOGS, (1, 0, 3.0), (1, 1, 2.0), (1, 8, 4.0), (1, 3, 1.0))
    head, _ = followed(DOGS, pattern, DETERMINERS[:1])
    assert head.accuracy == 1
    assert head.weight == pytest.approx(1 / 10.05, abs=1e-6)


def test_a_word_of_pieces_gives_their_mean_and_takes_their_sum() -> None:
    text = "the un|real cat|s ran"  # 0 [CLS] 1 the 2 un 3 real 4 cat 5 s 6 ran 7 [SEP]
    pattern = looking(text, (2, 6, 0.5), (3, 4, 0.3), (3, 5, 0.3))
    link = [Link(Span(4, 10), Span(11, 15))]
    head, kind = followed(text, pattern, link)
    first, second = 0.57, 0.66  # what the rows sum to before they are made to sum to 1
    assert head.weight == pytest.approx((0.02 / first + 0.6 / second) / 2, abs=1e-6)
    assert head.accuracy == 1  # 0.46 against 0.45 for "ran"
    assert kind.uniform_weight == pytest.approx(2 / 8)
    part, _ = followed(text, pattern, [Link(Span(6, 10), Span(14, 15))])
    assert part.weight == pytest.approx(0.3 / second, abs=1e-6)
    assert part.accuracy == 1  # the answer is the whole word


def test_any_word_of_a_key_of_many_words_is_right() -> None:
    head, kind = followed(
        DOGS, looking(DOGS, (1, 2, 1.0), (5, 4, 1.0)), [Link(Span(*THE), Span(4, 11))]
    )
    assert head.accuracy == 1
    assert kind.chance == pytest.approx(2 / 6)


def test_a_head_that_gives_all_words_nothing_has_no_answer() -> None:
    pattern = torch.zeros(1, 9, 9)
    pattern[..., 0] = 1
    head, _ = followed(DOGS, pattern, DETERMINERS)
    assert head.accuracy == head.weight == 0


def test_links_that_run_forwards_are_left_out_of_a_causal_model() -> None:
    tower = sequence(DOGS, first="", last="")
    uniform = causal_mask(7)[0] / torch.arange(1.0, 8)[:, None]
    trace = trace_with_patterns([uniform[None]], tower, text=DOGS, kind="decoder")
    back = Link(Span(*DOG), Span(*THE))
    found = profile([trace], [[*DETERMINERS, back]])
    (kind,) = found.kinds
    assert kind.links is not None
    assert (kind.links.links, kind.links.masked) == (1, 2)
    assert kind.links.offset == -2
    assert kind.links.chance == pytest.approx(1 / 2)  # "the" or "old"
    assert kind.links.uniform_weight == pytest.approx(1 / 3)
    found = profile([trace], [DETERMINERS])
    assert found.kinds[0].links == KindLinks(0, 2, 0, None, None, None, None, None, 0)
    assert found.heads[0].links is None


def test_weights_are_those_of_search() -> None:
    for trace in (encoder_trace(), decoder_trace()):
        link = Link(Span(50, 56), Span(4, 7))
        heads = profile([trace], [[link]]).heads
        searched = search_heads(trace, link.query, link.key).heads
        weights = {(each.layer, each.head): each.weight for each in searched}
        for head in heads:
            assert head.links is not None
            assert head.links.weight == pytest.approx(weights[head.layer, head.head], abs=1e-6)


def test_an_encoder_decoder_models_links_belong_to_the_kind_of_their_segments() -> None:
    trace = translation_trace()
    law, gesetz = Span(4, 7), Span(4, 10, 1)
    found = profile(
        [trace],
        [[Link(gesetz, law), Link(Span(0, 3, 1), gesetz), Link(gesetz, Span(0, 3, 1))]],
    )
    asked = {kind.kind: kind.links for kind in found.kinds}
    assert asked["encoder"] is not None
    assert asked["encoder"].links == 0
    assert asked["decoder"] is not None
    assert (asked["decoder"].links, asked["decoder"].masked) == (1, 1)
    assert asked["cross"] is not None
    assert asked["cross"].links == 1
    assert asked["cross"].offset is asked["cross"].nearest_accuracy is None
    searched = search_heads(trace, Span(4, 10), Span(4, 7), "cross")
    weights = {(each.layer, each.head): each.weight for each in searched.heads}
    for head in found.heads:
        if head.kind == "cross":
            assert head.links is not None
            assert head.links.weight == pytest.approx(weights[head.layer, head.head], abs=1e-6)
    with pytest.raises(InvalidSelection) as refused:
        place_links(trace, [Link(law, gesetz)])
    assert refused.value.argument == "links.0.to"


def test_a_pair_is_linked_across_its_texts() -> None:
    trace = encoder_trace("the law", "it is")
    placed = place_links(trace, [Link(Span(0, 2, 1), Span(4, 7))])
    (link,) = placed["encoder"]
    assert (link.query.text, link.query.tokens) == ("it", (4,))
    assert (link.key.text, link.key.tokens) == ("law", (2,))


@pytest.mark.parametrize(
    ("link", "field", "told"),
    [
        (Link(Span(3, 4), Span(0, 3)), "links.1.from", "belong to no token of the query"),
        (Link(Span(0, 3), Span(5, 5)), "links.1.to", "start must be at least 0, less than end"),
        (Link(Span(0, 3), Span(4, 99)), "links.1.to", "text of 25 characters"),
        (Link(Span(-1, 3), Span(4, 7)), "links.1.from", "text of 25 characters"),
        (Link(Span(0, 3, 1), Span(4, 7)), "links.1.from", "segment 1 is outside 0 to 0"),
        (Link(Span(0, 3), Span(1, 2)), "links.1.to", "the same word"),
    ],
)
def test_a_link_that_cannot_be_placed_names_its_end(link: Link, field: str, told: str) -> None:
    with pytest.raises(InvalidSelection, match=told) as refused:
        place_links(encoder_trace(DOGS), [DETERMINERS[0], link])
    assert refused.value.argument == field
    assert refused.value.message.startswith("link 1")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_span_covers_the_tokens_that_hold_its_characters(data: st.DataObject) -> None:
    trace = encoder_trace(ENGLISH)
    text = trace.text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    tokens = trace.query_sequence("encoder").tokens
    touched = tuple(
        pos
        for pos, token in enumerate(tokens)
        if token.start is not None
        and token.end is not None
        and set(range(token.start, token.end)) & set(range(start, end))
    )
    words = {tokens[pos].word for pos in touched}
    link = [Link(Span(start, end), Span(4, 7))]  # "law" is word 2
    if not touched or words == {2} or words >= {2}:
        with pytest.raises(InvalidSelection):
            place_links(trace, link)
    else:
        (placed,) = place_links(trace, link)["encoder"]
        assert placed.query.tokens == touched


def answers(trace: Trace, layer: int, head: int, links: list[Link]) -> list[tuple[int, set[int]]]:
    """The answer of one encoder head to each query, and the words of its key: plain Python."""
    tower = trace.query_sequence("encoder")
    pattern = trace.sites[layer].pattern([head])[0].double()
    found = []
    for link in place_links(trace, links)["encoder"]:
        given_ = {
            index: sum(
                float(pattern[query, key]) for query in link.query.tokens for key in word.tokens
            )
            for index, word in enumerate(tower.words)
            if not word.special and index not in link.query.words
        }
        found.append((max(given_, key=given_.__getitem__), set(link.key.words)))
    return found


def many() -> tuple[list[Trace], list[list[Link]]]:
    """Five sentences with 3, 1, 0, 2 and 4 links between some of their words."""
    texts = [ENGLISH, "un|real cat|s", "a dog", DOGS, "the old cat|s saw un|real dog|s , too"]
    traces, links = [], []
    for text, count in zip(texts, (3, 1, 0, 2, 4), strict=True):
        trace = encoder_trace(text)
        spans = [
            Span(word.start, word.end)
            for word in trace.query_sequence("encoder").words
            if word.start is not None and word.end is not None
        ]
        pairs = list(itertools.permutations(spans, 2))
        traces.append(trace)
        links.append([Link(*pairs[7 * index % len(pairs)]) for index in range(count)])
    return traces, links


def test_accuracy_interval_and_chance_are_what_plain_python_gives() -> None:
    traces, links = many()
    found = profile(traces, links)
    (kind,) = found.kinds
    assert kind.links is not None
    assert (kind.links.links, kind.links.sentences, kind.links.permuted_links) == (10, 4, 9)
    for index, head in enumerate(found.heads):
        layer, number = divmod(index, 3)
        told = [
            answers(trace, layer, number, own) if own else []
            for trace, own in zip(traces, links, strict=True)
        ]
        right = [[answer in key for answer, key in each] for each in told if each]
        assert head.links is not None
        assert head.links.accuracy == pytest.approx(sum(map(sum, right)) / 10)

        drawn = np.random.default_rng(0).integers(4, size=(1000, 4))
        means = [
            sum(sum(right[at]) for at in draw) / sum(len(right[at]) for at in draw)
            for draw in drawn.tolist()
        ]
        low, high = np.percentile(means, [2.5, 97.5])
        assert head.links.accuracy_interval is not None
        assert head.links.accuracy_interval.low == pytest.approx(low)
        assert head.links.accuracy_interval.high == pytest.approx(high)

        totals = np.zeros(1000)
        observed = 0
        for sentence, each in enumerate(told):
            if len(each) < 2:
                continue
            orders = np.tile(np.arange(len(each)), (1000, 1))
            orders = np.random.default_rng([0, sentence]).permuted(orders, axis=1)
            observed += sum(answer in key for answer, key in each)
            for draw, order in enumerate(orders.tolist()):
                totals[draw] += sum(
                    answer in each[other][1] for (answer, _), other in zip(each, order, strict=True)
                )
        permuted = head.links.permuted
        assert permuted is not None
        assert permuted.accuracy == pytest.approx(observed / 9)
        assert permuted.mean == pytest.approx(totals.mean() / 9)
        assert permuted.upper == pytest.approx(np.percentile(totals, 95) / 9)
        assert permuted.p == pytest.approx((1 + (totals >= observed).sum()) / 1001)


def test_the_best_offset_is_the_best_of_all_counted_one_by_one() -> None:
    traces, links = many()
    (kind,) = profile(traces, links).kinds
    assert kind.links is not None
    right = dict.fromkeys((*range(-8, 0), *range(1, 9)), 0)
    before = 0
    for trace, own in zip(traces, links, strict=True):
        words = trace.query_sequence("encoder").words
        ends = [word.end for word in words if not word.special]
        for link in own:
            query, key = ends.index(link.query.end), ends.index(link.key.end)
            if key - query in right:
                right[key - query] += 1
            before += key == (query - 1 if query else 1)
    best = max(right, key=lambda offset: (right[offset], -abs(offset), -offset))
    assert (kind.links.offset, kind.links.offset_accuracy) == (best, right[best] / 10)
    assert kind.links.nearest_accuracy == before / 10


def test_a_head_that_follows_links_beats_its_own_answers_to_others() -> None:
    links = [Link(Span(*a), Span(*b)) for a, b in ((THE, DOG), (OLD, SAW), (A, CAT), (BIG, THE))]
    pattern = looking(DOGS, (1, 3, 1.0), (2, 4, 1.0), (5, 7, 1.0), (6, 1, 1.0))
    head, _ = followed(DOGS, pattern, links, times=5)
    assert head.permuted is not None
    assert head.permuted.accuracy == 1
    assert head.permuted.mean == pytest.approx(1 / 4, abs=0.02)
    assert head.permuted.p == 1 / 1001
    assert head.accuracy_interval is not None
    assert (head.accuracy_interval.low, head.accuracy_interval.high) == (1, 1)


def test_a_single_link_a_sentence_leaves_nothing_to_permute() -> None:
    head, kind = followed(DOGS, looking(DOGS, (1, 3, 1.0)), DETERMINERS[:1], times=3)
    assert head.permuted is None
    assert kind.permuted_links == 0


def test_a_single_sentence_has_no_interval() -> None:
    head, _ = followed(DOGS, looking(DOGS, (1, 3, 1.0)), DETERMINERS)
    assert head.accuracy_interval is head.weight_interval is None


def test_an_interval_is_as_wide_as_the_theory_of_means_says() -> None:
    """400 sentences of one link, right half the time: 0.5 +- 1.96 * sqrt(0.25 / 400)."""
    sums = torch.tensor([[0.0], [1.0]] * 200, dtype=torch.float64)
    ends = bootstrap(sums, torch.ones(400, dtype=torch.float64))
    assert ends is not None
    assert ends[:, 0].tolist() == pytest.approx([0.451, 0.549], abs=0.006)


def test_sentences_are_resampled_whole() -> None:
    """Two sentences of ten links, all right or all wrong: a draw may hold one of them twice."""
    sums = torch.tensor([[0.0], [10.0]], dtype=torch.float64)
    ends = bootstrap(sums, torch.tensor([10.0, 10.0], dtype=torch.float64))
    assert ends is not None
    assert ends[:, 0].tolist() == [0, 1]


def test_every_order_of_the_keys_comes_alike_often() -> None:
    """One answer in n is right for each key: the mean number right is 1, whatever n."""
    for n in (2, 5, 11):
        draws = permuted_hits(torch.eye(n, dtype=torch.float64)[None], 3)
        assert draws.shape == (DRAWS, 1)
        assert float(draws.mean()) == pytest.approx(1, abs=0.1)
        if n == 2:
            assert set(draws.flatten().tolist()) == {0, 2}


def test_the_same_sentences_give_the_same_numbers() -> None:
    traces, links = many()
    assert profile(traces, links) == profile(traces, links)


def test_german_is_cut_as_its_spans_say() -> None:
    text = plain(GERMAN)
    trace = translation_trace()
    placed = place_links(trace, [Link(Span(4, 10, 1), Span(0, 3))])
    assert text[4:10] == placed["cross"][0].query.text == "Gesetz"
