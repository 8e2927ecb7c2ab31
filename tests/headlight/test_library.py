"""`import headlight`: its face gives what the models compute and what the API answers."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from fastapi.testclient import TestClient
from transformers import AutoModel, AutoTokenizer

import headlight
from headlight import edit
from headlight.app.application import create_app
from headlight.app.features.edits import AnyEdit
from headlight.app.settings import Settings
from headlight.models.zoo.registry import SMALL_WEIGHTS, build_registry

ROOT = Path(__file__).parents[2]
TEXT = "The animal didn't cross the street because it was too tired."
WIDE = "The animal didn't cross the street because it was too wide."

EDITS: dict[str, tuple[dict[str, Any], headlight.edit.Edit]] = {
    "zero_ablation": ({"layer": 3, "heads": [1]}, edit.zero_ablation(3, [1])),
    "mean_ablation": ({"layer": 2, "query_pos": [4, 5]}, edit.mean_ablation(2, query_pos=[4, 5])),
    "temperature": ({"layer": 1, "value": 2.0}, edit.temperature(2.0, 1)),
    "unscaled": ({"layer": 5, "heads": [0, 2]}, edit.unscaled(5, heads=[0, 2])),
    "window": ({"layer": 0, "width": 2}, edit.window(2, 0)),
    "only_along": (
        {"layer": 3, "heads": [1], "query_pos": [10], "edges": [[10, 2]]},
        edit.only_along([(10, 2)], 3, heads=[1], query_pos=[10]),
    ),
    "renormalise": ({"layer": 4, "by": "relu"}, edit.renormalise("relu", 4)),
    "set_pattern": (
        {"layer": 3, "heads": [1], "query_pos": [10], "key_pos": [2], "weight": 0.5},
        edit.set_pattern(0.5, 3, [10], [2], heads=[1]),
    ),
    "cut": (
        {"layer": 3, "query_pos": [10], "key_pos": [2, 3], "renormalise": False},
        edit.cut(3, [10], [2, 3], renormalise=False),
    ),
}


@pytest.fixture(scope="module")
def model() -> headlight.Model:
    return headlight.load("bert")


@pytest.fixture(scope="module")
def run(model: headlight.Model) -> headlight.Run:
    return model.run(TEXT)


@pytest.fixture(scope="module")
def api() -> Any:
    with TestClient(create_app(Settings(linear="plain"))) as client:
        yield client


def test_every_pattern_is_the_librarys_own(run: headlight.Run) -> None:
    folder = build_registry().entry("bert").origin.fetch(lambda share: None)
    plain = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    ids = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")
    with torch.no_grad():
        expected = plain(**ids, output_attentions=True).attentions
    for layer, heads in enumerate(expected):
        for head, pattern in enumerate(heads[0]):
            torch.testing.assert_close(run.pattern(layer, head), pattern, atol=1e-5, rtol=0)


def test_a_pattern_is_a_copy_that_may_be_used_in_a_graph(run: headlight.Run) -> None:
    first = run.pattern(3, 1)
    first.requires_grad_().sum().backward()
    with torch.no_grad():
        first.zero_()
    assert float(run.pattern(3, 1).detach().sum()) == pytest.approx(len(run.tokens), abs=1e-4)


def test_tokens_and_words_are_those_of_the_text(run: headlight.Run) -> None:
    assert [token.text for token in run.tokens[:3]] == ["[CLS]", "The", "animal"]
    assert all(TEXT[token.start : token.end] == token.text for token in run.tokens if token.start)
    words = [word.text for word in run.words if not word.special]
    assert "".join(words) == TEXT.replace(" ", "")
    assert repr(run) == f"<headlight.Run of bert: {len(run.tokens)} tokens>"


@pytest.mark.parametrize("query", ["it", 10, (TEXT.index(" it ") + 1, TEXT.index(" it ") + 3)])
def test_a_search_finds_a_word_by_text_position_or_characters(
    run: headlight.Run, query: Any
) -> None:
    result = run.search(query, "animal")
    assert result.query.text == "it"
    assert result.heads[0].weight == pytest.approx(
        float(run.pattern(result.heads[0].layer, result.heads[0].head)[10, 2]), abs=1e-6
    )


def test_an_explanation_ends_in_the_number_of_the_pattern(run: headlight.Run) -> None:
    cell = run.explain(3, 1, query_pos=10, key_pos=2)
    assert cell.pattern == pytest.approx(float(run.pattern(3, 1)[10, 2]), abs=1e-5)
    assert cell.score == pytest.approx(
        sum(a * b for a, b in zip(cell.q, cell.k, strict=True)) * cell.scale, rel=1e-9
    )


def test_every_edit_of_the_api_has_its_name_here() -> None:
    asked = {
        get_args(each.model_fields["do"].annotation)[0] for each in get_args(get_args(AnyEdit)[0])
    }
    functions = {name for name in edit.__all__ if inspect.isfunction(getattr(edit, name))}
    assert functions == asked == {*EDITS, "activation_patch"}


@pytest.mark.parametrize("do", EDITS)
def test_an_edit_does_what_the_api_says_it_does(
    run: headlight.Run, api: TestClient, do: str
) -> None:
    fields, made = EDITS[do]
    body = {"model": "bert", "text": TEXT, "edits": [{"do": do, **fields}]}
    answer = api.post("/api/v1/what-if", json=body)
    assert answer.status_code == 200, answer.text
    effect = run.what_if([made])
    assert effect.change.sentence_cosine_distance == pytest.approx(
        answer.json()["change"]["sentence_cosine_distance"]
    )
    assert effect.change.sentence_cosine_distance > 0


def test_a_patch_takes_z_from_another_run(model: headlight.Model, run: headlight.Run) -> None:
    other = model.run(WIDE)
    effect = run.what_if([edit.activation_patch(other, layer=3)])
    assert torch.equal(effect.edited.site("encoder", 3).z, other.trace.site("encoder", 3).z)


def test_a_folder_and_a_name_give_the_same_model_and_it_is_loaded_once() -> None:
    by_name, by_folder = headlight.load("small"), headlight.load(SMALL_WEIGHTS)
    pattern = by_name.run(TEXT).pattern(3, 0)
    assert torch.equal(by_folder.run(TEXT).pattern(3, 0), pattern)
    assert by_folder.name == "weights"
    assert headlight.load("small")._loaded is by_name._loaded
    assert headlight.load(str(SMALL_WEIGHTS))._loaded is by_folder._loaded


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda run: run.pattern(9, 0), "layer 9 is outside 0 to 5"),
        (lambda run: run.pattern(0, 12), "head 12 is outside 0 to 11"),
        (lambda run: run.pattern(0, -1), "head -1 is outside 0 to 11"),
        (lambda run: run.pattern(0, 0, kind="cross"), "bert has no cross attention"),
        (lambda run: run.explain(0, 0, 99, 0), "query_pos 99 is outside 0 to"),
        (lambda run: run.search("dog", "animal"), "the query “dog” is not a word of the text"),
        (lambda run: run.what_if([edit.zero_ablation(9)]), "edit 0: layer 9 is outside 0 to 5"),
        (lambda run: headlight.load("bort"), "there is no model 'bort'; there are: bert, small"),
        (lambda run: headlight.load("/nowhere/at/all"), "save_pretrained"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    run: headlight.Run, ask: Any, message: str
) -> None:
    with pytest.raises(headlight.errors.HeadlightError) as caught:
        ask(run)
    assert message in caught.value.message + str(getattr(caught.value, "remedy", ""))


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_examples_of_the_page_run(page: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    assert names["pattern"].shape == (len(names["run"].tokens),) * 2


def test_the_equations_of_the_page_hold(run: headlight.Run) -> None:
    cell = run.explain(layer=3, head=1, query_pos=10, key_pos=2)
    assert cell.exp is not None
    assert cell.dot * cell.scale == cell.score
    assert cell.exp / cell.denominator == pytest.approx(cell.pattern, rel=1e-12)


def test_a_program_needs_nothing_but_the_import() -> None:
    code = (
        "import headlight, sys; print(headlight.load('small').run('The cat sat.').pattern(0, 0)"
        ".shape, 'fastapi' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "torch.Size([6, 6]) False", done.stderr
