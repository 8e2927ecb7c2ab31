"""POST /learn/scale: the numbers of the lesson, out of what it says that it drew."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from headlight.models.lessons.scale import sample


def ask(client: TestClient, path: str = "", **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/learn/scale{path}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_first_row_is_worked_out_of_what_was_drawn(client: TestClient) -> None:
    answer = ask(client, d=16, seed=3)
    first = answer["first"]
    assert np.dot(first["q"], first["k"]) == pytest.approx(first["scores"][0])
    for kind, divisor in (("unscaled", 1), ("scaled", 4)):
        powers = np.exp(np.array(first["scores"]) / divisor)
        assert first[kind] == pytest.approx(powers / powers.sum())
    assert (answer["rows"], answer["keys"], len(first["scores"])) == (128, 32, 32)


def test_the_histogram_counts_every_score_once(client: TestClient) -> None:
    answer = ask(client, d=64)
    scores = sample(64, 0).scores.numpy()
    limit = answer["histogram"]["limit"]
    assert limit == 32
    for kind, divisor in (("unscaled", 1), ("scaled", 8)):
        counts, _ = np.histogram(np.clip(scores / divisor, -limit, limit), 81, (-limit, limit))
        assert answer["histogram"][kind] == counts.tolist()
    assert sum(answer["histogram"]["scaled"]) == 128 * 32


def test_a_sweep_is_what_each_size_alone_is(client: TestClient) -> None:
    swept = ask(client, d=1, seed=5, sweep=[2, 32])["sweep"]
    for one in swept:
        alone = ask(client, d=one["d"], seed=5)
        assert (one["unscaled"], one["scaled"]) == (alone["unscaled"], alone["scaled"])


@pytest.mark.parametrize("model", ["small", "bert"])
def test_most_trained_heads_spread_further_than_random_vectors_and_look_the_surer(
    client: TestClient, model: str
) -> None:
    """What the lesson says in words, of both models that ship."""
    law = "The Law will never be perfect, but its application should be just."
    heads = ask(client, "/heads", model=model, text=law)["heads"]
    beyond = [head for head in heads if head["spread"] > math.sqrt(head["d_head"])]
    assert len(beyond) > 0.7 * len(heads)
    spread = np.argsort(np.argsort([head["spread"] for head in heads]))
    entropy = np.argsort(np.argsort([head["entropy"] for head in heads]))
    assert np.corrcoef(spread, entropy)[0, 1] < -0.6  # Spearman's
    assert all(head["unscaled"] < head["entropy"] for head in beyond)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "d"),
        ({"d": 0}, "d"),
        ({"d": 513}, "d"),
        ({"d": 8, "seed": -1}, "seed"),
        ({"d": 8, "sweep": [8, 1000]}, "sweep.1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_its_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/learn/scale", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
