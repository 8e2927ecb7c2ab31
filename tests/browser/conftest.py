"""One real server and one Chromium for all tests of this folder; a context for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from bench.server import serving
from tests.browser.chromium import ARGUMENTS, chromium
from tests.browser.inspector import Inspector
from tests.browser.learner import Learner
from tests.browser.models import small_decoder, tiny_bart
from tests.browser.oracle import Oracle
from tests.browser.patience import PATIENCE_MS
from tests.browser.watch import Watch
from tests.models.speaking import speaking_folder

# What glides is waited for, and costs a processor that paints by itself: most visitors are still.
DESKTOP = {
    "viewport": {"width": 1400, "height": 1000},
    "locale": "en-GB",
    "reduced_motion": "reduce",
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "refused(*status, sure=True): the statuses of 400 and above that the page gets; not sure: "
        "where that depends on which of two answers comes first",
    )


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page's address: a server of its own process, with no way to the hub."""
    folder = tmp_path_factory.mktemp("models")
    extra = (
        tiny_bart(folder / "tiny-bart"),
        small_decoder(folder / "small-decoder"),
        speaking_folder(folder / "speaker"),
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - {"HEADLIGHT_CHROMIUM"}:
            if name.startswith("HEADLIGHT_"):
                patch.delenv(name)
        settings = {
            "HEADLIGHT_MODELS": ",".join(str(path) for path in extra),
            "HF_HOME": str(folder / "empty-hub"),
            "HF_HUB_OFFLINE": "1",
            "HEADLIGHT_LINEAR": "plain",  # the same numbers on every machine
        }
        serve = serving(**settings)
        with serve as address:
            yield address


@pytest.fixture(scope="session")
def oracle(address: str) -> Iterator[Oracle]:
    with httpx.Client(base_url=f"{address}/api/v1", timeout=300) as client:
        yield Oracle(client)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium()  # fails in words where there is none: no test is skipped for that
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def desktop(browser: Browser) -> Iterator[BrowserContext]:
    """Most visitors' browser: it keeps the page's files, of which Plotly is 4.8 MB."""
    context = browser.new_context(**DESKTOP)
    yield context
    context.close()


@pytest.fixture(scope="session")
def open_page(desktop: BrowserContext) -> Callable[[str], Page]:
    """open_page(address): a new page of that browser, opened by one that stays at the address. All
    of them live in one process, which compiles each script once: a fifth less work for a page."""
    openers: dict[str, Page] = {}

    def opened_at(address: str) -> Page:
        if address not in openers:
            openers[address] = desktop.new_page()
            openers[address].goto(f"{address}/healthz")
        with desktop.expect_page() as opened:
            openers[address].evaluate("void open('about:blank')")
        return opened.value

    return opened_at


@pytest.fixture
def visit(
    address: str,
    browser: Browser,
    desktop: BrowserContext,
    open_page: Callable[[str], Page],
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Inspector]]:
    """visit(**options of a browser context): a visitor of whom the page knows nothing.

    With options it is a browser that was never here, else the one that keeps the files.
    """
    watch = Watch(address)
    pages: list[Page] = []

    def arrive(**options: Any) -> Inspector:
        if options:
            page = browser.new_context(**{**DESKTOP, **options}).new_page()
        else:
            page = open_page(address)
        page.context.set_default_timeout(PATIENCE_MS)
        pages.append(page)
        watch.over(page)
        return Inspector(page, address)

    yield arrive
    for page in pages:
        if page.context is desktop:
            forget = {"origin": address, "storageTypes": "local_storage"}
            desktop.new_cdp_session(page).send("Storage.clearDataForOrigin", forget)
            page.close()
        else:
            page.context.close()
    marker = request.node.get_closest_marker("refused")
    assert watch.problems == []
    expected = set(marker.args if marker else ())
    if marker and not marker.kwargs.get("sure", True):
        expected &= watch.refused
    assert watch.refused == expected


@pytest.fixture
def inspector(visit: Callable[..., Inspector]) -> Inspector:
    """A visitor on a desktop screen, who has not gone anywhere yet."""
    return visit()


@pytest.fixture
def learner(inspector: Inspector) -> Learner:
    """The same visitor, who is about to open a lesson."""
    return Learner(inspector)
