"""The images of digits, and how they are cut up: against scikit-learn and torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from headlight.models.lessons.digits import (
    as_input,
    image_of,
    nearest,
    patch_axis,
    patches_of,
    read_images,
    shift_images,
    shuffle_patches,
)


def test_the_images_are_scikit_learns_a_fifth_of_each_digit_kept() -> None:
    known = load_digits()
    train, test = train_test_split(
        np.arange(len(known.target)), test_size=360, stratify=known.target, random_state=0
    )
    for part, chosen in (("train", np.sort(train)), ("test", np.sort(test))):
        images = read_images(part)  # type: ignore[arg-type]
        assert np.array_equal(images.pixels, known.images[chosen])
        assert np.array_equal(images.labels, known.target[chosen])


def test_the_input_has_about_mean_0_and_variance_1() -> None:
    image = as_input(read_images("train").pixels)
    assert float(image.mean()) == pytest.approx(0, abs=0.03)
    assert float(image.std()) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("patch", [1, 2, 4])
def test_patches_are_torchs_unfolded_blocks(patch: int) -> None:
    image = as_input(read_images("test").pixels[:5])
    blocks = torch.nn.functional.unfold(image[:, None], patch, stride=patch)
    found = patches_of(image, patch)
    assert torch.equal(found, blocks.transpose(1, 2))
    assert torch.equal(image_of(found, patch), image)


def test_a_patch_is_called_by_its_row_and_column() -> None:
    axis = patch_axis(2)
    assert axis.kind == "patch"
    assert axis.labels[:3] == ("CLS", "0-0", "0-1")
    assert (axis.labels[5], axis.labels[16], len(axis)) == ("1-0", "3-3", 17)


def test_a_shuffled_image_holds_the_same_patches() -> None:
    pixels = read_images("test").pixels[0]
    other = shuffle_patches(pixels, 2, seed=1)
    assert not torch.equal(other, pixels)
    before, after = (sorted(patches_of(each, 2).tolist()) for each in (pixels, other))
    assert before == after
    assert torch.equal(other, shuffle_patches(pixels, 2, seed=1))


@pytest.mark.parametrize("by", [(0, 0), (1, 0), (0, -1), (-1, 1)])
def test_an_image_is_moved_over_blank_paper(by: tuple[int, int]) -> None:
    pixels = read_images("test").pixels[:1]
    wide = np.pad(pixels[0].numpy(), 1)
    expected = np.roll(wide, by, (0, 1))[1:-1, 1:-1]
    found = shift_images(as_input(pixels), torch.tensor([by]))
    assert found[0].numpy() == pytest.approx(as_input(torch.tensor(expected)).numpy())


def test_the_nearest_image_is_scikit_learns_first_neighbour() -> None:
    known, kept = read_images("train"), read_images("test")
    oracle = KNeighborsClassifier(1).fit(known.pixels.flatten(1).numpy(), known.labels.numpy())
    expected = oracle.predict(kept.pixels.flatten(1).numpy())
    assert np.array_equal(nearest(kept.pixels), expected)
