"""How a page may be looked at: light and dark, on a desktop and on a phone; and what must hold in
each look. A page is opened once, and its looks change around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.inspector import Inspector

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WIDTHS = (390, 320)

WIDER = """addEventListener('DOMContentLoaded', () => {
  const wider = new CSSStyleSheet();
  wider.replaceSync('* { letter-spacing: 0.1em !important } math { font-size: 125% }');
  document.adoptedStyleSheets = [wider];
})"""
"""Letters a tenth of their size apart, as in a font that is wide."""

ALL_RULES: dict[str, Any] = {}
COLOURS_ALONE = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
ALL_BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}


def violations(inspector: Inspector, rules: dict[str, Any] = ALL_RULES) -> list[str]:
    """What axe finds, in a line each; after all has come to rest."""
    inspector.settled()
    options = {"resultTypes": ["violations"], **rules}
    found = Axe().run(inspector.page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]


def violations_of_every_look(inspector: Inspector) -> list[str]:
    """What axe finds as the page stands, its colours in the dark, all but colours on a phone, and
    by how much a phone's width is too narrow. The page stands as before afterwards."""
    page = inspector.page
    size = page.viewport_size
    assert size is not None
    found = violations(inspector)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {line}" for line in violations(inspector, COLOURS_ALONE)]
    page.emulate_media(color_scheme="light")
    found += wider_than(inspector, WIDTHS)
    page.set_viewport_size({"width": WIDTHS[0], "height": 844})
    found += [f"phone: {line}" for line in violations(inspector, ALL_BUT_COLOURS)]
    page.set_viewport_size(size)
    inspector.settled()
    return found


def wider_than(inspector: Inspector, widths: Iterable[int]) -> list[str]:
    """By how much the page is wider than each of those windows, where it is; the last one stays."""
    found = []
    for width in widths:
        inspector.page.set_viewport_size({"width": width, "height": 844})
        over = sideways(inspector)
        if over:
            found.append(f"{over} pixels wider than {width}")
    return found


def sideways(inspector: Inspector) -> int:
    """By how much the page is wider than the window, or can be scrolled sideways, in pixels."""
    inspector.settled()
    size = inspector.page.viewport_size
    assert size is not None
    # A phone's innerWidth grows with what does not fit: the window's own width is the measure.
    over: int = inspector.page.evaluate(
        """(width) => {
             scrollTo({ left: 9999, top: scrollY, behavior: 'instant' });
             const scrolled = scrollX;
             scrollTo({ left: 0, top: scrollY, behavior: 'instant' });
             return Math.max(0, scrolled, document.documentElement.scrollWidth - width);
           }""",
        size["width"],
    )
    return over
