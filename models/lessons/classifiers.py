"""Classifiers of digits, side by side: attention in three ways, a convolution, a linear map."""

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

Classifier = Literal["patches", "no_positions", "pixels", "convolution", "logistic"]
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


def build(classifier: Classifier) -> nn.Module:
    """One that has learned nothing yet."""
    if classifier == "convolution":
        return Convolution()
    if classifier == "logistic":
        return LogisticRegression()
    return DigitModel(PATCH[classifier], positions=classifier != "no_positions")


@cache
def load_classifier(classifier: Classifier) -> nn.Module:
    return load_weights(build(classifier), FILE, classifier)


def load_model(variant: Variant) -> DigitModel:
    """One of those that are made of attention."""
    model = load_classifier(variant)
    assert isinstance(model, DigitModel)
    return model


def load_convolution() -> Convolution:
    model = load_classifier("convolution")
    assert isinstance(model, Convolution)
    return model


def logits_of(
    model: nn.Module, image: Float[Tensor, "*batch row column"]
) -> Float[Tensor, "*batch digit"]:
    logits: Tensor = model(image)[-1] if isinstance(model, DigitModel) else model(image)
    return logits


def shares(model: nn.Module, pixels: Pixels) -> Float[Tensor, "*batch digit"]:
    """What a classifier gives each digit."""
    with torch.inference_mode():
        return logits_of(model, as_input(pixels)).double().softmax(-1)


def shares_of_all(pixels: Pixels) -> dict[Classifier, Float[Tensor, "*batch digit"]]:
    return {
        classifier: shares(load_classifier(classifier), pixels)
        for classifier in get_args(Classifier)
    }
