"""Published claims about heads, as a person finds them: every number on screen is the API's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from playwright.sync_api import Locator, expect

from headlight.models.experiments.claims.sentences import sentences
from headlight.models.experiments.claims.statements import STATEMENTS
from tests.browser.inspector import Inspector
from tests.browser.looks import PHONE, sideways, violations_of_every_look
from tests.browser.models import small_decoder_name
from tests.browser.oracle import Oracle
from tests.browser.patience import Gate, settle

VERDICTS = {True: "Agrees", False: "Disagrees", None: "Cannot be asked"}
SHIFTS = """() => new Promise((resolve) => {
  let total = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) total += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(total)));
})"""


class Claims:
    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.page = page = inspector.page
        self.summary = page.locator("[data-part=summary]")
        self.measure = page.get_by_role("button", name="Measure", exact=True)
        self.stop = page.get_by_role("button", name="Stop", exact=True)
        self.bar = page.get_by_role("progressbar", name="Measuring")
        self.picker = page.get_by_role("button", name=re.compile(r"layers"))
        self.dialog = page.get_by_role("dialog", name="Model")

    def goto(self, **state: str) -> Claims:
        fragment = f"#{urlencode(state)}" if state else ""
        self.page.goto(f"{self.inspector.address}/claims{fragment}")
        return self

    def open(self, **state: str) -> Claims:
        """The page with everything measured."""
        self.goto(**state)
        expect(self.summary).to_have_text(re.compile(r"^Of 10 statements, "))
        settle(self.page)
        return self

    def claim(self, title: str) -> Locator:
        return self.page.get_by_role("group", name=title)

    def link(self, title: str) -> Locator:
        return self.claim(title).get_by_role("link", name=re.compile(r"^Open head "))


@pytest.fixture
def claims(inspector: Inspector) -> Claims:
    return Claims(inspector)


def text_of(value: float, scale: str) -> str:
    return f"{value:.2f}" if scale == "ratio" else f"{100 * value:.1f} %"


def shows(claims: Claims, answer: dict[str, Any]) -> None:
    """Wait until every verdict and number on screen is the answer's."""
    for claim in answer["claims"]:
        place = claims.claim(claim["title"])
        verdict = place.locator(".claim-verdict")
        expect(verdict).to_contain_text(VERDICTS[claim["agrees"]])
        measured = claim["measured"]
        if measured is None:
            expect(place).to_contain_text(claim["reason"])
            expect(place.get_by_role("img")).to_have_count(0)
            continue
        expect(verdict).to_contain_text("" if measured["clear"] else "narrowly")
        rows = place.locator(".claim-key-row")
        wanted = [measured["value"], measured["threshold"]]
        wanted += [baseline["value"] for baseline in measured["baselines"]]
        wanted += [measured["supervised"]["value"]] if measured["supervised"] else []
        wanted += [] if claim["paper"]["value"] is None else [claim["paper"]["value"]]
        expect(rows).to_have_count(len(wanted))
        for row, value in zip(range(len(wanted)), wanted, strict=True):
            expect(rows.nth(row).locator("dd")).to_contain_text(text_of(value, claim["scale"]))
        head = measured["head"]
        expect(claims.link(claim["title"])).to_contain_text(f"{head['layer']}-{head['head']}")


def test_every_statement_stands_before_anything_is_measured(claims: Claims) -> None:
    gate = Gate(claims.page, "**/api/v1/claims")
    claims.goto(model="small")
    for statement in STATEMENTS:
        name = statement.title
        expect(claims.page.get_by_role("heading", level=2, name=name)).to_be_visible()
        expect(claims.page.get_by_text(statement.figure)).to_be_visible()
    expect(claims.bar).to_be_visible()
    expect(claims.page.get_by_role("link", name=re.compile("^Open head"))).to_have_count(0)
    gate.open()
    expect(claims.summary).to_contain_text("Of 10 statements")
    expect(claims.bar).to_be_hidden()


def test_verdicts_and_numbers_are_the_apis(claims: Claims, oracle: Oracle) -> None:
    claims.open(model="small")
    answer = oracle.post("/claims", model="small")
    shows(claims, answer)
    counts = [sum(claim["agrees"] is wanted for claim in answer["claims"]) for wanted in VERDICTS]
    for count, words in zip(counts, ("agree", "disagree", "cannot be asked"), strict=True):
        if count:
            expect(claims.summary).to_contain_text(re.compile(rf"\b{count} {words}"))


