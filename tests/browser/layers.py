"""Layers beside attention as a person knows them, and what they must show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.numbers import significant
from tests.browser.oracle import LAW, Oracle

TITLES = {
    "norms": "layer 3 head 1, norm-weighted",
    "gradient_pattern": "layer 3 head 1, gradient × pattern",
    "rollout": "layers 0 to 3, rollout",
    "flow": "layers 0 to 3, flow",
}
LONG = " ".join([LAW] * 4)
SAW = "I saw a saw"
LABELS = {
    "pattern": "Pattern",
    "norms": "Norm-weighted",
    "gradient_pattern": "Gradient × pattern",
    "rollout": "Rollout",
    "flow": "Flow",
}
TABLES = {
    "norms": "Table of the norms",
    "gradient_pattern": "Table of gradient × pattern",
    "rollout": "Table of the rollout",
    "flow": "Table of the flow",
}


class Layers:
    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.page = inspector.page
        self.control = self.page.get_by_role("group", name="What the pictures show")
        self.shown = self.control.get_by_role("group", name="Shown")
        self.output = self.control.get_by_role("combobox", name="Output")
        self.about = self.control.get_by_role("paragraph").first
        self.alert = self.control.get_by_role("alert")
        self.faithful = self.page.get_by_role("region", name=re.compile("^Is it faithful"))
        self.measure = self.faithful.get_by_role("button", name="Measure all its links")
        self.measure_row = self.faithful.get_by_role(
            "button", name=re.compile("its row|the row of")
        )
        self.numbers = self.faithful.get_by_role("term").locator("xpath=..")
        self.scatter = self.faithful.get_by_role("img", name=re.compile(" links: rank of"))
        self.rank = self.page.get_by_text(re.compile("^rank correlation"))
        self.attribution = self.page.get_by_text("Integrated gradients: what each token adds")
        self.added = self.page.get_by_role("list", name="What each token adds")
        self.steps = self.page.get_by_role("group", name="Steps")
        self.sum = self.page.get_by_text(re.compile("Sums to "))

    def open(self, **state: object) -> Layers:
        """The page with a state in its address, once all of it is drawn."""
        fields: dict[str, object] = {
            "text": SAW,
            "layer": 3,
            "head": 1,
            "tab": "attribution",
            **state,
        }
        self.inspector.goto(**fields)
        self.inspector.stand(HEADS if "model" not in state else self.heads(str(state["model"])))
        return self

    @staticmethod
    def heads(model: str) -> int:
        return {"small": 16}[model]

    def button(self, name: str) -> Locator:
        return self.shown.get_by_role("button", name=LABELS[name], exact=True)

    def objective_of(self, name: str) -> None:
        self.button(name).click()
        expect(self.button(name)).to_have_attribute("aria-pressed", "true")

    def drawn(self, title: str) -> None:
        """Wait until both pictures are of that layer."""
        expect(self.inspector.heatmap).to_have_accessible_name(re.compile(f"^Heatmap of {title}:"))
        expect(self.inspector.links).to_have_accessible_name(
            re.compile(f"^Token links of {title},")
        )
        self.inspector.settled()

    def tells(self, name: str, wanted: NDArray[Any], blank: str = "masked") -> None:
        """Wait until the table behind the heatmap holds those very numbers."""
        table = self.page.get_by_role("table", name=TABLES[name])
        summary = self.page.locator("summary").filter(has_text=re.compile(f"^{TABLES[name]}$"))
        expect(summary).to_be_visible()  # by then the table, if it is open, is of that layer too
        if not table.is_visible():
            summary.click()
        for query, row in enumerate(wanted):
            cells = table.get_by_role("row").nth(1 + query).get_by_role("cell")
            expect(cells).to_have_text(written(row, blank))


def written(values: Sequence[float] | NDArray[Any], blank: str = "masked") -> list[str]:
    """Numbers as the screen writes them, which holds them with 32 bits."""
    return [
        blank if np.isnan(value) else significant(float(np.float32(value)), 4) for value in values
    ]


def answer(oracle: Oracle, name: str, layer: int = 3, head: int = 1, **rest: Any) -> NDArray[Any]:
    """A layer's own numbers, asked without a browser; NaN where there is none."""
    body = {"text": SAW, "layers": [layer], "heads": [head], "include": [name], **rest}
    found = oracle.post("/attention", **body)
    where = found["layers"] if name in ("rollout", "flow") else found["heads"]
    return np.array(where[0][name], dtype=float)
