"""What the API answers of heads: their tensors, one cell, one step by step, and who links words."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from headlight.app.schemas.answers import (
    TAUGHT,
    Answer,
    Count,
    Floats,
    MaskedMatrix,
    Matrix,
    Read,
    Task,
    TaughtAnswer,
    TokenAnswer,
    WordAnswer,
)
from headlight.app.schemas.requests import Kind, Level


class HeadAnswer(Answer):
    """One head. Which of the tensors are there, `include` decides."""

    kind: Kind
    layer: int
    head: int
    taught: Task | None = Field(description=TAUGHT)
    pattern: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos] (words at level word), 0 to 1; each row sums to 1. "
        "null where masked.",
    )
    mask: list[list[bool]] | None = Field(
        None,
        description="[query_pos][key_pos]: true where the query may look. Always beside pattern.",
    )
    scores: Matrix | None = Field(
        None, description="[query_pos][key_pos]: q.k times scale, before bias and mask."
    )
    bias: Matrix | None = Field(
        None,
        description="[query_pos][key_pos], added to scores (T5's positions); null without one.",
    )
    q: Matrix | None = Field(None, description="[query_pos][d_head], positions applied.")
    k: Matrix | None = Field(None, description="[key_pos][d_head], positions applied.")
    v: Matrix | None = Field(None, description="[key_pos][d_head].")
    z: Matrix | None = Field(None, description="[query_pos][d_head]: pattern.v, the model's own.")
    contribution: Matrix | None = Field(
        None, description="[query_pos][d_model]: z through this head's part of W_o."
    )
    norms: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos]: the length of pattern * f(x), where f(x) = v through "
        "this head's part of W_o: what a link carries (Kobayashi et al. 2020). At least 0, in the "
        "units of the block's output; null where masked.",
    )
    gradient_pattern: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos]: pattern * d output / d pattern, signed, in the units of "
        "`output`: to first order what the output would lose if this link alone were cut and its "
        "row not renormalised. null where masked.",
    )


class LayerAnswer(Answer):
    """What is known of a whole layer, its heads taken together."""

    kind: Kind
    layer: int
    rollout: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos], 0 to 1, rows sum to 1: what each position holds of each "
        "input after this layer, A_l ... A_0 with A = half the mean of the heads' patterns and "
        "half the identity (Abnar and Zuidema 2020). null where no path leads.",
    )
    flow: MaskedMatrix | None = Field(
        None,
        description="[query_pos][key_pos], 0 to 1: the most that can flow from each input to the "
        "position through the links of all layers up to this one, each as wide as its A (the same "
        "paper). null where no path leads, and in rows that were not asked for.",
    )


class ChosenAnswer(Answer):
    """The output that was differentiated, or watched."""

    of: Literal["vector", "sentence", "fill", "next", "tag"] = Field(
        description="As asked; sentence where nothing was."
    )
    pos: int | None = Field(description="The position that speaks; null: all of them together.")
    name: str | None = Field(description="The piece or tag; null for a vector.")
    value: float = Field(description="What the plain run gives: a length, or a logit.")


class IntegratedAnswer(Answer):
    """Integrated gradients of `output` over the input embeddings (Sundararajan et al. 2017)."""

    baseline: Literal["mean", "zero", "mask"] = Field(
        description="What typed tokens were compared with, as asked."
    )
    steps: Count = Field(description="Parts of the way, as asked.")
    values: Floats = Field(
        description="[pos] of `tokens` read: what each token adds to the output, signed; 0 for "
        "special tokens. Of an encoder-decoder model, the encoder's tokens."
    )
    at_input: float = Field(description="The output for the text.")
    at_baseline: float = Field(description="The output for the baseline.")
    gap: float = Field(
        description="Sum of values - (at_input - at_baseline): what too few steps leave out."
    )
    relative_gap: float | None = Field(
        description="|gap| / |at_input - at_baseline|; null where those are the same."
    )


class AttentionAnswer(Read):
    level: Level
    kind: Kind
    target: str | None = Field(
        description="What the decoder of an encoder-decoder model reads: its offsets count here."
    )
    tokens: list[TokenAnswer] = Field(description="The query side's tokens.")
    words: list[WordAnswer] = Field(description="The query side's words.")
    query_tokens: list[TokenAnswer] = Field(description="Rows at level token.")
    key_tokens: list[TokenAnswer] = Field(description="Columns at level token.")
    query_words: list[WordAnswer] = Field(description="Rows at level word.")
    key_words: list[WordAnswer] = Field(description="Columns at level word.")
    heads: list[HeadAnswer] = Field(description="By layer, then head, in the order asked for.")
    layers: list[LayerAnswer] | None = Field(
        None, description="For rollout and flow: one for each layer asked for."
    )
    output: ChosenAnswer | None = Field(
        None, description="For gradient_pattern and integrated_gradients: what they are about."
    )
    integrated_gradients: IntegratedAnswer | None = Field(
        None, description="Where asked for: one number a token."
    )


class ResidualAnswer(Answer):
    """Arithmetic in float64 minus the model's own float32."""

    score: float
    pattern: float
    z: float = Field(description="The largest absolute difference over d_head.")
    output: float | None = Field(
        description="All heads summed plus bias, against the block's output; null without W_o."
    )


