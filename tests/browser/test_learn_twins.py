"""The lessons on score functions, on several heads and on word order."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.learner import APPLES, HEADS, ORDER, SCORES, Learner
from tests.browser.oracle import Oracle, read_number
from tests.browser.patience import settle


def number(text: str) -> float:
    return read_number(text)[0]


def of(oracle: Oracle, twins: list[str], **body: Any) -> dict[str, Any]:
    return oracle.post("/learn/twins", **{"text": APPLES, "twins": twins, **body})


def test_a_cell_is_opened_in_all_score_functions(learner: Learner, oracle: Oracle) -> None:
    learner.open(SCORES, layer=1, head=0, cell="3-4")
    names = ["base", "dot", "additive"]
    answer = of(oracle, names, layer=1, head=0)
    rows = learner.table(re.compile(", in each$"))[1:]
    assert [row[0] for row in rows] == [
        "scaled dot product",
        "dot product, not scaled",
        "additive",
    ]
    for row, twin in zip(rows, answer["twins"], strict=True):
        assert number(row[1]) == pytest.approx(twin["scores"][0][3][4], rel=2e-3)
        assert number(row[2]) == pytest.approx(twin["pattern"][0][3][4], rel=2e-3)
    q, k = (np.array(answer["twins"][0][name])[0] for name in ("q", "k"))
    worked = number(learner.entry.locator("b").inner_text())
    assert worked == pytest.approx(q[3] @ k[4], rel=1e-3)


def test_a_pressed_cell_is_opened_in_the_model_that_it_is_of(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(SCORES, layer=1, head=0, cell="3-4")
    additive = learner.page.get_by_role("application", name=re.compile("^additive"))
    additive.focus()
    learner.page.keyboard.press("ArrowRight")
    learner.page.keyboard.press("ArrowRight")
    learner.page.keyboard.press("Enter")
    expect(learner.page).to_have_url(re.compile("twin=additive"))
    settle(learner.page)
    (twin,) = of(oracle, ["additive"], layer=1, head=0)["twins"]
    cell = re.search(r"cell=(\d+)-(\d+)", learner.page.url)
    assert cell is not None
    row, col = int(cell[1]), int(cell[2])
    worked = number(learner.entry.locator("b").inner_text())
    assert worked == pytest.approx(twin["scores"][0][row][col], rel=1e-3)


def test_the_table_of_models_is_the_cards(learner: Learner, oracle: Oracle) -> None:
    learner.open(SCORES, step=4)
    learner.show()
    rows = {row[0]: row for row in learner.table("Models that differ in one choice")[1:]}
    assert len(rows) >= 8
    figures = of(oracle, ["relu"])["figures"]
    mean = {each["measure"]: each["mean"] for each in figures}
    row = rows["ReLU over the row’s sum"]
    assert row[3:5] == [f"{mean['tags']:.3f}", f"{mean['parents']:.3f}"]
    assert row[6] == f"{mean['zeros.0']:.2f} · {mean['zeros.1']:.2f}"


@pytest.mark.parametrize(("twin", "count"), [("heads_1", 1), ("base", 4), ("heads_8", 8)])
def test_every_head_has_its_pattern(learner: Learner, twin: str, count: int) -> None:
    learner.open(HEADS, twin=twin)
    matrices = learner.page.get_by_role("application", name=re.compile("^Head "))
    expect(matrices).to_have_count(count)


def test_what_the_heads_write_adds_up_to_the_output(learner: Learner, oracle: Oracle) -> None:
    learner.open(HEADS, step=2, layer=1, cell="2-3")
    learner.show()
    (twin,) = of(oracle, ["base"], layer=1)["twins"]
    table = learner.table(re.compile("^What each head writes at"))[1:]
    assert [row[0] for row in table] == ["Head 0", "Head 1", "Head 2", "Head 3", "sum", "output"]
    written = np.array([[number(cell) for cell in row[1:]] for row in table])
    parts = np.array(twin["contributions"])[:, 2, :8]
    assert written[:4] == pytest.approx(parts, rel=6e-3, abs=1e-4)
    assert written[5] == pytest.approx(np.array(twin["output"])[2, :8], rel=6e-3, abs=1e-4)
    worked = number(learner.entry.locator("b").inner_text())
    assert worked == pytest.approx(max(twin["output"][2], key=abs), rel=1e-3)


def test_words_are_shuffled_and_stand_in_the_address(learner: Learner, oracle: Oracle) -> None:
    learner.open(ORDER)
    learner.guess.get_by_role("button", name="Not at all.").click()
    settle(learner.page)
    expect(learner.guess).to_contain_text("That is what came out.")
    answer = oracle.post("/learn/order", text="Dog bites man")
    table = learner.table(re.compile("^How far each word"))[1:]
    for row, name in zip(table, ("no_positions", "base", "learned"), strict=True):
        found = next(each for each in answer["twins"] if each["twin"] == name)["differences"]
        shown = [number(cell) for cell in row[1:]]
        assert shown == pytest.approx(found, rel=6e-3, abs=1e-12)
    learner.page.get_by_role("button", name="Shuffle", exact=True).click()
    expect(learner.page).to_have_url(re.compile(r"order=\d(%2C|,)\d(%2C|,)\d"))
    learner.page.get_by_role("button", name="From last to first").click()
    expect(learner.page.locator(".orders dd").last).to_have_text("manbitesDog")


def test_waves_and_their_products_are_on_screen(learner: Learner, oracle: Oracle) -> None:
    learner.open(ORDER, step=3)
    learner.show()
    answer = oracle.post("/learn/order", text="Dog bites man")
    waves = learner.table(re.compile("^The first 16 of 64 numbers"))[1:]
    shown = np.array([[number(cell) for cell in row[1:]] for row in waves])
    assert shown == pytest.approx(np.array(answer["sinusoids"])[:12, :16], abs=0.006)
    products = learner.table("p(0) · p(n), by the distance n")[1][1:]
    expected = [answer["products"][away] for away in (0, 1, 2, 4, 8, 16, 32, 63)]
    assert [number(cell) for cell in products] == pytest.approx(expected, rel=6e-3)
