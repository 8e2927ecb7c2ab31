"""The walk through one head: each number on the page is the run's own, each way leads on."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from bench.server import serving
from tests.browser.inspector import Inspector
from tests.browser.looks import PHONE, violations_of_every_look
from tests.browser.oracle import shows
from tests.browser.patience import Gate, place_of
from tests.browser.test_appearance import SHIFTS, keep
from tests.browser.walker import Walker, tensors, worked
from tests.models.speaking import ANTECEDENT, HEADS, LAYERS, speaking_folder

TEXT = "the law is law, and the cat saw its saw"
N = 13
STEPS = 10
PLACE = {"layer": 0, "head": 1, "pos": 9, "key": 2, "d": 4, "m": 17}
STATE = {"text": TEXT, "model": "speaker", **PLACE}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with two models of our own kind: one that hides nothing, one with a window."""
    folder = tmp_path_factory.mktemp("walked")
    models = [speaking_folder(folder / name) for name in ("speaker", "window")]
    config = json.loads((models[1] / "config.json").read_text(encoding="utf-8"))
    (models[1] / "config.json").write_text(json.dumps({**config, "window": 2}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - {"HEADLIGHT_CHROMIUM"}:
            if name.startswith("HEADLIGHT_"):
                patch.delenv(name)
        with serving(*models, HF_HOME=str(folder / "empty-hub"), HF_HUB_OFFLINE="1") as address:
            yield address


@pytest.fixture
def walker(visit: Callable[..., Inspector], address: str) -> Walker:
    return Walker(visit().page, address)


@pytest.mark.parametrize("layer", range(LAYERS))
def test_each_step_works_an_entry_out_to_the_number_that_numpy_finds(
    walker: Walker, address: str, layer: int
) -> None:
    walker.open(**{**STATE, "layer": layer})
    run = tensors(address, model="speaker", text=TEXT, layer=layer, head=1)
    for step in range(1, STEPS + 1):
        walker.at_step(step)
        walker.settled()
        value = worked(run, step, head=1, i=9, j=2, d=4, m=17)
        # The model's float32 may fall on the other side of a rounding than numpy's float64.
        near = (value, value * (1 - 2e-6), value * (1 + 2e-6))
        shown = walker.value.inner_text()
        assert any(shows(shown, number, digits=5) for number in near), (step, shown, value)
        if step in (3, 4, 8, 9):
            *factors, products = walker.numbers().T
            assert products == pytest.approx(factors[0] * factors[1], abs=3e-2)
            assert products.sum() == pytest.approx(value, abs=6e-4 * len(products))
        if step < STEPS:
            walker.next.click()
    # The last step ends in a way on: the same head, and the same token, in the inspector.
    expect(walker.next).to_have_count(0)
    onward = walker.page.get_by_role("link", name="Explore it").get_attribute("href")
    assert f"layer={layer}&head=1" in (onward or ""), onward
    assert "pin=query-9" in (onward or "")


def test_a_norm_shows_each_number_how_far_it_is_from_the_mean_and_its_square(
    walker: Walker, address: str
) -> None:
    walker.open(**STATE, step=2)
    x = tensors(address, model="speaker", text=TEXT, layer=0, head=1)["x"][9]
    away = x - x.mean()
    numbers = walker.numbers()
    assert numbers == pytest.approx(np.stack([x, away, away**2], axis=1), abs=6e-4)
    expect(walker.page.get_by_text("x itself passes the heads by, unchanged")).to_be_visible()


def test_the_shares_of_a_row_add_up_to_one_and_the_page_says_so(walker: Walker) -> None:
    walker.open(**STATE, step=7)
    assert walker.numbers()[:, 2].sum() == pytest.approx(1, abs=6e-4 * N)
    expect(walker.page.get_by_text("Its row adds up to 1.000000")).to_be_visible()


def test_the_page_says_how_far_it_is_from_the_models_own_number(walker: Walker) -> None:
    walker.open(**STATE, step=3)
    expect(walker.entry).to_contain_text(re.compile(r"own number(, exactly| is .*differs by)"))


def test_arrow_keys_turn_the_steps_and_going_back_in_the_browser_too(walker: Walker) -> None:
    walker.open(**STATE)
    for step in (2, 3):
        walker.page.keyboard.press("ArrowRight")
        walker.at_step(step)
    walker.page.keyboard.press("ArrowLeft")
    walker.at_step(2)
    walker.page.go_back()
    walker.at_step(3)
    walker.step(STEPS).click()
    walker.page.keyboard.press("ArrowRight")
    walker.at_step(STEPS)
    # In the text box the arrow keys move the caret.
    walker.text.focus()
    walker.page.keyboard.press("ArrowLeft")
    walker.at_step(STEPS)


def test_a_click_on_a_cell_works_that_entry_out(walker: Walker, address: str) -> None:
    walker.open(**STATE, step=4)
    stage = walker.matrix("q · k")
    box = place_of(stage.locator("canvas"))
    # Three matrices stand in a row: this one has no names beside its rows.
    cell_width, cell_height = (box["width"] - 34) / N, (box["height"] - 62) / N
    point = {"x": 5.5 * cell_width, "y": 62 + 3.5 * cell_height}
    stage.hover(position=point)
    run = tensors(address, model="speaker", text=TEXT, layer=0, head=1)
    note = walker.page.locator(".tooltip")
    expect(note).to_contain_text("queryis (3)key, (5)")
    stage.click(position=point)
    expect(walker.entry).to_contain_text("q3·k5")
    assert shows(walker.value.inner_text(), worked(run, 4, 1, 3, 5, 0, 0), digits=5)
    expect(walker.tokens.nth(3)).to_have_attribute("aria-pressed", "true")
    expect(walker.page).to_have_url(re.compile("pos=3&key=5"))
    # The pointer took no focus: the arrow keys still turn the steps.
    walker.page.keyboard.press("ArrowRight")
    walker.at_step(5)


def test_arrow_keys_inside_a_matrix_choose_its_cells(walker: Walker, address: str) -> None:
    walker.open(**STATE, step=8)
    run = tensors(address, model="speaker", text=TEXT, layer=0, head=1)
    walker.matrix("z").focus()
    walker.page.keyboard.press("ArrowDown")
    walker.page.keyboard.press("ArrowRight")
    expect(walker.tokens.nth(10)).to_have_attribute("aria-pressed", "true")
    walker.at_step(8)
    expect(walker.entry).to_contain_text("z10,5")
    assert shows(walker.value.inner_text(), worked(run, 8, 1, 10, 2, 5, 0), digits=5)
    said = walker.page.locator(".matrix [aria-live]").filter(has_text=re.compile(r"^z, token"))
    expect(said).to_contain_text("(10), dimension 5: ")


def test_each_of_the_three_cards_can_be_worked_out(walker: Walker, address: str) -> None:
    run = tensors(address, model="speaker", text=TEXT, layer=0, head=1)
    for card, says in (("q", "What I look for"), ("k", "What I offer"), ("v", "What I hand over")):
        walker.open(**STATE, step=3, card=card)
        expect(walker.page.get_by_role("article", name=says)).to_be_visible()
        expect(walker.entry).to_contain_text(f"{card}9,4")
        value = float(run["normed"][9] @ run[f"w_{card}"][:, 4])
        assert shows(walker.value.inner_text(), value, digits=5)


def test_a_token_is_followed_and_its_strongest_key_compared(walker: Walker, address: str) -> None:
    walker.open(**STATE, step=7)
    walker.tokens.nth(5).click()
    expect(walker.page).to_have_url(re.compile("pos=5&d="))
    run = tensors(address, model="speaker", text=TEXT, layer=0, head=1)
    strongest = run["pattern"][5].max()
    expect(walker.entry).to_contain_text("a5,")
    walker.settled()
    assert shows(walker.value.inner_text(), float(strongest), digits=4)


def test_a_window_is_shown_as_hidden_and_without_one_nothing_is(walker: Walker) -> None:
    walker.open(**STATE, step=6)
    expect(walker.page.get_by_text("Nothing is hidden in this model")).to_be_visible()
    walker.open(**{**STATE, "model": "window"}, step=6)
    expect(walker.page.get_by_text(f"Of {N} tokens, “saw” (9) sees 5.")).to_be_visible()
    expect(walker.value).to_have_text("−∞")
    walker.next.click()
    expect(walker.value).to_have_text("0")


def test_a_head_is_chosen_and_the_page_says_what_it_was_taught(walker: Walker) -> None:
    walker.open(**STATE)
    expect(walker.page.get_by_text("Free: nobody told this head what to do.")).to_be_visible()
    layer, head = ANTECEDENT
    name = f"Antecedent: layer {layer}, head {head}"
    walker.page.get_by_role("button", name=name).click()
    expect(walker.page.get_by_text("Taught to point from a pronoun to what")).to_be_visible()
    expect(walker.layer).to_have_value(str(layer))
    walker.head.select_option(str(HEADS - 1))
    expect(walker.page).to_have_url(re.compile(f"layer={layer}&head={HEADS - 1}"))


def test_the_walk_and_the_inspector_lead_to_the_same_head(walker: Walker, address: str) -> None:
    walker.open(**STATE, step=4)
    walker.inspect.click()
    there = Inspector(walker.page, address)
    there.shows_head(0, 1)
    there.settled()
    state = parse_qs(urlsplit(walker.page.url).fragment)
    assert (state["model"], state["cell"], state["pin"]) == (["speaker"], ["9-2"], ["query-9"])
    walk = walker.page.get_by_role("link", name="Walk through this head")
    expect(walk).to_have_attribute("href", re.compile("pos=9&key=2"))
    walk.click()
    walker.at_step(1)
    state = parse_qs(urlsplit(walker.page.url).fragment)
    expected = {"v": "1", "text": TEXT, "model": "speaker", "head": "1", "pos": "9", "key": "2"}
    assert state == {name: [value] for name, value in expected.items()}


def test_another_sentence_is_walked_through(walker: Walker) -> None:
    walker.open(**STATE)
    walker.text.fill("the cat saw")
    walker.page.keyboard.press("Enter")
    expect(walker.tokens).to_have_count(5)
    expect(walker.tokens.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(walker.page).to_have_title(re.compile("^the cat saw · "))


@pytest.mark.refused(422)
def test_a_model_that_keeps_no_x_says_so_and_offers_the_one_that_does(walker: Walker) -> None:
    walker.page.goto(f"{walker.address}/walk#text=a&model=bert")
    expect(walker.alert).to_contain_text(
        "bert keeps no x and no W_q, W_k, W_v of its blocks", ignore_case=True
    )
    expect(walker.page.get_by_role("button", name="Walk through small")).to_be_visible()
    expect(walker.entry).to_have_count(0)


@pytest.mark.refused(422)
def test_a_head_that_is_not_there_is_mended_by_one_click(walker: Walker) -> None:
    walker.page.goto(f"{walker.address}/walk#text=the+cat&model=speaker&layer=7")
    expect(walker.alert).to_contain_text("layer 7 is outside 0 to 1", ignore_case=True)
    walker.page.get_by_role("button", name="Go to layer 0, head 0").click()
    expect(walker.value).to_be_visible()
    expect(walker.alert).to_have_count(0)


def test_a_blank_text_asks_for_one(walker: Walker) -> None:
    walker.page.goto(f"{walker.address}/walk#text=&model=speaker")
    expect(walker.page.get_by_text("Nothing to read yet")).to_be_visible()


def test_every_matrix_has_a_name_and_a_table(walker: Walker) -> None:
    walker.open(**STATE)
    for step in range(1, STEPS + 1):
        walker.at_step(step)
        walker.settled()
        names = [each.get_attribute("aria-label") or "" for each in walker.matrices.all()]
        assert names
        for name in names:
            assert re.match(r"^[\w ·]+: .*\d+ (tokens by|dimensions by|dimensions,) ", name), name
        assert walker.page.locator("details.behind").count() == len(names)
        walker.page.keyboard.press("ArrowRight")


def test_axe_finds_no_violation_in_any_step_of_any_look(walker: Walker) -> None:
    walker.open(**STATE)
    visitor = Inspector(walker.page, walker.address)
    found = {}
    for step in range(1, STEPS + 1):
        walker.at_step(step)
        table = walker.page.locator("details.behind").first
        table.locator("summary").click()
        expect(table.get_by_role("table")).to_be_visible()
        found[step] = violations_of_every_look(visitor)
        keep(visitor, f"walk-{step}")
        if step < STEPS:
            walker.next.click()
    assert {step: lines for step, lines in found.items() if lines} == {}


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_nothing_moves_while_the_walk_loads(
    visit: Callable[..., Inspector], address: str, options: dict[str, Any]
) -> None:
    visitor = visit(**options)
    visitor.page.add_init_script(SHIFTS)
    # The worst of networks: the page is seen before its script comes, its parts before the answer.
    gates = [Gate(visitor.page, "**/walk/main.js"), Gate(visitor.page, "**/api/v1/walk")]
    walker = Walker(visitor.page, address)
    walker.page.goto(f"{address}/walk#{urlencode(STATE)}", wait_until="commit")
    expect(walker.inspect).to_be_visible()
    walker.page.wait_for_function("() => performance.getEntriesByType('paint').length > 0")
    gates[0].open()
    expect(walker.step(1)).to_be_visible()
    gates[1].open()
    expect(walker.value).to_be_visible()
    walker.settled()
    visitor.page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
    shifts = visitor.page.evaluate("() => shifts")
    assert sum(value for value, _ in shifts) < 0.1, shifts


def test_with_reduced_motion_nothing_glides(visit: Callable[..., Inspector], address: str) -> None:
    visitor = visit(reduced_motion="reduce")
    Walker(visitor.page, address).open(**STATE)
    durations = visitor.page.evaluate(
        """() => [...document.querySelectorAll('*')].map((element) =>
             parseFloat(getComputedStyle(element).transitionDuration))"""
    )
    assert max(durations) == 0
