"""Minimal pairs, as a person finds them: every number on screen is the API's."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.looks import PHONE, sideways, violations, violations_of_every_look
from tests.browser.numbers import weight_text
from tests.browser.oracle import Oracle, shows
from tests.browser.patience import place_of, settle
from tests.models.speaking import HEADS as SPEAKER_HEADS
from tests.models.speaking import LAYERS

ANIMAL = "The animal didn't cross the street because it was too"
TIRED, WIDE = f"{ANIMAL} tired.", f"{ANIMAL} wide."
GOOD, NOT_GOOD = "The film was good.", "The film was not good."
IT = 10  # its row
PICTURES = ("First text", "Second text", "Second − first")


class Pairs:
    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.page = page = inspector.page
        self.first = page.get_by_role("textbox", name="First text")
        self.second = page.get_by_role("textbox", name="Second text")
        self.read = page.get_by_role("button", name="Read", exact=True)
        self.model = page.get_by_role("combobox", name="Model")
        self.map = page.get_by_role("grid", name="Heads")
        self.ranking = page.get_by_role("region", name="Heads that moved").get_by_role("row")
        self.row = page.get_by_role("region", name="One row")
        self.bars = page.get_by_role("region", name="Weights of the row").get_by_role("row")
        self.words = page.get_by_role("toolbar", name="Words of both texts")
        self.alert = page.get_by_role("alert")

    def goto(self, **state: str) -> Pairs:
        fragment = f"#{urlencode(state)}" if state else ""
        self.page.goto(f"{self.inspector.address}/pairs{fragment}")
        return self

    def picture(self, title: str) -> Locator:
        return self.page.get_by_role("application", name=re.compile(f"^{title}, layer"))

    def shows_head(self, layer: int, head: int) -> None:
        """Wait until title and all three pictures are of that head."""
        title = re.compile(rf"^Layer {layer}, head {head}\b")
        expect(self.page.get_by_role("heading", name=title)).to_be_visible()
        for which in PICTURES:
            name = re.compile(rf"^{which}, layer {layer}, head {head}: ")
            expect(self.page.get_by_role("application", name=name)).to_be_visible()
        settle(self.page)

    def cell(self, layer: int, head: int) -> Locator:
        return self.map.get_by_role("gridcell", name=re.compile(f"^Layer {layer}, head {head}: "))

    def word(self, text: str) -> Locator:
        return self.words.get_by_role("button", name=text, exact=True)

    def ranked(self, answer: dict[str, Any], column: str) -> None:
        """Wait until the first heads of the list are the answer's, with its numbers."""
        for place, head in enumerate(answer["heads"][:8], 1):
            row = self.ranking.nth(place)
            expect(row).to_contain_text(f"{head['layer']}-{head['head']}")
            expect(row).to_contain_text(weight_text(head[column]))

    def has_bars(self, shown: dict[str, Any], row: int) -> None:
        """Wait until the bars are those of that row, in text order."""
        expect(self.bars).to_have_count(1 + len(shown["before"][row]))
        for col, sides in enumerate(zip(shown["before"][row], shown["after"][row], strict=True)):
            cells = self.bars.nth(1 + col).get_by_role("cell")
            for cell, value in enumerate(sides):
                expect(cells.nth(cell)).to_have_text("–" if value is None else f"{value:.3f}")

    def point(self, which: str, row: int, col: int, size: int) -> tuple[float, float]:
        """Where a cell of a picture stands in the window: its grid ends at the last label."""
        stage = self.picture(which)
        stage.focus()
        self.page.keyboard.press("ArrowDown")  # the cursor appears at the first cell
        cursor = stage.locator(".heatmap-cursor")
        expect(cursor).to_be_visible()
        box = place_of(cursor)
        self.page.keyboard.press("Escape")
        stage.evaluate("(element) => element.blur()")
        x = box["x"] + box["width"] * (col + 0.5)
        y = box["y"] + box["height"] * (row + 0.5)
        assert max(row, col) < size
        return x, y


@pytest.fixture
def pairs(inspector: Inspector) -> Pairs:
    return Pairs(inspector)


def ask(oracle: Oracle, text: str = TIRED, other: str = WIDE, **rest: Any) -> dict[str, Any]:
    return oracle.post("/pairs", text=text, other=other, **rest)


def best(answer: dict[str, Any]) -> dict[str, int]:
    head = answer["heads"][0]
    return {"layer": head["layer"], "head": head["head"]}


