"""What heads do over many sentences: patterns whose measures are known by hand, and every measure
again in plain Python, on hand-made runs and on the attentions of a library's own model."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from headlight.models.core.trace import Sequence, Site, Trace
from headlight.models.measures.profile import (
    OFFSETS,
    HeadProfile,
    Profile,
    Profiler,
    Share,
    profile,
)
from headlight.models.zoo.registry import build_registry
from tests.models.traces import (
    causal_mask,
    decoder_trace,
    encoder_trace,
    plain,
    sequence,
    trace_with_patterns,
    translation_trace,
)

CAT = "the cat saw the dog"
N = 7  # with [CLS] and [SEP]


def eye(n: int, shift: int = 0) -> Tensor:
    """Each query gives all it has to the key `shift` positions on; at the ends, to itself."""
    pattern = torch.zeros(n, n)
    for query in range(n):
        key = query + shift
        pattern[query, key if 0 <= key < n else query] = 1
    return pattern


def only(found: Profile) -> HeadProfile:
    (head,) = found.heads
    return head


def of(pattern: Tensor, text: str = CAT, **options: str) -> HeadProfile:
    tower = sequence(text, **options)
    return only(profile([trace_with_patterns([pattern[None]], tower, text=plain(text))]))


def test_a_previous_token_head_gives_all_to_the_token_before() -> None:
    head = of(eye(N, -1))
    assert head.to_previous == Share(1.0, 1.0, 4)  # "the", the first, has [CLS] before it
    assert head.to_next == Share(0.0, 0.0, 4)
    assert head.to_self == Share(0.0, 0.0, 5)
    assert head.to_special == Share(0.2, 0.2, 5)
    assert head.to_offset is not None
    assert (head.to_offset.offset, head.to_offset.weight, head.to_offset.queries) == (-1, 1.0, 4)
    assert head.entropy == head.entropy_share == 0
    assert head.distance == 1


def test_a_next_token_head_gives_all_to_the_token_after() -> None:
    head = of(eye(N, 1))
    assert head.to_next == Share(1.0, 1.0, 4)
    assert head.to_previous == Share(0.0, 0.0, 4)
    assert head.to_each_special == {"[CLS]": Share(0.0, 0.0, 5), "[SEP]": Share(0.2, 0.2, 5)}


def test_a_uniform_head_is_as_broad_as_can_be() -> None:
    head = of(torch.full((N, N), 1 / N))
    assert head.entropy == pytest.approx(math.log(7), abs=1e-6)
    assert head.entropy_share == pytest.approx(1, abs=1e-6)
    for share, keys in (
        (head.to_previous, 1),
        (head.to_self, 1),
        (head.to_same_word, 1),
        (head.to_special, 2),
    ):
        assert share is not None
        assert share.weight == pytest.approx(keys / 7, abs=1e-6)
    # |i - j| over all keys, for queries 1 to 5 of 0 to 6: 16, 13, 12, 13, 16 of 7
    assert head.distance == pytest.approx(70 / 35, abs=1e-6)


def test_a_broad_causal_head_is_measured_against_what_it_may_look_at() -> None:
    uniform = causal_mask(5)[0] / torch.arange(1.0, 6)[:, None]
    tower = sequence(CAT, first="", last="")
    head = only(profile([trace_with_patterns([uniform[None]], tower, kind="decoder")]))
    assert head.entropy_share == pytest.approx(1, abs=1e-6)
    assert head.entropy == pytest.approx(math.log(120) / 5, abs=1e-6)
    assert head.to_next is None
    assert head.to_special is None
    assert head.to_each_special == {}
    assert head.to_first is not None
    assert head.to_first.queries == 4
    assert head.to_first.weight == pytest.approx((1 / 2 + 1 / 3 + 1 / 4 + 1 / 5) / 4, abs=1e-6)
    assert head.to_previous is not None
    assert head.to_previous.queries == 4
    assert head.to_same_word is not None
    assert head.to_same_word.queries == 1  # the second "the"; the first may not look ahead


def test_the_same_word_is_another_one_spelled_alike_in_any_case() -> None:
    pattern = eye(N)
    pattern[1] = torch.eye(N)[4]
    pattern[4] = torch.eye(N)[1] * 0.75 + torch.eye(N)[4] * 0.25
    head = of(pattern, "The cat saw the dog")
    assert (head.to_same_word.argmax, head.to_same_word.queries) == (1.0, 2)
    assert head.to_same_word.weight == pytest.approx(0.875, abs=1e-6)
    assert of(eye(5), "cat , ,").to_same_word is None  # no letter, no digit


def test_tokens_of_one_word_are_told_apart_from_the_same_word() -> None:
    pattern = eye(6)
    pattern[2] = torch.eye(6)[3]
    head = of(pattern, "the un|like|ly")
    assert head.to_own_word == Share(1 / 3, 1 / 3, 3)
    assert head.to_same_word is None


def test_a_fixed_offset_is_found_and_one_that_few_queries_have_is_not() -> None:
    text = "a b c d e f g h i j"
    head = of(eye(12, -3), text)
    assert head.to_offset is not None
    assert (head.to_offset.offset, head.to_offset.weight) == (-3, 1.0)
    assert head.by_offset[list(OFFSETS).index(-3)] == 1.0
    lone = torch.full((12, 12), 0.01)
    lone.diagonal(-1).fill_(0.5)
    lone[9] = lone[10] = 0
    lone[9, 1] = lone[10, 2] = 1.0  # the only two that have a neighbour 8 before
    head = of(lone / lone.sum(-1, keepdim=True), text)
    assert head.by_offset[0] == pytest.approx(1.0)
    assert head.to_offset is not None
    assert head.to_offset.offset == -1


def test_a_row_that_gives_nothing_has_no_strongest_key() -> None:
    pattern = torch.zeros(1, N, N)
    unit = torch.eye(N)[None]
    site = Site(
        "encoder", 0, pattern, unit, unit, pattern, 1.0, normaliser="relu"
    )  # scores are 0: ReLU leaves each row empty
    head = only(profile([Trace("hand", CAT, None, (site,), encoder=sequence(CAT))]))
    assert head.to_first == Share(0.0, 0.0, 5)
    assert head.to_self == Share(0.0, 0.0, 5)
    assert head.entropy == 0


def test_a_query_that_may_look_nowhere_counts_nowhere() -> None:
    mask = torch.ones(1, N, N, dtype=torch.bool)
    mask[0, 3] = False
    site = trace_with_patterns([torch.full((1, N, N), 1 / N)], sequence(CAT)).sites[0]
    masked = Site("encoder", 0, site.q, site.k, site.v, site.z, 1.0, mask=mask)
    head = only(profile([Trace("hand", CAT, None, (masked,), encoder=sequence(CAT))]))
    assert head.to_self is not None
    assert head.to_self.queries == 4
    assert head.to_self.weight == pytest.approx(1 / 7, abs=1e-6)


def test_where_no_query_counts_there_is_no_number() -> None:
    head = of(torch.full((2, 2), 0.5), "")
    assert head.to_previous is head.to_self is head.to_first is head.to_special is None
    assert head.entropy is head.entropy_share is head.distance is head.to_offset is None
    assert head.by_offset == (None,) * 17


def test_a_word_alone_has_no_neighbour() -> None:
    head = of(torch.full((3, 3), 1 / 3), "cat")
    assert head.to_previous is head.to_next is head.to_same_word is None
    assert (head.to_self.argmax, head.to_self.queries) == (0.0, 1)
    assert head.to_self.weight == pytest.approx(1 / 3)


def test_a_long_sentence_weighs_more_than_a_short_one() -> None:
    long = trace_with_patterns([eye(N, -1)[None]], sequence(CAT))
    short = trace_with_patterns([eye(4, 1)[None]], sequence("a dog"))
    head = only(profile([long, short]))
    assert head.to_previous == Share(4 / 5, 4 / 5, 5)
    assert head.to_next == Share(1 / 5, 1 / 5, 5)


def test_positions_mean_nothing_across_two_texts() -> None:
    found = profile([translation_trace("the cat", "die cat Katze")])
    heads = [head for head in found.heads if head.kind == "cross"]
    assert len(heads) == 6
    for head in heads:
        assert head.to_previous is head.to_next is head.to_self is head.to_own_word is None
        assert head.to_offset is head.distance is None
        assert head.by_offset == ()
        assert head.to_same_word is not None
        assert head.to_same_word.queries == 1
        assert head.to_first is not None
        assert head.to_first.queries == 3
        assert list(head.to_each_special) == ["</s>"]
        assert head.entropy_share is not None
    assert [kind.kind for kind in found.kinds] == ["encoder", "decoder", "cross"]
    assert [kind.queries for kind in found.kinds] == [2, 3, 3]


def test_heads_come_by_kind_layer_and_head() -> None:
    found = profile([encoder_trace(), encoder_trace("a cat")])
    assert [(head.layer, head.head) for head in found.heads] == [
        (layer, head) for layer in range(2) for head in range(3)
    ]
    assert found.sentences == 2
    assert all(head.links is None for head in found.heads)
    assert Profiler().result() == Profile(0, (), ())


def again(
    patterns: list[list[list[float]]], sequences: list[Sequence], *, causal: bool = False
) -> dict[str, object]:
    """Every measure of one head of self-attention again, cell by cell, in plain Python."""
    shares: dict[str, list[tuple[float, bool]]] = {}
    entropies, relative, distances = [], [], []
    for pattern, tower in zip(patterns, sequences, strict=True):
        tokens, words = tower.tokens, tower.words
        for query, token in enumerate(tokens):
            if token.special:
                continue
            row = pattern[query]
            top = row.index(max(row))
            keys: dict[str, set[int]] = {
                "first": {0} - {query},
                "special": {at for at, other in enumerate(tokens) if other.special},
                "own": {
                    at
                    for at, other in enumerate(tokens)
                    if other.word == token.word and at != query
                },
                "same": {
                    at
                    for at, other in enumerate(tokens)
                    if not other.special
                    and other.word != token.word
                    and words[other.word].text.lower() == words[token.word].text.lower()
                    and any(map(str.isalnum, words[token.word].text))
                },
            }
            for offset in OFFSETS:
                at = query + offset
                plain_key = 0 <= at < len(tokens) and not tokens[at].special
                keys[f"offset {offset}"] = {at} if plain_key else set()
            seen = range(query + 1 if causal else len(row))
            for name, every in keys.items():
                chosen = every & set(seen)
                if chosen:
                    given_ = (sum(row[at] for at in chosen), top in chosen)
                    shares.setdefault(name, []).append(given_)
            entropies.append(-sum(p * math.log(p) for p in row if p > 0))
            if len(seen) > 1:
                relative.append(entropies[-1] / math.log(len(seen)))
            distances.append(sum(p * abs(query - at) for at, p in enumerate(row)))
    count = len(entropies)
    return {
        "entropy": sum(entropies) / count,
        "entropy_share": sum(relative) / len(relative) if relative else None,
        "distance": sum(distances) / count,
        **{
            name: (sum(w for w, _ in cases) / len(cases), sum(h for _, h in cases) / len(cases))
            for name, cases in shares.items()
        },
    }


def hold_against(head: HeadProfile, expected: dict[str, object]) -> None:
    assert head.entropy == pytest.approx(expected["entropy"], abs=1e-5)
    assert head.entropy_share == pytest.approx(expected["entropy_share"], abs=1e-5)
    assert head.distance == pytest.approx(expected["distance"], abs=1e-5)
    for share, name in (
        (head.to_first, "first"),
        (head.to_special, "special"),
        (head.to_own_word, "own"),
        (head.to_same_word, "same"),
        (head.to_previous, "offset -1"),
        (head.to_self, "offset 0"),
        (head.to_next, "offset 1"),
    ):
        found = None if share is None else (share.weight, share.argmax)
        wanted = expected.get(name)
        assert found == (wanted and pytest.approx(wanted, abs=1e-5)), name
    for weight, offset in zip(head.by_offset, OFFSETS, strict=True):
        case = expected.get(f"offset {offset}")
        assert weight == (case and pytest.approx(case[0], abs=1e-5))  # type: ignore[index]


TEXTS = st.lists(
    st.sampled_from(["the", "The", "cat", "un|like|ly", ",", "3.14", "cat|s", "苹|果"]),
    min_size=1,
    max_size=11,
).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_every_measure_is_what_plain_python_gives(texts: list[str]) -> None:
    traces = [encoder_trace(text) for text in texts]
    for index, head in enumerate(profile(traces).heads):
        layer, number = divmod(index, 3)
        patterns = [trace.sites[layer].pattern([number])[0].tolist() for trace in traces]
        hold_against(head, again(patterns, [trace.query_sequence("encoder") for trace in traces]))


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_every_measure_of_a_causal_head_is_what_plain_python_gives(texts: list[str]) -> None:
    traces = [decoder_trace(text) for text in texts]
    towers = [trace.query_sequence("decoder") for trace in traces]
    for index, head in enumerate(profile(traces).heads):
        layer, number = divmod(index, 3)
        patterns = [trace.sites[layer].pattern([number])[0].tolist() for trace in traces]
        hold_against(head, again(patterns, towers, causal=True))


def test_heads_of_one_block_may_look_at_different_keys() -> None:
    """One head may look everywhere, one back only, one at neighbours only."""
    everywhere = torch.ones(N, N, dtype=torch.bool)
    masks = torch.stack([everywhere, everywhere.tril(), everywhere.tril(1).triu(-1)])
    (plain_site,) = encoder_trace(CAT, layers=1).sites
    together = Trace("hand", CAT, None, (replace(plain_site, mask=masks),), sequence(CAT))
    for number, found in enumerate(profile([together]).heads):
        alone = replace(plain_site, mask=masks[[number]])
        apart = profile([Trace("hand", CAT, None, (alone,), sequence(CAT))]).heads[number]
        assert found == apart
    first, second, third = profile([together]).heads
    assert (first.to_first and first.to_first.queries) == 5
    assert (third.to_first and third.to_first.queries) == 1
    assert first.to_next is not None
    assert second.to_next is None


def test_the_attentions_of_the_librarys_own_model_give_the_same_profile() -> None:
    registry = build_registry()
    folder = registry.entry("bert").origin.locate()
    bert = registry.load("bert")
    own = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = ["The cat saw the unaffable dog.", "I saw a saw, and the saw saw me."]
    traces = [bert.run(text) for text in texts]
    heads = profile(traces).heads
    with torch.inference_mode():
        ran = [
            own(**tokenizer(text, return_tensors="pt"), output_attentions=True).attentions
            for text in texts
        ]
    towers = [trace.query_sequence("encoder") for trace in traces]
    for head in heads:
        patterns = [layers[head.layer][0, head.head].tolist() for layers in ran]
        hold_against(head, again(patterns, towers))


def test_shares_are_shares_and_offsets_are_told_in_order() -> None:
    for trace in (encoder_trace(), decoder_trace(), translation_trace()):
        for head in profile([trace, trace]).heads:
            for share in (head.to_first, head.to_special, head.to_self, head.to_same_word):
                assert share is None or (0 <= share.weight <= 1 and 0 <= share.argmax <= 1)
            assert head.entropy_share is not None
            assert 0 <= head.entropy_share <= 1 + 1e-9
    assert all(after - before == 1 for before, after in pairwise(OFFSETS))
