"""How the models of the lessons on images and convolutions are made: five that read one digit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from headlight.models.lessons.card import Card, Figure
from headlight.models.lessons.classifiers import Classifier, build, logits_of, shares
from headlight.models.lessons.digits import (
    DATA,
    Images,
    as_input,
    nearest,
    read_images,
    shift_images,
)
from headlight.models.lessons.images import (
    DigitModel,
    Occlusion,
    ink,
    ink_correlation,
    occluded_patches,
    run,
)
from headlight.models.lessons.recipes.recipe import Progress, Recipe
from headlight.models.lessons.training import Settings, batches, half_precision, save_weights, train

BATCH = 64
SHIFT_SHARE = 0.3
"""Share of the images that are moved by at most a pixel each way. Images that are kept stand as
the others do: with all of them moved a seed had 0.94 of them right, with this 0.98."""
SMOOTHING = 0.05
"""What the loss takes from the right digit and gives to all (Szegedy et al. 2016)."""

_ATTENTION = Settings(steps=1380, rate=3e-3, decay=0.05, schedule="cosine", optimizer="adamw")
SETTINGS: Mapping[Classifier, Settings] = {
    "patches": _ATTENTION,
    "no_positions": _ATTENTION,
    "pixels": _ATTENTION,
    "convolution": _ATTENTION,
    "logistic": replace(_ATTENTION, rate=1e-2),
}


def make(out: Path, seeds: int, corpus: Path | None) -> Iterator[Progress]:
    kept = read_images("test")
    shipped: dict[str, nn.Module] = {}
    figures, seconds = [], 0.0
    for classifier in get_args(Classifier):
        models = []
        for seed in range(seeds):
            model, spent = train_classifier(classifier, seed)
            seconds += spent
            models.append(model)
        shipped[classifier] = models[0]
        figures += figures_of(classifier, models, kept)
        yield classifier, seconds
    save_weights(shipped, out / "images.safetensors")
    data = json.loads((DATA / "digits.json").read_text(encoding="utf-8"))
    settings = {str(name): each for name, each in SETTINGS.items()}
    Card(
        "images", "Apache-2.0", {"digits": data}, settings, round(seconds, 1), tuple(figures)
    ).write(out)


def train_classifier(classifier: Classifier, seed: int) -> tuple[nn.Module, float]:
    """A classifier as it comes out of its file, and the CPU seconds that it took."""
    known = read_images("train")
    image = as_input(known.pixels)
    order = batches(len(image), BATCH)

    def loss(model: nn.Module, _: int) -> Float[Tensor, ""]:
        chosen = next(order)
        seen = image[chosen]
        if classifier != "logistic":  # a weight of its own for every pixel: a moved one is another
            by = torch.randint(-1, 2, (len(seen), 2))
            seen = shift_images(seen, by * (torch.rand(len(seen), 1) < SHIFT_SHARE))
        logits = logits_of(model, seen)
        return nn.functional.cross_entropy(logits, known.labels[chosen], label_smoothing=SMOOTHING)

    settings = replace(SETTINGS[classifier], seed=seed)
    model, seconds = train(partial(build, classifier), loss, settings)
    return half_precision(model), seconds


def accuracy(found: Float[Tensor, "image digit"], kept: Images) -> float:
    return float((found.argmax(-1) == kept.labels).double().mean())


def figures_of(classifier: Classifier, models: list[nn.Module], kept: Images) -> list[Figure]:
    of = partial(Figure.of, classifier)
    right = [accuracy(shares(model, kept.pixels), kept) for model in models]
    by_distance = float((nearest(kept.pixels) == kept.labels).double().mean())
    figures = [of("accuracy", right, nearest=by_distance)]
    classifiers = [model for model in models if isinstance(model, DigitModel)]
    if not classifiers:
        return figures
    runs = [run(model, kept.pixels) for model in classifiers]
    for occlusion in get_args(Occlusion):
        left = [
            run(model, kept.pixels, occluded_patches(one, kept.pixels, occlusion)).shares
            for model, one in zip(classifiers, runs, strict=True)
        ]
        figures.append(of(f"occluded_{occlusion}", (accuracy(found, kept) for found in left)))
    figures.append(of("ink_correlation", (ink_correlation(one, kept.pixels) for one in runs)))
    count = runs[0].cls_pattern.shape[-1]
    inked = ink(kept.pixels, count) > 0
    on_ink = [float((one.cls_pattern * inked).sum() / one.cls_pattern.sum()) for one in runs]
    figures.append(of("on_ink", on_ink, uniform=float(inked.double().mean())))
    return figures


IMAGES = Recipe(make, seeds=3)