def test_the_page_opens_with_tired_and_wide_and_the_row_of_it(pairs: Pairs, oracle: Oracle) -> None:
    pairs.goto()
    expect(pairs.first).to_have_value(TIRED)
    expect(pairs.second).to_have_value(WIDE)
    answer = ask(oracle, query="it")
    place = best(answer)
    pairs.shows_head(**place)
    pairs.ranked(answer, "row_total_variation")
    expect(pairs.map.get_by_role("gridcell")).to_have_count(HEADS)
    expect(pairs.cell(**place)).to_have_attribute("aria-selected", "true")
    (shown,) = ask(oracle, query="it", show=[place])["shown"]
    pairs.has_bars(shown, IT)
    expect(pairs.row).to_contain_text(f"it (10) moved by {shown['total_variation'][IT]:.2f}")
    turn = answer["change"]["sentence_cosine_distance"]
    expect(pairs.page.get_by_text("Changed: “tired” to “wide”.")).to_contain_text(f"{turn:.3f}")
    assert "#" not in pairs.page.url


def test_a_cell_tells_both_numbers_and_the_change_to_pointer_and_keyboard(
    pairs: Pairs, oracle: Oracle
) -> None:
    pairs.goto(text=TIRED, other=WIDE, query="it", head="3-1")
    pairs.shows_head(3, 1)
    (shown,) = ask(oracle, show=[{"layer": 3, "head": 1}])["shown"]
    said = {name: shown[name][IT][2] for name in ("before", "after", "difference")}
    for which in PICTURES:
        pairs.page.mouse.move(*pairs.point(which, IT, 2, len(shown["total_variation"])))
        note = pairs.inspector.note("layer 3, head 1")
        expect(note).to_contain_text("it (10)")
        expect(note).to_contain_text("animal (2)")
        expect(note).to_contain_text(f"{said['before']:.4f}")
        expect(note).to_contain_text(f"{said['after']:.4f}")
        change = note.locator(".tooltip-value")
        expect(change).to_have_text(re.compile(r"^−0\.\d{4}$"))
        assert shows(change.inner_text(), said["difference"])
        pairs.page.mouse.move(5, 5)

    pairs.picture("Second text").focus()
    for key in ["Home"] + ["ArrowDown"] * IT + ["ArrowRight"] * 2:
        pairs.page.keyboard.press(key)
    told = f"query it (10), key animal (2), first {said['before']:.4f}"
    expect(pairs.page.locator(".figure-live").filter(has_text=told)).to_have_count(1)


def test_another_head_is_chosen_on_the_map_or_in_the_list(pairs: Pairs, oracle: Oracle) -> None:
    pairs.goto(text=TIRED, other=WIDE, query="it")
    answer = ask(oracle, query="it")
    pairs.shows_head(**best(answer))
    back = pairs.page.get_by_role("button", name="Back to the one that moved most")
    expect(back).to_be_hidden()
    pairs.cell(5, 7).click()
    pairs.shows_head(5, 7)
    (shown,) = ask(oracle, query="it", show=[{"layer": 5, "head": 7}])["shown"]
    pairs.has_bars(shown, IT)
    assert "head=encoder.5-7" in pairs.page.url
    second = answer["heads"][1]
    pairs.ranking.nth(2).get_by_role("button").click()
    pairs.shows_head(second["layer"], second["head"])
    back.click()
    pairs.shows_head(**best(answer))
    assert "head=" not in pairs.page.url

    pairs.cell(**best(answer)).focus()
    pairs.page.keyboard.press("ArrowRight")
    pairs.page.keyboard.press("Enter")
    pairs.shows_head(best(answer)["layer"], best(answer)["head"] + 1)
    pairs.page.go_back()
    pairs.shows_head(**best(answer))


def test_an_example_brings_its_texts_and_the_word_to_watch(pairs: Pairs, oracle: Oracle) -> None:
    pairs.goto()
    pairs.shows_head(**best(ask(oracle, query="it")))
    pairs.page.get_by_role("button", name="good / not good").click()
    expect(pairs.second).to_have_value(NOT_GOOD)
    answer = ask(oracle, GOOD, NOT_GOOD, query="film")
    pairs.ranked(answer, "row_total_variation")
    pairs.shows_head(**best(answer))
    (shown,) = ask(oracle, GOOD, NOT_GOOD, query="film", show=[best(answer)])["shown"]
    pairs.has_bars(shown, 2)
    expect(pairs.bars.nth(5)).to_contain_text("not (4, second text only)")
    expect(pairs.page.get_by_text("Changed: “not” added.")).to_be_visible()
    blank = "Rows and columns of one text alone are blank in the other."
    expect(pairs.page.get_by_text(blank)).to_be_visible()


