"""POST /learn/softmax: the numbers of the lesson, against numpy and hand-worked ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/learn/softmax", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_weights_and_jacobian_are_those_of_numpy(client: TestClient) -> None:
    scores = [0.3, -1.2, 2.5, 0.0, 7.1]
    answer = ask(client, scores=scores, divisor=2.5)
    powers = np.exp(np.array(scores) / 2.5)
    weights = powers / powers.sum()
    assert answer["scores"] == pytest.approx(np.array(scores) / 2.5)
    assert answer["weights"] == pytest.approx(weights, abs=1e-15)
    jacobian = np.diag(weights) - np.outer(weights, weights)
    assert np.array(answer["jacobian"]) == pytest.approx(jacobian, abs=1e-15)
    assert answer["row_sums"] == pytest.approx([0] * 5, abs=1e-15)
    assert answer["column_sums"] == pytest.approx([0] * 5, abs=1e-15)
    assert answer["entropy"] == pytest.approx(-(weights * np.log(weights)).sum())
    assert answer["curve"] == {"factors": [], "weights": [], "gradient": []}


def test_every_digit_of_a_float64_is_sent(client: TestClient) -> None:
    answer = ask(client, scores=[100, 100, 200], factors=[0.01, 0.1])
    assert answer["weights"][0] == 3.720075976020836e-44
    assert answer["jacobian"][2][2] == 2 * 3.720075976020836e-44
    assert answer["curve"]["weights"][0][2] == 0.5761168847658291
    assert answer["curve"]["gradient"][0][2] == pytest.approx(0.2442, abs=5e-5)


def test_no_divisor_makes_sixty_twenty_five_and_two_per_cent(client: TestClient) -> None:
    """Over all divisors that may be sent, one of the three is always far off."""
    stated = np.array([0.60, 0.25, 0.02])
    off = [
        np.abs(np.array(ask(client, scores=[8, 5, 1, 3], divisor=divisor)["weights"][:3]) - stated)
        for divisor in np.geomspace(0.25, 16, 60).tolist()
    ]
    assert min(float(each.max()) for each in off) > 0.03
    undivided = ask(client, scores=[8, 5, 1, 3])["weights"]
    assert [round(100 * weight, 1) for weight in undivided] == [94.6, 4.7, 0.1, 0.6]
    third = ask(client, scores=[8, 5, 1, 3], divisor=3 / np.log(60 / 25))["weights"]
    assert third[0] / third[1] == pytest.approx(60 / 25)
    assert third[2] == pytest.approx(0.073, abs=5e-4)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "scores"),
        ({"scores": []}, "scores"),
        ({"scores": [1, "2"]}, "scores.1"),
        ({"scores": [1e9]}, "scores.0"),
        ({"scores": [1], "divisor": 0}, "divisor"),
        ({"scores": [0] * 513}, "scores"),
        ({"scores": [1], "factors": [0] * 513}, "factors"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/learn/softmax", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
