"""The equations of attention, once, for every model.

scores        s_ij = q_i . k_j * scale                      (Vaswani et al. 2017, eq. 1)
              s_ij = v_a . tanh(q_i + k_j)                  (Bahdanau et al. 2015, additive)
pattern       a_ij = softmax_j(softcap(s_ij) + bias_ij), 0 where masked
              a_ij = relu(s_ij + bias_ij) / its row's sum   (normaliser "relu")
z             z_i  = sum_j a_ij v_j
contribution  z_i W_o[head], summed over heads plus bias = the block's output

All functions take any leading axes and never change their inputs. A trace calls them on the
q, k and v of a run when a person asks for a head. `models.capture.prepare` holds them against the
model's own attentions, z and output when the model is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

Normaliser = Literal["softmax", "relu"]

Kind = Literal["encoder", "decoder", "cross"]
"""Which tokens look at which. "encoder": self-attention, every token sees every token.
"decoder": causal self-attention. "cross": queries are decoder tokens, keys are encoder tokens."""

KINDS: tuple[Kind, ...] = ("encoder", "decoder", "cross")


def repeat_groups(
    kv: Float[Tensor, "*batch kv_head pos d_head"], n_heads: int
) -> Float[Tensor, "*batch head pos d_head"]:
    """Give every query head its key (or value) head when several share one.

    Grouped-query attention (Ainslie et al. 2023): consecutive query heads share a key head.
    """
    kv_heads = kv.shape[-3]
    if kv_heads == n_heads:
        return kv
    if n_heads % kv_heads:
        raise ValueError(f"{n_heads} heads cannot share {kv_heads} key heads evenly")
    return kv.repeat_interleave(n_heads // kv_heads, dim=-3)


def of_heads(
    tensor: Shaped[Tensor, "all query_pos key_pos"] | None, heads: slice | Seq[int]
) -> Shaped[Tensor, "some query_pos key_pos"] | None:
    """Those heads of a bias or mask; one that has a single row serves every head."""
    return tensor if tensor is None or tensor.shape[0] == 1 else tensor[heads]


def attention_scores(
    q: Float[Tensor, "*batch query_pos d_head"],
    k: Float[Tensor, "*batch key_pos d_head"],
    scale: float | None = None,
) -> Float[Tensor, "*batch query_pos key_pos"]:
    """How well each query matches each key: q.k times `scale`, finite, before bias and mask.

    `scale` defaults to d_head ** -0.5, which keeps dot products near unit variance, so the
    softmax does not saturate. T5 and Whisper use 1.0.
    """
    # The product is ours alone: scaling it in place saves a copy of the largest tensor there is.
    products = torch.matmul(q, k.transpose(-2, -1))
    return products.mul_(q.shape[-1] ** -0.5 if scale is None else scale)


def additive_scores(
    q: Float[Tensor, "*batch query_pos d_head"],
    k: Float[Tensor, "*batch key_pos d_head"],
    v_a: Float[Tensor, "*#batch d_head"],
) -> Float[Tensor, "*batch query_pos key_pos"]:
    """v_a . tanh(q_i + k_j), finite (Bahdanau et al. 2015). No scale: tanh bounds each term."""
    hidden = torch.tanh(q[..., :, None, :] + k[..., None, :, :])
    return (hidden * v_a[..., None, None, :]).sum(-1)


def attention_pattern(
    scores: Float[Tensor, "*#batch query_pos key_pos"],
    bias: Float[Tensor, "*#batch query_pos key_pos"] | None = None,
    mask: Bool[Tensor, "*#batch query_pos key_pos"] | None = None,
    *,
    softcap: float | None = None,
    sinks: Float[Tensor, "*#batch"] | None = None,
    normaliser: Normaliser = "softmax",
) -> Float[Tensor, "*batch query_pos key_pos"]:
    """Where each query spends its attention: rows in [0, 1] that sum to 1, 0 where masked.

    `mask` is True where a query may look. `softcap` squashes scores to +-softcap with tanh
    (Gemma 2). `sinks` is one extra logit a head that takes part in the softmax and is then
    dropped (GPT-OSS), so that rows sum to less than 1. A row that may look nowhere is
    uniform, as in the models themselves. With the normaliser "relu" a row without a positive
    logit is all 0: that query takes nothing home.
    """
    logits = scores if softcap is None else torch.tanh(scores / softcap) * softcap
    if bias is not None:
        logits = logits + bias
    if mask is not None:
        logits = logits.masked_fill(~mask, torch.finfo(logits.dtype).min)
    if normaliser == "relu":
        positive = torch.relu(logits)
        return positive / positive.sum(-1, keepdim=True).clamp_min(torch.finfo(logits.dtype).tiny)
    precise = torch.promote_types(torch.float32, logits.dtype)
    if sinks is None:
        return torch.softmax(logits, dim=-1, dtype=precise).to(scores.dtype)
    column = sinks[..., None, None].expand(*logits.shape[:-1], 1)
    with_sink = torch.cat([logits, column.to(logits.dtype)], dim=-1)
    return torch.softmax(with_sink, dim=-1, dtype=precise)[..., :-1].to(scores.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """How one block makes a pattern of its scores: what `attention_pattern` takes beside them.

    `bias` and `mask` have a row for each head or one for all; a mask may have a batch before it.
    """

    bias: Float[Tensor, "*#batch #head query_pos key_pos"] | None = None
    mask: Bool[Tensor, "*#batch #head query_pos key_pos"] | None = None
    softcap: float | None = None
    sinks: Float[Tensor, " head"] | None = None
    normaliser: Normaliser = "softmax"

    def of(self, heads: slice | Seq[int]) -> Weighing:
        """The same for those heads only."""
        chosen = heads if isinstance(heads, slice) else list(heads)
        return replace(
            self,
            bias=of_heads(self.bias, chosen),
            mask=of_heads(self.mask, chosen),
            sinks=None if self.sinks is None else self.sinks[chosen],
        )

    def pattern(
        self, scores: Float[Tensor, "*batch head query_pos key_pos"]
    ) -> Float[Tensor, "*batch head query_pos key_pos"]:
        return attention_pattern(
            scores,
            self.bias,
            self.mask,
            softcap=self.softcap,
            sinks=self.sinks,
            normaliser=self.normaliser,
        )


def attention_z(
    pattern: Float[Tensor, "*batch query_pos key_pos"],
    v: Float[Tensor, "*batch key_pos d_head"],
) -> Float[Tensor, "*batch query_pos d_head"]:
    """What each query takes home: the values, mixed by its row of the pattern."""
    return torch.matmul(pattern, v)


def head_contribution(
    z: Float[Tensor, "*batch head query_pos d_head"],
    w_o: Float[Tensor, "head d_head d_model"],
) -> Float[Tensor, "*batch head query_pos d_model"]:
    """What each head alone adds to the block's output, before the bias.

    The sum over heads plus W_o's bias is the attention block's output.
    """
    return torch.matmul(z, w_o)
