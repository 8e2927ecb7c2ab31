"""The arithmetic of one cell of the open head."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.inspector import Inspector
from tests.browser.numbers import number_after
from tests.browser.oracle import LAW, Oracle, read_number, shows

SIZE = 27  # tokens of the Law sentence


def test_a_click_on_a_cell_opens_its_arithmetic(inspector: Inspector, oracle: Oracle) -> None:
    tokens = oracle.tokens(LAW)
    row, col = tokens.index("its"), tokens.index("Law")
    inspector.open()
    inspector.page.mouse.click(*inspector.point(row, col, SIZE, SIZE))

    expect(inspector.step("output projection")).to_be_visible()
    cell = oracle.cell(3, 1, row, col)
    dot = inspector.step("Add the products up")
    assert shows(number_after("=", dot.get_by_text("∑")), cell["dot"], digits=5)
    score = inspector.step("Scale it to the score").get_by_text("×").first
    assert shows(number_after(") =", score), cell["score"], digits=5)
    softmax = inspector.step("softmax").locator("p")
    exp, quotient = softmax.nth(0).inner_text(), softmax.nth(1).inner_text()
    logit, row_max, exponential = re.split(r" − | = ", exp.removeprefix("exp(").replace(")", ""))
    assert shows(logit, cell["logit"], digits=5)
    assert shows(row_max, cell["row_max"], digits=5)
    assert shows(exponential, cell["exp"], digits=5)
    numerator, denominator, weight = re.split(r" / | = ", quotient)
    assert shows(numerator, cell["exp"], digits=5)
    assert shows(denominator, cell["denominator"], digits=5)
    assert shows(weight, cell["pattern"], digits=5)
    assert shows(weight, oracle.array("pattern", 3, 1)[row, col], digits=5)
    projection = inspector.step("output projection").locator("p").first
    assert shows(number_after("=", projection), cell["contribution_norm"], digits=5)


def test_a_cell_between_words_is_explained_from_its_token_cells(
    inspector: Inspector, oracle: Oracle
) -> None:
    text = "苹果很好吃，我买了三斤。"
    state: dict[str, Any] = {"text": text, "model": "small", "layer": 2, "head": 0}
    tokens = oracle.tokens(text, model="small")
    rows, cols = [[tokens.index(each) for each in pair] for pair in ("好吃", "苹果")]
    cells = oracle.array("pattern", 2, 0, text, model="small")[np.ix_(rows, cols)]
    (head,) = oracle.post(
        "/attention", text=text, model="small", layers=[2], heads=[0], include=["pattern"],
        level="word",
    )["heads"]  # fmt: skip
    between = head["pattern"][3][1]
    assert between == pytest.approx(float(cells.sum(1).mean()), rel=1e-5)

    inspector.goto(**state, level="word", cell=f"{rows[0]}-{cols[0]}")
    inspector.stand(16)
    pooling = inspector.page.locator(".pooling")
    expect(pooling).to_contain_text("the sum over")
    told = pooling.locator(".pooling-text").inner_text()
    number = re.search(r"([\d.]+): the sum over", told)
    assert number, told
    assert shows(number[1], between, digits=4)
    shown = pooling.locator(".pooling-cell")
    for button, value in zip(shown.all(), cells.flatten().tolist(), strict=True):
        assert shows(button.inner_text(), value, digits=4)
    expect(shown.nth(0)).to_have_attribute("aria-pressed", "true")
    shown.nth(3).click()
    expect(inspector.page).to_have_url(re.compile(f"cell={rows[1]}-{cols[1]}"))
    expect(shown.nth(3)).to_have_attribute("aria-pressed", "true")
    expect(inspector.page.locator(".cell-title").last).to_contain_text("吃")


def test_every_product_of_a_cell_is_written_out(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open(text=LAW, layer=3, head=1, cell="9-2")
    products = inspector.page.get_by_role("table", name=re.compile("^Every dimension"))
    expect(products.get_by_role("row")).to_have_count(1 + 32)

    cell = oracle.cell(3, 1, 9, 2)
    rows = [text.split("\n") for text in products.get_by_role("row").all_inner_texts()[1:]]
    for d, row in enumerate(rows):
        assert int(row[0]) == d
        for text, name in zip(row[1:], ("q", "k", "products"), strict=True):
            value = float(
                text.replace("−", "-").translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
            )
            assert value == pytest.approx(cell[name][d], abs=5.1e-4), (name, d)


def test_each_residual_is_the_one_that_the_api_measured(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open(text=LAW, layer=3, head=1, cell="9-2")
    expect(inspector.step("output projection")).to_be_visible()
    residual = oracle.cell(3, 1, 9, 2)["residual"]
    for title, name in {
        "Scale it to the score": "score",
        "softmax": "pattern",
        "Sum over all keys": "z",
        "output projection": "output",
    }.items():
        said = inspector.step(title).get_by_text(re.compile("the model’s own")).inner_text()
        if residual[name] == 0:
            assert said.startswith("Equal to"), said
        else:
            written = said.split(" by ")[1].rstrip(".")
            assert shows(written, abs(residual[name]), digits=2), said
            assert read_number(written)[0] < 1e-4


def test_escape_closes_a_cell_that_was_opened_by_the_keyboard(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=3, head=1, pin="query-9")
    inspector.heatmap.focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        inspector.page.keyboard.press(key)
    expect(inspector.close_cell).to_be_visible()
    # From the links it first takes back the pin, as it does without a cell.
    inspector.token("query", 9).focus()
    inspector.page.keyboard.press("Escape")
    expect(inspector.token("query", 9)).to_have_attribute("aria-pressed", "false")
    expect(inspector.close_cell).to_be_visible()

    inspector.heatmap.focus()
    inspector.page.keyboard.press("Escape")
    expect(inspector.close_cell).to_be_hidden()
    expect(inspector.page).not_to_have_url(re.compile("cell="))
    expect(inspector.heatmap).to_be_focused()
    inspector.shows_head(3, 1)


@pytest.mark.parametrize("size", [(1400, 800), (390, 844)])
def test_the_arithmetic_opens_in_sight_and_is_announced(
    visit: Callable[..., Inspector], size: tuple[int, int]
) -> None:
    width, height = size
    inspector = visit(viewport={"width": width, "height": height})
    inspector.open(text=LAW, layer=3, head=1)
    inspector.heatmap.focus()
    inspector.heatmap.scroll_into_view_if_needed()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        inspector.page.keyboard.press(key)
    panel = inspector.page.get_by_role("region", name="The arithmetic of a cell")
    expect(panel.get_by_role("status").first).to_have_text(
        re.compile(r"^The arithmetic of .+ to .+, [0-9.]+, is open\. Escape closes it\.$")
    )
    inspector.settled()
    box = panel.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= height + 1
    if width > 1000:  # beside the picture, not over it
        picture = inspector.heatmap.bounding_box()
        assert picture is not None
        assert picture["x"] + picture["width"] <= box["x"]
    else:  # over it, at the foot of the window
        assert box["y"] + box["height"] >= height - 1
    inspector.close_cell.focus()
    inspector.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(inspector.heatmap).to_be_focused()


def test_the_page_keeps_its_height_while_it_is_scrolled(visit: Callable[..., Inspector]) -> None:
    inspector = visit(viewport={"width": 1400, "height": 900})
    inspector.open(text=LAW, layer=3, head=1, cell="9-2")
    inspector.plotted()
    expect(inspector.step("softmax")).to_be_visible()
    heights = [
        inspector.settled().page.evaluate(
            """async (part) => {
                 scrollTo(0, part * document.documentElement.scrollHeight);
                 const frame = () => new Promise((done) => requestAnimationFrame(done));
                 for (let n = 0; n < 5; n += 1) await frame();
                 return document.documentElement.scrollHeight;
               }""",
            part,
        )
        for part in (0, 0.25, 0.5, 1)
    ]
    assert len(set(heights)) == 1, heights


def test_closing_the_arithmetic_leaves_the_head(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=3, head=1, cell="9-2")
    inspector.close_cell.click()
    expect(inspector.close_cell).to_be_hidden()
    inspector.shows_head(3, 1)
