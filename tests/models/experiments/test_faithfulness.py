"""Whether a picture says what matters: cuts worked by hand, ranks beside scipy's."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from headlight.models.core.edits import Edit, SetPattern, Where
from headlight.models.core.errors import InvalidSelection
from headlight.models.experiments.effects import change_between
from headlight.models.experiments.faithfulness import (
    Faithfulness,
    links_of,
    measure_faithfulness,
    spearman,
)
from headlight.models.experiments.objective import (
    Filled,
    Next,
    OutputSelector,
    Sentence,
    Vector,
    last_vectors,
    objective_of,
)
from headlight.models.zoo.registry import build_registry
from headlight.models.zoo.transformers import load_folder
from tests.models import headed
from tests.models.handmade import HandModel, Mixing
from tests.models.traces import causal_mask, site

ROW = 2


def by_hand(
    target: OutputSelector, *, renormalise: bool, model: HandModel | None = None
) -> Faithfulness:
    """Row 2 of the model made by hand: weights .1 .2 .3 .4 on (8, 0) (3, 0) (1, 40) (.25, 0)."""
    model = Mixing() if model is None else model
    plain = model.run("a b c d")
    (block,) = plain.sites
    open_ = links_of(block, 0, ROW if not isinstance(target, Next) else 3)
    objective = objective_of(model, plain, target)
    return measure_faithfulness(model, plain, block, 0, open_, objective, renormalise=renormalise)


def test_a_picture_that_ranks_links_the_other_way_round_is_at_minus_1() -> None:
    found = by_hand(Next("first"), renormalise=False)
    assert found.links == 4
    # What each link brings to the first number: .8, .6, .3, .1, where attention says .1 .2 .3 .4.
    torch.testing.assert_close(found.effects[3].float(), torch.tensor([0.8, 0.6, 0.3, 0.1]))
    assert bool(found.effects[:3].isnan().all())
    assert found.pattern == pytest.approx(-1.0)
    assert found.gradient_pattern == pytest.approx(1.0)
    # Lengths are .8, .6, 12.0, .1, so that ranks differ by 1, 1, 2 and 0: 1 - 6 * 6 / (4 * 15).
    assert found.norms == pytest.approx(0.4)


def test_with_renormalising_the_rest_of_the_row_shares_what_was_cut() -> None:
    found = by_hand(Next("first"), renormalise=True)
    # 1.8 becomes 1.0 / 0.9, 1.2 / 0.8, 1.5 / 0.7 and 1.7 / 0.6.
    wanted = [1.8 - 1 / 0.9, 1.8 - 1.5, 1.5 / 0.7 - 1.8, 1.7 / 0.6 - 1.8]
    torch.testing.assert_close(found.effects[3].float(), torch.tensor(wanted), rtol=1e-5, atol=1e-6)
    # Ranks 3, 1, 2, 4 beside 1, 2, 3, 4: differences 2, 1, 1, 0.
    assert found.pattern == pytest.approx(0.4)


def test_the_effect_on_a_vector_is_how_far_it_turns() -> None:
    found = by_hand(Vector(ROW), renormalise=False)
    # (1.8, 12) without the third link is (1.5, 0).
    assert float(found.effects[ROW, 2]) == pytest.approx(1 - 1.8 / math.hypot(1.8, 12.0), rel=1e-5)
    # Without the fourth it is (1.7, 12).
    cosine = (1.8 * 1.7 + 144) / (math.hypot(1.8, 12.0) * math.hypot(1.7, 12.0))
    assert float(found.effects[ROW, 3]) == pytest.approx(1 - cosine, rel=1e-3)


def test_the_effect_on_the_sentence_is_how_far_the_mean_vector_turns() -> None:
    found = by_hand(Sentence(), renormalise=False)
    # All four rows alike: one of them loses (.8, 0), so that the mean loses (.2, 0).
    cosine = (1.8 * 1.6 + 144) / (math.hypot(1.8, 12.0) * math.hypot(1.6, 12.0))
    assert float(found.effects[ROW, 0]) == pytest.approx(1 - cosine, rel=1e-3)


def test_a_model_without_w_o_has_no_rank_of_norms() -> None:
    model = HandModel(projected=False)
    found = by_hand(Next("first"), renormalise=False, model=model)
    assert found.norms is None
    assert found.pattern is not None


def test_each_cut_is_an_edit_of_its_own() -> None:
    model = build_registry().load("small")
    plain = model.run("I saw a saw")
    block = plain.site("encoder", 0)
    objective = objective_of(model, plain, Sentence())
    open_ = links_of(block, 2, None)
    found = measure_faithfulness(model, plain, block, 2, open_, objective, renormalise=True)
    assert found.links == 36
    for query, key in ((0, 0), (2, 4), (5, 1)):
        where = Where("encoder", 0, (2,), (query,), (key,))
        edited = model.edited(plain, [Edit(where, SetPattern(0.0, renormalise=True))])
        turn = change_between(last_vectors(plain), last_vectors(edited)).sentence_cosine_distance
        assert float(found.effects[query, key]) == pytest.approx(turn, rel=1e-2, abs=1e-10)
    # A head that was taught is where its attention matters.
    assert found.pattern is not None
    assert found.pattern > 0.5


@pytest.mark.parametrize(
    ("name", "text", "layer", "target"),
    [
        ("bert", "I saw a [MASK]; its words are law.", 1, Filled(4)),  # the last layer
        ("bert", "I saw a [MASK]; its words are law.", 1, Vector(2)),
        ("gpt2", "The law will be just", 0, Vector(3)),  # later rows of a causal model
    ],
)
def test_links_that_cannot_reach_the_output_have_no_effect_at_all(
    tmp_path: Path, name: str, text: str, layer: int, target: Filled | Vector
) -> None:
    model = load_folder(name, getattr(headed, name)(tmp_path))
    plain = model.run(text)
    block = plain.site(plain.kinds[0], layer)
    objective = objective_of(model, plain, target)
    for head in range(block.n_heads):
        open_ = links_of(block, head, None)  # more than one batch of runs
        found = measure_faithfulness(model, plain, block, head, open_, objective, renormalise=True)
        away = torch.arange(block.query_len) > target.pos
        if name == "bert":
            away = torch.arange(block.query_len) != target.pos
        assert bool((found.effects[away].nan_to_num() == 0).all())
        assert float(found.effects[target.pos].nan_to_num().max()) > 0
        one = links_of(block, head, block.query_len - 1)
        alone = measure_faithfulness(model, plain, block, head, one, objective, renormalise=True)
        assert (alone.pattern, alone.norms, alone.gradient_pattern) == (None, None, None)


def test_links_that_a_mask_hides_are_not_cut() -> None:
    block = site("decoder", 0, 5, 5, mask=causal_mask(5))
    assert torch.equal(links_of(block, 1, None), causal_mask(5)[0])
    row = links_of(block, 1, 2)
    assert row.nonzero().tolist() == [[2, 0], [2, 1], [2, 2]]


@pytest.mark.parametrize(
    ("head", "query_pos", "field", "words"),
    [
        (3, None, "head", "head 3 is outside 0 to 2"),
        (-1, None, "head", "head -1"),
        (0, 5, "query_pos", "query_pos 5 is outside 0 to 4"),
        (0, 10**300, "query_pos", r"0\.\.\. is outside"),
    ],
)
def test_a_head_or_row_that_is_not_there_is_named(
    head: int, query_pos: int | None, field: str, words: str
) -> None:
    with pytest.raises(InvalidSelection, match=words) as refused:
        links_of(site("encoder", 0, 5, 5), head, query_pos)
    assert refused.value.argument == field


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=3, max_size=30))
@settings(deadline=None)
def test_rank_correlation_is_scipy_s_ties_among_them(pairs: list[tuple[int, int]]) -> None:
    a, b = (torch.tensor(side, dtype=torch.float64) for side in zip(*pairs, strict=True))
    found = spearman(a, b)
    if len(set(a.tolist())) == 1 or len(set(b.tolist())) == 1:
        assert found is None
    else:
        assert found == pytest.approx(stats.spearmanr(a, b).statistic)


def test_two_links_or_links_all_alike_have_no_rank_correlation() -> None:
    some = torch.tensor([1.0, 2.0, 3.0])
    assert spearman(some[:2], some[:2]) is None
    assert spearman(some, torch.ones(3)) is None
    assert spearman(some, -some) == pytest.approx(-1.0)
