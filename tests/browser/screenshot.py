"""Takes docs/screenshot.png, README's picture, from the running page: `make screenshots`."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.server import serving
from tests.browser.chromium import ARGUMENTS, chromium
from tests.browser.patience import settle

TARGET = Path(__file__).parents[2] / "docs" / "screenshot.png"


def main() -> None:
    """The page as it first opens: every head, and the one that links its to Law."""
    executable = chromium()
    with serving() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1400, "height": 960}, device_scale_factor=1.25)
        page.goto(address)
        page.wait_for_selector(".pictures:not(.is-skeleton)")
        page.wait_for_load_state("networkidle")
        settle(page)
        page.screenshot(path=TARGET)
        browser.close()
    print(TARGET.relative_to(Path.cwd()))


if __name__ == "__main__":
    main()
