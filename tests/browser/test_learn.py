"""The lessons: every number on the screen comes from an oracle of its own, every way leads on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.inspector import Inspector
from tests.browser.numbers import significant
from tests.browser.oracle import LAW, Oracle, read_number
from tests.browser.patience import Gate, settle
from tests.browser.test_accessibility import APPEARANCES, violations
from tests.browser.test_appearance import PHONE, sideways

APPLES = "The apples are tasty, I bought three kilos."
SOFTMAX = "learn/softmax"
SCALE = "learn/scale"
STEPS = {SOFTMAX: 5, SCALE: 4}


class Learner:
    """A lesson as a person knows it."""

    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.page: Page = inspector.page
        self.step = self.page.get_by_role("region", name="The step")
        self.title = self.step.get_by_role("heading", level=2)
        self.entry = self.page.get_by_role("region", name="One entry, worked out")
        self.guess = self.page.get_by_role("region", name="What do you expect?")
        self.next = self.page.get_by_role("button", name="Next", exact=True)
        self.a = self.page.get_by_role("slider", name="a", exact=True)

    def open(self, path: str = SOFTMAX, **state: object) -> Learner:
        fragment = f"#{urlencode({'v': 1, **state})}" if state else ""
        self.page.goto(f"{self.inspector.address}/{path}{fragment}")
        expect(self.title).to_be_visible()
        settle(self.page)
        return self

    def show(self) -> None:
        """The picture that waits for a guess."""
        without = self.page.get_by_role("button", name="Show the picture without a guess")
        if without.count():
            without.click()
            settle(self.page)

    def rows(self, name: str) -> Locator:
        """Of a picture of scores, without its headings."""
        return self.page.get_by_role("list", name=name).get_by_role("listitem")

    def weights(self, name: str) -> list[str]:
        return self.rows(name).locator(".score-weight").all_inner_texts()

    def table(self, name: str) -> list[list[str]]:
        rows = self.page.get_by_role("table", name=name).get_by_role("row").all()
        return [row.locator("th, td").all_inner_texts() for row in rows]


@pytest.fixture
def learner(inspector: Inspector) -> Learner:
    return Learner(inspector)


def softmax(scores: Any) -> Any:
    powers = np.exp(np.array(scores) - np.max(scores))
    return powers / powers.sum()


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
    assert "scores=" in urlsplit(learner.page.url).fragment
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


def test_arrow_keys_turn_the_steps_and_the_address_holds_them(learner: Learner) -> None:
    learner.open()
    learner.page.keyboard.press("ArrowRight")
    expect(learner.title).to_have_text("The winner takes all: [a, a, 2a]")
    learner.a.focus()
    learner.page.keyboard.press("ArrowRight")  # moves the slider, not the step
    expect(learner.title).to_have_text("The winner takes all: [a, a, 2a]")
    learner.next.click()
    expect(learner.title).to_have_text("What the gradient is left with")
    state = parse_qs(urlsplit(learner.page.url).fragment)
    assert state["step"] == ["3"]
    learner.page.go_back()
    expect(learner.title).to_have_text("The winner takes all: [a, a, 2a]")


def test_place_marks_are_kept_on_the_path(learner: Learner) -> None:
    learner.open()
    lesson = learner.page.get_by_role("listitem").filter(has_text="Softmax and its gradient")
    learner.page.goto(f"{learner.inspector.address}/learn")
    expect(lesson).to_contain_text("1 of 5 steps")
    lesson.get_by_role("link").click()
    expect(learner.title).to_have_text("Scores become shares")
    for step in range(2, 6):
        learner.page.keyboard.press("ArrowRight")
        expect(learner.page.locator("[aria-current=step]")).to_contain_text(str(step))
        settle(learner.page)
    expect(learner.page.get_by_role("region", name="Common mistakes")).to_be_visible()
    following = learner.page.get_by_role("link", name="Why divide by √d?")
    expect(following).to_have_attribute("href", "/learn/scale")
    learner.page.get_by_role("link", name="Lessons", exact=True).click()
    expect(lesson).to_contain_text("done")


def test_a_lesson_ends_on_the_real_head(learner: Learner) -> None:
    learner.open()
    learner.page.get_by_role("link", name="See it on a real head").click()
    expect(learner.inspector.title).to_have_text("Layer 2, head 1")
    expect(learner.page.get_by_role("region", name="The step")).to_have_count(0)


# Where a question comes up, and the title of the lesson's step that answers it.
PLACES = {
    "the arithmetic of a cell": (
        "",
        {"text": LAW, "layer": 3, "head": 1, "cell": "9-2"},
        "Scores become shares",
    ),
    "the softmax of the walk": ("walk", {"step": 7}, "Scores become shares"),
    "the scale of a cell": (
        "",
        {"text": LAW, "layer": 3, "head": 1, "cell": "9-2"},
        "The longer the vectors, the further the scores spread",
    ),
    "the scale of the walk": (
        "walk",
        {"step": 5},
        "The longer the vectors, the further the scores spread",
    ),
    "an edit without the scale": (
        "",
        {"text": LAW, "layer": 3, "head": 1, "tab": "what-if", "edit": "unscaled.3.1"},
        "What softmax makes of it",
    ),
    "a temperature": (
        "",
        {"text": LAW, "layer": 3, "head": 1, "tab": "what-if", "edit": "temperature.3.1.x2"},
        "Can a divisor make 60, 25 and 2 per cent?",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_place_that_raises_a_question_leads_to_its_lesson(learner: Learner, place: str) -> None:
    path, state, title = PLACES[place]
    learner.page.goto(f"{learner.inspector.address}/{path}#{urlencode({'v': 1, **state})}")
    lesson = "Why divide by √d?" if "scale" in place else "Softmax and its gradient"
    learner.page.get_by_role("link", name=f"Lesson: {lesson}").first.click()
    expect(learner.title).to_have_text(title)


def test_while_the_numbers_are_awaited_the_last_ones_stay(learner: Learner) -> None:
    learner.open(step=2)
    gate = Gate(learner.page, "**/learn/softmax")
    learner.page.get_by_role("button", name="a = 10", exact=True).click()
    expect(learner.step.locator("dd").first).to_have_text("0.5761168847658291")
    gate.open()
    expect(learner.step.locator("dd").first).to_have_text("0.9999092083843409")


@pytest.mark.parametrize("options", APPEARANCES.values(), ids=APPEARANCES.keys())
def test_axe_finds_nothing_in_any_step(
    visit: Callable[..., Inspector], options: dict[str, Any]
) -> None:
    learner = Learner(visit(**options))
    found = {}
    for lesson, steps in STEPS.items():
        for step in range(1, steps + 1):
            learner.open(lesson, step=step)
            learner.show()
            found[lesson, step] = violations(learner.inspector)
    learner.page.goto(f"{learner.inspector.address}/learn")
    found["learn", 0] = violations(learner.inspector)
    assert {place: lines for place, lines in found.items() if lines} == {}


def test_nothing_is_wider_than_a_phone(visit: Callable[..., Inspector]) -> None:
    learner = Learner(visit(**PHONE))
    for lesson, steps in STEPS.items():
        for step in range(1, steps + 1):
            learner.open(lesson, step=step)
            learner.show()
            assert sideways(learner.inspector) == 0, (lesson, step)


def test_on_paper_a_lesson_is_a_worksheet_of_all_its_steps(learner: Learner) -> None:
    learner.open(step=2, a=10)
    learner.guess.get_by_role("button", name="About 0.9.").click()
    learner.page.emulate_media(media="print")
    learner.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    sheet = learner.page.locator(".worksheet")
    expect(sheet.get_by_role("heading", level=2)).to_have_count(5 + 1)  # and the mistakes
    expect(sheet).to_contain_text("0.9999092083843409")
    # Its questions are open: no answer stands there.
    expect(sheet.locator(".worksheet-option")).to_have_count(4 * 3)
    expect(sheet).not_to_contain_text("It came out otherwise.")
    expect(learner.step).to_be_hidden()
    learner.page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    expect(sheet).to_be_empty()


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
