"""What a page is on paper, and where the system forces its colours."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.inspector import Inspector
from tests.browser.oracle import LAW

# Colours of a canvas, coarsely: a picture has many, a black one has one.
COLORS = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4 * 7) {
    if (data[at + 3]) seen.add(data.slice(at, at + 3).map((value) => value >> 4).join());
  }
  return seen.size;
}"""


def shade(locator: Locator) -> str:
    color: str = locator.evaluate("(element) => getComputedStyle(element).backgroundColor")
    return color


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_keep_their_colours_where_the_system_forces_its_own(
    visit: Callable[..., Inspector], scheme: str
) -> None:
    inspector = visit(forced_colors="active", color_scheme=scheme)
    inspector.open(text=LAW, layer=3, head=1, query="its", key="Law", cell="9-2")
    for name in (".tiles-canvas", ".links-base"):
        assert inspector.page.locator(name).first.evaluate(COLORS) >= 5, name
    arc = inspector.page.locator(".hero-focus path").first
    assert arc.evaluate("(path) => getComputedStyle(path).stroke") not in ("none", "rgb(0, 0, 0)")
    word = inspector.units.nth(2)
    assert shade(word) not in ("rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    # The words of a picture can be read on its own ground.
    token = inspector.token("query", 2)
    ink = token.evaluate("(element) => getComputedStyle(element).color")
    assert ink != shade(inspector.page.locator(".links-scroll"))
    inspector.tab("Vectors")
    for name in (".strip-canvas", ".explanation-strip canvas"):
        canvas = inspector.page.locator(name).first
        expect(canvas).to_be_visible()
        inspector.settled()
        assert canvas.evaluate(COLORS) >= 5, name


PRINTED = {
    "/#text={text}&layer=3&head=1&query=its&key=Law": 2,
    "/#text={text}&layer=3&head=1&cell=9-2": 2,
    "/walk#text={text}&step=4": 2,
    "/compare#text={text}&query=its&key=Law": 2,
    "/pairs": 2,
}
"""The most pages of each."""


@pytest.mark.parametrize("path", PRINTED)
def test_a_printed_page_is_one_or_two_light_pages_with_the_address(
    visit: Callable[..., Inspector], path: str, tmp_path: Path
) -> None:
    inspector = visit(color_scheme="dark")
    page = inspector.page
    page.goto(f"{inspector.address}{path.format(text=LAW)}")
    expect(page.get_by_role("application").or_(page.locator("canvas")).first).to_be_visible()
    inspector.settled()
    file = tmp_path / "page.pdf"
    page.pdf(path=file, format="A4", print_background=True)
    count = len(re.findall(rb"/Type\s*/Page[^s]", file.read_bytes()))
    assert 1 <= count <= PRINTED[path]
    page.emulate_media(media="print")
    assert shade(page.locator("body")) in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    ink = page.locator("h1").evaluate("(element) => getComputedStyle(element).color")
    assert ink == "rgb(28, 26, 23)"  # of the light theme
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for hidden in ("Site", "Explore"):
        expect(page.get_by_role("navigation", name=hidden)).to_be_hidden()
    expect(page.get_by_role("button", name="Read")).to_be_hidden()
