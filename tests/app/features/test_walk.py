"""POST /walk: as JSON and as .npz the same tensors, and a plain word where there are none."""

from __future__ import annotations

import io

import numpy as np
import torch
from starlette.testclient import TestClient

from headlight.models.core.trace import Trace
from headlight.models.measures.walk import walk_head
from tests.app.conftest import Serve
from tests.app.fakes import FakeModel, FakeRegistry, sequence_of
from tests.models.walkable import EPSILON, walkable_trace

NPZ = "application/x-npz"
ASKED = {"text": "I saw a saw", "layer": 0, "head": 1}


class Walkable(FakeModel):
    """Runs any text to a trace that keeps the inside of its blocks."""

    def run(self, text: str, text_pair: str | None = None) -> Trace:
        tower = sequence_of(text)
        window = torch.ones(1, len(tower), len(tower), dtype=torch.bool).tril(2).triu(-2)
        return walkable_trace(text, tower=tower, model=self.name, mask=window)


def start(serve: Serve, **settings: int) -> TestClient:
    return serve(FakeRegistry(FakeModel("plain"), Walkable("small")), **settings)


def test_json_holds_every_tensor_of_the_walk(serve: Serve) -> None:
    answer = start(serve).post("/api/v1/walk", json=ASKED)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    walk = walk_head(Walkable("small").run("I saw a saw"), 0, 1)
    for name, _, tensor in walk.tensors():
        np.testing.assert_array_equal(np.array(found[name], tensor.numpy().dtype), tensor.numpy())
    assert {"normed", "norm_gain", "norm_bias"} <= {name for name, _, _ in walk.tensors()}
    assert found["norm_epsilon"] == EPSILON
    assert (found["model"], found["text"]) == ("small", "I saw a saw")
    assert found["supervised"] == [
        {"kind": "encoder", "layer": 1, "head": 2, "task": "antecedent"},
    ]
    assert [token["text"] for token in found["tokens"]] == ["<s>", "I", "saw", "a", "saw", "</s>"]


def test_npz_holds_the_same_arrays_and_leaves_out_what_is_not_there(serve: Serve) -> None:
    client = start(serve)
    body = {**ASKED, "layer": 1}
    told = client.post("/api/v1/walk", json=body).json()
    answer = client.post("/api/v1/walk", json=body, headers={"Accept": NPZ})
    assert answer.headers["content-type"] == NPZ
    arrays = np.load(io.BytesIO(answer.content))
    tensors = [name for name, value in told.items() if isinstance(value, list) and value]
    for name in set(tensors) - {"tokens", "supervised"}:
        np.testing.assert_array_equal(arrays[name], np.array(told[name], arrays[name].dtype))
    missing = {name for name, value in told.items() if value is None}
    assert missing == {"text_pair", "query_pos", "token", "position", "v_a", "b_o"}
    assert not missing & set(arrays.files)
    assert arrays["tokens"].tolist() == ["<s>", "I", "saw", "a", "saw", "</s>"]
    assert arrays["special"].tolist() == [True, False, False, False, False, True]
    assert arrays["scale"] == np.float32(told["scale"])
    assert arrays["norm_epsilon"] == np.float32(EPSILON)
    assert (arrays["layers"], str(arrays["normaliser"])) == (2, "softmax")
    assert arrays["supervised"].tolist() == [[1, 2]]
    assert arrays["supervised_tasks"].tolist() == ["antecedent"]


def test_one_query_may_be_asked_for_alone(serve: Serve) -> None:
    client = start(serve)
    whole = client.post("/api/v1/walk", json=ASKED).json()
    one = client.post("/api/v1/walk", json={**ASKED, "query_pos": 4}).json()
    assert one["query_pos"] == 4
    for name in ("q", "dot", "scores", "mask", "pattern", "output", "residual"):
        assert one[name] == [whole[name][4]]


def test_a_model_without_insides_refuses_in_words(serve: Serve) -> None:
    answer = start(serve).post("/api/v1/walk", json={**ASKED, "model": "plain"})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("invalid_selection", "model")
    assert error["message"].startswith("plain keeps no x and no W_q, W_k, W_v")
    assert error["message"].endswith("choose small")


def test_a_head_that_is_not_there_is_refused_by_name(serve: Serve) -> None:
    answer = start(serve).post("/api/v1/walk", json={**ASKED, "head": 3})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "head"


def test_json_over_its_limit_says_what_to_send_instead(serve: Serve) -> None:
    client = start(serve, json_numbers=900)
    error = client.post("/api/v1/walk", json=ASKED).json()["error"]
    assert (error["code"], error["field"]) == ("selection_too_large", "query_pos")
    assert "this walk has " in error["message"]
    assert "at most 900" in error["message"]
    assert NPZ in error["message"]
    assert client.post("/api/v1/walk", json=ASKED, headers={"Accept": NPZ}).status_code == 200


def test_the_page_is_served_and_names_the_model_that_it_walks_through(serve: Serve) -> None:
    page = start(serve).get("/walk")
    assert page.status_code == 200
    assert 'data-walk-model="small"' in page.text
