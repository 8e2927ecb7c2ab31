"""What a link carries: its weight times the length of the transformed value."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import OutputProjection
from headlight.models.measures.norms import norm_weighted
from tests.models.traces import causal_mask, site

ALL = slice(None)


def test_a_link_of_a_half_to_a_value_of_length_5_carries_2_and_a_half() -> None:
    one = site("encoder", 0, 2, 2, heads=1, d_head=2)
    value = torch.tensor([[[3.0, 4.0], [0.0, 0.0]]])
    w_o = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    even = replace(one, q=torch.zeros_like(one.q), v=value, projection=OutputProjection(w_o, None))
    found = norm_weighted(even, ALL)
    torch.testing.assert_close(found, torch.tensor([[[2.5, 0.0], [2.5, 0.0]]]))


def test_it_is_the_length_of_each_weighted_and_transformed_vector() -> None:
    made = site("decoder", 0, 7, 7, heads=6, kv_heads=3, mask=causal_mask(7))
    assert made.projection is not None
    carried = torch.einsum(
        "hqk,hkd,hdm->hqkm", made.pattern(ALL), made.values(ALL), made.projection.w_o
    )
    torch.testing.assert_close(norm_weighted(made, ALL), carried.norm(dim=-1))
    torch.testing.assert_close(norm_weighted(made, [4, 1]), carried.norm(dim=-1)[[4, 1]])
    assert bool((norm_weighted(made, ALL)[:, 2, 3:] == 0).all())


def test_a_model_without_w_o_is_refused_in_words() -> None:
    with pytest.raises(InvalidSelection, match="no output projection W_o") as refused:
        norm_weighted(site("encoder", 0, 5, 5, projected=False), ALL)
    assert refused.value.argument == "include"
