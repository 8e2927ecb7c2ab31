"""axe finds nothing, and the keyboard reaches everything."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.inspector import Inspector
from tests.browser.looks import violations, violations_of_every_look
from tests.browser.oracle import LAW, Oracle


def test_axe_finds_no_violation(inspector: Inspector) -> None:
    found = {}
    inspector.open()
    inspector.plotted()
    expect(inspector.ranking.get_by_role("row")).to_have_count(1 + 8)
    found["at first"] = violations_of_every_look(inspector)

    inspector.type("I saw a saw")
    expect(inspector.tokens("query")).to_have_count(6)
    inspector.page.get_by_text("Table of the pattern").click()
    table = inspector.page.get_by_role("region", name="Table of the pattern")
    expect(table.get_by_role("row")).to_have_count(1 + 6)
    inspector.page.mouse.click(*inspector.point(4, 2, 6, 6))
    expect(inspector.step("softmax")).to_be_visible()
    inspector.page.get_by_role("button", name="Export").click()
    expect(inspector.page.get_by_role("menu")).to_be_visible()
    found["with a cell, a table and the menu open"] = violations_of_every_look(inspector)
    inspector.page.keyboard.press("Escape")

    inspector.type("tree " * 601)
    expect(inspector.alert).to_contain_text("603")
    found["with an error"] = violations_of_every_look(inspector)

    inspector.page.goto(f"{inspector.address}/api")
    expect(inspector.page.get_by_role("heading", level=1)).to_be_visible()
    found["of the API reference"] = violations_of_every_look(inspector)
    assert {state: lines for state, lines in found.items() if lines} == {}


@pytest.mark.refused(422)
def test_axe_finds_no_violation_where_there_is_no_picture(inspector: Inspector) -> None:
    inspector.goto(text="tree " * 601)
    expect(inspector.alert).to_contain_text("603")
    assert violations(inspector) == []


# What the Tab key must reach: everything that takes it, save what a group holds for its arrow
# keys, what is folded away, and all but the chosen one of a set of radio buttons.
REACHABLE = """() => {
  const asks = 'a[href], button, input, select, textarea, summary, [tabindex]';
  window.reachable = [...document.querySelectorAll(asks)].filter((element) =>
    element.tabIndex >= 0 && !element.disabled
    && element.checkVisibility({ visibilityProperty: true })
    && !(element.type === 'radio' && !element.checked)
    && element.id !== 'main');
  window.reached = new Set();
  return reachable.length;
}"""
STEP = """() => {
  const at = document.activeElement;
  if (at === document.body || reached.has(at)) return null;
  reached.add(at);
  const shows = (element) => {
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    return outlined || style.boxShadow !== 'none';
  };
  const box = at.getBoundingClientRect();
  return {
    name: at.getAttribute('aria-label') || at.textContent.trim().slice(0, 40) || at.outerHTML,
    visible: shows(at) || shows(at.parentElement) || shows(at.parentElement.parentElement),
    inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


def test_tab_reaches_everything_and_shows_where_it_is(visit: Callable[..., Inspector]) -> None:
    inspector = visit(reduced_motion="reduce").open(
        text=LAW, layer=3, head=1, query="its", key="Law", cell="9-2"
    )
    inspector.plotted()
    expect(inspector.step("softmax")).to_be_visible()
    expect(inspector.ranking.get_by_role("row")).to_have_count(1 + 8)
    count = inspector.settled().page.evaluate(REACHABLE)
    steps = []
    for _ in range(count + 5):
        inspector.page.keyboard.press("Tab")
        step = inspector.page.evaluate(STEP)
        if step is None:
            break
        steps.append(step)

    missed = inspector.page.evaluate(
        """() => reachable.filter((one) => !reached.has(one))
             .map((one) => one.outerHTML.slice(0, 160))"""
    )
    assert missed == []
    assert [step["name"] for step in steps if not step["visible"]] == []
    assert [step["name"] for step in steps if not step["inView"]] == []
    names = " | ".join(step["name"] for step in steps)
    for wanted in (
        "Skip to the text box",
        "[CLS]",
        "Your own sentence",
        "[CLS], query 0",
        "Heatmap of layer 3",
    ):
        assert wanted in names


def test_the_skip_link_leads_to_the_text_box(inspector: Inspector) -> None:
    inspector.open()
    inspector.page.keyboard.press("Tab")
    expect(inspector.page.get_by_role("link", name="Skip to the text box")).to_be_focused()
    inspector.page.keyboard.press("Enter")
    expect(inspector.text).to_be_focused()


def test_every_picture_has_a_name_that_says_what_it_shows(
    inspector: Inspector, oracle: Oracle
) -> None:
    tokens, pattern = oracle.tokens(LAW), oracle.array("pattern", 3, 1)
    row, col = (int(at) for at in np.unravel_index(pattern.argmax(), pattern.shape))
    inspector.open(text=LAW, layer=3, head=1, cell="9-2")
    inspector.plotted()
    expect(inspector.step("softmax")).to_be_visible()
    pictured = inspector.settled().page.locator("[role=img]:visible").count()
    assert pictured >= 3
    inspector.tab("Vectors")
    titles = ("Queries", "Keys", "Values", "Results")
    for title in titles:
        picture = inspector.page.get_by_role("img", name=re.compile(f"^{title}: "))
        expect(picture).to_be_visible()
    names = (
        inspector.settled()
        .page.locator("[role=img]")
        .evaluate_all(
            "(pictures) => pictures.map((picture) => picture.getAttribute('aria-label') ?? '')"
        )
    )
    assert all(len(name) > 9 for name in names), names
    strongest = f"The strongest goes from {tokens[row]} ({row}) to {tokens[col]} ({col}), "
    assert any(strongest in name for name in names)
    for title in titles:
        assert any(name.startswith(f"{title}: ") for name in names)
