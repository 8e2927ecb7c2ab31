"""What a trace promises about its sites and towers."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import Site
from tests.models.traces import (
    D_MODEL,
    HEADS,
    causal_mask,
    decoder_trace,
    encoder_trace,
    sequence,
    site,
    translation_trace,
)


def test_a_sequence_is_a_partition_of_its_tokens_into_words() -> None:
    tower = sequence("the un|believ|able law", "苹~果")
    assert [token.text for token in tower.tokens] == [
        "[CLS]", "the", "un", "believ", "able", "law", "[SEP]", "苹", "果", "[SEP]",
    ]  # fmt: skip
    assert [pos for word in tower.words for pos in word.tokens] == list(range(len(tower)))
    assert tower.word_of.tolist() == [0, 1, 2, 2, 2, 3, 4, 5, 6, 7]
    assert tower.special.nonzero().flatten().tolist() == [0, 6, 9]
    assert [(word.start, word.end) for word in tower.words if not word.special] == [
        (0, 3), (4, 16), (17, 20), (0, 1), (1, 2),
    ]  # fmt: skip


def test_kinds_come_in_the_order_of_the_house_and_sites_by_layer() -> None:
    trace = translation_trace()
    assert trace.kinds == ("encoder", "decoder", "cross")
    assert [each.layer for each in trace.of_kind("cross")] == [0, 1]
    assert trace.site("cross", 1) is trace.of_kind("cross")[1]


def test_cross_attention_asks_from_the_decoder_and_looks_at_the_encoder() -> None:
    trace = translation_trace()
    assert trace.query_sequence("cross") is trace.decoder
    assert trace.key_sequence("cross") is trace.encoder
    assert trace.query_sequence("decoder") is trace.key_sequence("decoder") is trace.decoder
    assert trace.query_sequence("encoder") is trace.key_sequence("encoder") is trace.encoder


def test_a_kind_that_the_run_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(InvalidSelection, match="no cross attention; it has encoder") as caught:
        encoder_trace().site("cross", 0)
    assert caught.value.argument == "kind"


def test_a_tower_that_the_run_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidSelection, match="has no decoder"):
        encoder_trace().query_sequence("decoder")


@pytest.mark.parametrize("layer", [-1, 2, 10**9])
def test_a_layer_outside_the_model_is_refused_with_the_range(layer: int) -> None:
    with pytest.raises(InvalidSelection, match=f"layer {layer} is outside 0 to 1") as caught:
        encoder_trace().site("encoder", layer)
    assert caught.value.argument == "layer"


def scaled_dot_product(block: Site) -> torch.Tensor:
    """torch's own attention: the oracle for z where there is no softcap and no sink."""
    mask = None
    if block.bias is not None:
        mask = block.bias.expand(block.n_heads, -1, -1)
    if block.mask is not None:
        allowed = block.mask.expand(block.n_heads, -1, -1)
        mask = torch.zeros(allowed.shape) if mask is None else mask
        mask = mask.masked_fill(~allowed, -torch.inf)
    return torch.nn.functional.scaled_dot_product_attention(
        block.q[None],
        block.k[None],
        block.v[None],
        attn_mask=None if mask is None else mask[None],
        scale=block.scale,
        enable_gqa=True,
    )[0]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mask": causal_mask(7)[:, :5].contiguous()},
        {"bias": torch.linspace(-2, 2, 35).view(1, 5, 7)},
        {"bias": torch.linspace(-2, 2, 6 * 35).view(6, 5, 7), "scale": 1.0},
        {"kv_heads": 2},
        {"kv_heads": 1},
    ],
    ids=["plain", "mask", "shared bias", "bias a head", "two key heads", "one key head"],
)
def test_pattern_times_values_is_what_torch_computes(options: dict[str, Any]) -> None:
    block = site("encoder", 0, 5, 7, heads=6, **options)
    every = slice(None)
    z = block.pattern(every) @ block.values(every)
    torch.testing.assert_close(z, scaled_dot_product(block), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(z, block.z)


def test_each_query_spends_exactly_one_unit_of_attention() -> None:
    block = site("encoder", 0, 5, 7, softcap=2.0)
    torch.testing.assert_close(block.pattern(slice(None)).sum(-1), torch.ones(HEADS, 5))


def test_a_softcap_bounds_what_the_softmax_sees() -> None:
    block = site("encoder", 0, 5, 7, softcap=0.5, sharpness=50.0)
    row = block.pattern(slice(None))
    assert (row.amax(-1) / row.amin(-1)).max() <= torch.tensor(1.0).exp() + 1e-5


def test_a_sink_takes_its_share_of_the_unit() -> None:
    sinks = torch.tensor([-1e4, 0.0, 1e4])
    total = site("decoder", 0, 5, 7, sinks=sinks).pattern(slice(None)).sum(-1)
    torch.testing.assert_close(total[0], torch.ones(5))
    assert ((total[1] > 0) & (total[1] < 1)).all()
    assert (total[2] == 0).all()


def test_heads_may_be_taken_by_slice_or_by_list() -> None:
    block = site("encoder", 0, 5, 7, heads=6, kv_heads=2, bias=torch.randn(6, 5, 7))
    whole = block.pattern(slice(None))
    torch.testing.assert_close(block.pattern([4, 1]), whole[[4, 1]])
    torch.testing.assert_close(block.pattern(slice(2, 3)), whole[2:3])


def test_contributions_and_the_bias_add_up_to_the_output() -> None:
    block = site("encoder", 0, 5, 7)
    assert block.projection is not None
    assert block.projection.bias is not None
    parts = block.contribution(slice(None))
    assert parts.shape == (HEADS, 5, D_MODEL)
    torch.testing.assert_close(parts.sum(0) + block.projection.bias, block.output)


def test_without_an_output_projection_there_is_no_contribution() -> None:
    with pytest.raises(InvalidSelection, match="no output projection") as caught:
        site("encoder", 0, 5, 7, projected=False).contribution(slice(None))
    assert caught.value.argument == "include"


def test_only_a_mask_that_hides_the_whole_future_is_causal() -> None:
    assert decoder_trace().sites[0].causal
    assert not encoder_trace().sites[0].causal
    leaky = causal_mask(5)
    leaky[0, 1, 3] = True
    assert not site("decoder", 0, 5, 5, mask=leaky).causal
    assert not site("cross", 0, 5, 7, mask=torch.ones(1, 5, 7, dtype=torch.bool).tril()).causal


def test_a_trace_counts_the_bytes_of_its_tensors() -> None:
    trace = encoder_trace("a b", layers=1)
    n, d = 4, 11
    assert trace.nbytes == 4 * (4 * HEADS * n * d + n * D_MODEL)