def test_the_address_holds_all_that_is_chosen(pairs: Pairs, oracle: Oracle) -> None:
    pairs.goto()
    pairs.shows_head(**best(ask(oracle, query="it")))
    pairs.page.get_by_role("button", name="good / not good").click()
    answer = ask(oracle, GOOD, NOT_GOOD, query="film")
    pairs.shows_head(**best(answer))
    pairs.cell(4, 3).click()
    pairs.shows_head(4, 3)
    pairs.word("was").click()
    pairs.page.get_by_role("button", name="Words", exact=True).click()
    answer = ask(oracle, GOOD, NOT_GOOD, query="was", level="word")
    pairs.ranked(answer, "row_total_variation")
    pairs.page.reload()
    pairs.shows_head(4, 3)
    pairs.ranked(answer, "row_total_variation")
    expect(pairs.second).to_have_value(NOT_GOOD)
    expect(pairs.word("was")).to_have_attribute("aria-pressed", "true")
    pressed = pairs.page.get_by_role("button", name="Words", exact=True)
    expect(pressed).to_have_attribute("aria-pressed", "true")


def test_a_word_is_asked_about_by_a_click_on_it_or_on_its_row(pairs: Pairs, oracle: Oracle) -> None:
    pairs.goto(text=GOOD, other=NOT_GOOD)
    answer = ask(oracle, GOOD, NOT_GOOD)
    pairs.ranked(answer, "total_variation")
    pairs.shows_head(**best(answer))
    expect(pairs.row).to_contain_text("The row that moved most: ")
    pairs.word("film").click()
    pairs.ranked(ask(oracle, GOOD, NOT_GOOD, query="film"), "row_total_variation")
    assert "query=film" in pairs.page.url
    pairs.page.get_by_role("button", name="Rank by all rows").click()
    pairs.ranked(answer, "total_variation")
    pairs.shows_head(**best(answer))
    pairs.page.mouse.click(*pairs.point("First text", 3, 0, len(answer["alignment"])))
    expect(pairs.word("was")).to_have_attribute("aria-pressed", "true")
    pairs.ranked(ask(oracle, GOOD, NOT_GOOD, query="was"), "row_total_variation")


def test_a_word_that_one_text_has_alone_cannot_be_asked_about(pairs: Pairs) -> None:
    pairs.goto(text=NOT_GOOD, other=GOOD)
    expect(pairs.word("not")).to_be_disabled()
    expect(pairs.word("good")).to_be_enabled()


@pytest.mark.refused(422)
def test_what_differs_is_marked_while_one_types_and_two_places_are_told(
    pairs: Pairs, oracle: Oracle
) -> None:
    pairs.goto(text=TIRED, other=WIDE, query="it")
    pairs.shows_head(**best(ask(oracle, query="it")))
    marks = pairs.page.locator("mark")
    expect(marks).to_have_text(["tired", "wide"])
    two = TIRED.replace("animal", "dog").replace("tired", "old")
    pairs.second.fill(two)
    expect(marks).to_have_text(["animal", "tired", "dog", "old"])
    pairs.read.click()
    refusal = oracle.refusal("/pairs", text=TIRED, other=two)
    assert "2 places" in refusal
    expect(pairs.alert).to_contain_text(refusal, ignore_case=True)
    expect(pairs.second).to_have_value(two)
    expect(pairs.map).to_be_hidden()

    pairs.second.fill(TIRED.replace("animal", "dog"))
    pairs.second.press("Enter")
    expect(pairs.alert).to_have_count(0)
    answer = ask(oracle, TIRED, TIRED.replace("animal", "dog"), query="it")
    pairs.ranked(answer, "row_total_variation")
    pairs.shows_head(**best(answer))


def test_the_same_text_twice_waits_for_a_change_and_nothing_is_lost(pairs: Pairs) -> None:
    pairs.goto(text=TIRED, other=TIRED)
    expect(pairs.page.get_by_text("Now change one place of the second text")).to_be_visible()
    expect(pairs.first).to_have_value(TIRED)
    expect(pairs.alert).to_have_count(0)


@pytest.mark.refused(0)
def test_a_head_that_does_not_come_is_told_and_asked_for_again(
    pairs: Pairs, oracle: Oracle
) -> None:
    pairs.goto(text=TIRED, other=WIDE, query="it")
    pairs.shows_head(**best(ask(oracle, query="it")))
    with pairs.inspector.unanswered("**/api/v1/pairs"):
        pairs.cell(5, 7).click()
        expect(pairs.alert).to_contain_text("The server did not answer")
        expect(pairs.picture("First text")).to_be_hidden()
    pairs.page.get_by_role("button", name="Try again").click()
    pairs.shows_head(5, 7)
    expect(pairs.alert).to_have_count(0)


