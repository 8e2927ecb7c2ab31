"""What the page costs in Chromium: from the answer to pixels, beside a bare page that does less.

Times end when the frame that shows the work has been drawn, on both pages alike. The text's
answer is in the server's cache: only the browser is measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.report import ratio, table
from bench.subjects import Subject
from bench.texts import text_of
from tests.browser.chromium import ARGUMENTS, chromium

SIZES = (27, 128, 512)
ARRIVALS = 31  # of the first picture: both sides are a frame or two, and medians of few swing
VISITS = 3  # of the whole page, each with a head opened and ten hovers of each kind
OPENED = 14  # layer 1, head 2: not the one that stands open
HOVERED = range(2, 12)
QUIET_MS = 900
T = TypeVar("T")
SCRIPT = Path(__file__).with_name("page.js")
LATER_THAN = "() => bench.noted.some((note) => note.name === '{name}' && note.drawn)"
# What was still being painted when the pointer moved is not what the move shows.
AFTER_MOVE = """() => {{
  const moved = bench.noted.find((note) => note.name === 'pointermove');
  return moved && bench.noted.some((note) =>
    note.name === '{name}' && note.drawn && note.at >= moved.at);
}}"""


@dataclass(frozen=True)
class Arrival:
    """Milliseconds from the overview's answer to its picture."""

    drawn: float  # the overview's own drawing, before the frame that shows it
    shown: float


@dataclass(frozen=True)
class Visit:
    """Milliseconds of what a person then does on the page."""

    first_picture: float
    every_picture: float
    word_hovers: list[float]
    link_hovers: list[float]
    map_hovers: list[float]


