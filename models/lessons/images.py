"""An image as a sequence of patches: attention between the pieces of a picture of a digit.

    x_0     = CLS, x_i = patch_i W + b                 2 x 2 pixels a patch, or one
    x_i     = x_i + p_i                                a learned vector for each place
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

from headlight.models.core.attention import attention_pattern, attention_scores, attention_z
from headlight.models.lessons.digits import DIGITS, Pixels, as_input, patches_of, side

Variant = Literal["patches", "unplaced", "pixels"]
"""patches: of 2 x 2 pixels; unplaced: the same without places; pixels: a patch is one pixel."""

Cover = Literal["most", "least", "ink", "random"]
"""Which patches nobody may look at: those that CLS looks at most or least, those with the most
ink, or any."""

LAYERS, HEADS, D_MODEL, D_FF = 2, 2, 32, 64
DROPOUT = 0.1
PATCH: dict[Variant, int] = {"patches": 2, "unplaced": 2, "pixels": 1}


class Layer(nn.Module):
    """One layer: attention, then a feed-forward net, each of the normed vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(D_MODEL)
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(D_MODEL, D_MODEL) for _ in range(4))
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(D_MODEL), nn.Linear(D_MODEL, D_FF), nn.GELU(), nn.Linear(D_FF, D_MODEL)
        )
        self.dropout = nn.Dropout(DROPOUT)

    def forward(
        self,
        x: Float[Tensor, "*batch pos d_model"],
        mask: Bool[Tensor, "*#batch 1 pos pos"] | None,
    ) -> tuple[Float[Tensor, "*batch pos d_model"], Float[Tensor, "*batch head pos pos"]]:
        """The vectors after the layer, and its scores."""
        q, k, v = (_by_head(w(self.norm(x))) for w in (self.w_q, self.w_k, self.w_v))
        scores = attention_scores(q, k)
        z = attention_z(attention_pattern(scores, mask=mask), v)
        x = x + self.dropout(self.w_o(z.transpose(-3, -2).flatten(-2)))
        return x + self.dropout(self.feed_forward(x)), scores


def _by_head(x: Float[Tensor, "*batch pos d_model"]) -> Float[Tensor, "*batch head pos d_head"]:
    heads: Tensor = x.unflatten(-1, (HEADS, D_MODEL // HEADS))
    return heads.transpose(-3, -2)


class DigitModel(nn.Module):
    """Reads an image in patches of `patch` pixels a side, with a vector for each place or none."""

    def __init__(self, patch: int, placed: bool = True) -> None:
        super().__init__()
        self.patch = patch
        self.embedding = nn.Linear(patch**2, D_MODEL)
        self.cls = nn.Parameter(torch.randn(D_MODEL) * 0.2)
        count = 1 + side(patch) ** 2
        self.places = nn.Parameter(torch.randn(count, D_MODEL) * 0.2) if placed else None
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(D_MODEL)
        self.digits = nn.Linear(D_MODEL, DIGITS)

    def forward(
        self,
        image: Float[Tensor, "*batch row column"],
        mask: Bool[Tensor, "*#batch 1 pos pos"] | None = None,
    ) -> tuple[list[Float[Tensor, "*batch head pos pos"]], Float[Tensor, "*batch digit"]]:
        """Each layer's scores, before the mask, and the logits. `mask`: what may be looked at."""
        x: Tensor = self.embedding(patches_of(image, self.patch))
        x = torch.cat([self.cls.expand(*x.shape[:-2], 1, -1), x], dim=-2)
        if self.places is not None:
            x = x + self.places
        scores = []
        for layer in self.layers:
            x, found = layer(x, mask)
            scores.append(found)
        return scores, self.digits(self.norm(x[..., 0, :]))


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
    def looks(self) -> Float[Tensor, "*batch patch"]:
        """What CLS gives each patch in the last layer, mean of its heads."""
        return self.patterns[..., -1, :, 0, 1:].mean(-2)


def run(
    model: DigitModel, pixels: Pixels, covered: Int[Tensor, "*batch some"] | None = None
) -> DigitRun:
    """`covered`: patches, from 0, that nobody may look at, in any layer."""
    with torch.inference_mode():
        mask = None
        if covered is not None:
            count = 1 + side(model.patch) ** 2
            closed = torch.zeros(*covered.shape[:-1], count, dtype=torch.bool)
            open_keys = ~closed.scatter(-1, covered + 1, True)
            mask = open_keys[..., None, None, :].expand(*open_keys.shape[:-1], 1, count, count)
        scores, logits = model(as_input(pixels), mask)
        patterns = [attention_pattern(each, mask=mask) for each in scores]
        return DigitRun(
            torch.stack(scores, -4), torch.stack(patterns, -4), logits.double().softmax(-1)
        )


def covered_patches(
    run: DigitRun, pixels: Pixels, cover: Cover, seed: int = 0
) -> Int[Tensor, "*batch quarter"]:
    """A quarter of the patches, chosen by what the run looks at, by ink, or by the seed."""
    looks = run.looks
    count = looks.shape[-1] // 4
    if cover == "ink":
        order = ink(pixels, looks.shape[-1])
    elif cover == "random":
        order = torch.rand(looks.shape, generator=torch.Generator().manual_seed(seed))
    else:
        order = looks if cover == "most" else -looks
    return order.topk(count).indices


def ink(pixels: Pixels, count: int) -> Float[Tensor, "*batch patch"]:
    """How much ink each of `count` patches has."""
    patch = round((pixels.shape[-1] ** 2 / count) ** 0.5)
    return patches_of(pixels, patch).float().sum(-1)


def ink_correlation(run: DigitRun, pixels: Pixels) -> float:
    """How much the looks of CLS go with the ink: correlation over the patches of all images."""
    both = torch.stack([run.looks.flatten(), ink(pixels, run.looks.shape[-1]).flatten()])
    return float(torch.corrcoef(both.double())[0, 1])
