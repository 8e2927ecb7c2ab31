"""The lessons: each way leads on, every step is whole, whoever learns and wherever."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.learner import STEPS, Learner
from tests.browser.looks import violations_of_every_look
from tests.browser.oracle import LAW
from tests.browser.patience import Gate, settle


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
    "the mask of the walk": ("walk", {"step": 6}, "Paint a mask"),
    "a window that is tried": (
        "",
        {"text": LAW, "layer": 3, "head": 1, "tab": "what-if", "edit": "window.3.1.w2"},
        "How far does it reach?",
    ),
    "the edges of a graph that are kept": (
        "",
        {"text": LAW, "layer": 3, "head": 1, "tab": "what-if", "edit": "only_along.3.1.e4-2"},
        "Look along the edges",
    ),
    "the tags of the model's output": (
        "",
        {"text": LAW, "model": "small", "tab": "outputs"},
        "The same word, the same vector",
    ),
    "the positions of the walk": ("walk", {"step": 1}, "Positions as waves"),
    "models without positions": ("learn/order", {"step": 4}, "Without positions, a bag of patches"),
    "the projections of the walk": ("walk", {"step": 3}, "Why q, k and v?"),
    "the scores of the walk": ("walk", {"step": 4}, "Three ways to compare a query with a key"),
    "the mix of the walk": ("walk", {"step": 8}, "A fixed cue, or a query"),
    "the output of the walk": ("walk", {"step": 9}, "Side by side, times W_o"),
    "a mask along syntax": ("learn/masks", {"mask": "edges"}, "Look along the edges"),
    "a window that is painted": ("learn/masks", {"mask": "window"}, "One head for each offset"),
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

LESSON_OF = {
    "Scores become shares": "Softmax and its gradient",
    "Can a divisor make 60, 25 and 2 per cent?": "Softmax and its gradient",
    "The longer the vectors, the further the scores spread": "Why divide by √d?",
    "What softmax makes of it": "Why divide by √d?",
    "Paint a mask": "Who may look at whom?",
    "How far does it reach?": "Who may look at whom?",
    "Look along the edges": "A graph is a mask",
    "Without positions, a bag of patches": "An image is a sequence of patches",
    "A fixed cue, or a query": "From many vectors to one",
    "Positions as waves": "Word order",
    "Why q, k and v?": "Score functions and normalisers",
    "Three ways to compare a query with a key": "Score functions and normalisers",
    "Side by side, times W_o": "Several heads",
    "The same word, the same vector": "I saw a saw",
    "One head for each offset": "A convolution is a special case",
}


@pytest.mark.parametrize("place", PLACES)
def test_the_place_that_raises_a_question_leads_to_its_lesson(learner: Learner, place: str) -> None:
    path, state, title = PLACES[place]
    learner.page.goto(f"{learner.inspector.address}/{path}#{urlencode({'v': 1, **state})}")
    learner.page.get_by_role("link", name=f"Lesson: {LESSON_OF[title]}").first.click()
    expect(learner.title).to_have_text(title)


def test_while_the_numbers_are_awaited_the_last_ones_stay(learner: Learner) -> None:
    learner.open(step=2)
    gate = Gate(learner.page, "**/learn/softmax")
    learner.page.get_by_role("button", name="a = 10", exact=True).click()
    expect(learner.step.locator("dd").first).to_have_text("0.5761168847658291")
    gate.open()
    expect(learner.step.locator("dd").first).to_have_text("0.9999092083843409")


@pytest.mark.parametrize("lesson", STEPS)
def test_axe_finds_nothing_in_any_step_of_any_look(learner: Learner, lesson: str) -> None:
    found = {step: violations_of_every_look(learner.inspector) for step in learner.steps(lesson)}
    assert {step: lines for step, lines in found.items() if lines} == {}


def test_axe_finds_nothing_on_the_path_in_any_look(learner: Learner) -> None:
    learner.page.goto(f"{learner.inspector.address}/learn")
    assert violations_of_every_look(learner.inspector) == []


def test_the_theme_stands_in_the_line_of_the_name(learner: Learner) -> None:
    page = learner.page
    for lesson in STEPS:
        learner.open(lesson)
        for width in (1201, 1280, 1345, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            boxes = [page.locator(f".masthead-{part}").bounding_box() for part in ("name", "theme")]
            assert boxes[0] is not None
            assert boxes[1] is not None
            assert abs(boxes[0]["y"] - boxes[1]["y"]) < 30, (lesson, width)


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
