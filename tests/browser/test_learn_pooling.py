"""The lesson on pooling: a mean, and a query."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.learner import APPLES, POOLING, Learner
from tests.browser.oracle import Oracle, read_number
from tests.browser.patience import settle


def of(oracle: Oracle, **body: Any) -> dict[str, Any]:
    sent = {"model": "small", "text": APPLES, "layer": 2, "head": 1, **body}
    return oracle.post("/learn/pooling", **sent)


def numbers(cells: list[str]) -> list[float]:
    return [read_number(cell)[0] for cell in cells]


def test_a_sentence_becomes_tags_one_vector_or_another_sequence(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(POOLING)
    rows = learner.table("What may become of many vectors")[1:]
    answer = of(oracle)
    assert rows[0][2] == ", ".join(f"{each['text']} {each['tag']}" for each in answer["tags"])
    assert f"{len(answer['tokens'])} vectors of {len(answer['mean'])} numbers" in rows[1][2]


def test_a_query_without_sharpness_is_the_mean(learner: Learner, oracle: Oracle) -> None:
    learner.open(POOLING, step=2)
    answer = of(oracle)
    weights = learner.table(re.compile("^Weights of the mean and of"))[1:]
    assert numbers(weights[1][1:]) == pytest.approx(answer["weights"][2], abs=6e-4)
    worked = read_number(learner.entry.locator("b").inner_text())[0]
    assert worked == pytest.approx(max(answer["pooled"][2], key=abs), rel=1e-3)
    learner.guess.get_by_role("button", name="The mean.").click()
    settle(learner.page)
    expect(learner.guess).to_contain_text("That is what came out.")
    vectors = learner.table(re.compile("^What comes out"))[1:]
    assert vectors[0][1:] == vectors[1][1:]
    assert numbers(vectors[0][1:]) == pytest.approx(of(oracle, sharpness=0)["mean"][:8], rel=6e-3)


def test_every_query_takes_home_a_vector_of_its_own(learner: Learner, oracle: Oracle) -> None:
    learner.open(POOLING, step=3)
    answer = of(oracle)
    rows = learner.table(re.compile("^What each query takes home"))[1:]
    assert len(rows) == len(answer["tokens"])
    for row, pooled in zip(rows, answer["pooled"], strict=True):
        assert numbers(row[1:]) == pytest.approx(pooled[:8], rel=6e-3, abs=1e-6)
