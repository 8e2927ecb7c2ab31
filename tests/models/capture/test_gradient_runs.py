"""Gradients of a run: against finite differences of edited runs, over families and `small`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers.models.t5.modeling_t5 import T5LayerNorm

from headlight.models.capture.embeddings import gradients_on
from headlight.models.capture.prepare import Captured, prepare
from headlight.models.core.errors import InvalidSelection
from headlight.models.core.gradients import Gradients, gradients_of
from headlight.models.core.interventions import BlockId, Intervention, Rows, SetZ
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Site, Trace
from headlight.models.zoo.registry import build_registry
from headlight.models.zoo.transformers import TransformersModel
from tests.models.edited import FAMILIES, TEXT, small
from tests.models.headed import bart

READS_TOKENS = sorted(name for name, family in FAMILIES.items() if "input_ids" in family.inputs)
EXACT = [name for name in READS_TOKENS if name != "GptOss"]  # whose experts refuse float64
# Their norms are computed in float32 whatever the model's own numbers are.
NORMS_IN_FLOAT32 = {"Gemma2", "Llama", "Mistral", "ModernBert", "Qwen3"}


def given(site: Site, z: Tensor) -> dict[BlockId, Intervention]:
    rows = Rows(torch.arange(site.n_heads), torch.arange(site.query_len))
    return {(site.kind, site.layer): Intervention(z_steps=((rows, SetZ(z)),))}


def check_against_differences(
    found: Gradients,
    sites: tuple[Site, ...],
    run: Callable[[dict[BlockId, Intervention]], float],
    size: float,
    tolerance: float,
) -> None:
    """Three numbers of each block's z are moved a little, one at a time, in float64."""
    torch.manual_seed(3)
    for site in sites:
        gradient = found.z[site.kind, site.layer]
        assert gradient.shape == site.z.shape
        scale = float(gradient.abs().max())
        largest = int(gradient.abs().argmax())
        for index in (largest, *torch.randint(gradient.numel(), (2,)).tolist()):
            step = torch.zeros(gradient.numel(), dtype=site.z.dtype)
            step[index] = size
            moved = [
                run(given(site, site.z + sign * step.reshape(site.z.shape))) for sign in (1, -1)
            ]
            slope = (moved[0] - moved[1]) / (2 * size)
            wanted = float(gradient.flatten()[index])
            assert slope == pytest.approx(wanted, abs=tolerance * max(scale, 1e-3)), (
                site.kind,
                index,
            )


def last(output: Any) -> Tensor:
    found: Tensor = output[0]
    return found


def in_float64(model: Captured) -> None:
    """The model with numbers of float64 in and between its layers.

    T5's own norm goes through float32, whose rounding drowns small steps, and between large ones
    its ReLUs have corners: no step would do.
    """
    model.model.double()
    for module in model.model.modules():
        if isinstance(module, T5LayerNorm):

            def norm(x: Tensor, own: T5LayerNorm = module) -> Tensor:
                mean_square = x.pow(2).mean(-1, keepdim=True)
                scaled: Tensor = own.weight * x * torch.rsqrt(mean_square + own.variance_epsilon)
                return scaled

            module.forward = norm


def captured(name: str) -> tuple[Captured, dict[str, Any]]:
    family = FAMILIES[name]
    return prepare(family.build(), family.inputs), family.inputs


@pytest.mark.parametrize("name", EXACT)
def test_gradients_at_z_are_the_slopes_of_edited_runs_in_every_family(
    name: str,
) -> None:
    model, inputs = captured(name)
    in_float64(model)
    drawn = torch.Generator().manual_seed(3)
    shape = last(model.run(**inputs)[1]).shape
    weights = torch.randn(shape, dtype=torch.float64, generator=drawn)

    def scalar(hidden: Tensor) -> Tensor:
        return (weights * hidden).sum()

    with gradients_on():
        sites, output = model.run(requires_grad=True, **inputs)
        z = {(site.kind, site.layer): site.z for site in sites}
        found = gradients_of(scalar(last(output)), z)
    plain, _ = model.run(**inputs)
    size, tolerance = (3e-3, 1e-2) if name in NORMS_IN_FLOAT32 else (1e-5, 1e-6)

    def run(edits: dict[BlockId, Intervention]) -> float:
        return float(scalar(last(model.run(interventions=edits, **inputs)[1])))

    check_against_differences(found, plain, run, size, tolerance)


