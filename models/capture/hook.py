"""The one attention function, registered with transformers, that models call.

Outside of a captured run it is eager attention. Inside one (`models.capture.recording`) it keeps
what it was given, mixes the values by torch's fused attention, and does what edits ask for
(`models.core.interventions`); in a batch of edited runs (`run_batch`) each row does its own.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask

from headlight.models.capture.recording import (
    Block,
    Variants,
    current_recording,
    current_variants,
    split_mask,
)
from headlight.models.core.attention import Weighing, attention_scores, attention_z, repeat_groups
from headlight.models.core.errors import UnsupportedModel
from headlight.models.core.interventions import Intervention
from headlight.models.core.messages import Message

NAME = "headlight"


def attend(
    module: nn.Module,
    query: Float[Tensor, "batch head query_pos d_head"],
    key: Float[Tensor, "batch kv_head key_pos d_head"],
    value: Float[Tensor, "batch kv_head key_pos d_value"],
    attention_mask: Float[Tensor, "#batch #head query_pos key_pos"] | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    position_bias: Float[Tensor, "#batch #head query_pos key_pos"] | None = None,
    softcap: float | None = None,
    s_aux: Float[Tensor, " head"] | None = None,
    **_kwargs: Any,
) -> tuple[Float[Tensor, "batch query_pos head d_value"], Tensor | None]:
    """The attention function that models call, captured run or not.

    In a captured run z comes from torch's fused attention where that can compute it, so no
    pattern is made before somebody asks for it, and none is returned. Outside of one
    (generation, say) the pattern is returned as eager attention does.
    """
    scale = float(query.shape[-1] ** -0.5 if scaling is None else scaling)
    variants = current_variants()
    if variants is not None:
        mask, bias = _shared(attention_mask, position_bias, query.shape[2], key.shape[2])
        weighing = Weighing(bias, mask, softcap, s_aux)
        return _vary(variants, query, key, value, scale, weighing), None
    state = current_recording()
    if state is None:
        mask, bias = split_mask(attention_mask, position_bias)
        weighing = Weighing(bias, mask, softcap, s_aux)
        pattern = weighing.pattern(_scores(query, key, scale))
        pattern = nn.functional.dropout(pattern, dropout, training=module.training)
        z = attention_z(pattern, repeat_groups(value, query.shape[1]))
        return z.transpose(1, 2).contiguous(), pattern
    if query.shape[0] != 1:
        raise UnsupportedModel(
            Message(
                "{class_name} attends within {windows} windows at once, not over the whole text",
                class_name=type(module).__name__,
                windows=query.shape[0],
            ),
            remedy=Message("Choose a model whose heads see all of it."),
        )
    # From here on without the batch axis. What the model goes on with is made of the very
    # tensors that the site keeps, so that gradients of its output reach them.
    q, k, v = query[0], key[0], value[0]
    mask, bias = state.split(attention_mask, position_bias, q.shape[1], k.shape[1])
    intervention = state.intervention_now()
    z = _z(q, k, v, scale, Weighing(bias, mask, softcap, s_aux), intervention)
    state.add(
        Block(
            q=q,
            k=k,
            v=v,
            z=z,
            scale=scale,
            bias=bias,
            mask=mask,
            softcap=softcap,
            sinks=s_aux,
            module=module,
            intervention=intervention,
        )
    )
    # Whole, as every attention function of the library gives it: some models view it otherwise.
    return z.transpose(0, 1)[None].contiguous(), None


def _shared(
    attention_mask: Float[Tensor, "#batch #head query_pos key_pos"] | None,
    position_bias: Float[Tensor, "#batch #head query_pos key_pos"] | None,
    query_len: int,
    key_len: int,
) -> tuple[
    Bool[Tensor, "#head query_pos key_pos"] | None,
    Float[Tensor, "#head query_pos key_pos"] | None,
]:
    """Mask and bias of a batch whose rows all read the same text: without the batch axis."""
    mask, bias = (
        None if each is None else each.expand(-1, -1, query_len, key_len)[0]
        for each in split_mask(attention_mask, position_bias)
    )
    return mask, bias


def _vary(
    variants: Variants,
    query: Float[Tensor, "batch head query_pos d_head"],
    key: Float[Tensor, "batch kv_head key_pos d_head"],
    value: Float[Tensor, "batch kv_head key_pos d_value"],
    scale: float,
    weighing: Weighing,
) -> Float[Tensor, "batch query_pos head d_value"]:
    """What the model goes on with where every row of the batch has edits of its own."""
    z = _mixed(query, key, value, scale, weighing)
    edited = variants.next_call()
    rows = [
        _z(query[b], key[b], value[b], scale, weighing, edited[b], plain=z[b])
        if b in edited
        else z[b]
        for b in range(len(z))
    ]
    return (torch.stack(rows) if edited else z).transpose(1, 2).contiguous()


def _z(
    q: Float[Tensor, "head query_pos d_head"],
    k: Float[Tensor, "kv_head key_pos d_head"],
    v: Float[Tensor, "kv_head key_pos d_value"],
    scale: float,
    weighing: Weighing,
    intervention: Intervention | None,
    plain: Float[Tensor, "head query_pos d_value"] | None = None,
) -> Float[Tensor, "head query_pos d_value"]:
    """z of all heads of one text; `plain` is z without edits, where that is known already."""
    if intervention is None:
        return _mixed(q, k, v, scale, weighing)

    def mixed(factor: Tensor | None, edited: Weighing) -> Tensor:
        if plain is not None and factor is None and edited is weighing:
            return plain
        return _mixed(q if factor is None else q * factor, k, v, scale, edited)

    n_heads = q.shape[0]
    return intervention.z(
        mixed,
        lambda heads: attention_scores(q[heads], repeat_groups(k, n_heads)[heads], scale),
        lambda heads: repeat_groups(v, n_heads)[heads],
        weighing,
    )


def _mixed(
    q: Float[Tensor, "*batch head query_pos d_head"],
    k: Float[Tensor, "*batch kv_head key_pos d_head"],
    v: Float[Tensor, "*batch kv_head key_pos d_value"],
    scale: float,
    weighing: Weighing,
) -> Float[Tensor, "*batch head query_pos d_value"]:
    """z of all heads, by torch's fused attention where that knows the equation."""
    if weighing.softcap is None and weighing.sinks is None:
        return _fused_z(q, k, v, scale, weighing.bias, weighing.mask)
    pattern = weighing.pattern(_scores(q, k, scale))
    return attention_z(pattern, repeat_groups(v, q.shape[-3]))