class CellAnswer(Answer):
    """Why one query gives one key what it gives: every step, in float64."""

    model: str
    kind: Kind
    layer: int
    head: int
    query_pos: int
    key_pos: int
    query_token: TokenAnswer = Field(description="The token that looks.")
    key_token: TokenAnswer = Field(description="The token that is looked at.")
    q: Floats = Field(description="[d_head] of the query.")
    k: Floats = Field(description="[d_head] of the key.")
    products: Floats = Field(description="[d_head]: q_d * k_d.")
    dot: float = Field(description="Their sum.")
    scale: float = Field(description="What the dot product is multiplied by.")
    score: float = Field(description="dot * scale.")
    softcap: float | None = Field(description="The cap of the scores (Gemma 2), or null.")
    capped: float | None = Field(description="softcap * tanh(score / softcap); null without one.")
    bias: float | None = Field(description="Added to the score; null if the model has none.")
    masked: bool = Field(description="True if the query may not look there: pattern is 0.")
    logit: float | None = Field(description="capped (or score) + bias; null if masked.")
    row_max: float = Field(description="The largest logit of the row.")
    exp: float | None = Field(description="exp(logit - row_max); null if masked.")
    denominator: float = Field(description="Sum of exp over the row.")
    pattern: float = Field(description="exp / denominator, 0 to 1.")
    v: Floats = Field(description="[d_head] of the key.")
    weighted_v: Floats = Field(description="[d_head]: pattern * v.")
    z: Floats = Field(description="[d_head]: the sum of weighted v over the row.")
    contribution: Floats | None = Field(
        description="[d_model]: weighted_v through this head's part of W_o; null without W_o."
    )
    contribution_norm: float | None = Field(description="Its Euclidean length.")
    model_score: float = Field(description="The model's own score.")
    model_pattern: float = Field(description="The model's own pattern value.")
    residual: ResidualAnswer


