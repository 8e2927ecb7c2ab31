"""The controls over the pictures: level, special tokens, threshold, links, sort and colour."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.oracle import LAW, Oracle, share, shows

PIECES = "The unbelievable lighthousekeeper rehydrated his marshmallows."


def test_words_are_summed_over_keys_and_averaged_over_queries(
    inspector: Inspector, oracle: Oracle
) -> None:
    answer = oracle.post("/tokens", text=PIECES)
    words, tokens = answer["words"], answer["tokens"]
    long = [i for i, word in enumerate(words) if len(word["tokens"]) > 1]
    assert len(long) >= 2, "this text is cut into whole words: take another one"
    row, col = long[-1], long[0]
    pattern = oracle.array("pattern", 2, 5, PIECES)
    by_hand = pattern[np.ix_(words[row]["tokens"], words[col]["tokens"])].sum(1).mean()
    of_api = oracle.array("pattern", 2, 5, PIECES, level="word")
    assert of_api[row, col] == pytest.approx(by_hand, abs=1e-6)

    inspector.open(text=PIECES, layer=2, head=5)
    expect(inspector.tokens("query")).to_have_text([token["text"] for token in tokens])
    inspector.level.get_by_role("button", name="Words").click()
    expect(inspector.tokens("query")).to_have_text([word["text"] for word in words])
    expect(inspector.heatmap).to_have_accessible_name(re.compile(f"{len(words)} queries down"))
    inspector.page.mouse.move(*inspector.point(row, col, len(words), len(words)))
    note = inspector.note("layer 2 head 5").filter(has_text=f"{words[col]['text']} ({col})")
    expect(note).to_contain_text(f"{words[row]['text']} ({row})")
    assert shows(note.inner_text().split("\n")[1], by_hand)


def test_a_cell_between_words_opens_its_strongest_cell_between_tokens(
    inspector: Inspector, oracle: Oracle
) -> None:
    words = oracle.post("/tokens", text=PIECES)["words"]
    pattern = oracle.array("pattern", 2, 5, PIECES)
    row, col = 2, 3
    queries, keys = words[row]["tokens"], words[col]["tokens"]
    block = pattern[np.ix_(queries, keys)]
    at = np.unravel_index(block.argmax(), block.shape)
    best = (queries[int(at[0])], keys[int(at[1])])

    inspector.open(text=PIECES, layer=2, head=5, level="word")
    inspector.page.mouse.click(*inspector.point(row, col, len(words), len(words)))
    expect(inspector.close_cell).to_be_visible()
    expect(inspector.page).to_have_url(re.compile(f"cell={best[0]}-{best[1]}$"))


def test_hiding_special_tokens_says_what_is_hidden_and_rescales_nothing(
    inspector: Inspector, oracle: Oracle
) -> None:
    pattern = oracle.array("pattern", 3, 1)
    size = len(pattern)
    inspector.open()
    inspector.unfold("Display")
    inspector.hide_special.check()

    said = inspector.page.get_by_text(re.compile("^Hidden with the special tokens"))
    expect(said).to_contain_text("Nothing is rescaled")
    hidden, half = share(said.inner_text())
    kept = pattern[1:-1]
    assert abs((kept[:, 0] + kept[:, -1]).mean() - hidden) <= half * 1.01
    # A weight reads as it did before.
    row, col = 9, 2
    inspector.page.mouse.move(*inspector.point(row, col, size, size))
    note = inspector.note("layer 3 head 1").filter(has_text="score")
    expect(note).to_contain_text(f"Law ({col})")
    assert shows(note.inner_text().split("\n")[1], pattern[row, col])
    inspector.token("query", row).hover()
    expect(inspector.said_of_links()).not_to_contain_text("[SEP]")
    expect(inspector.page.get_by_text(f"of the row of its ({row})")).to_be_visible()


def test_hidden_special_tokens_are_in_the_address(inspector: Inspector) -> None:
    inspector.open()
    inspector.unfold("Display")
    inspector.hide_special.check()
    expect(inspector.page).to_have_url(re.compile("special=hidden"))
    inspector.page.reload()
    inspector.stand()
    inspector.unfold("Display")
    expect(inspector.hide_special).to_be_checked()


def drawn_links(inspector: Inspector) -> tuple[int, int, str]:
    """How many links are drawn, of how many, and the sentence that says so."""
    said = inspector.page.get_by_text(re.compile(r"links drawn: each query"))
    text = said.inner_text()
    found = re.match(r"([\d,]+) of ([\d,]+) links drawn", text)
    assert found, text
    drawn, possible = (int(n.replace(",", "")) for n in found.groups())
    return drawn, possible, text


def strongest(pattern: np.ndarray, top: int, threshold: float) -> np.ndarray:
    """The weights of each query's strongest links at or above the threshold."""
    best = -np.sort(-pattern, axis=1)[:, :top]
    return best[best >= threshold]


def test_the_strongest_links_of_each_query_are_drawn_and_counted(
    inspector: Inspector, oracle: Oracle
) -> None:
    pattern = oracle.array("pattern", 3, 1)
    inspector.open()
    drawn, possible, said = drawn_links(inspector)
    expected = strongest(pattern, 3, 0.05)
    assert (drawn, possible) == (len(expected), pattern.size)
    weight, half = share(said)
    assert abs(expected.sum() / pattern.sum() - weight) <= half * 1.01


