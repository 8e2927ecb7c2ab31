"""What a model says of a text, and which of its heads were taught: against its own tensors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.settings import Settings
from headlight.models.small.config import UPOS
from headlight.models.small.loading import SmallLoaded
from headlight.models.zoo.registry import Registry, build_registry
from tests.app.fakes import FakeModel, FakeRegistry
from tests.models import headed
from tests.models.speaking import HEADS, LAYERS, TASKS, TEXT, speaking_folder

EVERY_HEAD = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]
MASK = 4


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = speaking_folder(tmp_path_factory.mktemp("models") / "speaker")
    return build_registry([str(folder)], default="speaker")


@pytest.fixture(scope="module")
def client(registry: Registry) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), registry), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def said(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/v1/outputs", json={"text": TEXT})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def run(registry: Registry) -> Any:
    """The model's own forward pass, past every part that the API goes through."""
    loaded = registry.load("speaker")
    assert isinstance(loaded, SmallLoaded)
    with torch.inference_mode():
        ids = loaded.encode(TEXT).inputs["input_ids"]
        return ids[0], loaded.model(ids), loaded.model


def spoken(said: dict[str, Any]) -> list[int]:
    return [index for index, word in enumerate(said["words"]) if not word["special"]]


def test_each_word_has_the_tag_that_gets_most_at_its_first_token(
    said: dict[str, Any], run: Any
) -> None:
    _, own, _ = run
    shares = own.tags[0].softmax(-1).numpy()
    wanted = [
        (word, UPOS[shares[said["words"][word]["tokens"][0]].argmax()]) for word in spoken(said)
    ]
    tags = said["outputs"]["tags"]
    assert [(tag["word"], tag["tag"]) for tag in tags] == wanted
    for tag in tags:
        row = shares[said["words"][tag["word"]]["tokens"][0]]
        assert tag["probability"] == pytest.approx(row.max(), abs=1e-6)


def test_each_parent_is_where_the_taught_head_looks_most(said: dict[str, Any], run: Any) -> None:
    _, own, _ = run
    pattern = own.blocks[0].pattern[0, 2].numpy()
    words = spoken(said)
    firsts = [said["words"][word]["tokens"][0] for word in words]
    parents = said["outputs"]["parents"]
    assert [each["word"] for each in parents] == words
    for each, first in zip(parents, firsts, strict=True):
        row = pattern[first, firsts]
        assert each["to"] == words[row.argmax()]
        assert each["value"] == pytest.approx(row.max(), abs=1e-6)


def test_only_pronouns_have_antecedents_and_never_themselves(
    said: dict[str, Any], run: Any
) -> None:
    _, own, _ = run
    (its,) = said["outputs"]["antecedents"]
    assert said["words"][its["word"]]["text"] == "its"
    row = own.blocks[1].pattern[0, 1].numpy()[said["words"][its["word"]]["tokens"][0]]
    best = {
        word: row[said["words"][word]["tokens"]].max()
        for word in spoken(said)
        if word != its["word"]
    }
    assert its["to"] == max(best, key=best.__getitem__)
    assert its["value"] == pytest.approx(row[said["words"][its["to"]]["tokens"]].sum(), abs=1e-6)


def test_five_pieces_fill_a_mask_the_most_probable_first(said: dict[str, Any], run: Any) -> None:
    ids, own, model = run
    (gap,) = (ids == MASK).nonzero().flatten().tolist()
    with torch.inference_mode():
        shares = model.in_gaps(own.hidden[0, [gap]]).softmax(-1)[0].numpy()
    (fill,) = said["outputs"]["fills"]
    assert fill["position"] == gap
    assert said["tokens"][gap]["text"] == "[MASK]"
    told = [each["probability"] for each in fill["candidates"]]
    np.testing.assert_allclose(told, np.sort(shares[5:])[::-1][:5], atol=1e-6)


def test_the_overview_carries_the_same_outputs(client: TestClient, said: dict[str, Any]) -> None:
    assert header(client)["outputs"] == said["outputs"]


