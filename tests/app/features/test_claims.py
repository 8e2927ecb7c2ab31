"""POST /claims: the answer is the models' own judgement, made once, and told as it is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from headlight.app.application import create_app
from headlight.app.features.claims import ClaimsAnswer
from headlight.app.settings import Settings
from headlight.models.core.errors import TextTooLong
from headlight.models.core.model import Encoding, ModelShape
from headlight.models.experiments.claims.findings import judge
from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.statements import STATEMENTS
from headlight.models.experiments.claims.survey import Survey, passages
from headlight.models.zoo.registry import Registry
from tests.app.conftest import Serve
from tests.app.fakes import FakeModel, FakeRegistry, unavailable

PATH = "/api/v1/claims"
NDJSON = {"Accept": "application/x-ndjson"}
TEXTS = len(sentences()) + len(passages())


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def runs_done(client: TestClient) -> float:
    registry = client.app.state.app_state.metrics.registry  # type: ignore[attr-defined]
    return registry.get_sample_value("headlight_runs_total", {"outcome": "done"}) or 0.0


@pytest.fixture(scope="module")
def client(registry: Registry) -> Iterator[TestClient]:
    """A server that nobody has asked before."""
    app = create_app(Settings(), registry)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def told(client: TestClient) -> list[dict[str, Any]]:
    """Every line of the first answer about `small`."""
    streamed = client.post(PATH, json={"model": "small"}, headers=NDJSON)
    assert streamed.status_code == 200
    return lines_of(streamed.text)


def test_the_answer_is_what_the_models_judge(
    told: list[dict[str, Any]], registry: Registry
) -> None:
    answer = ClaimsAnswer.model_validate(told[-1]["result"])
    model, survey = registry.load("small"), Survey()
    for text in passages():
        survey.add_passage(model.run(text))
    for sentence in sentences():
        survey.add(sentence, model.run(sentence.text))
    assert answer.model == "small"
    assert answer.sentences == len(sentences())
    for claim, finding in zip(answer.claims, judge(survey), strict=True):
        found = finding.measured
        assert claim.id == finding.statement.id
        assert claim.measured is not None
        assert found is not None
        assert claim.agrees is found.agrees
        for name in ("value", "low", "high", "threshold", "clear", "passing", "counted"):
            assert getattr(claim.measured, name) == pytest.approx(getattr(found, name))
        head = claim.measured.head
        assert (head.kind, head.layer, head.head) == (
            found.head.kind,
            found.head.layer,
            found.head.head,
        )


def test_progress_is_told_after_each_text_and_the_result_last(told: list[dict[str, Any]]) -> None:
    *before, last = told
    assert before == [{"progress": {"done": done, "of": TEXTS}} for done in range(TEXTS + 1)]
    assert list(last) == ["result"]


def test_a_model_is_measured_once(client: TestClient, told: list[dict[str, Any]]) -> None:
    before = runs_done(client)
    again = client.post(PATH, json={"model": "small"})
    assert again.json() == told[-1]["result"]
    first, last = lines_of(client.post(PATH, json={"model": "small"}, headers=NDJSON).text)
    assert first == {"progress": {"done": 0, "of": 0}}
    assert last == told[-1]
    assert runs_done(client) == before


def test_the_example_is_a_link_that_the_head_makes(
    client: TestClient, told: list[dict[str, Any]]
) -> None:
    for claim in told[-1]["result"]["claims"]:
        measured = claim["measured"]
        example, head = measured["example"], measured["head"]
        if example["query"] is None:
            continue
        body = {
            "model": "small",
            "text": example["text"],
            "layers": [head["layer"]],
            "heads": [head["head"]],
        }
        (found,) = client.post("/api/v1/attention", json=body).json()["heads"]
        row = found["pattern"][example["query"]["position"]]
        if claim["id"] not in ("separator", "norms"):  # of layers, in which no head need do it
            assert max(row) == row[example["key"]["position"]]


def test_figures_of_the_paper_come_with_their_place(told: list[dict[str, Any]]) -> None:
    (claim,) = (c for c in told[-1]["result"]["claims"] if c["id"] == "object")
    assert claim["paper"]["value"] == 0.868
    assert claim["paper"]["baseline"] == 0.4
    assert claim["paper"]["where"] == "section 4.2, table 1"
    assert claim["paper"]["url"].startswith("https://aclanthology.org/")


class Short(FakeModel):
    """Reads as many tokens as the longest sentence has, and no passage."""

    limit = 20

    def refusal(self, encoding: Encoding) -> TextTooLong | None:  # type: ignore[override]
        count = encoding.count
        return TextTooLong(count, self.limit, self.name) if count > self.limit else None


def test_a_model_that_reads_no_passage_is_asked_all_else(serve: Serve) -> None:
    model = Short("short")
    answer = serve(FakeRegistry(model)).post(PATH, json={}).json()
    reasons = {claim["id"]: claim["reason"] for claim in answer["claims"] if claim["reason"]}
    assert reasons == {"broad": "This model reads no text as long as six sentences."}
    assert [text for text, _ in model.runs] == [sentence.text for sentence in sentences()]


def test_a_model_that_cannot_read_every_sentence_is_not_asked(serve: Serve) -> None:
    model = Short("short")
    model.limit = 12
    answer = serve(FakeRegistry(model)).post(PATH, json={}).json()
    assert {claim["reason"] for claim in answer["claims"]} == {
        "Our sentences are longer than this model reads."
    }
    assert all(claim["agrees"] is None is claim["measured"] for claim in answer["claims"])


class TwoTowers(FakeModel):
    @property
    def shape(self) -> ModelShape:
        return replace(super().shape, kinds=("encoder", "decoder", "cross"))


def test_of_two_towers_the_encoder_is_asked_and_nothing_has_to_be_written(serve: Serve) -> None:
    model = TwoTowers("translator", kinds=("encoder", "decoder", "cross"))
    answer = serve(FakeRegistry(model)).post(PATH, json={}).json()
    heads = [claim["measured"]["head"] for claim in answer["claims"] if claim["measured"]]
    assert {head["kind"] for head in heads} == {"encoder"}
    assert {pair for _, pair in model.runs} == {"."}


def test_a_causal_model_is_told_what_it_cannot_be_asked(serve: Serve) -> None:
    answer = serve(FakeRegistry(FakeModel("causal", kinds=("decoder",)))).post(PATH, json={}).json()
    unasked = {claim["id"] for claim in answer["claims"] if claim["agrees"] is None}
    assert unasked == {"next", "separator", "norms", "determiner", "possessive"}


def test_a_model_without_an_output_projection_has_no_norms(serve: Serve) -> None:
    answer = serve(FakeRegistry(FakeModel("bare", w_o=False))).post(PATH, json={}).json()
    (norms,) = (claim for claim in answer["claims"] if claim["id"] == "norms")
    assert "no output projection" in norms["reason"]


def test_what_fails_is_not_kept(serve: Serve) -> None:
    model = FakeModel("plain", bug=unavailable())
    client = serve(FakeRegistry(model))
    assert client.post(PATH, json={}).status_code == 503
    *_, last = lines_of(client.post(PATH, json={}, headers=NDJSON).text)
    assert last["error"]["code"] == "model_unavailable"
    model.bug = None
    assert client.post(PATH, json={}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"model": "elmo"}, 404, "unknown_model", "model"),
        ({"model": 3}, 422, "invalid_request", "model"),
        ({"model": "bert", "text": "a"}, 422, "invalid_request", "text"),
    ],
)
def test_what_is_wrong_is_named(
    client: TestClient, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    response = client.post(PATH, json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (status, code, field)


def test_the_page_has_every_statement_before_anything_is_measured(client: TestClient) -> None:
    page = client.get("/claims").text
    for statement in STATEMENTS:
        assert f'data-claim="{statement.id}"' in page
        assert statement.title in page
    for sentence in sentences():
        assert sentence.text in page


@pytest.mark.parametrize("path", ["/", "/learn", "/walk", "/compare", "/pairs", "/claims", "/api"])
def test_every_page_has_the_same_ways_and_marks_its_own(client: TestClient, path: str) -> None:
    page = client.get(path).text
    nav = page.partition('<nav class="masthead-nav"')[2].partition("</nav>")[0]
    ways = [part.partition('"')[0] for part in nav.split('href="')[1:]]
    assert ways == ["/", "/learn", "/claims", "/api"]
    section = page.partition('<nav class="section-nav"')[2].partition("</nav>")[0]
    among = [part.partition('"')[0] for part in section.split('href="')[1:]]
    sections = (["/", "/compare", "/pairs"], ["/learn", "/walk"])
    assert among == next((pages for pages in sections if path in pages), [])
    for way in (*ways, *among):
        assert client.get(way).status_code == 200
    assert nav.count("aria-current") == 1
    marked = section or nav
    assert marked.count('aria-current="page"') == 1
    assert f'href="{path}" aria-current="page"' in marked
