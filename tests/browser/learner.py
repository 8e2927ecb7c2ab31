"""A lesson as a person knows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.inspector import Inspector
from tests.browser.patience import settle

APPLES = "The apples are tasty, I bought three kilos."
POOLING = "learn/pooling"
SOFTMAX = "learn/softmax"
SCALE = "learn/scale"
MASKS = "learn/masks"
GRAPHS = "learn/graphs"
IMAGES = "learn/images"
CONVOLUTION = "learn/convolution"
TAGGERS = "learn/taggers"
SCORES = "learn/scores"
HEADS = "learn/heads"
ORDER = "learn/order"
STEPS = {
    POOLING: 3,
    SOFTMAX: 5,
    SCALE: 5,
    SCORES: 4,
    HEADS: 3,
    ORDER: 4,
    MASKS: 4,
    GRAPHS: 3,
    IMAGES: 4,
    CONVOLUTION: 2,
    TAGGERS: 5,
}
"""How many each lesson has."""


class Learner:
    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.page: Page = inspector.page
        self.step = self.page.get_by_role("region", name="The step")
        self.title = self.step.get_by_role("heading", level=2)
        self.entry = self.page.get_by_role("region", name="One entry, worked out")
        self.guess = self.page.get_by_role("region", name="What do you expect?")
        self.next = self.page.get_by_role("button", name="Next", exact=True)
        self.a = self.page.get_by_role("slider", name="a", exact=True)

    def open(self, path: str = SOFTMAX, *, lang: str = "en", **state: object) -> Learner:
        query = "" if lang == "en" else f"?lang={lang}"
        fragment = f"#{urlencode({'v': 1, **state})}" if state else ""
        self.page.goto(f"{self.inspector.address}/{path}{query}{fragment}")
        expect(self.page.locator("[data-part=step] h2")).to_be_visible()
        settle(self.page)
        return self

    def steps(self, path: str, *, lang: str = "en") -> Iterator[int]:
        """Each step of a lesson in turn, opened once; pictures that wait for a guess are shown."""
        self.open(path, lang=lang)
        for step in range(1, STEPS[path] + 1):
            if step > 1:
                self.page.locator("body").press("ArrowRight")
            expect(self.page.locator("[aria-current=step]")).to_contain_text(str(step))
            self.show()
            yield step

    def show(self) -> None:
        """The picture that waits for a guess, in any language."""
        settle(self.page)
        without = self.page.locator(".lesson-unseen button")
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


def softmax(scores: Any) -> Any:
    powers = np.exp(np.array(scores) - np.max(scores))
    return powers / powers.sum()
