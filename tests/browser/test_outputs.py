"""What a model says of a text, and its taught heads, as a person finds them on the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from playwright.sync_api import Locator, expect

from tests.browser.inspector import Inspector
from tests.browser.looks import PHONE, sideways, violations_of_every_look
from tests.browser.numbers import weight_text
from tests.browser.oracle import LAW, Oracle
from tests.models.speaking import ANTECEDENT, HEADS, LAYERS, PARENT, TASKS, TEXT

MODEL = "speaker"
NAMES = ("tags", "parents")
EVERY_HEAD = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]


class Said:
    """The section as a person knows it."""

    def __init__(self, inspector: Inspector) -> None:
        page = inspector.page
        self.section = page.get_by_role("region", name="What the model says", exact=True)
        self.pictures = self.section.get_by_role("img", name=re.compile("^Tags and parents"))
        self.fill = self.section.get_by_role("group", name=re.compile("^What may stand at"))
        self.antecedents = self.section.get_by_role("list", name="Antecedents")

    def open_table(self) -> Locator:
        self.section.get_by_text("Table of what the model says").click()
        table = self.section.get_by_role("table")
        expect(table).to_be_visible()
        return table

    def table(self, words: int) -> Iterator[list[str]]:
        rows = self.open_table().get_by_role("row")
        expect(rows).to_have_count(1 + words)
        for row in rows.all()[1:]:
            yield row.locator("th, td").all_inner_texts()


def speak(inspector: Inspector, text: str = TEXT, **state: object) -> Said:
    inspector.goto(model=MODEL, text=text, tab="outputs", **state)
    expect(inspector.tiles).to_have_count(LAYERS * HEADS)
    inspector.settled()
    said = Said(inspector)
    expect(said.section).to_be_visible()
    return said


def test_the_table_holds_every_tag_parent_and_antecedent(
    inspector: Inspector, oracle: Oracle
) -> None:
    answer = oracle.post("/outputs", model=MODEL, text=TEXT)
    words, outputs = answer["words"], answer["outputs"]
    antecedents = {each["word"]: each for each in outputs["antecedents"]}
    wanted = []
    for tag, parent in zip(outputs["tags"], outputs["parents"], strict=True):
        word = words[tag["word"]]
        to = "root" if parent["to"] == parent["word"] else words[parent["to"]]["text"]
        row = [f"{word['tokens'][0]} {word['text']}", tag["tag"], f"{tag['probability']:.3f}"]
        row += [to, f"{parent['value']:.3f}"]
        refers = antecedents.get(tag["word"])
        row += [words[refers["to"]]["text"], f"{refers['value']:.3f}"] if refers else ["", ""]
        wanted.append(row)
    assert list(speak(inspector).table(len(wanted))) == wanted


def test_the_picture_sets_each_words_tag_under_it_and_names_the_root(
    inspector: Inspector, oracle: Oracle
) -> None:
    answer = oracle.post("/outputs", model=MODEL, text=TEXT)
    words, outputs = answer["words"], answer["outputs"]
    tags = [(words[each["word"]]["text"], each["tag"]) for each in outputs["tags"]]
    said = speak(inspector)
    expect(said.pictures).to_have_count(2)  # one for each sentence
    inspector.settled()
    texts = [text for picture in said.pictures.all() for text in centred(picture)]
    shown = []
    for text, x, y in texts:
        below = [other for other in texts if other[1] == x and 0 < other[2] - y < 30]
        if below and text != "root":
            shown.append((text, below[0][0]))
    assert shown == tags
    roots = [each for each in outputs["parents"] if each["to"] == each["word"]]
    assert sum(text == "root" for text, _, _ in texts) == len(roots)


def centred(picture: Locator) -> list[tuple[str, float, float]]:
    """Every text of a picture, with where it stands."""
    found: list[tuple[str, float, float]] = picture.evaluate(
        """(svg) => [...svg.querySelectorAll('text')].map((text) =>
             [text.textContent, +text.getAttribute('x'), +text.getAttribute('y')])"""
    )
    return [(text, x, y) for text, x, y in found]


def test_a_pronoun_says_what_it_refers_to(inspector: Inspector, oracle: Oracle) -> None:
    answer = oracle.post("/outputs", model=MODEL, text=TEXT)
    (its,) = answer["outputs"]["antecedents"]
    to = answer["words"][its["to"]]
    said = speak(inspector)
    expect(said.antecedents).to_have_text(
        re.compile(
            rf"^its \(\d+\) refers to {re.escape(to['text'])} \(\d+\){weight_text(its['value'])}$"
        )
    )


def test_a_word_that_is_pointed_at_tells_its_tag_and_parent(
    inspector: Inspector, oracle: Oracle
) -> None:
    answer = oracle.post("/outputs", model=MODEL, text=TEXT)
    words, (tag, *_), (parent, *_) = answer["words"], *map(answer["outputs"].get, NAMES)
    said = speak(inspector)
    said.pictures.first.get_by_text(words[tag["word"]]["text"], exact=True).hover()
    note = inspector.note("position 1")
    expect(note).to_contain_text(f"{tag['tag']} {weight_text(tag['probability'])}")
    expect(note).to_contain_text(f"{weight_text(parent['value'])}")


def test_a_candidate_that_is_clicked_takes_the_place_of_the_mask(
    inspector: Inspector, oracle: Oracle
) -> None:
    (fill,) = oracle.post("/outputs", model=MODEL, text=TEXT)["outputs"]["fills"]
    said = speak(inspector)
    buttons = said.fill.get_by_role("button")
    expect(buttons).to_have_text(
        [f"{each['piece']}{weight_text(each['probability'])}" for each in fill["candidates"]]
    )
    piece = fill["candidates"][1]["piece"]
    buttons.nth(1).click()
    filled = (
        TEXT.replace(" [MASK]", piece[2:])
        if piece.startswith("##")
        else TEXT.replace("[MASK]", piece)
    )
    expect(inspector.text).to_have_value(filled)
    expect(said.fill).to_have_count(0)


def test_a_model_that_says_nothing_has_no_such_part_and_no_marks(inspector: Inspector) -> None:
    said = speak(inspector)
    inspector.open(text=LAW)
    expect(said.section).to_have_count(0)
    expect(inspector.tile(3, 1)).to_have_accessible_name("Layer 3, head 1")
    expect(inspector.page.get_by_text(re.compile("^(free|supervised: )"))).to_have_count(0)


def test_each_head_says_what_it_was_taught_or_that_it_is_free(inspector: Inspector) -> None:
    speak(inspector, query="its", key="law")
    for layer, head in EVERY_HEAD:
        task = TASKS.get((layer, head))
        told = f"supervised: {task}" if task else "free"
        expect(inspector.tile(layer, head)).to_have_accessible_name(
            f"Layer {layer}, head {head}, {told}"
        )
        row = inspector.ranking.get_by_role("row").filter(
            has=inspector.page.get_by_role("button", name=f"Open head {layer}-{head}")
        )
        expect(row.get_by_role("rowheader")).to_contain_text(told)
    inspector.tile(*ANTECEDENT).click()
    bar = inspector.page.get_by_role("region", name=re.compile("^Layer 1, head 1"))
    expect(bar.get_by_text("supervised: antecedent", exact=True)).to_be_visible()
    inspector.tile(0, 0).click()
    bar = inspector.page.get_by_role("region", name=re.compile("^Layer 0, head 0"))
    expect(bar.get_by_text("free", exact=True)).to_be_visible()


def test_the_heads_that_it_is_read_off_can_be_opened(inspector: Inspector) -> None:
    said = speak(inspector, layer=0, head=0)
    layer, head = PARENT
    said.section.get_by_role("button", name=f"Open head {layer}-{head}").click()
    inspector.shows_head(layer, head)


def test_each_sentence_has_a_picture_of_its_own(inspector: Inspector) -> None:
    said = speak(inspector, " ".join(["the law ."] * 20))
    expect(said.pictures).to_have_count(20)
    assert len(list(said.table(60))) == 60


def test_axe_finds_no_violation_in_what_the_model_says(inspector: Inspector) -> None:
    said = speak(inspector, query="its", key="law")
    expect(inspector.ranking.get_by_role("row")).to_have_count(1 + len(EVERY_HEAD))
    said.open_table()
    assert violations_of_every_look(inspector) == []


def test_nothing_sticks_out_on_a_phone(visit: Callable[..., Inspector]) -> None:
    inspector = visit(**PHONE)
    said = speak(inspector)
    assert sideways(inspector) == 0
    said.fill.get_by_role("button").first.tap()
    expect(said.fill).to_have_count(0)
    assert sideways(inspector) == 0
