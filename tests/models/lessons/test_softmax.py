"""Softmax and its gradient, against autograd and arithmetic with many digits."""

from __future__ import annotations

from decimal import Decimal, getcontext

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from headlight.models.lessons.softmax import curve, softmax

SCORES = st.lists(st.floats(-300, 300), min_size=1, max_size=12)


@pytest.mark.parametrize(
    # Texts print 0.9999092083843412 for 10: its last two digits are lost in exp(20).
    ("a", "last"),
    [(1, 0.5761168847658291), (10, 0.9999092083843409), (100, 1.0)],
)
def test_the_last_weight_of_a_a_2a_to_sixteen_digits(a: float, last: float) -> None:
    getcontext().prec = 60
    assert float(1 / (1 + 2 * Decimal(-a).exp())) == last
    assert float(softmax([a, a, 2 * a]).weights[2]) == last
    assert float(curve([1, 1, 2], [a]).weights[0, 2]) == last


def test_the_gradient_fades_as_the_weight_saturates() -> None:
    at = {a: float(softmax([a, a, 2 * a]).jacobian[2, 2]) for a in (1, 10, 100)}
    assert at[1] == pytest.approx(0.2442, abs=5e-5)
    assert at[10] == pytest.approx(9.08e-5, rel=1e-3)
    # Not the 0 that 1 - y_3 gives, where 1 - 7.4e-44 is 1.
    first = float(softmax([100, 100, 200]).weights[0])
    assert first == pytest.approx(3.720075976020836e-44, rel=1e-12)
    assert at[100] == pytest.approx(2 * first, rel=1e-12)


def test_eight_five_one_three_undivided() -> None:
    weights = softmax([8, 5, 1, 3]).weights.tolist()
    assert [round(100 * weight, 1) for weight in weights] == [94.6, 4.7, 0.1, 0.6]


@given(SCORES)
def test_the_jacobian_is_autograds(scores: list[float]) -> None:
    x = torch.tensor(scores, dtype=torch.float64)
    own = torch.autograd.functional.jacobian(lambda each: torch.softmax(each, 0), x)
    assert torch.allclose(softmax(scores).jacobian, own, atol=1e-15)


@given(SCORES, st.floats(0.01, 100))
def test_weights_sum_to_one_and_each_row_of_the_jacobian_to_nothing(
    scores: list[float], divisor: float
) -> None:
    made = softmax(scores, divisor)
    assert float(made.weights.sum()) == pytest.approx(1, abs=1e-12)
    assert made.jacobian.sum(0).abs().max() < 1e-15
    assert made.jacobian.sum(1).abs().max() < 1e-15
    # The order of the scores is that of the weights, and a constant changes nothing.
    ordered = made.weights[made.scores.argsort()]
    assert bool((ordered.diff() >= 0).all())
    shifted = softmax([score + 7 for score in scores], divisor)
    assert torch.allclose(shifted.weights, made.weights, atol=1e-12)


def test_the_diagonal_keeps_its_digits_where_one_minus_the_weight_has_none() -> None:
    getcontext().prec = 60
    scores = [0, -50, -60]
    powers = [Decimal(score).exp() for score in scores]
    exact = [power / sum(powers) for power in powers]
    diagonal = softmax(scores).jacobian.diagonal().tolist()
    for own, weight in zip(diagonal, exact, strict=True):
        assert own == pytest.approx(float(weight * (1 - weight)), rel=1e-12)


@given(SCORES, st.lists(st.floats(-3, 3), min_size=1, max_size=5))
def test_a_curve_is_the_softmax_at_each_factor(scores: list[float], factors: list[float]) -> None:
    drawn = curve(scores, factors)
    for at, factor in enumerate(factors):
        one = softmax([score * factor for score in scores])
        assert torch.allclose(drawn.weights[at], one.weights, atol=1e-14)
        assert torch.allclose(drawn.gradient[at], one.jacobian.diagonal(), atol=1e-14)
