"""What a person takes away: files, requests and scripts that give the numbers on screen."""

from __future__ import annotations

import base64
import csv
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import plotly.io
import pytest
from playwright.sync_api import Download, expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import Gate
from tests.browser.test_appearance import PLOTLY

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
HARD = 'It\'s "5 < 6" & $HOME `pwd` \\ 中文 </script>!'


def download(inspector: Inspector, label: str) -> Download:
    with inspector.page.expect_download() as coming:
        inspector.export(label)
    expect(inspector.page.get_by_text("Saved.")).to_be_visible()
    return coming.value


def copy(inspector: Inspector, label: str) -> str:
    inspector.export(label)
    expect(inspector.page.get_by_text("Copied.")).to_be_visible()
    return inspector.copied()


def test_the_csv_holds_the_pattern(inspector: Inspector, oracle: Oracle, tmp_path: Path) -> None:
    inspector.open()
    file = download(inspector, "Pattern, CSV")
    assert file.suggested_filename == "headlight-bert-3-1.csv"
    file.save_as(tmp_path / "pattern.csv")
    # A spreadsheet tells by its first sign that a file is UTF-8.
    assert (tmp_path / "pattern.csv").read_bytes().startswith(b"\xef\xbb\xbfquery_pos")
    with (tmp_path / "pattern.csv").open(encoding="utf-8-sig", newline="") as opened:
        head, *rows = csv.reader(opened)
    tokens = oracle.tokens(LAW)
    assert head[2:] == [f"{i}:{token}" for i, token in enumerate(tokens)]
    assert [row[1] for row in rows] == tokens
    values = np.array([row[2:] for row in rows], dtype=float)
    assert values == pytest.approx(oracle.array("pattern", 3, 1), abs=1e-6)


def test_the_npz_holds_every_array(inspector: Inspector, oracle: Oracle, tmp_path: Path) -> None:
    inspector.open()
    file = download(inspector, "Arrays, NPZ")
    assert file.suggested_filename == "headlight-bert-3-1.npz"
    file.save_as(tmp_path / "arrays.npz")
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as opened:
        arrays = dict(opened)
    assert (arrays["layers"].tolist(), arrays["heads"].tolist()) == ([3], [1])
    for name in ("pattern", "scores", "q", "k", "v", "z"):
        assert arrays[name][0, 0] == pytest.approx(oracle.array(name, 3, 1), abs=1e-5), name


