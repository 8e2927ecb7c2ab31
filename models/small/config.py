"""What a small model is made of: every choice that can be trained, in one record."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from headlight.models.core.attention import Normaliser

MODEL_TYPE = "headlight-small"
Score = Literal["scaled_dot", "dot", "additive"]
Positions = Literal["sinusoidal", "learned", "none"]
Tied = Literal["none", "qk", "kv", "qkv"]

UPOS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART"),
    *("PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)

PRONOUNS = frozenset(
    {
        *("he", "him", "his", "himself"),
        *("she", "her", "hers", "herself"),
        *("it", "its", "itself"),
        *("they", "them", "their", "theirs", "themselves"),
    }
)
"""The third person of English, in lower case."""


@dataclass(frozen=True, slots=True)
class SmallConfig:
    """The shape of a small model. Raises ValueError for a shape that cannot be.

    score             scaled_dot: q.k / sqrt(d_head); dot: q.k; additive: v_a.tanh(q + k)
    normaliser        softmax, or relu divided by its row's sum
    positions         sinusoidal (Vaswani et al. 2017), learned, or none
    window            a query sees keys at most this far away on either side; None: all
    causal            a query sees no key after it
    tied              which of W_q, W_k and W_v are one matrix
    parent_head       (layer, head) that is taught to point to the syntactic parent, or None
    antecedent_head   (layer, head) that is taught to point from a pronoun to what it refers to
    """

    vocabulary: int = 9100
    layers: int = 4
    heads: int = 4
    d_model: int = 128
    d_feedforward: int = 512
    max_tokens: int = 256
    score: Score = "scaled_dot"
    normaliser: Normaliser = "softmax"
    positions: Positions = "sinusoidal"
    window: int | None = None
    causal: bool = False
    tied: Tied = "none"
    dropout: float = 0.1
    parent_head: tuple[int, int] | None = (2, 0)
    antecedent_head: tuple[int, int] | None = (3, 0)

    def __post_init__(self) -> None:
        if self.d_model % self.heads or self.d_model % 2:
            raise ValueError(
                f"d_model {self.d_model} must be even and a multiple of heads {self.heads}"
            )
        if self.window is not None and self.window < 1:
            raise ValueError(f"window {self.window} must be at least 1, or None to see all")
        for name in ("parent_head", "antecedent_head"):
            place = getattr(self, name)
            if place is not None and not (
                0 <= place[0] < self.layers and 0 <= place[1] < self.heads
            ):
                raise ValueError(
                    f"{name} {place} is outside {self.layers} layers of {self.heads} heads"
                )

    @property
    def d_head(self) -> int:
        return self.d_model // self.heads

    @property
    def scale(self) -> float:
        """What dot products are multiplied with."""
        return float(self.d_head**-0.5) if self.score == "scaled_dot" else 1.0

    @classmethod
    def of(cls, values: dict[str, Any]) -> SmallConfig:
        """From JSON, where a pair is a list. Raises ValueError for a name it does not know, and
        for a score, normaliser, positions or tied that there is not."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(values.keys() - known)
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        for name, allowed in (
            ("score", get_args(Score)),
            ("normaliser", get_args(Normaliser)),
            ("positions", get_args(Positions)),
            ("tied", get_args(Tied)),
        ):
            if name in values and values[name] not in allowed:
                raise ValueError(f"{name} {values[name]!r} is none of {', '.join(allowed)}")
        pairs: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**pairs)
