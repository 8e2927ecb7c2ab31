"""Real weights: what is captured is what their authors recorded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from headlight.models.capture.prepare import Captured, prepare

ALL = slice(None)
EXACT = {"rtol": 0.0, "atol": 1e-6}


@pytest.fixture(scope="module")
def sorter(shared: Path) -> Captured:
    """GPT-2 of 3 layers and 3 heads that sorts letters."""
    model = AutoModelForCausalLM.from_pretrained(
        shared / "models" / "nano-sort", attn_implementation="eager", local_files_only=True
    )
    return prepare(model, {"input_ids": torch.tensor([[0, 0, 2, 1, 0, 1]])})


@pytest.fixture(scope="module")
def recorded(shared: Path) -> Mapping[str, Tensor]:
    """Tensors of layer 0, and the logits, as the model's authors recorded them."""
    with np.load(shared / "models" / "nano-sort" / "oracle_t0.npz") as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


@pytest.mark.parametrize("row", range(3))
def test_q_k_and_v_are_the_recorded_ones(
    sorter: Captured, recorded: Mapping[str, Tensor], row: int
) -> None:
    site = sorter.run(input_ids=recorded["idx"][[row]])[0][0]
    torch.testing.assert_close(site.q, recorded["q_l0"][row], **EXACT)
    torch.testing.assert_close(site.k, recorded["k_l0"][row], **EXACT)
    torch.testing.assert_close(site.v, recorded["v_l0"][row], **EXACT)


@pytest.mark.parametrize("row", range(3))
def test_scores_mask_and_pattern_are_the_recorded_ones(
    sorter: Captured, recorded: Mapping[str, Tensor], row: int
) -> None:
    site = sorter.run(input_ids=recorded["idx"][[row]])[0][0]
    theirs = recorded["att_scores_l0"][row]
    assert site.kind == "decoder"
    assert site.mask is not None
    assert torch.equal(site.mask.expand(3, 11, 11), theirs.isfinite())
    visible = site.scores(ALL).masked_fill(~site.mask, -torch.inf)
    torch.testing.assert_close(visible, theirs, **EXACT)
    torch.testing.assert_close(site.pattern(ALL), recorded["att_softmax_l0"][row], **EXACT)


@pytest.mark.parametrize("row", range(3))
def test_a_captured_run_gives_the_recorded_logits(
    sorter: Captured, recorded: Mapping[str, Tensor], row: int
) -> None:
    logits = sorter.run(input_ids=recorded["idx"][[row]])[1].logits
    torch.testing.assert_close(logits[0], recorded["logits"][row], rtol=1e-6, atol=1e-6)


def test_heads_of_a_real_block_add_up_to_its_output(
    sorter: Captured, recorded: Mapping[str, Tensor]
) -> None:
    for site in sorter.run(input_ids=recorded["idx"][[0]])[0]:
        assert site.projection is not None
        assert site.projection.bias is not None
        total = site.contribution(ALL).sum(0) + site.projection.bias
        assert site.output is not None
        torch.testing.assert_close(total, site.output, rtol=1e-5, atol=1e-5)


def test_a_llama_that_tells_stories_shows_its_grouped_heads_and_still_tells_them(
    shared: Path,
) -> None:
    folder = shared / "models" / "stories260k"
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    start = tokenizer("Once upon a time", return_tensors="pt")["input_ids"]

    def load() -> torch.nn.Module:
        return AutoModelForCausalLM.from_pretrained(
            folder, attn_implementation="eager", local_files_only=True
        ).eval()

    with torch.inference_mode():
        own = load()(input_ids=start, output_attentions=True)
        written = load().generate(start, max_new_tokens=23, do_sample=False)
    captured = prepare(load(), {"input_ids": start})
    sites, output = captured.run(input_ids=start)
    assert [(site.kind, site.layer, site.n_heads, site.k.shape[0]) for site in sites] == [
        ("decoder", layer, 8, 4) for layer in range(5)
    ]
    for site, attentions in zip(sites, own.attentions, strict=True):
        torch.testing.assert_close(site.pattern(ALL), attentions[0], rtol=0, atol=1e-5)
    torch.testing.assert_close(output.logits, own.logits, rtol=1e-5, atol=1e-5)
    with torch.inference_mode():
        after = captured.model.generate(start, max_new_tokens=23, do_sample=False)
    assert torch.equal(after, written)
