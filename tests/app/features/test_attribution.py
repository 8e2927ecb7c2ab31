"""What stands beside attention, as it is served: against what /attention gives otherwise, and
refused in words."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from scipy import stats
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.settings import Settings
from headlight.models.zoo.registry import build_registry
from tests.app.conftest import LAW, Serve
from tests.app.fakes import FakeModel, FakeRegistry
from tests.models.headed import bart

TEXT, LENGTH, LAYERS, HEADS = "I saw a saw", 6, 6, 12
ALL = ["norms", "gradient_pattern", "rollout", "flow", "integrated_gradients"]
Array = np.ndarray[Any, Any]


def ask(client: TestClient, path: str = "attention", **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{path}", json={"text": TEXT, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def numbers(value: Any) -> Array:
    """As float, with NaN for null."""
    return np.array(value, dtype=float)


@pytest.fixture(scope="module")
def mixed(client: TestClient) -> list[Array]:
    """A_l of every layer, from the patterns that /attention gives."""
    heads = ask(client)["heads"]
    patterns = [
        np.mean([numbers(head["pattern"]) for head in heads if head["layer"] == layer], axis=0)
        for layer in range(LAYERS)
    ]
    return [(pattern + np.eye(LENGTH)) / 2 for pattern in patterns]


def test_rollout_is_the_product_of_the_layers_below_the_later_ones_on_the_left(
    client: TestClient, mixed: list[Array]
) -> None:
    layers = ask(client, include=["rollout"], heads=[0], layers=[2, 0])["layers"]
    assert [layer["layer"] for layer in layers] == [2, 0]
    assert set(layers[0]) == {"kind", "layer", "rollout"}
    wanted = mixed[2] @ mixed[1] @ mixed[0]
    np.testing.assert_allclose(numbers(layers[0]["rollout"]), wanted, atol=1e-5)
    np.testing.assert_allclose(numbers(layers[1]["rollout"]), mixed[0], atol=1e-5)
    reversed_order = mixed[0] @ mixed[1] @ mixed[2]
    assert np.abs(numbers(layers[0]["rollout"]) - reversed_order).max() > 0.01


def test_flow_is_networkx_s_in_the_rows_asked_for_and_null_in_the_others(
    client: TestClient, mixed: list[Array]
) -> None:
    (layer,) = ask(client, include=["flow"], heads=[0], layers=[3], query_pos=[4])["layers"]
    found = numbers(layer["flow"])
    graph = nx.DiGraph()
    for level in range(4):
        for (query, key), value in np.ndenumerate(mixed[level]):
            graph.add_edge((level + 1, query), (level, key), capacity=float(value))
    wanted = [nx.maximum_flow_value(graph, (4, 4), (0, key)) for key in range(LENGTH)]
    np.testing.assert_allclose(found[4], wanted, atol=1e-5)
    assert np.isnan(np.delete(found, 4, axis=0)).all()


def test_norms_are_the_lengths_of_weight_times_value_through_w_o(client: TestClient) -> None:
    """At a token that looks at one key alone, z through W_o is v through W_o."""
    include = ["pattern", "norms", "contribution"]
    answer = ask(client, include=include, layers=[3], heads=[1], text="saw")
    (head,) = answer["heads"]
    norms, pattern = numbers(head["norms"]), numbers(head["pattern"])
    assert (norms >= 0).all()
    # Norms of a key are its weight times one length, whoever looks.
    lengths = norms / pattern
    np.testing.assert_allclose(lengths, np.tile(lengths[0], (3, 1)), rtol=1e-3)
    whole = np.linalg.norm(numbers(head["contribution"]), axis=-1)
    assert (whole <= norms.sum(-1) + 1e-5).all()


def test_gradient_pattern_sums_to_what_the_head_owes_and_is_about_the_output_asked_for(
    client: TestClient,
) -> None:
    asked = {"include": ["gradient_pattern"], "layers": [3], "heads": [1]}
    answer = ask(client, **asked)
    assert answer["output"]["of"] == "sentence"
    assert answer["output"]["pos"] is None
    other = ask(client, **asked, output={"of": "vector", "pos": 4})
    assert (other["output"]["of"], other["output"]["pos"]) == ("vector", 4)
    both = [numbers(each["heads"][0]["gradient_pattern"]) for each in (answer, other)]
    assert np.isfinite(both).all()
    assert (both[0] < 0).any()
    assert np.abs(both[0] - both[1]).max() > 1e-4


def test_gradient_pattern_is_what_cutting_a_thin_link_takes_from_a_logit(
    client: TestClient,
) -> None:
    output = {"of": "tag", "word": 4}
    asked = {"model": "small", "layers": [2], "heads": [0], "output": output}
    answer = ask(client, include=["pattern", "gradient_pattern"], **asked)
    (head,) = answer["heads"]
    pattern, owed = numbers(head["pattern"]), numbers(head["gradient_pattern"])
    place = {"layer": 2, "head": 0, "model": "small", "output": output}
    cut = ask(client, "heads/faithfulness", renormalise=False, **place)
    thin = pattern < 0.05
    assert thin.any()
    np.testing.assert_allclose(numbers(cut["effects"])[thin], np.abs(owed[thin]), atol=0.02)


def test_integrated_gradients_are_complete_and_special_tokens_add_nothing(
    client: TestClient,
) -> None:
    answer = ask(client, include=["integrated_gradients"], heads=[0], layers=[0])
    found = answer["integrated_gradients"]
    assert (found["baseline"], found["steps"]) == ("mean", 64)
    assert found["values"][0] == found["values"][-1] == 0
    apart = found["at_input"] - found["at_baseline"]
    assert sum(found["values"]) == pytest.approx(apart, rel=0.01)
    assert found["gap"] == pytest.approx(sum(found["values"]) - apart, abs=1e-9)
    assert found["relative_gap"] == pytest.approx(abs(found["gap"] / apart))
    assert found["at_input"] == pytest.approx(answer["output"]["value"], rel=1e-5)


def test_an_answer_without_them_is_as_before(client: TestClient) -> None:
    answer = ask(client, heads=[0], layers=[0])
    assert not {"layers", "output", "integrated_gradients"} & set(answer)
    assert set(answer["heads"][0]) == {"kind", "layer", "head", "supervised", "pattern", "mask"}


def test_npz_holds_the_same_numbers(client: TestClient) -> None:
    body = {"include": ALL, "layers": [1, 4], "heads": [3, 0], "steps": 8, "query_pos": [2, 1]}
    answer = ask(client, **body)
    sent = client.post(
        "/api/v1/attention",
        json={"text": TEXT, **body},
        headers={"Accept": "application/x-npz"},
    )
    assert sent.status_code == 200, sent.text
    with np.load(io.BytesIO(sent.content)) as arrays:
        held = dict(arrays)
    assert held["norms"].shape == held["gradient_pattern"].shape == (2, 2, LENGTH, LENGTH)
    for name in ("norms", "gradient_pattern"):
        shown = numbers([head[name] for head in answer["heads"]]).reshape(2, 2, LENGTH, LENGTH)
        np.testing.assert_allclose(held[name], shown, rtol=1e-3, atol=1e-6)
    for name in ("rollout", "flow"):
        shown = numbers([layer[name] for layer in answer["layers"]])
        np.testing.assert_allclose(held[name], shown, rtol=1e-6)
    found = answer["integrated_gradients"]
    np.testing.assert_allclose(held["integrated_gradients"], found["values"], rtol=1e-3, atol=1e-5)
    ends = [found["at_baseline"], found["at_input"]]
    np.testing.assert_allclose(held["integrated_between"], ends, rtol=1e-5)
    assert float(held["output"]) == pytest.approx(answer["output"]["value"], rel=1e-5)


def test_faithfulness_ranks_what_attention_says_beside_what_cutting_does(
    client: TestClient,
) -> None:
    found = ask(client, "heads/faithfulness", layer=3, head=1)
    (head,) = ask(client, include=["pattern", "norms"], layers=[3], heads=[1])["heads"]
    effects = numbers(found["effects"])
    assert found["links"] == effects.size == LENGTH**2
    for name in ("pattern", "norms"):
        wanted = stats.spearmanr(numbers(head[name]).ravel(), effects.ravel()).statistic
        assert found["correlations"][name] == pytest.approx(wanted, abs=0.02)
    assert -1 <= found["correlations"]["gradient_pattern"] <= 1


def test_a_cut_of_faithfulness_is_that_of_a_what_if(client: TestClient) -> None:
    found = ask(client, "heads/faithfulness", layer=3, head=1, query_pos=4)
    edit = {"do": "cut", "layer": 3, "heads": [1], "query_pos": [4], "key_pos": [2]}
    change = ask(client, "what-if", edits=[edit])["change"]
    assert found["effects"][4][2] == pytest.approx(change["sentence_cosine_distance"], rel=1e-2)
    assert found["links"] == LENGTH
    assert all(value is None for row in (0, 1, 2, 3, 5) for value in found["effects"][row])


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("models") / "translator"
    bart(folder)
    app = create_app(Settings(models=(str(folder),)))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def told() -> Iterator[TestClient]:
    """A small Llama that tells stories."""
    folder = Path(__file__).parents[4] / "shared" / "models" / "stories260k"
    if not folder.is_dir():
        pytest.skip("../shared, with checkpoints, is not beside this checkout")
    app = create_app(Settings(models=(str(folder),)))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_causal_model_has_nulls_where_no_path_leads(told: TestClient) -> None:
    asked = {"model": "stories260k", "text": "The dog saw", "heads": [0], "layers": [4]}
    answer = ask(told, include=ALL, output={"of": "next"}, **asked)
    length = len(answer["tokens"])
    future = np.triu(np.ones((length, length), dtype=bool), 1)
    (head,), (layer,) = answer["heads"], answer["layers"]
    for name, holder in (("norms", head), ("gradient_pattern", head), ("rollout", layer)):
        assert np.array_equal(np.isnan(numbers(holder[name])), future), name
    assert np.array_equal(np.isnan(numbers(layer["flow"])), future)
    np.testing.assert_allclose(np.nansum(numbers(layer["rollout"]), axis=-1), 1, atol=1e-5)
    assert answer["output"]["pos"] == length - 1
    first = {"layer": 2, "head": 1, "query_pos": 0, "model": "stories260k", "text": "The dog saw"}
    row = ask(told, "heads/faithfulness", **first)
    assert row["links"] == 1
    assert row["correlations"] == {"pattern": None, "norms": None, "gradient_pattern": None}


@pytest.mark.parametrize("kind", ["encoder", "decoder", "cross"])
def test_every_kind_of_a_translator_has_gradients_and_effects(
    translator: TestClient, kind: str
) -> None:
    place = {"model": "translator", "text": "a b c", "text_pair": "d e", "kind": kind}
    include = ["norms", "gradient_pattern", "integrated_gradients"]
    answer = ask(translator, include=include, layers=[1], heads=[1], steps=4, **place)
    assert numbers(answer["heads"][0]["gradient_pattern"]).shape == (
        len(answer["query_tokens"]),
        len(answer["key_tokens"]),
    )
    assert len(answer["integrated_gradients"]["values"]) == 5
    found = ask(translator, "heads/faithfulness", layer=1, head=1, **place)
    assert found["links"] == np.isfinite(numbers(found["effects"])).sum()
    assert found["target"] == "d e"


def test_a_field_at_its_default_may_be_sent_though_nothing_uses_it(client: TestClient) -> None:
    place = {"layers": [0], "heads": [0]}
    defaults = {"output": None, "steps": 64, "baseline": "mean", "query_pos": None}
    assert ask(client, **place, **defaults) == ask(client, **place)


def test_a_field_that_nothing_uses_is_refused_before_the_text_is_read(serve: Serve) -> None:
    model = FakeModel("plain")
    answer = serve(FakeRegistry(model)).post(
        "/api/v1/attention", json={"text": TEXT, "query_pos": [0]}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_selection")
    assert model.runs == []


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("attention", {"include": ["rollout"], "level": "word"}, "include", "level 'token'"),
    ("attention", {"include": ["flow"], "query_pos": [6]}, "query_pos", "outside 0 to 5"),
    ("attention", {"include": ["flow"], "query_pos": []}, "query_pos", "empty"),
    ("attention", {"include": ["flow"], "query_pos": [1, 1]}, "query_pos", "more than once"),
    ("attention", {"query_pos": [-1]}, "query_pos.0", "at least 0"),
    ("attention", {"output": {"of": "vector", "pos": -1}}, "output.pos", "at least 0"),
    ("attention", {"include": ["norms"], "steps": 0}, "steps", "at least 1"),
    ("attention", {"include": ["norms"], "steps": 257}, "steps", "at most 256"),
    ("attention", {"include": ["norms"], "baseline": "pad"}, "baseline", "'zero'"),
    ("attention", {"query_pos": [99]}, "query_pos", "used by flow only, and include has pattern;"),
    ("attention", {"include": ["rollout"], "query_pos": [1]}, "query_pos", "add flow to include"),
    (
        "attention",
        {"include": ["scores", "flow"], "output": {"of": "sentence"}},
        "output",
        "used by gradient_pattern and integrated_gradients only, and include has scores, flow; add "
        "one of them to include, or leave output out",
    ),
    ("attention", {"include": ["gradient_pattern"], "steps": 8}, "steps", "integrated_gradients"),
    ("attention", {"baseline": "zero"}, "baseline", "used by integrated_gradients only"),
    (
        "attention",
        {"include": ["integrated_gradients"], "baseline": "mask"},
        "baseline",
        "no mask token",
    ),
    (
        "attention",
        {"include": ["gradient_pattern"], "output": {"of": "vector", "pos": 6}},
        "output.pos",
        "outside 0 to 5",
    ),
    (
        "attention",
        {"include": ["gradient_pattern"], "output": {"of": "fill", "pos": 1}},
        "output.of",
        "choose 'vector' or 'sentence'",
    ),
    ("attention", {"output": {"of": "tag", "word": "1"}}, "output.word", "whole number"),
    ("attention", {"output": {"of": "tag", "tag": "X"}}, "output.word", "missing"),
    ("attention", {"output": {"of": "tag", "word": 1, "tag": 1}}, "output.tag", "a string"),
    ("attention", {"output": {"of": "word"}}, "output.of", "'vector', 'sentence'"),
    ("attention", {"output": {}}, "output.of", "missing"),
    ("attention", {"output": {"of": "sentence", "pos": 1}}, "output.pos", "not a field"),
    ("attention", {"output": "sentence"}, "output", "a JSON object"),
    ("heads/faithfulness", {"layer": 3, "head": 12}, "head", "outside 0 to 11"),
    ("heads/faithfulness", {"layer": 6, "head": 0}, "layer", "outside 0 to 5"),
    ("heads/faithfulness", {"layer": 3, "head": 1, "query_pos": 6}, "query_pos", "outside 0 to 5"),
    ("heads/faithfulness", {"layer": 3, "head": 1, "kind": "cross"}, "kind", "no cross"),
    (
        "heads/faithfulness",
        {"layer": 3, "head": 1, "output": {"of": "next"}},
        "output.of",
        "cannot be of 'next'",
    ),
]


@pytest.mark.parametrize(("path", "body", "field", "words"), BAD)
def test_what_cannot_be_answered_is_refused_by_field(
    client: TestClient, path: str, body: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post(f"/api/v1/{path}", json={"text": TEXT, **body})
    error = answer.json()["error"]
    assert answer.status_code == 422, error
    assert error["field"] == field, error
    assert words in error["message"], error


def test_csv_holds_the_pattern_alone(client: TestClient) -> None:
    body = {"text": TEXT, "layers": [0], "heads": [0], "include": ["pattern", "rollout"]}
    answer = client.post("/api/v1/attention", json=body, headers={"Accept": "text/csv"})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "include"


@pytest.mark.parametrize("include", ["rollout", "flow"])
def test_cross_attention_has_no_rollout(translator: TestClient, include: str) -> None:
    body = {"model": "translator", "text": "a b", "kind": "cross", "include": [include]}
    error = translator.post("/api/v1/attention", json=body).json()["error"]
    assert error["field"] == "include"
    assert "cross attention reads another text" in error["message"]


def test_a_model_without_w_o_has_no_norms(serve: Callable[..., TestClient]) -> None:
    client = serve(FakeRegistry(FakeModel("plain", w_o=False)))
    body = {"text": "one two", "include": ["norms"]}
    error = client.post("/api/v1/attention", json=body).json()["error"]
    assert (error["code"], error["field"]) == ("invalid_selection", "include")


LONG = " ".join(["saw"] * 148)  # 150 tokens


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        ("attention", {"include": ["flow"]}, "query_pos", "Name fewer query_pos"),
        (
            "attention",
            {"include": ["integrated_gradients"], "steps": 256, "text": LONG + LONG},
            "steps",
            "Ask for at most",
        ),
        ("heads/faithfulness", {"layer": 0, "head": 0}, "query_pos", "Name one query_pos"),
        (
            "heads/faithfulness",
            {"layer": 0, "head": 0, "query_pos": 1, "text": f"{LONG} {LONG}"},
            "text",
            "Shorten the text",
        ),
    ],
)
def test_what_would_take_minutes_is_refused_with_its_bound_and_its_remedy(
    client: TestClient, path: str, body: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post(f"/api/v1/{path}", json={"text": LONG, **body})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "selection_too_large")
    assert error["field"] == field
    assert words in error["message"]
    assert "at most" in error["message"]


def test_steps_are_bounded_by_the_work_that_they_are() -> None:
    """Of 27 tokens, as 3 runs each: 9 steps would read 729 tokens."""
    body = {"text": LAW, "layers": [0], "include": ["integrated_gradients"]}
    with TestClient(create_app(Settings(rerun_tokens=728), build_registry())) as server:
        answer = server.post("/api/v1/attention", json={**body, "steps": 8})
        assert answer.status_code == 200, answer.text
        refused = server.post("/api/v1/attention", json={**body, "steps": 9}).json()["error"]
    assert refused["field"] == "steps"
    assert refused["message"] == (
        "9 steps of 27 tokens, each as long as 3 runs, are as many as 729 tokens to read; at most "
        "728 are read. Ask for at most 8 steps, or shorten the text."
    )
    with TestClient(create_app(Settings(rerun_tokens=80), build_registry())) as server:
        refused = server.post("/api/v1/attention", json={**body, "steps": 1}).json()["error"]
    assert refused["field"] == "text"
    assert refused["message"].endswith("at most 80 are read. Shorten the text.")


def test_all_links_of_the_sentence_of_the_law_are_within_the_bound(client: TestClient) -> None:
    body = {"text": LAW, "layer": 5, "head": 0, "query_pos": 9}
    assert ask(client, "heads/faithfulness", **body)["links"] == 27
    tight = create_app(Settings(rerun_tokens=27 * 27 * 27), build_registry())
    with TestClient(tight, raise_server_exceptions=False) as server:
        everything = {**body, "query_pos": None}
        answer = server.post("/api/v1/heads/faithfulness", json=everything)
        assert answer.status_code == 200, answer.text
        assert answer.json()["links"] == 729
