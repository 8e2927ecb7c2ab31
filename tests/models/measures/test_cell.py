"""The arithmetic of one cell, against plain Python and against the model's own tensors."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import OutputProjection, Site, Trace
from headlight.models.measures.cell import Cell, explain_cell
from tests.models.traces import (
    HEADS,
    causal_mask,
    decoder_trace,
    encoder_trace,
    sequence,
    translation_trace,
)


def grouped_trace() -> Trace:
    """Everything at once: grouped keys, bias a head, softcap, sinks, a causal mask."""
    return decoder_trace(
        "a b c d e",
        heads=6,
        kv_heads=2,
        bias=torch.linspace(-2, 2, 150).view(6, 5, 5),
        softcap=1.5,
        sinks=torch.linspace(-1, 1, 6),
        scale=0.5,
    )


TRACES = {
    "encoder": encoder_trace("The law is un|just"),
    "pair": encoder_trace("a b", "c|d"),
    "shared bias": encoder_trace("a b|c", bias=torch.linspace(-3, 3, 25).view(1, 5, 5), scale=1.0),
    "softcap": encoder_trace("a b c", softcap=0.7, sharpness=5.0),
    "sinks": encoder_trace("a b c", sinks=torch.tensor([-2.0, 0.0, 3.0])),
    "without W_o": encoder_trace("a b c", projected=False),
    "causal": decoder_trace("a b c d e"),
    "everything": grouped_trace(),
}


def by_hand(site: Site, head: int, query_pos: int) -> tuple[list[float], list[float], float]:
    """Logits and pattern of one row and the denominator, in plain Python's float64."""
    group = head * len(site.k) // site.n_heads
    q = site.q[head, query_pos].tolist()
    logits: list[float] = []
    for key_pos, k in enumerate(site.k[group].tolist()):
        logit = site.scale * math.fsum(a * b for a, b in zip(q, k, strict=True))
        if site.softcap is not None:
            logit = site.softcap * math.tanh(logit / site.softcap)
        if site.bias is not None:
            logit += float(site.bias[min(head, len(site.bias) - 1), query_pos, key_pos])
        if site.mask is not None and not site.mask[0, query_pos, key_pos]:
            logit = -math.inf
        logits.append(logit)
    sink = -math.inf if site.sinks is None else float(site.sinks[head])
    top = max(*logits, sink)
    denominator = math.fsum(math.exp(logit - top) for logit in [*logits, sink])
    return logits, [math.exp(logit - top) / denominator for logit in logits], denominator


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_every_step_is_the_one_before_it_and_the_last_is_the_models(trace: Trace) -> None:
    for site in trace.sites:
        for head in range(site.n_heads):
            for query_pos in range(site.query_len):
                logits, pattern, denominator = by_hand(site, head, query_pos)
                for key_pos in range(site.key_len):
                    cell = explain_cell(trace, site.kind, site.layer, head, query_pos, key_pos)
                    assert cell.masked == math.isinf(logits[key_pos])
                    assert cell.pattern == pytest.approx(pattern[key_pos], rel=1e-12)
                    assert cell.denominator == pytest.approx(denominator, rel=1e-12)
                    if not cell.masked:
                        assert cell.logit == pytest.approx(logits[key_pos], abs=1e-12)
                    steps_follow(cell)
                    assert_small_residual(cell)


def steps_follow(cell: Cell) -> None:
    """Anyone with a pocket calculator can go from one number to the next."""
    near = {"rel": 1e-12, "abs": 1e-12}
    for q, k, product in zip(cell.q, cell.k, cell.products, strict=True):
        assert product == q * k
    assert cell.dot == pytest.approx(math.fsum(cell.products), **near)
    assert cell.score == cell.dot * cell.scale
    if cell.masked:
        assert (cell.logit, cell.exp, cell.pattern) == (None, None, 0.0)
    else:
        assert cell.logit is not None
        assert cell.exp is not None
        capped = cell.score if cell.capped is None else cell.capped
        assert cell.logit == pytest.approx(capped + (cell.bias or 0.0), **near)
        assert cell.exp == pytest.approx(math.exp(cell.logit - cell.row_max), **near)
        assert cell.pattern == pytest.approx(cell.exp / cell.denominator, **near)
    for v, weighted in zip(cell.v, cell.weighted_v, strict=True):
        assert weighted == pytest.approx(cell.pattern * v, **near)
    if cell.contribution is not None:
        norm = math.sqrt(math.fsum(x * x for x in cell.contribution))
        assert cell.contribution_norm == pytest.approx(norm, **near)


