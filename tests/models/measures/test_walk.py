"""Each step of a walk follows from the one before, by arithmetic that is not the model's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn.functional import gelu, layer_norm, linear

from headlight.models.core.errors import InvalidSelection
from headlight.models.measures.walk import Walk, walk_head
from headlight.models.small.loading import SmallLoaded
from tests.models.speaking import speaking_folder
from tests.models.traces import D_HEAD, D_MODEL, HEADS, encoder_trace
from tests.models.walkable import LAYERS, SUPERVISED, walkable_trace

N = 6  # "I saw a saw" between its special tokens
PLACES = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]


def of(walk: Walk) -> dict[str, NDArray[Any]]:
    return {name: tensor.double().numpy() for name, _, tensor in walk.tensors()}


def alike(found: NDArray[Any], worked: NDArray[Any]) -> None:
    np.testing.assert_allclose(found, worked, rtol=1e-5, atol=1e-5)


def shares(scores: NDArray[Any]) -> NDArray[Any]:
    e = np.exp(scores)
    return e / e.sum(-1, keepdims=True)


@pytest.mark.parametrize(("layer", "head"), PLACES)
def test_every_tensor_is_what_its_equation_makes_of_those_before(layer: int, head: int) -> None:
    found = of(walk_head(walkable_trace(bias=True), layer, head))
    for name in ("q", "k", "v"):
        alike(found[name], found["normed"] @ found[f"w_{name}"])
    alike(found["dot"], found["q"] @ found["k"].T)
    alike(found["scores"], found["dot"] / np.sqrt(D_HEAD))
    alike(found["pattern"], shares(found["scores"]))
    alike(found["pattern"].sum(-1), np.ones(N))
    alike(found["z"][head], found["pattern"] @ found["v"])
    beside = np.concatenate(list(found["z"]), axis=-1)
    alike(found["output"], beside @ found["w_o"].reshape(-1, D_MODEL) + found["b_o"])


@pytest.mark.parametrize("layer", range(LAYERS))
def test_the_heads_read_what_torch_makes_of_x_by_layer_norm(layer: int) -> None:
    walk = walk_head(walkable_trace(), layer, 0)
    gain, bias = walk.norm_gain, walk.norm_bias
    wanted = layer_norm(walk.x, (D_MODEL,), gain, bias, walk.norm_epsilon)
    torch.testing.assert_close(walk.normed, wanted)


def test_a_model_of_our_own_norms_before_its_heads_and_before_its_feedforward(
    tmp_path: Path,
) -> None:
    loaded = SmallLoaded.from_folder("speaker", speaking_folder(tmp_path))
    trace = loaded.run("the law is law")
    for layer in range(2):
        walk, block = walk_head(trace, layer, 1), loaded.model.block(layer)
        shape = (loaded.model.config.d_model,)
        norm = block.norm_attention
        assert walk.norm_gain.std() > 0.1
        assert walk.norm_bias.std() > 0.1
        assert walk.norm_epsilon == 1e-5
        read = layer_norm(walk.x, shape, norm.weight, norm.bias, 1e-5)
        torch.testing.assert_close(walk.normed, read)
        for name in ("q", "k", "v"):
            torch.testing.assert_close(getattr(walk, name), read @ getattr(walk, f"w_{name}"))
        mixed = walk.x + walk.output
        norm = block.norm_feedforward
        fed = linear(
            layer_norm(mixed, shape, norm.weight, norm.bias, 1e-5), block.up.weight, block.up.bias
        )
        torch.testing.assert_close(walk.residual, mixed + block.down(gelu(fed)))


def test_every_tensor_has_the_shape_that_is_written() -> None:
    walk = walk_head(walkable_trace(), 0, 1)
    assert {name: tuple(tensor.shape) for name, _, tensor in walk.tensors()} == {
        **dict.fromkeys(("x", "token", "position", "normed"), (N, D_MODEL)),
        **dict.fromkeys(("output", "residual"), (N, D_MODEL)),
        **dict.fromkeys(("norm_gain", "norm_bias"), (D_MODEL,)),
        **dict.fromkeys(("w_q", "w_k", "w_v"), (D_MODEL, D_HEAD)),
        **dict.fromkeys(("q", "k", "v"), (N, D_HEAD)),
        **dict.fromkeys(("dot", "scores", "pattern"), (N, N)),
        "z": (HEADS, N, D_HEAD),
        "w_o": (HEADS, D_HEAD, D_MODEL),
    }
    axes = {name: axes for name, axes, _ in walk.tensors()}
    assert (axes["q"], axes["w_o"]) == (("query_pos", "d_head"), ("head", "d_head", "d_model"))
    assert all(len(axes[name]) == tensor.dim() for name, _, tensor in walk.tensors())
    assert (walk.layers, walk.heads, walk.supervised) == (LAYERS, HEADS, SUPERVISED)
    assert [token.text for token in walk.tokens] == ["[CLS]", "I", "saw", "a", "saw", "[SEP]"]


def test_the_first_block_reads_token_and_position_and_the_next_what_that_handed_on() -> None:
    trace = walkable_trace()
    first, second = walk_head(trace, 0, 0), walk_head(trace, 1, 0)
    assert first.token is not None
    assert first.position is not None
    assert torch.equal(first.x, first.token + first.position)
    assert torch.equal(second.x, first.residual)
    assert second.token is None
    assert second.position is None


def test_all_heads_of_a_layer_share_what_is_not_their_own() -> None:
    trace = walkable_trace()
    one, other = (of(walk_head(trace, 1, head)) for head in (0, 2))
    for name in ("x", "normed", "norm_gain", "norm_bias", "z", "w_o", "output", "residual"):
        np.testing.assert_array_equal(one[name], other[name])
    assert not np.allclose(one["q"], other["q"])


def test_additive_scores_are_not_scaled() -> None:
    walk = walk_head(walkable_trace(additive=True), 0, 1)
    found = of(walk)
    hidden = np.tanh(found["q"][:, None] + found["k"][None])
    alike(found["dot"], (hidden * found["v_a"]).sum(-1))
    assert walk.scale == 1
    np.testing.assert_array_equal(found["scores"], found["dot"])


def test_relu_shares_out_what_is_positive() -> None:
    walk = walk_head(walkable_trace(normaliser="relu"), 0, 1)
    found = of(walk)
    positive = np.maximum(found["scores"], 0)
    alike(found["pattern"], positive / positive.sum(-1, keepdims=True))
    assert walk.normaliser == "relu"


def test_a_window_hides_what_is_far_and_no_mask_hides_nothing() -> None:
    near = torch.ones(1, N, N, dtype=torch.bool).triu(-1).tril(1)
    walk = walk_head(walkable_trace(mask=near), 0, 1)
    assert walk.mask is not None
    assert torch.equal(walk.mask, near[0])
    assert (walk.pattern[~near[0]] == 0).all()
    assert torch.isfinite(walk.scores).all()
    assert walk_head(walkable_trace(), 0, 1).mask is None
    assert walk_head(walkable_trace(mask=torch.ones_like(near)), 0, 1).mask is None


def test_one_query_is_that_row_of_all_of_them() -> None:
    near = torch.ones(1, N, N, dtype=torch.bool).triu(-1).tril(1)
    trace = walkable_trace(mask=near)
    whole, one = of(walk_head(trace, 1, 2)), of(walk_head(trace, 1, 2, query_pos=4))
    for name in ("q", "dot", "scores", "mask", "pattern", "output", "residual"):
        np.testing.assert_array_equal(one[name], whole[name][4:5])
    np.testing.assert_array_equal(one["z"], whole["z"][:, 4:5])
    for name in ("x", "normed", "w_q", "w_k", "w_v", "k", "v", "w_o"):
        np.testing.assert_array_equal(one[name], whole[name])


@pytest.mark.parametrize(
    ("place", "field", "message"),
    [
        ((2, 0, None), "layer", "layer 2 is outside 0 to 1"),
        ((0, 3, None), "head", "head 3 is outside 0 to 2, the heads of layer 0"),
        ((0, 0, 6), "query_pos", "query_pos 6 is outside 0 to 5, the query positions"),
    ],
)
def test_a_place_that_the_run_does_not_have_is_refused_by_name(
    place: tuple[int, int, int | None], field: str, message: str
) -> None:
    with pytest.raises(InvalidSelection, match=message) as caught:
        walk_head(walkable_trace(), *place)
    assert caught.value.argument == field


def test_a_model_that_keeps_no_inside_says_which_one_does() -> None:
    with pytest.raises(InvalidSelection, match=r"hand keeps no x .*; choose small") as caught:
        walk_head(encoder_trace(), 0, 0)
    assert caught.value.argument == "model"