def test_either_text_opens_in_the_inspector_at_the_same_head(
    pairs: Pairs, inspector: Inspector
) -> None:
    pairs.goto(text=GOOD, other=NOT_GOOD, query="good", head="3-1")
    pairs.shows_head(3, 1)
    links = [f"{which} text in the inspector" for which in ("First", "Second")]
    fragments = []
    for name in links:
        href = pairs.page.get_by_role("link", name=name).get_attribute("href")
        fragments.append(parse_qs(urlparse(href or "").fragment))
    assert [fragment["text"] for fragment in fragments] == [[GOOD], [NOT_GOOD]]
    assert [fragment["pin"] for fragment in fragments] == [["query-4"], ["query-5"]]
    pairs.page.get_by_role("link", name=links[1]).click()
    inspector.stand()
    inspector.shows_head(3, 1)
    expect(inspector.text).to_have_value(NOT_GOOD)


def test_another_model_says_what_it_makes_of_both_texts(pairs: Pairs, oracle: Oracle) -> None:
    texts = "the cat saw its words", "the law saw its words"
    pairs.goto(text=texts[0], other=texts[1], query="saw")
    pairs.ranked(ask(oracle, *texts, query="saw"), "row_total_variation")
    pairs.model.select_option("speaker")
    expect(pairs.map.get_by_role("gridcell")).to_have_count(LAYERS * SPEAKER_HEADS)
    answer = ask(oracle, *texts, model="speaker", query="saw")
    pairs.ranked(answer, "row_total_variation")
    assert "model=speaker" in pairs.page.url
    said = pairs.page.get_by_role("region", name="What the model says").get_by_role("row")
    outputs, (line,) = answer["outputs"], answer["outputs"]["before"]["antecedents"]
    first = answer["words"][line["to"]]["text"]
    (other,) = outputs["after"]["antecedents"]
    second = answer["other_words"][other["to"]]["text"]
    row = said.filter(has_text="refers to")
    expect(row).to_contain_text(f"{first} {weight_text(line['value'])}")
    expect(row).to_contain_text(f"{second} {weight_text(other['value'])}")


def test_a_translator_s_kinds_of_attention_each_have_their_map(
    pairs: Pairs, oracle: Oracle
) -> None:
    texts = {"text": "once upon a time", "other": "once upon a dog", "model": "tiny-bart"}
    pairs.goto(**texts, head="cross.1-2")
    grids = pairs.page.get_by_role("grid", name=re.compile("^Heads, .* attention$"))
    expect(grids).to_have_count(3)
    pairs.shows_head(1, 2)
    show = [{"kind": "cross", "layer": 1, "head": 2}]
    answer = oracle.post("/pairs", **texts, show=show)
    (shown,) = answer["shown"]
    name = f"{len(answer['target_tokens'])} queries down, {len(answer['alignment'])} keys across"
    expect(pairs.picture("Second − first")).to_have_accessible_name(re.compile(name))
    row = max(range(len(shown["total_variation"])), key=lambda at: shown["total_variation"][at])
    pairs.has_bars(shown, row)


def test_a_long_text_is_drawn_small_and_its_row_cut_to_what_counts(
    pairs: Pairs, oracle: Oracle
) -> None:
    text = " ".join(["law and order"] * 160)
    pairs.goto(text=f"{text} one", other=f"{text} two", query="one", head="2-3")
    pairs.shows_head(2, 3)
    expect(pairs.page.get_by_text("Each dot stands for the strongest of")).to_be_visible()
    expect(pairs.bars).to_have_count(1 + 24 + 1)
    count = len(ask(oracle, f"{text} one", f"{text} two")["alignment"])
    expect(pairs.bars.last).to_contain_text(f"{count - 24} more keys, together")


def test_axe_finds_no_violation_on_the_page_of_pairs(pairs: Pairs) -> None:
    pairs.goto(text=GOOD, other=NOT_GOOD, query="film", model="small")
    expect(pairs.page.get_by_role("region", name="What the model says")).to_be_visible()
    expect(pairs.picture("First text")).to_be_visible()
    settle(pairs.page)
    assert violations_of_every_look(pairs.inspector) == []


@pytest.mark.refused(422)
def test_axe_finds_no_violation_where_a_pair_is_refused(pairs: Pairs) -> None:
    pairs.goto(text=TIRED, other=TIRED.replace("animal", "dog").replace("tired", "old"))
    expect(pairs.alert).to_be_visible()
    assert violations(pairs.inspector) == []


def test_on_a_phone_everything_fits_the_width(visit: Callable[..., Inspector]) -> None:
    inspector = visit(**PHONE)
    pairs = Pairs(inspector).goto(text=TIRED, other=WIDE, query="it", head="3-1")
    pairs.shows_head(3, 1)
    assert sideways(inspector) == 0
