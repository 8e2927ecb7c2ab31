"""What one run of a model leaves behind. Every shape is written here.

Trace
├── encoder, decoder : Sequence | None    the tokens of each tower, and its words
├── sites : tuple[Site, ...]              one attention block each, in the order of the run
│   └── inside : Inside | None            x, its norm, W_q, W_k, W_v, residual: our own model's
├── embedding : Embedding | None          what x of the first block is the sum of
├── hidden : Tensor | None                the last vector of every token
├── outputs : Outputs | None              what the model says of the text, where it says anything
└── supervised : tuple[SupervisedHead, ...]  the heads that were trained to point at something

A trace keeps q, k, v and z as the model computed them. Scores, pattern and contribution
of any head are computed from them when asked, by the equations (`models.core.attention`) that
the model was held against when it was loaded. Everything downstream is blind to which
model made the trace.
"""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headlight.models.core.attention import (
    KINDS,
    Kind,
    Normaliser,
    Weighing,
    additive_scores,
    attention_scores,
    head_contribution,
    repeat_groups,
)
from headlight.models.core.axis import Axis
from headlight.models.core.errors import InvalidSelection, check_within, short
from headlight.models.core.interventions import Intervention
from headlight.models.core.messages import Message
from headlight.models.core.outputs import Outputs, SupervisedHead


def named_layers(layers: Seq[int]) -> str | Message:
    """Layers in a message: "0 to 5", or "3, 7, 11" where only some have attention."""
    if list(layers) == list(range(len(layers))):
        return Message("0 to {last}", last=len(layers) - 1)
    return ", ".join(map(str, layers))


