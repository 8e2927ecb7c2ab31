"""A small model's trace: the same tensors as BERT's, and the way into and out of each head."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import torch

from headlight.models.core.errors import InvalidSelection, TextTooLong
from headlight.models.core.trace import Site, Trace
from headlight.models.measures.cell import explain_cell
from headlight.models.measures.search import search_heads
from headlight.models.measures.statistics import overview
from headlight.models.small.config import SmallConfig
from headlight.models.small.loading import SmallLoaded, save_folder
from headlight.models.small.model import SmallModel
from headlight.models.small.tokenizer import train_tokenizer
from headlight.models.zoo.transformers import load_folder

ALL = slice(None)
TEXT = "The law will be just, but its words are [MASK]. 我买了三斤。"
TOKENIZER = train_tokenizer([TEXT, "the law is law"], 97, 60)


def loaded(**changes: object) -> SmallLoaded:
    torch.manual_seed(11)
    shape = {"vocabulary": 97, "layers": 2, "heads": 3, "d_model": 30, "d_feedforward": 17}
    heads = {"parent_head": (0, 2), "antecedent_head": (1, 1)}
    model = SmallModel(SmallConfig.of({**shape, **heads, "max_tokens": 67, **changes}))
    return SmallLoaded("small", model, TOKENIZER)


@pytest.fixture(scope="module")
def trace() -> Trace:
    return loaded().run(TEXT)


@pytest.mark.parametrize(
    ("score", "normaliser", "window"),
    list(product(("scaled_dot", "dot", "additive"), ("softmax", "relu"), (None, 5))),
)
def test_what_a_trace_says_is_what_the_model_computed(
    score: str, normaliser: str, window: int | None
) -> None:
    model = loaded(score=score, normaliser=normaliser, window=window)
    encoding = model.encode(TEXT)
    with torch.inference_mode():
        own = model.model(encoding.inputs["input_ids"])
    found = model.run(TEXT)
    for site, block in zip(found.sites, own.blocks, strict=True):
        torch.testing.assert_close(site.pattern(ALL), block.pattern[0])
        torch.testing.assert_close(site.pattern(ALL) @ site.v, site.z)
        torch.testing.assert_close(site.contribution(ALL).sum(0), block.output[0])
    cell = explain_cell(found, "encoder", 1, 2, 3, 4)
    assert abs(cell.residual.pattern) < 1e-6
    assert cell.residual.z < 1e-6
    assert cell.residual.output is not None
    assert cell.residual.output < 1e-5
    assert abs(sum(cell.products) * cell.scale - cell.score) < 1e-9


def test_q_k_and_v_are_the_normed_x_times_the_matrices_that_the_trace_holds(trace: Trace) -> None:
    for site in trace.sites:
        inside = site.inside
        assert inside is not None
        for name in ("q", "k", "v"):
            projected = torch.einsum("pm,hmd->hpd", inside.normed, getattr(inside, f"w_{name}"))
            torch.testing.assert_close(getattr(site, name), projected)


def test_each_block_reads_what_the_one_before_handed_on(trace: Trace) -> None:
    first, second = (inside_of(site) for site in trace.sites)
    assert trace.embedding is not None
    torch.testing.assert_close(first.x, trace.embedding.token + trace.embedding.position)
    assert torch.equal(second.x, first.residual)


def inside_of(site: Site):  # type: ignore[no-untyped-def]
    assert site.inside is not None
    return site.inside


def test_overview_and_search_need_no_branch_for_it(trace: Trace) -> None:
    assert overview(trace).kinds[0].patterns.shape[:2] == (6, len(trace.encoder or ()))
    assert len(search_heads(trace, "its", "law", None).heads) == 6


def test_a_trace_names_the_heads_that_were_taught(trace: Trace) -> None:
    assert [(head.layer, head.head, head.task) for head in trace.supervised] == [
        (0, 2, "parent"),
        (1, 1, "antecedent"),
    ]


def test_outputs_speak_of_every_word_pronoun_and_gap_once(trace: Trace) -> None:
    assert trace.outputs is not None
    assert trace.encoder is not None
    words = [n for n, word in enumerate(trace.encoder.words) if not word.special]
    assert [tag.word for tag in trace.outputs.tags] == words
    assert [parent.word for parent in trace.outputs.parents] == words
    named = [trace.encoder.words[pointer.word].text for pointer in trace.outputs.antecedents]
    assert named == ["its"]
    (fill,) = trace.outputs.fills
    assert trace.encoder.tokens[fill.position].text == "[MASK]"
    shares = [candidate.probability for candidate in fill.candidates]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1


def test_a_parent_is_the_first_token_that_gets_most(trace: Trace) -> None:
    assert trace.outputs is not None
    assert trace.encoder is not None
    pattern = trace.sites[0].pattern([2])[0]
    words = trace.encoder.words
    firsts = {n: word.tokens[0] for n, word in enumerate(words) if not word.special}
    for pointer in trace.outputs.parents:
        row = {n: float(pattern[firsts[pointer.word], first]) for n, first in firsts.items()}
        assert pointer.to == max(row, key=row.__getitem__)
        assert pointer.value == pytest.approx(row[pointer.to])


def test_a_saved_folder_is_read_as_the_same_model(tmp_path: Path) -> None:
    model = loaded()
    save_folder(model.model, TOKENIZER, tmp_path)
    again = load_folder("small", tmp_path)
    for mine, theirs in zip(model.run(TEXT).sites, again.run(TEXT).sites, strict=True):
        assert torch.equal(mine.z, theirs.z)
    assert again.shape == model.shape


def test_too_long_a_text_and_a_second_text_are_refused() -> None:
    with pytest.raises(TextTooLong):
        loaded().run("law " * 70)
    with pytest.raises(InvalidSelection, match="reads one text"):
        loaded().run("law", "law")
