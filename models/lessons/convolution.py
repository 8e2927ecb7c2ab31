"""A convolution is a special case of attention: each head looks at one offset, whatever it reads.

    q_i, k_j    of the places alone: k_j = one-hot(j), q_i = LOUD one-hot(i + offset)
    pattern     1 at the pixel that stands at the offset, next to nothing elsewhere
    v_j         x_j, the channels of the pixel;   W_o = the kernel's weights at that offset
    sum of all  the convolution, with nothing beyond the edge

One head for each offset of a kernel (Cordonnier et al. 2020). The kernels are those of a small
convolutional network that was trained on the same digits as the models of `images`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from headlight.models.core.attention import (
    attention_pattern,
    attention_scores,
    attention_z,
    head_contribution,
)
from headlight.models.lessons.digits import DIGITS, SIZE

CHANNELS = 8
LOUD = 100.0
"""The score of a pixel at the offset; all others have 0, so that e^-100 of its weight is theirs."""


class Convolution(nn.Module):
    """Two convolutions of 3 x 3, each followed by the largest of 2 x 2, then one map of digits."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, CHANNELS, 3, padding=1)
        self.second = nn.Conv2d(CHANNELS, 2 * CHANNELS, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.digits = nn.Linear(2 * CHANNELS * (SIZE // 4) ** 2, DIGITS)

    def forward(self, image: Float[Tensor, "*batch row column"]) -> Float[Tensor, "*batch digit"]:
        maps = self.first(image[..., None, :, :])
        maps = self.second(self.pool(maps.relu()))
        logits: Tensor = self.digits(self.pool(maps.relu()).flatten(-3))
        return logits


def offsets(rows: int, columns: int) -> list[tuple[int, int]]:
    """What the weights of a kernel stand at: rows down, columns to the right of its middle."""
    return [(r - rows // 2, c - columns // 2) for r in range(rows) for c in range(columns)]


@dataclass(frozen=True, slots=True, eq=False)
class OffsetHeads:
    """A convolution as attention. The last key is the place beyond the edge, whose value is 0.

    scores        [head, pixel, pixel + 1]
    pattern       [head, pixel, pixel + 1]
    contribution  [head, pixel, out], what each head adds
    bias          [out]
    """

    scores: Float[Tensor, "head pixel key"]
    pattern: Float[Tensor, "head pixel key"]
    contribution: Float[Tensor, "head pixel out"]
    bias: Float[Tensor, " out"]

    @property
    def output(self) -> Float[Tensor, "pixel out"]:
        return self.contribution.sum(0) + self.bias


def offset_heads(
    image: Float[Tensor, "into row column"],
    kernel: Float[Tensor, "out into height width"],
    bias: Float[Tensor, " out"],
) -> OffsetHeads:
    """Attention with a head for each offset of a kernel of odd height and width."""
    rows, columns = image.shape[1:]
    count = rows * columns
    beyond = count
    targets = torch.tensor(
        [
            [
                (row + down) * columns + column + right
                if 0 <= row + down < rows and 0 <= column + right < columns
                else beyond
                for row in range(rows)
                for column in range(columns)
            ]
            for down, right in offsets(*kernel.shape[2:])
        ]
    )
    places = torch.eye(count + 1, dtype=image.dtype)
    scores = attention_scores(LOUD * places[targets], places.expand(len(targets), -1, -1), 1.0)
    pattern = attention_pattern(scores)
    x = nn.functional.pad(image.flatten(1).T, (0, 0, 0, 1))
    w_o = kernel.flatten(2).permute(2, 1, 0)
    z = attention_z(pattern, x.expand(len(targets), -1, -1))
    return OffsetHeads(scores, pattern, head_contribution(z, w_o), bias)