def test_threshold_and_links_a_token_are_set_by_keyboard(
    inspector: Inspector, oracle: Oracle
) -> None:
    pattern = oracle.array("pattern", 3, 1)
    inspector.open()
    inspector.unfold("Display")
    threshold = inspector.page.get_by_role("slider", name="Threshold")
    for _ in range(5):
        threshold.press("ArrowRight")
    expect(threshold).to_have_attribute("aria-valuetext", "0.10")
    expect(inspector.page.get_by_text("of weight 0.1 or more")).to_be_visible()
    assert drawn_links(inspector)[0] == len(strongest(pattern, 3, 0.1))
    links = inspector.page.get_by_role("slider", name="Links a token")
    links.press("Home")
    expect(inspector.page.get_by_text("each query's strongest")).to_be_visible()
    assert drawn_links(inspector)[0] == len(strongest(pattern, 1, 0.1))
    expect(inspector.page).to_have_url(re.compile("threshold=0.1&top=1"))


@pytest.mark.parametrize(
    ("label", "statistic", "unit"),
    [("Entropy", "entropy", " bits"), ("On itself", "to_self", " %")],
)
def test_heads_are_sorted_by_a_statistic(
    inspector: Inspector, oracle: Oracle, label: str, statistic: str, unit: str
) -> None:
    answer = oracle.post("/attention", text=LAW, include=["pattern"])
    value = {"entropy": lambda p: -(p * np.log2(p)).sum(1).mean(), "to_self": np.trace}[statistic]
    worth = {
        (head["layer"], head["head"]): float(value(np.array(head["pattern"])))
        for head in answer["heads"]
    }
    inspector.open()
    inspector.unfold("Sort, colour, compare")
    inspector.page.get_by_role("combobox", name="Sort by").select_option(label=label)

    expect(inspector.tiles.first).to_have_accessible_name(re.compile(re.escape(unit) + "$"))
    expect(inspector.tiles).to_have_count(HEADS)
    names = [tile.get_attribute("aria-label") or "" for tile in inspector.tiles.all()]
    order = [tuple(map(int, re.findall(r"\d+", name)[:2])) for name in names]
    assert len(order) == len(set(order)) == HEADS
    sorted_worth = [worth[head] for head in order]  # type: ignore[index]
    assert all(a >= b - 1e-5 for a, b in pairwise(sorted_worth))
    expect(inspector.page).to_have_url(re.compile(f"sort={statistic}"))
    # What is open stays open, wherever it stands now.
    expect(inspector.tile(3, 1)).to_have_attribute("aria-selected", "true")


def test_heads_are_coloured_by_a_statistic(inspector: Inspector, oracle: Oracle) -> None:
    answer = oracle.post("/attention", text=LAW, include=["pattern"])
    to_self = [np.trace(h["pattern"]) / len(h["pattern"]) for h in answer["heads"]]
    inspector.open()
    inspector.unfold("Sort, colour, compare")
    inspector.page.get_by_role("combobox", name="Colour by").select_option(label="On itself")

    expect(inspector.page.get_by_text(re.compile("Colour from"))).to_contain_text(
        re.compile(rf", {100 * min(to_self):.1f} %, to full, {100 * max(to_self):.1f} %\.")
    )
    colourful = inspector.settled().overview.evaluate(
        """(grid) => {
             const canvas = grid.parentElement.querySelector('canvas');
             const { data } = canvas.getContext('2d')
               .getImageData(0, 0, canvas.width, canvas.height);
             const from = canvas.getBoundingClientRect();
             const ratio = canvas.width / from.width;
             return [...grid.querySelectorAll('[role=gridcell]')].map((tile) => {
               const box = tile.getBoundingClientRect();
               let most = 0;
               for (let y = box.top; y < box.bottom; y += 1) {
                 for (let x = box.left; x < box.right; x += 1) {
                   const at = 4 * (Math.floor((y - from.y) * ratio) * canvas.width
                     + Math.floor((x - from.x) * ratio));
                   const rgb = data.subarray(at, at + 3);
                   most = Math.max(most, Math.max(...rgb) - Math.min(...rgb));
                 }
               }
               return most;
             });
           }"""
    )
    ranks = np.argsort(to_self)
    pale, full = np.array(colourful)[ranks[:9]], np.array(colourful)[ranks[-9:]]
    assert pale.max() < full.min()


def test_the_scale_of_colour_is_chosen(inspector: Inspector) -> None:
    inspector.open()
    inspector.plotted()
    inspector.unfold("Display")
    scale = inspector.page.get_by_role("group", name="Colour scale")
    expect(scale.get_by_role("button", name="√")).to_have_attribute("aria-pressed", "true")
    before = inspector.settled().heatmap.screenshot()
    scale.get_by_role("button", name="linear").click()
    expect(scale.get_by_role("button", name="linear")).to_have_attribute("aria-pressed", "true")
    expect(inspector.page).to_have_url(re.compile("scale=linear"))
    assert inspector.settled().heatmap.screenshot() != before


def test_layer_and_head_are_chosen_from_lists(inspector: Inspector) -> None:
    inspector.open()
    inspector.page.get_by_role("combobox", name="Layer", exact=True).select_option("5")
    inspector.page.get_by_role("combobox", name="Head", exact=True).select_option("7")
    inspector.shows_head(5, 7)
