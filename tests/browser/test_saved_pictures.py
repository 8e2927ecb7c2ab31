"""The button beside each picture: a file that holds what is seen, in shapes and letters."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.inspector import Inspector
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import settle
from tests.browser.test_claims import Claims

SVG = "{http://www.w3.org/2000/svg}"
# The ends of the scale around 0, on paper.
NEGATIVE, POSITIVE = "rgb(31, 106, 165)", "rgb(176, 74, 6)"


def save(page: Page, button: str | Locator, kind: str, folder: Path) -> Path:
    if isinstance(button, str):
        button = page.get_by_role("button", name=button, exact=True)
    button.click()
    with page.expect_download() as coming:
        page.get_by_role("menuitem", name=re.compile(f"^Picture, {kind}")).click()
    expect(page.get_by_text("Saved.").filter(visible=True)).to_be_visible()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    page.keyboard.press("Escape")
    return file


def texts(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def cells(root: ElementTree.Element, count: int) -> list[list[str]]:
    """The colours of each canvas that has so many cells, row by row."""
    found = [[one.attrib["fill"] for one in g.findall(f"{SVG}rect")] for g in root.iter(f"{SVG}g")]
    return [fills[-count:] for fills in found if count <= len(fills) <= count + 1]


def test_the_vectors_are_saved_cell_by_cell_in_the_colours_of_paper(
    visit: Callable[..., Inspector], oracle: Oracle, tmp_path: Path
) -> None:
    inspector = visit(color_scheme="dark", viewport={"width": 1400, "height": 1000})
    inspector.goto(text=LAW, layer=3, head=1, tab="vectors")
    page = inspector.page
    expect(page.get_by_role("img", name=re.compile("^Queries: .* by 32 dim"))).to_be_visible()
    inspector.settled()
    file = save(page, "Save the vectors", "SVG", tmp_path)

    assert file.name == "headlight-bert-3-1-vectors.svg"
    root = ElementTree.parse(file).getroot()
    assert list(root.iter(f"{SVG}image")) == []
    strips = cells(root, 27 * 32)
    assert len(strips) == 4
    for name, fills in zip("qkvz", strips, strict=True):
        values = oracle.array(name, 3, 1).flatten()
        most = int(np.abs(values).argmax())
        assert fills[most] == (POSITIVE if values[most] > 0 else NEGATIVE), name
        assert len(set(fills)) > 100
    assert {"Layer 3 head 1 · BERT, MiniLM (6 layers)", "Queries", "Results"} <= set(texts(root))
    assert "data:font/woff2" in file.read_text(encoding="utf-8")
    # The page is as it was.
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    first = next(root.iter(f"{SVG}rect"))
    assert first.attrib["fill"] == "rgb(255, 255, 255)"


def test_the_png_of_a_picture_has_twice_the_pixels_of_its_svg(
    inspector: Inspector, tmp_path: Path
) -> None:
    inspector.open(text=LAW, layer=3, head=1)
    page = inspector.settled().page
    svg = ElementTree.parse(save(page, "Save every head", "SVG", tmp_path)).getroot()
    png = save(page, "Save every head", "PNG", tmp_path).read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == (2 * int(svg.attrib["width"]), 2 * int(svg.attrib["height"]))
    # The tiles are pixels on the page too; what is written about them is letters.
    assert len(list(svg.iter(f"{SVG}image"))) == 1
    written = texts(svg)
    assert written[0] == "Every head · BERT, MiniLM (6 layers)"
    assert {"0", "11", "weight"} <= set(written)


def test_the_sentence_is_saved_with_its_arcs_and_their_weights(
    inspector: Inspector, oracle: Oracle, tmp_path: Path
) -> None:
    inspector.open(text=LAW, layer=3, head=1, pin="query-9")
    root = ElementTree.parse(
        save(inspector.settled().page, "Save the sentence", "SVG", tmp_path)
    ).getroot()
    weights = oracle.array("pattern", 3, 1)[9]
    tokens = oracle.tokens(LAW)
    assert set(tokens) <= set(texts(root))
    assert f"{weights[2]:.2f}" in texts(root)
    arcs = [path for path in root.iter(f"{SVG}path") if path.attrib["fill"] == "none"]
    assert len(arcs) > 27
    assert all("class" not in path.attrib for path in arcs)


def test_the_patterns_of_both_texts_are_saved_with_their_difference(
    inspector: Inspector, tmp_path: Path
) -> None:
    page = inspector.page
    page.goto(f"{inspector.address}/pairs")
    settle(page)
    root = ElementTree.parse(save(page, "Save the patterns", "SVG", tmp_path)).getroot()
    assert len(cells(root, 16 * 16)) == 3
    written = texts(root)
    assert {"First text", "Second text", "Second − first", "tired / wide"} <= set(written)
    assert "Layer 3, head 1 · BERT, MiniLM (6 layers)" in written
    row = ElementTree.parse(save(page, "Save the row", "SVG", tmp_path)).getroot()
    assert {"animal (2)", "0.677", "0.281", "−0.396"} <= set(texts(row))


def test_a_row_that_is_scrolled_is_saved_from_its_head(
    inspector: Inspector, tmp_path: Path
) -> None:
    page = inspector.page
    texts_of = {"text": f"The cat sat on the mat {'and the dog barked ' * 4}.", "other": ""}
    texts_of["other"] = texts_of["text"].replace("cat", "bird")
    page.goto(f"{inspector.address}/pairs#{urlencode(texts_of)}")
    settle(page)
    frame = page.get_by_role("region", name="Weights of the row")
    expect(frame).to_contain_text("[CLS] (0)")
    assert frame.evaluate("(one) => (one.scrollTop = 1e6) && one.scrollTop") > 0
    root = ElementTree.parse(save(page, "Save the row", "SVG", tmp_path)).getroot()
    height = {"".join(one.itertext()): float(one.attrib["y"]) for one in root.iter(f"{SVG}text")}
    assert height["Key"] < height["[CLS] (0)"]


def test_the_matrices_of_a_step_are_saved_side_by_side(
    inspector: Inspector, tmp_path: Path
) -> None:
    page = inspector.page
    page.goto(f"{inspector.address}/walk#step=5")
    settle(page)
    root = ElementTree.parse(save(page, "Save the matrices", "SVG", tmp_path)).getroot()
    before, after = cells(root, 28 * 28)
    # Divided by one number and coloured by their own largest, they look alike.
    assert before == after
    assert "Keep the numbers moderate · Layer 0, head 0 · Small (4 layers, ours)" in texts(root)


def test_what_edits_change_is_saved_under_what_was_edited(
    inspector: Inspector, oracle: Oracle, tmp_path: Path
) -> None:
    inspector.goto(text=LAW, layer=3, head=1, tab="what-if", edit="zero_ablation.3.1")
    page = inspector.page
    expect(page.get_by_role("button", name="Save the patterns")).to_be_visible()
    inspector.settled()
    title = "What if: switch off (layer 3, head 1) · BERT, MiniLM (6 layers)"
    moved = ElementTree.parse(save(page, "Save the map", "SVG", tmp_path)).getroot()
    assert " ".join(texts(moved)).startswith(title)
    assert "50" in texts(moved)  # a head that is off
    patterns = ElementTree.parse(save(page, "Save the patterns", "SVG", tmp_path)).getroot()
    before, after, difference = cells(patterns, 27 * 27)
    assert len(set(after)) == 1  # nothing is left of it
    pattern = oracle.array("pattern", 3, 1).flatten()
    assert difference[int(pattern.argmax())] == NEGATIVE
    assert len(set(before)) > 100


def test_the_links_of_a_model_are_saved_under_its_name(
    inspector: Inspector, tmp_path: Path
) -> None:
    page = inspector.page
    page.goto(f"{inspector.address}/compare")
    settle(page)
    first = page.get_by_role("button", name="Save the picture").first
    root = ElementTree.parse(save(page, first, "SVG", tmp_path)).getroot()
    written = texts(root)
    assert any(text.endswith(" · Small (4 layers, ours)") for text in written)
    assert written.count("Law") == 2
    curves = [path for path in root.iter(f"{SVG}path") if "C" in path.attrib["d"]]
    assert len(curves) > 27


def test_a_token_that_has_no_room_ends_in_an_ellipsis(
    visit: Callable[..., Inspector], tmp_path: Path
) -> None:
    inspector = visit(viewport={"width": 320, "height": 844})
    page = inspector.page
    text = "Our representatives had international responsibilities."
    page.goto(f"{inspector.address}/compare#{urlencode({'text': text})}")
    settle(page)
    first = page.get_by_role("button", name="Save the picture").first
    root = ElementTree.parse(save(page, first, "SVG", tmp_path)).getroot()
    cut = [text for text in texts(root) if text.endswith("…")]
    assert cut
    assert all(text.rstrip("…") and len(text) < 30 for text in cut)


def curves_of(root: ElementTree.Element) -> list[tuple[float, float]]:
    """Where each curve begins and ends, down the picture."""
    found = []
    for group in root.iter(f"{SVG}g"):
        for path in group.findall(f"{SVG}path"):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.attrib["d"])]
            moves = [group.attrib.get("transform", ""), path.attrib.get("transform", "")]
            down = sum(float(move.rstrip(")").split()[-1]) for move in moves if move)
            found.append((round(numbers[1] + down, 1), round(numbers[-1] + down, 1)))
    return sorted(found)


def test_links_that_are_scrolled_are_saved_where_their_tokens_stand(
    inspector: Inspector, tmp_path: Path
) -> None:
    page = inspector.page
    text = " ".join(f"The cat {number} sat on the mat." for number in range(30))
    page.goto(f"{inspector.address}/compare#{urlencode({'text': text})}")
    settle(page)
    menu = page.get_by_role("button", name="Save the picture").first
    above = curves_of(ElementTree.parse(save(page, menu, "SVG", tmp_path)).getroot())
    scroller = page.locator(".compare-links .links-scroll").first
    scrolled = scroller.evaluate("(one) => (one.scrollTop = 1e6) && one.scrollTop")
    assert scrolled > 1000
    settle(page)
    below = curves_of(ElementTree.parse(save(page, menu, "SVG", tmp_path)).getroot())
    assert len(above) > 200
    assert below == above
    assert scroller.evaluate("(one) => one.scrollTop") == scrolled


def test_a_finding_is_saved_under_what_is_claimed(inspector: Inspector, tmp_path: Path) -> None:
    page = Claims(inspector).open(model="small").page
    claim = page.get_by_role("listitem").filter(has_text="Some heads look at the previous token.")
    line = claim.get_by_role("button", name="Save the line")
    root = ElementTree.parse(save(page, line, "SVG", tmp_path)).getroot()
    assert texts(root)[:2] == ["Some heads look at the previous token.", "Small (4 layers, ours)"]
    assert {"here", "even attention"} <= set(texts(root))
    assert len(list(root.iter(f"{SVG}circle"))) >= 3


def test_the_arcs_give_back_the_room_that_a_narrow_window_took(
    visit: Callable[..., Inspector],
) -> None:
    inspector = visit(viewport={"width": 390, "height": 844})
    inspector.open(text=LAW, layer=3, head=1)
    page = inspector.settled().page
    page.set_viewport_size({"width": 1400, "height": 900})
    inspector.settled()
    place = page.locator(".hero-lines").bounding_box()
    drawn = page.locator(".hero-arcs").bounding_box()
    assert place
    assert drawn
    assert drawn["height"] == pytest.approx(place["height"], abs=1)
