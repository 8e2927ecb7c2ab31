"""Which head links X to Y?"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.numbers import weight_text
from tests.browser.oracle import LAW, Oracle


def shows_ranking(inspector: Inspector, found: dict[str, object], count: int) -> None:
    """Wait until each row has the head, weight, rank, share of words and percentile found."""
    heads = found["heads"][:count]  # type: ignore[index]
    cells = [
        (
            weight_text(head["weight"]),
            str(head["rank"]),
            weight_text(head["weight_without_special"]),
            f"{head['percentile']:.0f}",
        )
        for head in heads
    ]
    rows = inspector.ranking.get_by_role("row")
    expect(rows).to_have_count(1 + count)
    expect(rows.get_by_role("rowheader")).to_have_text(
        [f"Open head {head['layer']}-{head['head']}" for head in heads]
    )
    expect(rows.get_by_role("cell")).to_have_text([text for row in cells for text in row])


def test_the_ranking_is_the_api_s(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open()
    found = oracle.search("its", "Law")
    shows_ranking(inspector, found, 8)
    inspector.page.get_by_role("button", name=f"Show all {HEADS} heads").click()
    shows_ranking(inspector, found, HEADS)


def test_two_other_words_are_searched_by_clicking_them(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open()
    inspector.query_word.focus()
    inspector.words.get_by_role("button", name="opinion", exact=True).click()
    inspector.words.get_by_role("button", name="my", exact=True).click()

    expect(inspector.query_word).to_have_value("opinion")
    expect(inspector.key_word).to_have_value("my")
    found = oracle.search("opinion", "my")
    assert found["found"]
    best = found["heads"][0]
    expect(inspector.page.get_by_role("status").filter(has_text="“opinion”")).to_have_text(
        f"Layer {best['layer']}, head {best['head']}: “opinion” gives "
        f"{weight_text(best['weight'])} of its attention to “my”."
    )
    shows_ranking(inspector, found, 8)


def test_words_can_be_typed_and_a_ranked_head_opened(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open()
    inspector.query_word.fill("missing")
    inspector.query_word.press("Tab")
    inspector.key_word.fill("we")
    inspector.key_word.press("Enter")

    found = oracle.search("missing", "we")
    expect(inspector.ranking.get_by_role("rowheader").first).to_have_text(
        f"Open head {found['heads'][0]['layer']}-{found['heads'][0]['head']}"
    )
    second = found["heads"][1]
    name = f"Open head {second['layer']}-{second['head']}"
    inspector.ranking.get_by_role("button", name=name, exact=True).click()
    inspector.shows_head(second["layer"], second["head"])


def test_a_repeated_word_is_searched_where_it_was_clicked(
    inspector: Inspector, oracle: Oracle
) -> None:
    text = "I saw a saw"
    inspector.open(text=text)
    inspector.query_word.focus()
    inspector.words.get_by_role("button", name="saw", exact=True).nth(1).click()
    inspector.words.get_by_role("button", name="saw", exact=True).nth(0).click()

    second, first = {"start": 8, "end": 11}, {"start": 2, "end": 5}
    found = oracle.search(second, first, text=text)
    assert found["query"]["words"] != found["key"]["words"]
    assert found["heads"] != oracle.search(first, second, text=text)["heads"]
    shows_ranking(inspector, found, 8)


def test_where_no_head_links_two_words_the_page_says_so(
    inspector: Inspector, oracle: Oracle
) -> None:
    text = "The quiet river carried old boats past the sleeping town until morning came"
    words = text.split()
    found = next(
        (
            found
            for query in words[1:]
            for key in words[1:]
            if query != key and not (found := oracle.search(query, key, text=text))["found"]
        ),
        None,
    )
    assert found, "every pair of words has a head in this text: take another one"
    inspector.open(text=text, query=found["query"]["text"], key=found["key"]["text"])
    expect(inspector.page.get_by_role("status").filter(has_text="o head")).to_have_text(
        found["message"]
    )


@pytest.mark.refused(422)
def test_a_word_that_is_not_in_the_text_is_an_error_in_place(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open()
    inspector.key_word.fill("giraffe")
    inspector.key_word.press("Enter")

    expect(inspector.alert).to_have_count(1)
    assert "giraffe" in oracle.refusal("/heads/search", text=LAW, query="its", key="giraffe")
    expect(inspector.alert).to_have_text(
        "“giraffe” is not a word of this text. Click a word, or type one of them."
    )
    # The head on screen has nothing to do with it.
    inspector.shows_head(3, 1)


def test_strong_links_are_offered_where_nothing_is_asked(
    inspector: Inspector, oracle: Oracle
) -> None:
    text = "My neighbour sold her bicycle because she was moving to Paris."
    inspector.open(text=text)
    offered = inspector.page.get_by_role("button", name=re.compile(r" → .* \d-\d+$")).first
    words, weight, head = (
        part.strip() for part in offered.inner_text().split("\n") if part.strip()
    )
    query, key = words.split(" → ")
    offered.click()

    expect(inspector.query_word).to_have_value(query)
    expect(inspector.key_word).to_have_value(key)
    layer, number = map(int, head.split("-"))
    tokens = oracle.tokens(text)
    pattern = oracle.array("pattern", layer, number, text)
    assert f"{pattern[tokens.index(query), tokens.index(key)]:.2f}" == weight


@pytest.mark.refused(0)
def test_a_search_that_failed_is_asked_again_by_enter(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open()
    expect(inspector.ranking.get_by_role("row")).to_have_count(1 + 8)
    with inspector.unanswered("**/heads/search"):
        inspector.key_word.fill("just")
        inspector.key_word.press("Enter")
        expect(inspector.page.get_by_role("button", name="Try again")).to_be_visible()
    inspector.key_word.press("Enter")
    shows_ranking(inspector, oracle.search("its", "just"), 8)
    expect(inspector.alert).to_have_count(0)


@pytest.mark.refused(0)
def test_a_cell_that_failed_can_be_asked_again(inspector: Inspector) -> None:
    inspector.open()
    again = inspector.page.get_by_role("button", name="Try again")
    with inspector.unanswered("**/api/v1/cell"):
        inspector.page.mouse.click(*inspector.point(9, 2, 27, 27))
        expect(again).to_be_visible()
    again.click()
    expect(inspector.step("softmax")).to_be_visible()
    expect(inspector.alert).to_have_count(0)
