"""Every head switched off on its own: as one edit does it, and no effect where none can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from headlight.models.core.edits import Edit, Where, ZeroAblation
from headlight.models.core.model import LoadedModel
from headlight.models.experiments.ablations import measure_ablations
from headlight.models.experiments.effects import change_between
from headlight.models.experiments.objective import Sentence, Tagged, Vector, objective_of
from headlight.models.zoo.transformers import load_folder
from tests.models.speaking import HEADS, LAYERS, speaking_folder

TEXT = "The Law will be just, but its words are law."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_folder("tiny", speaking_folder(Path(tmp_path_factory.mktemp("tiny"))))


@pytest.mark.parametrize("target", [Sentence(), Vector(3), Tagged(2)])
def test_each_effect_is_that_of_the_head_switched_off_alone(
    model: LoadedModel, target: Sentence | Vector | Tagged
) -> None:
    plain = model.run(TEXT)
    objective = objective_of(model, plain, target)
    found = measure_ablations(model, plain, objective).effects["encoder"]
    assert found.shape == (LAYERS, HEADS)
    assert plain.hidden is not None
    for layer in range(LAYERS):
        for head in range(HEADS):
            off = Edit(Where("encoder", layer, (head,)), ZeroAblation())
            edited = model.edited(plain, [off]).hidden
            assert edited is not None
            change = change_between(plain.hidden, edited)
            wanted = {
                "sentence": change.sentence_cosine_distance,
                "vector": float(change.cosine_distance[3]),
                "tag": float(objective.of(edited) - objective.of(plain.hidden)),
            }[objective.kind]
            assert float(found[layer, head]) == pytest.approx(wanted, abs=2e-6, rel=1e-3)


def test_chance_is_the_spread_of_the_sizes_of_all_heads(model: LoadedModel) -> None:
    plain = model.run(TEXT)
    found = measure_ablations(model, plain, objective_of(model, plain, Tagged(2)))
    sizes = sorted(found.effects["encoder"].abs().flatten().tolist())
    low, median, high = found.chance
    assert sizes[0] <= low <= median <= high <= sizes[-1]
    middle = len(sizes) // 2
    assert median == pytest.approx((sizes[middle - 1] + sizes[middle]) / 2)
