"""The lesson on the scale: what was drawn, and what real heads do."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import expect

from tests.browser.learner import APPLES, SCALE, Learner
from tests.browser.numbers import significant
from tests.browser.oracle import Oracle


def test_what_was_drawn_is_on_screen_and_one_score_worked_out(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(SCALE, d=16)
    drawn = oracle.post("/learn/scale", d=16)
    shown = learner.step.locator("dd").all_inner_texts()
    assert shown == [
        significant(drawn["unscaled"]["variance"], 4),
        "16",
        significant(drawn["scaled"]["variance"], 4),
    ]
    first = drawn["first"]
    assert learner.entry.locator("b").inner_text() == significant(
        float(np.dot(first["q"], first["k"])), 5
    )
    learner.page.get_by_role("button", name="Draw again").click()
    again = oracle.post("/learn/scale", d=16, seed=1)["unscaled"]["variance"]
    expect(learner.step.locator("dd").first).to_have_text(significant(again, 4))


def test_curves_go_through_what_each_size_gives(learner: Learner, oracle: Oracle) -> None:
    learner.open(SCALE, step=2, d=64)
    sizes = [2**n for n in range(10)]
    sweep = oracle.post("/learn/scale", d=1, sweep=sizes)["sweep"]
    for n, kind in enumerate(("unscaled", "scaled")):
        path = learner.step.locator(".curve .curve-line").nth(n).get_attribute("d") or ""
        points = [float(point.split(" ")[1]) for point in path[1:].split("L")]
        entropies = [one[kind]["entropy"] for one in sweep]
        # The axis goes from 0 to 1: heights follow the numbers by one line.
        slope, start = np.polyfit(entropies, points, 1)
        assert np.abs(np.array(entropies) * slope + start - points).max() < 0.2
    drawn = oracle.post("/learn/scale", d=64)
    assert learner.step.locator("dd").all_inner_texts() == [
        significant(drawn[kind]["entropy"], 4) for kind in ("unscaled", "scaled")
    ]


def test_a_picture_that_is_the_answer_comes_after_the_guess(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(SCALE, step=4)
    dots = learner.step.get_by_role("link", name=re.compile("^Head "))
    expect(dots).to_have_count(0)
    learner.guess.get_by_role("button", name="Most of them beyond it.").click()
    expect(dots).to_have_count(16)
    heads = oracle.post("/learn/scale/heads", model="small", text=APPLES)["heads"]
    names = [dot.get_attribute("aria-label") for dot in dots.all()]
    assert names == [
        f"Head {one['layer']}-{one['head']}: spread {significant(one['spread'], 3)}, "
        f"entropy {one['entropy']:.2f}"
        for one in heads
    ]
    beyond = sum(one["spread"] > one["d_head"] ** 0.5 for one in heads)
    expect(learner.guess).to_contain_text(f"Of 16 heads {beyond} spread further")
    dots.nth(5).click()
    expect(learner.inspector.title).to_have_text("Layer 1, head 1")


def test_whoever_will_not_guess_can_see_it_too(learner: Learner) -> None:
    learner.open(SCALE, step=3)
    expect(learner.step.get_by_role("img")).to_have_count(0)
    learner.page.get_by_role("button", name="Show the picture without a guess").click()
    expect(learner.step.get_by_role("img")).to_have_count(1)
    expect(learner.guess.get_by_role("status")).to_be_empty()
