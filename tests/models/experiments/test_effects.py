"""What an edit changed: numbers by hand, and controls that hold whatever the model is."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from headlight.models.core.edit_list import MAX_EDITS
from headlight.models.core.edits import (
    Edit,
    MeanAblation,
    SetPattern,
    Temperature,
    Where,
    ZeroAblation,
)
from headlight.models.core.errors import InvalidEdit
from headlight.models.core.model import LoadedModel
from headlight.models.experiments.effects import (
    DRAWS,
    change_between,
    measure_effect,
    pattern_total_variations,
)
from headlight.models.zoo.transformers import load_folder
from tests.models.speaking import HEADS, LAYERS, speaking_folder

TEXT = "The Law will be just, but its words are law."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_folder("tiny", speaking_folder(Path(tmp_path_factory.mktemp("tiny"))))


def off(layer: int, *heads: int) -> Edit:
    return Edit(Where("encoder", layer, heads), ZeroAblation())


def test_turn_is_one_less_the_cosine_and_shift_the_length_of_the_difference() -> None:
    before = torch.tensor([[3.0, 4.0], [1.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    after = torch.tensor([[4.0, 3.0], [0.0, 1.0], [2.0, 0.0], [0.0, 2.0]])
    change = change_between(before, after)
    wanted = torch.tensor([1 - 24 / 25, 1.0, 0.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(change.cosine_distance, wanted)
    torch.testing.assert_close(
        change.l2_distance, torch.tensor([math.sqrt(2), math.sqrt(2), 0.0, 2.0])
    )
    # The means are (1.5, 1) and (1.5, 1.5): cosine 3.75 / (sqrt(3.25) sqrt(4.5)).
    assert change.sentence_cosine_distance == pytest.approx(1 - 3.75 / math.sqrt(3.25 * 4.5))
    assert change.sentence_l2_distance == pytest.approx(0.5)


def test_a_turn_too_small_for_float32_cosines_is_still_seen() -> None:
    before = torch.tensor([[1.0, 0.0]])
    after = torch.tensor([[1.0, 1e-5]])
    assert float(change_between(before, after).cosine_distance) == pytest.approx(0.5e-10, rel=1e-3)


def test_a_head_that_is_off_moves_half_a_unit_and_no_pattern_before_it(model: LoadedModel) -> None:
    plain = model.run(TEXT)
    moved = pattern_total_variations(plain, model.edited(plain, [off(1, 2)]))["encoder"]
    # Its rows sum to 1 before and to 0 after: half of sum_j |a_ij - 0| is one half.
    assert moved.shape == (LAYERS, HEADS)
    assert float(moved[1, 2]) == pytest.approx(0.5, abs=1e-6)
    assert moved[0].tolist() == [0.0] * HEADS
    assert moved[1, :2].tolist() == [0.0, 0.0]


def test_moved_is_the_total_variation_of_the_rows_that_the_traces_hold(model: LoadedModel) -> None:
    plain = model.run(TEXT)
    edited = model.edited(plain, [Edit(Where("encoder", 0, (1,)), Temperature(3.0))])
    moved = pattern_total_variations(plain, edited)["encoder"]
    for layer in range(LAYERS):
        before = plain.site("encoder", layer).pattern(slice(None)).double()
        after = edited.site("encoder", layer).pattern(slice(None)).double()
        wanted = (before - after).clamp_min(0).sum(-1).mean(-1)
        torch.testing.assert_close(moved[layer].double(), wanted, rtol=0, atol=1e-6)


def test_controls_are_exactly_nothing_own_z_at_most_a_millionth_and_a_band_of_all_draws(
    model: LoadedModel,
) -> None:
    plain = model.run(TEXT)
    controls = measure_effect(model, plain, [off(0, 1), off(1, 0)]).controls
    assert controls.nothing == 0.0
    assert controls.own_z <= 1e-6
    assert controls.heads == 2
    assert len(controls.band) == DRAWS
    assert list(controls.band) == sorted(controls.band)
    assert controls.band[0] > 0


def test_the_band_is_the_same_every_time_and_made_of_other_heads(model: LoadedModel) -> None:
    plain = model.run(TEXT)
    every_other = [off(0, 0, 1), off(1, 0, 1, 2)]  # all but layer 0 head 2: none to draw from
    assert measure_effect(model, plain, every_other).controls.band == ()
    one = measure_effect(model, plain, [off(0, 1)]).controls.band
    again = measure_effect(model, plain, [off(0, 1)]).controls.band
    assert one == again
    alone = {
        measure_effect(model, plain, [off(layer, head)]).change.sentence_cosine_distance
        for layer in range(LAYERS)
        for head in range(HEADS)
        if (layer, head) != (0, 1)
    }
    for drawn in one:
        assert min(abs(drawn - turn) for turn in alone) <= 1e-6


def test_every_head_is_measured_alone_and_one_alone_is_the_whole(model: LoadedModel) -> None:
    plain = model.run(TEXT)
    effect = measure_effect(model, plain, [off(1, 0, 2), Edit(Where("encoder", 0), MeanAblation())])
    assert [(single.edit, single.head[1:]) for single in effect.singles] == [
        (0, (1, 0)),
        (0, (1, 2)),
        (1, (0, 0)),
        (1, (0, 1)),
        (1, (0, 2)),
    ]
    only = measure_effect(model, plain, [off(1, 2)])
    assert effect.singles[1].sentence_cosine_distance == pytest.approx(
        only.change.sentence_cosine_distance, abs=1e-6
    )


def test_cutting_the_weakest_link_of_a_row_changes_less_than_cutting_its_strongest(
    model: LoadedModel,
) -> None:
    plain = model.run(TEXT)
    row = plain.site("encoder", 0).pattern([0])[0, 4]
    least = int(row.argmin())
    cut = Edit(Where("encoder", 0, (0,), (4,), (least,)), SetPattern(0.0, renormalise=False))
    shift = float(measure_effect(model, plain, [cut]).change.l2_distance.max())
    strongest = Edit(Where("encoder", 0, (0,), (4,), (int(row.argmax()),)), SetPattern(0.0, False))
    assert shift < float(measure_effect(model, plain, [strongest]).change.l2_distance.max())


def test_a_bad_edit_is_refused_before_anything_runs(model: LoadedModel) -> None:
    plain = model.run(TEXT)
    with pytest.raises(InvalidEdit, match="outside 0 to") as refused:
        measure_effect(model, plain, [off(0, 1), off(0, 99)])
    assert refused.value.argument == "edits.1.heads"
    with pytest.raises(InvalidEdit, match=f"at most {MAX_EDITS}"):
        measure_effect(model, plain, [off(0, 1)] * (MAX_EDITS + 1))