def test_the_png_has_twice_the_pixels_of_the_svg(
    inspector: Inspector, oracle: Oracle, tmp_path: Path
) -> None:
    inspector.open()
    inspector.plotted()
    download(inspector, "Picture, PNG").save_as(tmp_path / "head.png")
    download(inspector, "Picture, SVG").save_as(tmp_path / "head.svg")
    data = (tmp_path / "head.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    svg = ElementTree.parse(tmp_path / "head.svg").getroot()
    assert (width, height) == (2 * int(svg.attrib["width"]), 2 * int(svg.attrib["height"]))
    # However narrow the page, all labels are written.
    texts = svg_texts(tmp_path / "head.svg")
    assert all(texts.count(token) >= 2 for token in set(oracle.tokens(LAW)))
    assert len(data) > 9_000


def test_a_picture_asked_for_too_early_is_saved_once_it_is_drawn(inspector: Inspector) -> None:
    plotly = Gate(inspector.page, PLOTLY)
    inspector.open()
    inspector.export("Picture, PNG")
    expect(inspector.page.get_by_text("…", exact=True)).to_be_visible()
    with inspector.page.expect_download() as coming:
        plotly.open()
    assert coming.value.suggested_filename == "headlight-bert-3-1.png"
    expect(inspector.page.get_by_text("Saved.")).to_be_visible()


def svg_texts(file: Path) -> list[str]:
    texts = ElementTree.parse(file).getroot().iter("{http://www.w3.org/2000/svg}text")
    return ["".join(text.itertext()) for text in texts]


def test_the_svg_says_what_it_shows_and_what_its_colours_mean(
    inspector: Inspector, oracle: Oracle, tmp_path: Path
) -> None:
    inspector.open()
    inspector.plotted()
    download(inspector, "Picture, SVG").save_as(tmp_path / "head.svg")
    texts = svg_texts(tmp_path / "head.svg")
    for token in oracle.tokens(LAW) * 2:
        texts.remove(token)
    head, law, key, query, name, least, *between, most = texts
    assert head == f"Layer 3 head 1 · {oracle.model('bert')['title']}"
    assert law == LAW
    assert (key, query) == ("key →", "query ↓")
    assert name == "Weight, square-root scale"
    strongest = float(oracle.array("pattern", 3, 1).max())
    assert float(least) == 0
    assert float(most) == pytest.approx(strongest, abs=0.006)
    numbers = [float(text) for text in (least, *between, most)]
    assert numbers == sorted(numbers)


def test_a_picture_of_several_kinds_names_its_kind_and_both_texts(
    inspector: Inspector, tmp_path: Path
) -> None:
    state = {"model": "tiny-bart", "text": "once upon", "pair": "a <b>dog</b>", "scale": "linear"}
    inspector.goto(**state, kind="encoder", layer=0, head=0)
    inspector.stand(6)
    inspector.plotted()
    download(inspector, "Picture, SVG").save_as(tmp_path / "head.svg")
    texts = svg_texts(tmp_path / "head.svg")
    assert "Encoder layer 0 head 0 · tiny-bart" in texts
    assert "once upon / a <b>dog</b>" in texts
    assert "Weight, linear scale" in texts


def test_a_picture_taken_in_the_dark_is_the_one_taken_in_the_light(
    visit: Callable[..., Inspector], tmp_path: Path
) -> None:
    taken = []
    for scheme in ("light", "dark"):
        inspector = visit(color_scheme=scheme).open(layer=3, head=1)
        inspector.plotted()
        download(inspector, "Picture, SVG").save_as(tmp_path / "head.svg")
        # Plotly gives clip paths other names each time.
        written = (tmp_path / "head.svg").read_text(encoding="utf-8")
        taken.append(re.sub(r"(defs|clip|topdefs|legend)-?[0-9a-f]{6}", r"\1", written))
    assert taken[0] == taken[1]
    # The letters go with it, and another machine has others in their place.
    assert "Helvetica, Arial, sans-serif" in taken[0]
    assert "@font-face" in taken[0]
    assert "data:font/woff2;base64," in taken[0]


def test_the_svg_holds_each_cell_as_a_vector(
    inspector: Inspector, oracle: Oracle, tmp_path: Path
) -> None:
    text = "I saw a saw"
    inspector.open(text=text, layer=3, head=1)
    inspector.plotted()
    download(inspector, "Picture, SVG").save_as(tmp_path / "head.svg")
    root = ElementTree.parse(tmp_path / "head.svg").getroot()
    assert list(root.iter("{http://www.w3.org/2000/svg}image")) == []
    cells = [path for path in root.iter() if "shapelayer" in path.get("class", "")]
    assert cells
    paths = sum(len(list(layer.iter("{http://www.w3.org/2000/svg}path"))) for layer in cells)
    assert paths >= len(oracle.tokens(text)) ** 2


@pytest.mark.parametrize("figure", ["heatmap", "links"])
def test_the_plotly_figure_is_the_librarys_with_the_labels_of_the_page(
    inspector: Inspector, oracle: Oracle, tmp_path: Path, figure: str
) -> None:
    inspector.open()
    inspector.plotted()
    file = download(inspector, f"Plotly figure, {figure}")
    assert file.suggested_filename == f"headlight-bert-3-1.{figure}.json"
    file.save_as(tmp_path / "figure.json")
    made = plotly.io.read_json(tmp_path / "figure.json")
    pattern = oracle.array("pattern", 3, 1)
    if figure == "heatmap":
        packed = made.data[0].z  # Plotly's own form of a typed array
        numbers = np.frombuffer(base64.b64decode(packed["bdata"]), dtype=packed["dtype"])
        np.testing.assert_allclose(numbers.reshape(pattern.shape), pattern, atol=1e-6)
        assert list(made.layout.xaxis.ticktext) == oracle.tokens(LAW)
        return
    drawn = [trace.customdata[0] for trace in made.data[:-2]]
    said = inspector.page.get_by_text(re.compile("links drawn: each query")).inner_text()
    assert said.startswith(f"{len(drawn)} of ")
    assert all(abs(pattern[int(q), int(k)] - weight) < 1e-6 for q, k, weight in drawn)


def test_the_links_are_saved_as_they_are_drawn(
    inspector: Inspector, oracle: Oracle, tmp_path: Path
) -> None:
    inspector.open(text=LAW, layer=3, head=1, pin="query-9")
    file = download(inspector, "Links, SVG")
    assert file.suggested_filename == "headlight-bert-3-1.links.svg"
    file.save_as(tmp_path / "links.svg")
    svg = (tmp_path / "links.svg").read_text(encoding="utf-8")
    weights = oracle.array("pattern", 3, 1)[9]
    assert svg.count("<path ") == int((weights >= 0.0005).sum())
    assert f">{weights[2]:.3f}</text>" in svg
    assert ">Law</text>" in svg
    assert "data:font/woff2" in svg
    png = download(inspector, "Links, PNG")
    png.save_as(tmp_path / "links.png")
    assert (tmp_path / "links.png").read_bytes().startswith(b"\x89PNG")


def test_the_slide_is_a_picture_of_sixteen_to_nine(inspector: Inspector, tmp_path: Path) -> None:
    inspector.open(text=LAW, layer=3, head=1, cell="9-2")
    inspector.plotted()
    file = download(inspector, "Slide, PNG")
    assert file.suggested_filename == "headlight-bert-3-1.slide.png"
    file.save_as(tmp_path / "slide.png")
    data = (tmp_path / "slide.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    size = tuple(int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert size == (1920, 1080)
    assert len(data) > 40_000


@pytest.mark.parametrize("text", [LAW, HARD], ids=["the Law", "hard to quote"])
def test_the_copied_curl_gets_the_same_answer(
    visit: Callable[..., Inspector], oracle: Oracle, address: str, text: str
) -> None:
    inspector = visit(**CLIPBOARD).open(text=text, layer=3, head=1)
    command = copy(inspector, "Copy as curl")
    assert command.startswith("curl ")
    # The shell itself takes the command apart: what it would hand to curl goes to the server.
    speak = """curl() { printf '%s\\0' "$@"; }\n"""
    done = subprocess.run(["sh", "-c", speak + command], capture_output=True, check=True)
    words = done.stdout.decode().rstrip("\0").split("\0")
    url = next(word for word in words if word.startswith("http"))
    name, _, value = words[words.index("-H") + 1].partition(": ")
    body = words[words.index("-d") + 1]
    assert url == f"{address}/api/v1/attention"
    answer = httpx.post(url, headers={name: value}, content=body.encode(), timeout=300)
    assert answer.status_code == 200, answer.text
    (head,) = answer.json()["heads"]
    assert answer.json()["text"] == text
    assert (head["layer"], head["head"]) == (3, 1)
    assert np.array(head["pattern"]) == pytest.approx(oracle.array("pattern", 3, 1, text), abs=1e-6)
    assert json.loads(body)["model"] == "bert"


SCRIPTS = {
    "a cell": ({"text": LAW, "cell": "9-2"}, r"its -> law: ([\d.]+)"),
    "two words": (
        {
            "text": "The unbelievable lighthousekeeper rehydrated it.",
            "level": "word",
            "cell": "4-2",
        },
        r".* -> .*: ([\d.]+)",
    ),
}


@pytest.mark.parametrize(("state", "printed"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_the_copied_script_prints_the_number_on_screen(
    visit: Callable[..., Inspector], state: dict[str, str], printed: str
) -> None:
    inspector = visit(**CLIPBOARD).open(layer=3, head=1, **state)
    expect(inspector.step("softmax")).to_be_visible()
    script = copy(inspector, "Copy as Python")
    inspector.page.keyboard.press("Escape")
    # The cursor of the heatmap starts at the chosen cell: its note has the number.
    inspector.heatmap.focus()
    inspector.page.keyboard.press("ArrowRight")
    note = inspector.note("layer 3 head 1").filter(has_text="query")
    weight = float(note.inner_text().split("\n")[1])
    assert not re.search(r"headlight|import app|import models", script, re.IGNORECASE)
    found = re.fullmatch(printed, ran(script))
    assert found
    assert float(found[1]) == pytest.approx(weight, abs=1.01e-4)
    assert 0 < weight < 1


def ran(script: str) -> str:
    """What a copied script prints, run as it was copied."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=3000,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    return done.stdout.strip()


ASKING = {
    # Transformers does not know our own model.
    "our own model": (16, {"model": "small", "text": "She said that her dog ate its food."}),
    "words of our own model": (
        16,
        {"model": "small", "text": "Unbelievable: her dog rehydrated its food.", "level": "word"},
    ),
    # A folder's place is not told to visitors.
    "an operator's folder": (15, {"model": "tiny-bart", "kind": "cross", "text": "once upon"}),
    "a pair with a typed [SEP]": (HEADS, {"text": "One [SEP] two", "pair": "three"}),
}


@pytest.mark.parametrize(("heads", "state"), ASKING.values(), ids=ASKING.keys())
def test_where_transformers_cannot_serve_the_copied_script_asks_this_server(
    visit: Callable[..., Inspector],
    oracle: Oracle,
    address: str,
    heads: int,
    state: dict[str, str],
) -> None:
    inspector = visit(**CLIPBOARD)
    inspector.goto(layer=1, head=0, cell="2-1", **state)
    inspector.stand(heads)
    script = copy(inspector, "Copy as Python")
    assert f"{address}/api/v1/attention" in script
    names = {"model": "model", "kind": "kind", "pair": "text_pair", "level": "level"}
    asked = {names[name]: value for name, value in state.items() if name in names}
    answer = oracle.post("/attention", text=state["text"], layers=[1], heads=[0], **asked)
    query_pos, key_pos, parts = 2, 1, "tokens"
    if "level" in state:
        query_pos, key_pos = (answer["tokens"][pos]["word"] for pos in (2, 1))
        parts = "words"
    query, key = answer[f"query_{parts}"][query_pos], answer[f"key_{parts}"][key_pos]
    printed, _, number = ran(script).rpartition(" ")
    assert printed == f"{query['text']} -> {key['text']}"
    assert float(number) == answer["heads"][0]["pattern"][query_pos][key_pos]


@pytest.mark.parametrize("typed", ["[SEP]", "[CLS]", "[MASK]"])
def test_the_copied_script_reads_a_typed_control_token_as_the_page_does(
    visit: Callable[..., Inspector], oracle: Oracle, typed: str
) -> None:
    text = f"The dog {typed} saw its law."
    tokens = oracle.tokens(text)
    assert typed not in tokens[1:-1]
    its, dog = tokens.index("its"), tokens.index("dog")
    inspector = visit(**CLIPBOARD).open(text=text, layer=3, head=1, cell=f"{its}-{dog}")
    printed = re.fullmatch(r"its -> dog: ([\d.]+)", ran(copy(inspector, "Copy as Python")))
    assert printed
    pattern = oracle.array("pattern", 3, 1, text)
    assert float(printed[1]) == pytest.approx(float(pattern[its, dog]), abs=1e-4)


def test_the_copied_link_is_the_address(visit: Callable[..., Inspector]) -> None:
    inspector = visit(**CLIPBOARD).open(v=1, text=HARD, layer=2, head=7)
    link = copy(inspector, "Copy the link")
    expect(inspector.page).to_have_url(re.compile(f"^{re.escape(link)}$"))


def test_the_menu_is_used_by_keyboard(inspector: Inspector) -> None:
    inspector.open()
    button = inspector.page.get_by_role("button", name="Export")
    button.press("Enter")
    items = inspector.page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    inspector.page.keyboard.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
    inspector.page.keyboard.press("End")
    expect(items.last).to_be_focused()
    inspector.page.keyboard.press("Escape")
    expect(items.first).to_be_hidden()
    expect(button).to_be_focused()
