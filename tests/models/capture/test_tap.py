"""The fallback sees attention in code that it does not know."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor

from headlight.models.capture.prepare import prepare
from headlight.models.capture.recording import Block, recording
from headlight.models.capture.tap import Tap
from tests.models.families import SERVED, TAPPED, TEXT

HEAD, QUERY, KEY, D_HEAD = 3, 5, 7, 11
FAMILIES = {family.name: family for family in TAPPED}


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


Q = random(1, HEAD, QUERY, D_HEAD, seed=1)
K = random(1, HEAD, KEY, D_HEAD, seed=2)
V = random(1, HEAD, KEY, D_HEAD, seed=3)
SCALE = D_HEAD**-0.5


def seen(attention: Callable[[], object]) -> list[Block]:
    with recording() as collected, Tap():
        attention()
    return collected.blocks


def with_operators() -> Tensor:
    return (Q @ K.transpose(-1, -2) / math.sqrt(D_HEAD)).softmax(-1) @ V


def with_a_tensor_for_scale() -> Tensor:
    scores = torch.matmul(Q, K.mT).div_(torch.tensor(D_HEAD).sqrt())
    return torch.matmul(torch.nn.functional.dropout(torch.softmax(scores, 3), 0.1, False), V)


def with_batch_and_head_in_one_axis() -> Tensor:
    q, k, v = Q[0], K[0], V[0]
    scores = torch.zeros(1, 1, 1).baddbmm(batch1=q, batch2=k.mT, beta=1.0, alpha=SCALE)
    pattern = torch.nn.functional.softmax(scores.view(1, HEAD, QUERY, KEY), dim=-1)
    return torch.bmm(pattern.view(HEAD, QUERY, KEY), v)[None]


def with_positional_baddbmm() -> Tensor:
    scores = torch.baddbmm(torch.zeros(1, 1, 1), Q[0], K[0].mT, alpha=SCALE)
    return torch.bmm(torch.softmax(scores, dim=-1), V[0])[None]


def with_einsum_and_position_first() -> Tensor:
    q, k, v = (tensor.permute(2, 0, 1, 3) for tensor in (Q, K, V))
    scores = torch.einsum("ibnd, jbnd -> bnij", q, k) * SCALE
    z = torch.einsum("bnij,jbnd->ibnd", torch.softmax(scores, dim=3), v)
    return z.permute(1, 2, 0, 3)


@pytest.mark.parametrize(
    "attention",
    [
        with_operators,
        with_a_tensor_for_scale,
        with_batch_and_head_in_one_axis,
        with_positional_baddbmm,
        with_einsum_and_position_first,
    ],
)
def test_attention_is_seen_however_it_is_written(attention: Callable[[], Tensor]) -> None:
    (block,) = seen(attention)
    assert torch.equal(block.q, Q[0])
    assert torch.equal(block.k, K[0])
    assert torch.equal(block.v, V[0])
    assert block.scale == pytest.approx(SCALE)
    assert block.bias is None
    assert block.mask is None
    own = torch.nn.functional.scaled_dot_product_attention(Q, K, V)
    torch.testing.assert_close(block.z, own[0], rtol=1e-5, atol=1e-6)


def test_what_is_added_to_the_scores_is_the_bias() -> None:
    added = random(1, HEAD, QUERY, KEY, seed=4)
    (block,) = seen(lambda: ((Q @ K.mT) * SCALE + added).softmax(-1) @ V)
    assert block.bias is not None
    torch.testing.assert_close(block.bias, added[0], rtol=1e-5, atol=1e-6)


def test_a_bias_that_is_added_before_the_scale_is_scaled_too() -> None:
    added = random(1, HEAD, QUERY, KEY, seed=4)
    (block,) = seen(lambda: ((Q @ K.mT + added) * SCALE).softmax(-1) @ V)
    assert block.bias is not None
    assert block.scale == pytest.approx(SCALE)
    torch.testing.assert_close(block.bias, added[0] * SCALE, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("never", [torch.finfo(torch.float32).min, -math.inf, -1e30, -1e4])
def test_huge_negative_numbers_are_the_mask_of_all_heads(never: float) -> None:
    allowed = torch.ones(QUERY, KEY, dtype=torch.bool).tril(2)
    additive = torch.zeros(QUERY, KEY).masked_fill(~allowed, never)
    (block,) = seen(lambda: ((Q @ K.mT) * SCALE + additive).softmax(-1) @ V)
    assert block.mask is not None
    assert torch.equal(block.mask, allowed[None])
    assert block.bias is None


def test_a_mask_that_differs_between_heads_stays_so() -> None:
    allowed = random(1, HEAD, QUERY, KEY, seed=6) > -1
    (block,) = seen(lambda: (Q @ K.mT).masked_fill(~allowed, -math.inf).softmax(-1) @ V)
    assert block.mask is not None
    assert torch.equal(block.mask, allowed[0])


@pytest.mark.parametrize(
    "other",
    [
        lambda: random(5, 7).softmax(-1) @ random(7, 11),  # a router, say: no queries and keys
        lambda: (Q @ K.mT).softmax(-1),  # never used
        lambda: (Q @ K.mT).softmax(-2) @ V,  # queries compete instead of keys
        lambda: (Q @ K.mT).relu() @ V,
        lambda: torch.einsum("bnid,bnjd->", Q, K),
        lambda: torch.einsum("...id,...jd->...ij", Q, K).softmax(-1) @ V,
    ],
)
def test_what_is_no_attention_over_keys_is_not_taken_for_it(other: Callable[[], Tensor]) -> None:
    assert seen(other) == []


def test_two_threads_tap_their_own_models_only() -> None:
    family = FAMILIES["MPNet"]
    captured = prepare(family.build(), family.inputs)
    texts = [TEXT, {"input_ids": torch.tensor([[2, 3, 5, 7, 11]])}]
    expected = [captured.run(**text)[0] for text in texts]

    def many_runs(number: int) -> int:
        return sum(
            not torch.equal(ours.z, own.z)
            for _ in range(30)
            for ours, own in zip(captured.run(**texts[number])[0], expected[number], strict=True)
        )

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(many_runs, (0, 1))) == [0, 0]


def test_outside_a_captured_run_nothing_is_watched() -> None:
    family = FAMILIES["MPNet"]
    captured = prepare(family.build(), family.inputs)
    module = next(
        m for m in captured.model.modules() if isinstance(m, torch.nn.Softmax | torch.nn.LayerNorm)
    )
    assert not module._forward_pre_hooks
    with torch.inference_mode():
        own = family.build()(**family.inputs)[0]
        assert torch.equal(captured.model(**family.inputs)[0], own)


@pytest.mark.parametrize("name", ["Bert", "T5", "Llama"])
def test_the_tap_and_the_attention_function_see_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = next(family for family in SERVED if family.name == name)
    through_interface, _ = prepare(family.build(), family.inputs).run(**family.inputs)
    model = family.build()
    monkeypatch.setattr(type(model), "_can_set_attn_implementation", classmethod(lambda cls: False))
    captured = prepare(model, family.inputs)
    assert captured.tapped
    for tapped, site in zip(captured.run(**family.inputs)[0], through_interface, strict=True):
        assert (tapped.kind, tapped.layer, tapped.scale) == (site.kind, site.layer, site.scale)
        whole = slice(None)
        torch.testing.assert_close(tapped.q, site.q, rtol=0, atol=1e-6)
        torch.testing.assert_close(tapped.z, site.z, rtol=0, atol=1e-6)
        torch.testing.assert_close(tapped.pattern(whole), site.pattern(whole), rtol=0, atol=1e-6)
        torch.testing.assert_close(tapped.contribution(whole), site.contribution(whole))
