"""Heads of one offset each: against torch's own convolutions."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from headlight.models.lessons.classifiers import load_convolution
from headlight.models.lessons.convolution import LOUD, Convolution, offset_heads, offsets
from headlight.models.lessons.digits import as_input, read_images


@pytest.mark.parametrize("size", [(3, 3), (1, 5), (5, 1), (1, 1)])
def test_heads_of_one_offset_each_are_a_convolution(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(4, 6, size, padding="same").double()
    image = torch.randn(4, 7, 9, dtype=torch.float64)
    with torch.inference_mode():
        expected = layer(image[None])[0].flatten(1).T
        heads = offset_heads(image, layer.weight, layer.bias)
        assert float((heads.output - expected).abs().max()) < 1e-6
    assert len(heads.pattern) == size[0] * size[1]


def test_on_one_line_they_are_torchs_convolution_of_a_sequence() -> None:
    torch.manual_seed(0)
    layer = nn.Conv1d(3, 5, 3, padding=1).double()
    line = torch.randn(3, 20, dtype=torch.float64)
    with torch.inference_mode():
        expected = layer(line[None])[0].T
        heads = offset_heads(line[:, None], layer.weight[:, :, None], layer.bias)
        assert float((heads.output - expected).abs().max()) < 1e-6


def test_a_head_looks_at_its_offset_and_beyond_the_edge_at_nothing() -> None:
    torch.manual_seed(0)
    heads = offset_heads(torch.randn(1, 4, 4), torch.randn(2, 1, 3, 3), torch.zeros(2))
    up_left = offsets(3, 3).index((-1, -1))
    assert heads.pattern[up_left, 5].argmax() == 0
    assert heads.pattern[up_left, 0].argmax() == 16  # the key beyond the edge
    assert float(heads.contribution[up_left, 0].abs().max()) == pytest.approx(0, abs=1e-6)
    assert float(heads.scores.max()) == LOUD
    assert heads.pattern.sum(-1).numpy() == pytest.approx(1)


def test_the_first_layer_of_the_trained_network_is_nine_heads() -> None:
    first = load_convolution().first
    image = as_input(read_images("test").pixels[7])
    with torch.inference_mode():
        expected = first(image[None, None])[0].flatten(1).T
        heads = offset_heads(image[None], first.weight, first.bias)
    assert float((heads.output - expected).abs().max()) < 1e-5  # in float32


def test_the_network_pools_as_torch_does() -> None:
    model = load_convolution()
    assert isinstance(model, Convolution)
    image = as_input(read_images("test").pixels[:3])
    functional = nn.functional
    with torch.inference_mode():
        maps = functional.max_pool2d(functional.relu(model.first(image[:, None])), 2)
        maps = functional.max_pool2d(functional.relu(model.second(maps)), 2)
        assert torch.equal(model(image), model.digits(maps.flatten(1)))
