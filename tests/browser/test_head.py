"""The open head: links and heatmap side by side, its vectors, and one cell's arithmetic."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.inspector import Inspector
from tests.browser.oracle import LAW, Oracle, read_number, shows
from tests.browser.patience import place_of

SIZE = 27  # tokens of the Law sentence


def number_after(label: str, within: Locator) -> str:
    """The number that stands behind a label in the text of a note or a sentence."""
    found = re.search(
        rf"{re.escape(label)}\s*([−\d.]+(?: × 10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?)", within.inner_text()
    )
    assert found, f"no {label} in {within.inner_text()!r}"
    return found[1]


def test_a_click_on_a_tile_opens_its_head(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=0, head=0)
    inspector.tile(3, 1).click()

    inspector.shows_head(3, 1)
    expect(inspector.tile(3, 1)).to_have_attribute("aria-selected", "true")
    expect(inspector.tile(0, 0)).to_have_attribute("aria-selected", "false")


def test_a_head_opens_by_the_keyboard_alone(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=0, head=0)
    inspector.own_sentence.focus()
    for _ in range(60):
        inspector.page.keyboard.press("Tab")
        if inspector.page.evaluate("() => document.activeElement.role") == "gridcell":
            break
    expect(inspector.tile(0, 0)).to_be_focused()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        inspector.page.keyboard.press(key)
    expect(inspector.tile(3, 1)).to_be_focused()
    inspector.page.keyboard.press("Enter")

    inspector.shows_head(3, 1)


def test_hovering_a_token_isolates_its_links(inspector: Inspector, oracle: Oracle) -> None:
    tokens, pattern = oracle.tokens(LAW), oracle.array("pattern", 3, 1)
    its = tokens.index("its")
    inspector.open(text=LAW, layer=3, head=1)
    inspector.token("query", its).hover()

    said = inspector.said_of_links()
    expect(said).to_contain_text(f"its ({its}) looks at ")
    told = re.findall(r"(\S+) \((\d+)\) ([\d.]+)", said.inner_text().split("looks at ")[1])
    strongest = np.argsort(-pattern[its])[: len(told)]
    assert [int(pos) for _, pos, _ in told] == strongest.tolist()
    assert [word for word, _, _ in told] == [tokens[pos] for pos in strongest]
    assert all(shows(number, pattern[its, int(pos)]) for _, pos, number in told)
    inspector.page.mouse.move(2, 2)
    expect(said).to_contain_text("Hover or focus a token")


def test_hovering_a_key_tells_who_looks_at_it(inspector: Inspector, oracle: Oracle) -> None:
    tokens, pattern = oracle.tokens(LAW), oracle.array("pattern", 3, 1)
    law = tokens.index("Law")
    inspector.open(text=LAW, layer=3, head=1)
    inspector.token("key", law).hover()

    said = inspector.said_of_links()
    expect(said).to_contain_text(f"Law ({law}) is looked at by ")
    first = re.search(r"by \S+ \((\d+)\) ([\d.]+)", said.inner_text())
    assert first
    assert int(first[1]) == int(pattern[:, law].argmax())
    assert shows(first[2], pattern[:, law].max())


def test_isolating_a_token_takes_the_other_links_away(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=3, head=1)
    around = inspector.links.locator("..")
    # Two canvases: that of the strongest links, and that of the token in focus over it.
    state = """(frame) => [...frame.querySelectorAll('canvas')].map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return {
          inked: data.some((value, i) => i % 4 === 3 && value > 0),
          opacity: Number(getComputedStyle(canvas).opacity),
        };
      })"""
    base, over = around.evaluate(state)
    assert base == {"inked": True, "opacity": 1}
    assert not over["inked"]
    inspector.token("query", 3).hover()
    expect(inspector.links).not_to_have_css("opacity", "1")
    expect(inspector.said_of_links()).to_contain_text("(3) looks at")
    inspector.settled()
    base, over = around.evaluate(state)
    assert over == {"inked": True, "opacity": 1}


def test_a_click_pins_a_token_until_escape(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=3, head=1)
    its = inspector.tokens("query").filter(has_text=re.compile("^its$"))
    its.click()
    inspector.page.mouse.move(2, 2)

    expect(its).to_have_attribute("aria-pressed", "true")
    expect(inspector.said_of_links()).to_contain_text("looks at Law")
    # The pin is in the address, so that a link shows it too.
    expect(inspector.page).to_have_url(re.compile("pin=query-"))
    inspector.page.reload()
    inspector.stand()
    expect(inspector.said_of_links()).to_contain_text("looks at Law")
    its.focus()
    inspector.page.keyboard.press("Escape")
    expect(its).to_have_attribute("aria-pressed", "false")
    expect(inspector.page).not_to_have_url(re.compile("pin="))
    inspector.page.evaluate("() => document.activeElement.blur()")
    expect(inspector.said_of_links()).to_contain_text("Hover or focus a token")


def test_arrow_keys_walk_from_token_to_token(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=3, head=1)
    inspector.token("query", 0).focus()
    inspector.page.keyboard.press("ArrowDown")
    inspector.page.keyboard.press("ArrowDown")
    expect(inspector.token("query", 2)).to_be_focused()
    expect(inspector.said_of_links()).to_contain_text("(2) looks at")
    inspector.page.keyboard.press("ArrowRight")
    expect(inspector.token("key", 2)).to_be_focused()
    expect(inspector.said_of_links()).to_contain_text("(2) is looked at by")


@pytest.mark.parametrize(("query", "key"), [("its", "Law"), ("Law", "will"), ("opinion", ".")])
def test_hovering_a_cell_shows_its_weight_both_tokens_and_its_score(
    inspector: Inspector, oracle: Oracle, query: str, key: str
) -> None:
    tokens = oracle.tokens(LAW)
    row, col = tokens.index(query), tokens.index(key)
    inspector.open()
    inspector.page.mouse.move(*inspector.point(row, col, SIZE, SIZE))

    note = inspector.note("layer 3 head 1").filter(has_text="score")
    expect(note).to_contain_text(f"{query} ({row})")
    expect(note).to_contain_text(f"{key} ({col})")
    value = note.inner_text().split("\n")[1]
    assert shows(value, oracle.array("pattern", 3, 1)[row, col])
    assert shows(number_after("score", note), oracle.array("scores", 3, 1)[row, col])


def test_links_and_heatmap_are_in_step(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open()
    inspector.page.mouse.move(*inspector.point(4, 9, SIZE, SIZE))
    expect(inspector.said_of_links()).to_contain_text("(4) looks at")
    expect(inspector.said_of_links()).to_contain_text(oracle.tokens(LAW)[4])


def test_the_heatmap_is_read_by_the_keyboard(inspector: Inspector, oracle: Oracle) -> None:
    pattern = oracle.array("pattern", 3, 1)
    inspector.open().heatmap.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        inspector.page.keyboard.press(key)

    tokens = oracle.tokens(LAW)
    # The first key shows where the cursor is; those after it move it.
    said = inspector.page.get_by_text(
        re.compile(rf"^query {re.escape(tokens[2])} \(2\), key {re.escape(tokens[1])} \(1\)")
    )
    expect(said).to_have_count(1)
    assert shows(said.inner_text().rsplit(": ", 1)[1], pattern[2, 1])
    inspector.page.keyboard.press("Enter")
    expect(inspector.page).to_have_url(re.compile("cell=2-1"))
    expect(inspector.close_cell).to_be_visible()


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


@pytest.mark.parametrize(("name", "picture"), [("q", "Queries"), ("v", "Values")])
def test_hovering_a_vector_shows_the_real_number(
    inspector: Inspector, oracle: Oracle, name: str, picture: str
) -> None:
    vectors = oracle.array(name, 3, 1)
    token, dimension = 11, 5
    inspector.open()
    inspector.tab("Vectors")
    strip = inspector.page.get_by_role("img", name=re.compile(f"^{picture}: .* by 32 dimensions"))
    expect(strip).to_be_visible()
    box = place_of(strip)
    inspector.page.mouse.move(
        box["x"] + (dimension + 0.5) / 32 * box["width"],
        box["y"] + (token + 0.5) / SIZE * box["height"],
    )

    note = inspector.note(f"{name} of {oracle.tokens(LAW)[token]} ({token})")
    expect(note).to_contain_text("dimension")
    value, dim = note.inner_text().split("\n")[1], number_after("dimension", note)
    assert int(dim) == dimension
    assert shows(value, vectors[token, dimension])


def test_the_chosen_cell_tells_its_story_key_by_key(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open(text=LAW, layer=3, head=1, cell="9-2")
    inspector.tab("Vectors")
    story = inspector.page.get_by_role("table", name=re.compile("^q of its"))
    expect(story).to_be_visible()
    pattern, scores = oracle.array("pattern", 3, 1)[9], oracle.array("scores", 3, 1)[9]
    inspector.settled()
    rows = [row for row in story.get_by_role("row").all_inner_texts() if row.startswith("k")]
    assert len(rows) > 3
    for row in rows:
        pos = int(re.search(r"\((\d+)\)", row)[1])  # type: ignore[index]
        score, weight = row.split("\n")[-2:]
        assert shows(score, scores[pos])
        assert shows(weight, pattern[pos])


def test_the_table_behind_the_heatmap_holds_the_pattern(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open()
    inspector.page.get_by_text("Table of the pattern").click()
    table = inspector.page.get_by_role("region", name="Table of the pattern")
    expect(table.get_by_role("row")).to_have_count(1 + SIZE)
    expect(table.get_by_role("cell")).to_have_count(SIZE * SIZE)
    rows = table.get_by_role("row").all()[1:]
    shown = [row.get_by_role("cell").all_inner_texts() for row in rows]
    assert np.array(shown, dtype=float) == pytest.approx(oracle.array("pattern", 3, 1), abs=5.1e-4)


def test_several_heads_are_compared_each_in_its_colour(inspector: Inspector) -> None:
    inspector.open()
    inspector.tile(0, 2).click(modifiers=["Shift"])
    inspector.unfold("Sort, colour, compare")
    inspector.page.get_by_role("switch", name="Compare").check()
    inspector.tile(5, 11).click()

    chips = inspector.page.get_by_role("list", name="Heads in the link picture")
    expect(chips.get_by_role("button", name=re.compile("^Open head"))).to_have_text(
        ["3-1", "0-2", "5-11"]
    )
    expect(inspector.links).to_have_accessible_name(
        re.compile("layer 3 head 1, layer 0 head 2, layer 5 head 11")
    )
    expect(inspector.page).to_have_url(re.compile("with=0-2%2C5-11"))
    inks = inspector.settled().links.evaluate(
        """(canvas) => {
             const { data } = canvas.getContext('2d')
               .getImageData(0, 0, canvas.width, canvas.height);
             const hues = new Set();
             for (let i = 0; i < data.length; i += 4) {
               const [r, g, b, a] = data.slice(i, i + 4);
               const [low, high] = [Math.min(r, g, b), Math.max(r, g, b)];
               if (a < 40 || high - low < 60) continue;
               const hue = high === r ? (g - b) / (high - low)
                 : high === g ? 2 + (b - r) / (high - low) : 4 + (r - g) / (high - low);
               hues.add(Math.round(60 * hue + 360) % 360 / 30 | 0);
             }
             return [...hues];
           }"""
    )
    assert len(inks) >= 3
    chips.get_by_role("button", name="Remove head 0-2").click()
    expect(inspector.links).to_have_accessible_name(re.compile("layer 3 head 1, layer 5 head 11"))


def test_previous_and_next_head_walk_through_the_model(inspector: Inspector) -> None:
    inspector.open(text=LAW, layer=3, head=0)
    inspector.page.get_by_role("button", name="Previous head").click()
    inspector.shows_head(2, 11)
    inspector.page.get_by_role("button", name="Next head").click()
    inspector.page.get_by_role("button", name="Next head").click()
    inspector.shows_head(3, 1)
