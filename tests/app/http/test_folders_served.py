"""Checkpoints as people bring them, asked over HTTP: what is answered is the model's own.

The oracle is the library's own class, loaded afresh for every text with eager attention: nothing
of ours has touched it, and it has read no other text before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from starlette.testclient import TestClient
from transformers import PreTrainedModel

from headlight.app.application import create_app
from headlight.app.settings import Settings
from tests.models.folders import (
    FAMILIES,
    ODD,
    TINY,
    WORDS,
    Served,
    edit_weights,
    make,
    save,
    text_of,
)
from tests.models.refused_folders import REFUSED, REFUSED_FAMILIES, Refused

SHORT = 9
FIELDS = {
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("folders")
    for case in (*FAMILIES, *ODD, *REFUSED, *REFUSED_FAMILIES):
        case.save(root / case.name)
    save(make("BertModel", "BertConfig", TINY), root / "nan-row")
    edit_weights(root / "nan-row", _without_the_last_row)
    return root


def _without_the_last_row(weights: dict[str, Any]) -> dict[str, Any]:
    weights["embeddings.word_embeddings.weight"][-1] = torch.nan
    return weights


@pytest.fixture(scope="module")
def client(folders: Path) -> Iterator[TestClient]:
    """One server of all of them: what is wrong with one keeps no other from serving."""
    names = tuple(str(folder) for folder in sorted(folders.iterdir()))
    # Packed where that is possible: its numbers are other than the library's by rounding.
    with TestClient(
        create_app(Settings(models=names, linear="packed")), raise_server_exceptions=False
    ) as client:
        yield client


def ask(client: TestClient, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1/{path}", json=body)


def info(client: TestClient, name: str) -> Any:
    return client.get(f"/api/v1/models/{name}").json()


def fresh(folder: Path) -> PreTrainedModel:
    config = transformers.AutoConfig.from_pretrained(folder)
    named = getattr(transformers, config.architectures[0])
    if named.__name__ == "T5EncoderModel":
        config.is_encoder_decoder = False
    model: PreTrainedModel = named.from_pretrained(
        folder, config=config, attn_implementation="eager", dtype=torch.float32
    )
    if hasattr(model, "set_attention_type"):
        model.set_attention_type("original_full")  # as a text this short does, but unreported
    return model.eval()


def own_patterns(folder: Path, answers: dict[str, Any]) -> dict[str, list[torch.Tensor]]:
    """What the model itself reports, by kind, on the tokens of these answers."""
    model = fresh(folder)
    kinds = list(answers)
    first = answers[kinds[0]]

    def ids(tokens: list[dict[str, Any]]) -> torch.Tensor:
        return torch.tensor([[token["id"] for token in tokens]])

    inputs = {
        "input_ids": ids(
            first["key_tokens"] if "cross" not in kinds else answers["cross"]["key_tokens"]
        )
    }
    if "cross" in kinds:
        inputs["decoder_input_ids"] = ids(answers["cross"]["query_tokens"])
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    with torch.inference_mode():
        output = model(**inputs, output_attentions=True)
    found = {}
    for kind in kinds:
        reported = output.get(FIELDS[kind]) or output.get("attentions")
        found[kind] = [each[0] for each in reported if isinstance(each, torch.Tensor)]
    return found


def check(client: TestClient, folders: Path, case: Served, tokens: int) -> None:
    """Every pattern of a text of that length is what a fresh model reports."""
    shape = info(client, case.name)
    pair = {"text_pair": text_of(tokens)} if "cross" in shape["kinds"] else {}
    answers = {}
    for kind in shape["kinds"]:
        response = ask(
            client, "attention", model=case.name, text=text_of(tokens), kind=kind,
            include=["pattern"], **pair,
        )  # fmt: skip
        assert response.status_code == 200, response.text
        answers[kind] = response.json()
    for kind, reported in own_patterns(folders / case.name, answers).items():
        heads = answers[kind]["heads"]
        by_layer: dict[int, list[Any]] = {}
        for head in heads:
            by_layer.setdefault(head["layer"], []).append(head["pattern"])
        assert len(by_layer) == len(reported), kind
        for layer, own in zip(by_layer, reported, strict=True):
            shown = torch.tensor(
                [
                    [[0.0 if w is None else w for w in row] for row in head]
                    for head in by_layer[layer]
                ]
            )
            gap = float((shown - own).abs().max())
            assert gap < 1e-5, (case.name, kind, layer, tokens, gap)
    if case.numbers is not None:
        assert tuple(by_layer) == case.numbers


@pytest.mark.parametrize("case", [*FAMILIES, *ODD], ids=str)
def test_what_is_shown_is_the_models_own_at_every_length_that_fits(
    client: TestClient, folders: Path, case: Served
) -> None:
    response = ask(client, "overview", model=case.name, text=text_of(SHORT))
    assert response.status_code == 200, response.text
    shape = info(client, case.name)
    assert shape["state"] == "ready"
    assert shape["token_limit"] == case.limit
    assert shape["sinks"] is case.sinks
    assert shape["layer_numbers"] == list(case.numbers or range(shape["layers"]))
    check(client, folders, case, case.limit - ("cross" in shape["kinds"]))
    check(client, folders, case, SHORT)
    check(client, folders, case, case.limit // 2)
    refused = ask(client, "overview", model=case.name, text=text_of(case.limit + 1))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "text_too_long")
    told = ask(client, "tokens", model=case.name, text=text_of(case.limit + 1)).json()
    assert (told["fits"], told["count"], told["limit"]) == (False, case.limit + 1, case.limit)


@pytest.mark.parametrize("case", [*FAMILIES, *ODD], ids=str)
def test_every_question_about_a_model_has_an_answer_or_a_refusal(
    client: TestClient, case: Served
) -> None:
    text = text_of(SHORT)
    kind = next(iter(info(client, case.name)["kinds"] or ["encoder"]))
    layer = (case.numbers or (0,))[0]
    head = {"kind": kind, "layer": layer, "head": 0}
    edits = [{"do": "zero_ablation", "kind": kind, "layer": layer, "heads": [0]}]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("cell", {**head, "query_pos": 2, "key_pos": 1}),
        ("heads/search", {"query": {"position": 2}, "key": {"position": 1}}),
        ("outputs", {}),
        ("what-if", {"edits": edits}),
        ("attention", {**_one(head), "include": ["gradient_pattern"]}),
        ("attention", {**_one(head), "include": ["rollout", "norms"]}),
        ("attention", {**_one(head), "include": ["integrated_gradients"], "steps": 4}),
        ("heads/faithfulness", {**head, "query_pos": 2}),
    ]
    for path, body in asked:
        response = ask(client, path, model=case.name, text=text, **body)
        assert response.status_code in (200, 422), (path, body, response.text)
        if response.status_code == 422:
            message = response.json()["error"]["message"]
            assert response.json()["error"]["code"] in ("invalid_selection", "word_not_found"), (
                message
            )


def _named(*names: str) -> list[Served]:
    found = [case for case in (*FAMILIES, *ODD) if case.name.lower() in names]
    assert len(found) == len(names)
    return found


@pytest.mark.parametrize("case", _named("mpt", "bloom-25", "t5-14", "deberta-21"), ids=str)
def test_the_claims_of_papers_are_held_against_a_model_of_any_family(
    client: TestClient, case: Served
) -> None:
    answer = client.post("/api/v1/claims", json={"model": case.name})
    assert answer.status_code == 200
    assert "error" not in answer.json()
    assert len(answer.json()["claims"]) > 3


def _one(head: dict[str, Any]) -> dict[str, Any]:
    return {"kind": head["kind"], "layers": [head["layer"]], "heads": [head["head"]]}


@pytest.mark.parametrize("case", [*REFUSED, *REFUSED_FAMILIES], ids=str)
def test_a_model_that_is_not_shown_says_the_one_true_reason_and_what_to_do(
    client: TestClient, case: Refused
) -> None:
    response = ask(client, "overview", model=case.name, text="w7 w9")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "unsupported_model"), error
    shown = info(client, case.name)
    assert shown["state"] == "unavailable"

    assert re.search(case.reason, shown["reason"]), shown["reason"]
    assert re.search(case.remedy, shown["remedy"]), shown["remedy"]
    assert error["message"] == f"{shown['reason']}. {shown['remedy']}"


def test_a_run_that_gives_nan_is_an_error_that_says_where_it_begins(client: TestClient) -> None:
    fine = ask(client, "overview", model="nan-row", text="w7 w9")
    assert fine.status_code == 200
    for path, body in (("overview", {}), ("heads/search", {"query": "w7", "key": "w9"})):
        response = ask(client, path, model="nan-row", text=f"w7 {WORDS[-1]} w9", **body)
        error = response.json()["error"]
        assert (response.status_code, error["code"], error["field"]) == (422, "not_finite", "model")
        assert "gives NaN or infinity, first in q of encoder layer 0" in error["message"]


def test_the_decoder_of_a_classifier_reads_the_text_itself_and_says_nothing_next(
    client: TestClient,
) -> None:
    answer = ask(client, "attention", model="bart-classifier", text="w7 w9", kind="cross").json()
    assert info(client, "bart-classifier")["outputs"] == []
    assert [token["piece"] for token in answer["query_tokens"]] == ["</s>", "<s>", "w7", "w9"]
    assert [token["piece"] for token in answer["key_tokens"]] == ["<s>", "w7", "w9", "</s>"]


def test_an_encoder_whose_layout_is_not_shown_is_not_said_to_be_missing(client: TestClient) -> None:
    response = ask(client, "attention", model="pegasus-x", text="w7 w9", kind="encoder")
    assert response.status_code == 422
    message = response.json()["error"]["message"]
    assert message == (
        "the encoder of pegasus-x attends in a layout that is not shown: no softmax over all "
        "tokens for each query; shown are decoder, cross"
    )
