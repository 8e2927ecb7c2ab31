"""POST /heads/ablations: every head on its own, as /what-if has it one by one."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.settings import Settings

SAW = "I saw a saw"


def test_every_head_is_there_once_with_what_the_edit_alone_does(client: TestClient) -> None:
    answer = client.post("/api/v1/heads/ablations", json={"text": SAW}).json()
    names = [(each["layer"], each["head"]) for each in answer["heads"]]
    assert names == [(layer, head) for layer in range(6) for head in range(12)]
    assert answer["output"]["of"] == "sentence"
    for layer, head in ((3, 1), (0, 0), (5, 11)):
        edit = {"do": "zero_ablation", "kind": "encoder", "layer": layer, "heads": [head]}
        one = client.post("/api/v1/what-if", json={"text": SAW, "edits": [edit]}).json()
        effect = next(
            e["effect"] for e in answer["heads"] if (e["layer"], e["head"]) == (layer, head)
        )
        wanted = one["change"]["sentence_cosine_distance"]
        assert effect == pytest.approx(wanted, abs=2e-7, rel=2e-3)
    chance = answer["chance"]
    assert 0 <= chance["low"] <= chance["median"] <= chance["high"]


def test_a_text_that_would_take_too_long_is_refused_with_the_sum(client: TestClient) -> None:
    app = create_app(Settings(rerun_tokens=431))
    answer = TestClient(app).post("/api/v1/heads/ablations", json={"text": SAW})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("selection_too_large", "text")
    assert "72 heads" in error["message"]
    assert "432" in error["message"]
    allowed = TestClient(create_app(Settings(rerun_tokens=432)))
    assert allowed.post("/api/v1/heads/ablations", json={"text": SAW}).status_code == 200