@dataclass(frozen=True, slots=True)
class Token:
    """One token, with the characters that the person typed for it.

    `text` is `source[start:end]` of the text it came from; for special tokens, and for
    tokens that stand for no character, it is the vocabulary's own piece and `start`, `end`
    are None. `piece` is always the vocabulary's entry ("##ing", "[UNK]"). `word` is the
    index of its word in the sequence's `words`. `segment` is 1 for the second text of a
    pair, else 0; offsets count characters of that text.
    """

    id: int
    text: str
    piece: str
    start: int | None
    end: int | None
    word: int
    special: bool
    segment: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text and the consecutive tokens that make it. See `models.text.tokens`."""

    text: str
    start: int | None
    end: int | None
    tokens: tuple[int, ...]
    special: bool
    segment: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """The tokens of one tower, in order, and the words that they make: a partition."""

    tokens: tuple[Token, ...]
    words: tuple[Word, ...]

    def __len__(self) -> int:
        return len(self.tokens)

    def axis(self, level: Literal["token", "word"] = "token") -> Axis:
        """Its tokens or its words, as one side of a matrix."""
        return Axis(
            level, tuple(one.text for one in (self.words if level == "word" else self.tokens))
        )

    @property
    def special(self) -> Bool[Tensor, " pos"]:
        return torch.tensor([token.special for token in self.tokens], dtype=torch.bool)

    @property
    def word_of(self) -> Int[Tensor, " pos"]:
        return torch.tensor([token.word for token in self.tokens], dtype=torch.long)


@dataclass(frozen=True, slots=True)
class OutputProjection:
    """W_o of one attention block, cut by head: `w_o` [head, d_head, d_model], `bias` [d_model]."""

    w_o: Float[Tensor, "head d_head d_model"]
    bias: Float[Tensor, " d_model"] | None


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """How a block comes by q, k, v and what it leaves behind: q = norm(x) W_q, no bias.

    x                      [query_pos, d_model], the residual stream that comes in
    normed                 [query_pos, d_model], norm(x), which is what the heads read:
                           (x - mean) / sqrt(variance + norm_epsilon) * norm_gain + norm_bias,
                           mean and variance over each position's own d_model numbers
    norm_gain, norm_bias   [d_model]
    w_q, w_k, w_v          [head, d_model, d_head]
    residual               [query_pos, d_model], what the whole block hands to the next
    """

    x: Float[Tensor, "query_pos d_model"]
    normed: Float[Tensor, "query_pos d_model"]
    norm_gain: Float[Tensor, " d_model"]
    norm_bias: Float[Tensor, " d_model"]
    norm_epsilon: float
    w_q: Float[Tensor, "head d_model d_head"]
    w_k: Float[Tensor, "head d_model d_head"]
    w_v: Float[Tensor, "head d_model d_head"]
    residual: Float[Tensor, "query_pos d_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """The two parts that x of the first block is the sum of, each [pos, d_model]."""

    token: Float[Tensor, "pos d_model"]
    position: Float[Tensor, "pos d_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One attention block of one run: the tensors that the model itself computed.

    q        [head, query_pos, d_head]
    k        [kv_head, key_pos, d_head], shared by consecutive heads if kv_head < head
    v        [kv_head, key_pos, d_value], d_value being d_head in all but a few families
    z        [head, query_pos, d_value], the model's own pattern.v
    bias     [head or 1, query_pos, key_pos], added to scores (T5's positions), or None
    mask     [head or 1, query_pos, key_pos], True where a query may look, or None: everywhere
    sinks    [head], GPT-OSS's extra logit, or None
    output   [query_pos, d_model], what the model's own W_o gave, or None if it has none
    v_a      [head, d_head] of additive scores; None where scores are dot products
    intervention  what edits made this block do differently, or None: the model's own run
    inside   x, its norm, W_q, W_k, W_v and the residual, where the model is our own; else None
    """

    kind: Kind
    layer: int
    q: Float[Tensor, "head query_pos d_head"]
    k: Float[Tensor, "kv_head key_pos d_head"]
    v: Float[Tensor, "kv_head key_pos d_value"]
    z: Float[Tensor, "head query_pos d_value"]
    scale: float
    bias: Float[Tensor, "#head query_pos key_pos"] | None = None
    mask: Bool[Tensor, "#head query_pos key_pos"] | None = None
    softcap: float | None = None
    sinks: Float[Tensor, " head"] | None = None
    projection: OutputProjection | None = None
    output: Float[Tensor, "query_pos d_model"] | None = None
    v_a: Float[Tensor, "head d_head"] | None = None
    normaliser: Normaliser = "softmax"
    inside: Inside | None = None
    intervention: Intervention | None = None

    @property
    def n_heads(self) -> int:
        return self.q.shape[0]

    @property
    def query_len(self) -> int:
        return self.q.shape[1]

    @property
    def key_len(self) -> int:
        return self.k.shape[1]

    @property
    def d_head(self) -> int:
        return self.q.shape[2]

    @property
    def causal(self) -> bool:
        """True if no query may look past its own position."""
        if self.mask is None or self.query_len != self.key_len:
            return False
        future = torch.ones(self.query_len, self.key_len, dtype=torch.bool).triu(1)
        return bool(future.any()) and not bool((self.mask & future).any())

    @property
    def weighing(self) -> Weighing:
        """How the block makes a pattern of its scores, before any edit."""
        return Weighing(self.bias, self.mask, self.softcap, self.sinks, self.normaliser)

    def _each(self, heads: slice | Seq[int]) -> Seq[int]:
        return range(self.n_heads)[heads] if isinstance(heads, slice) else heads

    def keys(self, heads: slice | Seq[int]) -> Float[Tensor, "head key_pos d_head"]:
        return repeat_groups(self.k, self.n_heads)[heads]

    def values(self, heads: slice | Seq[int]) -> Float[Tensor, "head key_pos d_value"]:
        return repeat_groups(self.v, self.n_heads)[heads]

    def scores(self, heads: slice | Seq[int]) -> Float[Tensor, "head query_pos key_pos"]:
        """Scaled q.k of those heads (or v_a.tanh(q + k)): finite, before bias, softcap and mask."""
        if self.v_a is not None:
            scores = additive_scores(self.q[heads], self.keys(heads), self.v_a[heads])
        else:
            scores = attention_scores(self.q[heads], self.keys(heads), self.scale)
        return (
            scores
            if self.intervention is None
            else self.intervention.scores(scores, self._each(heads))
        )

    def check_head(self, head: int, *, argument: str | None = None) -> None:
        """Raises InvalidSelection where the layer has no such head."""
        heads = Message("the heads of layer {layer}", layer=self.layer)
        check_within("head", head, self.n_heads, heads, argument=argument)

    def pattern(self, heads: slice | Seq[int]) -> Float[Tensor, "head query_pos key_pos"]:
        """Each row (one query_pos) sums to 1; 0 where masked.

        After edits a row may sum to less: a link was cut out of it, or its head is off.
        """
        if self.intervention is not None:
            return self.intervention.pattern(self.scores(heads), self.weighing, self._each(heads))
        return self.weighing.of(heads).pattern(self.scores(heads))

    def contribution(self, heads: slice | Seq[int]) -> Float[Tensor, "head query_pos d_model"]:
        """What those heads add to the block's output, each through its part of W_o."""
        if self.projection is None:
            raise InvalidSelection(
                Message(
                    "this model has no output projection W_o after its heads, so a head has no "
                    "contribution of its own; leave out 'contribution'"
                ),
                argument="include",
            )
        return head_contribution(self.z[heads], self.projection.w_o[heads])

    @property
    def nbytes(self) -> int:
        tensors = [self.q, self.k, self.v, self.z, self.bias, self.mask, self.output]
        if self.inside is not None:
            tensors += [self.inside.x, self.inside.normed, self.inside.residual]
        own = sum(t.nbytes for t in tensors if t is not None)
        return own if self.intervention is None else own + self.intervention.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One run: what was read, and every attention block's own tensors.

    `model` is the registry's name, `text` and `text_pair` the caller's. For an
    encoder-decoder model `text_pair` is the target; where none was given the model wrote
    its own. `target` is the text that `decoder`'s offsets count in such a model, else None.
    """

    model: str
    text: str
    text_pair: str | None
    sites: tuple[Site, ...]
    encoder: Sequence | None = None
    decoder: Sequence | None = None
    target: str | None = None
    hidden: Float[Tensor, "pos d_model"] | None = None
    embedding: Embedding | None = None
    outputs: Outputs | None = None
    supervised: tuple[SupervisedHead, ...] = ()

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in KINDS if any(site.kind == kind for site in self.sites))

    def of_kind(self, kind: Kind) -> tuple[Site, ...]:
        """The sites of one kind, by layer."""
        return tuple(site for site in self.sites if site.kind == kind)

    @property
    def count(self) -> int:
        """Tokens of the longest tower: what one run reads."""
        return max(len(tower) for tower in (self.encoder, self.decoder) if tower is not None)

    def check_kind(self, kind: Kind) -> None:
        """Raises InvalidSelection for a kind of attention that the run does not have."""
        if kind not in self.kinds:
            if kind == "encoder" and self.encoder is not None:
                raise InvalidSelection(
                    Message(
                        "the encoder of {model} attends in a layout that is not shown: no softmax "
                        "over all tokens for each query; shown are {kinds}",
                        model=self.model,
                        kinds=", ".join(self.kinds),
                    ),
                    argument="kind",
                )
            raise InvalidSelection(
                Message(
                    "{model} has no {kind} attention; it has {kinds}",
                    model=self.model,
                    kind=kind,
                    kinds=", ".join(self.kinds),
                ),
                argument="kind",
            )

    def site(self, kind: Kind, layer: int, argument: str = "layer") -> Site:
        """The attention block of that kind and layer, numbered as the model numbers its layers.

        Raises InvalidSelection, in which the layer is called `argument`.
        """
        self.check_kind(kind)
        sites = self.of_kind(kind)
        for site in sites:
            if site.layer == layer:
                return site
        raise InvalidSelection(
            Message(
                "layer {layer} is outside {layers}, the layers of {model}'s {kind} attention",
                layer=short(layer),
                layers=named_layers([site.layer for site in sites]),
                model=self.model,
                kind=kind,
            ),
            argument=argument,
        )

    def query_sequence(self, kind: Kind) -> Sequence:
        return self._tower("encoder" if kind == "encoder" else "decoder")

    def key_sequence(self, kind: Kind) -> Sequence:
        return self._tower("decoder" if kind == "decoder" else "encoder")

    def _tower(self, name: str) -> Sequence:
        sequence = self.decoder if name == "decoder" else self.encoder
        if sequence is None:
            raise InvalidSelection(
                Message("{model} has no {tower}", model=self.model, tower=name), argument="kind"
            )
        return sequence

    @property
    def nbytes(self) -> int:
        """Bytes that the run's tensors hold; weights are the model's, not the run's."""
        last = 0 if self.hidden is None else self.hidden.nbytes
        return last + sum(site.nbytes for site in self.sites)
