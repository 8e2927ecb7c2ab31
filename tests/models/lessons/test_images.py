"""Images read by attention: the models against numpy and their card."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from scipy.special import erf
from sklearn.linear_model import LogisticRegression

from headlight.models.lessons.card import read_card
from headlight.models.lessons.classifiers import (
    Classifier,
    load_classifier,
    load_model,
    shares,
    shares_of_all,
)
from headlight.models.lessons.digits import as_input, read_images, shuffle_patches
from headlight.models.lessons.images import (
    PATCH,
    Occlusion,
    Variant,
    ink,
    occluded_patches,
    run,
)
from headlight.models.lessons.recipes import images as recipe
from headlight.models.lessons.recipes.lessons import make

TEST = read_images("test")


def normed(x: np.ndarray, weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def by_hand(
    weights: dict[str, np.ndarray], image: np.ndarray, patch: int, occluded: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Patterns [layer, head, pos, pos] and the share of each digit, in numpy."""

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    n = 8 // patch
    patches = image.reshape(n, patch, n, patch).transpose(0, 2, 1, 3).reshape(n * n, -1)
    x = np.vstack([weights["cls"], linear(patches, "embedding")]) + weights.get("positions", 0)
    open_keys = np.array([key - 1 not in occluded for key in range(len(x))])
    patterns = []
    for layer in ("layers.0", "layers.1"):
        inside = normed(x, weights, f"{layer}.norm")
        q, k, v = (
            linear(inside, f"{layer}.{name}").reshape(len(x), 2, 16).transpose(1, 0, 2)
            for name in ("w_q", "w_k", "w_v")
        )
        powers = np.where(open_keys, np.exp(q @ k.transpose(0, 2, 1) / 4), 0)
        patterns.append(powers / powers.sum(-1, keepdims=True))
        z = (patterns[-1] @ v).transpose(1, 0, 2).reshape(len(x), 32)
        x = x + linear(z, f"{layer}.w_o")
        hidden = linear(normed(x, weights, f"{layer}.feed_forward.0"), f"{layer}.feed_forward.1")
        x = x + linear(hidden * (1 + erf(hidden / np.sqrt(2))) / 2, f"{layer}.feed_forward.3")
    powers = np.exp(linear(normed(x[0], weights, "norm"), "digits"))
    return np.array(patterns), powers / powers.sum()


@pytest.mark.parametrize("occluded", [[], [1, 4, 6, 15]])
@pytest.mark.parametrize("variant", get_args(Variant))
def test_patterns_and_digits_are_what_numpy_finds(variant: Variant, occluded: list[int]) -> None:
    model = load_model(variant)
    pixels = TEST.pixels[11]
    made = run(model, pixels, torch.tensor(occluded) if occluded else None)
    weights = {key: tensor.double().numpy() for key, tensor in model.state_dict().items()}
    image = as_input(pixels).double().numpy()
    patterns, expected = by_hand(weights, image, PATCH[variant], occluded)
    assert made.patterns.numpy() == pytest.approx(patterns, abs=1e-5)
    assert made.shares.numpy() == pytest.approx(expected, abs=1e-5)


def test_a_batch_is_read_as_its_images_are() -> None:
    model = load_model("patches")
    together = run(model, TEST.pixels[:4])
    alone = [run(model, pixels) for pixels in TEST.pixels[:4]]
    assert together.shares.numpy() == pytest.approx(
        torch.stack([one.shares for one in alone]).numpy(), abs=1e-6
    )
    assert together.patterns.shape == (4, 2, 2, 17, 17)


def test_without_positions_the_order_of_the_patches_is_no_matter() -> None:
    pixels = TEST.pixels[:20]
    other = shuffle_patches(pixels, 2, seed=1)
    apart = {
        variant: float(
            (run(load_model(variant), pixels).shares - run(load_model(variant), other).shares)
            .abs()
            .max()
        )
        for variant in ("patches", "no_positions")
    }
    assert apart["no_positions"] < 1e-6
    assert apart["patches"] > 0.5