class WalkAnswer(Read):
    """One head from x to the next block's x. Every tensor is the run's own."""

    kind: Kind
    layer: int
    head: int
    layers: Count = Field(description="Layers that may be walked.")
    heads: Count = Field(description="Heads in this layer.")
    query_pos: int | None = Field(description="The one query asked for; null: all of them.")
    tokens: list[TokenAnswer] = Field(description="Queries and keys, in order of position.")
    taught: list[TaughtAnswer] = Field(description="The model's taught heads.")
    scale: float = Field(description="What q.k is multiplied by.")
    normaliser: Literal["softmax", "relu"] = Field(
        description="How scores become shares; relu: max(score, 0), divided by its row's sum."
    )
    norm_epsilon: float = Field(description="What the norm adds to a variance before its root.")
    x: Matrix = Field(description="[pos][d_model]: what the block reads.")
    token: Matrix | None = Field(
        description="[pos][d_model]: the token's own vector. First block only, else null."
    )
    position: Matrix | None = Field(
        description="[pos][d_model]: the position's; x = token + position. Likewise."
    )
    norm_gain: Floats = Field(description="[d_model]: what the normed numbers are multiplied by.")
    norm_bias: Floats = Field(description="[d_model]: what is added to them then.")
    normed: Matrix = Field(
        description="[pos][d_model]: what the heads read, "
        "(x - mean) / sqrt(variance + norm_epsilon) * norm_gain + norm_bias of each position."
    )
    w_q: Matrix = Field(description="[d_model][d_head]: q = normed W_q.")
    w_k: Matrix = Field(description="[d_model][d_head]: k = normed W_k.")
    w_v: Matrix = Field(description="[d_model][d_head]: v = normed W_v.")
    q: Matrix = Field(description="[query_pos][d_head].")
    k: Matrix = Field(description="[key_pos][d_head].")
    v: Matrix = Field(description="[key_pos][d_head].")
    v_a: Floats | None = Field(
        description="[d_head]: of additive scores, v_a.tanh(q + k); null where scores are q.k."
    )
    dot: Matrix = Field(description="[query_pos][key_pos]: q.k (additive: the score itself).")
    scores: Matrix = Field(description="[query_pos][key_pos]: dot * scale, before the mask.")
    mask: list[list[bool]] | None = Field(
        description="[query_pos][key_pos]: true where the query may look; null: nothing is hidden."
    )
    pattern: Matrix = Field(
        description="[query_pos][key_pos], 0 to 1; each row sums to 1, 0 where hidden."
    )
    z: list[Matrix] = Field(description="[head][query_pos][d_head]: each head's pattern.v.")
    w_o: list[Matrix] = Field(description="[head][d_head][d_model].")
    b_o: Floats | None = Field(description="[d_model]: W_o's bias, or null.")
    output: Matrix = Field(
        description="[query_pos][d_model]: the heads' z side by side, times W_o, plus b_o."
    )
    residual: Matrix = Field(
        description="[query_pos][d_model]: what the block hands on, sum + feedforward(norm(sum)) "
        "where sum = x + output."
    )


class PlaceAnswer(Answer):
    text: str = Field(description="The characters.")
    tokens: list[int] = Field(description="Token positions.")
    words: list[int] = Field(description="Words they belong to.")
    occurrences: Count = Field(
        description="At how many places of the text what was named by its text stands: the first "
        "was taken."
    )


class HeadLinkAnswer(Answer):
    kind: Kind
    layer: int
    head: int
    weight: float = Field(description="Sum over the key's tokens, mean over the query's; 0 to 1.")
    rank: int = Field(description="1: no other word of that row gets more.")
    weight_without_special: float = Field(
        description="Share of what the row spends outside special tokens, 0 to 1."
    )
    percentile: float = Field(
        description="Share, 0 to 100, of this head's links at the same signed word distance "
        "that are weaker."
    )
    taught: Task | None = Field(description=TAUGHT)


class SearchAnswer(Read):
    query: PlaceAnswer = Field(
        description="What was found for the query, in the first head's kind."
    )
    key: PlaceAnswer = Field(description="What was found for the key.")
    found: bool = Field(description="Whether the best weight exceeds both chance and uniform.")
    message: str = Field(description="The same in words; says so when no head does.")
    chance: float | None = Field(
        description="Median, over pairs of different words of this text, of what the best head "
        "for that pair gives; null without such pairs."
    )
    uniform: float = Field(description="The weight if the query looked alike everywhere.")
    heads: list[HeadLinkAnswer] = Field(description="Every head, strongest first.")
