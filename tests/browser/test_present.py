"""One picture on the whole screen."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.inspector import Inspector


def test_a_key_presents_the_picture_and_arrows_go_through_the_heads(inspector: Inspector) -> None:
    page = inspector.page
    inspector.open(text="I saw a saw", layer=3, head=1)
    page.keyboard.press("p")
    expect(inspector.heatmap).to_be_visible()
    expect(inspector.words).to_be_visible()
    expect(inspector.overview).to_be_hidden()
    expect(page.get_by_role("navigation", name="Site")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    inspector.shows_title(3, 2)
    page.keyboard.press("ArrowDown")
    inspector.shows_title(4, 2)
    page.keyboard.press("Escape")
    expect(inspector.overview).to_be_visible()
    expect(page.get_by_role("button", name="Present")).to_be_focused()
    inspector.shows_head(4, 2)


def test_the_letter_is_typed_where_it_is_typed(inspector: Inspector) -> None:
    inspector.open(text="I saw a saw", layer=3, head=1)
    inspector.edit()
    inspector.page.keyboard.type("p")
    expect(inspector.text).to_have_value("p")
    expect(inspector.overview).to_be_visible()


def test_a_page_without_such_a_picture_has_no_button_for_it(inspector: Inspector) -> None:
    inspector.page.goto(f"{inspector.address}/walk")
    inspector.settled()
    expect(inspector.page.get_by_role("button", name="Dark")).to_be_visible()
    expect(inspector.page.get_by_role("button", name="Present")).to_have_count(0)
