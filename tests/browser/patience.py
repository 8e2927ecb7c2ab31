"""How a test waits: for what it means, never for a time. A slow machine makes it slower, and
nothing else."""

from __future__ import annotations

from itertools import count

from playwright.sync_api import FloatRect, Locator, Page, Route

PATIENCE_MS = 60_000

# Each frame counts as calm in which no answer is awaited on screen, nothing glides or fades, and
# the page stands where it stood in the frame before. An action takes up to three frames to show:
# one that draws and asks, one that shows the asking, one that an answer has to itself. Tiles stay
# a skeleton where a text was refused; while they are awaited, what holds them is busy.
CALM_FRAMES = 5
CALM = """([turn, frames]) => {
  const awaits = '.is-busy, .is-skeleton:not(.tiles-stage), [aria-busy=true]';
  const awaited = [...document.querySelectorAll(awaits)];
  const { scrollWidth, scrollHeight } = document.documentElement;
  const stands = [scrollX, scrollY, scrollWidth, scrollHeight].join();
  const before = window.calm?.turn === turn ? window.calm : { count: 0, stands: null };
  const calm = stands === before.stands
    && !awaited.some((element) => element.checkVisibility())
    && document.getAnimations().every(({ playState }) => playState !== 'running');
  window.calm = { turn, stands, count: calm ? before.count + 1 : 0 };
  return window.calm.count >= frames;
}"""
turns = count()


def settle(page: Page) -> None:
    """Wait until all that was asked for is on screen and at rest: then it can be read at once."""
    page.wait_for_function(CALM, arg=[next(turns), CALM_FRAMES], polling="raf")


def place_of(locator: Locator) -> FloatRect:
    """Where it stands in the window, once it is in view and nothing moves any more."""
    locator.scroll_into_view_if_needed()
    settle(locator.page)
    box = locator.bounding_box()
    assert box is not None
    return box


class Gate:
    """Requests that wait until it is opened: what the page shows meanwhile lasts."""

    def __init__(self, page: Page, url: str) -> None:
        self._held: list[Route] = []
        self._open = False
        page.route(url, self._arrive)

    def open(self) -> None:
        self._open = True
        for route in self._held:
            route.continue_()

    def _arrive(self, route: Route) -> None:
        if self._open:
            route.continue_()
        else:
            self._held.append(route)
