"""POST /learn/masks: a head under a mask, against numpy and the head's own tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

SAW = {"model": "small", "text": "I saw a saw", "layer": 2, "head": 1}


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/learn/masks", json={**SAW, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_scores_and_pattern_are_the_heads_own(client: TestClient) -> None:
    read = {"model": SAW["model"], "text": SAW["text"]}
    body = {**read, "layers": [2], "heads": [1], "include": ["scores", "pattern"]}
    (head,) = client.post("/api/v1/attention", json=body).json()["heads"]
    answer = ask(client)
    assert np.array(answer["scores"]) == pytest.approx(np.array(head["scores"]), rel=1e-6)
    assert np.array(answer["pattern"]) == pytest.approx(np.array(head["pattern"]), abs=1e-6)
    assert np.array(answer["masked_pattern"]) == pytest.approx(np.array(head["pattern"]), abs=1e-6)
    assert answer["n_scores"] == 36


def test_under_a_window_only_open_scores_are_in_a_rows_sum(client: TestClient) -> None:
    answer = ask(client, mask="window", width=1, flips=[[3, 0], [3, 3]])
    mask = np.abs(np.subtract.outer(np.arange(6), np.arange(6))) <= 1
    mask[3, 0], mask[3, 3] = True, False
    assert np.array_equal(answer["mask"], mask)
    powers = np.where(mask, np.exp(np.array(answer["scores"])), 0)
    assert np.array(answer["masked_pattern"]) == pytest.approx(
        powers / powers.sum(1, keepdims=True)
    )
    assert answer["n_scores"] == mask.sum()
    assert answer["reach"][0][0] == [True, True, False, False, False, False]
    assert len(answer["reach"]) == 4


def test_along_the_edges_a_word_sees_its_parent_and_its_children(client: TestClient) -> None:
    answer = ask(client, mask="edges")
    read = {"model": SAW["model"], "text": SAW["text"]}
    parents = client.post("/api/v1/outputs", json=read).json()["outputs"]["parents"]
    mask = np.eye(6, dtype=bool)
    for each in parents:  # words are counted with [CLS], and are one token each here
        mask[each["word"], each["to"]] = mask[each["to"], each["word"]] = True
    assert np.array_equal(answer["mask"], mask)
    assert answer["n_scores"] == mask.sum()


def test_nobody_looks_at_padding(client: TestClient) -> None:
    answer = ask(client, mask="padding", width=2)
    assert np.array(answer["mask"]).tolist() == [[True] * 4 + [False] * 2] * 6
    assert np.array(answer["masked_pattern"])[:, :4].sum(1) == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"layer": 9}, "layer"),
        ({"head": 9}, "head"),
        ({"mask": "diagonal"}, "mask"),
        ({"mask": "edges", "model": "bert"}, "mask"),
        ({"width": -1}, "width"),
        ({"flips": [[0, 6]]}, "flips"),
        ({"flips": [[0]]}, "flips.0"),
        ({"text": "tree " * 130}, "text"),
    ],
)
def test_what_cannot_be_masked_is_refused_by_its_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/learn/masks", json={**SAW, **body})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
