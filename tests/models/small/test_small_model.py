"""The small model computes the equations, whatever it is made of."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor

from headlight.models.core.attention import additive_scores
from headlight.models.small.config import SmallConfig
from headlight.models.small.model import SmallModel, sinusoids

IDS = torch.tensor([[2, 11, 7, 19, 11, 23, 3]])


def model_of(**changes: object) -> SmallModel:
    torch.manual_seed(5)
    shape = {"vocabulary": 29, "layers": 2, "heads": 3, "d_model": 30, "d_feedforward": 17}
    heads = {"parent_head": (0, 2), "antecedent_head": (1, 1)}
    return SmallModel(SmallConfig.of({**shape, **heads, "max_tokens": 13, **changes})).eval()


@pytest.mark.parametrize(
    ("score", "normaliser", "positions", "window"),
    list(
        product(
            ("scaled_dot", "dot", "additive"),
            ("softmax", "relu"),
            ("sinusoidal", "learned", "none"),
            (None, 2),
        )
    ),
)
def test_every_combination_runs_and_learns(
    score: str, normaliser: str, positions: str, window: int | None
) -> None:
    model = model_of(score=score, normaliser=normaliser, positions=positions, window=window)
    run = model(IDS)
    for block in run.blocks:
        sums = block.pattern.sum(-1)
        assert bool(((sums - 1).abs() < 1e-5).logical_or(sums == 0).all())
        if normaliser == "softmax":
            torch.testing.assert_close(sums, torch.ones_like(sums))
        if window is not None:
            assert not block.pattern[..., 0, 3:].any()
            assert not block.pattern[..., 6, :4].any()
    loss = run.tags.square().mean() + model.in_gaps(run.hidden).square().mean()
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_scores_are_what_their_formulas_say() -> None:
    x = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]]])
    for score, wanted in (("dot", 2.0), ("scaled_dot", 2.0 / 2**0.5)):
        model = model_of(score=score, heads=2, d_model=4, parent_head=None, antecedent_head=None)
        attention = model.block(0).attention
        with torch.no_grad():
            attention.w_q.weight.copy_(torch.eye(4))
            attention.w_k.weight.copy_(torch.eye(4).roll(1, 0))  # k of head 0: x shifted by one
        q, k, _, pattern, _, _ = attention(x, None)
        assert q[0, 0].tolist() == [[1.0, 0.0], [0.0, 2.0]]
        assert k[0, 0].tolist() == [[0.0, 1.0], [0.0, 0.0]]
        odds = pattern[0, 0, 1, 0] / pattern[0, 0, 1, 1]
        torch.testing.assert_close(odds.log(), torch.tensor(wanted))


def test_additive_attention_has_the_gradient_that_differences_give() -> None:
    torch.manual_seed(3)
    tensors = [
        torch.randn(*shape, dtype=torch.float64, requires_grad=True)
        for shape in ((2, 3, 5), (2, 4, 5), (2, 5))
    ]
    assert torch.autograd.gradcheck(additive_scores, tuple(tensors))


def test_sinusoids_are_those_of_the_paper() -> None:
    waves = sinusoids(3, 4)
    # At position 2 and d_model 4 the rates are 1 and 1/100.
    wanted = [0.9092974268, -0.4161468365, 0.0199986667, 0.9998000067]
    torch.testing.assert_close(waves[2], torch.tensor(wanted))
    assert waves[0].tolist() == [0.0, 1.0, 0.0, 1.0]


def z_of(model: SmallModel, ids: Tensor) -> Tensor:
    z: Tensor = model(ids).blocks[1].z[0]
    return z


def test_without_positions_shuffled_words_get_the_same_vectors_shuffled() -> None:
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    blind = model_of(positions="none")
    torch.testing.assert_close(z_of(blind, IDS[:, order]), z_of(blind, IDS)[:, order])
    for positions in ("sinusoidal", "learned"):
        seeing = model_of(positions=positions)
        gap = (z_of(seeing, IDS[:, order]) - z_of(seeing, IDS)[:, order]).abs().max()
        assert gap.item() > 1e-3


def test_padding_changes_nothing_for_the_others() -> None:
    model = model_of()
    padded = torch.cat([IDS, torch.zeros(1, 4, dtype=torch.long)], dim=1)
    real = torch.tensor([[True] * 7 + [False] * 4])
    alone, among = model(IDS), model(padded, real)
    torch.testing.assert_close(among.hidden[:, :7], alone.hidden)
    assert not among.blocks[0].pattern[..., 7:].any()


def test_more_positions_than_the_model_knows_are_refused() -> None:
    with pytest.raises(ValueError, match="14 positions; this model knows 13"):
        model_of()(torch.ones(1, 14, dtype=torch.long))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"d_model": 31}, "d_model 31 must be even and a multiple of heads 3"),
        ({"window": 0}, "window 0 must be at least 1"),
        ({"score": "cosine"}, "score 'cosine' is none of scaled_dot, dot, additive"),
        ({"parent_head": (2, 0)}, r"parent_head \(2, 0\) is outside 2 layers of 3 heads"),
        ({"depth": 7}, "unknown: depth; known: antecedent_head"),
    ],
)
def test_a_shape_that_cannot_be_is_refused_in_words(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model_of(**wrong)