def assert_small_residual(cell: Cell) -> None:
    residual = cell.residual
    assert residual.score == cell.score - cell.model_score
    assert residual.pattern == cell.pattern - cell.model_pattern
    assert abs(residual.score) < 1e-5
    assert abs(residual.pattern) < 1e-6
    assert 0 <= residual.z < 1e-5
    assert residual.output is None or 0 <= residual.output < 1e-4


def three_by_three() -> Trace:
    """One head, d_head 2, numbers that a person can work on paper."""
    q = torch.tensor([[[2.0, 0.0], [0.0, 2.0], [2.0, 2.0]]])
    k = torch.tensor([[[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]]) * math.log(2)
    v = torch.tensor([[[4.0, 0.0], [0.0, 8.0], [4.0, 4.0]]])
    # Row 0: scores 0, ln 2, ln 2, so the pattern is 1/5, 2/5, 2/5.
    pattern = torch.tensor([[[0.2, 0.4, 0.4], [0.4, 0.2, 0.4], [0.25, 0.25, 0.5]]])
    z = pattern @ v
    projection = OutputProjection(
        torch.tensor([[[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]]), torch.tensor([10.0, 20.0, 30.0])
    )
    assert projection.bias is not None
    output = z[0] @ projection.w_o[0] + projection.bias
    site = Site("encoder", 0, q, k, v, z, 0.5, projection=projection, output=output)
    tower = sequence("x y z", first="", last="")
    return Trace("hand", "x y z", None, (site,), encoder=tower)


def test_three_words_worked_by_hand() -> None:
    cell = explain_cell(three_by_three(), "encoder", 0, 0, 0, 1)
    ln2 = math.log(2)
    assert (cell.query_token.text, cell.key_token.text) == ("x", "y")
    assert cell.q == [2, 0]
    assert cell.k == pytest.approx([ln2, 0])
    assert cell.products == pytest.approx([2 * ln2, 0])
    assert cell.dot == pytest.approx(2 * ln2)
    assert cell.score == pytest.approx(ln2)
    assert cell.logit == pytest.approx(ln2)
    assert cell.row_max == pytest.approx(ln2)
    assert cell.exp == pytest.approx(1)
    assert cell.denominator == pytest.approx(1 / 2 + 1 + 1)
    assert cell.pattern == pytest.approx(2 / 5)
    assert cell.weighted_v == pytest.approx([0, 3.2])
    assert cell.z == pytest.approx([0.2 * 4 + 0.4 * 4, 0.4 * 8 + 0.4 * 4])
    assert cell.contribution == pytest.approx([0, 3.2, 0])
    assert cell.contribution_norm == pytest.approx(3.2)
    assert (cell.softcap, cell.capped, cell.bias, cell.masked) == (None, None, None, False)


def test_a_sink_stands_in_the_denominator() -> None:
    (plain,) = three_by_three().sites
    sunk = replace(plain, sinks=torch.tensor([math.log(2)]), projection=None, output=None)
    tower = sequence("x y z", first="", last="")
    cell = explain_cell(Trace("hand", "x y z", None, (sunk,), tower), "encoder", 0, 0, 0, 1)
    assert cell.denominator == pytest.approx(1 / 2 + 1 + 1 + 1)
    assert cell.pattern == pytest.approx(2 / 7)


def test_a_wrong_model_is_found_out_by_its_residuals() -> None:
    trace = three_by_three()
    (site,) = trace.sites
    assert site.output is not None
    liar = replace(site, z=site.z + 0.25, output=site.output - 0.5)
    residual = explain_cell(replace(trace, sites=(liar,)), "encoder", 0, 0, 2, 0).residual
    assert residual.z == pytest.approx(0.25, abs=1e-5)
    assert residual.output == pytest.approx(0.5, abs=1e-5)


def test_a_masked_cell_has_a_score_but_no_logit() -> None:
    cell = explain_cell(TRACES["causal"], "decoder", 1, 2, 1, 4)
    assert cell.masked
    assert (cell.logit, cell.exp, cell.pattern) == (None, None, 0.0)
    assert cell.score == pytest.approx(cell.model_score, abs=1e-5)
    assert set(cell.weighted_v) == {0.0}
    assert cell.contribution_norm == 0.0


def test_a_row_that_may_look_nowhere_is_uniform_as_in_the_model() -> None:
    mask = causal_mask(5).clone()
    mask[0, 3] = False
    trace = encoder_trace("a b c", mask=mask)
    cell = explain_cell(trace, "encoder", 0, 1, 3, 2)
    assert cell.masked
    assert (cell.logit, cell.exp) == (None, None)
    assert cell.denominator == 5
    assert cell.pattern == pytest.approx(1 / 5)
    assert cell.pattern == pytest.approx(cell.model_pattern)
    assert cell.residual.z < 1e-6


def test_without_an_output_projection_there_is_no_contribution() -> None:
    cell = explain_cell(TRACES["without W_o"], "encoder", 0, 0, 1, 2)
    assert (cell.contribution, cell.contribution_norm, cell.residual.output) == (None, None, None)


def test_a_rows_cells_add_up_to_z_and_all_cells_to_the_output() -> None:
    trace = TRACES["encoder"]
    site = trace.sites[1]
    assert site.projection is not None
    assert site.projection.bias is not None
    assert site.output is not None
    total = site.projection.bias.double().clone()
    for head in range(HEADS):
        row = [explain_cell(trace, "encoder", 1, head, 2, key) for key in range(site.key_len)]
        mixed = torch.tensor([cell.weighted_v for cell in row], dtype=torch.float64).sum(0)
        assert mixed.tolist() == pytest.approx(row[0].z)
        total += torch.tensor([cell.contribution for cell in row], dtype=torch.float64).sum(0)
    assert total.tolist() == pytest.approx(site.output[2].tolist(), abs=1e-5)


def test_cross_attention_names_a_token_of_each_tower() -> None:
    trace = translation_trace()
    cell = explain_cell(trace, "cross", 0, 1, 2, 2)
    assert (cell.query_token.text, cell.key_token.text) == ("Ge", "will")
    steps_follow(cell)


@settings(deadline=None)
@given(st.integers(0, 5), st.integers(0, 4), st.integers(0, 4))
def test_every_number_can_be_written_as_json(head: int, query_pos: int, key_pos: int) -> None:
    cell = explain_cell(grouped_trace(), "decoder", 0, head, query_pos, key_pos)

    def finite(value: object) -> bool:
        if isinstance(value, float):
            return math.isfinite(value)
        if isinstance(value, list):
            return all(finite(item) for item in value)
        if is_dataclass(value):
            return all(finite(getattr(value, field.name)) for field in fields(value))
        return value is None or isinstance(value, (int, str, bool))

    assert finite(cell)


@pytest.mark.parametrize(
    ("layer", "head", "query_pos", "key_pos", "field", "allowed"),
    [
        (2, 0, 0, 0, "layer", "0 to 1"),
        (0, 3, 0, 0, "head", "0 to 2"),
        (0, -1, 0, 0, "head", "0 to 2"),
        (0, 0, 7, 0, "query_pos", "0 to 6"),
        (0, 0, 0, 7, "key_pos", "0 to 6"),
        (0, 0, 0, -(10**12), "key_pos", "0 to 6"),
    ],
)
def test_a_cell_outside_the_run_is_refused_with_the_range(
    layer: int, head: int, query_pos: int, key_pos: int, field: str, allowed: str
) -> None:
    with pytest.raises(InvalidSelection, match=allowed) as caught:
        explain_cell(TRACES["encoder"], "encoder", layer, head, query_pos, key_pos)
    assert caught.value.argument == field
