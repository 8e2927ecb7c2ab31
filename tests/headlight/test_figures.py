"""A head as live Plotly figures: the numbers and tokens of the run, in their order."""

from __future__ import annotations

import numpy as np
import pytest

import headlight
from headlight import figures
from headlight.run import Run

SAW = "I saw a saw"


@pytest.fixture(scope="module")
def run() -> Run:
    return headlight.load("small").run(SAW)


def test_a_heatmap_holds_the_pattern_with_queries_down(run: Run) -> None:
    made = run.heatmap(1, 2)
    (cells,) = made.data
    np.testing.assert_array_equal(cells.z, run.pattern(1, 2).numpy())
    labels = [figures.token_label(token.text) for token in run.tokens]
    assert list(made.layout.xaxis.ticktext) == list(made.layout.yaxis.ticktext) == labels
    assert list(made.layout.xaxis.tickvals) == list(range(len(labels)))
    assert made.layout.yaxis.autorange == "reversed"
    assert made.layout.xaxis.title.text == "key"
    assert cells.customdata[1, 3].tolist() == ["I (1)", "a (3)"]


def test_links_are_the_strongest_of_each_query_the_weakest_first(run: Run) -> None:
    made = run.links(1, 2, top_k=2, threshold=0.1)
    pattern = run.pattern(1, 2).numpy()
    drawn = [tuple(trace.customdata[0]) for trace in made.data[:-2]]
    wanted = [
        (query, key, float(pattern[query, key]))
        for query in range(len(pattern))
        for key in np.argsort(-pattern[query], kind="stable")[:2]
        if pattern[query, key] >= 0.1
    ]
    assert sorted(drawn) == sorted(wanted)
    assert [weight for *_, weight in drawn] == sorted(weight for *_, weight in drawn)
    query, key = made.data[-2:]
    assert list(query.text) == list(key.text) == [t.text for t in run.tokens]
    for trace, (query_pos, key_pos, _) in zip(made.data, drawn, strict=False):
        assert (trace.x[0], trace.y[0]) == (0, query_pos)
        assert (trace.x[-1], trace.y[-1]) == (1, key_pos)


def test_what_is_masked_is_blank_and_no_link() -> None:
    pattern = np.array([[1.0, np.nan], [0.25, 0.75]])
    assert figures.strongest_links(pattern, 3, 0.0) == [(1, 0, 0.25), (1, 1, 0.75), (0, 0, 1.0)]
    cells = figures.heatmap(pattern, ["a", "b"], ["a", "b"], "x").data[0]
    assert np.isnan(cells.z[0, 1])
    assert cells.zmax == 1.0


def test_colours_go_by_the_square_root_and_numbers_stay_weights() -> None:
    scale = figures._colorscale()
    assert scale[0] == [0.0, "rgb(250, 247, 242)"]
    assert scale[-1] == [1.0, "rgb(58, 23, 3)"]
    # A quarter of the largest weight is half way along the ramp.
    assert scale[8] == [0.25, "rgb(229, 154, 60)"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Law", "Law"),
        (" law", "law"),
        ("", "∅"),
        (" ", "␣"),
        ("\n", "⏎"),
        ("\t", "⇥"),
        ("\u3000", "␣"),
        ("\u200b", "‹200B›"),
        ("\x1b", "␛"),
        ("a" * 14, "a" * 14),
        ("a" * 15, "a" * 13 + "…"),
        ("👨‍👩‍👧" * 15, "👨‍👩‍👧" * 13 + "…"),
    ],
)
def test_tokens_are_written_as_the_page_writes_them(text: str, label: str) -> None:
    assert figures.token_label(text) == label


def test_a_token_is_never_markup() -> None:
    made = figures.heatmap(np.eye(2), ["<b>", "&amp;"], ["<b>", "&amp;"], "<i>")
    assert list(made.layout.xaxis.ticktext) == ["&lt;b&gt;", "&amp;amp;"]
    assert made.layout.title.text == "&lt;i&gt;"
    drawn = figures.links(np.eye(2), ["<b>", "x"], ["<b>", "x"], "t")
    assert "<b>" not in drawn.to_json()


def test_long_texts_have_few_ticks_each_with_its_position() -> None:
    tokens = [f"t{n}" for n in range(200)]
    axis = figures.heatmap(np.eye(200), tokens, tokens, "t").layout.xaxis
    assert len(axis.ticktext) <= figures.MOST_TICKS
    assert axis.ticktext[1] == f"{axis.tickvals[1]} t{axis.tickvals[1]}"
