"""A bidirectional encoder, straight from the equations of `models.core.attention`.

    x       = token embedding + position            (Vaswani et al. 2017, section 3)
    n       = norm(x)                                before the heads (Xiong et al. 2020)
    q, k, v = n W_q, n W_k, n W_v                    per head, no bias
    z       = pattern(scores(q, k)) v
    x       = x + z W_o                              the heads side by side, times W_o
    x       = x + feedforward(norm(x))               repeated, block after block

Three readers sit on top: parts of speech and masked words read the last norm(x); parents and
antecedents are read off the pattern of the two heads that are taught.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from headlight.models.core.attention import (
    Weighing,
    additive_scores,
    attention_pattern,
    attention_scores,
    attention_z,
)
from headlight.models.core.interventions import Intervention
from headlight.models.small.config import UPOS, SmallConfig

# How loud sine positions are beside token vectors of unit variance: heads find their
# neighbours sooner (parents of EWT dev after 1,500 steps: 0.56 at 1, 0.59 at 2.5, 0.60 at 5).
LOUD = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class BlockRun:
    """What one block computed.

    x, normed             [batch, pos, d_model]: what came in, and that as the heads read it
    q, k, v, z            [batch, head, pos, d_head]
    pattern               [batch, head, query_pos, key_pos]
    output, residual      [batch, pos, d_model]: what W_o gave, what the block hands on
    """

    x: Tensor
    normed: Tensor
    q: Tensor
    k: Tensor
    v: Tensor
    pattern: Tensor
    z: Tensor
    output: Tensor
    residual: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class SmallRun:
    """One forward pass: `token` and `position` add up to the first block's x, and `hidden` is
    the last x, normed."""

    token: Float[Tensor, "batch pos d_model"]
    position: Float[Tensor, "pos d_model"]
    blocks: tuple[BlockRun, ...]
    hidden: Float[Tensor, "batch pos d_model"]
    tags: Float[Tensor, "batch pos tag"]


def sinusoids(
    length: int, d_model: int, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "pos d_model"]:
    """sin(pos / 10000^(2i/d_model)) at 2i and cos of the same at 2i + 1 (Vaswani et al. 2017)."""
    pos = torch.arange(length, dtype=torch.float64)[:, None]
    rates = torch.exp(torch.arange(0, d_model, 2, dtype=torch.float64) * -math.log(1e4) / d_model)
    waves = torch.stack([torch.sin(pos * rates), torch.cos(pos * rates)], dim=-1)
    flat: Tensor = waves.flatten(1)
    return flat.to(dtype)


class Attention(nn.Module):
    """All heads of one block."""

    def __init__(self, config: SmallConfig) -> None:
        super().__init__()
        self.config = config
        d_model = config.d_model
        self.w_q = nn.Linear(d_model, d_model, bias=False)
        self.w_k = self.w_q if "qk" in config.tied else nn.Linear(d_model, d_model, bias=False)
        self.w_v = self.w_k if "kv" in config.tied else nn.Linear(d_model, d_model, bias=False)
        self.w_o = nn.Linear(d_model, d_model, bias=False)
        self.v_a: nn.Parameter | None = None
        if config.score == "additive":
            self.v_a = nn.Parameter(torch.randn(config.heads, config.d_head) * config.d_head**-0.5)

    def forward(
        self,
        x: Float[Tensor, "batch pos d_model"],
        allowed: Bool[Tensor, "#batch 1 pos pos"] | None,
        interventions: Mapping[int, Intervention] | None = None,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        """q, k, v, pattern, z and the output [batch, pos, d_model]. `interventions` says, by row of
        the batch, what is done differently."""
        q, k, v = (self._by_head(w(x)) for w in (self.w_q, self.w_k, self.w_v))
        if self.v_a is not None:
            scores = additive_scores(q, k, self.v_a)
        else:
            scores = attention_scores(q, k, self.config.scale)
        pattern = attention_pattern(scores, mask=allowed, normaliser=self.config.normaliser)
        z = attention_z(pattern, v)
        if interventions:
            pattern, z = self._with_interventions(scores, v, allowed, pattern, z, interventions)
        return q, k, v, pattern, z, self.w_o(z.transpose(1, 2).flatten(2))

    def _with_interventions(
        self,
        scores: Float[Tensor, "batch head query_pos key_pos"],
        v: Float[Tensor, "batch head pos d_head"],
        allowed: Bool[Tensor, "#batch 1 pos pos"] | None,
        pattern: Float[Tensor, "batch head query_pos key_pos"],
        z: Float[Tensor, "batch head pos d_head"],
        interventions: Mapping[int, Intervention],
    ) -> tuple[Tensor, Tensor]:
        """Pattern and z with the edits of each row of the batch."""
        heads = range(self.config.heads)
        patterns, zs = list(pattern), list(z)
        for row, edits in interventions.items():
            mask = None if allowed is None else allowed[row if len(allowed) > 1 else 0]
            weighing = Weighing(mask=mask, normaliser=self.config.normaliser)
            patterns[row] = edits.pattern(edits.scores(scores[row], heads), weighing, heads)

            def mixed(factor: Tensor | None, weighing: Weighing, row: int = row) -> Tensor:
                given = scores[row] if factor is None else scores[row] * factor
                return attention_z(weighing.pattern(given), v[row])

            zs[row] = edits.z(mixed, scores[row].__getitem__, v[row].__getitem__, weighing)
        return torch.stack(patterns), torch.stack(zs)

    def _by_head(self, projected: Tensor) -> Float[Tensor, "batch head pos d_head"]:
        heads: Tensor = projected.unflatten(-1, (self.config.heads, self.config.d_head))
        return heads.transpose(1, 2)


class Block(nn.Module):
    """Attention, then a feedforward layer at every position alone; each reads what came in
    normed, and adds what it found."""

    def __init__(self, config: SmallConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.norm_attention = nn.LayerNorm(config.d_model)
        self.up = nn.Linear(config.d_model, config.d_feedforward)
        self.down = nn.Linear(config.d_feedforward, config.d_model)
        self.norm_feedforward = nn.LayerNorm(config.d_model)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Float[Tensor, "batch pos d_model"],
        allowed: Bool[Tensor, "#batch 1 pos pos"] | None,
        interventions: Mapping[int, Intervention] | None = None,
    ) -> BlockRun:
        normed = self.norm_attention(x)
        q, k, v, pattern, z, output = self.attention(normed, allowed, interventions)
        mixed = x + self.dropout(output)
        fed = self.down(nn.functional.gelu(self.up(self.norm_feedforward(mixed))))
        residual = mixed + self.dropout(fed)
        return BlockRun(x, normed, q, k, v, pattern, z, output, residual)


class SmallModel(nn.Module):
    """Embed, blocks, readers. Takes token ids, and where a row is padded, which are real."""

    positions: Tensor

    def __init__(self, config: SmallConfig) -> None:
        super().__init__()
        self.config = config
        d_model = config.d_model
        self.embedding = nn.Embedding(config.vocabulary, d_model)
        if config.positions == "learned":
            self.learned = nn.Parameter(torch.randn(config.max_tokens, d_model) * 0.02)
        elif config.positions == "sinusoidal":
            waves = LOUD * sinusoids(config.max_tokens, d_model)
            self.register_buffer("positions", waves, persistent=False)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.dropout = nn.Dropout(config.dropout)
        self.norm = nn.LayerNorm(d_model)
        self.tags = nn.Linear(d_model, len(UPOS))
        self.gap = nn.Linear(d_model, d_model)
        self.gap_norm = nn.LayerNorm(d_model)
        self.gap_bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.apply(_start)

    def forward(
        self,
        ids: Int[Tensor, "batch pos"],
        real: Bool[Tensor, "batch pos"] | None = None,
        interventions: Seq[Mapping[int, Intervention]] = (),
    ) -> SmallRun:
        """`interventions` says for each row of the batch, by layer, what its blocks do differently.
        Raises ValueError for more positions than the model knows."""
        return self.from_vectors(self.vectors(ids), real, interventions)

    def vectors(self, ids: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_model"]:
        """What each token is, wherever it stands: its embedding, of about unit variance."""
        token: Tensor = self.embedding(ids) * self.config.d_model**0.5
        return token

    def from_vectors(
        self,
        token: Float[Tensor, "batch pos d_model"],
        real: Bool[Tensor, "batch pos"] | None = None,
        interventions: Seq[Mapping[int, Intervention]] = (),
    ) -> SmallRun:
        """`forward`, from the vectors of tokens on."""
        length = token.shape[1]
        if length > self.config.max_tokens:
            raise ValueError(f"{length} positions; this model knows {self.config.max_tokens}")
        position = self._position(length, token)
        x = self.dropout(token + position)
        allowed = self.allowed(length, real, token.device)
        runs: list[BlockRun] = []
        for layer in range(self.config.layers):
            edited = {
                row: edits[layer] for row, edits in enumerate(interventions) if layer in edits
            }
            runs.append(self.block(layer)(x, allowed, edited))
            x = runs[-1].residual
        hidden = self.norm(x)
        return SmallRun(token, position, tuple(runs), hidden, self.tags(hidden))

    def block(self, layer: int) -> Block:
        found = self.blocks[layer]
        assert isinstance(found, Block)
        return found

    def in_gaps(self, hidden: Float[Tensor, "*gap d_model"]) -> Float[Tensor, "*gap vocabulary"]:
        """Logits of what stands at those positions; the embedding is read the other way round."""
        ready: Tensor = self.gap_norm(nn.functional.gelu(self.gap(hidden)))
        return ready @ self.embedding.weight.t() + self.gap_bias

    def _position(self, length: int, like: Tensor) -> Float[Tensor, "pos d_model"]:
        if self.config.positions == "learned":
            return self.learned[:length]
        if self.config.positions == "sinusoidal":
            return self.positions[:length]
        return torch.zeros(length, self.config.d_model, dtype=like.dtype, device=like.device)

    def allowed(
        self, length: int, real: Bool[Tensor, "batch pos"] | None, device: torch.device
    ) -> Bool[Tensor, "#batch 1 pos pos"] | None:
        """Where a query may look: within the window, not ahead if causal, and at no padding. None:
        everywhere."""
        allowed = None if real is None else real[:, None, None, :].expand(-1, 1, length, -1)
        pos = torch.arange(length, device=device)
        ahead = pos - pos[:, None]
        if self.config.window is not None:
            near = (ahead.abs() <= self.config.window)[None, None]
            allowed = near if allowed is None else allowed & near
        if self.config.causal:
            before = (ahead <= 0)[None, None]
            allowed = before if allowed is None else allowed & before
        return allowed


def _start(module: nn.Module) -> None:
    """Linear layers as Glorot has them; token vectors of length about 1."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=module.embedding_dim**-0.5)
