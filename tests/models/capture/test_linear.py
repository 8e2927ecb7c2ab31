"""oneDNN's linear layers beside torch's own: the same numbers within the rule, or none of them."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from headlight.models.capture import linear
from headlight.models.capture.linear import TOLERANCE, PackedLinear, choose_linear
from headlight.models.core.edits import Edit, Where, ZeroAblation
from headlight.models.core.model import LoadedModel
from headlight.models.experiments.effects import measure_effect
from headlight.models.experiments.objective import Sentence, objective_of
from headlight.models.zoo.registry import build_registry

TEXTS = (
    "Hi.",
    "The animal didn't cross the street because it was too tired.",
    "The animal didn't cross the street because it was too tired. " * 9,
    "word " * 500,
)

pytestmark = pytest.mark.skipif(
    not linear._can_pack(), reason="this torch has no oneDNN, so nothing is ever packed"
)


@pytest.fixture(scope="module")
def plain() -> LoadedModel:
    return build_registry(linear="plain").load("bert")


@pytest.fixture(scope="module")
def packed() -> LoadedModel:
    return build_registry(linear="packed").load("bert")


@pytest.fixture
def layer() -> nn.Linear:
    torch.manual_seed(3)
    return nn.Linear(48, 80).requires_grad_(False)


@pytest.fixture
def race(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many times as fast the packed one is in the race."""
    times = [1.0]
    monkeypatch.setattr(linear, "_race", lambda layer: (times[0], 1.0))
    return times


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16)).requires_grad_(False)


def patterns_of(model: nn.Module) -> linear.Patterns:
    x = torch.randn(1, 7, 16, generator=torch.Generator().manual_seed(1))
    return lambda: [model(x).softmax(-1)]


@pytest.mark.parametrize("text", TEXTS)
def test_every_number_stays_within_the_rule(
    plain: LoadedModel, packed: LoadedModel, text: str
) -> None:
    assert (plain.shape.linear, packed.shape.linear) == ("plain", "packed")
    one, other = plain.run(text), packed.run(text)
    for ours, theirs in zip(one.sites, other.sites, strict=True):
        gap = ours.pattern(slice(None)) - theirs.pattern(slice(None))
        assert float(gap.abs().max()) <= TOLERANCE
    assert one.hidden is not None
    assert other.hidden is not None
    torch.testing.assert_close(one.hidden, other.hidden, atol=1e-4, rtol=0)


def test_a_packed_layer_gives_the_product_of_float64(layer: nn.Linear) -> None:
    x = torch.randn(2, 5, 48)
    exact = x.double() @ layer.weight.double().t() + layer.bias.double()
    linear._pack(layer)
    assert isinstance(layer, PackedLinear)
    torch.testing.assert_close(layer(x).double(), exact, atol=1e-5, rtol=0)
    assert set(layer.state_dict()) == {"weight", "bias"}


def test_runs_with_and_without_a_graph_give_the_same_numbers(layer: nn.Linear) -> None:
    x = torch.randn(3, 4, 48)
    linear._pack(layer)
    with torch.no_grad():
        without = layer(x)
    leaf = x.clone().requires_grad_()
    recorded = layer(leaf)
    assert torch.equal(recorded, without)
    given = torch.randn_like(recorded)
    recorded.backward(given)
    assert leaf.grad is not None
    torch.testing.assert_close(leaf.grad, given @ layer.weight, atol=1e-6, rtol=1e-5)


def test_what_the_operator_cannot_take_goes_the_plain_way(layer: nn.Linear) -> None:
    vector, nothing, double = torch.randn(48), torch.randn(0, 48), torch.randn(2, 48).double()
    expected = nn.functional.linear(vector, layer.weight, layer.bias)
    linear._pack(layer)
    assert torch.equal(layer(vector), expected)
    assert layer(nothing).shape == (0, 80)
    assert layer.double()(double).dtype == torch.float64


@pytest.mark.parametrize(("times", "chosen"), [(2.0, "packed"), (1.05, "plain"), (0.5, "plain")])
def test_auto_takes_what_is_clearly_faster(
    race: list[float], times: float, chosen: linear.Linear
) -> None:
    race[0] = times
    model = net()
    assert choose_linear(model, "auto", patterns_of(model)) == chosen
    assert type(model[0]) is (PackedLinear if chosen == "packed" else nn.Linear)


def test_a_race_is_a_race() -> None:
    a, b = linear._race(nn.Linear(64, 64))
    assert a > 0
    assert b > 0


def test_a_model_whose_patterns_move_too_far_stays_plain() -> None:
    model, moves = net(), iter([torch.zeros(1, 2, 2), torch.full((1, 2, 2), 1.1 * TOLERANCE)])
    assert choose_linear(model, "packed", lambda: [next(moves)]) == "plain"
    assert [type(each) for each in model] == [nn.Linear, nn.GELU, nn.Linear]
    assert not hasattr(model[0], "packed")
    nan, model = iter([torch.zeros(1, 2, 2), torch.full((1, 2, 2), torch.nan)]), net()
    assert choose_linear(model, "packed", lambda: [next(nan)]) == "plain"


def test_layers_of_other_classes_and_types_are_left_alone() -> None:
    class Own(nn.Linear):
        pass

    model = nn.Sequential(Own(4, 4), nn.Linear(4, 4).double(), nn.Linear(4, 4))
    model.requires_grad_(False)
    assert choose_linear(model, "packed", list) == "packed"
    assert [type(each) for each in model] == [Own, nn.Linear, PackedLinear]


def test_without_the_operator_nothing_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "_can_pack", lambda: False)
    model = net()
    assert choose_linear(model, "packed", patterns_of(model)) == "plain"


def test_edits_and_gradients_of_a_packed_model_are_those_of_the_plain_one(
    plain: LoadedModel, packed: LoadedModel
) -> None:
    edits = [Edit(Where("encoder", 3, (1,)), ZeroAblation())]
    with torch.inference_mode():
        effects = [measure_effect(m, m.run(TEXTS[1]), edits) for m in (plain, packed)]
    assert effects[1].controls.nothing == 0
    turns = [effect.change.sentence_cosine_distance for effect in effects]
    assert turns[1] == pytest.approx(turns[0], rel=1e-3)
    found = []
    for model in (plain, packed):
        trace = model.run(TEXTS[1])
        found.append(model.differentiate(trace, objective_of(model, trace, Sentence()).of))
    assert found[1].value == pytest.approx(found[0].value, rel=1e-5)
    for place, gradient in found[0].z.items():
        torch.testing.assert_close(found[1].z[place], gradient, atol=1e-6, rtol=1e-3)


def test_four_threads_get_what_each_gets_alone(packed: LoadedModel) -> None:
    texts = [f"{text} {n}" for n, text in enumerate(TEXTS[:2] * 4)]
    same: list[bool] = []

    def read(first: int) -> None:
        torch.get_num_threads()
        torch.set_num_threads(1)
        for n in range(first, len(texts), 4):
            again = packed.run(texts[n])
            same.extend(
                torch.equal(a.q, b.q) and torch.equal(a.z, b.z)
                for a, b in zip(alone[n].sites, again.sites, strict=True)
            )

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = [packed.run(text) for text in texts]
    readers = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    torch.set_num_threads(threads)
    assert same == [True] * (len(texts) * len(alone[0].sites))