@contextmanager
def browser() -> Iterator[Browser]:
    executable = chromium(shell=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield opened
        finally:
            opened.close()


def pages(address: str, subjects: Sequence[Subject]) -> tuple[str, str, str]:
    """Two tables, of times and of memory at the largest size, and the browser's name."""
    times, memory = [], []
    with browser() as opened:
        for subject in subjects:
            for size in SIZES:
                body = {"model": subject.name, "text": text_of(size, seed=size)}
                # A context of its own: its pages share a cache, as a person's visits do.
                context = opened.new_context(
                    viewport={"width": 1400, "height": 1000}, bypass_csp=True
                )
                context.add_init_script(path=SCRIPT)
                bares, arrivals = [], []
                for round_ in range(-1, ARRIVALS):
                    bare = _in_new_page(context, _bare, address, body)
                    arrival = _in_new_page(context, _arrive, address, body)
                    if round_ >= 0:  # the first visit fills the cache that the others have
                        bares.append(bare)
                        arrivals.append(arrival)
                visits = []
                for round_ in range(VISITS):
                    page = context.new_page()
                    _arrive(page, address, body)
                    visits.append(_visit(page))
                    if round_ == VISITS - 1 and size == SIZES[-1]:
                        memory.append((subject.title, str(size), *_memory(opened, page)))
                    page.close()
                context.close()
                times.append((subject.title, str(size), *_summary(bares, arrivals, visits)))
        version = f"Chromium {opened.version}"
    return (
        table(
            (
                *("model", "tokens", "bare canvas on screen, ms", "overview drawn, ms"),
                *("overview on screen, ms", "on screen / bare"),
                *("head opened, first picture, ms", "all pictures, ms"),
                *("hover on a word, ms", "slowest", "hover on a token, ms", "slowest"),
                *("hover on the map, ms", "slowest"),
            ),
            times,
        ),
        table(("model", "tokens", "page's process, MB", "of it JS heap, MB"), memory),
        version,
    )


def _in_new_page(
    context: BrowserContext,
    measure: Callable[[Page, str, dict[str, str]], T],
    address: str,
    body: dict[str, str],
) -> T:
    page = context.new_page()
    try:
        return measure(page, address, body)
    finally:
        page.close()


def _summary(bares: list[float], arrivals: list[Arrival], visits: list[Visit]) -> list[str]:
    bare, shown = median(bares), median(arrival.shown for arrival in arrivals)
    words = [time for visit in visits for time in visit.word_hovers]
    links = [time for visit in visits for time in visit.link_hovers]
    maps = [time for visit in visits for time in visit.map_hovers]
    times = (
        *(median(visit.first_picture for visit in visits),),
        *(median(visit.every_picture for visit in visits),),
        *(median(words), max(words), median(links), max(links), median(maps), max(maps)),
    )
    drawn = median(arrival.drawn for arrival in arrivals)
    first = (f"{bare:.0f}", f"{drawn:.0f}", f"{shown:.0f}", ratio(shown / bare))
    return [*first, *(f"{time:.0f}" for time in times)]


def _bare(page: Page, address: str, body: dict[str, str]) -> float:
    """The bare page: from its answer to the frame that shows it."""
    page.route(
        f"{address}/bare",
        lambda route: route.fulfill(
            body="<!doctype html><title>Bare</title>", content_type="text/html"
        ),
    )
    page.goto(f"{address}/bare")
    return float(page.evaluate("(body) => bench.bare(body)", body))


def _arrive(page: Page, address: str, body: dict[str, str]) -> Arrival:
    """Open the text's address, until its overview is on screen."""
    # Nothing is asked of the page until it has told: a question compiles scripts of the driver
    # in it, 20 ms that may fall between the answer and the picture.
    with page.expect_console_message(lambda message: message.text == "bench:overview-painted"):
        page.goto(f"{address}/#{urlencode({**body, 'layer': 3, 'head': 1})}", wait_until="commit")
    notes = _notes(page)
    answered = _first(notes, "answer")["at"]
    painted = _first(notes, "overview-painted", after=answered)
    return Arrival(painted["at"] - answered, painted["drawn"] - answered)


def _visit(page: Page) -> Visit:
    """Open another head, move over its tokens and its map."""
    _settle(page, "head-painted")
    page.hover(".heatmap-stage")  # Plotly comes when somebody comes near
    page.wait_for_selector(".heatmap-plotted")
    _settle(page, "head-painted")
    tiles = page.get_by_role("grid", name="Attention heads").get_by_role("gridcell")
    page.evaluate("() => bench.noted.splice(0)")  # what was painted before the click is past
    tiles.nth(OPENED).click()
    page.wait_for_function("() => bench.noted.some((note) => note.name === 'click')")
    page.wait_for_function(LATER_THAN.format(name="head-painted"))
    _settle(page, "head-painted")
    notes = _notes(page)
    clicked = _first(notes, "click")["at"]
    pictures = [n["drawn"] for n in notes if n["name"] == "head-painted" and n["at"] > clicked]

    return Visit(
        min(pictures) - clicked,
        max(pictures) - clicked,
        list(_word_hovers(page)),
        list(_hovers(page, ".links-scroll", ".links-query")),
        list(_hovers(page, ".heatmap-stage")),
    )


def _hovers(page: Page, selector: str, column: str | None = None) -> Iterator[float]:
    """From moving the pointer onto a cell, or a token of a column, to the frame that shows its
    links. A column may be taller than the place in which it scrolls."""
    place = page.locator(selector)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    beside = page.locator(column).bounding_box() if column else None
    assert box is not None
    height = min(box["height"], page.viewport_size["height"] - box["y"] - 8)  # type: ignore[index]
    for step in HOVERED:
        share = step / (HOVERED.stop + 1)
        x = beside["x"] + beside["width"] / 2 if beside else box["x"] + box["width"] * share
        page.evaluate("() => bench.noted.splice(0)")
        page.mouse.move(x, box["y"] + height * share)
        page.wait_for_function(AFTER_MOVE.format(name="hover-painted"))
        notes = _notes(page)
        moved = _first(notes, "pointermove")["at"]
        yield _first(notes, "hover-painted", after=moved)["drawn"] - moved


def _word_hovers(page: Page) -> Iterator[float]:
    """From moving the pointer onto a word of the sentence to the frame that shows its arcs."""
    words = page.locator(".hero-query .hero-word")
    count = words.count()
    for step in HOVERED:
        word = words.nth(step * count // (HOVERED.stop + 1))
        # What is scrolled under a pointer that rests is pointed at already: it moves away first.
        page.mouse.move(1, 1)
        word.scroll_into_view_if_needed()
        box = word.bounding_box()
        assert box is not None
        page.evaluate("() => new Promise((tell) => bench.drawn(tell))")
        page.evaluate("() => bench.noted.splice(0)")
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_function(AFTER_MOVE.format(name="hero-painted"))
        notes = _notes(page)
        moved = _first(notes, "pointermove")["at"]
        yield _first(notes, "hero-painted", after=moved)["drawn"] - moved


def _notes(page: Page) -> list[dict[str, Any]]:
    """Marks and events since the last splice, each drawn or with nothing to draw."""
    page.evaluate("() => new Promise((tell) => bench.drawn(tell))")
    notes: list[dict[str, Any]] = page.evaluate("() => bench.noted")
    return notes


def _settle(page: Page, name: str) -> None:
    """Wait until that mark has not been made for a while."""
    page.wait_for_function(
        """([name, quiet]) => {
             const last = bench.noted.filter((note) => note.name === name).at(-1);
             return last?.drawn && performance.now() - last.drawn > quiet;
           }""",
        arg=[name, QUIET_MS],
    )


def _first(notes: list[dict[str, Any]], name: str, after: float = 0) -> dict[str, Any]:
    return next(note for note in notes if note["name"] == name and note["at"] >= after)


def _memory(opened: Browser, page: Page) -> tuple[str, str]:
    """Resident megabytes of the page's process (the largest renderer), and its JS heap."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    processes = opened.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    resident = [_resident(p["id"]) for p in processes if p["type"] == "renderer"]
    return f"{max(resident) / 1e6:.0f}", f"{metrics['JSHeapUsedSize'] / 1e6:.0f}"


def _resident(pid: int) -> float:
    """Bytes of memory of a process, where the system tells (Linux); else not a number."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="utf-8"))
    return float(found[1]) * 1024 if found else 0.0