def _scores(
    q: Float[Tensor, "*batch head query_pos d_head"],
    k: Float[Tensor, "*batch kv_head key_pos d_head"],
    scale: float,
) -> Float[Tensor, "*batch head query_pos key_pos"]:
    return attention_scores(q, repeat_groups(k, q.shape[-3]), scale)


def _fused_z(
    q: Float[Tensor, "*batch head query_pos d_head"],
    k: Float[Tensor, "*batch kv_head key_pos d_head"],
    v: Float[Tensor, "*batch kv_head key_pos d_value"],
    scale: float,
    bias: Float[Tensor, "#head query_pos key_pos"] | None,
    mask: Bool[Tensor, "#head query_pos key_pos"] | None,
) -> Float[Tensor, "*batch head query_pos d_value"]:
    """z = softmax(scores + bias, mask).v of all heads, without a pattern in memory.

    A mask adds the least float, not -inf: a row that may look nowhere is then uniform, as in
    `models.core.attention` and in the models themselves.
    """
    n_heads = q.shape[-3]
    added = bias
    if mask is not None:
        base = q.new_zeros(()) if bias is None else bias
        added = torch.where(mask, base, torch.finfo(q.dtype).min)
    # sdpa wants a batch axis wherever there is a mask of that many axes.
    z = nn.functional.scaled_dot_product_attention(
        q.reshape(-1, *q.shape[-3:]),
        repeat_groups(k, n_heads).reshape(-1, n_heads, *k.shape[-2:]),
        repeat_groups(v, n_heads).reshape(-1, n_heads, *v.shape[-2:]),
        attn_mask=None if added is None else added.expand(n_heads, -1, -1)[None],
        scale=scale,
    )
    return z.reshape(*q.shape[:-1], v.shape[-1])


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, eager_mask)
