"""POST /pairs: against two answers of /attention, in numpy; and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.settings import Settings
from headlight.models.zoo.registry import build_registry
from tests.app.fakes import FakeModel, FakeRegistry
from tests.browser.models import tiny_bart
from tests.models.speaking import speaking_folder

ANIMAL = "The animal didn't cross the street because it was too"
TIRED, WIDE, SLEEPY = f"{ANIMAL} tired.", f"{ANIMAL} wide.", f"{ANIMAL} unconsciously sleepy."
LAYERS, HEADS = 6, 12
Array = np.ndarray[Any, Any]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask(client: TestClient) -> Ask:
    def ask(text: str = TIRED, other: str = WIDE, **more: Any) -> dict[str, Any]:
        answer = client.post("/api/v1/pairs", json={"text": text, "other": other, **more})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return ask


@pytest.fixture(scope="module")
def patterns(client: TestClient) -> Callable[..., dict[tuple[int, int], Array]]:
    """Every head's pattern over a text, as /attention gives it."""

    def patterns(text: str, level: str = "token") -> dict[tuple[int, int], Array]:
        body = {"text": text, "level": level}
        heads = client.post("/api/v1/attention", json=body).json()["heads"]
        return {(h["layer"], h["head"]): np.array(h["pattern"], float) for h in heads}

    return patterns


def positions(answer: dict[str, Any], side: str) -> list[int | None]:
    return [at[side] for at in answer["alignment"]]


def gridded(pattern: Array, at: list[int | None]) -> Array:
    """The pattern at those positions, NaN where one is None."""
    grid = np.full((len(at), len(at)), np.nan)
    for row, query in enumerate(at):
        for col, key in enumerate(at):
            if query is not None and key is not None:
                grid[row, col] = pattern[query, key]
    return grid


def variations(before: Array, after: Array) -> Array:
    """Total variation of each row of two grids; NaN where only one has the row."""
    gap = np.nansum(np.abs(after - before), -1)
    shared = ~np.isnan(before).all(0) & ~np.isnan(after).all(0)
    alone = np.nansum(after[:, ~shared], -1) - np.nansum(before[:, ~shared], -1)
    found = (gap + np.abs(alone)) / 2
    lonely = np.isnan(before).all(-1) | np.isnan(after).all(-1)
    found[lonely] = np.nan
    rows: Array = found
    return rows


@pytest.mark.parametrize("level", ["token", "word"])
@pytest.mark.parametrize("other", [WIDE, SLEEPY])
def test_what_is_shown_is_the_difference_of_two_answers_of_attention(
    ask: Ask, patterns: Callable[..., Any], other: str, level: str
) -> None:
    show = [{"layer": 3, "head": 1}, {"kind": "encoder", "layer": 5, "head": 9}]
    answer = ask(other=other, show=show, level=level, query="it")
    ours, theirs = patterns(TIRED, level), patterns(other, level)
    assert [(s["kind"], s["layer"], s["head"]) for s in answer["shown"]] == [
        ("encoder", 3, 1),
        ("encoder", 5, 9),
    ]
    for shown in answer["shown"]:
        place = shown["layer"], shown["head"]
        before = gridded(ours[place], positions(answer, "before"))
        after = gridded(theirs[place], positions(answer, "after"))
        for name, grid in (("before", before), ("after", after), ("difference", after - before)):
            np.testing.assert_allclose(np.array(shown[name], float), grid, atol=1e-6)
        rows = variations(before, after)
        np.testing.assert_allclose(np.array(shown["total_variation"], float), rows, atol=1e-6)
        named = {(h["layer"], h["head"]): h for h in answer["heads"]}
        assert named[place]["total_variation"] == pytest.approx(np.nanmean(rows), abs=1e-6)
        (row,) = shown["query_rows"]
        assert named[place]["row_total_variation"] == pytest.approx(rows[row], abs=1e-6)


def test_every_head_is_ranked_by_how_far_the_row_of_it_moved(
    ask: Ask, patterns: Callable[..., Any]
) -> None:
    answer = ask(query="it")
    assert answer["query"] == {"text": "it", "tokens": [10], "words": [8], "occurrences": 1}
    ours, theirs = patterns(TIRED), patterns(WIDE)
    expected = {
        place: float(np.abs(theirs[place][10] - ours[place][10]).sum() / 2) for place in ours
    }
    ranked = [(h["layer"], h["head"]) for h in answer["heads"]]
    assert len(ranked) == LAYERS * HEADS
    moved = [h["row_total_variation"] for h in answer["heads"]]
    assert moved == sorted(moved, reverse=True)
    assert moved == pytest.approx([expected[place] for place in ranked], abs=1e-6)


