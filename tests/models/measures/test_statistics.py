"""What each head does on average, and its picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.models.core.trace import Trace
from headlight.models.measures.statistics import (
    HeadStatistics,
    entropy_bits,
    head_chunks,
    max_pool,
    overview,
)
from headlight.models.text.pooling import Level, word_pattern
from tests.models.traces import (
    HEADS,
    decoder_trace,
    encoder_trace,
    sequence,
    site,
    trace_with_patterns,
    translation_trace,
)


def close(value: float | None, wanted: float | None, tolerance: float = 2e-6) -> bool:
    if value is None or wanted is None:
        return value is wanted
    return math.isclose(value, wanted, rel_tol=tolerance, abs_tol=tolerance)


def by_hand(
    pattern: list[list[float]], query_special: list[bool], key_special: list[bool], kind: str
) -> dict[str, float | None]:
    """The definitions, cell by cell, in plain Python."""
    n, m = len(pattern), len(pattern[0])
    cells = [(i, j, pattern[i][j]) for i in range(n) for j in range(m)]
    own = kind != "cross"

    def mean_where(test: Callable[[int, int], bool]) -> float | None:
        return sum(p for i, j, p in cells if test(i, j)) / n if own else None

    words = [p for i, j, p in cells if not query_special[i] and not key_special[j]]
    return {
        "entropy": -sum(p * math.log2(p) for _, _, p in cells if p > 0) / n,
        "mean_distance": sum(p * abs(i - j) for i, j, p in cells) / n if own else None,
        "to_special": sum(p for _, j, p in cells if key_special[j]) / n,
        "to_self": mean_where(lambda i, j: i == j),
        "to_previous": mean_where(lambda i, j: j == i - 1),
        "to_next": mean_where(lambda i, j: j == i + 1),
        "strongest": max(words) if words else None,
    }


def agrees(found: HeadStatistics, trace: Trace, level: Level = "token") -> None:
    """Compare one head's statistics, and the cell it calls strongest, with `by_hand`."""
    pattern = trace.site(found.kind, found.layer).pattern([found.head])[0]
    query, key = trace.query_sequence(found.kind), trace.key_sequence(found.kind)
    if level == "word":
        pattern = word_pattern(pattern, query, key)
        specials = [[word.special for word in side.words] for side in (query, key)]
    else:
        specials = [[token.special for token in side.tokens] for side in (query, key)]
    rows = pattern.double().tolist()
    wanted = by_hand(rows, specials[0], specials[1], found.kind)
    for name in ("entropy", "mean_distance", "to_special", "to_self", "to_previous", "to_next"):
        assert close(getattr(found, name), wanted[name]), name
    link = found.strongest
    assert close(link.value if link else None, wanted["strongest"])
    if link is not None:
        assert not specials[0][link.query_pos]
        assert not specials[1][link.key_pos]
        assert close(rows[link.query_pos][link.key_pos], link.value)


def test_three_words_worked_by_hand() -> None:
    tower = sequence("a b", last="")  # [CLS] a b
    pattern = torch.tensor([[[0.5, 0.5, 0.0], [0.25, 0.25, 0.5], [1.0, 0.0, 0.0]]])
    (head,) = overview(trace_with_patterns([pattern], tower)).heads
    assert close(head.entropy, (1 + 1.5 + 0) / 3)  # a fair coin, three outcomes, no doubt
    assert close(head.mean_distance, (0.5 + 0.75 + 2) / 3)
    assert close(head.to_special, 1.75 / 3)
    assert close(head.to_self, (0.5 + 0.25 + 0) / 3)
    assert close(head.to_previous, (0 + 0.25 + 0) / 3)
    assert close(head.to_next, (0.5 + 0.5 + 0) / 3)
    assert (head.strongest.query_pos, head.strongest.key_pos) == (1, 2)
    assert head.strongest.value == pytest.approx(0.5)