@pytest.mark.parametrize("occlusion", get_args(Occlusion))
def test_a_quarter_of_the_patches_is_covered_and_gets_nothing(occlusion: Occlusion) -> None:
    model = load_model("patches")
    made = run(model, TEST.pixels)
    chosen = occluded_patches(made, TEST.pixels, occlusion)
    assert chosen.shape == (360, 4)
    seen = run(model, TEST.pixels, chosen)
    given = seen.patterns[..., 1:].gather(
        -1, chosen[:, None, None, None, :].expand(-1, 2, 2, 17, -1)
    )
    assert float(given.abs().max()) == 0
    assert seen.patterns.sum(-1).numpy() == pytest.approx(1, abs=1e-5)


def test_what_is_covered_is_what_its_name_says() -> None:
    pixels = TEST.pixels[3]
    made = run(load_model("patches"), pixels)
    cls_pattern = made.patterns[-1, :, 0, 1:].mean(0).numpy()
    blocks = pixels.numpy().reshape(4, 2, 4, 2).sum((1, 3)).reshape(16)
    by = {
        occlusion: set(occluded_patches(made, pixels, occlusion).tolist())
        for occlusion in get_args(Occlusion)
    }
    assert by["most"] == set(np.argsort(-cls_pattern)[:4].tolist())
    assert by["least"] == set(np.argsort(cls_pattern)[:4].tolist())
    assert np.array_equal(ink(pixels, 16), blocks)
    assert sorted(blocks[list(by["ink"])]) == sorted(np.sort(blocks)[-4:])
    assert by["random"] == set(occluded_patches(made, pixels, "random").tolist())


def test_the_card_tells_what_the_shipped_models_do() -> None:
    found = {(each["model"], each["measure"]): each for each in read_card("images")["figures"]}
    for classifier in get_args(Classifier):
        right = recipe.accuracy(shares(load_classifier(classifier), TEST.pixels), TEST)
        figure = found[classifier, "accuracy"]
        assert figure["least"] - 1e-4 <= right <= figure["most"] + 1e-4
        assert figure["seeds"] == 3
    model = load_model("patches")
    whole = run(model, TEST.pixels)
    for occlusion in get_args(Occlusion):
        seen = run(model, TEST.pixels, occluded_patches(whole, TEST.pixels, occlusion))
        figure = found["patches", f"occluded_{occlusion}"]
        assert figure["least"] - 1e-4 <= recipe.accuracy(seen.shares, TEST) <= figure["most"] + 1e-4
    on_ink = found["patches", "on_ink"]
    inked = (TEST.pixels.reshape(-1, 4, 2, 4, 2).sum((2, 4)) > 0).double().mean()
    assert on_ink["baselines"]["uniform"] == pytest.approx(float(inked), abs=1e-4)


def test_logistic_regression_is_as_good_as_scikit_learns() -> None:
    known = read_images("train")
    oracle = LogisticRegression(max_iter=2000).fit(
        known.pixels.flatten(1).numpy() / 16, known.labels.numpy()
    )
    expected = oracle.score(TEST.pixels.flatten(1).numpy() / 16, TEST.labels.numpy())
    found = recipe.accuracy(shares_of_all(TEST.pixels)["logistic"], TEST)
    assert found == pytest.approx(expected, abs=0.02)


def test_a_seed_gives_a_model_that_is_shipped_again() -> None:
    again, _ = recipe.train_classifier("logistic", 0)
    shipped = load_classifier("logistic").state_dict()
    for name, tensor in again.state_dict().items():
        assert tensor.numpy() == pytest.approx(shipped[name].numpy(), abs=2e-3)


def test_the_recipe_leaves_weights_and_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {classifier: replace(each, steps=3) for classifier, each in recipe.SETTINGS.items()}
    monkeypatch.setattr(recipe, "SETTINGS", short)
    cards = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        assert [name for name, _ in make("images", folder, seeds=2)] == list(get_args(Classifier))
        cards.append(json.loads((folder / "images.json").read_text(encoding="utf-8")))
    assert cards[0]["figures"] == cards[1]["figures"]
    assert cards[0]["settings"]["patches"]["steps"] == 3
    assert (tmp_path / "one" / "images.safetensors").stat().st_size < 200_000
