"""The lesson on masks: cells that open and close, reach, cost."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.learner import APPLES, MASKS, Learner
from tests.browser.numbers import significant
from tests.browser.oracle import Oracle
from tests.browser.patience import settle


def test_a_cell_that_is_closed_gives_its_weight_to_the_rest_of_its_row(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(MASKS)
    picture = learner.page.get_by_role(
        "application", name=re.compile("^The head’s pattern under the mask")
    )
    picture.focus()
    learner.page.keyboard.press("ArrowRight")
    learner.page.keyboard.press("ArrowRight")
    learner.page.keyboard.press("Enter")
    settle(learner.page)
    own = oracle.array("pattern", 2, 1, APPLES, model="small")[0]
    masked = own.copy()
    masked[1] = 0
    masked /= masked.sum()
    rows = learner.page.get_by_role("table", name=re.compile("^The row of")).get_by_role("row")
    without, under = (rows.nth(n).locator("td").all_inner_texts() for n in (1, 2))
    assert without == [f"{weight:.3f}" for weight in own]
    assert under == [f"{weight:.3f}" for weight in masked]
    assert parse_qs(urlsplit(learner.page.url).fragment)["flips"] == ["0-1"]
    expect(learner.entry.locator("b")).to_have_text(significant(float(masked.max()), 5))
    learner.page.get_by_role("button", name="Undo what was painted").click()
    settle(learner.page)
    assert rows.nth(2).locator("td").all_inner_texts() == without


def test_a_row_without_an_open_key_has_no_weights_and_no_entry(learner: Learner) -> None:
    closed = ",".join(f"1-{key}" for key in range(6))
    learner.open(MASKS, text="I saw a saw", flips=closed, pos=1)
    rows = learner.page.get_by_role("table", name=re.compile("^The row of")).get_by_role("row")
    assert rows.nth(2).locator("td").all_inner_texts() == ["0.000"] * 6
    expect(learner.entry).to_have_count(0)
    learner.page.get_by_role("button", name="Undo what was painted").click()
    expect(learner.entry).to_be_visible()


def test_the_entry_counts_a_key_by_its_position_not_among_the_open(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(MASKS, flips="2-0,2-1")
    own = oracle.array("pattern", 2, 1, APPLES, model="small")[2]
    best = int(own[2:].argmax()) + 2
    expect(learner.entry.locator("msub").first).to_have_text(f"y{best}")


def test_a_guess_closes_the_strongest_key_of_the_row(learner: Learner, oracle: Oracle) -> None:
    learner.open(MASKS)
    learner.guess.get_by_role("button", name="All grow by the same factor.").click()
    settle(learner.page)
    own = oracle.array("pattern", 2, 1, APPLES, model="small")[2]
    rows = learner.page.get_by_role("table", name=re.compile("^The row of")).get_by_role("row")
    under = rows.nth(2).locator("td").all_inner_texts()
    assert under[int(own.argmax())] == "0.000"
    grown = [float(text) for n, text in enumerate(under) if n != own.argmax()]
    rest = np.delete(own, own.argmax())
    assert grown == pytest.approx(rest / rest.sum(), abs=6e-4)


def test_a_window_reaches_further_with_each_layer(learner: Learner) -> None:
    learner.open(MASKS, step=2, mask="window", width=1, pos=8)
    learner.show()
    first = learner.page.get_by_role("rowheader", name="after 1 layer", exact=True)
    expect(first).to_be_visible()
    table = learner.table("What reaches ,⁩ (8), layer by layer".replace(",", "⁨,", 1))
    for layer, row in enumerate(table[1:], 1):
        expected = ["●" if abs(key - 8) <= layer else "" for key in range(17)]
        assert row[1:] == expected


def test_what_a_mask_costs_is_counted(learner: Learner) -> None:
    learner.open(MASKS, step=3, mask="window", width=2)
    n, w = 17, 2
    counted = str(n * (2 * w + 1) - w * (w + 1))
    assert learner.step.locator("dd").all_inner_texts() == [counted, str(n * n), "the same"]
    causal = learner.page.get_by_role("button", name="Causal")
    causal.click()
    expect(learner.step.locator("dd").first).to_have_text(str(n * (n + 1) // 2))


def test_a_mask_of_syntax_opens_what_the_parents_say(learner: Learner, oracle: Oracle) -> None:
    learner.open(MASKS, step=3, mask="edges")
    answer = oracle.post(
        "/learn/masks", model="small", text=APPLES, layer=2, head=1, mask="edges", width=2
    )
    expect(learner.step.locator("dd").first).to_have_text(str(answer["n_scores"]))
    learner.page.get_by_role("button", name="Padding", exact=True).click()
    learner.page.get_by_role("slider", name="Positions of padding").focus()
    learner.page.keyboard.press("ArrowRight")  # from 2 to 3
    n = len(answer["tokens"])
    expect(learner.step.locator("dd").first).to_have_text(str(n * (n - 3)))
