"""Masks, biases, three kinds and missing projections, on models made by hand."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.app.conftest import Serve
from tests.app.fakes import D_HEAD, D_MODEL, HEADS, FakeModel, FakeRegistry

THREE = ("encoder", "decoder", "cross")
TEXT = "one two three"  # 5 tokens with the special ones


@pytest.fixture
def made(serve: Serve) -> TestClient:
    return serve(
        FakeRegistry(
            FakeModel("causal", ("decoder",)),
            FakeModel("translator", THREE),
            FakeModel("plain", w_o=False),
            FakeModel("uneven", uneven=True),
        )
    )


def ask(client: TestClient, accept: str = "application/json", **body: Any) -> Any:
    response = client.post("/api/v1/attention", json=body, headers={"Accept": accept})
    assert response.status_code == 200, response.text
    return response.json() if accept == "application/json" else response.content


def npz(client: TestClient, **body: Any) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(ask(client, "application/x-npz", **body))) as arrays:
        return dict(arrays)


def test_masked_cells_are_null_and_the_mask_stands_beside_them(made: TestClient) -> None:
    answer = ask(made, model="causal", text=TEXT, layers=[0], heads=[2])
    (head,) = answer["heads"]
    lower = np.tril(np.ones((5, 5), dtype=bool))
    assert np.array_equal(head["mask"], lower)
    for row, allowed in zip(head["pattern"], lower, strict=True):
        assert [value is not None for value in row] == allowed.tolist()
        assert sum(value for value in row if value is not None) == pytest.approx(1, abs=1e-5)


def test_masked_cells_are_nan_in_npz_and_empty_in_csv(made: TestClient) -> None:
    body = {"model": "causal", "text": TEXT, "layers": [1], "heads": [0]}
    arrays = npz(made, **body)
    lower = np.tril(np.ones((5, 5), dtype=bool))
    assert np.array_equal(~np.isnan(arrays["pattern"][0, 0]), lower)
    assert np.array_equal(arrays["mask"][0, 0], lower)
    _, *rows = csv.reader(io.StringIO(ask(made, "text/csv", **body).decode(), newline=""))
    assert np.array_equal([[cell != "" for cell in row[2:]] for row in rows], lower)


def test_scores_are_finite_where_the_mask_hides_them(made: TestClient) -> None:
    answer = ask(made, model="causal", text=TEXT, include=["scores"])
    assert "pattern" not in answer["heads"][0]
    assert np.isfinite(np.array(answer["heads"][0]["scores"], dtype=float)).all()


def test_words_that_may_not_be_looked_at_are_null_too(made: TestClient) -> None:
    (head,) = ask(made, model="causal", text=TEXT, layers=[0], heads=[1], level="word")["heads"]
    assert np.array_equal(head["mask"], np.tril(np.ones((5, 5), dtype=bool)))
    assert head["pattern"][0][1:] == [None] * 4


def test_a_bias_is_sent_where_the_model_has_one_and_null_where_not(made: TestClient) -> None:
    body = {"model": "translator", "text": TEXT, "include": ["bias"], "layers": [0]}
    decoder = ask(made, **body, kind="decoder")
    assert np.shape(decoder["heads"][0]["bias"]) == (4, 4)
    assert ask(made, **body, kind="encoder")["heads"][0]["bias"] is None
    assert "bias" not in npz(made, **body, kind="encoder")


def test_cross_attention_has_queries_of_the_decoder_and_keys_of_the_encoder(
    made: TestClient,
) -> None:
    body = {"model": "translator", "text": TEXT, "text_pair": "un", "kind": "cross"}
    answer = ask(made, **body, include=["pattern", "q", "k", "contribution"])
    assert [token["text"] for token in answer["query_tokens"]] == ["<s>", "un", "</s>"]
    assert [token["text"] for token in answer["key_tokens"]] == ["<s>", *TEXT.split(), "</s>"]
    assert answer["tokens"] == answer["query_tokens"]
    assert answer["target"] == "un"
    assert len(answer["heads"]) == 2 * HEADS
    head = answer["heads"][4]
    assert (head["layer"], head["head"]) == (1, 1)
    assert np.shape(head["pattern"]) == (3, 5)
    assert np.shape(head["q"]) == (3, D_HEAD)
    assert np.shape(head["k"]) == (5, D_HEAD)
    assert np.shape(head["contribution"]) == (3, D_MODEL)


def test_the_first_kind_is_taken_when_none_is_named(made: TestClient) -> None:
    assert ask(made, model="translator", text=TEXT)["kind"] == "encoder"
    assert ask(made, model="causal", text=TEXT)["kind"] == "decoder"


def test_the_target_that_the_model_wrote_is_told(made: TestClient) -> None:
    answer = ask(made, model="translator", text=TEXT, kind="decoder")
    assert (answer["text_pair"], answer["target"]) == (None, "a b")


def test_target_tokens_are_those_of_the_decoder(made: TestClient) -> None:
    sent = {"model": "translator", "text": TEXT, "text_pair": "un deux"}
    answer = made.post("/api/v1/tokens", json=sent).json()
    assert [word["text"] for word in answer["target_words"]] == ["<s>", "un", "deux", "</s>"]
    assert len(answer["tokens"]) == 5
    causal = made.post("/api/v1/tokens", json={"model": "causal", "text": TEXT}).json()
    assert len(causal["tokens"]) == 5
    assert causal["target_tokens"] is None


def test_every_kind_has_its_pictures_in_the_overview(made: TestClient) -> None:
    sent = {"model": "translator", "text": TEXT, "text_pair": "un"}
    content = made.post("/api/v1/overview", json=sent).content
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    shapes = [(kind["kind"], kind["rows"], kind["cols"]) for kind in header["kinds"]]
    assert shapes == [("encoder", 5, 5), ("decoder", 3, 3), ("cross", 3, 5)]
    assert [kind["causal"] for kind in header["kinds"]] == [False, True, False]
    assert len(content) - 4 - length == 2 * HEADS * (25 + 9 + 15)
    cross = [head for head in header["heads"] if head["kind"] == "cross"]
    assert len(cross) == 2 * HEADS
    for name in ("to_self", "to_previous", "to_next", "mean_distance"):
        assert {head[name] for head in cross} == {None}


def test_a_contribution_needs_an_output_projection(made: TestClient) -> None:
    sent = {"model": "plain", "text": TEXT, "include": ["contribution"]}
    response = made.post("/api/v1/attention", json=sent)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid_selection"
    assert response.json()["error"]["field"] == "include"


def test_a_cell_of_a_model_without_w_o_has_no_contribution(made: TestClient) -> None:
    place = {"layer": 1, "head": 2, "query_pos": 3, "key_pos": 4}
    cell = made.post("/api/v1/cell", json={"model": "plain", "text": TEXT, **place}).json()
    assert cell["contribution"] is None
    assert cell["residual"]["output"] is None


def test_a_masked_cell_says_so(made: TestClient) -> None:
    place = {"layer": 0, "head": 0, "query_pos": 1, "key_pos": 3}
    cell = made.post("/api/v1/cell", json={"model": "causal", "text": TEXT, **place}).json()
    assert (cell["masked"], cell["logit"], cell["exp"], cell["pattern"]) == (True, None, None, 0)


def test_layers_with_different_numbers_of_heads_do_not_fit_one_array(made: TestClient) -> None:
    body = {"model": "uneven", "text": TEXT}
    accept = {"Accept": "application/x-npz"}
    response = made.post("/api/v1/attention", json=body, headers=accept)
    assert response.json()["error"]["code"] == "invalid_selection"
    assert npz(made, **body, heads=[1])["pattern"].shape == (2, 1, 5, 5)
    assert len(ask(made, **body)["heads"]) == HEADS + HEADS - 1


@pytest.mark.parametrize(
    ("selection", "field"),
    [({}, "heads"), ({"layers": [0], "heads": [0], "include": ["pattern", "q"]}, "include")],
)
def test_csv_holds_one_pattern_and_nothing_else(
    made: TestClient, selection: dict[str, Any], field: str
) -> None:
    body = {"model": "plain", "text": TEXT, **selection}
    response = made.post("/api/v1/attention", json=body, headers={"Accept": "text/csv"})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (
        422,
        "invalid_selection",
        field,
    )


def test_too_many_numbers_are_counted_before_they_are_made(serve: Serve) -> None:
    plain = FakeRegistry(FakeModel("plain"))
    client = serve(plain, json_numbers=2 * 25, npz_numbers=3 * 25 * 2)
    one = {"text": TEXT, "layers": [0], "heads": [0]}
    assert client.post("/api/v1/attention", json=one).status_code == 200
    two = {"text": TEXT, "layers": [0, 1], "heads": [0]}
    refused = client.post("/api/v1/attention", json=two)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (422, "selection_too_large")
    assert "100 numbers" in error["message"]
    assert "at most 50" in error["message"]
    assert "application/x-npz" in error["message"]
    as_npz = {"Accept": "application/x-npz"}
    assert client.post("/api/v1/attention", json=two, headers=as_npz).status_code == 200
    everything = client.post("/api/v1/attention", json={"text": TEXT}, headers=as_npz)
    assert everything.json()["error"]["code"] == "selection_too_large"
