"""Masks over a real head: who may look, what becomes of the rest of a row, how far it reaches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import Trace
from headlight.models.lessons.masks import MaskKind, edges_of, mask_of, reach, under_mask
from headlight.models.zoo.registry import build_registry


@pytest.fixture(scope="module")
def trace() -> Trace:
    return build_registry().load("small").run("I saw a saw")


@pytest.mark.parametrize(
    ("kind", "width", "expected"),
    [
        ("all", 0, np.ones((4, 4), bool)),
        ("causal", 0, np.tril(np.ones((4, 4), bool))),
        ("window", 1, np.abs(np.subtract.outer(np.arange(4), np.arange(4))) <= 1),
        ("padding", 1, np.array([[1, 1, 1, 0]] * 4, bool)),
        ("edges", 0, np.eye(4, dtype=bool)),
    ],
)
def test_a_mask_is_what_its_name_says(kind: MaskKind, width: int, expected: object) -> None:
    assert np.array_equal(mask_of(kind, 4, width).numpy(), expected)


def test_edges_are_looked_along_both_ways() -> None:
    mask = mask_of("edges", 3, edges=[(0, 2)])
    assert mask.tolist() == [[True, False, True], [False, True, False], [True, False, True]]


def test_the_edges_of_a_sentence_are_its_words_and_their_parents(trace: Trace) -> None:
    """I, a and the second saw hang on the first saw or on each other, as the model has it."""
    assert trace.outputs is not None
    assert trace.encoder is not None
    words = trace.encoder.words
    expected = np.eye(6, dtype=bool)
    for pointer in trace.outputs.parents:
        (one,), (other,) = words[pointer.word].tokens, words[pointer.to].tokens
        expected[one, other] = expected[other, one] = True
    assert expected.sum() == 6 + 2 * 3  # a tree of four words has three edges
    assert np.array_equal(mask_of("edges", 6, edges=edges_of(trace)).numpy(), expected)


def test_what_is_painted_is_the_other_way_round() -> None:
    mask = mask_of("causal", 3, flips=[(0, 2), (1, 0)])
    assert mask.tolist() == [[True, False, True], [False, True, False], [True, True, True]]


def test_under_no_mask_a_head_is_its_own(trace: Trace) -> None:
    head = under_mask(trace, 2, 1, mask_of("all", 6))
    assert torch.allclose(head.masked_pattern, head.pattern, atol=1e-6)


def test_the_rest_of_a_row_shares_the_weight_that_is_taken_in_proportion(trace: Trace) -> None:
    free = under_mask(trace, 2, 1, mask_of("all", 6)).masked_pattern.numpy()
    head = under_mask(trace, 2, 1, mask_of("all", 6, flips=[(3, 1)])).masked_pattern.numpy()
    expected = free.copy()
    expected[3, 1] = 0
    expected[3] /= expected[3].sum()
    assert head == pytest.approx(expected, abs=1e-12)


def test_a_row_that_may_look_nowhere_is_nothing(trace: Trace) -> None:
    mask = mask_of("all", 6, flips=[(2, key) for key in range(6)])
    pattern = under_mask(trace, 0, 0, mask).masked_pattern
    assert pattern[2].tolist() == [0] * 6
    assert pattern[1].sum() == pytest.approx(1)


def test_a_window_reaches_its_width_further_with_each_layer() -> None:
    far = reach(mask_of("window", 20, 2), 4)
    for layers, seen in enumerate(far, 1):
        distance = np.abs(np.subtract.outer(np.arange(20), np.arange(20)))
        assert np.array_equal(seen.numpy(), distance <= 2 * layers)


def test_a_causal_mask_never_reaches_what_comes_after() -> None:
    for seen in reach(mask_of("causal", 8), 5):
        assert torch.equal(seen, torch.ones(8, 8, dtype=torch.bool).tril())


def test_a_layer_or_a_head_that_is_not_there_is_refused(trace: Trace) -> None:
    with pytest.raises(InvalidSelection):
        under_mask(trace, 9, 0, mask_of("all", 6))
    with pytest.raises(InvalidSelection):
        under_mask(trace, 0, 9, mask_of("all", 6))
