"""POST /learn/pooling: the values of a head by a mean and by each query."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    sent = {"model": "small", "text": "I saw a saw", "layer": 2, "head": 1, **body}
    answer = client.post("/api/v1/learn/pooling", json=sent)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("sharpness", [0, 0.5, 1, 4])
def test_weights_and_vectors_are_numpys(client: TestClient, sharpness: float) -> None:
    answer = ask(client, sharpness=sharpness)
    scores, values = np.array(answer["scores"]), np.array(answer["values"])
    powers = np.exp(sharpness * (scores - scores.max(-1, keepdims=True)))
    weights = powers / powers.sum(-1, keepdims=True)
    assert np.array(answer["weights"]) == pytest.approx(weights, abs=1e-12)
    assert np.array(answer["pooled"]) == pytest.approx(weights @ values, abs=1e-12)
    assert answer["mean"] == pytest.approx(values.mean(0), abs=1e-12)


def test_every_word_has_its_tag(client: TestClient) -> None:
    tags = ask(client)["tags"]
    assert [each["text"] for each in tags] == ["I", "saw", "a", "saw"]
    assert (tags[0]["tag"], tags[2]["tag"]) == ("PRON", "DET")
    assert ask(client, model="bert")["tags"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "cat " * 80}, "text"),
        ({"layer": 4}, "layer"),
        ({"head": 4}, None),
        ({"sharpness": -1}, "sharpness"),
    ],
)
def test_what_cannot_be_pooled_is_refused(
    client: TestClient, body: dict[str, Any], field: str | None
) -> None:
    sent = {"model": "small", "text": "I saw a saw", "layer": 2, "head": 1, **body}
    answer = client.post("/api/v1/learn/pooling", json=sent)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] in (field, "head")
