"""For every family: what is captured is what the model itself computed.

The oracle is the model's own eager run, before anything of ours touched the model.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from headlight.models.capture.prepare import Captured, prepare
from headlight.models.core.errors import UnsupportedModel
from headlight.models.core.trace import Site
from tests.models.families import REFUSED, SERVED, TAPPED, Family, own_output

ALL = slice(None)


@dataclass(frozen=True)
class Run:
    family: Family
    captured: Captured
    sites: tuple[Site, ...]
    output: Any

    @property
    def native(self) -> bool:
        return self.family in SERVED


@pytest.fixture(scope="module", params=SERVED + TAPPED, ids=str)
def run(request: pytest.FixtureRequest) -> Run:
    family: Family = request.param
    captured = prepare(family.build(), family.inputs)
    return Run(family, captured, *captured.run(**family.inputs))


def own_patterns(run: Run) -> list[tuple[Site, Tensor]]:
    """Each site beside the pattern that the model reports for it."""
    own = own_output(run.family)
    names = {"encoder": "encoder_attentions", "decoder": "decoder_attentions"}
    lists = {
        kind: own.get(names.get(kind, "")) or own.get("attentions") for kind in run.family.kinds
    }
    if "cross" in lists:
        lists["cross"] = own.cross_attentions
    return [(site, lists[site.kind][site.layer][0]) for site in run.sites]


def test_every_layer_of_every_kind_is_seen_once_and_in_order(run: Run) -> None:
    assert dict(Counter(site.kind for site in run.sites)) == run.family.kinds
    for kind, layers in run.family.kinds.items():
        assert [s.layer for s in run.sites if s.kind == kind] == list(range(layers))


def test_families_of_the_attention_interface_do_not_need_the_tap(run: Run) -> None:
    assert run.captured.tapped is not run.native


def test_heads_keep_their_own_axes(run: Run) -> None:
    family = run.family
    for site, pattern in own_patterns(run):
        assert site.q.shape == (family.heads, pattern.shape[1], family.d_head)
        assert site.k.shape == (family.key_heads, pattern.shape[2], family.d_head)
        assert site.v.shape == site.k.shape
        assert site.z.shape == site.q.shape
    assert [(s.kind, s.layer, s.n_heads, s.d_head) for s in run.captured.sites] == [
        (s.kind, s.layer, s.n_heads, s.d_head) for s in run.sites
    ]


def test_the_pattern_is_the_models_own(run: Run) -> None:
    for site, own in own_patterns(run):
        torch.testing.assert_close(site.pattern(ALL), own, rtol=0, atol=1e-5)


def test_through_the_attention_interface_the_first_pattern_is_the_models_own_to_the_bit(
    run: Run,
) -> None:
    """Later ones see z summed in another order, and still differ by rounding alone."""
    if run.native:
        (first, own), *later = own_patterns(run)
        assert torch.equal(first.pattern(ALL), own)
        for site, own in later:
            torch.testing.assert_close(site.pattern(ALL), own, rtol=0, atol=1e-6)


def test_softmax_of_scores_and_bias_where_one_may_look_is_the_pattern(run: Run) -> None:
    for site in run.sites:
        scores = site.scores(ALL).double()
        assert scores.isfinite().all()
        logits = scores
        if site.softcap is not None:
            logits = torch.tanh(logits / site.softcap) * site.softcap
        if site.bias is not None:
            logits = logits + site.bias
        weights = logits.exp()
        if site.mask is not None:
            blind = ~site.mask.any(-1, keepdim=True)  # a row that may look nowhere is uniform
            weights = (weights * site.mask).where(~blind, 1.0)
        rest = 0.0 if site.sinks is None else site.sinks.double().exp()[:, None, None]
        expected = weights / (weights.sum(-1, keepdim=True) + rest)
        torch.testing.assert_close(site.pattern(ALL).double(), expected, rtol=0, atol=1e-5)


def test_scores_are_scaled_products_of_queries_and_keys(run: Run) -> None:
    for site in run.sites:
        group = site.n_heads // site.k.shape[0]
        for head in range(site.n_heads):
            expected = site.q[head].double() @ site.k[head // group].double().T * site.scale
            assert (site.scores([head])[0] - expected).abs().max() <= 1e-5 * max(
                1.0, float(expected.abs().max())
            )


def test_the_pattern_mixes_the_values_into_z(run: Run) -> None:
    for site in run.sites:
        expected = site.pattern(ALL) @ site.values(ALL)
        torch.testing.assert_close(site.z, expected, rtol=1e-5, atol=1e-5)


def test_contributions_and_bias_add_up_to_the_blocks_output(run: Run) -> None:
    for site in run.sites:
        if not run.family.projected:
            assert site.projection is None
            assert site.output is None
            continue
        assert site.projection is not None
        assert site.output is not None
        total = site.contribution(ALL).double().sum(0)
        if site.projection.bias is not None:
            total = total + site.projection.bias
        scale = max(1.0, float(site.output.abs().max()))
        assert (total - site.output).abs().max() <= 1e-5 * scale


def test_only_families_with_position_biases_have_a_bias(run: Run) -> None:
    biased = {site.kind for site in run.sites if site.bias is not None}
    assert biased == set(run.family.biased)


def test_no_other_token_looks_at_the_padded_one(run: Run) -> None:
    if "attention_mask" not in run.family.inputs:
        return
    for site in run.sites:
        if site.kind != "decoder":
            others = site.query_len - (site.kind == "encoder")
            assert site.mask is not None
            assert not site.mask[:, :others, -1].any()
            assert site.pattern(ALL)[:, :others, -1].max() == 0


def test_decoders_never_look_ahead(run: Run) -> None:
    for site in run.sites:
        assert site.causal is (site.kind == "decoder")
        if site.kind == "decoder":
            assert site.pattern(ALL).triu(1).max() == 0


def test_capture_does_not_change_the_models_output(run: Run) -> None:
    theirs = own_output(run.family)[0]
    torch.testing.assert_close(run.output[0], theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", REFUSED, ids=str)
def test_a_family_whose_heads_are_not_plain_softmax_attention_is_refused(family: Family) -> None:
    with pytest.raises(
        UnsupportedModel, match=f"{family.name}Model cannot be captured: "
    ) as raised:
        prepare(family.build(), family.inputs)
    assert raised.value.argument == "model"


def test_four_threads_at_once_get_bit_for_bit_what_one_gets(run: Run) -> None:
    """No lock is needed around captured runs: nothing of a run is kept in the model."""
    got: list[tuple[Site, ...]] = []
    failures: list[Exception] = []

    def read() -> None:
        torch.get_num_threads()  # torch takes the number by thread, once it was asked for
        torch.set_num_threads(1)
        try:
            got.extend(run.captured.run(**run.family.inputs)[0] for _ in range(3))
        except Exception as error:
            failures.append(error)

    interval, threads = sys.getswitchinterval(), torch.get_num_threads()
    sys.setswitchinterval(1e-5)
    torch.set_num_threads(1)
    try:
        alone = run.captured.run(**run.family.inputs)[0]
        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    finally:
        sys.setswitchinterval(interval)
        torch.set_num_threads(threads)
    assert failures == []
    assert len(got) == 12
    for sites in got:
        for own, other in zip(alone, sites, strict=True):
            for name in ("q", "k", "v", "z"):
                assert torch.equal(getattr(own, name), getattr(other, name)), name
