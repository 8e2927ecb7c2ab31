"""Models: what each is, those that are not here, and those with other kinds of attention."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import models
from tests.browser.inspector import HEADS, Inspector
from tests.browser.numbers import weight_text
from tests.browser.oracle import LAW, Oracle, shows
from tests.browser.patience import Gate

ONCE, UPON = "once upon a time", "there was a big red dog"


def pick(inspector: Inspector, name: str) -> None:
    inspector.page.get_by_role("button", name=re.compile(r"BERT, MiniLM")).click()
    objective_of(inspector, name)


def objective_of(inspector: Inspector, name: str) -> None:
    radio = inspector.page.locator(f"input[value='{name}']")
    inspector.dialog.locator("label").filter(has=radio).click()


def test_the_picker_tells_what_each_model_is(inspector: Inspector, oracle: Oracle) -> None:
    inspector.open()
    inspector.page.get_by_role("button", name=re.compile(r"BERT, MiniLM.*6 × 12")).click()
    bert = oracle.model("bert")
    expect(inspector.dialog).to_contain_text(bert["title"])
    expect(inspector.dialog).to_contain_text(bert["description"])
    expect(inspector.dialog).to_contain_text("6 layers × 12 heads")
    expect(inspector.dialog).to_contain_text("licence Apache-2.0")
    names = inspector.dialog.get_by_role("radio").evaluate_all(
        "(radios) => radios.map(({ value }) => value)"
    )
    assert names[:6] == [
        "bert",
        "small",
        "google-bert/bert-base-uncased",
        "google-bert/bert-base-chinese",
        "openai-community/gpt2",
        "Helsinki-NLP/opus-mt-zh-en",
    ]
    inspector.page.keyboard.press("Escape")
    expect(inspector.dialog).to_be_hidden()


@pytest.mark.refused(503)
def test_a_hub_model_that_cannot_be_had_says_why_and_what_to_do(
    inspector: Inspector, oracle: Oracle
) -> None:
    name = "openai-community/gpt2"
    inspector.open()
    pick(inspector, name)

    expect(inspector.alert).to_have_count(1)
    expect(inspector.alert).to_contain_text(
        oracle.refusal("/overview", model=name, text=LAW), ignore_case=True
    )
    found = oracle.model(name)
    assert found["state"] == "unavailable"
    expect(inspector.alert).to_contain_text(found["reason"], ignore_case=True)
    expect(inspector.alert).to_contain_text(found["remedy"], ignore_case=True)
    expect(inspector.text).to_have_value(LAW)
    inspector.page.get_by_role("button", name=re.compile("GPT-2")).click()
    expect(inspector.dialog).to_contain_text(found["reason"], ignore_case=True)
    expect(inspector.dialog).to_contain_text(found["remedy"], ignore_case=True)
    objective_of(inspector, "bert")
    expect(inspector.alert).to_have_count(0)
    inspector.stand()


@pytest.mark.refused(503)
def test_what_is_wrong_with_a_whole_run_is_told_once(inspector: Inspector) -> None:
    page = inspector.open().page
    head = page.get_by_role("region", name=re.compile("^Layer")).get_by_role("alert")
    overview = Gate(page, "**/api/v1/overview")
    with page.expect_response(lambda answer: answer.url.endswith("/attention")):
        pick(inspector, "openai-community/gpt2")
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => setTimeout(go, 100)))")
    assert head.count() == 0, "the head was refused first, and waits for what the overview says"
    overview.open()
    expect(inspector.alert).to_have_count(1)
    assert head.count() == 0


def test_a_model_with_three_kinds_of_attention_shows_each(
    inspector: Inspector, oracle: Oracle
) -> None:
    model = {"model": "tiny-bart", "text": ONCE, "text_pair": UPON}
    inspector.goto(text=ONCE, pair=UPON, model="tiny-bart")
    inspector.stand(models.ENCODER_LAYERS * models.ENCODER_HEADS)
    kinds = inspector.page.get_by_role("group", name="Kind of attention")
    expect(kinds.get_by_role("button")).to_have_text(["encoder", "decoder", "cross"])

    kinds.get_by_role("button", name="cross").click()
    inspector.stand(models.DECODER_LAYERS * models.DECODER_HEADS)
    inspector.tile(2, 4).click()
    inspector.shows_head(2, 4)
    answer = oracle.post("/attention", **model, kind="cross", layers=[2], heads=[4])
    queries = [token["text"] for token in answer["query_tokens"]]
    keys = [token["text"] for token in answer["key_tokens"]]
    assert len(queries) != len(keys)
    expect(inspector.tokens("query")).to_have_text(queries)
    expect(inspector.tokens("key")).to_have_text(keys)
    pattern = np.array(answer["heads"][0]["pattern"])
    inspector.page.mouse.move(*inspector.point(5, 2, *pattern.shape))
    note = inspector.note("cross layer 2 head 4").filter(has_text="score")
    expect(note).to_contain_text(f"{queries[5]} (5)")
    expect(note).to_contain_text(f"{keys[2]} (2)")
    assert shows(note.inner_text().split("\n")[1], pattern[5, 2])
    inspector.page.mouse.click(*inspector.point(5, 2, *pattern.shape))
    cell = oracle.cell(2, 4, 5, 2, **model, kind="cross")
    expect(inspector.step("softmax")).to_be_visible()
    weight = inspector.step("softmax").locator("p").nth(1).inner_text().split(" = ")[1]
    assert shows(weight, cell["pattern"], digits=5)

    inspector.page.reload()
    inspector.stand(models.DECODER_LAYERS * models.DECODER_HEADS)
    expect(kinds.get_by_role("button", name="cross")).to_have_attribute("aria-pressed", "true")
    inspector.shows_head(2, 4)


def test_an_address_may_name_the_models_first_kind(inspector: Inspector) -> None:
    inspector.goto(text=ONCE, pair=UPON, model="tiny-bart", kind="encoder", layer=1, head=2)
    inspector.stand(models.ENCODER_LAYERS * models.ENCODER_HEADS)
    inspector.shows_head(1, 2)


def test_the_search_looks_across_from_the_second_text_to_the_first(
    inspector: Inspector, oracle: Oracle
) -> None:
    model = {"model": "tiny-bart", "text": ONCE, "text_pair": UPON}
    inspector.goto(text=ONCE, pair=UPON, model="tiny-bart", kind="cross")
    inspector.stand(models.DECODER_LAYERS * models.DECODER_HEADS)
    inspector.query_word.focus()
    inspector.words.get_by_role("button", name="dog", exact=True).click()
    across = inspector.page.get_by_role("toolbar", name="Words that are looked at")
    across.get_by_role("button", name="time", exact=True).click()

    found = oracle.search("dog", "time", **model, kind="cross")
    first = inspector.ranking.get_by_role("row").nth(1)
    best = found["heads"][0]
    expect(first.get_by_role("rowheader")).to_contain_text(f"{best['layer']}-{best['head']}")
    expect(first.get_by_role("cell").first).to_have_text(weight_text(best["weight"]))


def test_a_causal_head_says_which_cells_are_masked(inspector: Inspector, oracle: Oracle) -> None:
    name = models.small_decoder_name()
    text = "once upon a time there was a little girl"
    pattern = oracle.array("pattern", 1, 2, text, model=name)
    shape = oracle.model(name)
    size = len(pattern)
    assert np.isnan(pattern[np.triu_indices(size, 1)]).all()
    inspector.goto(text=text, model=name, layer=1, head=2)
    inspector.stand(shape["layers"] * shape["heads"])

    expect(inspector.links).to_have_accessible_name(re.compile("causal: no query looks ahead"))
    inspector.page.mouse.move(*inspector.point(2, 5, size, size))
    note = inspector.note("layer 1 head 2").filter(has_text="score")
    expect(note).to_contain_text("masked")
    inspector.page.mouse.move(*inspector.point(5, 2, size, size))
    expect(note).to_contain_text(re.compile(r"\(5\).*\(2\)", re.DOTALL))
    expect(note).not_to_contain_text("masked")
    assert shows(note.inner_text().split("\n")[1], pattern[5, 2])
    inspector.page.mouse.click(*inspector.point(2, 5, size, size))
    expect(inspector.close_cell).to_be_visible()
    expect(inspector.step("softmax")).to_contain_text("A masked key takes no part of the row.")


def test_going_back_to_the_first_model_brings_its_heads_back(inspector: Inspector) -> None:
    inspector.open(text=ONCE)
    pick(inspector, "tiny-bart")
    expect(inspector.tiles).to_have_count(models.ENCODER_LAYERS * models.ENCODER_HEADS)
    inspector.page.go_back()
    expect(inspector.tiles).to_have_count(HEADS)
