"""The equations, against numbers worked by hand and against torch's own attention."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from headlight.models.core.attention import (
    attention_pattern,
    attention_scores,
    attention_z,
    head_contribution,
    repeat_groups,
)

BATCH, HEAD, QUERY, KEY, D_HEAD, D_MODEL = 2, 3, 5, 7, 11, 13


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


Q = random(BATCH, HEAD, QUERY, D_HEAD, seed=1)
K = random(BATCH, HEAD, KEY, D_HEAD, seed=2)
V = random(BATCH, HEAD, KEY, D_HEAD, seed=3)
MASK = torch.ones(QUERY, KEY, dtype=torch.bool).tril(2)


def test_a_score_is_the_product_of_query_and_key_times_the_scale() -> None:
    q = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    k = torch.tensor([[0.5, -1.0, 2.0, 0.25], [1.0, 1.0, 1.0, 1.0]])
    # 0.5 - 2 + 6 + 1 = 5.5 and 1 + 2 + 3 + 4 = 10; sqrt(4) = 2
    assert attention_scores(q, k).tolist() == [[2.75, 5.0]]
    assert attention_scores(q, k, scale=1.0).tolist() == [[5.5, 10.0]]


def test_each_query_spends_exactly_one_unit_of_attention() -> None:
    pattern = attention_pattern(attention_scores(Q, K), mask=MASK)
    assert pattern.shape == (BATCH, HEAD, QUERY, KEY)
    torch.testing.assert_close(pattern.sum(-1), torch.ones(BATCH, HEAD, QUERY))


def test_equal_scores_share_alike_and_log_three_counts_triple() -> None:
    scores = torch.tensor([[0.0, 0.0], [0.0, math.log(3)]])
    torch.testing.assert_close(attention_pattern(scores), torch.tensor([[0.5, 0.5], [0.25, 0.75]]))


def test_a_masked_key_gets_exactly_nothing() -> None:
    pattern = attention_pattern(attention_scores(Q, K), mask=MASK)
    assert pattern[..., ~MASK].max() == 0
    assert pattern[..., MASK].min() > 0


def test_a_query_that_may_look_nowhere_looks_everywhere_alike() -> None:
    mask = torch.tensor([[True, False, True], [False, False, False]])
    pattern = attention_pattern(random(2, 3), mask=mask)
    torch.testing.assert_close(pattern[1], torch.full((3,), 1 / 3))


def test_a_bias_shifts_the_scores_before_the_softmax() -> None:
    bias = torch.tensor([[0.0, math.log(2), math.log(5)]])
    pattern = attention_pattern(torch.zeros(1, 3), bias)
    torch.testing.assert_close(pattern, torch.tensor([[1 / 8, 2 / 8, 5 / 8]]))


def test_a_softcap_squashes_scores_before_the_bias_is_added() -> None:
    scores, bias = torch.tensor([[100.0, -100.0]]), torch.tensor([[0.0, 1.0]])
    # tanh is 1 to the last bit, so the scores are +0.5 and -0.5, and the logits 0.5 and 0.5
    pattern = attention_pattern(scores, bias, softcap=0.5)
    torch.testing.assert_close(pattern, torch.tensor([[0.5, 0.5]]))


def test_a_sink_takes_its_share_and_is_dropped() -> None:
    scores = torch.zeros(2, 1, 3)
    sinks = torch.tensor([0.0, math.log(7)])
    pattern = attention_pattern(scores, sinks=sinks)
    expected = torch.tensor([1 / 4, 1 / 10])[:, None, None].expand(2, 1, 3)
    torch.testing.assert_close(pattern, expected)


def test_z_is_torchs_own_attention() -> None:
    bias = random(HEAD, QUERY, KEY, seed=4)
    additive = bias.masked_fill(~MASK, -math.inf)
    own = torch.nn.functional.scaled_dot_product_attention(Q, K, V, additive)
    z = attention_z(attention_pattern(attention_scores(Q, K), bias, MASK), V)
    torch.testing.assert_close(z, own, rtol=1e-5, atol=1e-6)


def test_query_heads_in_a_row_share_a_key_head() -> None:
    shared = random(2, KEY, D_HEAD, seed=5)
    repeated = repeat_groups(shared, 6)
    assert [int((repeated[head] == shared[1]).all()) for head in range(6)] == [0, 0, 0, 1, 1, 1]
    assert repeat_groups(shared, 2) is shared


def test_heads_that_cannot_be_shared_out_evenly_are_an_error() -> None:
    with pytest.raises(ValueError, match="7 heads cannot share 3 key heads evenly"):
        repeat_groups(random(3, KEY, D_HEAD), 7)


def test_contributions_of_all_heads_add_up_to_the_projection_of_all_heads() -> None:
    z = random(BATCH, HEAD, QUERY, D_HEAD, seed=6)
    weight = random(D_MODEL, HEAD * D_HEAD, seed=7)
    w_o = weight.T.reshape(HEAD, D_HEAD, D_MODEL)
    whole = torch.nn.functional.linear(z.transpose(1, 2).flatten(2), weight)
    torch.testing.assert_close(head_contribution(z, w_o).sum(1), whole, rtol=1e-5, atol=1e-5)


def test_no_function_changes_what_it_is_given() -> None:
    scores, bias, sinks = random(HEAD, QUERY, KEY), random(HEAD, QUERY, KEY), random(HEAD)
    given = (Q, K, V, scores, bias, MASK, sinks)
    before = [tensor.clone() for tensor in given]
    attention_scores(Q, K)
    attention_z(attention_pattern(scores, bias, MASK, softcap=2.0, sinks=sinks), V[0])
    attention_z(attention_pattern(scores), V[0])
    assert all(torch.equal(a, b) for a, b in zip(given, before, strict=True))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_softmax_is_taken_in_float32_or_better(dtype: torch.dtype) -> None:
    scores = random(QUERY, KEY).to(dtype)
    pattern = attention_pattern(scores)
    assert pattern.dtype == dtype
    exact = torch.softmax(scores.double(), -1)
    unit = 1e-15 if dtype == torch.float64 else torch.finfo(dtype).eps
    assert (pattern.double() - exact).abs().max() <= unit


def test_gradients_flow_through_every_equation() -> None:
    q, k, v = (tensor[0, 0, :3, :2].double().requires_grad_() for tensor in (Q, K, V))

    def z(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return attention_z(
            attention_pattern(attention_scores(q, k), mask=MASK[:3, :3], softcap=3.0), v
        )

    assert torch.autograd.gradcheck(z, (q, k, v))
