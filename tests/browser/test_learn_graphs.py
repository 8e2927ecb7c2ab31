"""The lesson on graphs: nodes, edges, who changes sides."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.learner import GRAPHS, Learner
from tests.browser.oracle import Oracle
from tests.browser.patience import settle


def of(oracle: Oracle, **body: Any) -> dict[str, Any]:
    return oracle.post("/learn/graphs", **{"layer": 1, **body})


def test_a_node_says_its_group_and_its_row_is_the_models(learner: Learner, oracle: Oracle) -> None:
    learner.open(GRAPHS, node=2)
    learner.show()
    answer = of(oracle)
    node = learner.step.get_by_role("button", name=re.compile("^Node 8;"))
    share = answer["shares"][8][1]
    expect(node).to_have_accessible_name(
        f"Node 8; the model says Officer, {share:.3f}; it was Mr. Hi"
    )
    node.click()
    settle(learner.page)
    row = learner.table("What 8 gives its neighbours and itself")
    open_keys = [key for key in range(34) if answer["mask"][8][key]]
    assert row[0][1:] == [str(key) for key in open_keys]
    assert row[1][1:] == [f"{answer['pattern'][8][key]:.3f}" for key in open_keys]
    assert parse_qs(urlsplit(learner.page.url).fragment).get("node", ["8"]) == ["8"]


def test_a_cut_edge_is_in_the_address_and_moves_the_answer(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(GRAPHS, flips="8-33,8-32")
    learner.show()
    expect(learner.step.locator(".graph-edge.is-cut")).to_have_count(2)
    picture = learner.page.get_by_role("application", name=re.compile("^Who may look at whom"))
    picture.focus()
    for _ in range(9):  # the first goes to the first cell
        learner.page.keyboard.press("ArrowDown")
    for _ in range(30):
        learner.page.keyboard.press("ArrowRight")
    learner.page.keyboard.press("Enter")
    settle(learner.page)
    assert parse_qs(urlsplit(learner.page.url).fragment)["flips"] == ["8-33,8-32,8-30"]
    answer = of(oracle, flips=[[8, 33], [8, 32], [8, 30]])
    assert answer["accuracy"] == 1
    expect(learner.step.locator("dd")).to_have_text(["100 %"])
    expect(
        learner.step.get_by_role("button", name=re.compile("^Node 8; .* Mr. Hi"))
    ).to_be_visible()
    learner.page.get_by_role("button", name="Undo what was changed").click()
    expect(learner.step.locator("dd")).to_have_text(["97 %"])


def test_without_the_mask_half_are_right(learner: Learner, oracle: Oracle) -> None:
    learner.open(GRAPHS, step=2)
    learner.guess.get_by_role("button", name="They are no better than chance.").click()
    settle(learner.page)
    expect(learner.guess).to_contain_text("That is what came out.")
    expect(learner.step.locator("dd")).to_have_text(["97 %", "50 %"])


@pytest.mark.parametrize(("variant", "name"), [("free", "q and k apart"), ("tied", "k = q")])
def test_what_the_weights_say_is_told_with_every_training(
    learner: Learner, oracle: Oracle, variant: str, name: str
) -> None:
    learner.open(GRAPHS, step=3)
    learner.show()
    learner.step.get_by_role("button", name=name, exact=True).click()
    settle(learner.page)
    answer = of(oracle, variant=variant)
    told = learner.step.locator("dd").all_inner_texts()
    figures = {
        each["measure"]: each for each in answer["figures"] if each["model"] == f"karate.{variant}"
    }
    numbers = [[float(text) for text in re.findall(r"[\d.]+", one)] for one in told]
    entropy, own = figures["entropy"], figures["own_group"]
    expected = [
        [answer["entropy"]],
        [entropy["mean"], entropy["least"], entropy["most"]],
        [answer["own_group"]],
        [own["mean"], own["least"], own["most"]],
        [own["baselines"]["uniform"]],
    ]
    assert [len(one) for one in numbers] == [len(one) for one in expected]
    for shown, known in zip(numbers, expected, strict=True):
        assert shown == pytest.approx(known, abs=6e-3)
