"""The open head: links and heatmap side by side, and its vectors."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.inspector import Inspector
from tests.browser.numbers import number_after
from tests.browser.oracle import LAW, Oracle, shows
from tests.browser.patience import place_of

SIZE = 27  # tokens of the Law sentence


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