def test_every_list_of_heads_says_which_were_taught_and_what(client: TestClient) -> None:
    body = {"text": TEXT}
    attention = client.post("/api/v1/attention", json=body).json()["heads"]
    search = client.post(
        "/api/v1/heads/search", json={**body, "query": "its", "key": "law"}
    ).json()["heads"]
    for heads in (header(client)["heads"], attention, search):
        told = {(each["layer"], each["head"]): each["supervised"] for each in heads}
        assert told == {place: TASKS.get(place) for place in EVERY_HEAD}


def test_a_model_lists_its_taught_heads_once_it_is_loaded(client: TestClient) -> None:
    models = {each["name"]: each for each in client.get("/api/v1/models").json()["models"]}
    assert models["bert"]["supervised"] is None
    assert models["speaker"]["supervised"] == [
        {"kind": "encoder", "layer": layer, "head": head, "task": task}
        for (layer, head), task in TASKS.items()
    ]


def test_a_model_that_says_nothing_is_refused_in_words() -> None:
    app = create_app(Settings(), FakeRegistry(FakeModel("mute")))  # type: ignore[arg-type]
    with TestClient(app) as client:
        answer = client.post("/api/v1/outputs", json={"text": "I saw a saw"})
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert (error["code"], error["field"]) == ("invalid_selection", "model")
        assert error["message"].startswith("mute shows its attention and says nothing of a text")
        assert header(client)["outputs"] is None
        assert {head["supervised"] for head in header(client)["heads"]} == {None}


def test_models_say_what_their_output_heads_say(client: TestClient) -> None:
    models = {each["name"]: each for each in client.get("/api/v1/models").json()["models"]}
    assert models["bert"]["outputs"] is None
    assert models["speaker"]["outputs"] == ["fill", "tag"]


@pytest.mark.parametrize(("name", "text"), [("bert", "The [MASK] will"), ("gpt2", "I saw a")])
def test_a_pretrained_model_fills_masks_or_says_what_comes_next_and_nothing_else(
    tmp_path: Path, name: str, text: str
) -> None:
    folder = getattr(headed, name)(tmp_path / f"tiny-{name}")
    registry = build_registry([str(folder)], default=folder.name)
    with TestClient(create_app(Settings(), registry)) as client:
        answer = client.post("/api/v1/outputs", json={"text": text})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        kinds = client.get(f"/api/v1/models/{folder.name}").json()["outputs"]
    outputs = found["outputs"]
    assert outputs["tags"] == outputs["parents"] == outputs["antecedents"] == []
    assert found["target_tokens"] is found["target_words"] is found["target"] is None
    if name == "bert":
        assert kinds == ["fill"]
        (said,) = outputs["fills"]
        assert found["tokens"][said["position"]]["text"] == "[MASK]"
        assert outputs["next"] is None
    else:
        assert kinds == ["next"]
        said = outputs["next"]
        assert said["position"] == len(found["tokens"]) - 1
        assert outputs["fills"] == []
    shares = [each["probability"] for each in said["candidates"]]
    assert len(shares) == 5
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1


def test_a_translator_says_what_comes_after_its_target(tmp_path: Path) -> None:
    folder = headed.t5(tmp_path / "t5")
    with TestClient(create_app(Settings(), build_registry([str(folder)], default="t5"))) as client:
        body = {"text": "The law", "text_pair": "I saw"}
        found = client.post("/api/v1/outputs", json=body).json()
    assert found["target"] == "I saw"
    assert found["outputs"]["next"]["position"] == len(found["target_tokens"]) - 1
    assert found["tokens"][0]["text"] == "[CLS]"


def header(client: TestClient) -> dict[str, Any]:
    content = client.post("/api/v1/overview", json={"text": TEXT}).content
    found: dict[str, Any] = json.loads(content[4 : 4 + int.from_bytes(content[:4], "little")])
    return found
