"""The lessons on images and convolutions: a digit that is drawn, read, shuffled and covered."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.learner import CONVOLUTION, IMAGES, Learner
from tests.browser.oracle import Oracle
from tests.browser.patience import settle


def of(oracle: Oracle, lesson: str = "images", **body: Any) -> dict[str, Any]:
    return oracle.post(f"/learn/{lesson}", **body)


def state(learner: Learner) -> dict[str, list[str]]:
    return parse_qs(urlsplit(learner.page.url).fragment)


def image_of(said: str) -> list[list[int]]:
    return [[int(sign, 17) for sign in said[row * 8 : row * 8 + 8]] for row in range(8)]


def test_every_model_says_what_it_reads(learner: Learner, oracle: Oracle) -> None:
    learner.open(IMAGES, digit=7)
    learner.show()
    answer = of(oracle, digit=7)
    rows = learner.table("What each model gives each digit")
    assert rows[0][1:] == [str(digit) for digit in range(10)]
    expected = [[f"{share:.2f}" for share in each["shares"]] for each in answer["classifiers"]]
    assert [row[1:] for row in rows[1:]] == expected
    expect(learner.step.locator("dd").nth(1)).to_have_text(str(answer["label"]))
    right = learner.table("Right, of 360 pictures that were kept from training, over 3 trainings")
    found = {each["model"]: each for each in answer["figures"] if each["measure"] == "accuracy"}
    assert [row[1] for row in right[1:]] == [
        f"{found[each['model']]['mean']:.3f}" for each in answer["classifiers"]
    ]


def test_a_digit_that_is_drawn_is_read_and_stands_in_the_address(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(IMAGES)
    learner.show()
    sheet = learner.page.get_by_role("img", name="A sheet to draw a digit on")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    mouse = learner.page.mouse
    places = [(0.25, 0.15), (0.75, 0.15), (0.45, 0.85)]  # a seven
    mouse.move(box["x"] + places[0][0] * box["width"], box["y"] + places[0][1] * box["height"])
    mouse.down()
    for x, y in places[1:]:
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=8)
    mouse.up()
    expect(learner.page).to_have_url(re.compile("pixels="))
    settle(learner.page)
    pixels = image_of(state(learner)["pixels"][0])
    answer = of(oracle, pixels=pixels)
    assert max(range(10), key=lambda digit: answer["shares"][digit]) == 7
    expect(learner.step.locator("dd").first).to_contain_text("7 (")
    learner.page.get_by_role("button", name="Clear").click()
    expect(learner.page).not_to_have_url(re.compile("pixels="))


def test_a_pixel_is_inked_by_the_keyboard(learner: Learner, oracle: Oracle) -> None:
    learner.open(IMAGES, digit=7)
    learner.show()
    before = of(oracle, digit=7)["pixels"]
    picture = learner.page.get_by_role("application", name=re.compile("^The picture as it is read"))
    picture.focus()
    learner.page.keyboard.press("ArrowDown")  # to the first pixel
    learner.page.keyboard.press("Enter")
    expect(learner.page).to_have_url(re.compile("pixels="))
    before[0][0] = 0 if before[0][0] else 16
    assert image_of(state(learner)["pixels"][0]) == before


def test_each_head_has_its_map_and_a_patch_is_looked_from(learner: Learner, oracle: Oracle) -> None:
    learner.open(IMAGES, step=2, digit=7)
    learner.show()
    maps = learner.step.locator(".head-map-one")
    expect(maps).to_have_count(4)
    answer = of(oracle, digit=7)
    expect(maps.nth(2)).to_contain_text(f"to CLS {answer['pattern'][1][0][0]:.2g}"[:9])
    stage = maps.nth(3).get_by_role("application")
    stage.focus()
    learner.page.keyboard.press("ArrowDown")
    learner.page.keyboard.press("ArrowRight")
    learner.page.keyboard.press("Enter")
    expect(learner.page).to_have_url(re.compile("pos=2"))
    settle(learner.page)
    looked = of(oracle, digit=7, query_pos=2)
    row = looked["pattern"][1][1]
    expect(learner.entry.locator(".entry-value")).to_have_text(f"{max(row):.5f}")
    expect(learner.step).to_contain_text("row 0, column 1 gives the patches")


def test_a_patch_of_one_pixel_is_looked_at_as_well(learner: Learner) -> None:
    learner.open(IMAGES, step=2, model="pixels", pos=64)
    learner.show()
    expect(learner.step).to_contain_text("row 7, column 7 gives the patches")
    learner.page.get_by_role("button", name="2 × 2 pixels").click()
    settle(learner.page)
    expect(learner.step).to_contain_text("CLS gives the patches")


def test_without_positions_a_shuffled_picture_is_the_same(learner: Learner, oracle: Oracle) -> None:
    learner.open(IMAGES, step=3, digit=7)
    learner.guess.get_by_role("button", name="Exactly what it said before.").click()
    settle(learner.page)
    expect(learner.guess).to_contain_text("That is what came out.")
    rows = learner.table("What the models give each digit, before and after")
    answers = [of(oracle, digit=7), of(oracle, digit=7, shuffle=1)]
    expected = [
        [f"{share:.2f}" for share in answer["classifiers"][model]["shares"]]
        for model in (0, 1)
        for answer in answers
    ]
    assert [row[1:] for row in rows[1:]] == expected
    assert expected[2] == expected[3]
    learner.page.get_by_role("button", name="Shuffle again").click()
    expect(learner.page).to_have_url(re.compile("shuffle=2"))


@pytest.mark.parametrize("occlusion", ["most", "ink"])
def test_what_is_covered_moves_the_answer(learner: Learner, oracle: Oracle, occlusion: str) -> None:
    learner.open(IMAGES, step=4, digit=7, occlusion=occlusion)
    learner.show()
    before, after = of(oracle, digit=7), of(oracle, digit=7, occlusion=occlusion)
    digit = max(range(10), key=lambda each: before["shares"][each])
    now = max(range(10), key=lambda each: after["shares"][each])
    expect(learner.step.locator("dd").nth(2)).to_have_text(str(now))
    expect(learner.step.locator("dt").first).to_have_text(f"it gives {digit}, nothing covered")
    table = learner.table("Right with a quarter of the patches covered, over 3 trainings")
    found = {each["measure"]: each for each in before["figures"] if each["model"] == "patches"}
    measures = ["accuracy", *(f"occluded_{each}" for each in ("most", "least", "ink", "random"))]
    assert [row[1] for row in table[1:]] == [f"{found[each]['mean']:.3f}" for each in measures]


def test_a_head_of_one_offset_looks_there_whatever_is_drawn(
    learner: Learner, oracle: Oracle
) -> None:
    learner.open(CONVOLUTION, head=0, pixel=27)
    expect(learner.step).to_contain_text("looks at the pixel above it and to the left")
    numbers = learner.step.locator("dd")
    expect(numbers.nth(0)).to_have_text("row 3, column 3")
    expect(numbers.nth(1)).to_have_text("row 2, column 2")
    expect(numbers.nth(2)).to_have_text("1.000000")
    pattern = of(oracle, "convolution", head=0)["pattern"]
    others = sum(pattern[27]) - pattern[27][18]
    assert others < 1e-40
    learner.page.get_by_role("button", name="↘").click()
    settle(learner.page)
    expect(numbers.nth(1)).to_have_text("row 4, column 4")


def test_nine_heads_give_the_numbers_of_the_convolution(learner: Learner, oracle: Oracle) -> None:
    learner.open(CONVOLUTION, step=2, digit=7, channel=2)
    learner.show()
    answer = of(oracle, "convolution", digit=7, channel=2)
    for name, field in (("by the convolution", "by_convolution"), ("by nine heads", "by_heads")):
        rows = [row[1:] for row in learner.table(name)[1:]]
        found = [[float(cell.replace("−", "-")) for cell in row] for row in rows]
        assert np.array(found) == pytest.approx(np.array(answer[field]), abs=0.006)
    pixel = answer["by_convolution"][3][3]
    expect(learner.entry.locator(".entry-value")).to_contain_text(f"{abs(pixel):.3f}"[:5])
