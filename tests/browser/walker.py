"""The page /walk as a person knows it, and what it must show: the API's tensors, worked with
by arithmetic that is not the page's."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import httpx
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from tests.browser.patience import settle

Array = NDArray[Any]


class Walker:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.title = page.get_by_role("heading", level=2)
        self.back = page.get_by_role("button", name="Back", exact=True)
        self.next = page.get_by_role("button", name="Next", exact=True)
        self.entry = page.get_by_role("region", name="One entry, worked out")
        self.value = self.entry.locator("b")
        self.terms = self.entry.get_by_role("table", name="Every term of the entry")
        self.alert = page.get_by_role("alert")
        self.layer = page.get_by_role("combobox", name="Layer")
        self.head = page.get_by_role("combobox", name="Head")
        self.text = page.get_by_role("textbox", name="Text", exact=True)
        self.tokens = page.get_by_role("group", name="Token to follow").get_by_role("button")
        self.inspect = page.get_by_role("link", name="This head in the inspector")
        # What stands in a matrix is a picture: its name begins with the matrix's own.
        self.matrices = page.get_by_role("application")

    def open(self, **state: object) -> Walker:
        self.page.goto(f"{self.address}/walk#{urlencode(state)}")
        expect(self.value).to_be_visible()
        return self.settled()

    def settled(self) -> Walker:
        """Wait until the step on stage is that of the address, and at rest."""
        settle(self.page)
        return self

    def step(self, number: int) -> Locator:
        steps = self.page.get_by_role("navigation", name="Steps").get_by_role("listitem")
        return steps.nth(number - 1).get_by_role("button")

    def at_step(self, number: int) -> None:
        expect(self.step(number)).to_have_attribute("aria-current", "step")

    def matrix(self, name: str) -> Locator:
        return self.page.get_by_role("application", name=re.compile(rf"^{re.escape(name)}: "))

    def numbers(self) -> Array:
        """Every number of the terms, a row a term, as the screen writes them."""
        expect(self.terms).to_be_visible()
        rows = self.terms.get_by_role("row").all()[1:]
        return np.array(
            [[read(t) for t in row.locator("span").all_inner_texts()[1:]] for row in rows]
        )


def read(text: str) -> float:
    """A number of the terms: "−0.123", or "−2·10⁻⁴"."""
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
    return float(text.translate(raised).replace("·10", "e").replace("∞", "inf"))


def tensors(address: str, **asked: Any) -> dict[str, Array]:
    """The walk's tensors in float64, from the JSON that programs get."""
    answer = httpx.post(f"{address}/api/v1/walk", json=asked, timeout=300)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return {
        name: np.array(value, dtype=np.float32).astype(float)
        for name, value in found.items()
        if isinstance(value, list | float) and name not in ("tokens", "supervised")
    }


def worked(run: dict[str, Array], step: int, head: int, i: int, j: int, d: int, m: int) -> float:
    """The entry of that step, by numpy, from the tensors of the steps before it."""
    x = run["x"][i]
    normed = (x - x.mean()) / np.sqrt(x.var() + run["norm_epsilon"])
    normed = normed * run["norm_gain"] + run["norm_bias"]
    scores = run["q"][i] @ run["k"].T * run["scale"]
    if "mask" in run:
        scores = np.where(run["mask"][i] > 0, scores, -np.inf)
    shares = np.exp(scores - scores.max())
    shares = shares / shares.sum()
    beside = np.concatenate(list(run["z"][:, i]))
    output = beside @ run["w_o"].reshape(len(beside), -1)
    return float(
        {
            1: run["token"][i, m] + run["position"][i, m] if "token" in run else run["x"][i, m],
            2: normed[m],
            3: run["normed"][i] @ run["w_q"][:, d],
            4: run["q"][i] @ run["k"][j],
            5: run["q"][i] @ run["k"][j] / np.sqrt(len(run["q"][i])),
            6: scores[j],
            7: shares[j],
            8: shares @ run["v"][:, d],
            9: output[m],
            10: run["x"][i, m] + output[m],
        }[step]
    )
