"""Edits that cannot be made: each a 422 with the field and what is allowed, before anything runs.

The models here have no way to run an edit, so that any that was begun would be a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.settings import Settings
from headlight.models.core.model import LoadedModel
from tests.app.fakes import FakeModel, FakeRegistry

TEXT = "I saw a saw"
OFF = {"do": "zero_ablation", "layer": 0}
LINK = {"do": "cut", "layer": 0, "query_pos": [4], "key_pos": [2]}


class ReadOnly(FakeModel, LoadedModel):
    """Its attention can be read but not edited."""


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    models = (
        FakeModel("plain"),
        FakeModel("causal", kinds=("decoder",)),
        FakeModel("crossing", kinds=("encoder", "decoder", "cross")),
        ReadOnly("tapped"),
    )
    app = create_app(Settings(), FakeRegistry(*models))  # type: ignore[arg-type]
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def refused(client: TestClient, body: Any) -> dict[str, Any]:
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/what-if", content=content, headers=headers)
    assert answer.status_code == 422, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


EDITS = [
    ({"do": "zero_ablation", "layer": 2}, "layer", "layer 2 is outside 0 to 1"),
    ({"do": "zero_ablation", "layer": -1}, "layer", "layer -1 is outside 0 to 1"),
    (
        {"do": "zero_ablation", "layer": 0, "kind": "cross"},
        "kind",
        "no cross attention; it has encoder",
    ),
    ({"do": "zero_ablation", "layer": 0, "heads": [1, 99]}, "heads", "99 is outside 0 to 2"),
    ({"do": "zero_ablation", "layer": 0, "query_pos": [6]}, "query_pos", "6 is outside 0 to 5"),
    ({"do": "temperature", "layer": 0, "value": 0}, "value", "outside 0.01 to 100"),
    ({"do": "temperature", "layer": 0, "value": -1.0}, "value", "outside 0.01 to 100"),
    ({"do": "temperature", "layer": 0, "value": 1e30}, "value", "outside 0.01 to 100"),
    ({"do": "window", "layer": 0, "width": -1}, "width", "width -1 is negative; 0 or more"),
    ({"do": "only_along", "layer": 0, "edges": [[0, 0], [0, 6]]}, "edges.1", "keys 0 to 5"),
    (
        {"do": "only_along", "layer": 0, "query_pos": [1, 2], "edges": [[2, 0], [3, 0]]},
        "edges.1",
        "query_pos has 1, 2. Add 3 there",
    ),
    ({**LINK, "key_pos": [6]}, "key_pos", "6 is outside 0 to 5"),
    ({**LINK, "query_pos": [10**40]}, "query_pos", "is outside 0 to 5"),
    ({**LINK, "do": "set_pattern", "weight": 1.5}, "weight", "weight 1.5 is outside 0 to 1"),
    ({**LINK, "do": "set_pattern", "weight": -0.1}, "weight", "weight -0.1 is outside 0 to 1"),
    (
        {**LINK, "do": "set_pattern", "key_pos": [1, 2], "weight": 0.6},
        "weight",
        "0 to 0.5, shared by 2 keys",
    ),
    (
        {"do": "activation_patch", "layer": 0, "text": "I saw"},
        "text",
        "has 4 tokens here, this one 6",
    ),
    ({"do": "activation_patch", "layer": 0, "text": "  "}, "text", "text is empty"),
    (
        {"do": "activation_patch", "layer": 0, "text": "a" * 200_001},
        "text",
        "at most 200000 are read",
    ),
]


@pytest.mark.parametrize(("edit", "field", "words"), EDITS)
def test_an_edit_that_cannot_be_made_names_its_field_and_what_is_allowed(
    client: TestClient, edit: dict[str, Any], field: str, words: str
) -> None:
    error = refused(client, {"text": TEXT, "edits": [OFF, edit]})
    assert error["code"] == "invalid_edit"
    assert error["field"] == f"edits.1.{field}"
    assert error["message"].startswith("edit 1: ")
    assert words in error["message"]


MALFORMED = [
    ('{"do": "temperature", "layer": 0, "value": NaN}', "value", "a finite number"),
    ('{"do": "temperature", "layer": 0, "value": -Infinity}', "value", "a finite number"),
    ('{"do": "temperature", "layer": 0, "value": 1e999}', "value", "a finite number"),
    ('{"do": "temperature", "layer": 0, "value": "2"}', "value", "must be a number, not"),
    ('{"do": "temperature", "layer": 0, "value": true}', "value", "must be a number, not true"),
    ('{"do": "temperature", "layer": 0}', "value", "'edits.0.value' is missing"),
    ('{"do": "window", "layer": 0, "width": 1.5}', "width", "a whole number"),
    ('{"do": "zero_ablation"}', "layer", "'edits.0.layer' is missing"),
    ('{"do": "zero_ablation", "layer": 0, "heads": []}', "heads", "it must hold at least 1"),
    ('{"do": "zero_ablation", "layer": 0, "heads": [1, 1]}', "heads", "names 1 more than once"),
    (
        '{"do": "zero_ablation", "layer": 0, "key_pos": [1]}',
        "key_pos",
        "is not a field of this request",
    ),
    ('{"do": "zero_ablation", "layer": 0, "cut": 1}', "cut", "is not a field of this request"),
    ('{"do": "cut", "layer": 0, "query_pos": [1]}', "key_pos", "is missing"),
    ('{"do": "cut", "layer": 0, "key_pos": [1]}', "query_pos", "is missing"),
    ('{"do": "cut", "layer": 0, "key_pos": [1], "query_pos": null}', "query_pos", "a list"),
    (
        '{"do": "only_along", "layer": 0, "edges": [[1]]}',
        "edges.0",
        "holds 1; it must hold at least 2",
    ),
    ('{"do": "only_along", "layer": 0, "edges": [[1, 2, 3]]}', "edges.0", "holds 3; at most 2"),
    ('{"do": "renormalise", "layer": 0, "by": "luck"}', "by", "'softmax', 'relu' or 'uniform'"),
    ('{"do": "explode", "layer": 0}', "do", "'zero_ablation', 'mean_ablation'"),
    ('{"do": 3, "layer": 0}', "do", "'edits.0.do'"),
    ('{"do": [], "layer": 0}', "do", "'edits.0.do'"),
    ('{"layer": 0}', "do", "'edits.0.do' is missing"),
    ('"off"', None, "must be a JSON object, not the string 'off'"),
    ("null", None, "must be a JSON object, not null"),
]


@pytest.mark.parametrize(("edit", "field", "words"), MALFORMED)
def test_an_edit_that_is_none_is_told_in_words(
    client: TestClient, edit: str, field: str | None, words: str
) -> None:
    error = refused(client, f'{{"text": "{TEXT}", "edits": [{edit}]}}')
    assert error["code"] == "invalid_request"
    assert error["field"] == ("edits.0" if field is None else f"edits.0.{field}")
    assert words in error["message"]
    assert "pydantic" not in error["message"]


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"edits": [OFF] * 1000}, "edits", "'edits' holds 1000; at most 100"),
        ({"edits": []}, "edits", "'edits' is empty; it must hold at least 1"),
        ({"edits": OFF}, "edits", "'edits' must be a list, not an object"),
        ({}, "edits", "'edits' is missing"),
        ({"edits": [OFF], "off": 1}, "off", "'off' is not a field of this request"),
        ({"edits": [OFF], "show": [{"layer": 0, "head": 0}] * 5}, "show", "holds 5; at most 4"),
        ({"edits": [OFF], "show": [{"layer": 2, "head": 0}]}, "show.0.layer", "outside 0 to 1"),
        ({"edits": [OFF], "show": [{"layer": 0, "head": 3}]}, "show.0.head", "outside 0 to 2"),
        (
            {"edits": [OFF], "show": [{"kind": "cross", "layer": 0, "head": 0}]},
            "show.0.kind",
            "plain has no cross attention",
        ),
        (
            {
                "edits": [
                    {"do": "activation_patch", "layer": 0, "text": f"w {i} c d"} for i in range(9)
                ]
            },
            "edits.8.text",
            "at most 8 in one request",
        ),
    ],
)
def test_a_request_as_a_whole_has_its_limits(
    client: TestClient, more: dict[str, Any], field: str, words: str
) -> None:
    error = refused(client, {"text": TEXT, **more})
    assert error["field"] == field
    assert words in error["message"]


def test_a_masked_key_gets_no_weight(client: TestClient) -> None:
    edit = {"do": "set_pattern", "layer": 0, "query_pos": [1], "key_pos": [2], "weight": 0.5}
    error = refused(client, {"model": "causal", "text": TEXT, "edits": [edit]})
    assert (error["code"], error["field"]) == ("invalid_edit", "edits.0.key_pos")
    assert "masked" in error["message"]


def test_cross_attention_has_no_window(client: TestClient) -> None:
    edit = {"do": "window", "kind": "cross", "layer": 0, "width": 1}
    error = refused(client, {"model": "crossing", "text": TEXT, "edits": [edit]})
    assert (error["code"], error["field"]) == ("invalid_edit", "edits.0.do")
    assert "no window" in error["message"]


def test_a_model_that_can_only_be_read_is_refused(client: TestClient) -> None:
    error = refused(client, {"model": "tapped", "text": TEXT, "edits": [OFF]})
    assert (error["code"], error["field"]) == ("invalid_selection", "model")
    assert "tapped can be read but not edited" in error["message"]


def test_more_work_than_a_request_may_ask_for_says_how_much_it_was() -> None:
    app = create_app(Settings(rerun_tokens=137), FakeRegistry(FakeModel("plain")))  # type: ignore[arg-type]
    with TestClient(app, raise_server_exceptions=False) as client:
        error = refused(client, {"text": TEXT, "edits": [OFF]})
    assert (error["code"], error["field"]) == ("selection_too_large", "edits")
    assert "need 23 runs" in error["message"]  # 20 draws and 3 heads
    assert "of 6 tokens, 138 in all; at most 137" in error["message"]


def test_patterns_over_the_limit_of_json_are_refused() -> None:
    app = create_app(Settings(json_numbers=71), FakeRegistry(FakeModel("plain")))  # type: ignore[arg-type]
    with TestClient(app, raise_server_exceptions=False) as client:
        body = {"text": TEXT, "edits": [OFF], "show": [{"layer": 0, "head": 0}]}
        error = refused(client, body)
    assert (error["code"], error["field"]) == ("selection_too_large", "show")
    assert "has 72 numbers" in error["message"]


def test_each_text_is_run_once_however_often_it_is_edited_or_patched_from() -> None:
    model = FakeModel("plain")
    app = create_app(Settings(), FakeRegistry(model))  # type: ignore[arg-type]
    patch = {"do": "activation_patch", "layer": 0, "text": "You ate a pear"}
    own = {"do": "activation_patch", "layer": 0, "text": TEXT}
    with TestClient(app, raise_server_exceptions=False) as client:
        for _ in range(2):
            refused(
                client,
                {"text": TEXT, "edits": [patch, own, patch, {"do": "zero_ablation", "layer": 7}]},
            )
    assert model.runs == [(TEXT, None), ("You ate a pear", None)]
