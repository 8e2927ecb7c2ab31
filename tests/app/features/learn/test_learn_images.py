"""POST /learn/images and /learn/convolution: a digit, read in patches and by nine heads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from scipy.signal import correlate2d

from headlight.models.lessons.digits import read_images


def ask(client: TestClient, lesson: str = "images", **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/learn/{lesson}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_weights_are_the_softmax_of_scores_for_every_head(client: TestClient) -> None:
    answer = ask(client, digit=3, query_pos=5)
    powers = np.exp(np.array(answer["scores"]))
    expected = powers / powers.sum(-1, keepdims=True)
    assert np.array(answer["pattern"]) == pytest.approx(expected, abs=1e-6)
    assert np.array(answer["pattern"]).shape == (2, 2, 17)
    assert answer["axis"]["labels"][answer["query_pos"]] == "1-0"


def test_the_image_and_its_label_are_those_of_the_data(client: TestClient) -> None:
    answer = ask(client, digit=17)
    kept = read_images("test")
    assert answer["pixels"] == kept.pixels[17].tolist()
    assert answer["label"] == int(kept.labels[17])
    assert sum(answer["shares"]) == pytest.approx(1)


def test_an_image_of_your_own_goes_first_and_has_no_label(client: TestClient) -> None:
    pixels = read_images("test").pixels[17].tolist()
    own = ask(client, digit=2, pixels=pixels)
    assert own["label"] is None
    assert own["shares"] == ask(client, digit=17)["shares"]


def test_every_model_says_what_it_reads(client: TestClient) -> None:
    answer = ask(client, model="pixels", digit=5)
    classifiers = {each["model"]: each["shares"] for each in answer["classifiers"]}
    assert list(classifiers) == ["patches", "no_positions", "pixels", "convolution", "logistic"]
    assert answer["shares"] == pytest.approx(classifiers["pixels"])
    assert len(answer["axis"]["labels"]) == 65


def test_a_shuffled_image_is_the_same_without_positions(client: TestClient) -> None:
    before, after = ask(client, digit=4), ask(client, digit=4, shuffle=1)
    assert before["pixels"] != after["pixels"]
    for index, alike in ((1, True), (0, False)):
        shares = [np.array(each["classifiers"][index]["shares"]) for each in (before, after)]
        assert bool(np.abs(shares[0] - shares[1]).max() < 1e-6) is alike


def test_what_is_covered_gets_nothing(client: TestClient) -> None:
    before, after = ask(client, digit=4), ask(client, digit=4, occlusion="most")
    assert before["occluded"] == []
    assert len(after["occluded"]) == 4
    assert np.array(after["pattern"])[..., after["occluded"]].max() == 0
    last = np.array(before["pattern"])[1].mean(0)
    assert set(after["occluded"]) == set((1 + np.argsort(-last[1:])[:4]).tolist())


def test_nine_heads_give_what_the_convolution_does(client: TestClient) -> None:
    answer = ask(client, "convolution", digit=4, channel=2, head=0)
    image, kernel = np.array(answer["image"]), np.array(answer["kernel"])
    expected = correlate2d(image, kernel, mode="same") + answer["bias"]
    assert np.array(answer["by_convolution"]) == pytest.approx(expected, abs=1e-9)
    assert np.array(answer["by_heads"]) == pytest.approx(expected, abs=1e-6)
    assert answer["difference"] < 1e-6
    total = np.array(answer["contributions"]).sum(0).reshape(8, 8) + answer["bias"]
    assert total == pytest.approx(expected, abs=1e-6)
    assert answer["offsets"][0] == [-1, -1]
    pattern = np.array(answer["pattern"])
    assert pattern.shape == (64, 65)
    assert pattern[9].argmax() == 0
    assert pattern[8].argmax() == 64  # beyond the left edge


def test_another_image_leaves_the_pattern_of_an_offset_as_it_is(client: TestClient) -> None:
    one, other = (ask(client, "convolution", digit=digit, head=1) for digit in (0, 1))
    assert one["pattern"] == other["pattern"]
    assert one["by_heads"] != other["by_heads"]


@pytest.mark.parametrize(
    ("lesson", "body", "field"),
    [
        ("images", {"digit": 360}, "digit"),
        ("images", {"query_pos": 17}, "query_pos"),
        ("images", {"model": "convolution"}, "model"),
        ("images", {"occlusion": "all"}, "occlusion"),
        ("images", {"pixels": [[0] * 8] * 7}, "pixels"),
        ("images", {"pixels": [[0] * 8] * 7 + [[0] * 9]}, "pixels"),
        ("images", {"pixels": [[0] * 8] * 7 + [[0] * 7 + [17]]}, "pixels"),
        ("convolution", {"channel": 8}, "channel"),
        ("convolution", {"head": 9}, "head"),
        ("convolution", {"digit": 400}, "digit"),
    ],
)
def test_what_is_not_there_is_refused(
    client: TestClient, lesson: str, body: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/api/v1/learn/{lesson}", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"].split(".")[0] == field