def test_dot_interval_and_line_stand_where_the_numbers_say(claims: Claims, oracle: Oracle) -> None:
    claims.open(model="small")
    for claim in oracle.post("/claims", model="small")["claims"]:
        measured = claim["measured"]
        picture = claims.claim(claim["title"]).locator(".claim-line")
        start, end = (float(picture.locator(".claim-axis").get_attribute(x) or 0) for x in X)
        values = [measured["value"], measured["high"], measured["threshold"]]
        top = -(-max(1, *values, *(b["value"] for b in measured["baselines"])) // 1)

        def at(value: float, start: float = start, end: float = end, top: float = top) -> float:
            return start + (end - start) * value / top

        dot = float(picture.locator(".claim-dot").get_attribute("cx") or 0)
        assert dot == pytest.approx(at(measured["value"]), abs=0.01)
        interval = picture.locator(".claim-interval")
        ends = [float(interval.get_attribute(x) or 0) for x in X]
        assert ends == pytest.approx([at(measured["low"]), at(measured["high"])], abs=0.01)
        line = float(picture.locator(".claim-threshold").get_attribute("x1") or 0)
        assert line == pytest.approx(at(measured["threshold"]), abs=0.01)


X = ("x1", "x2")


def test_the_link_opens_the_inspector_with_that_head_on_that_link(
    claims: Claims, oracle: Oracle
) -> None:
    claims.open(model="small")
    (claim,) = (c for c in oracle.post("/claims", model="small")["claims"] if c["id"] == "object")
    head, example = claim["measured"]["head"], claim["measured"]["example"]
    href = claims.link(claim["title"]).get_attribute("href") or ""
    state = parse_qs(urlparse(href).fragment)
    assert state["text"] == [example["text"]]
    assert state["model"] == ["small"]
    claims.link(claim["title"]).click()
    title = re.compile(rf"^Layer {head['layer']}, head {head['head']}\b")
    expect(claims.page.get_by_role("heading", name=title)).to_be_visible()
    expect(claims.inspector.text).to_have_value(example["text"])
    expect(claims.inspector.query_word).to_have_value(example["query"]["text"])
    expect(claims.inspector.key_word).to_have_value(example["key"]["text"])
    settle(claims.page)


def test_another_model_is_measured_and_named_in_the_address(claims: Claims, oracle: Oracle) -> None:
    claims.open(model="small")
    claims.picker.click()
    name = small_decoder_name()
    claims.dialog.get_by_role("radio", name=name).click()
    expect(claims.page).to_have_url(re.compile(f"#v=1&model={name}$"))
    shows(claims, oracle.post("/claims", model=name))
    expect(claims.claim("Some heads look at the next token.")).to_contain_text("Cannot be asked")
    claims.page.go_back()
    shows(claims, oracle.post("/claims", model="small"))


def test_measuring_can_be_stopped_and_begun_again(claims: Claims) -> None:
    gate = Gate(claims.page, "**/api/v1/claims")
    claims.goto(model="small")
    claims.stop.click()
    expect(claims.page.get_by_text("Stopped.")).to_be_visible()
    expect(claims.bar).to_be_hidden()
    gate.open()
    claims.measure.click()
    expect(claims.summary).to_contain_text("Of 10 statements")
    expect(claims.measure).to_be_hidden()


@pytest.mark.refused(404)
def test_an_unknown_model_is_said_to_be_unknown(claims: Claims) -> None:
    claims.goto(model="elmo")
    expect(claims.page.get_by_role("alert")).to_contain_text(
        "there is no model 'elmo'", ignore_case=True
    )
    expect(claims.page.get_by_role("button", name="Try again")).to_have_count(0)


@pytest.mark.refused(500)
def test_what_failed_can_be_asked_again(claims: Claims) -> None:
    broken = {"error": {"code": "internal", "message": "something broke", "field": None}}
    claims.page.route(
        "**/api/v1/claims", lambda route: route.fulfill(status=500, json=broken), times=1
    )
    claims.goto(model="small")
    expect(claims.page.get_by_role("alert")).to_contain_text("something broke", ignore_case=True)
    claims.page.get_by_role("button", name="Try again").click()
    expect(claims.summary).to_contain_text("Of 10 statements")
    expect(claims.page.get_by_role("alert")).to_have_count(0)


def test_the_sentences_can_be_read(claims: Claims) -> None:
    claims.open(model="small")
    first = claims.page.get_by_text(sentences()[0].text)
    expect(first).to_be_hidden()
    claims.page.get_by_text(f"The {len(sentences())} sentences").click()
    expect(first).to_be_visible()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_when_the_measures_come(
    visit: Callable[..., Inspector], options: dict[str, Any]
) -> None:
    claims = Claims(visit(**options))
    gate, script = (
        Gate(claims.page, "**/api/v1/claims"),
        Gate(claims.page, "**/claims/main.js"),
    )
    claims.page.goto(f"{claims.inspector.address}/claims#model=small", wait_until="commit")
    expect(claims.page.get_by_text("How to read this")).to_be_visible()
    settle(claims.page)  # the page has been seen before its script comes, as on a slow machine
    script.open()
    expect(claims.bar).to_be_visible()
    expect(claims.picker).to_be_visible()
    settle_without_answer = claims.page.evaluate(SHIFTS)
    gate.open()
    expect(claims.summary).to_contain_text("Of 10 statements")
    settle(claims.page)
    assert claims.page.evaluate(SHIFTS) < 0.02, settle_without_answer


def test_axe_finds_no_violation(claims: Claims) -> None:
    claims.open(model="small")
    claims.page.get_by_text(f"The {len(sentences())} sentences").click()
    expect(claims.page.get_by_text(sentences()[0].text)).to_be_visible()
    assert violations_of_every_look(claims.inspector) == []
    claims.goto(model=small_decoder_name())
    expect(claims.summary).to_contain_text("cannot be asked")
    assert violations_of_every_look(claims.inspector) == []


@pytest.mark.parametrize("path", ["/", "/walk", "/compare", "/pairs", "/claims", "/api"])
def test_the_ways_fit_on_a_phone(visit: Callable[..., Inspector], path: str) -> None:
    inspector = visit(**PHONE)
    inspector.page.goto(f"{inspector.address}{path}")
    ways = inspector.page.get_by_role("navigation", name="Site").get_by_role("link")
    expect(ways).to_have_count(4)
    assert sideways(inspector) == 0
    tops = {box["y"] for way in ways.all() if (box := way.bounding_box())}
    assert len(tops) == 1


def test_the_skip_link_leads_to_the_claims(claims: Claims) -> None:
    claims.open(model="small")
    claims.page.keyboard.press("Tab")
    expect(claims.page.locator("[data-part=skip]")).to_be_focused()
    claims.page.keyboard.press("Enter")
    expect(claims.page.locator("[data-part=list]")).to_be_focused()
    claims.page.keyboard.press("Tab")
    expect(claims.page.get_by_role("link", name="Clark et al. 2019").first).to_be_focused()