def test_without_a_query_heads_come_by_all_their_rows(ask: Ask) -> None:
    answer = ask()
    moved = [h["total_variation"] for h in answer["heads"]]
    assert moved == sorted(moved, reverse=True)
    assert answer["query"] is None
    assert {h["row_total_variation"] for h in answer["heads"]} == {None}
    assert answer["shown"] == []
    assert answer["outputs"] is None


def test_the_order_of_the_texts_turns_the_sign_and_nothing_else(ask: Ask) -> None:
    show = [{"layer": 3, "head": 1}]
    there, back = ask(show=show), ask(WIDE, TIRED, show=show)
    (forth,), (again,) = there["shown"], back["shown"]
    np.testing.assert_array_equal(forth["before"], again["after"])
    np.testing.assert_array_equal(
        np.array(forth["difference"]), -np.array(again["difference"]) + 0.0
    )
    assert there["heads"] == back["heads"]
    assert there["places"] == {
        "before": {"text": "tired", "start": 54, "end": 59},
        "after": {"text": "wide", "start": 54, "end": 58},
    }
    assert [at for at in there["alignment"] if at["state"] != "same"] == [
        {"before": 13, "after": 13, "state": "changed"}
    ]


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("pairs")
    made = speaking_folder(folder / "speaker"), tiny_bart(folder / "tiny-bart")
    app = create_app(Settings(default_model="speaker"), build_registry(str(path) for path in made))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_what_the_model_says_of_both_texts_stands_beside(speaking: TestClient) -> None:
    said = {}
    texts = "the law saw its words", "the law saw its saw"
    for text in texts:
        body = {"model": "speaker", "text": text}
        said[text] = speaking.post("/api/v1/outputs", json=body).json()["outputs"]
    body = {"model": "speaker", "text": texts[0], "other": texts[1]}
    answer = speaking.post("/api/v1/pairs", json=body).json()
    assert answer["outputs"] == {"before": said[texts[0]], "after": said[texts[1]]}
    assert {h["supervised"] for h in answer["heads"]} == {None, "parent", "antecedent"}
    change = answer["change"]
    assert len(change["cosine_distance"]) == len(change["l2_distance"]) == len(answer["alignment"])
    assert change["sentence_cosine_distance"] > 0


