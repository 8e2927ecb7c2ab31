"""What a reader has in hand goes with them from page to page, and a search opens what it found."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.inspector import Inspector
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import settle

TEXT = "The old clock stopped because its spring had broken."
SITE = {"Explore": "/", "Learn": "/learn", "Findings": "/claims", "API": "/api"}


def follow(page: Page, name: str, *, among: str = "Site") -> None:
    page.get_by_role("navigation", name=among).get_by_role("link", name=name, exact=True).click()
    page.wait_for_load_state()


def fragment(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).fragment).items()}


def test_the_masthead_has_four_ways_and_explore_has_three_pages(inspector: Inspector) -> None:
    inspector.open()
    page = inspector.page
    links = page.get_by_role("navigation", name="Site").get_by_role("link")
    expect(links).to_have_text(list(SITE))
    assert [urlsplit(link.get_attribute("href") or "").path for link in links.all()] == list(
        SITE.values()
    )
    explore = page.get_by_role("navigation", name="Explore").get_by_role("link")
    expect(explore).to_have_text(["One model", "Two models", "Two sentences"])
    expect(links.first).to_have_attribute("aria-current", "page")
    follow(page, "Two models", among="Explore")
    expect(links.first).to_have_attribute("aria-current", "true")
    expect(explore.nth(1)).to_have_attribute("aria-current", "page")


def test_the_sentence_survives_a_visit_to_every_page_and_back(inspector: Inspector) -> None:
    inspector.open(text=TEXT, layer=4, head=11, query="its", key="clock")
    page = inspector.page
    box = page.get_by_role("textbox", name="Text", exact=True)
    follow(page, "Learn")
    follow(page, "A walk through one head", among="Learn")
    expect(box).to_have_value(TEXT)
    expect(page.get_by_role("button", name=re.compile("^its, "))).to_have_attribute(
        "aria-pressed", "true"
    )
    follow(page, "Findings")
    follow(page, "API")
    follow(page, "Explore")
    inspector.stand()
    inspector.shows_head(4, 11)
    expect(inspector.text).to_have_value(TEXT)
    expect(inspector.query_word).to_have_value("its")
    expect(inspector.key_word).to_have_value("clock")


def test_two_models_and_two_sentences_take_the_text_the_head_and_the_link(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open(text=TEXT, layer=4, head=11, query="its", key="clock")
    page = inspector.page
    follow(page, "Two models", among="Explore")
    expect(page.get_by_role("textbox", name="Text", exact=True)).to_have_value(TEXT)
    expect(page.get_by_role("textbox", name="Word that looks")).to_have_value("its")
    second = page.get_by_role("region", name="Second of the two")
    expect(second.get_by_role("heading", level=3)).to_have_text("Layer 4, head 11")
    follow(page, "Two sentences", among="Explore")
    expect(page.get_by_role("textbox", name="First text")).to_have_value(TEXT)
    second = page.get_by_role("textbox", name="Second text")
    expect(second).to_have_value(TEXT)
    expect(page.get_by_text("Now change one place of the second text")).to_be_visible()
    second.fill(TEXT.replace("spring", "battery"))
    second.press("Enter")
    expect(page.get_by_text("Changed: “spring” to “battery”.")).to_be_visible()
    assert fragment(page)["query"] == "its"


def test_another_text_on_one_page_is_the_text_of_all(visit: Callable[..., Inspector]) -> None:
    inspector = visit().open(text=LAW, layer=3, head=1, query="its", key="Law")
    page = inspector.page
    follow(page, "Learn")
    follow(page, "A walk through one head", among="Learn")
    box = page.get_by_role("textbox", name="Text", exact=True)
    box.fill(TEXT)
    box.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^spring, "))).to_be_visible()
    follow(page, "Explore")
    inspector.stand()
    expect(inspector.text).to_have_value(TEXT)
    inspector.shows_head(3, 1)
    expect(inspector.query_word).to_have_value("")


def test_a_search_opens_its_winner_pins_the_query_and_rings_the_cell(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open(text=LAW, layer=3, head=1)
    inspector.query_word.fill("application")
    inspector.query_word.press("Tab")
    inspector.key_word.fill("Law")
    inspector.key_word.press("Enter")
    found = oracle.search("application", "Law")
    best = found["heads"][0]
    inspector.shows_head(best["layer"], best["head"])
    query, key = found["query"]["tokens"][0], found["key"]["tokens"][0]
    expect(inspector.token("query", query)).to_have_attribute("aria-pressed", "true")
    settle(inspector.page)
    said = fragment(inspector.page)
    assert (said["cell"], said["pin"]) == (f"{query}-{key}", f"query-{query}")
    expect(inspector.step("Compare query and key, dimension by dimension")).to_be_visible()
    ranked = [inspector.tile(head["layer"], head["head"]) for head in found["heads"][:3]]
    for place, tile in enumerate(ranked, start=1):
        expect(tile).to_have_attribute("data-rank", str(place))
    expect(inspector.overview.locator("[data-rank]")).to_have_count(3)
    # One step back, and the head that was open before is open again.
    inspector.page.go_back()
    inspector.shows_head(3, 1)


def test_a_link_that_names_a_head_opens_that_head_whoever_wins_its_search(
    inspector: Inspector,
) -> None:
    inspector.open(text=LAW, layer=1, head=2, query="its", key="Law")
    inspector.shows_head(1, 2)


def test_an_address_with_a_link_and_no_head_opens_the_best(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open(text=LAW, query="application", key="Law")
    best = oracle.search("application", "Law")["heads"][0]
    inspector.shows_head(best["layer"], best["head"])


def test_enter_reads_and_shift_enter_breaks_the_line(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=3, head=1)
    inspector.edit()
    inspector.text.fill("The cat")
    ahead = inspector.page.get_by_text("Still shown: “The Law will never be perfect, but its…”.")
    expect(ahead).to_be_visible()
    inspector.text.press("Shift+Enter")
    inspector.text.press_sequentially("sat")
    expect(inspector.text).to_have_value("The cat\nsat")
    inspector.text.press("Enter")
    expect(inspector.tokens("query")).to_have_text(["[CLS]", "The", "cat", "sat", "[SEP]"])
    expect(ahead).to_have_count(0)


def test_a_chinese_example_opens_in_the_model_that_reads_chinese(
    visit: Callable[..., Inspector],
) -> None:
    inspector = visit()
    inspector.open()
    inspector.examples.get_by_role("button", name="苹果很好吃").click()
    expect(inspector.tiles).to_have_count(16)
    inspector.stand(heads=16)
    assert fragment(inspector.page)["model"] == "small"


def test_a_text_that_the_model_does_not_know_says_so_and_offers_one_that_does(
    visit: Callable[..., Inspector], oracle: Oracle
) -> None:
    text = "苹果很好吃，我买了三斤。"
    pieces = [each["piece"] for each in oracle.post("/tokens", text=text)["tokens"]]
    unknown, own = pieces.count("[UNK]"), len(pieces) - 2
    assert unknown * 4 > own
    inspector = visit()
    inspector.open(text=text, layer=3, head=1)
    notice = inspector.page.get_by_role("status").filter(has_text="does not know")
    expect(notice).to_contain_text(f"{unknown} of the {own} tokens of this text: each is [UNK]")
    notice.get_by_role("button", name=re.compile("^Read it with Small")).click()
    inspector.stand(heads=16)
    expect(notice).to_have_count(0)
    assert fragment(inspector.page)["model"] == "small"
    assert "[UNK]" not in {
        each["piece"] for each in oracle.post("/tokens", text=text, model="small")["tokens"]
    }


def test_a_lesson_opens_on_the_sentence_and_its_own_goes_back(inspector: Inspector) -> None:
    inspector.open(text=TEXT, layer=4, head=11)
    page = inspector.page
    box = page.get_by_role("textbox", name="Text", exact=True)
    follow(page, "Learn")
    page.get_by_role("link", name="Who may look at whom?").click()
    expect(box).to_have_value(TEXT)
    follow(page, "Learn")
    page.get_by_role("link", name="I saw a saw").click()
    expect(box).to_have_value("I saw a saw .")  # its questions are about that one
    box.fill("They fish for fish.")
    box.press("Enter")
    expect(page).to_have_url(re.compile("text=They"))
    follow(page, "Explore")
    expect(inspector.text).to_have_value("They fish for fish.")
