"""The image of a digit that a request names, or holds."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field

from headlight.app.schemas.requests import Strict
from headlight.models.lessons.digits import INK, SIZE, TEST_IMAGES, Pixels, read_images

Ink = Annotated[int, Field(strict=True, ge=0, le=INK)]
Row = Annotated[list[Ink], Field(min_length=SIZE, max_length=SIZE)]


class DigitRequest(Strict):
    digit: int = Field(
        0,
        strict=True,
        ge=0,
        lt=TEST_IMAGES,
        description=f"Of the {TEST_IMAGES} images kept from training, from 0; `pixels` go first.",
    )
    pixels: list[Row] | None = Field(
        None,
        min_length=SIZE,
        max_length=SIZE,
        description="[row][column]: an image of your own, 8 x 8 whole numbers from 0 to 16, all "
        "ink.",
    )

    def image(self) -> tuple[Pixels, int | None]:
        """The pixels, and the digit that they are; None where nobody has said."""
        if self.pixels is not None:
            return torch.tensor(self.pixels, dtype=torch.uint8), None
        kept = read_images("test")
        return kept.pixels[self.digit], int(kept.labels[self.digit])
