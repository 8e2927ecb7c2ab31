"""POST /learn/twins and /learn/order: models of one choice each, words in another order."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from fastapi.testclient import TestClient

from headlight.models.lessons.twins import TwinName

TEXT = "The old cat saw a dog."
NAMES = list(get_args(TwinName))


def ask(client: TestClient, path: str = "twins", **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/learn/{path}", json={"text": TEXT, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def softmax(scores: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    powers = np.exp(np.where(hidden, -np.inf, scores - scores.max(-1, keepdims=True)))
    return powers / powers.sum(-1, keepdims=True)


@pytest.mark.parametrize("layer", [0, 1])
def test_every_twin_gives_the_scores_and_the_pattern_of_its_equations(
    client: TestClient, layer: int
) -> None:
    answer = ask(client, twins=NAMES, layer=layer)
    count = len(answer["tokens"])
    ahead = np.arange(count) - np.arange(count)[:, None]
    assert [each["twin"] for each in answer["twins"]] == NAMES
    for twin in answer["twins"]:
        q, k = np.array(twin["q"]), np.array(twin["k"])
        assert q.shape == (twin["n_heads"], count, twin["d_head"])
        if twin["score"] == "additive":
            v_a = np.array(twin["v_a"])[:, None, None]
            expected = (v_a * np.tanh(q[:, :, None] + k[:, None])).sum(-1)
        else:
            expected = q @ k.swapaxes(1, 2)
            if twin["score"] == "scaled_dot":
                expected /= np.sqrt(twin["d_head"])
        assert np.array(twin["scores"]) == pytest.approx(expected, abs=1e-4)
        hidden = np.zeros((count, count), dtype=bool)
        if twin["causal"]:
            hidden |= ahead > 0
        if twin["window"] is not None:
            hidden |= abs(ahead) > twin["window"]
        if twin["normaliser"] == "relu":
            positive = np.maximum(0, expected)
            shares = positive / np.maximum(positive.sum(-1, keepdims=True), 1e-30)
        else:
            shares = softmax(expected, hidden)
        assert np.array(twin["pattern"]) == pytest.approx(shares, abs=1e-4)
        parts = np.array(twin["contributions"])
        assert parts.sum(0) == pytest.approx(np.array(twin["output"]), abs=1e-4)


def test_one_head_is_that_of_all(client: TestClient) -> None:
    (every,) = ask(client, twins=["heads_8"])["twins"]
    (one,) = ask(client, twins=["heads_8"], head=5)["twins"]
    assert one["heads"] == [5]
    assert every["heads"] == list(range(8))
    for name in ("q", "k", "scores", "pattern", "contributions"):
        assert one[name] == [every[name][5]]


def test_figures_are_those_of_the_twins_that_were_asked(client: TestClient) -> None:
    figures = ask(client, twins=["base", "relu"])["figures"]
    assert {each["model"] for each in figures} == {"base", "relu"}
    found = {(each["model"], each["measure"]): each["mean"] for each in figures}
    assert 0.8 < found["base", "tags"] < 1
    assert found["base", "zeros.0"] == 0 < found["relu", "zeros.0"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"twins": ["base"], "text": ""}, "text"),
        ({"twins": ["base"], "text": "cat " * 60}, "text"),
        ({"twins": ["base"], "layer": 2}, "layer"),
        ({"twins": ["wide"], "head": 1}, "head"),
        ({"twins": ["nobody"]}, "twins.0"),
        ({"twins": []}, "twins"),
    ],
)
def test_what_a_twin_cannot_do_is_refused(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/learn/twins", json={"text": TEXT, **body})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


def test_words_are_read_from_last_to_first_unless_an_order_is_given(client: TestClient) -> None:
    answer = ask(client, "order", text="我吃苹果")
    assert answer["words"] == ["我", "吃", "苹果"]
    assert answer["order"] == [2, 1, 0]
    same = ask(client, "order", text="我吃苹果", order=[2, 1, 0])
    assert same["twins"] == answer["twins"]


def test_in_its_own_order_nothing_moves(client: TestClient) -> None:
    for twin in ask(client, "order", order=list(range(7)))["twins"]:
        assert twin["differences"] == [0] * 7


def test_without_positions_nothing_moves_whatever_the_order(client: TestClient) -> None:
    answer = ask(client, "order", order=[3, 0, 6, 1, 5, 2, 4])
    moved = {each["twin"]: each["differences"] for each in answer["twins"]}
    assert max(moved["no_positions"]) < 1e-12
    for name in ("base", "learned", "causal", "causal_no_positions"):
        assert min(moved[name]) >= 0
        assert max(moved[name]) > 0.01


def test_waves_are_numpys(client: TestClient) -> None:
    answer = ask(client, "order")
    pos, m = np.arange(64)[:, None], np.arange(32)
    angles = pos / 10_000 ** (2 * m / 64)
    expected = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(64, 64)
    assert np.array(answer["sinusoids"]) == pytest.approx(expected, abs=1e-12)
    assert answer["products"] == pytest.approx(expected @ expected[0], abs=1e-12)


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 2, 3, 4, 5, 5], [1, 2, 3, 4, 5, 6, 7]])
def test_an_order_that_is_none_is_refused(client: TestClient, order: list[int]) -> None:
    answer = client.post("/api/v1/learn/order", json={"text": TEXT, "order": order})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == "order"
    assert "each of 0 to 6 once" in error["message"]
