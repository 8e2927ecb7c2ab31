"""Twins of `small`: one choice of its design changed, everything else alike.

Two layers of four heads, d_model 64, and a tokenizer of 3,400 pieces that all of them share; head
1-0 was taught to look from each word at its syntactic parent. All saw the same batches in the same
order, so that what differs between two of them comes of the choice, and of where it led the
training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Literal

from tokenizers import Tokenizer

from headlight.models.lessons.training import WEIGHTS, load_weights
from headlight.models.small.config import SmallConfig
from headlight.models.small.loading import SmallLoaded
from headlight.models.small.model import SmallModel

TwinName = Literal[
    "base",
    "dot",
    "additive",
    "relu",
    "tied_qk",
    "tied_kv",
    "tied_qkv",
    "learned",
    "no_positions",
    "window",
    "causal",
    "causal_no_positions",
    "heads_1",
    "heads_2",
    "heads_8",
    "wide",
    "wide_dot",
]

BASE = SmallConfig(
    vocabulary=3400,
    layers=2,
    heads=4,
    d_model=64,
    d_feedforward=256,
    max_tokens=128,
    parent_head=(1, 0),
    antecedent_head=None,
)
_WIDE = replace(BASE, heads=1, d_model=128)

CONFIGS: Mapping[TwinName, SmallConfig] = {
    "base": BASE,
    "dot": replace(BASE, score="dot"),
    "additive": replace(BASE, score="additive"),
    "relu": replace(BASE, normaliser="relu"),
    "tied_qk": replace(BASE, tied="qk"),
    "tied_kv": replace(BASE, tied="kv"),
    "tied_qkv": replace(BASE, tied="qkv"),
    "learned": replace(BASE, positions="learned"),
    "no_positions": replace(BASE, positions="none"),
    "window": replace(BASE, window=3),
    "causal": replace(BASE, causal=True),
    "causal_no_positions": replace(BASE, causal=True, positions="none"),
    "heads_1": replace(BASE, heads=1),
    "heads_2": replace(BASE, heads=2),
    "heads_8": replace(BASE, heads=8),
    "wide": _WIDE,
    "wide_dot": replace(_WIDE, score="dot"),
}

FILE, TOKENIZER = WEIGHTS / "twins.safetensors", WEIGHTS / "twins.tokenizer.json"


@cache
def load_twin(name: TwinName) -> SmallLoaded:
    """Reads texts of at most 128 tokens."""
    model = load_weights(SmallModel(CONFIGS[name]), FILE, name)
    return SmallLoaded(name, model, Tokenizer.from_file(str(TOKENIZER)))


def attention_parameters(name: TwinName) -> int:
    """Numbers in W_q, W_k, W_v, W_o and v_a of all layers; a matrix that is two counts once."""
    model = load_twin(name).model
    layers = (model.block(layer).attention for layer in range(model.config.layers))
    return sum(each.numel() for attention in layers for each in attention.parameters())
