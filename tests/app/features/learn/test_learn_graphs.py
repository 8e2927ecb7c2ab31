"""POST /learn/graphs: a graph as a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/learn/graphs", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_rows_weights_are_the_softmax_of_its_open_scores(client: TestClient) -> None:
    answer = ask(client, variant="tied", layer=1, head=1)
    powers = np.where(answer["mask"], np.exp(np.array(answer["scores"])), 0)
    expected = powers / powers.sum(-1, keepdims=True)
    assert np.array(answer["pattern"]) == pytest.approx(expected, abs=1e-6)
    assert (answer["axis"]["kind"], len(answer["axis"]["labels"])) == ("node", 34)


def test_without_queries_of_use_all_neighbours_get_the_same(client: TestClient) -> None:
    answer = ask(client)
    degrees = np.array(answer["mask"]).sum(-1)
    assert np.array(answer["pattern"])[8].max() == pytest.approx(1 / degrees[8], abs=1e-6)
    assert answer["entropy"] == pytest.approx(1)
    assert answer["accuracy"] == 31 / 32


def test_a_cut_edge_closes_both_cells_and_moves_the_answer(client: TestClient) -> None:
    whole = ask(client)
    cut = ask(client, flips=[[8, 33], [8, 32], [8, 30]])
    assert cut["mask"][8][33] is cut["mask"][33][8] is False
    said = [np.argmax(answer["shares"][8]) for answer in (whole, cut)]
    assert said == [1, 0]
    assert cut["accuracy"] == 1


def test_without_a_mask_every_node_is_open(client: TestClient) -> None:
    answer = ask(client, variant="complete", flips=[[0, 1]])
    assert np.all(answer["mask"])
    assert answer["accuracy"] == 0.5


def test_where_no_node_has_friends_in_both_groups_there_is_no_share_of_the_own(
    client: TestClient,
) -> None:
    answer = ask(client, graph="southern")
    assert answer["own_group"] is None
    assert answer["groups"][18:] == [None] * 14
    assert {each["model"].split(".")[0] for each in answer["figures"]} == {"southern"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"graph": "florentine"}, "graph"),
        ({"variant": "loose"}, "variant"),
        ({"layer": 2}, "layer"),
        ({"head": 2}, "head"),
        ({"flips": [[0, 34]]}, "flips"),
        ({"flips": [[0]]}, "flips.0"),
    ],
)
def test_what_is_not_there_is_refused_by_its_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/learn/graphs", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
