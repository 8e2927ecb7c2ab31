"""The lesson on softmax: every number on the screen comes from an oracle of its own."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.learner import APPLES, SOFTMAX, Learner, softmax
from tests.browser.numbers import significant
from tests.browser.oracle import Oracle, read_number
from tests.browser.patience import settle


def test_the_first_row_is_a_real_heads_and_its_weights_are_the_softmax_of_its_scores(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open()
    scores = oracle.array("scores", 2, 1, APPLES, model="small")[2]
    tokens = oracle.tokens(APPLES, model="small")
    rows = learner.rows("Scores and weights")
    expect(rows).to_have_count(len(tokens))
    keys = rows.get_by_role("button").all_inner_texts()
    assert [key.split(" (")[0].strip("\u2068\u2069") for key in keys] == tokens
    assert learner.weights("Scores and weights") == [
        significant(weight, 3) for weight in softmax(scores)
    ]
    pattern = oracle.array("pattern", 2, 1, APPLES, model="small")[2]
    assert learner.entry.locator("b").inner_text() == significant(pattern.max(), 5)
    expect(learner.entry).to_contain_text("The model’s own number is")


def test_a_score_that_is_dragged_moves_every_share(learner: Learner, oracle: Oracle) -> None:
    learner.open()
    own = oracle.array("scores", 2, 1, APPLES, model="small")[2]
    slider = learner.page.get_by_role("slider", name="Score of", exact=False).nth(4)
    slider.fill("4.5")
    settle(learner.page)
    edited = [round(float(score), 2) for score in own]
    edited[4] = 4.5
    weights = [read_number(text) for text in learner.weights("Scores and weights")]
    for (number, half), weight in zip(weights, softmax(edited), strict=True):
        assert abs(number - weight) <= half * 1.01
    expect(learner.page).to_have_url(re.compile("#.*scores="))  # once the slider has been still
    learner.page.get_by_role("button", name="The head’s own scores").click()
    settle(learner.page)
    assert learner.weights("Scores and weights") == [
        significant(weight, 3) for weight in softmax(own)
    ]


def test_a_guess_is_asked_for_first_and_then_the_numbers_answer(learner: Learner) -> None:
    learner.open()
    before = learner.weights("Scores and weights")
    expect(learner.guess.get_by_role("status")).to_be_empty()
    learner.guess.get_by_role("button", name="All of them grow.").click()
    expect(learner.guess.get_by_role("status")).to_contain_text("It came out otherwise.")
    settle(learner.page)
    after = learner.weights("Scores and weights")
    for was, now in zip(before, after, strict=True):
        # Scores of an address have two decimals.
        assert read_number(now)[0] == pytest.approx(read_number(was)[0], rel=0.02)
    learner.guess.get_by_role("button", name="Nothing").click()
    expect(learner.guess.get_by_role("status")).to_contain_text("That is what came out.")


@pytest.mark.parametrize(
    ("a", "third", "first"),
    [
        (1, "0.5761168847658291", "0.21194155761708547"),
        (10, "0.9999092083843409", "0.00004539580782951091"),
        (100, "1", "3.720075976020836 × 10⁻⁴⁴"),
    ],
)
def test_the_shares_of_a_a_2a_stand_there_to_the_last_digit(
    learner: Learner, a: int, third: str, first: str
) -> None:
    learner.open(step=2)
    learner.page.get_by_role("button", name=f"a = {a}", exact=True).click()
    settle(learner.page)
    exact = learner.step.locator("dd")
    assert exact.all_inner_texts() == [third, first]


@pytest.mark.parametrize("a", [1, 10, 100])
def test_the_jacobian_is_numpys_and_its_rows_and_columns_add_up_to_nothing(
    learner: Learner, a: int
) -> None:
    learner.open(step=3, a=a)
    first, second, third = weights = softmax([a, a, 2 * a])
    jacobian = np.diag(weights) - np.outer(weights, weights)
    # 1 - y would leave no digit where y is nearly 1: the others are added up.
    others = [second + third, first + third, first + second]
    np.fill_diagonal(jacobian, weights * np.array(others))
    table = learner.table("The Jacobian of softmax at [a, a, 2a]")
    assert table[0] == ["", "x₁", "x₂", "x₃", "sum"]
    for row, expected in zip(table[1:4], jacobian, strict=True):
        assert row[1:4] == [significant(value, 3) for value in expected]
        assert abs(read_number(row[4])[0]) <= 1e-15
    assert all(abs(read_number(text)[0]) <= 1e-15 for text in table[4][1:4])
    assert learner.entry.locator("b").inner_text() == significant(jacobian[2][2], 5)


def test_no_divisor_makes_what_texts_state(learner: Learner) -> None:
    learner.open(step=4)
    assert learner.weights("Scores, divided, and weights") == [
        significant(weight, 3) for weight in softmax([8, 5, 1, 3])
    ]
    learner.guess.get_by_role("button", name="No, none.").click()
    settle(learner.page)
    weights = learner.weights("Scores, divided, and weights")
    assert weights == [significant(weight, 3) for weight in softmax(np.array([8, 5, 1, 3]) / 3.427)]
    marks = learner.step.locator(".score-claim").evaluate_all("all => all.map(e => e.style.left)")
    assert marks == ["60%", "25%", "2%"]


def test_every_heads_row_is_the_apis_at_word_level(learner: Learner, oracle: Oracle) -> None:
    learner.open(step=5)
    body = {"model": "small", "text": APPLES, "level": "word", "include": ["pattern"]}
    heads = oracle.post("/attention", **body)["heads"]
    table = learner.table("What every head gives each word")
    assert table[0][1:4] == ["[CLS]", "The", "apples"]
    assert [row[0] for row in table[1:]] == [f"{one['layer']}-{one['head']}" for one in heads]
    for row, one in zip(table[1:], heads, strict=True):
        assert row[1:] == [f"{weight:.2f}" for weight in one["pattern"][2]]
    order = [table[0].index(word) - 1 for word in ("tasty", "three", "I")]
    kept = sum(
        one["pattern"][2][order[0]] > one["pattern"][2][order[1]] > one["pattern"][2][order[2]]
        for one in heads
    )
    expect(learner.step).to_contain_text(f"Of 16 heads {kept} keep that order.")


def test_an_own_sentence_goes_through_the_lesson(learner: Learner, oracle: Oracle) -> None:
    learner.open()
    learner.inspector.text.fill("I saw a saw")
    learner.inspector.read.click()
    expect(learner.rows("Scores and weights")).to_have_count(6)
    settle(learner.page)
    scores = oracle.array("scores", 2, 1, "I saw a saw", model="small")[1]
    assert learner.weights("Scores and weights") == [
        significant(weight, 3) for weight in softmax(scores)
    ]
    learner.page.keyboard.press("Escape")
    learner.open(step=5, text="I saw a saw")
    expect(learner.step).not_to_contain_text("Texts tell")


@pytest.mark.refused(422)
def test_a_text_that_cannot_be_read_is_said_so_and_another_can_be_typed(learner: Learner) -> None:
    learner.page.goto(f"{learner.inspector.address}/{SOFTMAX}")
    expect(learner.rows("Scores and weights")).to_have_count(17)
    learner.inspector.text.fill("tree " * 300)
    learner.inspector.read.click()
    expect(learner.inspector.alert).to_contain_text("tokens")
    learner.inspector.text.fill("I saw a saw")
    learner.inspector.read.click()
    expect(learner.rows("Scores and weights")).to_have_count(6)
