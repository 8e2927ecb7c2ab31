"""What edits do to what a model says: KL against torch's own, pointers against their rows."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from headlight.models.core.edits import Edit, SetPattern, Temperature, Where, ZeroAblation
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.effects import measure_effect
from headlight.models.experiments.predictions import (
    Prediction,
    _row_kl,
    largest_kl,
    predictions_between,
)
from headlight.models.zoo.registry import build_registry
from headlight.models.zoo.transformers import load_folder
from tests.models import headed
from tests.models.speaking import ANTECEDENT, PARENT, TEXT, speaking_folder

Case = tuple[LoadedModel, Trace, Edit]


@pytest.fixture(scope="module", params=["small", "bert", "gpt2", "t5"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A model that says something, its run over a text, and an edit of its first layer."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    match request.param:
        case "small":
            model = load_folder("small", speaking_folder(folder))
            return model, model.run(TEXT), off("encoder", 0, 0, 1)
        case "bert":
            model = load_folder("bert", headed.bert(folder))
            text = "The [MASK] will be [MASK], but"
            return model, model.run(text), off("encoder", 0, 0, 1)
        case "gpt2":
            model = load_folder("gpt2", headed.gpt2(folder))
            return model, model.run("I saw a saw"), off("decoder", 0, 1)
        case _:
            model = load_folder("t5", headed.t5(folder))
            return model, model.run("The law", "I saw"), off("cross", 1, 0)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_folder("small", speaking_folder(tmp_path_factory.mktemp("small")))


def off(kind: str, layer: int, *heads: int) -> Edit:
    return Edit(Where(kind, layer, heads), ZeroAblation())  # type: ignore[arg-type]


def read_off_vectors(found: tuple[Prediction, ...]) -> list[Prediction]:
    return [each for each in found if each.said in ("tag", "fill", "next")]


def log_shares(model: LoadedModel, said: str, trace: Trace, position: int) -> Tensor:
    assert trace.hidden is not None
    row = model.logits(said, trace.hidden[[position]])  # type: ignore[arg-type]
    return torch.nn.functional.log_softmax(row[0].double(), -1)


def test_kl_is_torch_s_own_over_the_whole_distribution(case: Case) -> None:
    model, plain, edit = case
    edited = model.edited(plain, [edit])
    found = read_off_vectors(predictions_between(model, plain, edited))
    assert found
    for each in found:
        p, q = (log_shares(model, each.said, run, each.position) for run in (plain, edited))
        wanted = torch.nn.functional.kl_div(q, p, reduction="sum", log_target=True)
        assert each.kl == pytest.approx(float(wanted), rel=1e-4)
        assert each.kl is not None
        assert each.kl > 0
        distance = 0.5 * torch.nn.functional.l1_loss(p.exp(), q.exp(), reduction="sum")
        assert each.total_variation == pytest.approx(float(distance), rel=1e-4)


def test_candidates_are_the_five_foremost_of_before_and_of_after(case: Case) -> None:
    model, plain, edit = case
    edited = model.edited(plain, [edit])
    for each in read_off_vectors(predictions_between(model, plain, edited)):
        said = each.said
        assert said in ("tag", "fill", "next")
        p, q = (log_shares(model, said, run, each.position).exp() for run in (plain, edited))
        wanted = {*p.topk(5).indices.tolist(), *q.topk(5).indices.tolist()}
        names = {model.name_of(said, index): index for index in wanted}
        assert {candidate.name for candidate in each.candidates} == {*names}
        for candidate in each.candidates:
            index = names[candidate.name]
            assert candidate.before == pytest.approx(float(p[index]), rel=1e-4)
            assert candidate.after == pytest.approx(float(q[index]), rel=1e-4)
        assert len(each.candidates) == len(wanted)
        larger = [max(c.before, c.after) for c in each.candidates]
        assert larger == sorted(larger, reverse=True)
        assert all(candidate.key_pos is None for candidate in each.candidates)


def test_each_thing_that_the_model_says_is_there_once_and_in_order(case: Case) -> None:
    model, plain, edit = case
    found = predictions_between(model, plain, model.edited(plain, [edit]))
    outputs, sequence = plain.outputs, plain.decoder or plain.encoder
    assert outputs is not None
    assert sequence is not None
    words = sequence.words
    wanted = [
        *[("tag", words[tag.word].tokens[0], tag.word) for tag in outputs.tags],
        *[("parent", words[one.word].tokens[0], one.word) for one in outputs.parents],
        *[("antecedent", words[one.word].tokens[0], one.word) for one in outputs.antecedents],
        *[("fill", fill.position, None) for fill in outputs.fills],
        *([] if outputs.next is None else [("next", outputs.next.position, None)]),
    ]
    assert [(each.said, each.position, each.word) for each in found] == wanted


def test_editing_nothing_has_a_kl_of_exactly_0(case: Case) -> None:
    model, plain, edit = case
    for each in predictions_between(model, plain, model.run_with(plain, {})):
        assert each.kl == 0.0
        assert each.total_variation == 0.0
        assert all(candidate.before == candidate.after for candidate in each.candidates)
    assert plain.hidden is not None
    assert largest_kl(model, plain, plain.hidden[None]) == [0.0]
    same = Edit(edit.where, Temperature(1.0))
    for each in predictions_between(model, plain, model.edited(plain, [same])):
        assert each.kl == pytest.approx(0.0, abs=1e-10)


def test_a_pointer_is_the_row_of_the_head_that_was_taught(small: LoadedModel) -> None:
    plain = small.run(TEXT)
    layer, head = PARENT
    edited = small.edited(plain, [Edit(Where("encoder", layer, (head,)), Temperature(2.0))])
    found = [p for p in predictions_between(small, plain, edited) if p.said == "parent"]
    assert found
    for each in found:
        p, q = (
            run.site("encoder", layer).pattern([head])[0, each.position].double()
            for run in (plain, edited)
        )
        wanted = torch.nn.functional.kl_div(q.log(), p, reduction="sum")
        assert each.kl == pytest.approx(float(wanted), rel=1e-5)
        assert plain.encoder is not None
        for candidate in each.candidates:
            assert candidate.key_pos is not None
            assert candidate.name == plain.encoder.tokens[candidate.key_pos].text
            assert candidate.before == pytest.approx(float(p[candidate.key_pos]))
            assert candidate.after == pytest.approx(float(q[candidate.key_pos]))


def test_a_taught_head_that_is_off_points_nowhere(small: LoadedModel) -> None:
    plain = small.run(TEXT)
    layer, head = ANTECEDENT
    edited = small.edited(plain, [off("encoder", layer, head)])
    (its,) = [p for p in predictions_between(small, plain, edited) if p.said == "antecedent"]
    assert its.kl is None  # every key that had weight has none
    assert its.total_variation == pytest.approx(0.5, abs=1e-6)  # half of a row of 1
    assert all(candidate.after == 0 for candidate in its.candidates)
    others = [p for p in predictions_between(small, plain, edited) if p.said == "parent"]
    assert all(other.kl == 0.0 for other in others)  # by a head of an earlier layer


@pytest.mark.parametrize("renormalise", [True, False])
def test_a_key_that_is_taken_away_leaves_no_finite_kl(
    small: LoadedModel, renormalise: bool
) -> None:
    plain = small.run(TEXT)
    layer, head = ANTECEDENT
    assert plain.outputs is not None
    assert plain.encoder is not None
    (pointer,) = plain.outputs.antecedents
    position = plain.encoder.words[pointer.word].tokens[0]
    row = plain.site("encoder", layer).pattern([head])[0, position]
    key = int(row.argmax())
    cut = Edit(Where("encoder", layer, (head,), (position,), (key,)), SetPattern(0.0, renormalise))
    edited = small.edited(plain, [cut])
    (its,) = [p for p in predictions_between(small, plain, edited) if p.said == "antecedent"]
    assert its.kl is None
    weight = float(row[key])
    assert its.total_variation == pytest.approx(weight if renormalise else weight / 2, rel=1e-4)
    gone = next(candidate for candidate in its.candidates if candidate.key_pos == key)
    assert (gone.before, gone.after) == (pytest.approx(weight), 0)


def test_the_kl_of_a_row_by_hand() -> None:
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([0.25, 0.5, 0.25])
    # 0.5 ln(0.5 / 0.25) + 0.5 ln 1: half of ln 2.
    assert _row_kl(p.double(), q.double()) == pytest.approx(0.34657359)
    assert _row_kl(q.double(), p.double()) is None  # a key that had 0.25 has nothing
    assert _row_kl(p.double(), 2 * q.double()) is None  # a row that sums to 2


def test_each_single_head_has_the_largest_kl_of_its_own_run(case: Case) -> None:
    model, plain, edit = case
    assert edit.where.heads is not None
    singles = measure_effect(model, plain, [edit]).singles
    assert len(singles) == len(edit.where.heads)
    for single in singles:
        kind, layer, head = single.head
        alone = model.edited(plain, [off(kind, layer, head)])
        kls = [p.kl for p in read_off_vectors(predictions_between(model, plain, alone))]
        assert single.kl == pytest.approx(max(kl for kl in kls if kl is not None), rel=1e-3)


def test_many_runs_and_many_masks_have_the_kl_of_each_alone(
    tmp_path: Path,
) -> None:
    """More masks and more runs than are read together."""
    model = load_folder("bert", headed.bert(tmp_path))
    plain = model.run("The " + "[MASK] " * 21)
    assert plain.hidden is not None
    assert plain.outputs is not None
    assert len(plain.outputs.fills) == 21
    runs = [model.edited(plain, [off("encoder", 0, n % 3)]) for n in range(19)]
    vectors = torch.stack([run.hidden for run in runs if run.hidden is not None])
    found = largest_kl(model, plain, vectors)
    for run, kl in zip(runs, found, strict=True):
        kls = [p.kl for p in predictions_between(model, plain, run)]
        assert kl == pytest.approx(max(kl for kl in kls if kl is not None), rel=1e-6)


def test_a_model_that_says_nothing_has_no_predictions() -> None:
    model = build_registry().load("bert")
    plain = model.run("I saw a saw")
    effect = measure_effect(model, plain, [off("encoder", 0, 1)])
    assert effect.predictions == ()
    assert [single.kl for single in effect.singles] == [None]