@pytest.mark.parametrize("level", ["token", "word"])
@pytest.mark.parametrize(
    "trace",
    [
        encoder_trace(),
        encoder_trace("The law", "is un|just"),
        encoder_trace(kv_heads=1, sinks=torch.tensor([-1.0, 0.5, 2.0])),
        encoder_trace(softcap=3.0, sharpness=9.0),
        encoder_trace("a b|c", bias=torch.linspace(-3, 3, 25).view(1, 5, 5)),
        decoder_trace(),
        translation_trace(),
    ],
    ids=["encoder", "pair", "sinks", "softcap", "bias", "decoder", "translation"],
)
def test_every_number_of_every_head_is_its_definition(trace: Trace, level: Level) -> None:
    found = overview(trace, level)
    order = [(head.kind, head.layer, head.head) for head in found.heads]
    assert order == [
        (kind, layer, head) for kind in trace.kinds for layer in range(2) for head in range(HEADS)
    ]
    for head in found.heads:
        agrees(head, trace, level)


def test_a_head_without_doubt_has_no_entropy_and_one_alike_everywhere_has_the_most() -> None:
    sure = torch.eye(7)
    alike = torch.full((7, 7), 1 / 7)
    assert entropy_bits(torch.stack([sure, alike])).tolist() == pytest.approx([0, math.log2(7)])


@settings(deadline=None)
@given(st.integers(1, 11), st.integers(1, 13), st.floats(0, 60), st.integers(0, 2**31))
def test_entropy_lies_between_nothing_and_log2_of_the_keys(
    query_len: int, key_len: int, sharpness: float, seed: int
) -> None:
    make = torch.Generator().manual_seed(seed)
    pattern = (sharpness * torch.randn(2, query_len, key_len, generator=make)).softmax(-1)
    bits = entropy_bits(pattern)
    assert (bits >= 0).all()
    assert (bits <= math.log2(key_len) + 1e-5).all()


def test_what_is_masked_adds_nothing_to_entropy() -> None:
    trace = decoder_trace("a b c", layers=1, sharpness=0.0)
    assert close(overview(trace).heads[0].entropy, (0 + 1 + math.log2(3)) / 3)


def test_a_text_of_special_tokens_alone_has_no_strongest_link() -> None:
    assert all(head.strongest is None for head in overview(encoder_trace(" ")).heads)


def test_one_token_is_an_overview_too() -> None:
    found = overview(decoder_trace("a"))
    assert found.kinds[0].patterns.tolist() == [[[255]]] * 6
    head = found.heads[0]
    assert (head.entropy, head.mean_distance, head.to_self, head.to_next) == (0, 0, 1, 0)


def test_pictures_are_255_times_the_pattern_in_the_order_of_the_heads() -> None:
    trace = translation_trace()
    found = overview(trace)
    assert [kind.kind for kind in found.kinds] == ["encoder", "decoder", "cross"]
    assert [kind.causal for kind in found.kinds] == [False, True, False]
    for kind in found.kinds:
        assert (kind.layers, kind.heads, kind.pooled) == (2, HEADS, False)
        wanted = torch.cat([each.pattern(slice(None)) for each in trace.of_kind(kind.kind)])
        assert kind.patterns.dtype == np.uint8
        assert kind.patterns.shape == (2 * HEADS, kind.rows, kind.cols)
        assert np.array_equal(kind.patterns, np.rint(255 * wanted.numpy()).astype(np.uint8))


def test_at_word_level_pictures_count_words() -> None:
    trace = encoder_trace()
    (kind,) = overview(trace, "word").kinds
    tower = trace.encoder
    assert tower is not None
    assert (kind.rows, kind.cols) == (len(tower.words), len(tower.words))
    wanted = word_pattern(trace.sites[0].pattern([0]), tower, tower)[0]
    assert np.array_equal(kind.patterns[0], np.rint(255 * wanted.numpy()).astype(np.uint8))


@pytest.mark.parametrize(
    ("tokens", "side"), [(127, 127), (128, 128), (129, 64), (131, 64), (192, 64)]
)
def test_beyond_128_positions_pictures_shrink_to_64(tokens: int, side: int) -> None:
    trace = decoder_trace(" ".join("a" * tokens), layers=1)
    (kind,) = overview(trace).kinds
    assert (kind.rows, kind.cols, kind.pooled) == (side, side, tokens > 128)
    whole = trace.sites[0].pattern(slice(None))
    wanted = torch.nn.functional.adaptive_max_pool2d(whole, side)
    assert np.array_equal(kind.patterns, np.rint(255 * wanted.numpy()).astype(np.uint8))