def test_a_translator_reads_both_texts_beside_one_target(speaking: TestClient) -> None:
    body = {
        "model": "tiny-bart",
        "text": "once upon a time",
        "other": "once upon a dog",
        "text_pair": "a big red dog",
        "show": [{"kind": kind, "layer": 0, "head": 1} for kind in ("encoder", "decoder", "cross")],
        "query": "upon",
    }
    response = speaking.post("/api/v1/pairs", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["text_pair"] == answer["target"] == "a big red dog"
    body = {"model": "tiny-bart", "text": "once upon a time", "text_pair": answer["target"]}
    wanted = {**body, "kind": "cross", "layers": [0], "heads": [1]}
    plain = speaking.post("/api/v1/attention", json=wanted).json()
    other = speaking.post("/api/v1/attention", json={**wanted, "text": "once upon a dog"}).json()
    assert [t["text"] for t in answer["target_tokens"]] == [
        t["text"] for t in plain["query_tokens"]
    ]
    encoder, decoder, cross = answer["shown"]
    np.testing.assert_allclose(cross["before"], plain["heads"][0]["pattern"], atol=1e-6)
    np.testing.assert_allclose(cross["after"], other["heads"][0]["pattern"], atol=1e-6)
    assert len(encoder["total_variation"]) == len(answer["alignment"])
    assert (
        len(decoder["total_variation"])
        == len(cross["total_variation"])
        == len(answer["target_tokens"])
    )
    assert decoder["before"][0][1] is None  # the future is masked
    assert encoder["query_rows"] == [2]
    assert decoder["query_rows"] is cross["query_rows"] is None
    known = {h["kind"] for h in answer["heads"] if h["row_total_variation"] is not None}
    assert known == {"encoder"}


def test_where_a_model_writes_its_own_target_both_texts_are_read_with_that_of_the_first(
    serve: Callable[..., TestClient],
) -> None:
    model = FakeModel("writer", kinds=("encoder", "decoder", "cross"))
    client = serve(FakeRegistry(model))
    answer = client.post("/api/v1/pairs", json={"text": "one two", "other": "one four"}).json()
    assert answer["text_pair"] is None
    assert answer["target"] == "a b"  # what the model made by hand writes
    assert model.runs == [("one two", None), ("one two", "a b"), ("one four", "a b")]


def test_a_causal_model_moves_only_from_the_changed_word_on(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(FakeRegistry(FakeModel("causal", kinds=("decoder",), w_o=False)))
    body = {"text": "a b c", "other": "a b d", "show": [{"layer": 1, "head": 2}]}
    answer = client.post("/api/v1/pairs", json=body).json()
    assert answer["change"] is None  # a model made by hand keeps no last vectors
    (shown,) = answer["shown"]
    assert shown["before"][0][1:] == [None] * 4
    assert shown["difference"][0][1:] == [None] * 4


REFUSED = [
    ({"other": TIRED}, "invalid_selection", "other", "the two texts are the same"),
    ({"other": TIRED.replace(".", "")[4:]}, "invalid_selection", "other", "differ in 2 places"),
    ({"other": TIRED.upper()}, "invalid_selection", "other", "bert reads both texts alike"),
    ({"other": "No"}, "invalid_selection", "other", "nothing in common"),
    ({"other": " "}, "empty_text", "other", "other: text is empty"),
    ({"other": "tree " * 600}, "text_too_long", "other", "other has 602 tokens; bert reads"),
    ({"other": "a" * 200_001}, "text_too_long", "other", "200001 characters"),
    ({"other": "a \ud800"}, "invalid_text", "other", "surrogate"),
    ({"text": ""}, "empty_text", "text", "text is empty"),
    ({"query": "bird"}, "word_not_found", "query", "“bird” is not a word"),
    ({"query": {"position": 99}}, "invalid_selection", "query", "0 to 15"),
    ({"query": "tired", "other": SLEEPY}, "invalid_selection", "query", "not in the second"),
    ({"show": [{"layer": 9, "head": 0}]}, "invalid_selection", "show.0.layer", "0 to 5"),
    (
        {"show": [{"layer": 0, "head": 0}, {"layer": 0, "head": 99}]},
        "invalid_selection",
        "show.1.head",
        "0 to 11",
    ),
    (
        {"show": [{"kind": "cross", "layer": 0, "head": 0}]},
        "invalid_selection",
        "show.0.kind",
        "no cross",
    ),
    ({"show": [{"layer": 0, "head": 0}] * 5}, "invalid_request", "show", "at most 4"),
    ({"level": "sentence"}, "invalid_request", "level", "'token' or 'word'"),
    ({"query": 3}, "invalid_request", "query", "must be a word of the text"),
    ({"other": None}, "invalid_request", "other", "must be a string"),
]


@pytest.mark.parametrize(("change", "code", "field", "words"), REFUSED)
def test_a_pair_that_cannot_be_compared_is_told_why(
    client: TestClient, change: dict[str, Any], code: str, field: str, words: str
) -> None:
    body = json.dumps({"text": TIRED, "other": WIDE, **change})
    headers = {"Content-Type": "application/json"}
    response = client.post("/api/v1/pairs", content=body, headers=headers)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (422, code, field)
    assert words in error["message"]


def test_a_picture_too_large_for_json_is_refused_before_anything_is_computed(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(FakeRegistry(FakeModel("hand")), json_numbers=100)
    body: dict[str, Any] = {"text": "a b c d e", "other": "a b c d f"}
    body["show"] = [{"layer": 0, "head": 0}]
    error = client.post("/api/v1/pairs", json=body).json()["error"]
    assert (error["code"], error["field"]) == ("selection_too_large", "show")
    assert "147 numbers" in error["message"]  # 3 pictures of 7 x 7


def test_both_texts_are_run_once_and_kept(serve: Callable[..., TestClient]) -> None:
    model = FakeModel("hand")
    client = serve(FakeRegistry(model))
    for head in (0, 1, 2):
        show = [{"layer": 0, "head": head}]
        body = {"text": "a b", "other": "a c", "show": show}
        assert client.post("/api/v1/pairs", json=body).status_code == 200
    assert model.runs == [("a b", None), ("a c", None)]


def test_the_page_of_pairs_is_served(client: TestClient) -> None:
    page = client.get("/pairs")
    assert page.status_code == 200
    assert "Minimal pairs" in page.text
