"""POST /heads/profile: its numbers, what it refuses before it runs, its progress, and its end."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.service.errors import Busy
from headlight.app.service.jobs import retry_when_busy
from headlight.app.settings import Settings
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.model import Encoding
from headlight.models.measures.links import Link
from headlight.models.measures.locate import Span
from headlight.models.measures.profile import profile
from headlight.models.zoo.registry import Registry
from tests.app.calls import call, until
from tests.app.conftest import Serve
from tests.app.fakes import FakeModel, FakeRegistry, unavailable

PATH = "/api/v1/heads/profile"
NDJSON = {"Accept": "application/x-ndjson"}
SENTENCES: list[dict[str, Any]] = [
    {
        "text": "The old dog saw a cat.",
        "links": [{"from": [0, 3], "to": [8, 11]}, {"from": [16, 17], "to": [18, 21]}],
    },
    {"text": "A bird sang.", "links": [{"from": [0, 1], "to": [2, 6]}]},
    {"text": "Who?", "text_pair": "The unaffable cat.", "links": []},
]


def sample(client: TestClient, name: str, **labels: str) -> float:
    app = client.app
    assert isinstance(app, FastAPI)
    return app.state.app_state.metrics.registry.get_sample_value(name, labels) or 0.0


def lines_of(text: str) -> list[dict[str, Any]]:
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_the_numbers_are_those_of_the_runs(client: TestClient, registry: Registry) -> None:
    answer = client.post(PATH, json={"sentences": SENTENCES}).json()
    bert = registry.load("bert")
    traces = [bert.run(each["text"], each.get("text_pair")) for each in SENTENCES]
    links = [
        [Link(Span(*link["from"]), Span(*link["to"])) for link in each["links"]]
        for each in SENTENCES
    ]
    expected = profile(traces, links)
    assert (answer["model"], answer["sentences"]) == ("bert", 3)
    assert answer["offsets"] == list(range(-8, 9))
    assert len(answer["heads"]) == 72
    for found, head in zip(answer["heads"], expected.heads, strict=True):
        assert (found["kind"], found["layer"], found["head"]) == (
            head.kind, head.layer, head.head,
        )  # fmt: skip
        assert found["supervised"] is None
        assert head.to_previous is not None
        assert found["to_previous"] == {
            "weight": pytest.approx(head.to_previous.weight, abs=1e-6),
            "argmax": pytest.approx(head.to_previous.argmax),
            "queries": head.to_previous.queries,
        }
        assert [each["piece"] for each in found["to_each_special"]] == ["[CLS]", "[SEP]"]
        assert found["entropy"] == pytest.approx(head.entropy, abs=1e-6)
        assert head.links is not None
        assert head.links.accuracy_interval is not None
        assert head.links.permuted is not None
        assert found["links"]["accuracy"] == head.links.accuracy
        assert found["links"]["weight"] == pytest.approx(head.links.weight, abs=1e-6)
        assert found["links"]["accuracy_interval"]["high"] == head.links.accuracy_interval.high
        assert found["links"]["permuted"]["p"] == head.links.permuted.p
    (kind,) = answer["kinds"]
    assert (kind["links"]["links"], kind["links"]["permuted_links"]) == (3, 2)


def test_without_links_nothing_is_said_of_them(client: TestClient) -> None:
    answer = client.post(PATH, json={"sentences": [{"text": "saw"}]}).json()
    assert answer["kinds"][0]["links"] is None
    assert all(head["links"] is None for head in answer["heads"])
    assert all(head["to_previous"] is head["to_next"] is None for head in answer["heads"])


def test_taught_heads_are_named(client: TestClient) -> None:
    body = {"model": "small", "sentences": [{"text": "I saw a saw"}]}
    heads = client.post(PATH, json=body).json()["heads"]
    assert {head["supervised"] for head in heads} == {None, "parent", "antecedent"}


LINK = {"from": [0, 1], "to": [2, 3]}
REFUSED: list[tuple[list[dict[str, Any]], str, str]] = [
    ([], "invalid_request", "sentences"),
    ([{"text": "a b"}] * 201, "invalid_request", "sentences"),
    ([{"text": "a b"}, {"text": " "}], "empty_text", "sentences.1.text"),
    ([{"text": "a b"}, {"text": "\ud800"}], "invalid_text", "sentences.1.text"),
    ([{"text": "a" * 61}], "text_too_long", "sentences.0.text"),
    ([{"text": "a b", "text_pair": "c"}], "invalid_selection", "sentences.0.text_pair"),
    ([{"text": "a b c d e f"}] * 4, "selection_too_large", "sentences"),
    ([{"text": "a b"}, {"text": "a b", "links": [LINK, {"from": [1, 2], "to": [2, 3]}]}],
     "invalid_selection", "sentences.1.links.1.from"),
    ([{"text": "a b", "links": [{"from": [0, 1], "to": [2, 4]}]}],
     "invalid_selection", "sentences.0.links.0.to"),
    ([{"text": "a b", "links": [{"from": [0, 1], "to": [0, 1]}]}],
     "invalid_selection", "sentences.0.links.0.to"),
    ([{"text": "a b", "links": [{"from": [0, 1, 2], "to": [0, 1]}]}],
     "invalid_request", "sentences.0.links.0.from"),
    ([{"text": "a b", "links": [{"from": [0, 1], "to": [True, 1]}]}],
     "invalid_request", "sentences.0.links.0.to.0"),
    ([{"text": "a b", "links": [{"from": [0, 1]}]}],
     "invalid_request", "sentences.0.links.0.to"),
    ([{"text": "a b", "links": [LINK] * 101}], "invalid_request", "sentences.0.links"),
    ([{"text": "a b", "links": [LINK] * 100}] * 21, "selection_too_large", "sentences"),
]  # fmt: skip


class OneText(FakeModel):
    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        if text_pair is not None:
            raise InvalidSelection("plain reads one text", argument="text_pair")
        return super().encode(text)


@pytest.mark.parametrize("headers", [{}, NDJSON])
@pytest.mark.parametrize(("sentences", "code", "field"), REFUSED)
def test_what_is_wrong_is_named_and_nothing_is_run(
    serve: Serve, sentences: list[dict[str, Any]], code: str, field: str, headers: dict[str, str]
) -> None:
    model = OneText("plain")
    client = serve(FakeRegistry(model), profile_tokens=31, text_limit=60)
    body = json.dumps({"sentences": sentences})
    headers = {"Content-Type": "application/json", **headers}
    response = client.post(PATH, content=body, headers=headers)
    assert response.status_code == 422, response.text
    error = response.json()["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert model.runs == []


def test_a_sentence_longer_than_the_model_reads_is_named(client: TestClient) -> None:
    response = client.post(PATH, json={"sentences": [{"text": "a"}, {"text": "saw " * 511}]})
    error = response.json()["error"]
    assert (error["code"], error["field"]) == ("text_too_long", "sentences.1.text")
    assert error["message"].startswith("sentence 1: text has 513 tokens; bert reads at most 512")


def test_as_many_sentences_and_tokens_as_are_allowed_are_read(serve: Serve) -> None:
    client = serve(FakeRegistry(FakeModel("plain")), profile_tokens=200 * 4)
    response = client.post(PATH, json={"sentences": [{"text": "a b"}] * 200})
    assert response.status_code == 200
    assert response.json()["sentences"] == 200


def test_progress_is_told_after_each_sentence_and_the_result_last(client: TestClient) -> None:
    body = {"sentences": SENTENCES}
    streamed = client.post(PATH, json=body, headers=NDJSON)
    assert streamed.status_code == 200
    assert streamed.headers["content-type"].startswith("application/x-ndjson")
    assert streamed.headers["cache-control"] == "no-store"
    *told, last = lines_of(streamed.text)
    assert told == [{"progress": {"done": done, "of": 3}} for done in range(4)]
    assert last == {"result": client.post(PATH, json=body).json()}


@pytest.mark.parametrize(
    ("bug", "code", "status"),
    [(unavailable(), "model_unavailable", 503), (ValueError("a bug"), "internal", 500)],
)
def test_an_error_on_the_way_is_the_last_line_in_the_one_shape(
    serve: Serve, bug: Exception, code: str, status: int
) -> None:
    client = serve(FakeRegistry(FakeModel("plain", bug=bug)))
    body = {"sentences": [{"text": "a b"}, {"text": "c d"}]}
    first, last = lines_of(client.post(PATH, json=body, headers=NDJSON).text)
    assert first == {"progress": {"done": 0, "of": 2}}
    assert list(last) == ["error"]
    assert sorted(last["error"]) == ["code", "field", "message", "params"]
    assert last["error"]["code"] == code
    assert "a bug" not in last["error"]["message"]
    plain = client.post(PATH, json=body)
    assert (plain.status_code, plain.json()["error"]["code"]) == (status, code)


def test_runs_of_a_profile_push_out_nobody_elses(serve: Serve) -> None:
    model = FakeModel("plain")
    kept = model.run("one two three")
    model.runs.clear()
    client = serve(FakeRegistry(model), cache_bytes=2 * kept.nbytes)
    looked_at = {"text": "one two three"}
    client.post("/api/v1/overview", json=looked_at)
    client.post(PATH, json={"sentences": [{"text": f"a b {i}"} for i in range(9)] + [looked_at]})
    client.post("/api/v1/overview", json=looked_at)
    assert [text for text, _ in model.runs].count("one two three") == 1
    assert len(model.runs) == 10
    assert sample(client, "headlight_cache_runs") == 1


def test_a_run_that_somebody_looks_at_meanwhile_is_kept() -> None:
    model = FakeModel("plain", gate=threading.Event())
    runs = create_app(Settings(), FakeRegistry(model)).state.app_state.runs  # type: ignore[arg-type]

    async def main() -> None:
        passing = asyncio.create_task(runs.trace("plain", "a", keep=False))
        await asyncio.to_thread(model.begun.acquire)
        looking = asyncio.create_task(runs.trace("plain", "a"))
        await asyncio.sleep(0.02)
        assert model.gate is not None
        model.gate.set()
        assert await passing is await looking is await runs.trace("plain", "a")
        await runs.close()

    asyncio.run(main())
    assert len(model.runs) == 1


def body_of(count: int) -> bytes:
    return json.dumps({"sentences": [{"text": f"a b {i}"} for i in range(count)]}).encode()


@pytest.mark.parametrize("accept", [b"application/json", b"application/x-ndjson"])
def test_no_sentence_is_run_after_the_client_has_left(accept: bytes) -> None:
    model = FakeModel("plain", gate=threading.Event())
    app = create_app(Settings(), FakeRegistry(model))  # type: ignore[arg-type]
    runs = app.state.app_state.runs

    async def main() -> None:
        leave = asyncio.Event()
        async with asyncio.timeout(60):
            caller = asyncio.create_task(call(app, PATH, body_of(50), leave, accept))
            await asyncio.to_thread(model.begun.acquire)
            leave.set()
            await caller
            assert model.gate is not None
            model.gate.set()
            await until(lambda: not runs._jobs and not runs._under_way)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await runs.close()

    asyncio.run(main())
    assert len(model.runs) == 1


def test_others_get_their_turn_between_sentences() -> None:
    model = FakeModel("plain", gate=threading.Event())
    app = create_app(Settings(workers=1), FakeRegistry(model))  # type: ignore[arg-type]

    async def main() -> None:
        stay = asyncio.Event()
        async with asyncio.timeout(60):
            long = asyncio.create_task(call(app, PATH, body_of(50), stay))
            await asyncio.to_thread(model.begun.acquire)
            other = json.dumps({"text": "somebody else"}).encode()
            short = asyncio.create_task(call(app, "/api/v1/overview", other, stay))
            await until(lambda: len(app.state.app_state.runs._under_way) == 2)
            assert model.gate is not None
            model.gate.set()
            assert (await short)[0]["status"] == (await long)[0]["status"] == 200
        stay.set()
        await app.state.app_state.runs.close()

    asyncio.run(main())
    texts = [text for text, _ in model.runs]
    assert texts.index("somebody else") == 1
    assert len(texts) == 51


def test_work_that_has_begun_waits_for_a_full_queue() -> None:
    tries = 0

    async def step() -> str:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise Busy("full", retry_s=0)
        return "done"

    assert asyncio.run(retry_when_busy(step)) == "done"
    assert tries == 4


SPANS = st.lists(st.integers(-1, 12), min_size=2, max_size=2)
ODD = st.text(
    st.one_of(st.characters(), st.sampled_from("a .,\u200d\u0301👍🏽苹果\x00\ud800[]")), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(
    sentences=st.lists(
        st.fixed_dictionaries(
            {"text": ODD},
            optional={
                "text_pair": ODD,
                "links": st.lists(st.fixed_dictionaries({"from": SPANS, "to": SPANS}), max_size=2),
            },
        ),
        min_size=1,
        max_size=3,
    )
)
def test_no_sentence_breaks_the_server(client: TestClient, sentences: list[dict[str, Any]]) -> None:
    response = client.post(
        PATH,
        content=json.dumps({"sentences": sentences}),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code in (200, 422), response.text
    if response.status_code == 200:
        for head in response.json()["heads"]:
            assert head["entropy"] is not None
            assert head["to_special"]["queries"] > 0
    else:
        assert response.json()["error"]["field"].startswith("sentences.")
