"""Images of handwritten digits: 8 x 8 pixels, each the ink of 4 x 4 points, 0 to 16.

Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, the part that scikit-learn
ships; a fifth of each digit is the test part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import torch
from jaxtyping import Float, Int, Shaped, UInt8
from safetensors.torch import load_file
from torch import Tensor

from headlight.models.core.axis import Axis

Part = Literal["train", "test"]

DATA = Path(__file__).parent / "data"
SIZE, INK = 8, 16
"""Pixels of a side, and what a pixel is that is all ink."""
DIGITS = 10
TEST_IMAGES = 360
"""Images of the test part, which no model learns from."""
MEAN, DEVIATION = 0.3, 0.37
"""About what the pixels of the data have, as shares of INK."""

Pixels = UInt8[Tensor, "*batch row column"]


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """pixels [image, row, column], 0 to 16; labels [image], the digit that it is."""

    pixels: UInt8[Tensor, "image row column"]
    labels: Int[Tensor, " image"]


@cache
def read_images(part: Part) -> Images:
    """1,437 images to learn from, or 360 that no model learns from."""
    tensors = load_file(DATA / "digits.safetensors")
    chosen = tensors["test"] == (part == "test")
    return Images(tensors["pixels"][chosen], tensors["labels"][chosen].long())


def as_input(pixels: Pixels) -> Float[Tensor, "*batch row column"]:
    """Pixels as the models read them, about mean 0 and variance 1."""
    return (pixels.float() / INK - MEAN) / DEVIATION


def side(patch: int) -> int:
    """Patches along a side."""
    return SIZE // patch


def patches_of(
    image: Shaped[Tensor, "*batch row column"], patch: int
) -> Shaped[Tensor, "*batch patch pixel"]:
    """The patches of an image, row by row, and the pixels of each, row by row."""
    n = side(patch)
    blocks: Tensor = image.unflatten(-1, (n, patch)).unflatten(-3, (n, patch))
    return blocks.transpose(-3, -2).flatten(-4, -3).flatten(-2)


def image_of(
    patches: Shaped[Tensor, "*batch patch pixel"], patch: int
) -> Shaped[Tensor, "*batch row column"]:
    """The image of which these are the patches."""
    n = side(patch)
    blocks: Tensor = patches.unflatten(-1, (patch, patch)).unflatten(-3, (n, n))
    return blocks.transpose(-3, -2).flatten(-4, -3).flatten(-2)


def patch_axis(patch: int) -> Axis:
    """CLS, then the patches by row and column, from 0."""
    labels = (f"{n // side(patch)}-{n % side(patch)}" for n in range(side(patch) ** 2))
    return Axis("patch", ("CLS", *labels))


def shuffle_patches(pixels: Pixels, patch: int, seed: int) -> Pixels:
    """The same patches in another order, drawn from the seed."""
    order = torch.randperm(side(patch) ** 2, generator=torch.Generator().manual_seed(seed))
    return image_of(patches_of(pixels, patch)[..., order, :], patch)


def shift_images(
    image: Float[Tensor, "image row column"], by: Int[Tensor, "image 2"]
) -> Float[Tensor, "image row column"]:
    """Each image moved by rows and columns of its own, at most 1; blank comes in at the edge."""
    blank = (0 - MEAN) / DEVIATION
    wide = torch.nn.functional.pad(image, (1, 1, 1, 1), value=blank)
    at = torch.arange(SIZE)
    rows = at + 1 - by[:, :1]
    columns = at + 1 - by[:, 1:]
    batch = torch.arange(len(image))[:, None, None]
    return wide[batch, rows[:, :, None], columns[:, None, :]]


def nearest(pixels: Pixels) -> Int[Tensor, "*batch"]:
    """The digit of the image of the training part that differs least, by squares."""
    known = read_images("train")
    given = pixels.reshape(-1, SIZE**2).double()
    distances = torch.cdist(given, known.pixels.flatten(1).double())
    return known.labels[distances.argmin(-1)].reshape(pixels.shape[:-2])
