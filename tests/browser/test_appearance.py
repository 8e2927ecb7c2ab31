"""Light and dark, phone and desktop, what loads when, and what stays in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.looks import PHONE, WIDER, sideways
from tests.browser.patience import Gate

PLOTLY = "**/assets/plotly*"
OUT = Path(__file__).parents[2] / "out" / "screenshots"  # for people to look at; not in git


def keep(inspector: Inspector, name: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    inspector.page.screenshot(path=OUT / f"{name}.png", full_page=True)


def lightness(inspector: Inspector) -> float:
    """Of the page's background, 0 to 255, once it has stopped changing."""
    inspector.settled()
    channels: list[float] = inspector.page.evaluate(
        """() => {
             const context = new OffscreenCanvas(1, 1).getContext('2d');
             for (const element of [document.documentElement, document.body]) {
               context.fillStyle = getComputedStyle(element).backgroundColor;
               context.fillRect(0, 0, 1, 1);
             }
             return [...context.getImageData(0, 0, 1, 1).data];
           }"""
    )
    return sum(channels[:3]) / 3


@pytest.mark.parametrize(("scheme", "bounds"), [("light", (200, 255)), ("dark", (0, 60))])
def test_the_page_follows_the_system_s_colours(
    visit: Callable[..., Inspector], scheme: str, bounds: tuple[int, int]
) -> None:
    inspector = visit(color_scheme=scheme).open(text="Light or dark?", layer=3, head=1, cell="1-2")
    inspector.plotted()
    expect(inspector.step("softmax")).to_be_visible()
    inspector.settled()
    assert bounds[0] <= lightness(inspector) <= bounds[1]
    keep(inspector, f"desktop-{scheme}")


def test_a_chosen_theme_outlasts_a_reload(inspector: Inspector) -> None:
    inspector.open()
    inspector.plotted()
    expect(inspector.theme).to_have_attribute("aria-pressed", "false")
    light = lightness(inspector)
    picture = inspector.heatmap.screenshot()
    inspector.theme.click()
    expect(inspector.theme).to_have_attribute("aria-pressed", "true")
    assert lightness(inspector) < 60 < light
    assert inspector.heatmap.screenshot() != picture

    inspector.page.reload()
    inspector.stand()
    expect(inspector.theme).to_have_attribute("aria-pressed", "true")
    assert lightness(inspector) < 60
    inspector.theme.click()
    expect(inspector.theme).to_have_attribute("aria-pressed", "false")
    assert lightness(inspector) == light


@pytest.mark.parametrize("width", [320, 390, 1920])
def test_no_width_scrolls_sideways(visit: Callable[..., Inspector], width: int) -> None:
    size = {**PHONE["viewport"], "width": width}  # type: ignore[dict-item]
    inspector = visit(**{**PHONE, "viewport": size}).open(cell="9-2", text="a " * 9 + "word")
    inspector.plotted()
    assert sideways(inspector) == 0
    for name in ("Table of the pattern", "Table of all heads"):
        inspector.page.locator("summary").filter(has_text=name).press("Enter")
        expect(inspector.page.get_by_role("region", name=name).get_by_role("table")).to_be_visible()
    assert sideways(inspector) == 0


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/compare",
        "/pairs",
        "/claims#model=small",
        "/api",
        *(f"/walk#text=The+unbelievable+lighthousekeeper+ran.&step={step}" for step in (3, 7, 10)),
    ],
)
def test_the_narrowest_phone_holds_letters_that_are_wider_than_this_machines(
    visit: Callable[..., Inspector], path: str
) -> None:
    visitor = visit(**{**PHONE, "viewport": {"width": 320, "height": 844}})
    visitor.page.add_init_script(WIDER)
    visitor.page.goto(f"{visitor.address}{path}")
    visitor.settled()
    spacing = "() => getComputedStyle(document.querySelector('h1')).letterSpacing"
    assert visitor.page.evaluate(spacing) != "normal"
    assert sideways(visitor) == 0


def test_a_phone_can_do_what_a_desktop_can(visit: Callable[..., Inspector]) -> None:
    inspector = visit(**PHONE).open()
    inspector.tile(2, 4).tap()
    inspector.shows_head(2, 4)
    inspector.token("query", 3).tap()
    expect(inspector.token("query", 3)).to_have_attribute("aria-pressed", "true")
    expect(inspector.said_of_links()).to_contain_text("(3) looks at")
    inspector.page.touchscreen.tap(*inspector.point(9, 2, 27, 27))
    expect(inspector.step("softmax")).to_be_visible()
    assert sideways(inspector) == 0
    keep(inspector, "phone")


