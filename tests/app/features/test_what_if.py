"""POST /what-if: each edit against what /attention gives, worked by hand, and its effect beside
the library's own model with a hook in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fastapi import FastAPI
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.settings import Settings
from headlight.models.experiments.effects import pattern_total_variations
from headlight.models.zoo.registry import Registry, build_registry
from headlight.models.zoo.transformers import TransformersModel
from tests.app.fakes import PATIENCE_S, FakeModel
from tests.models.headed import bart
from tests.models.speaking import ANTECEDENT, speaking_folder
from tests.models.speaking import TEXT as SPOKEN

TEXT, LENGTH = "I saw a saw", 6
LAYER, HEAD, QUERY = 3, 1, 4
LAYERS, HEADS = 6, 12
PLACE = {"layer": LAYER, "heads": [HEAD]}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(client: TestClient) -> Ask:
    def ask(*edits: dict[str, Any], **more: Any) -> dict[str, Any]:
        show = [{"layer": LAYER, "head": HEAD}]
        body = {"text": TEXT, "edits": list(edits), "show": show, **more}
        answer = client.post("/api/v1/what-if", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return ask


@pytest.fixture(scope="module")
def head(client: TestClient) -> dict[str, np.ndarray[Any, Any]]:
    """The plain head, as /attention gives it."""
    include = ["pattern", "scores"]
    body = {"text": TEXT, "layers": [LAYER], "heads": [HEAD], "include": include}
    (found,) = client.post("/api/v1/attention", json=body).json()["heads"]
    return {name: np.array(found[name]) for name in include}


def softmax(scores: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    exp = np.exp(scores - scores.max(-1, keepdims=True))
    shares: np.ndarray[Any, Any] = exp / exp.sum(-1, keepdims=True)
    return shares


def after(answer: dict[str, Any]) -> np.ndarray[Any, Any]:
    (shown,) = answer["shown"]
    assert (shown["kind"], shown["layer"], shown["head"]) == ("encoder", LAYER, HEAD)
    return np.array(shown["after"], dtype=float)


def test_the_pattern_before_is_that_of_attention(ask: Ask, head: dict[str, Any]) -> None:
    answer = ask({"do": "zero_ablation", **PLACE})
    np.testing.assert_array_equal(answer["shown"][0]["before"], head["pattern"])
    assert answer["shown"][0]["supervised"] is None
    assert [token["text"] for token in answer["tokens"]] == [
        "[CLS]", "I", "saw", "a", "saw", "[SEP]",
    ]  # fmt: skip
    assert answer["target_tokens"] is answer["target_words"] is answer["target"] is None
    assert answer["outputs"] is None


def test_an_edit_moves_its_own_head_and_later_layers_only(ask: Ask) -> None:
    answer = ask({"do": "zero_ablation", **PLACE})
    (kind,) = answer["patterns"]
    moved = np.array(kind["total_variation"])
    assert (kind["kind"], moved.shape) == ("encoder", (LAYERS, HEADS))
    assert moved[LAYER, HEAD] == pytest.approx(0.5)  # a row of 1 became a row of 0
    here = moved[: LAYER + 1].copy()
    here[LAYER, HEAD] = 0
    assert not here.any()
    assert (moved[LAYER + 1 :] > 0).all()


def test_a_head_that_is_off_changes_the_last_vectors_as_in_the_library_s_own_model(
    ask: Ask, registry: Registry
) -> None:
    loaded = registry.load("bert")
    assert isinstance(loaded, TransformersModel)
    model = loaded._model
    inputs = loaded.encode(TEXT).inputs
    width = model.config.hidden_size // HEADS

    def silence(_: torch.nn.Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor]:
        z = args[0].clone()
        z[..., HEAD * width : (HEAD + 1) * width] = 0
        return (z,)

    dense = model.encoder.layer[LAYER].attention.output.dense
    with torch.inference_mode():
        plain = model(**inputs).last_hidden_state[0].double()
        hook = dense.register_forward_pre_hook(silence)
        edited = model(**inputs).last_hidden_state[0].double()
        hook.remove()
    change = ask({"do": "zero_ablation", **PLACE})["change"]
    turn = 1 - torch.cosine_similarity(plain, edited, dim=-1)
    np.testing.assert_allclose(change["cosine_distance"], turn, atol=1e-7)
    np.testing.assert_allclose(change["l2_distance"], (edited - plain).norm(dim=-1), rtol=1e-4)
    means = plain.mean(0), edited.mean(0)
    assert change["sentence_cosine_distance"] == pytest.approx(
        float(1 - torch.cosine_similarity(*means, dim=0)), abs=1e-7
    )
    assert change["sentence_l2_distance"] == pytest.approx(
        float((means[1] - means[0]).norm()), rel=1e-4
    )
    assert change["sentence_cosine_distance"] > 1e-5


@pytest.mark.parametrize("value", [0.25, 3])
def test_temperature_divides_the_scores(ask: Ask, head: dict[str, Any], value: float) -> None:
    answer = ask({"do": "temperature", "value": value, **PLACE})
    np.testing.assert_allclose(after(answer), softmax(head["scores"] / value), atol=1e-6)


def test_without_the_scale_scores_are_the_bare_products(ask: Ask, head: dict[str, Any]) -> None:
    answer = ask({"do": "unscaled", **PLACE})
    np.testing.assert_allclose(after(answer), softmax(head["scores"] * 32**0.5), atol=1e-5)


@pytest.mark.parametrize("width", [0, 1, 10**30])
def test_a_window_hides_what_is_farther_away(ask: Ask, head: dict[str, Any], width: int) -> None:
    position = np.arange(LENGTH)
    far = np.abs(position[:, None] - position) > min(width, LENGTH)
    wanted = softmax(np.where(far, -np.inf, head["scores"]))
    answer = ask({"do": "window", "width": width, **PLACE})
    np.testing.assert_allclose(after(answer), wanted, atol=1e-6)


def test_a_query_without_an_edge_takes_nothing_home(ask: Ask, head: dict[str, Any]) -> None:
    edges = [[0, 5], [4, 1], [4, 2]]
    wanted = np.zeros((LENGTH, LENGTH))
    wanted[0, 5] = 1
    wanted[4, 1:3] = softmax(head["scores"][4, 1:3])
    answer = ask({"do": "only_along", "edges": edges, **PLACE})
    np.testing.assert_allclose(after(answer), wanted, atol=1e-6)


def test_other_normalisers_share_by_other_rules(ask: Ask, head: dict[str, Any]) -> None:
    even = ask({"do": "renormalise", "by": "uniform", "query_pos": [QUERY], **PLACE})
    wanted = head["pattern"].copy()
    wanted[QUERY] = 1 / LENGTH
    np.testing.assert_allclose(after(even), wanted, atol=1e-6)
    positive = np.maximum(head["scores"], 0)
    total = positive.sum(-1, keepdims=True)
    shares = np.divide(positive, total, out=np.zeros_like(positive), where=total > 0)
    relu = ask({"do": "renormalise", "by": "relu", **PLACE})
    np.testing.assert_allclose(after(relu), shares, atol=1e-6)


@pytest.mark.parametrize("renormalise", [None, True, False])
def test_a_cut_link_leaves_its_weight_to_the_rest_of_the_row_or_to_nobody(
    ask: Ask, head: dict[str, Any], renormalise: bool | None
) -> None:
    how = {} if renormalise is None else {"renormalise": renormalise}
    answer = ask({"do": "cut", "query_pos": [QUERY], "key_pos": [2, 0], **how, **PLACE})
    wanted = head["pattern"].copy()
    wanted[QUERY, [0, 2]] = 0
    if renormalise is not False:
        wanted[QUERY] /= wanted[QUERY].sum()
    np.testing.assert_allclose(after(answer), wanted, atol=1e-6)


def test_a_set_link_has_its_weight_and_the_rest_keeps_its_proportions(
    ask: Ask, head: dict[str, Any]
) -> None:
    answer = ask(
        {"do": "set_pattern", "weight": 0.7, "query_pos": [QUERY], "key_pos": [2], **PLACE}
    )
    wanted = head["pattern"].copy()
    wanted[QUERY, 2] = 0
    wanted[QUERY] *= 0.3 / wanted[QUERY].sum()
    wanted[QUERY, 2] = 0.7
    np.testing.assert_allclose(after(answer), wanted, atol=1e-6)


def test_the_mean_of_z_is_the_mean_row(ask: Ask, head: dict[str, Any]) -> None:
    answer = ask({"do": "mean_ablation", **PLACE})
    wanted = np.broadcast_to(head["pattern"].mean(0), (LENGTH, LENGTH))
    np.testing.assert_allclose(after(answer), wanted, atol=1e-6)


def test_every_head_patched_from_another_text_hands_on_the_other_text_s_z(ask: Ask) -> None:
    other = "You ate a pear"
    same = ask({"do": "activation_patch", "text": TEXT, **PLACE})["change"]
    assert max(same["l2_distance"]) <= 1e-5
    assert max(same["cosine_distance"]) <= 1e-10
    patched = ask({"do": "activation_patch", "text": other, **PLACE})["change"]
    assert patched["sentence_cosine_distance"] > 1e-5
    back = ask({"do": "activation_patch", "text": TEXT, **PLACE}, text=other)["change"]
    assert back["sentence_cosine_distance"] > 1e-5


def test_one_head_of_one_edit_does_alone_what_it_does_together(ask: Ask) -> None:
    answer = ask({"do": "zero_ablation", **PLACE})
    (single,) = answer["singles"]
    assert (single["edit"], single["kind"]) == (0, "encoder")
    assert (single["layer"], single["head"]) == (LAYER, HEAD)
    for name in ("sentence_cosine_distance", "sentence_l2_distance"):
        assert single[name] == pytest.approx(answer["change"][name], rel=1e-3)


def test_singles_stand_in_the_order_of_the_edits(ask: Ask) -> None:
    answer = ask(
        {"do": "mean_ablation", "layer": 5, "heads": [7]},
        {"do": "zero_ablation", "layer": 0, "heads": None},
    )
    told = [(each["edit"], each["layer"], each["head"]) for each in answer["singles"]]
    assert told == [(0, 5, 7), *((1, 0, head) for head in range(HEADS))]
    assert answer["controls"]["heads"] == 1 + HEADS


def test_controls_come_with_every_answer(ask: Ask) -> None:
    edit = {"do": "temperature", "value": 2, **PLACE}
    controls = ask(edit)["controls"]
    assert controls["nothing"] == 0
    assert 0 <= controls["own_z"] <= 1e-5
    assert len(controls["band"]) == 20
    assert controls["band"] == sorted(controls["band"])
    assert controls["band"][0] > 0
    assert ask(edit)["controls"] == controls  # the draws are seeded


def test_edits_compose_in_the_order_of_the_equations(ask: Ask, head: dict[str, Any]) -> None:
    cut = {"do": "cut", "query_pos": [QUERY], "key_pos": [2], **PLACE}
    cold = {"do": "temperature", "value": 0.5, **PLACE}
    wanted = softmax(head["scores"] / 0.5)
    wanted[QUERY, 2] = 0
    wanted[QUERY] /= wanted[QUERY].sum()
    for edits in ((cut, cold), (cold, cut)):
        np.testing.assert_allclose(after(ask(*edits)), wanted, atol=1e-6)


def test_layers_with_fewer_heads_end_in_nothing() -> None:
    trace = FakeModel("uneven", uneven=True).run(TEXT)
    moved = pattern_total_variations(trace, trace)["encoder"]
    np.testing.assert_array_equal(moved, [[0, 0, 0], [0, 0, np.nan]])


def test_an_edit_stays_in_its_own_request(ask: Ask, client: TestClient) -> None:
    body = {"text": TEXT, "include": ["pattern", "z"]}
    before = client.post("/api/v1/attention", json=body).content
    ask({"do": "zero_ablation", "layer": 0})
    assert client.post("/api/v1/attention", json=body).content == before


def test_requests_at_the_same_time_get_what_each_gets_alone(registry: Registry) -> None:
    app = create_app(Settings(workers=3), registry)
    edits: list[dict[str, Any]] = [
        {"do": "zero_ablation", "layer": 0, "heads": [4]},
        {"do": "temperature", "layer": 0, "heads": [4], "value": 9},
        {"do": "window", "layer": 2, "heads": [3, 5], "width": 1},
    ]
    bodies = [
        {"text": TEXT, "edits": [edit], "show": [{"layer": 2, "head": 3}]} for edit in edits
    ] * 2
    with TestClient(app) as client:
        alone = [client.post("/api/v1/what-if", json=body).json() for body in bodies[:3]] * 2
        together: list[Any] = [None] * len(bodies)
        gate = threading.Barrier(len(bodies))

        def send(index: int) -> None:
            gate.wait(PATIENCE_S)
            together[index] = client.post("/api/v1/what-if", json=bodies[index]).json()

        threads = [threading.Thread(target=send, args=(index,)) for index in range(len(bodies))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
    assert together == alone
    assert alone[0] != alone[1]


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = speaking_folder(tmp_path_factory.mktemp("models") / "speaker")
    app: FastAPI = create_app(Settings(), build_registry([str(folder)], default="speaker"))
    with TestClient(app) as client:
        yield client


def test_a_model_that_speaks_says_what_it_says_before_and_after(speaker: TestClient) -> None:
    layer, head = ANTECEDENT
    edges = [[position, 0] for position in range(20)]
    body = {
        "text": SPOKEN,
        "edits": [{"do": "only_along", "layer": layer, "heads": [head], "edges": edges}],
        "show": [{"layer": layer, "head": head}],
    }
    answer = speaker.post("/api/v1/what-if", json=body)
    assert answer.status_code == 200, answer.text
    outputs = answer.json()["outputs"]
    said = speaker.post("/api/v1/outputs", json={"text": SPOKEN}).json()
    assert outputs["before"] == said["outputs"]
    assert answer.json()["shown"][0]["supervised"] == "antecedent"
    (before,), (now,) = (outputs[side]["antecedents"] for side in ("before", "after"))
    assert before["word"] == now["word"]
    assert now["value"] == 0  # all of it went to [CLS], which is no word to point at
    assert before["value"] > 0
    assert outputs["before"]["parents"] == outputs["after"]["parents"]  # by a head of layer 0


def test_predictions_come_before_and_after_with_their_divergence(speaker: TestClient) -> None:
    layer, head = ANTECEDENT
    body = {"text": SPOKEN, "edits": [{"do": "zero_ablation", "layer": layer, "heads": [head]}]}
    answer = speaker.post("/api/v1/what-if", json=body).json()
    found = answer["predictions"]
    assert list(dict.fromkeys(each["said"] for each in found)) == [
        "tag", "parent", "antecedent", "fill",
    ]  # fmt: skip
    tags = [each for each in found if each["said"] == "tag"]
    for told, each in zip(answer["outputs"]["before"]["tags"], tags, strict=True):
        best = max(each["candidates"], key=lambda candidate: candidate["before"])
        assert (told["word"], told["tag"]) == (each["word"], best["name"])
        assert told["probability"] == pytest.approx(best["before"], rel=1e-4)
        assert each["kl"] > 0
        assert 0 < each["total_variation"] <= 1
    (its,) = (each for each in found if each["said"] == "antecedent")
    assert its["kl"] is None
    assert its["total_variation"] == pytest.approx(0.5, abs=1e-6)
    for candidate in its["candidates"]:
        assert answer["tokens"][candidate["key_pos"]]["text"] == candidate["name"]
        assert candidate["after"] == 0
    (single,) = answer["singles"]
    read = [each["kl"] for each in found if each["said"] in ("tag", "fill")]
    assert single["kl"] == pytest.approx(max(read), rel=1e-3)


def test_a_model_that_says_nothing_predicts_nothing(ask: Ask) -> None:
    answer = ask({"do": "zero_ablation", **PLACE})
    assert answer["predictions"] == []
    assert answer["singles"][0]["kl"] is None


def test_of_a_translator_the_decoder_s_vectors_are_told(tmp_path: Path) -> None:
    bart(tmp_path / "bart")
    name = str(tmp_path / "bart")
    registry = build_registry([name], default="bart")
    body = {
        "text": "a b c",
        "text_pair": "d e",
        "edits": [{"do": "zero_ablation", "kind": "cross", "layer": 1, "heads": [1]}],
        "show": [
            {"kind": "cross", "layer": 1, "head": 1},
            {"kind": "decoder", "layer": 2, "head": 0},
        ],
    }
    with TestClient(create_app(Settings(), registry)) as client:
        answer = client.post("/api/v1/what-if", json=body).json()
        written = client.post("/api/v1/what-if", json={**body, "text_pair": None}).json()
    assert [token["text"] for token in answer["tokens"]] == ["<s>", "a", "b", "c", "</s>"]
    assert [token["text"] for token in answer["target_tokens"]] == ["</s>", "<s>", "d", "e"]
    assert len(answer["change"]["cosine_distance"]) == 4
    shapes = {each["kind"]: np.shape(each["total_variation"]) for each in answer["patterns"]}
    assert shapes == {"encoder": (2, 3), "decoder": (3, 2), "cross": (3, 2)}
    assert not np.any(
        answer["patterns"][0]["total_variation"]
    )  # the encoder reads before the decoder does
    cross, causal = answer["shown"]
    assert np.shape(cross["before"]) == (4, 5)
    assert not np.any(cross["after"])
    for pattern in (causal["before"], causal["after"]):
        hidden = [[value is None for value in row] for row in pattern]
        np.testing.assert_array_equal(hidden, np.triu(np.ones((4, 4), dtype=bool), 1))
    (after_the_target,) = answer["predictions"]
    assert (after_the_target["said"], after_the_target["position"]) == ("next", 3)
    assert after_the_target["kl"] >= 0
    assert len(written["change"]["cosine_distance"]) == len(written["target_tokens"])
    assert written["controls"]["nothing"] == 0
