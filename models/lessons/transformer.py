"""One layer of a Transformer, norm first, as models of the lessons have it.

q, k, v = norm(x) W_q, norm(x) W_k, norm(x) W_v
x       = x + z W_o,  z = pattern(scores, mask) v          (Vaswani et al. 2017)
x       = x + gelu(norm(x) W_1) W_2                        (norm first: Xiong et al. 2020)
"""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor, nn

from headlight.models.core.attention import attention_pattern, attention_scores, attention_z


def by_head(
    x: Float[Tensor, "*batch pos d_model"], n_heads: int
) -> Float[Tensor, "*batch head pos d_head"]:
    """The same numbers, each head's apart."""
    heads: Tensor = x.unflatten(-1, (n_heads, x.shape[-1] // n_heads))
    return heads.transpose(-3, -2)


class TransformerLayer(nn.Module):
    """Attention of `n_heads`, then a feed-forward net of `d_ff`, each of the normed vectors."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = nn.LayerNorm(d_model)
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(d_model), nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "*batch pos d_model"],
        mask: Bool[Tensor, "*#batch 1 pos pos"] | None = None,
    ) -> tuple[
        Float[Tensor, "*batch pos d_model"],
        Float[Tensor, "*batch head pos pos"],
        Float[Tensor, "*batch head pos pos"],
    ]:
        """The vectors after the layer, its scores, before the mask, and its pattern."""
        inside = self.norm(x)
        q, k, v = (by_head(w(inside), self.n_heads) for w in (self.w_q, self.w_k, self.w_v))
        scores = attention_scores(q, k)
        pattern = attention_pattern(scores, mask=mask)
        z = attention_z(pattern, v)
        x = x + self.dropout(self.w_o(z.transpose(-3, -2).flatten(-2)))
        return x + self.dropout(self.feed_forward(x)), scores, pattern