SHIFTS = """
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) {
        const sources = entry.sources.map(({ node, previousRect, currentRect }) =>
          [node?.className || node?.nodeName, previousRect.toJSON(), currentRect.toJSON()]);
        shifts.push([entry.value, JSON.stringify(sources)]);
      }
    }
  }).observe({ type: 'layout-shift', buffered: true });
"""


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_while_the_page_loads(
    visit: Callable[..., Inspector], options: dict[str, Any]
) -> None:
    inspector = visit(**options)
    inspector.page.add_init_script(SHIFTS)
    # The worst of networks: the page is seen before its script comes, its parts before the answer.
    script = Gate(inspector.page, "**/inspector/main.js")
    answer = Gate(inspector.page, "**/api/v1/overview")
    inspector.page.goto(inspector.address, wait_until="commit")
    expect(inspector.page.get_by_role("heading", level=1)).to_be_visible()
    inspector.page.wait_for_function("() => performance.getEntriesByType('paint').length > 0")
    script.open()
    expect(inspector.page.get_by_role("heading", name="Every head")).to_be_visible()
    answer.open()
    inspector.stand()
    inspector.plotted()
    inspector.settled()
    inspector.page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
    shifts = inspector.page.evaluate("() => shifts")
    assert sum(value for value, _ in shifts) < 0.1, shifts


def test_plotly_comes_when_somebody_comes_near_and_no_picture_waits_for_it(
    inspector: Inspector,
) -> None:
    plotly = Gate(inspector.page, PLOTLY)
    inspector.open()
    inspector.tile(5, 2).click()
    inspector.shows_head(5, 2)
    names = "() => performance.getEntriesByType('resource').map(({ name }) => name).join()"
    assert "/assets/plotly" not in inspector.settled().page.evaluate(names)
    with inspector.page.expect_request(PLOTLY):
        inspector.heatmap.hover()
    expect(inspector.plot).to_have_count(0)
    # The picture before Plotly answers the pointer too.
    expect(inspector.note("layer 5 head 2").filter(has_text="score")).to_be_visible()
    plotly.open()
    inspector.plotted()
    inspector.shows_head(5, 2)


def test_a_skeleton_stands_where_the_answer_will_be(inspector: Inspector) -> None:
    overview = Gate(inspector.page, "**/api/v1/overview")
    with inspector.page.expect_request("**/api/v1/overview"):
        inspector.goto()
    expect(inspector.page.get_by_role("heading", name="Every head")).to_be_visible()
    expect(inspector.overview).to_be_visible()
    before = inspector.overview.bounding_box()
    overview.open()
    inspector.stand()
    assert inspector.overview.bounding_box() == before


def test_without_javascript_the_page_says_so(visit: Callable[..., Inspector]) -> None:
    inspector = visit(java_script_enabled=False)
    inspector.goto()
    said = inspector.page.locator("noscript p")
    expect(said).to_be_visible()
    assert "JavaScript, which is switched off here" in (said.text_content() or "")
    expect(said.locator("a")).to_have_attribute("href", "/api")


@pytest.mark.refused(0)
def test_when_the_server_is_gone_the_page_says_so_and_tries_again(inspector: Inspector) -> None:
    inspector.open()
    inspector.plotted()
    with inspector.unanswered("**/api/v1/**"):
        inspector.type("Is anybody there?")
        expect(inspector.alert.first).to_contain_text("The server did not answer")
    inspector.page.get_by_role("button", name="Try again").first.click()
    expect(inspector.tiles).to_have_count(HEADS)
    expect(inspector.token("query", 1)).to_have_text("Is")
    expect(inspector.alert).to_have_count(0)


@pytest.mark.refused(0)
def test_reading_again_asks_a_server_that_has_come_back(inspector: Inspector) -> None:
    inspector.open()
    inspector.plotted()
    with inspector.unanswered("**/api/v1/**"):
        inspector.type("Is anybody there?")
        expect(inspector.alert.first).to_contain_text("The server did not answer")
    inspector.read.click()
    expect(inspector.token("query", 1)).to_have_text("Is")
    expect(inspector.tiles).to_have_count(HEADS)
    expect(inspector.alert).to_have_count(0)
