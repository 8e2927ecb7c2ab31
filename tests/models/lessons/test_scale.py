"""What scaling does, against numpy, and against a head's own tensors."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from headlight.models.lessons.scale import KEYS, ROWS, rows, sample, spreads
from headlight.models.zoo.registry import build_registry
from tests.models.traces import decoder_trace


def test_rows_are_measured_as_numpy_measures_them() -> None:
    scores = torch.tensor([[0.0, 1.0, 2.5], [3.0, 3.0, -1.0]], dtype=torch.float64)
    powers = np.exp(scores.numpy())
    weights = powers / powers.sum(1, keepdims=True)
    found = rows(scores)
    assert found.variance == pytest.approx(scores.numpy().var(ddof=1))
    entropy = -(weights * np.log(weights)).sum(1).mean() / math.log(3)
    assert found.entropy == pytest.approx(entropy)
    assert found.largest == pytest.approx(weights.max(1).mean())
    norms = [np.linalg.norm(np.diag(row) - np.outer(row, row)) for row in weights]
    assert found.gradient == pytest.approx(np.mean(norms))


def test_rows_that_are_all_alike_or_all_on_one_key_are_the_ends_of_the_scale() -> None:
    even = rows(torch.zeros(2, 4, dtype=torch.float64))
    assert (even.entropy, even.largest) == (pytest.approx(1), pytest.approx(0.25))
    sure = rows(torch.tensor([[1000.0, 0.0]], dtype=torch.float64))
    assert (sure.entropy, sure.largest, sure.gradient) == (0, 1, 0)


@pytest.mark.parametrize("d", [1, 4, 16, 64, 256])
def test_the_variance_of_a_dot_product_is_d_and_of_the_scaled_one_1(d: int) -> None:
    drawn = sample(d, 3)
    assert drawn.scores.shape == (ROWS, KEYS)
    # Keys of one query share it, so that the mean over ROWS queries decides how near it comes.
    assert drawn.unscaled.variance == pytest.approx(d, rel=0.2)
    assert drawn.scaled.variance == pytest.approx(drawn.unscaled.variance / d)
    assert float(drawn.q @ drawn.k) == pytest.approx(float(drawn.scores[0, 0]), abs=1e-12)


def test_unscaled_softmax_gets_surer_with_d_and_the_scaled_one_does_not() -> None:
    drawn = [sample(d, 1) for d in (4, 16, 64, 256)]
    entropies = [one.unscaled.entropy for one in drawn]
    assert entropies == sorted(entropies, reverse=True)
    assert entropies[-1] < 0.1
    assert all(0.8 < one.scaled.entropy < 0.95 for one in drawn)


def test_the_jacobian_rises_to_d_of_about_8_before_it_falls() -> None:
    """Texts say that it vanishes; it does, for large d only."""
    norm = {
        d: np.mean([sample(d, seed).unscaled.gradient for seed in range(8)]) for d in (1, 8, 512)
    }
    assert norm[1] < norm[8]
    assert norm[512] < norm[8] / 2


def test_a_seed_draws_the_same_numbers_and_another_others() -> None:
    assert torch.equal(sample(8, 5).scores, sample(8, 5).scores)
    assert not torch.equal(sample(8, 5).scores, sample(8, 6).scores)


def test_the_spread_of_a_head_is_that_of_its_own_products() -> None:
    trace = build_registry().load("small").run("I saw a saw")
    found = list(spreads(trace))
    heads = [(layer, head) for layer in range(4) for head in range(4)]
    assert [(one.layer, one.head) for one in found] == heads
    for one in found:
        site = trace.sites[one.layer]
        raw = (site.q[one.head] @ site.k[one.head].T).double().numpy()
        assert one.spread == pytest.approx(raw.std(ddof=1), rel=1e-5)
        assert one.scale == pytest.approx(1 / math.sqrt(one.d_head))
        pattern = site.pattern([one.head])[0].double().numpy()
        entropy = -(pattern * np.log(pattern)).sum(1).mean() / math.log(len(pattern))
        assert one.entropy == pytest.approx(entropy, rel=1e-5)
        powers = np.exp(raw - raw.max(1, keepdims=True))
        plain = powers / powers.sum(1, keepdims=True)
        logs = np.log(plain, where=plain > 0, out=np.zeros_like(plain))
        assert one.unscaled == pytest.approx(
            -(plain * logs).sum(1).mean() / math.log(len(plain)), rel=1e-4, abs=1e-9
        )


def test_of_a_causal_head_only_the_pairs_that_may_look_count() -> None:
    trace = decoder_trace()
    site = trace.sites[0]
    found = next(spreads(trace))
    raw = (site.scores([0])[0] / site.scale).double().numpy()
    seen = np.tril(np.ones_like(raw, dtype=bool))
    assert found.spread == pytest.approx(raw[seen].std(ddof=1), rel=1e-5)
    shares = []
    for query in range(1, len(raw)):  # the first sees itself alone: it has no choice
        row = np.exp(site.scale * (raw[query, : query + 1] - raw[query, : query + 1].max()))
        row = row / row.sum()
        shares.append(-(row * np.log(row)).sum() / math.log(query + 1))
    assert found.entropy == pytest.approx(np.mean(shares), rel=1e-5)
