"""What an output owes to links and tokens: against finite differences, by hand, and complete."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from headlight.models.capture.embeddings import gradients_on
from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import Edit, SetPattern, Where
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.gradients import gradients_of
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Site, Trace
from headlight.models.experiments.attribution import (
    Baseline,
    gradient_pattern,
    integrated_gradients,
    reads,
)
from headlight.models.experiments.objective import (
    Filled,
    Next,
    OutputSelector,
    Sentence,
    Tagged,
    Vector,
    last_vectors,
    objective_of,
)
from headlight.models.zoo.registry import build_registry
from headlight.models.zoo.transformers import TransformersModel
from tests.models.capture.test_gradient_runs import (
    EXACT,
    NORMS_IN_FLOAT32,
    captured,
    in_float64,
    last,
)
from tests.models.edited import small
from tests.models.handmade import HandModel
from tests.models.headed import bart

ALL = slice(None)
LAW = (
    "The Law will never be perfect, but its application should be just - this is what we are "
    "missing, in my opinion."
)
GAP = "She drank a cup of [MASK]."
STORY = "The dog saw the big ball and ran to it"


def steep_and_plain_links(picture: Tensor, site: Site) -> list[tuple[int, int, int]]:
    """The link that matters most, and the middle one of those that may be moved both ways."""
    pattern = site.pattern(ALL)
    movable = (pattern > 1e-3) & (pattern < 1 - 1e-3)
    places = movable.nonzero().tolist()
    sizes = picture.abs()[movable]
    best = int(sizes.argmax())
    return [tuple(places[best]), tuple(places[len(places) // 2])]


@pytest.mark.parametrize("name", EXACT)
def test_gradient_times_pattern_is_the_weight_times_the_slope_of_that_link_in_every_family(
    name: str,
) -> None:
    model, inputs = captured(name)
    in_float64(model)
    drawn = torch.Generator().manual_seed(3)
    shape = last(model.run(**inputs)[1]).shape
    weights = torch.randn(shape, dtype=torch.float64, generator=drawn)
    with gradients_on():
        sites, output = model.run(requires_grad=True, **inputs)
        at_z = {(site.kind, site.layer): site.z for site in sites}
        found = gradients_of((weights * last(output)).sum(), at_z)
    plain, _ = model.run(**inputs)
    size, tolerance = (1e-3, 2e-2) if name in NORMS_IN_FLOAT32 else (1e-5, 1e-5)

    def ends_at(site: Site, link: tuple[int, int, int], weight: float) -> float:
        head, query, key = link
        where = Where(site.kind, site.layer, (head,), (query,), (key,))
        edits = interventions_of([Edit(where, SetPattern(weight, renormalise=False))], plain)
        return float((weights * last(model.run(interventions=edits, **inputs)[1])).sum())

    for site in plain:
        picture = gradient_pattern(site, found.z[site.kind, site.layer], ALL)
        assert picture.shape == site.pattern(ALL).shape
        for link in steep_and_plain_links(picture, site):
            weight = float(site.pattern(ALL)[link])
            up, down = (ends_at(site, link, weight + sign * size) for sign in (1, -1))
            slope = (up - down) / (2 * size)
            assert float(picture[link]) == pytest.approx(
                weight * slope, abs=tolerance * max(float(picture.abs().max()), 1e-3)
            ), (site.kind, site.layer, link)


@pytest.fixture(scope="module", params=["bert", "small", "additive", "stories260k", "bart"])
def plain(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[LoadedModel, Trace]:
    model: LoadedModel
    match request.param:
        case "stories260k":
            model = TransformersModel.from_folder("told", shared / "models" / "stories260k")
        case "bart":
            model = bart(tmp_path_factory.mktemp("bart"))
            return model, model.run("a b c", "d e")
        case "additive":
            model = small(score="additive", window=2, positions="learned")
            return model, model.run("the law is law")
        case name:
            model = build_registry().load(name)
    return model, model.run("I saw a saw")


def test_a_row_of_gradient_times_pattern_sums_to_the_gradient_of_z_along_z(
    plain: tuple[LoadedModel, Trace],
) -> None:
    model, trace = plain
    found = model.differentiate(trace, objective_of(model, trace, Sentence()).of)
    for site in trace.sites:
        gradient = found.z[site.kind, site.layer]
        rows = gradient_pattern(site, gradient, ALL).sum(-1)
        torch.testing.assert_close(rows, (gradient * site.z).sum(-1), rtol=1e-3, atol=1e-5)
        some = gradient_pattern(site, gradient, [1, 0])
        torch.testing.assert_close(some, gradient_pattern(site, gradient, ALL)[[1, 0]])


def test_cutting_a_link_of_small_loses_what_its_gradient_says_where_little_is_cut() -> None:
    model = build_registry().load("small")
    trace = model.run("I saw a saw")
    objective = objective_of(model, trace, Tagged(2))
    found = model.differentiate(trace, objective.of)
    before = float(objective.of(last_vectors(trace)))
    for site in trace.sites:
        picture = gradient_pattern(site, found.z[site.kind, site.layer], ALL)
        thin = (site.pattern(ALL) < 0.02) & (site.pattern(ALL) > 0.005)
        for head, query, key in thin.nonzero().tolist()[::7]:
            where = Where(site.kind, site.layer, (head,), (query,), (key,))
            edited = model.edited(trace, [Edit(where, SetPattern(0.0, renormalise=False))])
            lost = before - float(objective.of(last_vectors(edited)))
            assert lost == pytest.approx(float(picture[head, query, key]), abs=0.02)


def test_integrated_gradients_of_squares_are_the_squares_worked_by_hand() -> None:
    model = HandModel()
    trace = model.run("a b c d")
    rows = model.embeddings(trace)  # (1, 2), (3, 0), (0, 2), (0, 0); the last vectors are squares
    objective = objective_of(model, trace, Next("sum"))
    from_zero = integrated_gradients(model, trace, objective, baseline="zero", steps=1)
    # The last token alone speaks, in a model whose vectors are of their own token only.
    assert from_zero.values.tolist() == [0.0, 0.0, 0.0, 0.0]
    objective = objective_of(
        model, trace, Vector(0)
    )  # along (1, 4) / sqrt(17): (1 + 16) / sqrt(17)
    from_zero = integrated_gradients(model, trace, objective, baseline="zero", steps=1)
    assert from_zero.values.tolist() == pytest.approx([17**0.5, 0.0, 0.0, 0.0])
    assert (from_zero.at_input, from_zero.at_baseline) == pytest.approx((17**0.5, 0.0))
    from_mean = integrated_gradients(model, trace, objective, baseline="mean", steps=2)
    # The mean is (1, 1), whose squares give (1 + 4) / sqrt(17).
    assert rows.mean(0).tolist() == [1.0, 1.0]
    assert from_mean.at_baseline == pytest.approx(5 / 17**0.5)
    assert from_mean.values.tolist() == pytest.approx([12 / 17**0.5, 0.0, 0.0, 0.0])
    assert from_mean.gap == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("baseline", ["mean", "zero"])
@pytest.mark.parametrize("target", [Sentence(), Vector(4)])
@pytest.mark.parametrize("text", [LAW, "I saw a saw"])
@pytest.mark.parametrize("name", ["bert", "small"])
def test_64_steps_are_complete_within_a_hundredth(
    name: str, text: str, target: OutputSelector, baseline: Baseline
) -> None:
    model = build_registry().load(name)
    trace = model.run(text)
    objective = objective_of(model, trace, target)
    found = integrated_gradients(model, trace, objective, baseline=baseline, steps=64)
    assert found.relative_gap is not None
    assert found.relative_gap < 0.01
    assert found.gap == float(found.values.sum()) - (found.at_input - found.at_baseline)
    assert trace.hidden is not None
    assert found.at_input == pytest.approx(float(objective.of(trace.hidden)), rel=1e-4)
    special = reads(trace).special
    assert found.values[special].tolist() == [0.0] * int(special.sum())
    assert bool((found.values[~special] != 0).all())


@pytest.mark.parametrize("target", [Sentence(), Vector(4), Next()])
@pytest.mark.parametrize("text", [STORY, "Once upon a time, there was a little girl."])
def test_64_steps_from_the_mean_are_complete_for_a_llama_too(
    shared: Path, text: str, target: OutputSelector
) -> None:
    model = TransformersModel.from_folder("told", shared / "models" / "stories260k")
    trace = model.run(text)
    objective = objective_of(model, trace, target)
    found = integrated_gradients(model, trace, objective, baseline="mean", steps=64)
    assert found.relative_gap is not None
    assert found.relative_gap < 0.01


def test_a_tag_and_a_fill_are_complete_too() -> None:
    model = build_registry().load("small")
    trace = model.run(GAP)
    for target in (Tagged(2), Tagged(2, "NOUN"), Filled(6), Filled(6, "water")):
        for baseline in ("mean", "zero", "mask"):
            objective = objective_of(model, trace, target)
            found = integrated_gradients(model, trace, objective, baseline=baseline, steps=64)
            assert found.relative_gap is not None
            assert found.relative_gap < 0.01


def test_the_mask_baseline_is_the_text_with_every_token_masked() -> None:
    model = build_registry().load("small")
    trace = model.run("She drank a cup of tea")
    objective = objective_of(model, trace, Sentence())
    found = integrated_gradients(model, trace, objective, baseline="mask", steps=1)
    typed = len(reads(trace)) - 2
    hidden = model.run(" ".join(["[MASK]"] * typed)).hidden
    assert hidden is not None
    assert found.at_baseline == pytest.approx(float(objective.of(hidden)), rel=1e-4)


def test_a_model_without_masks_refuses_them_as_a_baseline() -> None:
    model = build_registry().load("bert")
    trace = model.run("I saw a saw")
    objective = objective_of(model, trace, Sentence())
    with pytest.raises(InvalidSelection, match="no mask token") as refused:
        integrated_gradients(model, trace, objective, baseline="mask", steps=1)
    assert refused.value.argument == "baseline"


def test_of_a_single_word_the_mean_is_the_word_and_nothing_is_left_to_explain() -> None:
    model = build_registry().load("bert")
    trace = model.run("saw")
    objective = objective_of(model, trace, Vector(1))
    found = integrated_gradients(model, trace, objective, baseline="mean", steps=3)
    assert found.values.tolist() == [0.0, 0.0, 0.0]
    assert found.relative_gap is None
    from_zero = integrated_gradients(model, trace, objective, baseline="zero", steps=64)
    assert float(from_zero.values[1]) > 1


def test_a_translator_s_tokens_are_those_that_its_encoder_reads(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    model = bart(tmp_path_factory.mktemp("bart"))
    trace = model.run("a b c", "d e")
    objective = objective_of(model, trace, Vector(3))
    found = integrated_gradients(model, trace, objective, baseline="zero", steps=64)
    assert len(found.values) == 5 != len(last_vectors(trace))
    # Random weights let the encoder move the decoder by 5e-5 only: rounding is a hundredth of it.
    assert float(found.values.abs().sum()) > 1e-5
    assert abs(found.gap) < 2e-6


def test_a_vector_is_measured_along_the_direction_that_it_has_in_the_plain_run() -> None:
    model = HandModel()
    trace = model.run("a b c d")
    objective = objective_of(model, trace, Vector(1))
    assert trace.hidden is not None
    assert float(objective.of(trace.hidden)) == pytest.approx(float(trace.hidden[1].norm()))
    turned = torch.stack([trace.hidden, trace.hidden.flip(-1) * 3])
    along = turned[:, 1] @ (trace.hidden[1] / trace.hidden[1].norm())
    torch.testing.assert_close(objective.of(turned), along)
    sentence = objective_of(model, trace, Sentence())
    assert float(sentence.of(trace.hidden)) == pytest.approx(float(trace.hidden.mean(0).norm()))


def test_a_piece_or_tag_that_is_not_named_is_the_first_choice() -> None:
    model = build_registry().load("small")
    trace = model.run(GAP)
    assert trace.outputs is not None
    fill, tag = trace.outputs.fills[0], trace.outputs.tags[1]
    assert objective_of(model, trace, Filled(fill.position)).name == fill.candidates[0].piece
    assert objective_of(model, trace, Tagged(tag.word)).name == tag.tag
    objective = objective_of(model, trace, Tagged(tag.word))
    logits = model.logits("tag", last_vectors(trace))[objective.pos or 0]
    assert float(objective.of(last_vectors(trace))) == pytest.approx(float(logits.max()))


@pytest.mark.parametrize(
    ("target", "field", "words"),
    [
        (Vector(9), "objective.pos", "pos 9 is outside 0 to 8, the tokens of the text"),
        (Vector(-1), "objective.pos", "pos -1 is outside"),
        (Filled(2), "objective.pos", "position 2 is no mask.*masks stand at 6"),
        (Filled(10**400), "objective.pos", r"0\.\.\. is outside"),
        (Filled(6, "zzzzz"), "objective.piece", "no entry of small's vocabulary"),
        (Next(), "objective.of", "fills in masks, tags words, so its output cannot be of 'next'"),
        (Tagged(0), "objective.word", r"word 0 is \[CLS\]"),
        (Tagged(99), "objective.word", "outside 0 to 8"),
        (Tagged(1, "VRB"), "objective.tag", "no part of speech; name one of"),
    ],
)
def test_what_a_run_does_not_say_is_refused_by_field(
    target: OutputSelector, field: str, words: str
) -> None:
    model = build_registry().load("small")
    trace = model.run(GAP)
    with pytest.raises(InvalidSelection, match=words) as refused:
        objective_of(model, trace, target)
    assert refused.value.argument == field
