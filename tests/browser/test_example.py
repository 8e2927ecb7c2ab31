"""The page of docs/pages.md, run as it stands there: its three blocks in a copy of the product."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from bench.server import ROOT, serving
from tests.browser.conftest import DESKTOP
from tests.browser.oracle import LAW, Oracle
from tests.browser.watch import Watch

DOCUMENT = (ROOT / "docs" / "pages.md").read_text(encoding="utf-8")
MOST_LINES = 150
TEXT = "The cat sat on the mat."


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the product with that page in it."""
    root = tmp_path_factory.mktemp("copy")
    package = root / "headlight"
    shutil.copytree(ROOT / "headlight", package)
    for folder in ("app", "models", "static", "templates"):
        shutil.copytree(ROOT / folder, package / folder, ignore=shutil.ignore_patterns("bundle"))
    pages = package / "app" / "features" / "pages.py"
    text, count = re.subn(
        r"\nPAGES = \(\n",
        lambda found: f"{found[0]}    {block('python').strip()},\n",
        pages.read_text(),
    )
    assert count == 1
    pages.write_text(text)
    (package / "templates" / "pattern.html").write_text(block("html"))
    module = package / "static" / "js" / "pages" / "pattern" / "main.js"
    module.parent.mkdir()
    module.write_text(block("js"))
    with serving(cwd=root, PYTHONPATH=str(root), HF_HUB_OFFLINE="1") as served:
        yield served


def test_a_page_with_text_model_and_matrix_is_short() -> None:
    lines = sum(block(language).count("\n") for language in ("python", "html", "js"))
    assert lines <= MOST_LINES


def test_it_shows_the_pattern_of_the_chosen_head(
    browser: Browser, example: str, oracle: Oracle
) -> None:
    context = browser.new_context(**DESKTOP)
    page = context.new_page()
    watch = Watch(example)
    watch.over(page)
    page.goto(f"{example}/pattern")
    expect(page).to_have_title(f"{LAW[:48].strip()} · Pattern · Headlight")
    expect(page.get_by_role("link", name="Pattern")).to_have_attribute("aria-current", "page")
    heatmap = page.get_by_role("application")
    expect(heatmap).to_have_accessible_name(strongest(oracle, LAW, 3, 1, model="bert"))

    page.get_by_role("button", name="BERT").click()
    page.get_by_role("radio", name=re.compile("^Small")).click()
    page.get_by_role("textbox", name="Text").fill(TEXT)
    page.get_by_role("button", name="Read").click()
    page.get_by_role("combobox", name="Layer").select_option("2")
    page.get_by_role("combobox", name="Head").select_option("3")
    expect(heatmap).to_have_accessible_name(strongest(oracle, TEXT, 2, 3, model="small"))
    assert page.url.endswith("#v=1&text=The+cat+sat+on+the+mat.&model=small&layer=2&head=3")

    page.go_back()
    expect(page.get_by_role("combobox", name="Head")).to_have_value("0")
    page.get_by_role("textbox", name="Text").fill(" ")
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_text("Nothing to read yet.")).to_be_visible()
    expect(heatmap).to_be_hidden()
    context.close()
    assert watch.problems == []


def strongest(oracle: Oracle, text: str, layer: int, head: int, model: str) -> re.Pattern[str]:
    """What the heatmap's name says of that head."""
    pattern = oracle.array("pattern", layer, head, text=text, model=model)
    query, key = np.unravel_index(int(pattern.argmax()), pattern.shape)
    return re.compile(
        rf"^Heatmap of layer {layer} head {head}: {pattern.shape[0]} queries down.* "
        rf"The strongest cell is query .*\({query}\), key .*\({key}\): {pattern.max():.4f}"
    )
