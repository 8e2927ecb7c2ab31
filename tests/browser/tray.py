"""The tray of edits as a person knows it, and what it must show: the API's own answers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import FloatRect, Locator, expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.numbers import significant
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import place_of


def centre(box: FloatRect) -> tuple[float, float]:
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


class Tray:
    def __init__(self, inspector: Inspector) -> None:
        self.inspector = inspector
        self.page = inspector.page
        self.section = self.page.get_by_role("region", name="What if", exact=True)
        self.title = self.section.get_by_role("heading", name="What if", exact=True)
        self.cards = self.section.get_by_role("list", name="Edits").locator("> li")
        self.add = self.page.get_by_role("button", name="Add to what if")
        self.reset = self.section.get_by_role("button", name="Reset")
        self.alert = self.section.get_by_role("alert")
        self.verdict = self.section.get_by_text(re.compile("^The sentence’s vector turns by"))
        self.band = self.section.get_by_role("img", name=re.compile("draws that switch off"))
        self.controls = self.section.get_by_role("term").locator("xpath=..")
        self.turns = self.section.get_by_role("list", name="Change of each token")
        self.moved = self.section.get_by_role("grid", name="How much each pattern moved")
        self.singles = self.section.get_by_role("table", name="Change of the sentence by each head")
        self.cutting = self.page.get_by_role("switch", name="Cut links")
        self.waiting = self.section.get_by_text("No edit is applied: the model is as it was.")

    def open(self, *edits: str, heads: int = HEADS, **state: object) -> Tray:
        """The page with edits in its address, once their effect stands."""
        fields = {"text": LAW, "layer": 3, "head": 1, "tab": "what-if", **state}
        fragment = urlencode([*fields.items(), *(("edit", edit) for edit in edits)])
        self.page.goto(f"{self.inspector.address}/#{fragment}")
        self.inspector.stand(heads)
        if edits:
            expect(self.verdict).to_be_visible()
        return self

    def card(self, number: int) -> Locator:
        return self.section.get_by_role("listitem", name=re.compile(rf"^Edit {number}: "))

    def drag(self, source: Locator, target: Locator) -> None:
        """From one to the other, however far: the page scrolls while it is on its way."""
        x, y = centre(place_of(source))
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 9, y + 9, steps=3)
        mouse.move(*centre(place_of(target)), steps=3)
        mouse.up()

    def shows(self, answer: dict[str, Any]) -> None:
        """Wait until the tray shows that very answer, number by number."""
        change, controls, band = answer["change"], answer["controls"], answer["controls"]["band"]
        expect(self.verdict).to_contain_text(
            f"turns by {significant(change['sentence_cosine_distance'], 3)}"
        )
        below = sum(draw < change["sentence_cosine_distance"] for draw in band)
        told = {0: "Not larger than in any of 20", 20: "Larger than in all 20"}
        expect(self.verdict).to_contain_text(told.get(below, f"Larger than in {below} of 20 draws"))
        expect(self.verdict).to_contain_text(
            ": more than chance gives" if below == 20 else ": no more than chance gives"
        )
        own_z = controls["own_z"]
        expect(self.controls).to_have_text(
            [
                "Nothing edited0 exactly",
                f"Own z patched in{'0 exactly' if own_z == 0 else significant(own_z, 2)}",
                f"Random heads, 20 draws{significant(band[0], 2)} to {significant(band[-1], 2)}",
            ]
        )
        tokens = answer["target_tokens"] or answer["tokens"]
        expect(self.turns.get_by_role("listitem")).to_have_text(
            [
                f"{token['text']}{significant(turn, 2)}"
                for token, turn in zip(tokens, change["cosine_distance"], strict=True)
            ]
        )

    def address(self) -> list[str]:
        """The edits that the address names."""
        edits: list[str] = self.page.evaluate(
            "() => new URLSearchParams(location.hash.slice(1)).getAll('edit')"
        )
        return edits

    def expect_address(self, *edits: str) -> None:
        """Wait until the address names those edits and no others."""
        self.page.wait_for_function(
            """(edits) => JSON.stringify(new URLSearchParams(location.hash.slice(1))
                 .getAll('edit')) === JSON.stringify(edits)""",
            arg=list(edits),
        )


def what_if(oracle: Oracle, *edits: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """The answer of the API, asked beside the browser."""
    return oracle.post("/what-if", **{"text": LAW, "edits": list(edits), **rest})
