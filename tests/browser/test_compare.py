"""Two models on one sentence, side by side, as a person finds them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.looks import PHONE, sideways, violations_of_every_look
from tests.browser.numbers import weight_text
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import settle
from tests.models.speaking import HEADS as SPEAKER_HEADS
from tests.models.speaking import LAYERS, TEXT

STATE = {"text": TEXT, "query": "its", "key": "law", "first": "speaker", "second": "bert"}
SIDES = {"First": "speaker", "Second": "bert"}
DEFAULT_PAIR = {"First": "small", "Second": "bert"}


class Comparison:
    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.page = inspector.page

    def goto(self, **state: str) -> Comparison:
        self.page.goto(f"{self.inspector.address}/compare#{urlencode({**STATE, **state})}")
        return self

    def side(self, which: str) -> Locator:
        return self.page.get_by_role("region", name=f"{which} of the two")

    def ranking(self, which: str) -> Locator:
        return self.side(which).get_by_role("region", name=re.compile("^Ranked heads"))

    def links(self, which: str) -> Locator:
        return self.side(which).get_by_role("img", name=re.compile("^Token links of"))

    def shows(self, which: str, layer: int, head: int, picture: str = "img") -> None:
        title = self.side(which).get_by_role("heading", name=f"Layer {layer}, head {head}")
        expect(title).to_be_visible()
        name = re.compile(rf"^(Token links|Heatmap) of layer {layer} head {head}\b")
        expect(self.side(which).get_by_role(picture, name=name).first).to_be_visible()

    def stand(self) -> Comparison:
        """Wait until each side has its heads, and one of them is drawn.

        The picture is pale while its numbers are awaited; it has its head's name once it is drawn.
        """
        for which, count in {"First": LAYERS * SPEAKER_HEADS, "Second": HEADS}.items():
            expect(self.side(which).get_by_role("gridcell")).to_have_count(count)
            expect(self.links(which)).to_be_visible()
        settle(self.page)
        return self


@pytest.fixture
def comparison(inspector: Inspector) -> Comparison:
    return Comparison(inspector)


def test_both_rankings_are_of_the_same_link_and_both_best_heads_are_open(
    comparison: Comparison, oracle: Oracle
) -> None:
    comparison.goto().stand()
    for which, model in SIDES.items():
        heads = oracle.search("its", "law", text=TEXT, model=model)["heads"]
        rows = comparison.ranking(which).get_by_role("row")
        expect(rows.nth(1)).to_be_visible()
        for row, head in zip(rows.all()[1:], heads, strict=False):
            expect(row).to_contain_text(f"{head['layer']}-{head['head']}")
            expect(row).to_contain_text(weight_text(head["weight"]))
        comparison.shows(which, heads[0]["layer"], heads[0]["head"])


def test_another_head_is_chosen_by_a_click_and_the_best_is_one_click_away(
    comparison: Comparison, oracle: Oracle
) -> None:
    comparison.goto().stand()
    best = oracle.search("its", "law", text=TEXT, model="bert")["heads"][0]
    side = comparison.side("Second")
    side.get_by_role("gridcell", name="Layer 5, head 7").click()
    comparison.shows("Second", 5, 7)
    expect(comparison.page).to_have_url(re.compile("head2=5-7"))
    side.get_by_role("button", name="Back to the best").click()
    comparison.shows("Second", best["layer"], best["head"])
    expect(comparison.page).not_to_have_url(re.compile("head2"))
    comparison.ranking("Second").get_by_role("button").nth(2).click()
    expect(side.get_by_role("button", name="Back to the best")).to_be_visible()


def test_the_address_holds_all_that_is_chosen(comparison: Comparison) -> None:
    comparison.goto(head1="0-1", head2="4-3", picture="pattern")
    comparison.shows("First", 0, 1, "application")
    comparison.shows("Second", 4, 3, "application")
    comparison.page.get_by_role("button", name="Links", exact=True).click()
    comparison.shows("First", 0, 1)
    comparison.page.reload()
    comparison.shows("Second", 4, 3)


def test_each_side_leads_to_its_head_in_the_inspector(
    comparison: Comparison, inspector: Inspector
) -> None:
    comparison.goto(head1="1-2", head2="4-3")
    comparison.shows("First", 1, 2)
    comparison.shows("Second", 4, 3)
    link = comparison.side("First").get_by_role("link", name="Open in the inspector")
    expect(link).to_have_attribute("href", re.compile("layer=1"))
    state = parse_qs(urlparse(link.get_attribute("href") or "").fragment)
    assert state["model"] == ["speaker"]
    assert (state["layer"], state["head"], state["text"]) == (["1"], ["2"], [TEXT])
    comparison.side("Second").get_by_role("link", name="Open in the inspector").click()
    inspector.stand()
    inspector.shows_head(4, 3)
    expect(inspector.query_word).to_have_value("its")


def test_a_text_that_is_typed_is_read_by_both_and_two_words_are_picked(
    comparison: Comparison, oracle: Oracle
) -> None:
    comparison.goto().stand()
    text = "the cat saw its words"
    comparison.page.get_by_role("textbox", name="Text", exact=True).fill(text)
    comparison.page.get_by_role("button", name="Read", exact=True).click()
    words = comparison.page.get_by_role("toolbar", name="Words of the text")
    expect(words.get_by_role("button")).to_have_text(text.split())
    words.get_by_role("button", name="its").click()
    words.get_by_role("button", name="cat").click()
    for which, model in SIDES.items():
        best = oracle.search("its", "cat", text=text, model=model)["heads"][0]
        comparison.shows(which, best["layer"], best["head"])
        row = comparison.ranking(which).get_by_role("row").nth(1)
        expect(row).to_contain_text(weight_text(best["weight"]))


def test_another_model_takes_a_side(comparison: Comparison, oracle: Oracle) -> None:
    comparison.goto().stand()
    comparison.side("First").get_by_role("combobox").select_option("bert")
    best = oracle.search("its", "law", text=TEXT, model="bert")["heads"][0]
    comparison.shows("First", best["layer"], best["head"])
    expect(comparison.page).to_have_url(re.compile("first=bert"))


@pytest.mark.refused(422)
def test_a_model_that_cannot_read_the_text_says_so_and_the_other_reads_it(
    comparison: Comparison, oracle: Oracle
) -> None:
    long = " ".join(["law"] * 80)
    comparison.goto(text=long, query="", key="")
    refusal = oracle.refusal("/overview", model="speaker", text=long)
    expect(comparison.side("First").get_by_role("alert")).to_contain_text(refusal, ignore_case=True)
    expect(comparison.side("Second").get_by_role("gridcell")).to_have_count(HEADS)


def test_the_default_pair_is_small_beside_bert_each_with_its_own_best_head(
    comparison: Comparison, oracle: Oracle
) -> None:
    comparison.page.goto(f"{comparison.inspector.address}/compare")
    for which, model in DEFAULT_PAIR.items():
        side = comparison.side(which)
        expect(side.get_by_role("combobox")).to_have_value(model)
        expect(comparison.links(which)).to_be_visible()
        shape = oracle.model(model)  # the model has read a text by now: its shape is known
        expect(side.get_by_role("gridcell")).to_have_count(shape["layers"] * shape["heads"])
        (best, *_) = oracle.search("its", "Law", model=model)["heads"]
        comparison.shows(which, best["layer"], best["head"])
        row = comparison.ranking(which).get_by_role("row").nth(1)
        expect(row).to_contain_text(f"{best['layer']}-{best['head']}")
        expect(row).to_contain_text(weight_text(best["weight"]))


@pytest.mark.refused(0)
def test_a_head_that_does_not_come_is_told_and_asked_for_again(comparison: Comparison) -> None:
    comparison.goto().stand()
    side = comparison.side("Second")
    with comparison.inspector.unanswered("**/api/v1/attention"):
        side.get_by_role("gridcell", name="Layer 5, head 7").click()
        expect(side.get_by_role("alert")).to_be_visible()
        expect(comparison.links("Second")).to_be_hidden()
    side.get_by_role("button", name="Try again").click()
    comparison.shows("Second", 5, 7)
    expect(side.get_by_role("alert")).to_have_count(0)


def test_axe_finds_no_violation_in_the_comparison(
    comparison: Comparison, inspector: Inspector
) -> None:
    comparison.goto().stand()
    assert violations_of_every_look(inspector) == []
    inspector.page.get_by_role("button", name="Pattern", exact=True).click()
    expect(inspector.heatmap).to_have_count(len(SIDES))
    assert violations_of_every_look(inspector) == []


def test_on_a_phone_the_sides_stand_one_under_the_other(visit: Callable[..., Inspector]) -> None:
    inspector = visit(**PHONE)
    comparison = Comparison(inspector).goto(text=LAW).stand()
    first, second = (comparison.side(which).bounding_box() for which in SIDES)
    assert first is not None
    assert second is not None
    assert second["y"] >= first["y"] + first["height"]
    assert sideways(inspector) == 0


def test_every_page_to_explore_leads_to_the_comparison(comparison: Comparison) -> None:
    for path in ("/", "/pairs"):
        comparison.page.goto(comparison.inspector.address + path)
        link = comparison.page.get_by_role("link", name="Two models", exact=True)
        expect(link).to_have_attribute("href", re.compile("^/compare(#|$)"))


def test_the_inspector_hands_its_text_and_link_over(
    comparison: Comparison, inspector: Inspector
) -> None:
    inspector.open(text=TEXT, query="its", key="law", layer=2, head=3)
    link = comparison.page.get_by_role("link", name="Two models", exact=True)
    expect(link).to_have_attribute("href", re.compile("key=law"))
    address = urlparse(link.get_attribute("href") or "")
    assert address.path == "/compare"
    assert parse_qs(address.fragment) == {
        "v": ["1"],
        "text": [TEXT],
        "query": ["its"],
        "key": ["law"],
        "head2": ["2-3"],
    }
