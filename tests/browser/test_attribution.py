"""Beside a head's pictures: integrated gradients of each token, and whether they are faithful."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.inspector import Inspector
from tests.browser.layers import LONG, SAW, TITLES, Layers
from tests.browser.numbers import significant
from tests.browser.oracle import Oracle
from tests.browser.patience import Gate


@pytest.fixture
def layers(inspector: Inspector) -> Layers:
    return Layers(inspector)


def test_integrated_gradients_are_asked_for_when_their_panel_opens(
    layers: Layers, oracle: Oracle
) -> None:
    layers.open()
    gate = Gate(layers.page, "**/api/v1/attention")
    layers.attribution.click()
    expect(layers.page.get_by_text("Running the model 64 times")).to_be_visible()
    gate.open()
    shows_integrated(layers, oracle, steps=64)
    layers.steps.get_by_role("button", name="16").click()
    shows_integrated(layers, oracle, steps=16)
    expect(layers.page).to_have_url(re.compile("steps=16"))
    layers.attribution.click()
    expect(layers.added).to_be_hidden()
    expect(layers.page).not_to_have_url(re.compile("steps="))


def shows_integrated(layers: Layers, oracle: Oracle, **asked: Any) -> None:
    """Wait until the panel shows the API's own numbers, and how far they add up."""
    body = {"text": SAW, "layers": [0], "heads": [0], "include": ["integrated_gradients"]}
    found = oracle.post("/attention", **body, **asked)["integrated_gradients"]
    tokens = oracle.tokens(SAW)
    values = [f"{'+' * (v > 0)}{significant(v, 3)}" for v in found["values"]]
    expect(layers.added.get_by_role("listitem")).to_have_text(
        [f"{token}{value}" for token, value in zip(tokens, values, strict=True)]
    )
    moved = found["at_input"] - found["at_baseline"]
    total = significant(sum(found["values"]), 4)
    expect(layers.sum).to_contain_text(f"Sums to {total} of {significant(moved, 4)}: gap ")
    gap = found["relative_gap"]
    told = "less than 0.1 %" if gap < 0.001 else f"{100 * gap:.1f} %"
    expect(layers.sum).to_contain_text(f"gap {told}")


def test_a_link_reopens_the_panel_with_its_steps_and_its_output(
    layers: Layers, oracle: Oracle
) -> None:
    layers.open(steps=16, output="pinned", pin="query-4")
    expect(layers.sum).to_contain_text("Of the vector of saw (4).")
    shows_integrated(layers, oracle, steps=16, output={"of": "vector", "pos": 4})


def test_how_faithful_a_head_is_stands_beside_its_picture_until_it_changes(
    layers: Layers, oracle: Oracle
) -> None:
    layers.open()
    expect(layers.measure_row).to_be_disabled()
    layers.measure.click()
    found = oracle.post("/heads/faithfulness", text=SAW, layer=3, head=1)
    shows_faithful(layers, found)
    expect(layers.faithful).to_contain_text(f"each of {found['links']} links alone")
    expect(layers.scatter).to_have_accessible_name(re.compile(f"^{found['links']} links: "))
    expect(layers.rank).to_have_text(f"rank correlation {two(found['correlations']['pattern'])}")
    layers.objective_of("norms")
    layers.drawn(TITLES["norms"])
    expect(layers.rank).to_have_text(f"rank correlation {two(found['correlations']['norms'])}")
    layers.faithful.get_by_text("Table of effects").click()
    table = layers.page.get_by_role("table", name="Table of effects")
    row = table.get_by_role("row").nth(1 + 4).get_by_role("cell")
    expect(row).to_have_text([significant(float(np.float32(v)), 3) for v in found["effects"][4]])
    layers.inspector.tile(4, 0).click()
    layers.inspector.shows_head(4, 0)
    expect(layers.scatter).to_be_hidden()
    expect(layers.rank).to_be_hidden()


def shows_faithful(layers: Layers, found: dict[str, Any]) -> None:
    """Wait until the three numbers on screen are the API's own."""
    names = {
        "pattern": "Pattern",
        "norms": "Norm-weighted",
        "gradient_pattern": "Gradient × pattern",
    }
    expect(layers.numbers).to_have_text(
        [f"{label}{two(found['correlations'][name])}" for name, label in names.items()]
    )


def two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


@pytest.mark.refused(422)
def test_too_many_links_are_refused_in_words_and_a_pinned_row_is_measured(
    layers: Layers, oracle: Oracle
) -> None:
    layers.inspector.goto(tab="attribution", text=LONG, layer=3, head=1)
    layers.inspector.stand()
    layers.measure.click()
    asked = {"text": LONG, "layer": 3, "head": 1}
    alert = layers.faithful.get_by_role("alert")
    expect(alert).to_contain_text(oracle.refusal("/heads/faithfulness", **asked), ignore_case=True)
    expect(alert).to_contain_text("pin a token that looks to measure one row")
    layers.inspector.type(SAW)
    expect(layers.inspector.tokens("query")).to_have_count(6)
    expect(alert).to_be_hidden()
    layers.inspector.token("query", 4).click()
    layers.measure_row.click()
    row = oracle.post("/heads/faithfulness", text=SAW, layer=3, head=1, query_pos=4)
    shows_faithful(layers, row)
    expect(layers.rank).to_contain_text("row of")
