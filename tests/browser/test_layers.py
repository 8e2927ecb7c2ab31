"""Another layer than the pattern, integrated gradients, and whether a picture is faithful."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.inspector import Inspector
from tests.browser.layers import LONG, SAW, TITLES, Layers, answer
from tests.browser.looks import violations_of_every_look
from tests.browser.models import DECODER_HEADS, DECODER_LAYERS, small_decoder_name
from tests.browser.numbers import significant
from tests.browser.oracle import LAW, Oracle
from tests.browser.patience import place_of

PAPERS = {
    "norms": "Kobayashi et al. 2020",
    "gradient_pattern": "Sundararajan et al. 2017",
    "rollout": "Abnar and Zuidema 2020",
    "flow": "Abnar and Zuidema 2020",
}


@pytest.fixture
def layers(inspector: Inspector) -> Layers:
    return Layers(inspector)


def test_a_plain_visit_asks_for_the_pattern_and_nothing_beside_it(layers: Layers) -> None:
    asked: list[str] = []
    layers.page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    layers.open()
    expect(layers.button("pattern")).to_have_attribute("aria-pressed", "true")
    expect(layers.about).to_contain_text("Pattern (Vaswani et al. 2017). How each query shares")
    late = ("norms", "rollout", "integrated", "faithful", "views/attribution.js")
    assert not [one for one in asked if any(name in one for name in late)]
    assert "measure" not in layers.page.url


@pytest.mark.parametrize("name", TITLES)
def test_each_layer_is_drawn_with_its_own_numbers(
    layers: Layers, oracle: Oracle, name: str
) -> None:
    layers.open()
    layers.objective_of(name)
    layers.drawn(TITLES[name])
    layers.tells(name, answer(oracle, name))
    expect(layers.about).to_contain_text(PAPERS[name])
    together = "all heads of layers 0 to 3 together"
    if name in ("rollout", "flow"):
        expect(layers.about).to_contain_text(together)
    else:
        expect(layers.about).not_to_contain_text(together)
    expect(layers.page).to_have_url(re.compile(f"[&#]measure={name}(&|$)"))
    layers.objective_of("pattern")
    layers.drawn("layer 3 head 1")
    expect(layers.page.get_by_role("table", name="Table of the pattern")).to_be_visible()


@pytest.mark.parametrize("name", TITLES)
def test_a_link_reopens_its_layer(layers: Layers, oracle: Oracle, name: str) -> None:
    layers.open(measure=name)
    layers.drawn(TITLES[name])
    expect(layers.button(name)).to_have_attribute("aria-pressed", "true")
    wanted = answer(oracle, name)
    most = significant(float(np.float32(np.nanmax(np.abs(wanted)))), 4)
    start = f"from −{most}" if name == "gradient_pattern" else "from 0"
    expect(layers.about).to_contain_text(f"Colours {start} to {most}")
    layers.tells(name, wanted)


def test_the_range_of_the_colours_leaves_out_what_is_hidden(layers: Layers, oracle: Oracle) -> None:
    layers.open(measure="rollout", special="hidden")
    layers.drawn(TITLES["rollout"])
    typed = answer(oracle, "rollout")[1:-1, 1:-1]
    most = significant(float(np.float32(typed.max())), 4)
    expect(layers.about).to_contain_text(f"Colours from 0 to {most}")


def test_a_name_that_is_no_layer_is_the_pattern(layers: Layers) -> None:
    layers.open(measure="saliency", output="fill.x", steps="17")
    layers.drawn("layer 3 head 1")
    expect(layers.button("pattern")).to_have_attribute("aria-pressed", "true")
    expect(layers.output).to_have_value("sentence")
    expect(layers.added).to_be_hidden()


def test_a_hover_tells_the_layer_s_number_and_the_pattern_s_beside_it(
    layers: Layers, oracle: Oracle
) -> None:
    layers.open(measure="norms")
    layers.drawn(TITLES["norms"])
    norms, pattern = answer(oracle, "norms"), oracle.array("pattern", 3, 1, SAW)
    layers.page.mouse.move(*layers.inspector.point(4, 2, 6, 6))
    note = layers.inspector.note("layer 3 head 1, norm-weighted")
    expect(note).to_contain_text(significant(norms[4, 2], 4))
    expect(note).to_contain_text(f"pattern{significant(pattern[4, 2], 4)}")


def test_the_arithmetic_of_a_cell_stays_that_of_the_pattern(layers: Layers, oracle: Oracle) -> None:
    layers.open(measure="rollout")
    layers.drawn(TITLES["rollout"])
    expect(layers.page.get_by_text("a click explains the pattern there")).to_be_visible()
    layers.page.mouse.click(*layers.inspector.point(4, 2, 6, 6))
    found = oracle.cell(3, 1, 4, 2, text=SAW)
    step = layers.inspector.step("softmax")
    expect(step).to_contain_text(significant(found["pattern"], 4))


def test_signed_numbers_have_a_colour_for_each_side_of_zero(layers: Layers, oracle: Oracle) -> None:
    layers.open(measure="gradient_pattern", output="pinned", pin="query-4")
    layers.drawn(TITLES["gradient_pattern"])
    layers.inspector.plotted()
    wanted = answer(oracle, "gradient_pattern", output={"of": "vector", "pos": 4})
    assert (wanted < 0).any()
    assert (wanted > 0).any()
    drawn = layers.page.evaluate(
        """() => {
             const [{ z, colorscale }] = document.querySelector('.js-plotly-plot').data;
             const probe = document.body.appendChild(document.createElement('i'));
             const read = (name) => {
               probe.style.color = `var(--diverge-${name})`;
               return getComputedStyle(probe).color;
             };
             const colors = ['negative', 'zero', 'positive'].map(read);
             probe.remove();
             const ends = [0, colorscale.length >> 1, colorscale.length - 1];
             const ramp = ends.map((i) => colorscale[i][1]);
             return { z: z.map((row) => [...row]), ramp, colors };
           }"""
    )
    assert np.array_equal(np.sign(np.array(drawn["z"]) - 0.5), np.sign(wanted))
    assert np.abs(np.array(drawn["z"]) - 0.5).max() == pytest.approx(0.5)
    for color, place in zip(drawn["colors"], drawn["ramp"], strict=True):
        numbers = [np.array(re.findall(r"\d+", one), dtype=int) for one in (color, place)]
        assert np.abs(numbers[0] - numbers[1]).max() <= 2


def test_a_gradient_is_of_the_output_that_is_chosen(layers: Layers, oracle: Oracle) -> None:
    layers.open(measure="gradient_pattern", pin="query-4")
    layers.tells("gradient_pattern", answer(oracle, "gradient_pattern"))
    expect(layers.output.get_by_role("option")).to_have_text(
        ["The sentence’s vector", "Vector of saw (4)"]
    )
    layers.output.select_option(label="Vector of saw (4)")
    expect(layers.page).to_have_url(re.compile("output=pinned"))
    of_token = answer(oracle, "gradient_pattern", output={"of": "vector", "pos": 4})
    layers.tells("gradient_pattern", of_token)
    layers.inspector.token("query", 2).click()
    expect(layers.output).to_have_value("pinned")
    of_other = answer(oracle, "gradient_pattern", output={"of": "vector", "pos": 2})
    layers.tells("gradient_pattern", of_other)


def test_what_a_model_says_can_be_the_output(layers: Layers, oracle: Oracle) -> None:
    text = "I [MASK] a saw"
    said = oracle.post("/outputs", model="small", text=text)
    fill = said["outputs"]["fills"][0]
    tag = next(one for one in said["outputs"]["tags"] if one["word"] == 4)
    layers.open(
        model="small", text=text, layer=1, head=2, measure="gradient_pattern", output="tag.4"
    )
    expect(layers.output).to_have_value("tag.4")
    expect(layers.output.get_by_role("option", name=f"{tag['tag']} for saw (4)")).to_be_attached()
    asked = {"model": "small", "text": text, "layer": 1, "head": 2}
    of_tag = answer(oracle, "gradient_pattern", **asked, output={"of": "tag", "word": 4})
    layers.tells("gradient_pattern", of_tag)
    layers.output.select_option(f"fill.{fill['position']}")
    at = {"of": "fill", "pos": fill["position"], "piece": fill["candidates"][0]["piece"]}
    layers.tells("gradient_pattern", answer(oracle, "gradient_pattern", **asked, output=at))


def test_choosing_a_layer_moves_nothing(layers: Layers) -> None:
    layers.open(text=LAW)
    parts = (layers.inspector.heatmap, layers.inspector.links, layers.faithful)
    top = "() => document.documentElement.scrollHeight"
    before = [place_of(part)["width"] for part in parts], layers.page.evaluate(top)
    for name, title in TITLES.items():
        layers.objective_of(name)
        layers.drawn(title)
        assert ([place_of(part)["width"] for part in parts], layers.page.evaluate(top)) == before


def test_between_words_there_is_the_pattern_alone_and_a_way_back(
    layers: Layers, oracle: Oracle
) -> None:
    layers.open(measure="norms", level="word")
    layers.drawn("layer 3 head 1")
    expect(layers.button("norms")).to_be_disabled()
    expect(layers.about).to_contain_text("Between words there is the pattern alone")
    layers.control.get_by_role("button", name="Show tokens").click()
    layers.drawn(TITLES["norms"])
    layers.tells("norms", answer(oracle, "norms"))


def test_of_several_heads_the_open_one_is_drawn_in_another_layer(layers: Layers) -> None:
    layers.open(**{"with": "2-4"})
    expect(layers.inspector.links).to_have_accessible_name(re.compile("head 1, layer 2 head 4,"))
    layers.objective_of("norms")
    layers.drawn(TITLES["norms"])
    expect(layers.about).to_contain_text("Of the open head alone.")


@pytest.mark.refused(422)
def test_a_flow_that_is_too_long_says_so_and_is_drawn_for_a_pinned_token(
    layers: Layers, oracle: Oracle
) -> None:
    layers.inspector.goto(tab="attribution", text=LONG, layer=5, head=0, measure="flow")
    layers.inspector.stand()
    asked = {"text": LONG, "layers": [5], "heads": [0], "include": ["flow"]}
    expect(layers.alert).to_contain_text(oracle.refusal("/attention", **asked), ignore_case=True)
    expect(layers.alert).to_contain_text("pin a token that looks, and its row alone is drawn")
    layers.drawn("layer 5 head 0")
    layers.inspector.token("query", 9).click()
    expect(layers.about).to_contain_text(re.compile(r"only the row of \W*its\W* \(9\) is drawn"))
    expect(layers.alert).to_be_hidden()
    layers.drawn("layers 0 to 5, flow")
    (found,) = oracle.post("/attention", **asked, query_pos=[9])["layers"]
    best = int(np.nanargmax(np.array(found["flow"][9], dtype=float)))
    said = re.compile(rf"The strongest cell is query \W*its\W* \(9\), key \W*\S+?\W* \({best}\)")
    expect(layers.inspector.heatmap).to_have_accessible_name(said)


@pytest.mark.refused(0)
def test_a_layer_that_does_not_come_says_so_and_can_be_asked_for_again(layers: Layers) -> None:
    layers.open()
    with layers.inspector.unanswered("**/api/v1/attention"):
        layers.objective_of("rollout")
        expect(layers.alert).to_contain_text("The server did not answer")
        expect(layers.about).to_contain_text("The pictures show the pattern.")
        layers.drawn("layer 3 head 1")
    layers.alert.get_by_role("button", name="Try again").click()
    layers.drawn(TITLES["rollout"])


def test_what_is_taken_away_is_the_layer_on_screen(
    visit: Callable[..., Inspector], oracle: Oracle, tmp_path: Path
) -> None:
    inspector = visit(permissions=["clipboard-read", "clipboard-write"])
    layers = Layers(inspector).open(measure="norms")
    layers.drawn(TITLES["norms"])
    norms = answer(oracle, "norms")
    with inspector.page.expect_download() as coming:
        inspector.export("Norm-weighted, CSV")
    assert coming.value.suggested_filename == "headlight-bert-3-1-norms.csv"
    coming.value.save_as(tmp_path / "norms.csv")
    with (tmp_path / "norms.csv").open(encoding="utf-8-sig", newline="") as opened:
        head, *rows = csv.reader(opened)
    assert head[:3] == ["query_pos", "query_token", "0:[CLS]"]
    assert np.array([row[2:] for row in rows], dtype=float) == pytest.approx(norms, abs=1e-6)
    with inspector.page.expect_download() as coming:
        inspector.export("Arrays, NPZ")
    coming.value.save_as(tmp_path / "norms.npz")
    with np.load(tmp_path / "norms.npz", allow_pickle=False) as opened_npz:
        assert opened_npz["norms"][0, 0] == pytest.approx(norms, abs=1e-6)
    inspector.export("Copy as curl")
    expect(inspector.page.get_by_text("Copied.")).to_be_visible()
    words = shlex.split(inspector.copied())
    assert json.loads(words[words.index("-d") + 1])["include"] == ["norms"]
    inspector.export("Copy as Python")
    expect(inspector.page.get_by_text("Copied.")).to_be_visible()
    script = [sys.executable, "-c", inspector.copied()]
    printed = subprocess.run(script, check=True, capture_output=True, text=True).stdout.split()
    pattern = oracle.array("pattern", 3, 1, SAW)
    tokens = oracle.tokens(SAW)
    typed = [pos for pos, token in enumerate(tokens) if not token.startswith("[")]
    best = max(((q, k) for q in typed for k in typed), key=lambda at: float(pattern[at]))
    assert printed[:3] == [tokens[best[0]], "->", tokens[best[1]]]
    assert float(printed[3]) == pytest.approx(norms[best])


def test_axe_finds_no_violation_in_any_layer(layers: Layers) -> None:
    layers.open(measure="gradient_pattern", steps=16, pin="query-4")
    layers.drawn(TITLES["gradient_pattern"])
    expect(layers.sum).to_be_visible()
    layers.measure_row.click()
    expect(layers.scatter).to_be_visible()
    found = {"measured": violations_of_every_look(layers.inspector)}
    layers.open(measure="norms", level="word")
    found["words"] = violations_of_every_look(layers.inspector)
    assert found == {name: [] for name in found}


def test_a_layer_is_chosen_by_the_keyboard(layers: Layers) -> None:
    layers.open()
    layers.button("pattern").focus()
    layers.page.keyboard.press("Tab")
    expect(layers.button("norms")).to_be_focused()
    layers.page.keyboard.press("Enter")
    layers.drawn(TITLES["norms"])
    expect(layers.button("norms")).to_be_focused()


def test_the_next_token_of_a_decoder_can_be_the_output(layers: Layers, oracle: Oracle) -> None:
    name, text = small_decoder_name(), "once upon a time there was a little"
    asked = {"model": name, "text": text, "layer": 1, "head": 0}
    layers.inspector.goto(tab="attribution", **asked, measure="gradient_pattern", output="next")
    layers.drawn("layer 1 head 0, gradient × pattern")
    expect(layers.output).to_have_value("next")
    of_next = answer(oracle, "gradient_pattern", **asked, output={"of": "next"})
    assert np.isnan(of_next[0, 1:]).all()
    layers.tells("gradient_pattern", of_next)
    expect(layers.page.get_by_text("Grey cells are masked")).to_be_visible()
    layers.objective_of("rollout")
    layers.tells("rollout", answer(oracle, "rollout", **asked), blank="no path")
    expect(layers.page.get_by_text("Grey cells: no path leads there")).to_be_visible()


@pytest.mark.refused(422)
def test_what_a_kind_of_attention_does_not_have_is_refused_in_words(
    layers: Layers, oracle: Oracle
) -> None:
    asked = {"model": "tiny-bart", "text": "once upon a time", "text_pair": "a big red dog"}
    state = {"text": asked["text"], "pair": asked["text_pair"], "model": asked["model"]}
    layers.inspector.goto(
        tab="attribution", **state, kind="cross", layer=1, head=2, measure="rollout"
    )
    layers.inspector.stand(heads=DECODER_LAYERS * DECODER_HEADS)
    body = {**asked, "kind": "cross", "layers": [1], "heads": [0], "include": ["rollout"]}
    expect(layers.alert).to_contain_text(oracle.refusal("/attention", **body), ignore_case=True)
    expect(layers.about).to_contain_text("The pictures show the pattern.")
    layers.objective_of("norms")
    layers.drawn("cross layer 1 head 2, norm-weighted")
    rest = {**asked, "kind": "cross", "layer": 1, "head": 2}
    layers.tells("norms", answer(oracle, "norms", **rest))
    expect(layers.alert).to_be_hidden()
