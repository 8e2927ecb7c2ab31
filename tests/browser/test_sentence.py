"""The sentence at the top: its words, the arcs of the open head over them, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from playwright.sync_api import Error, Route, expect

from tests.browser.inspector import Inspector
from tests.browser.numbers import weight_text
from tests.browser.oracle import LAW, Oracle


def test_it_stands_whole_with_the_link_that_is_asked_about(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open()
    expect(inspector.units).to_have_text(oracle.tokens(LAW))
    weight = weight_text(float(oracle.array("pattern", 3, 1)[9, 2]))
    expect(inspector.caption).to_have_text(f"Head 3-1 of 72: its looks at Law, {weight}.")
    labels = inspector.page.locator(".hero-focus text")
    assert weight in labels.all_text_contents()
    expect(inspector.text).to_be_hidden()


def test_a_word_that_is_pointed_at_shows_its_arcs_with_weights(
    inspector: Inspector, oracle: Oracle
) -> None:
    pattern = oracle.array("pattern", 3, 1)
    inspector.open(text=LAW, layer=3, head=1)
    inspector.units.nth(13).hover()
    key = int(pattern[13].argmax())
    name = oracle.tokens(LAW)[key]
    said = f"Head 3-1 of 72: just looks most at {name}, {weight_text(float(pattern[13, key]))}."
    expect(inspector.caption).to_have_text(said)
    strongest = sorted(
        (weight_text(float(w)) for w in np.sort(pattern[13])[-3:] if w >= 0.05), reverse=True
    )
    shown = inspector.page.locator(".hero-focus text").all_text_contents()
    assert sorted(shown, reverse=True) == strongest
    # The same word is in focus in the link picture.
    expect(inspector.said_of_links()).to_contain_text("just (13) looks at")


def test_of_words_in_several_tokens_the_strongest_pair_is_told_and_opened(
    inspector: Inspector, oracle: Oracle
) -> None:
    """小猫 is two tokens: what the sentence and the arithmetic tell is not of the first of them."""
    text = "小猫追着球跑，因为它很好玩。"
    inspector.goto(text=text, model="small", query="它", key="小猫")
    inspector.stand(16)
    found = oracle.search("它", "小猫", text=text, model="small")
    best = found["heads"][0]
    pattern = oracle.array("pattern", best["layer"], best["head"], text, model="small")
    row, cells = found["query"]["tokens"][0], found["key"]["tokens"]
    assert len(cells) == 2
    key = max(cells, key=lambda pos: float(pattern[row, pos]))
    weight = weight_text(float(pattern[row, key]))
    name = oracle.tokens(text, model="small")[key]
    expect(inspector.caption).to_have_text(
        f"Head {best['layer']}-{best['head']} of 16: 它 looks at {name}, {weight}."
    )
    expect(inspector.page).to_have_url(re.compile(rf"cell={row}-{key}\b"))
    expect(inspector.page.locator(".cell-title")).to_contain_text(f"{name} ({key})")


def test_words_are_taken_while_the_head_is_still_on_its_way(
    inspector: Inspector, oracle: Oracle
) -> None:
    """Who clicks fast loses no click: the words are there before the weights between them."""
    inspector.open(text=LAW, layer=0, head=0)
    held: list[Route] = []
    inspector.page.route("**/api/v1/attention", lambda route: held.append(route))
    inspector.tile(2, 4).click()
    inspector.units.nth(24).click()
    inspector.units.nth(23).click()
    expect(inspector.query_word).to_have_value("opinion")
    expect(inspector.key_word).to_have_value("my")
    inspector.page.unroute("**/api/v1/attention")
    for route in held:
        with suppress(Error):  # what nobody waits for any more was given up
            route.continue_()
    best = oracle.search("opinion", "my")["heads"][0]
    inspector.shows_head(best["layer"], best["head"])


def test_two_clicks_ask_for_a_link_and_open_its_best_head_and_arithmetic(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open(text=LAW, layer=0, head=0)
    inspector.units.nth(10).click()
    expect(inspector.caption).to_contain_text("Now choose the word it may look at.")
    inspector.shows_head(0, 0)
    expect(inspector.page).to_have_url(re.compile("pin=query-10"))
    inspector.units.nth(2).click()
    best = oracle.search("application", "Law")["heads"][0]
    inspector.shows_head(best["layer"], best["head"])
    weight = weight_text(best["weight"])
    expect(inspector.caption).to_have_text(
        f"Head {best['layer']}-{best['head']} of 72: application looks at Law, {weight}."
    )
    expect(inspector.close_cell).to_be_visible()
    expect(inspector.page).to_have_url(re.compile("cell=10-2"))


def test_the_keys_go_from_word_to_word(inspector: Inspector) -> None:
    inspector.open(text="I saw a saw", layer=3, head=1)
    inspector.page.keyboard.press("Tab")
    inspector.units.first.focus()
    inspector.page.keyboard.press("ArrowRight")
    expect(inspector.units.nth(1)).to_be_focused()
    expect(inspector.caption).to_contain_text(": I looks most at")
    inspector.page.keyboard.press("Enter")
    expect(inspector.query_word).to_have_value("I")


def test_the_layer_slider_goes_through_the_layers(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open(text=LAW, layer=3, head=1, pin="query-9")
    slider = inspector.page.get_by_role("slider", name="Layer")
    slider.press("ArrowRight")
    inspector.shows_head(4, 1)
    pattern = oracle.array("pattern", 4, 1)[9]
    key = int(pattern.argmax())
    said = f"its looks most at {oracle.tokens(LAW)[key]}, {weight_text(float(pattern[key]))}."
    expect(inspector.caption).to_have_text(f"Head 4-1 of 72: {said}")


@pytest.mark.parametrize(("motion", "seconds"), [("no-preference", 0.26), ("reduce", 0.0)])
def test_arcs_travel_unless_a_person_wants_no_motion(
    visit: Callable[..., Inspector], motion: str, seconds: float
) -> None:
    inspector = visit(reduced_motion=motion).open(text="I saw a saw", layer=3, head=1)
    arc = inspector.page.locator(".hero-base path").first
    told = arc.evaluate("(path) => getComputedStyle(path).transitionDuration")
    assert float(told.split(",")[0].removesuffix("s")) == seconds


def test_an_own_sentence_takes_its_place_and_escape_brings_it_back(inspector: Inspector) -> None:
    inspector.open()
    inspector.own_sentence.click()
    expect(inspector.text).to_be_focused()
    expect(inspector.words).to_be_hidden()
    inspector.page.keyboard.type("Never mind")
    inspector.page.keyboard.press("Escape")
    expect(inspector.words).to_be_visible()
    expect(inspector.own_sentence).to_be_focused()
    expect(inspector.text).to_have_value(LAW)


def test_a_sentence_that_is_pasted_anywhere_is_read(inspector: Inspector, oracle: Oracle) -> None:
    text = "The cat sat on the mat."
    inspector.open()
    inspector.page.evaluate(
        """(text) => {
             const data = new DataTransfer();
             data.setData('text/plain', text);
             document.body.dispatchEvent(new ClipboardEvent('paste',
               { clipboardData: data, bubbles: true, cancelable: true }));
           }""",
        text,
    )
    expect(inspector.units).to_have_text(oracle.tokens(text))


def test_a_long_text_has_two_lines_in_sight_around_the_word(inspector: Inspector) -> None:
    text = " ".join([LAW] * 8)
    inspector.open(text=text, layer=3, head=1, pin="query-150")
    scroll = inspector.page.locator(".hero-scroll")
    word = inspector.units.nth(150)
    expect(word).to_be_in_viewport()
    room, whole = scroll.evaluate("(one) => [one.clientHeight, one.scrollHeight]")
    assert room < 260 < whole


@pytest.mark.parametrize("tab", ["Vectors", "What if", "Attribution", "Picture"])
def test_a_tab_is_in_the_address_and_its_panel_in_sight(inspector: Inspector, tab: str) -> None:
    inspector.open(text="I saw a saw", layer=3, head=1, tab="attribution")
    inspector.tab(tab)
    panels = {
        "Vectors": inspector.page.get_by_role("img", name=re.compile("^Queries: ")),
        "What if": inspector.page.get_by_role("heading", name="Every head on its own"),
        "Attribution": inspector.page.get_by_role("group", name="Shown"),
        "Picture": inspector.heatmap,
    }
    for name, part in panels.items():
        if name == tab:
            expect(part).to_be_visible()
        elif name != "Picture":
            expect(part).to_be_hidden()
    inspector.page.reload()
    expect(inspector.page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    expect(panels[tab]).to_be_visible()


def test_a_model_that_says_nothing_has_no_tab_for_it(inspector: Inspector) -> None:
    inspector.open(text="I saw a saw", layer=3, head=1, tab="outputs")
    expect(inspector.page.get_by_role("tab", name="Model output")).to_have_count(0)
    expect(inspector.page.get_by_role("tab", name="Picture")).to_have_attribute(
        "aria-selected", "true"
    )


def test_every_head_is_tried_and_the_overview_sorts_by_it(
    inspector: Inspector, oracle: Oracle
) -> None:
    text = "I saw a saw"
    answer = oracle.post("/heads/ablations", text=text)
    inspector.open(text=text, layer=3, head=1, tab="what-if")
    inspector.page.get_by_role("button", name="Try every head").click()
    grid = inspector.page.get_by_role("grid", name="What each head does alone")
    expect(grid.get_by_role("gridcell")).to_have_count(72)
    best = max(answer["heads"], key=lambda one: abs(one["effect"]))
    said = inspector.page.get_by_text(f"Head {best['layer']}-{best['head']} does most")
    expect(said).to_be_visible()
    inspector.unfold("Sort, colour, compare")
    inspector.page.get_by_role("combobox", name="Sort by").select_option(label="Effect when off")
    expect(inspector.tiles.first).to_have_accessible_name(
        re.compile(rf"^Layer {best['layer']}, head {best['head']},")
    )
    expect(inspector.page).to_have_url(re.compile("heads=each"))


def test_the_glossary_is_a_click_away_and_gives_the_focus_back(inspector: Inspector) -> None:
    inspector.open()
    button = inspector.page.get_by_role("button", name="Glossary")
    button.click()
    dialog = inspector.page.get_by_role("dialog", name="Glossary")
    expect(dialog.get_by_role("term").filter(has_text="attention head")).to_be_visible()
    inspector.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_everything_of_the_open_head_is_seen_at_once(inspector: Inspector) -> None:
    inspector.page.set_viewport_size({"width": 1400, "height": 900})
    inspector.open()
    for part in (inspector.words, inspector.overview, inspector.heatmap):
        expect(part).to_be_in_viewport(ratio=0.97)
    height = inspector.settled().page.evaluate("() => document.documentElement.scrollHeight")
    assert height <= 2 * 900


def test_the_reference_has_its_examples_in_three_languages_and_runs_them(
    inspector: Inspector, oracle: Oracle
) -> None:
    page = inspector.page
    page.goto(f"{inspector.address}/api")
    section = page.locator("#cut_tokens")
    curl = section.get_by_role("group", name=re.compile("^curl:"))
    expect(curl).to_contain_text(f"{inspector.address}/api/v1/tokens".replace("//api", "/api"))
    page.get_by_role("group", name="Language of the examples").get_by_role(
        "button", name="Python"
    ).click()
    expect(curl).to_be_hidden()
    expect(section.get_by_role("group", name=re.compile("^Python:"))).to_contain_text(
        "import requests"
    )
    section.get_by_role("button", name="Run it here").click()
    expect(section.get_by_role("status")).to_contain_text("200 OK")
    expect(section.get_by_role("group", name=re.compile("^Answer:"))).to_contain_text('"count": ')
