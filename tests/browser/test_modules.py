"""Where there is no bundle, every page runs on the modules as they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bench.server import serving
from tests.browser.conftest import DESKTOP
from tests.browser.watch import Watch


@pytest.fixture(scope="module")
def unbundled() -> Iterator[str]:
    with serving(HEADLIGHT_BUNDLE="false", HF_HUB_OFFLINE="1") as address:
        yield address


@pytest.mark.parametrize(
    ("path", "picture"),
    [
        ("/", ".tiles-canvas"),
        ("/walk", ".heatmap-canvas"),
        ("/compare", ".links-canvas"),
        ("/pairs", ".heatmap-canvas"),
        ("/claims", ".claim-line"),
        ("/api", "h2"),
    ],
)
def test_each_page_draws(browser: Browser, unbundled: str, path: str, picture: str) -> None:
    context = browser.new_context(**DESKTOP)
    page = context.new_page()
    watch = Watch(unbundled)
    watch.over(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{unbundled}{path}")
    expect(page.locator(picture).first).to_be_visible()
    context.close()
    assert watch.problems == []
    assert path == "/api" or any("/js/pages/" in url for url in asked)
    assert not any("/bundle/" in url for url in asked)
