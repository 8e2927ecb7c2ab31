"""What is on screen lives in the address: links, reload, back and forward."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.inspector import Inspector
from tests.browser.oracle import LAW
from tests.browser.patience import Gate

EVERYTHING = {
    "text": "I saw a saw in the shed.",
    "layer": 4,
    "head": 9,
    "with": "0-3,5-5",
    "special": "hidden",
    "threshold": 0.21,
    "top": 7,
    "scale": "log",
    "sort": "entropy",
    "color": "to_next",
    "query": "@s0:8-11",
    "key": "shed",
    "cell": "2-7",
    "pin": "key-3",
}


def picture(inspector: Inspector) -> dict[str, object]:
    """All that a person set, as the page now shows it."""
    page = inspector.page
    inspector.stand()
    expect(inspector.close_cell).to_be_visible()
    expect(inspector.step("softmax")).to_be_visible()
    expect(inspector.ranking.get_by_role("row")).to_have_count(1 + 8)
    inspector.unfold("Display")
    inspector.unfold("Sort, colour, compare")
    inspector.settled()
    return {
        "text": inspector.text.input_value(),
        "title": inspector.title.inner_text(),
        "links": inspector.links.get_attribute("aria-label"),
        "heatmap": inspector.heatmap.get_attribute("aria-label"),
        "special": inspector.hide_special.is_checked(),
        "threshold": page.get_by_role("slider", name="Threshold").input_value(),
        "top": page.get_by_role("slider", name="Links a token").input_value(),
        "pressed": page.locator("[aria-pressed=true]:visible").all_text_contents(),
        "sort": page.get_by_role("combobox", name="Sort by").input_value(),
        "colour": page.get_by_role("combobox", name="Colour by").input_value(),
        "words": [inspector.query_word.input_value(), inspector.key_word.input_value()],
        "ranking": inspector.ranking.all_inner_texts(),
        "cell": page.get_by_role("table", name=re.compile("^Every dimension")).inner_text(),
    }


def test_a_link_holds_all_that_a_person_set(inspector: Inspector) -> None:
    first = picture(inspector.open(**EVERYTHING))
    assert (first["threshold"], first["top"], first["sort"]) == ("0.21", "7", "entropy")
    assert (first["special"], first["words"]) == (True, ["saw", "shed"])
    assert {"log", "Tokens", "saw"} <= set(first["pressed"])  # type: ignore[call-overload]
    inspector.page.reload()
    assert picture(inspector) == first


def test_back_and_forward_go_through_what_was_seen(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=0, head=0)
    inspector.tile(3, 1).click()
    inspector.shows_head(3, 1)
    inspector.type("Another sentence.")
    expect(inspector.token("query", 1)).to_have_text("Another")

    inspector.page.go_back()
    expect(inspector.text).to_have_value(LAW)
    inspector.shows_head(3, 1)
    expect(inspector.token("query", 1)).to_have_text("The")
    inspector.page.go_back()
    inspector.shows_head(0, 0)
    inspector.page.go_forward()
    inspector.shows_head(3, 1)
    inspector.page.go_forward()
    expect(inspector.text).to_have_value("Another sentence.")
    expect(inspector.token("query", 1)).to_have_text("Another")


def test_moving_a_slider_adds_no_steps_to_go_back(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=0, head=0)
    before = inspector.page.evaluate("() => history.length")
    inspector.unfold("Display")
    threshold = inspector.page.get_by_role("slider", name="Threshold")
    for _ in range(9):
        threshold.press("ArrowRight")
    expect(inspector.page).to_have_url(re.compile("threshold=0.14"))
    assert inspector.page.evaluate("() => history.length") == before


@pytest.mark.parametrize(
    "fragment",
    [
        "text=Hello&layer=x&head=-3&sort=nothing",
        "%E0%A4%A&text=Hello",
    ],
)
def test_a_broken_link_still_opens_a_picture(inspector: Inspector, fragment: str) -> None:
    inspector.page.goto(f"{inspector.address}/#{fragment}")
    inspector.stand()
    expect(inspector.text).to_have_value("Hello")


@pytest.mark.refused(422)
def test_a_link_to_a_head_that_the_model_does_not_have_opens_another(inspector: Inspector) -> None:
    """It is asked for before the model's size is known, and refused; then another one opens."""
    page, overview = inspector.page, Gate(inspector.page, "**/api/v1/overview")
    with page.expect_response(lambda answer: answer.url.endswith("/attention")) as refused:
        page.goto(f"{inspector.address}/#layer=99&head=1&text=Hello", wait_until="commit")
    assert refused.value.status == 422
    overview.open()
    inspector.stand()
    expect(inspector.text).to_have_value("Hello")


def test_another_address_typed_into_the_bar_is_followed(inspector: Inspector) -> None:
    inspector.open()
    inspector.page.evaluate("() => { location.hash = 'text=Other words&layer=2&head=2'; }")
    expect(inspector.text).to_have_value("Other words")
    inspector.shows_head(2, 2)


def test_the_title_names_the_text(inspector: Inspector) -> None:
    inspector.open(text="Short and clear.")
    expect(inspector.page).to_have_title("Short and clear. · Headlight")


def test_a_link_to_a_cell_that_the_text_does_not_have_opens_without_it(
    inspector: Inspector,
) -> None:
    asked: list[str] = []
    inspector.page.on("request", lambda request: asked.append(request.url))
    inspector.open(text="a b", cell="50-50", layer=0, head=0)
    inspector.shows_head(0, 0)
    inspector.plotted()
    expect(inspector.close_cell).to_be_hidden()
    inspector.settled()
    assert not [url for url in asked if url.endswith("/api/v1/cell")]


def test_the_link_of_the_page_as_it_first_opens_names_what_is_seen(
    visit: Callable[..., Inspector],
) -> None:
    inspector = visit(permissions=["clipboard-read", "clipboard-write"]).open()
    inspector.export("Copy the link")
    expect(inspector.page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    named = parse_qs(urlsplit(inspector.copied()).fragment)
    assert named["text"] == [LAW]
    assert (named["layer"], named["head"]) == (["3"], ["1"])
    assert (named["query"], named["key"]) == (["its"], ["Law"])


# The head may be asked for before the model's shape is known.
@pytest.mark.refused(422, sure=False)
def test_what_an_address_says_wrongly_is_told_and_the_rest_is_shown(inspector: Inspector) -> None:
    inspector.goto(text="I saw a saw.", layer=9, head=1, threshold=7, cell="99-0")
    told = inspector.page.get_by_role("status").filter(has_text="Not understood")
    inspector.stand()
    expect(told).to_have_text(
        "Not understood in this address, and left out: threshold=7. "
        "bert has layers 0 to 5, heads 0 to 11, but no layer 9, head 1. "
        f"Shown instead: {inspector.title.inner_text().replace('Layer', 'layer')}. "
        "The text has no query 99: its tokens are 0 to 6."
    )
    inspector.tiles.first.click()
    inspector.shows_head(0, 0)
    expect(told).to_have_count(0)
