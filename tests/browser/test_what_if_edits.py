"""Edits: how they are made, changed, undone and linked to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.inspector import Inspector
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import place_of
from tests.browser.tray import Tray, centre, what_if

OFF = {"do": "zero_ablation", "layer": 3, "heads": [1]}


@pytest.fixture
def tray(inspector: Inspector) -> Tray:
    return Tray(inspector)


def test_a_head_is_dragged_from_the_overview_into_the_tray(tray: Tray, oracle: Oracle) -> None:
    tray.open(tab="picture")
    dock = tray.page.get_by_text("Drop here to switch off layer 2, head 4")
    expect(dock).to_be_hidden()
    x, y = centre(place_of(tray.inspector.tile(2, 4)))
    tray.page.mouse.move(x, y)
    tray.page.mouse.down()
    tray.page.mouse.move(x + 9, y + 9, steps=3)
    expect(dock).to_be_visible()
    tray.page.mouse.move(*centre(place_of(dock)), steps=3)
    tray.page.mouse.up()
    expect(dock).to_be_hidden()
    tray.expect_address("zero_ablation.2.4")
    # The dock says what came of it, wherever the page is, and leads there.
    said = tray.page.get_by_text(re.compile(r"^What if: 1 edit · the sentence turns by 0\.\d+"))
    expect(said).to_be_visible()
    tray.page.get_by_role("button", name="Show", exact=True).click()
    expect(tray.title).to_be_focused()
    expect(said).to_be_hidden()
    tray.shows(what_if(oracle, {"do": "zero_ablation", "layer": 2, "heads": [4]}))


def test_a_head_dropped_onto_an_edit_of_its_layer_joins_it(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.3.7")
    tray.drag(tray.inspector.title, tray.card(1))
    expect(tray.card(1)).to_have_accessible_name("Edit 1: switch off, layer 3, heads 1, 7")
    tray.expect_address("zero_ablation.3.7-1")
    tray.shows(what_if(oracle, {**OFF, "heads": [7, 1]}))
    # Of another layer it is an edit of its own.
    tray.inspector.tile(4, 0).click()
    tray.inspector.shows_head(4, 0)
    tray.drag(tray.inspector.title, tray.card(1))
    tray.expect_address("zero_ablation.3.7-1", "zero_ablation.4.0")


def test_going_back_undoes_an_edit_and_reset_takes_all_out(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.3.1")
    tray.card(1).get_by_label("What").select_option("mean_ablation")
    tray.expect_address("mean_ablation.3.1")
    tray.add.click()
    tray.expect_address("mean_ablation.3.1", "zero_ablation.3.1")
    tray.page.go_back()
    tray.expect_address("mean_ablation.3.1")
    tray.page.go_back()
    tray.shows(what_if(oracle, OFF))
    expect(tray.cards).to_have_count(1)
    tray.reset.click()
    tray.expect_address()
    expect(tray.cards).to_have_count(0)
    expect(tray.verdict).to_be_hidden()
    expect(tray.section).to_contain_text("Drag a head here")


def test_a_click_cuts_a_link_and_another_mends_it(tray: Tray, oracle: Oracle) -> None:
    tray.open()
    tray.inspector.unfold("Display")
    tray.cutting.check()
    expect(tray.page.get_by_text("click a link to cut it, or to mend it")).to_have_count(2)
    tray.page.mouse.click(*tray.inspector.point(9, 2, 27, 27))
    tray.expect_address("cut.3.1.q9.k2")
    cut = {"do": "cut", "layer": 3, "heads": [1], "query_pos": [9], "key_pos": [2]}
    tray.shows(what_if(oracle, cut))
    expect(tray.card(1)).to_contain_text(re.compile(r"its.? \(9\) → .?Law.? \(2\)"))
    expect(tray.inspector.close_cell).to_have_count(0)  # a click opens no arithmetic meanwhile
    tray.page.mouse.click(*tray.inspector.point(9, 10, 27, 27))
    tray.expect_address("cut.3.1.q9.k2-10")
    tray.page.mouse.click(*tray.inspector.point(9, 2, 27, 27))
    tray.page.mouse.click(*tray.inspector.point(9, 10, 27, 27))
    tray.expect_address()
    tray.cutting.uncheck()
    tray.page.mouse.click(*tray.inspector.point(9, 2, 27, 27))
    expect(tray.inspector.close_cell).to_be_visible()


def test_links_are_cut_by_the_keyboard_too(tray: Tray) -> None:
    tray.open()
    tray.inspector.unfold("Display")
    tray.cutting.focus()
    tray.page.keyboard.press("Space")
    tray.inspector.heatmap.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):  # the first one brings the cursor
        tray.page.keyboard.press(key)
    tray.page.keyboard.press("Enter")
    tray.expect_address("cut.3.1.q1.k1")
    expect(tray.inspector.heatmap).to_be_focused()
    tray.page.keyboard.press("Enter")
    tray.expect_address()


def test_the_link_of_the_open_cell_is_cut_by_its_own_button(tray: Tray) -> None:
    tray.open(cell="9-2")
    tray.page.get_by_role("button", name="Cut this link").click()
    tray.expect_address("cut.3.1.q9.k2")
    tray.page.get_by_role("button", name="Mend this link").click()
    tray.expect_address()


def test_between_words_a_cut_takes_every_link_of_their_tokens(tray: Tray, oracle: Oracle) -> None:
    text = "Tokenizers hyphenate"
    words = oracle.post("/tokens", text=text)["words"]
    query, key = words[1]["tokens"], words[2]["tokens"]
    assert len(query) > 1
    tray.open(text=text, level="word")
    tray.inspector.unfold("Display")
    tray.cutting.check()
    tray.page.mouse.click(*tray.inspector.point(1, 2, 4, 4))
    tray.expect_address(f"cut.3.1.q{'-'.join(map(str, query))}.k{'-'.join(map(str, key))}")
    expect(tray.section).to_contain_text("Edits are of tokens")


def test_links_to_keep_are_picked_in_the_picture(tray: Tray, oracle: Oracle) -> None:
    tray.open("only_along.3.1.e9-2")
    tray.card(1).get_by_role("button", name="Pick in the pictures").click()
    tray.page.mouse.click(*tray.inspector.point(9, 10, 27, 27))
    tray.expect_address("only_along.3.1.e9-2_9-10")
    edges = [[9, 2], [9, 10]]
    tray.shows(what_if(oracle, {"do": "only_along", "layer": 3, "heads": [1], "edges": edges}))
    tray.card(1).get_by_role("button", name="Done picking").click()
    expect(tray.card(1).get_by_role("button", name="Pick in the pictures")).to_be_visible()


def test_a_reload_restores_every_kind_of_edit(tray: Tray, oracle: Oracle) -> None:
    edits = {
        "temperature.0.2.x0.5": {"do": "temperature", "layer": 0, "heads": [2], "value": 0.5},
        "unscaled.0.3": {"do": "unscaled", "layer": 0, "heads": [3]},
        "window.1.*.w3": {"do": "window", "layer": 1, "width": 3},
        "renormalise.2.1.relu": {"do": "renormalise", "layer": 2, "heads": [1], "by": "relu"},
        "set_pattern.3.1.q9.k2.x0.25.keep": {
            "do": "set_pattern",
            "layer": 3,
            "heads": [1],
            "query_pos": [9],
            "key_pos": [2],
            "weight": 0.25,
            "renormalise": False,
        },
        "mean_ablation.4.0.q5-6": {
            "do": "mean_ablation",
            "layer": 4,
            "heads": [0],
            "query_pos": [5, 6],
        },
        f"activation_patch.4.1.s{LAW.replace('perfect', 'useful')}": {
            "do": "activation_patch",
            "layer": 4,
            "heads": [1],
            "text": LAW.replace("perfect", "useful"),
        },
    }
    tray.open(*edits)
    answer = what_if(oracle, *edits.values())
    tray.shows(answer)
    tray.page.reload()
    tray.inspector.stand()
    expect(tray.cards).to_have_count(len(edits))
    tray.shows(answer)
    tray.expect_address(*edits)


def test_an_edit_that_is_not_applied_stays_and_changes_nothing(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.3.1", "zero_ablation.2.4")
    tray.card(2).get_by_role("switch", name="Applied").uncheck()
    tray.expect_address("zero_ablation.3.1", "-zero_ablation.2.4")
    tray.shows(what_if(oracle, OFF))
    tray.card(1).get_by_role("switch", name="Applied").uncheck()
    expect(tray.waiting).to_be_visible()
    expect(tray.verdict).to_be_hidden()


def test_edits_are_moved_and_removed_by_the_keyboard(tray: Tray) -> None:
    tray.open("zero_ablation.3.1", "zero_ablation.2.4", "zero_ablation.1.0")
    expect(tray.section).to_contain_text("scores, mask, normaliser, links, z")
    tray.card(1).get_by_role("button", name="Move down").press("Enter")
    tray.expect_address("zero_ablation.2.4", "zero_ablation.3.1", "zero_ablation.1.0")
    expect(tray.card(2).get_by_role("button", name="Move down")).to_be_focused()
    tray.page.keyboard.press("Enter")
    tray.expect_address("zero_ablation.2.4", "zero_ablation.1.0", "zero_ablation.3.1")
    tray.card(3).get_by_role("button", name="Remove").press("Enter")
    expect(tray.card(2).get_by_role("button", name="Remove")).to_be_focused()
    tray.page.keyboard.press("Enter")
    expect(tray.card(1).get_by_role("button", name="Remove")).to_be_focused()
    tray.page.keyboard.press("Enter")
    tray.expect_address()
    expect(tray.title).to_be_focused()


def test_presses_that_come_within_one_frame_each_meet_what_the_one_before_has_changed(
    tray: Tray,
) -> None:
    tray.open("zero_ablation.3.1", "zero_ablation.2.4", "zero_ablation.1.0")
    tray.section.evaluate(
        """(section) => {
          const press = (name, at) => {
            const button = section.querySelectorAll(`button[aria-label="${name}"]`)[at];
            button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
            button.click();
          };
          press('Move down', 0);
          press('Remove', 2);
          press('Remove', 1);
        }"""
    )
    tray.expect_address("zero_ablation.2.4")
    expect(tray.cards).to_have_count(1)


def test_what_is_no_edit_in_the_address_is_told_and_left_out(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.3.1", "explode.3.1", "temperature.3.1.xhot")
    expect(tray.alert).to_have_text(
        re.compile("2 edits in the link cannot be read and were left out: explode.3.1, temp")
    )
    tray.shows(what_if(oracle, OFF))
    tray.section.get_by_role("button", name="Dismiss").click()
    expect(tray.alert).to_have_count(0)
    tray.expect_address("zero_ablation.3.1")


@pytest.mark.refused(422)
@pytest.mark.parametrize(
    ("written", "edit", "label"),
    [
        ("zero_ablation.9.1", {"do": "zero_ablation", "layer": 9, "heads": [1]}, "Layer"),
        ("zero_ablation.3.99", {"do": "zero_ablation", "layer": 3, "heads": [99]}, "Heads"),
        ("temperature.3.1.x0", {"do": "temperature", "layer": 3, "heads": [1], "value": 0}, None),
    ],
)
def test_what_the_model_does_not_have_is_told_at_the_edit_that_names_it(
    tray: Tray, oracle: Oracle, written: str, edit: dict[str, Any], label: str | None
) -> None:
    tray.open(layer=3, head=1)
    message = oracle.refusal("/what-if", text=LAW, edits=[edit]).removeprefix("edit 0: ")
    tray.page.evaluate(
        "(edits) => { location.hash += edits }",
        f"&edit=-zero_ablation.0.0&edit={written}&edit=zero_ablation.3.2",
    )
    expect(tray.card(2).get_by_role("alert")).to_have_text(message[0].upper() + message[1:])
    expect(tray.section.get_by_role("alert").filter(visible=True)).to_have_count(1)
    expect(tray.section).to_contain_text("Nothing is computed until edit 2 is mended.")
    if label:
        field = tray.card(2).get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        field.fill("1")
        field.press("Enter")
        expect(tray.verdict).to_be_visible()
        expect(field).not_to_have_attribute("aria-invalid", "true")


def test_what_is_mistyped_stays_and_is_told(tray: Tray) -> None:
    tray.open("zero_ablation.3.1")
    heads = tray.card(1).get_by_label("Heads")
    heads.fill("one, two")
    heads.press("Enter")
    expect(tray.card(1).get_by_role("alert")).to_contain_text("“one, two” is not understood.")
    expect(heads).to_have_value("one, two")
    tray.expect_address("zero_ablation.3.1")
    heads.fill("1, 4-6")
    heads.press("Enter")
    tray.expect_address("zero_ablation.3.1-4-5-6")
    expect(tray.card(1).get_by_role("alert")).to_have_count(0)


def test_an_edit_that_lacks_something_says_what(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.3.1", "cut.3.1.q9")
    expect(tray.card(2)).to_contain_text("Name the query and the key of the links.")
    tray.shows(what_if(oracle, OFF))
    keys = tray.card(2).get_by_label("Tokens looked at")
    keys.fill("2")
    keys.press("Enter")
    cut = {"do": "cut", "layer": 3, "heads": [1], "query_pos": [9], "key_pos": [2]}
    tray.shows(what_if(oracle, OFF, cut))
