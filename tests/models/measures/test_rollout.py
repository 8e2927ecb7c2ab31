"""Rollout against products worked by hand, flow against cuts worked by hand and networkx."""

from __future__ import annotations

import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import Trace
from headlight.models.measures.rollout import flow, flow_work, mixing, reachable, rollout
from tests.models.traces import (
    decoder_trace,
    encoder_trace,
    sequence,
    site,
    trace_with_patterns,
    translation_trace,
)

EXACT = {"rtol": 0.0, "atol": 1e-12}


def double(rows: list[list[float]]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


# Two layers of two heads each.
FIRST = torch.tensor([[[0.25, 0.75], [0.75, 0.25]], [[0.0, 1.0], [1.0, 0.0]]])
SECOND = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [1.0, 0.0]]])
# Half their means and half the identity, by hand.
A_0 = double([[0.5625, 0.4375], [0.4375, 0.5625]])
A_1 = double([[0.875, 0.125], [0.5, 0.5]])
# A_1 A_0, by hand; A_0 A_1 would begin with 0.5625 * 0.875 + 0.4375 * 0.5 = 0.7109375.
HELD = double([[0.546875, 0.453125], [0.5, 0.5]])


@pytest.fixture
def two_layers() -> Trace:
    return trace_with_patterns([FIRST, SECOND], sequence("a b", first="", last=""))


def test_a_layer_mixes_half_of_its_heads_mean_and_half_of_itself(two_layers: Trace) -> None:
    torch.testing.assert_close(mixing(two_layers, "encoder"), torch.stack([A_0, A_1]))


def test_rollout_of_two_unequal_layers_is_the_product_worked_by_hand(two_layers: Trace) -> None:
    found = rollout(torch.stack([A_0, A_1]))
    torch.testing.assert_close(found, torch.stack([A_0, HELD]), **EXACT)


def test_the_product_in_the_other_order_is_another_one() -> None:
    reversed_product = A_0 @ A_1
    assert float(reversed_product[0, 0]) == 0.7109375
    with pytest.raises(AssertionError, match="not close"):
        torch.testing.assert_close(rollout(torch.stack([A_0, A_1]))[-1], reversed_product)


def test_what_every_position_holds_of_the_inputs_sums_to_1() -> None:
    found = rollout(mixing(encoder_trace(layers=5), "encoder"))
    torch.testing.assert_close(found.sum(-1), torch.ones(found.shape[:2], dtype=torch.float64))


def test_rows_that_leave_something_to_a_sink_are_normalised_again() -> None:
    sinks = torch.tensor([1.0, 2.0, 3.0])
    tower = sequence("a b c d e", first="", last="")
    blocks = tuple(site("decoder", layer, 5, 5, sinks=sinks) for layer in range(2))
    mixed = mixing(Trace("hand", "a b c d e", None, blocks, decoder=tower), "decoder")
    torch.testing.assert_close(mixed.sum(-1), torch.ones(2, 5, dtype=torch.float64))
    assert bool((mixed.diagonal(dim1=1, dim2=2) > 0.5).all())


def test_a_causal_stack_reaches_only_its_past() -> None:
    trace = decoder_trace(layers=3)
    found, open_ = rollout(mixing(trace, "decoder")), reachable(trace, "decoder")
    past = torch.ones_like(open_[0]).tril()
    assert torch.equal(open_, past.expand(3, -1, -1))
    assert torch.equal(found > 0, open_)


def test_a_window_of_one_reaches_one_position_further_with_each_layer() -> None:
    pos = torch.arange(7)
    away = (pos[:, None] - pos).abs()
    tower = sequence("a b c d e f g", first="", last="")
    blocks = tuple(site("encoder", n, 7, 7, mask=(away <= 1)[None]) for n in range(3))
    trace = Trace("hand", "a b c d e f g", None, blocks, encoder=tower)
    wanted = torch.stack([away <= n + 1 for n in range(3)])
    assert torch.equal(reachable(trace, "encoder"), wanted)
    assert torch.equal(rollout(mixing(trace, "encoder")) > 0, wanted)


def test_each_stack_of_a_translator_has_its_own_rollout_and_cross_attention_has_none() -> None:
    trace = translation_trace()
    assert mixing(trace, "encoder").shape[1:] != mixing(trace, "decoder").shape[1:]
    with pytest.raises(InvalidSelection, match="cross attention reads another text") as refused:
        mixing(trace, "cross")
    assert refused.value.argument == "include"


def test_a_kind_that_the_run_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidSelection, match="no decoder attention"):
        mixing(encoder_trace(), "decoder")


def test_flow_through_one_layer_is_its_mixing() -> None:
    found = flow(torch.stack([A_0, A_1]), 0, [0, 1])
    torch.testing.assert_close(found, A_0, rtol=0, atol=1e-8)


def test_flow_through_two_layers_is_the_sum_of_the_narrower_of_each_pair_of_links() -> None:
    # From 0 above to 0 below: min(0.875, 0.5625) + min(0.125, 0.4375), and so on.
    found = flow(torch.stack([A_0, A_1]), 1, [0, 1])
    by_hand = double([[0.6875, 0.5625], [0.9375, 0.9375]])
    torch.testing.assert_close(found, by_hand, rtol=0, atol=1e-8)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**20), st.booleans())
@settings(max_examples=25, deadline=None)
def test_flow_is_what_networkx_finds_on_the_same_graph(
    layers: int, length: int, seed: int, causal: bool
) -> None:
    made = torch.Generator().manual_seed(seed)
    logits = torch.randn(layers, length, length, generator=made, dtype=torch.float64) * 3
    if causal:
        past = torch.ones(length, length, dtype=torch.bool).tril()
        logits = logits.masked_fill(~past, -torch.inf)
    mixed = (logits.softmax(-1) + torch.eye(length)) / 2
    graph = nx.DiGraph()
    graph.add_nodes_from((level, pos) for level in range(layers + 1) for pos in range(length))
    for layer in range(layers):
        for query in range(length):
            for key in range(length):
                capacity = float(mixed[layer, query, key])
                graph.add_edge((layer + 1, query), (layer, key), capacity=capacity)
    wanted = [
        [nx.maximum_flow_value(graph, (layers, query), (0, key)) for key in range(length)]
        for query in range(length)
    ]
    found = flow(mixed, layers - 1, range(length))
    torch.testing.assert_close(found, double(wanted), rtol=0, atol=1e-6)


def test_flow_of_some_positions_is_the_same_as_among_all() -> None:
    mixed = mixing(encoder_trace("a b c", layers=3), "encoder")
    assert torch.equal(flow(mixed, 2, [3, 1]), flow(mixed, 2, range(5))[[3, 1]])


def test_the_work_of_a_flow_counts_flows_and_the_links_below_them() -> None:
    # 2 queries to 5 inputs, through 25 links in layer 0 and 75 in layers 0 to 2.
    assert flow_work(5, [0, 2], 2) == 10 * 25 + 10 * 75
