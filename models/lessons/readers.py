"""All that read a digit, side by side: attention in three ways, a convolution, one linear map."""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from headlight.models.lessons.convolution import Convolution
from headlight.models.lessons.digits import DIGITS, SIZE, Pixels, as_input
from headlight.models.lessons.images import PATCH, DigitModel, Variant
from headlight.models.lessons.training import WEIGHTS, load_weights

Reader = Literal["patches", "unplaced", "pixels", "convolution", "logistic"]
"""The variants of `images`; convolution: a small convolutional network; logistic: logistic
regression on the pixels."""


FILE = WEIGHTS / "images.safetensors"


class LogisticRegression(nn.Module):
    """Logits that are one linear map of all pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.digits = nn.Linear(SIZE**2, DIGITS)

    def forward(self, image: Float[Tensor, "*batch row column"]) -> Float[Tensor, "*batch digit"]:
        logits: Tensor = self.digits(image.flatten(-2))
        return logits


def build(reader: Reader) -> nn.Module:
    """One that has learned nothing yet."""
    if reader == "convolution":
        return Convolution()
    if reader == "logistic":
        return LogisticRegression()
    return DigitModel(PATCH[reader], placed=reader != "unplaced")


@cache
def load_model(variant: Variant) -> DigitModel:
    model = DigitModel(PATCH[variant], placed=variant != "unplaced")
    return load_weights(model, FILE, variant)


@cache
def load_convolution() -> Convolution:
    return load_weights(Convolution(), FILE, "convolution")


@cache
def load_reader(reader: Reader) -> nn.Module:
    return load_weights(build(reader), FILE, reader)


def logits_of(
    model: nn.Module, image: Float[Tensor, "*batch row column"]
) -> Float[Tensor, "*batch digit"]:
    logits: Tensor = model(image)[1] if isinstance(model, DigitModel) else model(image)
    return logits


def shares(model: nn.Module, pixels: Pixels) -> Float[Tensor, "*batch digit"]:
    """What a reader gives each digit."""
    with torch.inference_mode():
        return logits_of(model, as_input(pixels)).double().softmax(-1)


def shares_of_all(pixels: Pixels) -> dict[Reader, Float[Tensor, "*batch digit"]]:
    return {reader: shares(load_reader(reader), pixels) for reader in get_args(Reader)}
