"""What each edit does to one attention block, in numbers worked by hand.

The logits of every row are 3, 2, 1, 0, 0 times ln 2 and its values are random, so that its
weights are 8, 4, 2, 1 and 1 sixteenths: row `query_pos` of head `head` starts at key
`query_pos + head` and goes round.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations

import pytest
import torch
from torch import Tensor

from headlight.models.capture.hook import _z
from headlight.models.core.attention import Kind
from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import (
    ActivationPatch,
    Change,
    Edit,
    MeanAblation,
    OnlyAlong,
    Renormalise,
    SetPattern,
    Temperature,
    Unscaled,
    Where,
    Window,
    ZeroAblation,
)
from headlight.models.core.trace import Site, Trace

HEADS, POSITIONS, D_VALUE = 3, 5, 11
ALL = slice(None)
EXPONENTS = (3.0, 2.0, 1.0, 0.0, 0.0)
HEAD, QUERY = 1, 2  # their row begins at key 3: the weights by key are 2, 1, 1, 8, 4
ROW = [2 / 16, 1 / 16, 1 / 16, 8 / 16, 4 / 16]


def made(exponents: tuple[float, ...] = EXPONENTS, scale: float = 0.5, seed: int = 7) -> Site:
    """A block with the scores that the exponents say: the keys are the axes."""
    turned = [[torch.tensor(exponents).roll(q + h) for q in range(POSITIONS)] for h in range(HEADS)]
    q = torch.stack([torch.stack(rows) for rows in turned]) * math.log(2) / scale
    k = torch.eye(POSITIONS).expand(HEADS, -1, -1)
    v = torch.randn(HEADS, POSITIONS, D_VALUE, generator=torch.Generator().manual_seed(seed))
    z = torch.softmax(q * scale, -1) @ v
    return Site(kind="encoder", layer=0, q=q, k=k, v=v, z=z, scale=scale)


def causal(site: Site) -> Site:
    mask = torch.ones(1, POSITIONS, POSITIONS, dtype=torch.bool).tril()
    pattern = (site.q * site.scale).masked_fill(~mask, -math.inf).softmax(-1)
    return replace(site, mask=mask, z=pattern @ site.v)


def at(*heads: int, queries: tuple[int, ...] | None = None, keys: tuple[int, ...] | None = None,
       kind: Kind = "encoder") -> Where:  # fmt: skip
    return Where(kind, 0, heads or None, queries, keys)


def edited(site: Site, *edits: Edit) -> Site:
    """The block as the attention function computes it with those edits."""
    intervention = interventions_of(edits, [site])[site.kind, site.layer]
    z = _z(site.q, site.k, site.v, site.scale, site.weighing, intervention)
    found = replace(site, z=z, intervention=intervention)
    own = ~intervention.elsewhere(z)
    torch.testing.assert_close((found.pattern(ALL) @ site.v)[own], z[own])
    return found


def rows(site: Site, *edits: Edit) -> Tensor:
    return edited(site, *edits).pattern(ALL)


def row(change: Change, keys: tuple[int, ...] | None = None, site: Site | None = None) -> Tensor:
    """Row QUERY of HEAD after one change there."""
    edit = Edit(at(HEAD, queries=(QUERY,), keys=keys), change)
    return rows(site or made(), edit)[HEAD, QUERY]


def is_row(found: Tensor, wanted: list[float]) -> None:
    torch.testing.assert_close(found, torch.tensor(wanted, dtype=found.dtype))


def trace_of(site: Site) -> Trace:
    return Trace(model="made", text="a b c d e", text_pair=None, sites=(site,))


def test_the_row_that_is_edited_here_has_the_weights_that_it_says() -> None:
    is_row(made().pattern(ALL)[HEAD, QUERY], ROW)


def test_half_the_temperature_squares_the_weights() -> None:
    is_row(row(Temperature(0.5)), [4 / 86, 1 / 86, 1 / 86, 64 / 86, 16 / 86])


@pytest.mark.parametrize("value", [0.01, 0.3, 1.0, 7.0, 100.0])
def test_a_temperature_divides_the_scores_before_the_softmax(value: float) -> None:
    site = made()
    found = rows(site, Edit(at(HEAD), Temperature(value)))
    scores = site.q[HEAD] * site.scale
    torch.testing.assert_close(found[HEAD], torch.softmax(scores / value, -1))


def test_without_its_scale_of_a_half_a_row_is_squared() -> None:
    is_row(row(Unscaled()), [4 / 86, 1 / 86, 1 / 86, 64 / 86, 16 / 86])


def test_a_window_leaves_what_is_near_in_the_proportions_it_had() -> None:
    is_row(row(Window(1)), [0, 1 / 10, 1 / 10, 8 / 10, 0])
    is_row(row(Window(0)), [0, 0, 1, 0, 0])
    is_row(row(Window(POSITIONS)), ROW)


def test_a_window_opens_nothing_that_the_model_hides() -> None:
    # Hidden from query 2 are keys 3 and 4; of 2, 1, 1 the window takes the first away.
    is_row(row(Window(1), site=causal(made())), [0, 1 / 2, 1 / 2, 0, 0])


def test_given_edges_share_the_row_in_the_proportions_they_had() -> None:
    is_row(row(OnlyAlong(((QUERY, 0), (QUERY, 4)))), [2 / 6, 0, 0, 0, 4 / 6])


def test_a_query_without_an_edge_takes_nothing_home() -> None:
    found = edited(made(), Edit(at(HEAD), OnlyAlong(((QUERY, 0),))))
    others = [0, 1, 3, 4]
    assert found.pattern(ALL)[HEAD, others].abs().max() == 0
    assert found.z[HEAD, others].abs().max() == 0
    torch.testing.assert_close(found.z[HEAD, QUERY], found.v[HEAD, 0])


def test_an_edge_to_what_the_model_hides_brings_nothing_home() -> None:
    assert row(OnlyAlong(((QUERY, 4),)), site=causal(made())).abs().max() == 0


def test_relu_shares_a_row_by_its_positive_scores() -> None:
    is_row(row(Renormalise("relu")), [1 / 6, 0, 0, 3 / 6, 2 / 6])
    assert row(Renormalise("relu"), site=made((0.0, -1.0, -2.0, -1.0, -3.0))).abs().max() == 0


def test_uniform_gives_every_key_in_sight_the_same() -> None:
    is_row(row(Renormalise("uniform")), [1 / 5] * 5)
    is_row(row(Renormalise("uniform"), site=causal(made())), [1 / 3, 1 / 3, 1 / 3, 0, 0])


def test_softmax_may_take_the_place_of_relu() -> None:
    site = replace(made(), normaliser="relu")
    intervention = interventions_of([Edit(at(HEAD), Renormalise("softmax"))], [site])["encoder", 0]
    found = replace(site, intervention=intervention).pattern(ALL)
    is_row(found[HEAD, QUERY], ROW)
    is_row(found[0, 3], [1 / 6, 0, 0, 3 / 6, 2 / 6])


def test_a_cut_link_gives_its_weight_to_the_rest_of_the_row_or_to_nobody() -> None:
    is_row(row(SetPattern(0.0, renormalise=True), keys=(3,)), [2 / 8, 1 / 8, 1 / 8, 0, 4 / 8])
    is_row(row(SetPattern(0.0, renormalise=False), keys=(3,)), [2 / 16, 1 / 16, 1 / 16, 0, 4 / 16])


def sunk() -> Site:
    """The same block with a sink as heavy as half of row QUERY: 16 beside 2, 1, 1, 8, 4."""
    site = made()
    heavy = replace(site, sinks=torch.full((HEADS,), 4 * math.log(2)))
    return replace(heavy, z=heavy.pattern(ALL) @ heavy.v)


def test_a_cut_link_hands_nothing_of_a_sink_to_the_other_keys() -> None:
    """As if the key had been hidden from the softmax, in which the sink takes part."""
    cut = row(SetPattern(0.0, renormalise=True), keys=(3,), site=sunk())
    is_row(cut, [2 / 24, 1 / 24, 1 / 24, 0, 4 / 24])
    mask = torch.ones(HEADS, POSITIONS, POSITIONS, dtype=torch.bool)
    mask[HEAD, QUERY, 3] = False
    torch.testing.assert_close(cut, replace(sunk(), mask=mask).pattern(ALL)[HEAD, QUERY])
    is_row(
        row(SetPattern(0.0, renormalise=False), keys=(3,), site=sunk()),
        [2 / 32, 1 / 32, 1 / 32, 0, 4 / 32],
    )
    is_row(
        row(SetPattern(0.4, renormalise=True), keys=(3,), site=sunk()),
        [1.2 / 24, 0.6 / 24, 0.6 / 24, 0.4, 2.4 / 24],
    )


def test_links_of_a_row_with_a_sink_are_cut_one_after_the_other() -> None:
    cuts = [
        Edit(at(HEAD, queries=(QUERY,), keys=(key,)), SetPattern(0.0, renormalise=True))
        for key in (3, 0)
    ]
    found = rows(sunk(), *cuts)[HEAD, QUERY]
    is_row(found, [0, 1 / 22, 1 / 22, 0, 4 / 22])


def test_a_row_that_is_shared_evenly_has_no_sink() -> None:
    even = Edit(at(HEAD, queries=(QUERY,)), Renormalise("uniform"))
    cut = Edit(at(HEAD, queries=(QUERY,), keys=(3,)), SetPattern(0.0, renormalise=True))
    is_row(rows(sunk(), even, cut)[HEAD, QUERY], [0.25, 0.25, 0.25, 0, 0.25])


def test_a_query_whose_only_link_is_cut_takes_nothing_home() -> None:
    edit = Edit(at(HEAD, queries=(0,), keys=(0,)), SetPattern(0.0, renormalise=True))
    found = edited(causal(made()), edit)
    assert found.pattern(ALL)[HEAD, 0].abs().max() == 0
    assert found.z[HEAD, 0].abs().max() == 0


def test_a_link_of_given_weight_leaves_the_rest_what_it_was_or_what_is_left_of_one() -> None:
    is_row(row(SetPattern(0.6, renormalise=True), keys=(3,)), [0.1, 0.05, 0.05, 0.6, 0.2])
    is_row(
        row(SetPattern(0.6, renormalise=False), keys=(3,)), [2 / 16, 1 / 16, 1 / 16, 0.6, 4 / 16]
    )
    is_row(
        row(SetPattern(0.3, renormalise=True), keys=(0, 3)), [0.3, 0.4 / 6, 0.4 / 6, 0.3, 1.6 / 6]
    )


def test_the_whole_weight_of_a_row_may_go_to_one_link() -> None:
    is_row(row(SetPattern(1.0, renormalise=True), keys=(1,)), [0, 1, 0, 0, 0])


def test_a_head_that_is_off_has_no_pattern_and_no_z() -> None:
    found = edited(made(), Edit(at(HEAD), ZeroAblation()))
    assert found.pattern(ALL)[HEAD].abs().max() == 0
    assert found.z[HEAD].abs().max() == 0


def test_a_mean_says_everywhere_what_the_head_says_on_average() -> None:
    site = made()
    found = edited(site, Edit(at(HEAD), MeanAblation()))
    # Over all queries each key gets every weight once: 16 sixteenths of 5 rows.
    torch.testing.assert_close(found.pattern(ALL)[HEAD], torch.full((5, 5), 1 / 5))
    torch.testing.assert_close(found.z[HEAD], site.v[HEAD].mean(0).expand(5, -1))


def test_a_mean_at_some_queries_is_still_the_mean_over_all() -> None:
    site = made()
    found = edited(site, Edit(at(HEAD, queries=(QUERY,)), MeanAblation()))
    torch.testing.assert_close(found.z[HEAD, QUERY], site.z[HEAD].mean(0))
    torch.testing.assert_close(found.z[HEAD, [0, 1, 3, 4]], site.z[HEAD, [0, 1, 3, 4]])


def test_a_patch_brings_the_z_of_the_same_rows_of_another_run() -> None:
    site, other = made(), made(seed=19)
    found = edited(site, Edit(at(HEAD, queries=(QUERY,)), ActivationPatch(trace_of(other))))
    assert torch.equal(found.z[HEAD, QUERY], other.z[HEAD, QUERY])
    assert found.intervention is not None
    elsewhere = torch.zeros(HEADS, POSITIONS, dtype=torch.bool)
    elsewhere[HEAD, QUERY] = True
    assert torch.equal(found.intervention.elsewhere(found.z), elsewhere)


OTHER = trace_of(made(seed=19))
ONE_OF_EACH: dict[str, Change] = {
    "temperature": Temperature(0.5),
    "unscaled": Unscaled(),
    "window": Window(1),
    "edges": OnlyAlong(((2, 0),)),
    "relu": Renormalise("relu"),
    "uniform": Renormalise("uniform"),
    "cut": SetPattern(0.0, renormalise=True),
    "thinned": SetPattern(0.0, renormalise=False),
    "set": SetPattern(0.6, renormalise=True),
    "off": ZeroAblation(),
    "mean": MeanAblation(),
    "patch": ActivationPatch(OTHER),
}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_an_edit_touches_the_rows_it_names_and_no_other(name: str) -> None:
    site, change = made(), ONE_OF_EACH[name]
    keys = (3,) if isinstance(change, SetPattern) else None
    found = edited(site, Edit(at(HEAD, queries=(QUERY,), keys=keys), change))
    others = torch.ones(HEADS, POSITIONS, dtype=torch.bool)
    others[HEAD, QUERY] = False
    torch.testing.assert_close(found.pattern(ALL)[others], site.pattern(ALL)[others])
    torch.testing.assert_close(found.z[others], site.z[others])
    assert not torch.allclose(found.z[HEAD, QUERY], site.z[HEAD, QUERY])


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_an_edit_that_names_no_heads_and_no_queries_is_about_all(name: str) -> None:
    change = ONE_OF_EACH[name]
    if isinstance(change, SetPattern):
        every = tuple(range(POSITIONS))
        whole = Edit(at(keys=(3,), queries=every), change)
        each = [Edit(at(h, queries=(q,), keys=(3,)), change) for h in range(3) for q in every]
    else:
        whole = Edit(at(), change)
        each = [Edit(at(h), change) for h in range(HEADS)]
    torch.testing.assert_close(edited(made(), whole).z, edited(made(), *each).z)


def test_steps_come_in_the_order_of_the_equations_whatever_the_order_of_the_list() -> None:
    edits = (
        Edit(at(HEAD), Temperature(0.5)),
        Edit(at(HEAD), Window(2)),
        Edit(at(HEAD), Renormalise("relu")),
        Edit(at(HEAD, queries=(QUERY,), keys=(3,)), SetPattern(0.25, renormalise=True)),
        Edit(at(HEAD, queries=(4,)), ZeroAblation()),
    )
    site = made()
    wanted = edited(site, *edits)
    for order in permutations(edits):
        found = edited(site, *order)
        assert torch.equal(found.z, wanted.z)
        assert torch.equal(found.pattern(ALL), wanted.pattern(ALL))
    # Exponents 1, 0, 0, 3, 2 doubled, all within 2 positions, over their sum 12; then 1/4 on
    # key 3 and the other 3/4 shared as 2 and 4 parts of 6.
    is_row(wanted.pattern(ALL)[HEAD, QUERY], [1 / 4, 0, 0, 1 / 4, 1 / 2])


def test_temperatures_multiply() -> None:
    site = made()
    twice = rows(site, Edit(at(HEAD), Temperature(2.0)), Edit(at(HEAD), Temperature(0.25)))
    torch.testing.assert_close(twice, rows(site, Edit(at(HEAD), Temperature(0.5))))


def test_windows_and_edges_intersect() -> None:
    edits = Edit(at(HEAD), Window(1)), Edit(at(HEAD), OnlyAlong(((2, 1), (2, 3), (2, 4))))
    for order in permutations(edits):
        is_row(rows(made(), *order)[HEAD, QUERY], [0, 1 / 9, 0, 8 / 9, 0])


def test_of_two_normalisers_the_later_counts() -> None:
    relu, uniform = (Edit(at(HEAD), Renormalise(by)) for by in ("relu", "uniform"))
    is_row(rows(made(), relu, uniform)[HEAD, QUERY], [1 / 5] * 5)
    is_row(rows(made(), uniform, relu)[HEAD, QUERY], [1 / 6, 0, 0, 3 / 6, 2 / 6])


def test_links_are_set_one_after_the_other() -> None:
    first = Edit(at(HEAD, queries=(QUERY,), keys=(3,)), SetPattern(0.5, renormalise=False))
    second = Edit(at(HEAD, queries=(QUERY,), keys=(0,)), SetPattern(0.2, renormalise=True))
    # The rest beside key 0 is 14 sixteenths, of which key 3 has 8; it shares 0.8.
    rest = 0.8 / 14
    is_row(rows(made(), first, second)[HEAD, QUERY], [0.2, rest, rest, 8 * rest, 4 * rest])
    is_row(rows(made(), second, first)[HEAD, QUERY], [0.2, rest, rest, 0.5, 4 * rest])


def test_what_is_done_to_z_is_done_one_after_the_other() -> None:
    site = made()
    off, mean = Edit(at(HEAD, queries=(QUERY,)), ZeroAblation()), Edit(at(HEAD), MeanAblation())
    patch = Edit(at(HEAD), ActivationPatch(OTHER))
    z, theirs = site.z[HEAD], OTHER.sites[0].z[HEAD]
    first_off = edited(site, off, mean).z[HEAD]
    torch.testing.assert_close(first_off[QUERY], (z.sum(0) - z[QUERY]) / POSITIONS)
    assert edited(site, mean, off).z[HEAD, QUERY].abs().max() == 0
    torch.testing.assert_close(edited(site, patch, mean).z[HEAD, 0], theirs.mean(0))
    assert torch.equal(edited(site, mean, patch).z[HEAD], theirs)


def test_what_a_patch_brought_is_known_until_it_is_put_out() -> None:
    site = made()
    patch = Edit(at(HEAD, queries=(QUERY,)), ActivationPatch(OTHER))

    def elsewhere(*edits: Edit) -> list[int]:
        found = edited(site, *edits)
        assert found.intervention is not None
        return found.intervention.elsewhere(found.z).sum(-1).tolist()

    assert elsewhere(patch) == [0, 1, 0]
    assert elsewhere(patch, Edit(at(HEAD), MeanAblation())) == [0, POSITIONS, 0]
    assert elsewhere(patch, Edit(at(HEAD), ZeroAblation())) == [0, 0, 0]
    assert elsewhere(Edit(at(HEAD), ZeroAblation()), patch) == [0, 1, 0]


def test_edits_of_one_block_leave_the_other_alone() -> None:
    first, second = made(), replace(made(), layer=1)
    interventions = interventions_of([Edit(at(HEAD), ZeroAblation())], [first, second])
    assert list(interventions) == [("encoder", 0)]
    assert interventions_of([], [first, second]) == {}
