"""Heads are changed, and what changes is shown beside chance."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Route, expect

from tests.browser.inspector import Inspector
from tests.browser.looks import PHONE, sideways, violations_of_every_look
from tests.browser.numbers import significant
from tests.browser.oracle import LAW, Oracle
from tests.browser.tray import Tray, what_if

OFF = {"do": "zero_ablation", "layer": 3, "heads": [1]}


@pytest.fixture
def tray(inspector: Inspector) -> Tray:
    return Tray(inspector)


def test_an_empty_tray_says_what_to_do_and_costs_the_page_nothing(tray: Tray) -> None:
    asked: list[str] = []
    tray.page.on("request", lambda request: asked.append(request.url))
    tray.open()
    expect(tray.section).to_contain_text("Drag a head here, or press “Add to what if”")
    expect(tray.cards).to_have_count(0)
    expect(tray.reset).to_be_hidden()
    late = ("/api/v1/what-if", "/views/tray.js", "/views/effects.js")
    assert not [url for url in asked if url.endswith(late)]


def test_a_head_is_added_by_the_keyboard_and_the_screen_shows_the_api_s_own_numbers(
    tray: Tray, oracle: Oracle
) -> None:
    tray.open()
    tray.add.focus()
    tray.page.keyboard.press("Enter")
    expect(tray.card(1)).to_have_accessible_name("Edit 1: switch off, layer 3, head 1")
    tray.shows(what_if(oracle, OFF))
    tray.expect_address("zero_ablation.3.1")


def test_each_head_alone_stands_beside_all_of_them_together(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.3.1-4", "mean_ablation.2.0")
    mean = {"do": "mean_ablation", "layer": 2, "heads": [0]}
    answer = what_if(oracle, {**OFF, "heads": [1, 4]}, mean)
    tray.shows(answer)
    singles = sorted(answer["singles"], key=lambda each: -each["sentence_cosine_distance"])
    wanted = [
        f"{one['layer']}-{one['head']}edit {one['edit'] + 1}"
        f"{significant(one['sentence_cosine_distance'], 3)}"
        for one in singles
    ]
    wanted.append(f"together{significant(answer['change']['sentence_cosine_distance'], 3)}")
    expect(tray.singles.get_by_role("row")).to_have_text(["HeadEditChange", *wanted])


def test_the_map_says_how_much_every_pattern_moved_and_opens_heads(
    tray: Tray, oracle: Oracle
) -> None:
    tray.open("zero_ablation.3.1")
    moved = np.array(what_if(oracle, OFF)["patterns"][0]["total_variation"])
    assert (moved[:3] == 0).all()
    assert (moved[4:] > 0).all()
    cells = tray.moved.get_by_role("gridcell")
    expect(cells).to_have_count(moved.size)
    text = [str(int(100 * value + 0.5)) if value > 0 else "" for value in moved.ravel()]
    expect(cells).to_have_text(text)
    edited = tray.moved.get_by_role("gridcell", name="Layer 3, head 1: 50 % moved, edited")
    edited.focus()
    tray.page.keyboard.press("ArrowDown")
    tray.page.keyboard.press("Enter")
    tray.inspector.shows_head(4, 1)


def test_the_open_head_is_shown_before_and_after_wherever_it_is_edited(
    tray: Tray, oracle: Oracle
) -> None:
    tray.open("zero_ablation.2.4", layer=4, head=0)
    show = [{"layer": 4, "head": 0}]
    (shown,) = what_if(oracle, {"do": "zero_ablation", "layer": 2, "heads": [4]}, show=show)[
        "shown"
    ]
    before, after = np.array(shown["before"]), np.array(shown["after"])
    query, key = np.unravel_index(np.abs(after - before).argmax(), before.shape)
    tokens = oracle.tokens(LAW)
    told = (
        f"The largest change is query {tokens[query]} ({query}), key {tokens[key]} ({key}): "
        f"{significant(before[query, key], 3)} before, {significant(after[query, key], 3)} after."
    )
    for name in ("Before", "After", "Difference"):
        picture = tray.section.get_by_role("img", name=re.compile(f"^{name}\\. "))
        expect(picture).to_be_visible()
        label = re.sub("[⁦-⁩]", "", picture.get_attribute("aria-label") or "")
        assert label == f"{name}. {told}"
    tray.section.get_by_role("button", name="Difference", exact=True).click()
    expect(tray.section.get_by_role("img", name=re.compile(r"^Before\. "))).to_be_hidden()
    tray.section.get_by_text("Table: difference").click()
    table = tray.section.get_by_role("table", name="Table: difference")
    row = table.get_by_role("row").nth(1 + int(query))
    expect(row.get_by_role("cell")).to_have_text(
        [
            f"{np.float32(b) - np.float32(a):.3f}"
            for a, b in zip(before[query], after[query], strict=True)
        ],
    )


def test_the_temperature_slider_changes_the_address_and_the_result(
    tray: Tray, oracle: Oracle
) -> None:
    tray.open("zero_ablation.3.1")
    tray.card(1).get_by_label("What").select_option("Temperature")
    tray.expect_address("temperature.3.1.x2")
    warm = {"do": "temperature", "layer": 3, "heads": [1]}
    tray.shows(what_if(oracle, {**warm, "value": 2}))
    slider = tray.card(1).get_by_role("slider", name="Temperature")
    slider.focus()
    tray.page.keyboard.press("Home")
    tray.expect_address("temperature.3.1.x0.1")
    expect(slider).to_have_attribute("aria-valuetext", "0.1")
    tray.shows(what_if(oracle, {**warm, "value": 0.1}))
    tray.page.keyboard.press("End")
    tray.expect_address("temperature.3.1.x10")
    tray.shows(what_if(oracle, {**warm, "value": 10}))


def test_only_where_a_slider_rests_is_asked_for(tray: Tray) -> None:
    tray.open("temperature.3.1.x2")
    asked: list[Any] = []
    tray.page.route("**/api/v1/what-if", lambda route: asked.append(route))
    slider = tray.card(1).get_by_role("slider", name="Temperature")
    slider.evaluate(
        """(input) => {
             for (const at of [0.4, 0.5, 0.6, 0.7]) {
               input.value = at;
               input.dispatchEvent(new Event('input', { bubbles: true }));
             }
           }"""
    )
    expect(tray.section.locator("[aria-busy=true]")).to_have_count(1)
    tray.expect_address("temperature.3.1.x5")
    tray.page.wait_for_timeout(600)
    assert [route.request.post_data_json["edits"][0]["value"] for route in asked] == [5]
    asked[0].continue_()
    expect(tray.section.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.refused(0)
def test_a_server_that_is_gone_is_told_and_asked_again(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.3.1")
    with tray.inspector.unanswered("**/api/v1/what-if"):
        tray.card(1).get_by_label("What").select_option("mean_ablation")
        expect(tray.alert.first).to_contain_text("The server did not answer")
    tray.section.get_by_role("button", name="Try again").click()
    tray.shows(what_if(oracle, {**OFF, "do": "mean_ablation"}))


@pytest.mark.refused(422)
def test_a_model_that_cannot_be_edited_says_so_in_the_tray(tray: Tray) -> None:
    message = "the attention of this model can be read but not edited; choose another"
    error = {"code": "invalid_selection", "message": message, "field": "model"}
    tray.page.route(
        "**/api/v1/what-if", lambda route: route.fulfill(status=422, json={"error": error})
    )
    tray.open()
    tray.add.click()
    expect(tray.alert).to_have_text(message, ignore_case=True)
    expect(tray.cards).to_have_count(1)
    expect(tray.verdict).to_be_hidden()


def test_the_request_is_taken_away_as_code(visit: Callable[..., Inspector], oracle: Oracle) -> None:
    inspector = visit(permissions=["clipboard-read", "clipboard-write"])
    tray = Tray(inspector).open("zero_ablation.3.1")
    tray.section.get_by_role("button", name="Copy as curl").click()
    expect(tray.section.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    command = inspector.copied()
    assert "/api/v1/what-if" in command
    assert '"edits":[{"do":"zero_ablation","layer":3,"heads":[1]}]' in command


def test_the_edits_of_another_model_are_kept_and_judged_by_it(tray: Tray, oracle: Oracle) -> None:
    tray.open("zero_ablation.1.2", model="small", layer=0, head=0, heads=16)
    answer = what_if(oracle, {"do": "zero_ablation", "layer": 1, "heads": [2]}, model="small")
    tray.shows(answer)


def test_every_kind_of_attention_is_edited_and_told_apart(tray: Tray, oracle: Oracle) -> None:
    texts = {"text": "once upon a time there was a dog", "model": "tiny-bart"}
    pair = "the little girl was big"
    tray.open(
        "zero_ablation.decoder.1.0", heads=15, kind="cross", layer=2, head=4, pair=pair, **texts
    )
    tray.add.click()
    tray.expect_address("zero_ablation.decoder.1.0", "zero_ablation.cross.2.4")
    edits = [
        {"do": "zero_ablation", "kind": "decoder", "layer": 1, "heads": [0]},
        {"do": "zero_ablation", "kind": "cross", "layer": 2, "heads": [4]},
    ]
    tray.shows(what_if(oracle, *edits, text_pair=pair, **texts))
    for kind in ("encoder", "decoder", "cross"):
        expect(tray.section.get_by_role("grid", name=f"each {kind} pattern")).to_be_visible()
    rows = tray.singles.get_by_role("rowheader")
    expect(rows.filter(has_text="cross 2-4")).to_have_count(1)
    tray.card(1).get_by_label("Kind").select_option("encoder")
    tray.expect_address("zero_ablation.1.0", "zero_ablation.cross.2.4")


def test_what_the_model_says_stands_before_and_after_with_its_divergence(
    tray: Tray, oracle: Oracle
) -> None:
    text = "The law will pass because [MASK] likes its words."
    edits = [
        {"do": "zero_ablation", "layer": 0, "heads": [2]},
        {"do": "zero_ablation", "layer": 1, "heads": [0]},
    ]
    state: dict[str, Any] = {"text": text, "model": "small", "layer": 1, "head": 1}
    tray.open("zero_ablation.0.2", "zero_ablation.1.0", heads=16, **state)
    predictions = what_if(oracle, *edits, text=text, model="small")["predictions"]
    (fill,) = (one for one in predictions if one["said"] == "fill")
    table = tray.section.get_by_role("table", name=re.compile(r"^At .*MASK"))
    expect(table).to_have_accessible_name(re.compile(f" · KL {significant(fill['kl'], 2)}$"))
    expect(table.get_by_role("row")).to_have_text(
        [
            "piecebeforeafter",
            *(
                f"{each['name']}{each['before']:.3f}{each['after']:.3f}"
                for each in fill["candidates"][:8]
            ),
        ]
    )
    tray.section.get_by_text("Table: all predictions").click()
    rows = tray.section.get_by_role("table", name="All predictions").get_by_role("row")
    expect(rows).to_have_count(1 + len(predictions))
    wanted = ["∞" if one["kl"] is None else significant(one["kl"], 2) for one in predictions]
    for row, kl in zip(rows.all()[1:], wanted, strict=True):
        expect(row.get_by_role("cell").last).to_have_text(kl)


def test_predictions_that_are_lost_come_first_and_are_called_so(tray: Tray) -> None:
    """A head that is off points nowhere: the first of its tokens is not what it chooses."""
    tray.open("zero_ablation.2.0", heads=16, text="I saw a saw", model="small", layer=2, head=0)
    expect(tray.section.get_by_text("4 of 8 predictions are lost.", exact=True)).to_be_visible()
    rows = tray.section.get_by_role("table", name="Words whose prediction changes most")
    for row in range(1, 5):
        cells = rows.get_by_role("row").nth(row).get_by_role("cell")
        expect(cells.nth(0)).to_have_text("syntactic parent")
        expect(cells.nth(2)).to_have_text("nothing")
    dock = tray.page.get_by_text(re.compile("^What if: 1 edit · 4 of 8 predictions lost · "))
    expect(dock).to_be_attached()


def test_one_lost_prediction_is_told_in_words(tray: Tray) -> None:
    tray.open("zero_ablation.3.0", heads=16, text=LAW, model="small", layer=3, head=0)
    told = r"^1 of \d+ predictions is lost: \W?its\W? \(9\) no longer refers to anything\."
    expect(tray.section.get_by_text(re.compile(told))).to_be_visible()


def test_a_model_that_says_nothing_has_no_predictions(tray: Tray) -> None:
    tray.open("zero_ablation.3.1")
    expect(tray.section.get_by_role("heading", name="What the model says")).to_have_count(0)


def test_axe_finds_no_violation_in_the_tray(tray: Tray) -> None:
    tray.open(
        "zero_ablation.2.1-4",
        "cut.3.1.q9.k2",
        "temperature.3.1.x0.5",
        "activation_patch.0.0.s",
        "only_along.1.1",
    )
    tray.inspector.unfold("Display")
    tray.cutting.check()
    assert violations_of_every_look(tray.inspector) == []


def test_on_a_phone_nothing_of_the_tray_sticks_out(visit: Callable[..., Inspector]) -> None:
    tray = Tray(visit(**PHONE))
    tray.open(
        "zero_ablation.2.1-4",
        "set_pattern.3.1.q9.k2.x0.5",
        "activation_patch.0.0.s",
        "only_along.1.1",
    )
    assert sideways(tray.inspector) == 0


def test_what_was_asked_before_is_not_waited_for(tray: Tray, oracle: Oracle) -> None:
    """A slow answer to edits that are gone must not overwrite the one to those on screen."""
    tray.open("zero_ablation.3.1")
    held: list[Route] = []
    tray.page.route("**/api/v1/what-if", lambda route: held.append(route), times=1)
    what = tray.card(1).get_by_label("What")
    with tray.page.expect_request("**/api/v1/what-if"):
        what.select_option("mean_ablation")
    what.select_option("unscaled")
    answer = what_if(oracle, {**OFF, "do": "unscaled"})
    tray.shows(answer)
    held[0].abort()
    tray.shows(answer)
