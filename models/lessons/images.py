"""An image as a sequence of patches: attention between the pieces of a picture of a digit.

    x_0     = CLS, x_i = patch_i W + b                 2 x 2 pixels a patch, or one
    x_i     = x_i + p_i                                a learned vector for each position
    x       = x + z W_o,  z = pattern(q, k) v          q, k, v of norm(x), two heads
    x       = x + gelu(norm(x) W_1) W_2                two such layers
    logits  = norm(x_0) W                              of the ten digits

A Transformer for images (Dosovitskiy et al. 2021), small enough to be read in full. Without p it
reads a bag of patches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from headlight.models.lessons.digits import DIGITS, Pixels, as_input, patches_of, side
from headlight.models.lessons.transformer import TransformerLayer

Variant = Literal["patches", "no_positions", "pixels"]
"""patches: of 2 x 2 pixels; no_positions: the same without positions; pixels: a patch is one
pixel."""

Occlusion = Literal["most", "least", "ink", "random"]
"""Which patches nobody may look at: those that CLS looks at most or least, those with the most
ink, or any."""

LAYERS, HEADS, D_MODEL, D_FF = 2, 2, 32, 64
DROPOUT = 0.1
PATCH: dict[Variant, int] = {"patches": 2, "no_positions": 2, "pixels": 1}


class DigitModel(nn.Module):
    """Reads an image in patches of `patch` pixels a side, with learned positions or none."""

    def __init__(self, patch: int, positions: bool = True) -> None:
        super().__init__()
        self.patch = patch
        self.embedding = nn.Linear(patch**2, D_MODEL)
        self.cls = nn.Parameter(torch.randn(D_MODEL) * 0.2)
        count = 1 + side(patch) ** 2
        self.positions = nn.Parameter(torch.randn(count, D_MODEL) * 0.2) if positions else None
        self.layers = nn.ModuleList(
            TransformerLayer(D_MODEL, HEADS, D_FF, DROPOUT) for _ in range(LAYERS)
        )
        self.norm = nn.LayerNorm(D_MODEL)
        self.digits = nn.Linear(D_MODEL, DIGITS)

    def forward(
        self,
        image: Float[Tensor, "*batch row column"],
        mask: Bool[Tensor, "*#batch 1 pos pos"] | None = None,
    ) -> tuple[
        Float[Tensor, "*batch layer head pos pos"],
        Float[Tensor, "*batch layer head pos pos"],
        Float[Tensor, "*batch digit"],
    ]:
        """Scores, before the mask, patterns, and logits. `mask`: what may be looked at."""
        x: Tensor = self.embedding(patches_of(image, self.patch))
        x = torch.cat([self.cls.expand(*x.shape[:-2], 1, -1), x], dim=-2)
        if self.positions is not None:
            x = x + self.positions
        found = []
        for layer in self.layers:
            x, *attention = layer(x, mask)
            found.append(attention)
        scores, patterns = (torch.stack(each, -4) for each in zip(*found, strict=True))
        return scores, patterns, self.digits(self.norm(x[..., 0, :]))


@dataclass(frozen=True, slots=True, eq=False)
class DigitRun:
    """What a model makes of images. Position 0 is CLS, then the patches.

    scores    [*batch, layer, head, pos, pos], before the mask
    patterns  [*batch, layer, head, pos, pos]
    shares    [*batch, digit], what it gives each digit
    """

    scores: Float[Tensor, "*batch layer head pos pos"]
    patterns: Float[Tensor, "*batch layer head pos pos"]
    shares: Float[Tensor, "*batch digit"]

    @property
    def cls_pattern(self) -> Float[Tensor, "*batch patch"]:
        """What CLS gives each patch in the last layer, mean of its heads."""
        return self.patterns[..., -1, :, 0, 1:].mean(-2)


def run(
    model: DigitModel, pixels: Pixels, occluded: Int[Tensor, "*batch some"] | None = None
) -> DigitRun:
    """`occluded`: patches, from 0, that nobody may look at, in any layer."""
    with torch.inference_mode():
        mask = None
        if occluded is not None:
            count = 1 + side(model.patch) ** 2
            closed = torch.zeros(*occluded.shape[:-1], count, dtype=torch.bool)
            open_keys = ~closed.scatter(-1, occluded + 1, True)
            mask = open_keys[..., None, None, :].expand(*open_keys.shape[:-1], 1, count, count)
        scores, patterns, logits = model(as_input(pixels), mask)
        return DigitRun(scores, patterns, logits.double().softmax(-1))


def occluded_patches(
    run: DigitRun, pixels: Pixels, occlusion: Occlusion, seed: int = 0
) -> Int[Tensor, "*batch quarter"]:
    """A quarter of the patches, chosen by what the run looks at, by ink, or by the seed."""
    cls_pattern = run.cls_pattern
    count = cls_pattern.shape[-1] // 4
    if occlusion == "ink":
        order = ink(pixels, cls_pattern.shape[-1])
    elif occlusion == "random":
        order = torch.rand(cls_pattern.shape, generator=torch.Generator().manual_seed(seed))
    else:
        order = cls_pattern if occlusion == "most" else -cls_pattern
    return order.topk(count).indices


def ink(pixels: Pixels, count: int) -> Float[Tensor, "*batch patch"]:
    """How much ink each of `count` patches has."""
    patch = round((pixels.shape[-1] ** 2 / count) ** 0.5)
    return patches_of(pixels, patch).float().sum(-1)


def ink_correlation(run: DigitRun, pixels: Pixels) -> float:
    """How much the last pattern of CLS goes with the ink: correlation over all patches."""
    weights = run.cls_pattern
    both = torch.stack([weights.flatten(), ink(pixels, weights.shape[-1]).flatten()])
    return float(torch.corrcoef(both.double())[0, 1])
