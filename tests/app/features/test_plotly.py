"""A head's picture as a live Plotly figure, from the API: the library's own."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest
from fastapi.testclient import TestClient

import headlight

SAW = "I saw a saw"
PLOTLY = "application/vnd.plotly.v1+json"


@pytest.mark.parametrize("figure", ["heatmap", "links"])
def test_the_api_sends_the_same_figure(client: TestClient, figure: str) -> None:
    body = {"model": "small", "text": SAW, "layers": [1], "heads": [2], "figure": figure}
    answer = client.post("/api/v1/attention", json=body, headers={"Accept": PLOTLY})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(PLOTLY)
    own = getattr(headlight.load("small").run(SAW), figure)(1, 2)
    assert answer.json() == json.loads(own.to_json())
    assert isinstance(go.Figure(answer.json()), go.Figure)


def test_a_figure_is_of_one_head(client: TestClient) -> None:
    body = {"text": SAW, "layers": [1]}
    answer = client.post("/api/v1/attention", json=body, headers={"Accept": PLOTLY})
    assert answer.status_code == 422
    assert (
        "a Plotly figure holds one head, and this selects 12" in answer.json()["error"]["message"]
    )
