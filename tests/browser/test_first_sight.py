"""A visitor arrives, and pastes a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from playwright.sync_api import expect

from tests.browser.inspector import HEADS, Inspector
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import Gate


def test_the_page_opens_on_the_law_with_the_head_that_links_its_to_it(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open()

    expect(inspector.text).to_have_value(LAW)
    expect(inspector.query_word).to_have_value("its")
    expect(inspector.key_word).to_have_value("Law")
    inspector.shows_head(3, 1)
    # The searched word stands out among the links.
    expect(inspector.said_of_links()).to_contain_text("its (9) looks at Law (2) 0.80")
    best = oracle.search("its", "Law")["heads"][0]
    assert (best["layer"], best["head"], f"{best['weight']:.2f}") == (3, 1, "0.80")
    first = inspector.ranking.get_by_role("row").nth(1)
    expect(first.get_by_role("rowheader")).to_have_text("Open head 3-1")
    expect(first.get_by_role("cell").first).to_have_text("0.80")
    expect(inspector.page.get_by_role("status").filter(has_text="Layer 3, head 1")).to_contain_text(
        "“its” gives 0.80 of its attention to “Law”"
    )


def test_a_pasted_sentence_is_read_at_once_and_every_head_appears(
    inspector: Inspector, oracle: Oracle
) -> None:
    text = "A lighthouse keeper counted seven ships."
    inspector.open()
    inspector.paste(text)

    tokens = oracle.tokens(text)
    expect(inspector.tokens("query")).to_have_count(len(tokens))
    expect(inspector.tiles).to_have_count(HEADS)
    names = [tile.get_attribute("aria-label") for tile in inspector.tiles.all()]
    assert names == [f"Layer {layer}, head {head}" for layer in range(6) for head in range(12)]
    expect(inspector.units).to_have_text(tokens)
    limit = oracle.post("/tokens", text=text)["limit"]
    expect(inspector.page.get_by_text(f"{len(tokens)} / {limit} tokens")).to_be_visible()
    # The head that was open stays open, and shows the new text.
    inspector.shows_head(3, 1)
    expect(inspector.tokens("query")).to_have_text(tokens)


def test_what_is_awaited_has_the_models_own_shape_so_that_nothing_jumps(
    inspector: Inspector, oracle: Oracle
) -> None:
    name = "speaker"
    oracle.array("pattern", 0, 0, model=name)  # loaded: its shape is known
    known = oracle.model(name)
    gate = Gate(inspector.page, "**/api/v1/overview")
    inspector.goto(text=LAW, model=name)

    stage = inspector.page.locator(".tiles-stage.is-skeleton")
    expect(stage).to_be_visible()
    layers = inspector.page.locator(".tiles-rows span")
    heads = inspector.page.locator(".tiles-columns span")
    expect(layers).to_have_count(known["layers"])
    expect(heads).to_have_count(known["heads"])
    awaited = stage.bounding_box()
    gate.open()

    inspector.stand(heads=known["layers"] * known["heads"])
    assert inspector.page.locator(".tiles-stage").bounding_box() == awaited


def test_the_overview_is_darker_where_a_head_looks_harder(
    inspector: Inspector, oracle: Oracle
) -> None:
    text = "The cat sat on its mat."  # cells of several pixels
    answer = oracle.post("/attention", text=text, include=["pattern"])
    weights = np.array([head["pattern"] for head in answer["heads"]])
    size = weights.shape[-1]
    inspector.open(text=text)

    colours = inspector.overview.evaluate(
        """(grid, size) => {
             const canvas = grid.parentElement.querySelector('canvas');
             const context = canvas.getContext('2d');
             const from = canvas.getBoundingClientRect();
             const ratio = canvas.width / from.width;
             const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
             const place = (start, length, i) =>
               Math.floor((start + ((i + 0.5) * length) / size) * ratio);
             const cells = Array.from({ length: size }, (_, i) => i);
             return [...grid.querySelectorAll('[role=gridcell]')].map((tile) => {
               const box = tile.getBoundingClientRect();
               const [left, top] = [box.x - from.x, box.y - from.y];
               return cells.map((row) => cells.map((col) => {
                 const [x, y] = [place(left, box.width, col), place(top, box.height, row)];
                 return 65536 * data[4 * (y * width + x)] + 256 * data[4 * (y * width + x) + 1]
                   + data[4 * (y * width + x) + 2];
               }).join()).join();
             });
           }""",
        size,
    )
    seen = np.array([tile.split(",") for tile in colours], dtype=int)
    assert seen.shape == (HEADS, size * size)
    bytes_of = np.round(255 * weights).astype(int).ravel()
    channels = np.stack([seen >> 16, (seen >> 8) & 255, seen & 255], axis=-1)
    luminance = (channels @ [0.2126, 0.7152, 0.0722]).ravel()
    # One colour for each weight, whichever head has it; and the more, the darker.
    by_weight = [luminance[bytes_of == byte] for byte in np.unique(bytes_of)]
    assert all(np.ptp(group) == 0 for group in by_weight)
    steps = np.diff([group[0] for group in by_weight])
    assert (steps <= 0).all()
    assert by_weight[0][0] - by_weight[-1][0] > 100


def test_hovering_a_tile_names_the_head_and_its_statistics(
    inspector: Inspector, oracle: Oracle
) -> None:
    inspector.open().tile(3, 1).hover()

    pattern = oracle.array("pattern", 3, 1)
    entropy = -(pattern * np.log2(pattern)).sum(1).mean()
    note = inspector.page.get_by_role("tooltip")
    expect(note).to_contain_text("Layer 3, head 1")
    expect(note).to_contain_text(re.compile(rf"Entropy\s*{entropy:.2f} bits"))
    expect(note).to_contain_text(
        re.compile(rf"On itself\s*{100 * np.trace(pattern) / len(pattern):.1f} %")
    )


def test_the_first_picture_takes_few_requests(visit: Callable[..., Inspector]) -> None:
    newcomer = visit(locale="en-GB")  # with options: one who keeps none of the page's files
    asked: list[str] = []
    newcomer.page.on("request", lambda request: asked.append(request.url))
    newcomer.open()
    assert any("/bundle/inspector/" in url for url in asked), "make bundle, then try again"
    assert not any("/js/pages/" in url for url in asked)
    assert len(asked) <= 25, asked


# No frame comes before the overview's answer has been taken, as where a text that was read before
# is answered at once.
LATE_FRAMES = """
  const frame = window.requestAnimationFrame.bind(window);
  const mark = performance.mark.bind(performance);
  const late = [];
  let answered = false;
  window.requestAnimationFrame = (draw) => (answered ? frame(draw) : -late.push(draw));
  performance.mark = (name, options) => {
    if (name === 'headlight:answer') {
      setTimeout(() => {
        answered = true;
        for (const draw of late) frame(draw);
      }, 100);
    }
    return mark(name, options);
  };
"""


def test_an_answer_that_comes_before_the_first_frame_is_drawn_like_any_other(
    inspector: Inspector,
) -> None:
    inspector.page.add_init_script(LATE_FRAMES)
    inspector.open(text="I saw a saw", layer=3, head=1)
    expect(inspector.alert).to_have_count(0)
    expect(inspector.overview).to_be_visible()
    expect(inspector.page.locator(".tiles-note")).to_contain_text("Rows are layers")