def test_numbers_are_those_of_the_whole_pattern_even_where_the_picture_is_pooled() -> None:
    trace = encoder_trace(" ".join(["a"] * 137), layers=1)
    agrees(overview(trace).heads[2], trace)


def test_a_short_axis_is_not_stretched_when_the_other_is_pooled() -> None:
    trace = translation_trace(source=" ".join(["a"] * 150), target="x y z")
    encoder, decoder, cross = overview(trace).kinds
    assert (encoder.rows, encoder.cols, encoder.pooled) == (64, 64, True)
    assert (decoder.rows, decoder.cols, decoder.pooled) == (4, 4, False)
    assert (cross.rows, cross.cols, cross.pooled) == (4, 64, True)


@settings(deadline=None)
@given(st.integers(1, 23), st.integers(1, 29), st.data())
def test_max_pool_covers_the_pattern_as_torch_does(
    rows: int, cols: int, data: st.DataObject
) -> None:
    height = data.draw(st.integers(rows, 67))
    width = data.draw(st.integers(cols, 67))
    pattern = torch.rand(2, height, width)
    pooled = max_pool(pattern, rows, cols)
    wanted = torch.nn.functional.adaptive_max_pool2d(pattern, (rows, cols))
    assert torch.equal(pooled, wanted)


def test_a_long_text_is_worked_a_few_heads_at_a_time_and_none_is_lost() -> None:
    long = site("encoder", 0, 1021, 1021, heads=5, projected=False)
    assert list(head_chunks(long)) == [slice(head, head + 1) for head in range(5)]
    middle = site("encoder", 0, 563, 563, heads=5, projected=False)
    assert list(head_chunks(middle)) == [slice(0, 3), slice(3, 5)]
    assert list(head_chunks(site("encoder", 0, 5, 7))) == [slice(0, 3)]


def test_an_overview_changes_nothing_in_the_trace() -> None:
    trace = encoder_trace()
    before = [each.q.clone() for each in trace.sites]
    overview(trace, "word")
    assert all(torch.equal(a, b.q) for a, b in zip(before, trace.sites, strict=True))


def test_statistics_of_a_recorded_bert(shared: Path) -> None:
    """bert-base-uncased, "the cat sat on the mat", "the cat lay on the rug"."""
    recording = np.load(shared / "recordings" / "bert_base_cat.npz")
    tower = sequence("the cat sat on the mat", "the cat lay on the rug")
    assert recording["self_query"].tolist() == [token.text for token in tower.tokens]
    patterns = recording["self"].astype(np.float64)
    trace = trace_with_patterns([torch.from_numpy(p) for p in recording["self"]], tower)
    heads = overview(trace).heads
    assert len(heads) == 144
    special = np.array([token.special for token in tower.tokens])
    for head in heads:
        p = patterns[head.layer, head.head]
        rows, cols = np.indices(p.shape)
        logs = np.log2(p, where=p > 0, out=np.zeros_like(p))
        assert close(head.entropy, float(-(p * logs).sum(1).mean()), 1e-4)
        assert close(head.mean_distance, float((p * abs(rows - cols)).sum(1).mean()), 1e-4)
        assert close(head.to_special, float(p[:, special].sum(1).mean()), 1e-4)
        assert close(head.to_previous, float(np.trace(p, -1) / len(p)), 1e-4)
    # The layer, head and share of the strongest neighbour heads, read off the recording.
    ahead = max(heads, key=lambda head: head.to_next or 0.0)
    behind = max(heads, key=lambda head: head.to_previous or 0.0)
    assert (ahead.layer, ahead.head, ahead.to_next) == (2, 0, pytest.approx(0.80616, abs=1e-5))
    assert (behind.layer, behind.head, behind.to_previous) == (
        3, 5, pytest.approx(0.57093, abs=1e-5),
    )  # fmt: skip


def test_a_causal_recording_never_looks_ahead(shared: Path) -> None:
    recording = np.load(shared / "recordings" / "gpt2.npz")
    tower = sequence("The quick brown fox jumps over the lazy dogs~.", first="", last="")
    layers = [torch.from_numpy(p) for p in recording["self"]]
    trace = trace_with_patterns(layers, tower, kind="decoder")
    found = overview(trace)
    assert found.kinds[0].causal
    assert all(head.to_next == 0 for head in found.heads)
    assert not np.triu(found.kinds[0].patterns, 1).any()
