"""The page as a person knows it: by roles, names and visible text. The only place of this
folder that says how a part of the page is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from tests.browser.patience import settle

HEADS = 72
Side = Literal["query", "key"]
Appearance = Literal["light", "dark"]

# The axes of the figure that Plotly holds, which is drawn in the task that sets them.
PLOTTED = """([rows, cols]) => {
  const axes = document.querySelector('.js-plotly-plot')?.layout;
  return axes?.xaxis.range.join() === [-0.5, cols - 0.5].join()
    && axes.yaxis.range.join() === [rows - 0.5, -0.5].join();
}"""


class Inspector:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        # The boxes stand in the place of the sentence while it is written.
        self.text = page.get_by_role("textbox", name="Text", exact=True, include_hidden=True)
        self.second_text = page.get_by_role(
            "textbox", name="Second text", exact=True, include_hidden=True
        )
        self.own_sentence = page.get_by_role("button", name="Your own sentence")
        self.read = page.get_by_role("button", name="Read", exact=True)
        self.examples = page.get_by_role("list", name="Examples")
        self.alert = page.get_by_role("alert")
        self.overview = page.get_by_role("grid", name="Attention heads")
        self.tiles = self.overview.get_by_role("gridcell")
        self.title = page.get_by_role("heading", level=2, name=re.compile(r"^Layer \d"))
        self.links = page.get_by_role("img", name=re.compile("^Token links of"))
        self.heatmap = page.get_by_role("application", name=re.compile("^Heatmap of"))
        self.query_word = page.get_by_role("textbox", name="Word that looks")
        self.key_word = page.get_by_role("textbox", name="Word it looks at")
        self.words = page.get_by_role("toolbar", name="Words of the text")
        self.units = self.words.get_by_role("button")
        self.caption = page.locator(".hero-caption")
        self.ranking = page.get_by_role("region", name="Ranked heads")
        self.close_cell = page.get_by_role("button", name="Close the arithmetic")
        self.theme = page.get_by_role("button", name="Dark", exact=True)
        self.dialog = page.get_by_role("dialog", name="Model")
        self.level = page.get_by_role("group", name="Level")
        self.hide_special = page.get_by_role("switch", name="Hide special tokens")
        # Plotly's own layer that takes the pointer: it covers the cells and nothing else.
        self.plot = page.locator(".nsewdrag")

    def open(self, **state: object) -> Inspector:
        """The page with a state in its address, once head and overview stand."""
        self.goto(**state)
        self.stand()
        return self

    def goto(self, **state: object) -> None:
        self.page.goto(f"{self.address}/#{urlencode(state)}" if state else self.address)

    def stand(self, heads: int = HEADS) -> None:
        """Wait until the overview has its heads, one of them is drawn, and all is at rest."""
        expect(self.tiles).to_have_count(heads)
        expect(self.links).to_be_visible()
        expect(self.heatmap).to_be_visible()
        self.settled()

    def settled(self) -> Inspector:
        """Wait until all that was asked for is on screen and at rest."""
        settle(self.page)
        return self

    def paste(self, text: str) -> None:
        """What Ctrl+V does to a text box whose text is selected."""
        self.edit()
        self.text.select_text()
        self.page.evaluate(
            """([box, text]) => {
                 const data = new DataTransfer();
                 data.setData('text/plain', text);
                 const event = new ClipboardEvent('paste',
                   { clipboardData: data, bubbles: true, cancelable: true });
                 if (box.dispatchEvent(event)) document.execCommand('insertText', false, text);
               }""",
            [self.text.element_handle(), text],
        )

    def edit(self) -> None:
        """The box in the place of the sentence."""
        if not self.text.is_visible():
            self.own_sentence.click()

    def unfold(self, name: str) -> None:
        """What is folded under that name is in sight."""
        fold = self.page.locator("details").filter(has=self.page.get_by_text(name, exact=True))
        if fold.get_attribute("open") is None:
            fold.locator("summary").click()

    def tab(self, name: str) -> None:
        """That tab of the open head."""
        self.page.get_by_role("tab", name=re.compile(f"^{name}")).click()

    def type(self, text: str) -> None:
        self.edit()
        self.text.fill(text)
        self.read.click()

    def tile(self, layer: int, head: int) -> Locator:
        return self.overview.get_by_role(
            "gridcell", name=re.compile(rf"^Layer {layer}, head {head}(,|$)")
        )

    def shows_head(self, layer: int, head: int) -> None:
        """Wait until title, links and heatmap are all of that head."""
        name = re.compile(rf" of (cross )?layer {layer} head {head}\b")
        self.shows_title(layer, head)
        expect(self.links).to_have_accessible_name(name)
        expect(self.heatmap).to_have_accessible_name(name)

    def shows_title(self, layer: int, head: int) -> None:
        expect(self.title).to_have_text(re.compile(rf"^Layer {layer}, head {head}\b"))

    def tokens(self, side: Side) -> Locator:
        group = self.page.get_by_role("group", name=f"{side.capitalize()} tokens")
        return group.get_by_role("button")

    def token(self, side: Side, pos: int) -> Locator:
        group = self.page.get_by_role("group", name=f"{side.capitalize()} tokens")
        return group.get_by_role("button", name=re.compile(rf", {side} {pos}$"))

    def said_of_links(self) -> Locator:
        """The sentence under the links about the token in focus."""
        said = re.compile(r"(looks at|is looked at by) |^Hover or focus a token")
        return self.page.get_by_text(said).and_(self.page.locator("[aria-live]"))

    def plotted(self) -> None:
        """Wait until Plotly has drawn the heatmap, which it does once somebody comes near."""
        self.heatmap.dispatch_event("pointerenter")
        expect(self.plot).to_be_visible()

    def point(self, query_pos: int, key_pos: int, rows: int, cols: int) -> tuple[float, float]:
        """Where a cell of the heatmap stands in the window, once Plotly has drawn all of them."""
        size = re.compile(rf": {rows} queries down, {cols} keys across")
        expect(self.heatmap).to_have_accessible_name(size)
        self.plotted()
        self.page.wait_for_function(PLOTTED, arg=[rows, cols])
        self.heatmap.scroll_into_view_if_needed()
        self.settled()
        box = self.plot.bounding_box()
        assert box is not None
        x = box["x"] + (key_pos + 0.5) / cols * box["width"]
        y = box["y"] + (query_pos + 0.5) / rows * box["height"]
        return x, y

    def note(self, title: str) -> Locator:
        """The tooltip, while it has that heading."""
        heading = self.page.get_by_text(title, exact=True)
        return self.page.get_by_role("tooltip").filter(has=heading)

    def step(self, title: str) -> Locator:
        """One step of the open cell's arithmetic."""
        heading = self.page.get_by_role("heading", name=title)
        return self.page.get_by_role("listitem").filter(has=heading)

    def export(self, label: str) -> None:
        button = self.page.get_by_role("button", name="Export")
        item = self.page.get_by_role("menuitem", name=re.compile(f"^{label}"))
        if not item.is_visible():
            button.click()
        item.click()

    def copied(self) -> str:
        text: str = self.page.evaluate("() => navigator.clipboard.readText()")
        return text

    @contextmanager
    def unanswered(self, pattern: str) -> Iterator[None]:
        """While it lasts the network swallows those requests, as if the server were gone."""
        self.page.route(pattern, lambda route: route.abort("connectionrefused"))
        try:
            yield
        finally:
            self.page.unroute(pattern)