@pytest.mark.parametrize("name", READS_TOKENS)
def test_a_run_from_its_own_embeddings_is_the_run_in_every_family(name: str) -> None:
    model, inputs = captured(name)
    assert model.embedding is not None
    own = model.embedding(inputs["input_ids"])
    wanted = last(model.run(**inputs)[1])
    found = last(model.from_embeddings(torch.cat([own, own, own.roll(1, 1)]), **inputs))
    torch.testing.assert_close(found[:2], wanted.expand(2, -1, -1), rtol=1e-4, atol=1e-4)
    assert float((found[2] - wanted[0]).abs().max()) > 1e-3


@pytest.fixture(scope="module", params=["bert", "stories260k", "bart", "small", "additive"])
def plain(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[LoadedModel, Trace]:
    """A model as the product holds it, and its run over a short text."""
    model: LoadedModel
    match request.param:
        case "bert":
            model = build_registry().load("bert")
        case "stories260k":
            model = TransformersModel.from_folder("told", shared / "models" / "stories260k")
        case "bart":
            model = bart(tmp_path_factory.mktemp("bart"))
            return model, model.run("a b c", "d e")
        case "small":
            model = small()
        case _:
            model = small(score="additive", window=2, positions="learned")
    return model, model.run(TEXT)


def test_differentiate_gives_the_value_of_the_run_and_the_slope_at_every_z(
    plain: tuple[LoadedModel, Trace],
) -> None:
    model, trace = plain
    assert trace.hidden is not None
    weights = torch.randn(trace.hidden.shape[1], generator=torch.Generator().manual_seed(3))

    def value(hidden: Tensor) -> Tensor:
        return hidden[1] @ weights.to(hidden.dtype)

    found = model.differentiate(trace, value)
    assert found.value == pytest.approx(float(value(trace.hidden)), rel=1e-4)
    assert [*found.z] == [(site.kind, site.layer) for site in trace.sites]
    for site in trace.sites:
        gradient = found.z[site.kind, site.layer]
        assert gradient.shape == site.z.shape
        largest = float(gradient.norm())
        if largest == 0:
            continue
        # In float32 one number is too small a step: along the whole gradient instead.
        step = gradient / largest * float(site.z.norm()) * 2e-2
        ends = [model.run_with(trace, given(site, site.z + sign * step)) for sign in (1, -1)]
        up, down = (value(end.hidden.double()) for end in ends if end.hidden is not None)
        slope = float(up - down) / (2 * float(step.norm()))
        rounding = torch.finfo(torch.float32).eps * abs(float(up)) / float(step.norm())
        near = pytest.approx(largest, rel=1e-2, abs=rounding)
        assert slope == near, (site.kind, site.layer)


def test_a_run_from_its_own_embeddings_ends_in_its_own_last_vectors(
    plain: tuple[LoadedModel, Trace],
) -> None:
    model, trace = plain
    assert trace.hidden is not None
    own = model.embeddings(trace)
    reads = trace.encoder or trace.decoder
    assert reads is not None
    assert own.shape[0] == len(reads)
    rows = torch.stack([own, own * 0.5]).requires_grad_()
    found = model.from_embeddings(trace, rows)
    torch.testing.assert_close(found[0].detach(), trace.hidden, rtol=1e-4, atol=1e-5)
    (gradient,) = torch.autograd.grad(found[0, :, 0].sum() + found[1, 0, 1], rows)
    assert float(gradient[0].abs().max()) > 0
    assert float(gradient[1].abs().max()) > 0


def test_gradients_are_recorded_even_within_inference_mode(
    plain: tuple[LoadedModel, Trace],
) -> None:
    model, trace = plain
    with torch.inference_mode():
        found = model.differentiate(trace, lambda hidden: hidden[0, 0])
    assert max(float(z.abs().max()) for z in found.z.values()) > 0


def test_no_gradient_run_leaves_anything_behind(plain: tuple[LoadedModel, Trace]) -> None:
    model, trace = plain
    assert trace.hidden is not None
    model.differentiate(trace, lambda hidden: hidden.sum())
    again = model.run(trace.text, trace.text_pair)
    assert again.hidden is not None
    assert torch.equal(again.hidden, trace.hidden)
    assert not again.sites[0].z.requires_grad


def test_a_model_that_is_tapped_has_no_gradients() -> None:
    model = build_registry().load("bert")
    trace = model.run(TEXT)
    held = model._captured  # type: ignore[attr-defined]
    held.tapped = True
    try:
        for ask in (
            lambda: model.differentiate(trace, lambda hidden: hidden.sum()),
            lambda: model.embeddings(trace),
            lambda: model.from_embeddings(trace, torch.zeros(1, 3, 384)),
        ):
            with pytest.raises(InvalidSelection, match="no gradient reaches") as refused:
                ask()
            assert refused.value.argument == "model"
    finally:
        held.tapped = False
