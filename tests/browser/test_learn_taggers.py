"""The lesson on taggers: I saw a saw, and a sentence of one's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.learner import TAGGERS, Learner
from tests.browser.oracle import Oracle
from tests.browser.patience import settle

TABLE = "What each tagger says of every word"


def of(oracle: Oracle, text: str = "I saw a saw .") -> dict[str, Any]:
    return oracle.post("/learn/taggers", text=text)


def cells(answer: dict[str, Any], names: list[str]) -> list[list[str]]:
    found = []
    for each in answer["taggers"]:
        if each["tagger"] in names:
            shares = each["shares"]
            tops = [f"{max(row):.2f}" for row in shares] if shares else [""] * len(each["tags"])
            found.append([f"{tag}{top}" for tag, top in zip(each["tags"], tops, strict=True)])
    return found


def shown(learner: Learner) -> list[list[str]]:
    rows = learner.table(TABLE)[1:]
    return [[re.sub(r"\s", "", cell) for cell in row[1:]] for row in rows]


def test_one_vector_gets_one_answer(learner: Learner, oracle: Oracle) -> None:
    learner.open(TAGGERS)
    learner.guess.get_by_role("button", name="The same of both.").click()
    settle(learner.page)
    expect(learner.guess).to_contain_text("That is what came out.")
    answer = of(oracle)
    assert shown(learner) == cells(answer, ["frequent", "token"])
    vectors = learner.table("The first 8 of 64 numbers of their vectors")
    assert [row[0] for row in vectors[1:]] == ["saw (1)", "saw (3)"]
    assert vectors[1][1:] == vectors[2][1:]
    numbers = [float(cell.replace("−", "-")) for cell in vectors[1][1:]]
    for number, expected in zip(numbers, answer["vectors"][1], strict=False):
        assert abs(number - expected) < 0.006


def test_without_its_stop_the_windows_fall_back_on_the_verb(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(TAGGERS, step=2)
    names = ["token", "window_1", "window_2", "window_4"]
    assert shown(learner) == cells(of(oracle), names)
    learner.guess.get_by_role("button", name="Verb, all three.").click()
    settle(learner.page)
    expect(learner.guess).to_contain_text("That is what came out.")
    expect(learner.page.get_by_role("switch", name="with its full stop")).not_to_be_checked()
    answer = of(oracle, "I saw a saw")
    assert shown(learner) == cells(answer, names)
    assert {row[3][:4] for row in shown(learner)} == {"VERB"}
    noun = answer["tags"].index("NOUN")
    given = [each["shares"][3][noun] for each in answer["taggers"] if each["tagger"] == "window_1"]
    expect(learner.guess).to_contain_text(f"it gets {given[0]:.2f} from a window of one")
    learner.page.get_by_role("switch", name="with its full stop").check()
    settle(learner.page)
    assert shown(learner) == cells(of(oracle), names)


def test_a_sentence_of_ones_own_is_tagged_and_stands_in_the_address(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(TAGGERS, step=3, text="They fish for fish .")
    names = ["rnn", "gru", "lstm", "rnn_both", "gru_both", "lstm_both"]
    answer = of(oracle, "They fish for fish .")
    assert shown(learner) == cells(answer, names)
    learner.page.get_by_role("button", name="for", exact=True).click()
    expect(learner.page).to_have_url(re.compile("word=2"))
    table = learner.table("What each gives for")
    tags = table[0][1:]
    gru = next(each for each in answer["taggers"] if each["tagger"] == "gru")
    expected = [f"{gru['shares'][2][answer['tags'].index(tag)]:.2f}" for tag in tags]
    assert table[2][1:] == expected


def test_who_is_right_how_often_is_what_the_card_says(learner: Learner, oracle: Oracle) -> None:
    learner.open(TAGGERS, step=5)
    learner.show()
    answer = of(oracle)
    found = {(each["model"], each["measure"]): each for each in answer["figures"]}
    rows = learner.table("Right, of sentences that were kept from training")[1:]
    assert len(rows) == 13
    for row, each in zip(rows, answer["taggers"], strict=True):
        figure = found[each["tagger"], "ewt-dev.accuracy"]
        assert row[2].startswith(f"{figure['mean']:.3f}")
        assert row[4].startswith(f"{found[each['tagger'], 'ewt-dev.pairs']['mean']:.3f}")


@pytest.mark.refused(422)
def test_a_text_of_too_many_words_is_refused_in_plain_words(learner: Learner) -> None:
    learner.open(TAGGERS, text="saw " * 61)
    expect(learner.page.get_by_role("alert")).to_contain_text("give 1 to 60")
