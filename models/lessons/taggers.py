"""Taggers side by side: what a word needs to see of its sentence to be told apart.

    token       tag_i = MLP(x_i)                             the word alone
    window n    tag_i = MLP([x_{i-n}; ...; x_{i+n}])         0 beyond the ends
    RNN, GRU, LSTM, left to right or both ways               torch's own
    attention   two layers over x_i (+ 5 p_i: sines of the position, Vaswani et al. 2017)

All read the same word vectors, and give each word one of 17 universal parts of speech.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from headlight.models.lessons.training import WEIGHTS, load_weights
from headlight.models.lessons.transformer import TransformerLayer
from headlight.models.lessons.words import D_WORD, KINDS, read_lexicon

TaggerName = Literal[
    "token",
    "window_1",
    "window_2",
    "window_4",
    "rnn",
    "gru",
    "lstm",
    "rnn_both",
    "gru_both",
    "lstm_both",
    "attention",
    "attention_positions",
]

TAGS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON"),
    *("PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)
HIDDEN, HEADS, LAYERS = 128, 4, 2
LOUD = 5.0
"""What the sines of a position are multiplied by: at their own size little is learned of them."""

Vectors = Float[Tensor, "batch word d_word"]
Logits = Float[Tensor, "batch word tag"]
Present = Bool[Tensor, "batch word"]
"""True where there is a word; sentences of a batch are as long as the longest."""


class Frequent(nn.Module):
    """The tag that a word had most often in training; of a word never seen, what its last three
    letters had, or its shape. Reads the rows of the lexicon, not the vectors."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.tags: Tensor
        self.register_buffer("tags", torch.zeros(rows))

    def forward(self, rows: Int[Tensor, "*batch part"]) -> Int[Tensor, "*batch"]:
        word, last, shape = (rows[..., KINDS.index(kind)] for kind in ("word", "last 3", "shape"))
        least = len(KINDS)  # rows before it are of what was never seen
        row = torch.where(word >= least, word, torch.where(last >= least, last, shape))
        return self.tags[row].long()


class Window(nn.Module):
    """Reads a word and so many to either side of it; 0 of them is the word alone."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.hidden = nn.Linear(D_WORD * (2 * width + 1), HIDDEN)
        self.tags = nn.Linear(HIDDEN, len(TAGS))

    def forward(self, x: Vectors, present: Present) -> Logits:
        x = x * present[..., None]
        wide = nn.functional.pad(x, (0, 0, self.width, self.width))
        beside = torch.cat([wide[:, n : n + x.shape[1]] for n in range(2 * self.width + 1)], -1)
        logits: Tensor = self.tags(self.hidden(beside).relu())
        return logits


class Recurrent(nn.Module):
    """Reads from left to right, or both ways."""

    def __init__(self, cell: type[nn.RNN | nn.GRU | nn.LSTM], both: bool) -> None:
        super().__init__()
        self.cell = cell(D_WORD, D_WORD, batch_first=True, bidirectional=both)
        self.tags = nn.Linear(D_WORD * (1 + both), len(TAGS))

    def forward(self, x: Vectors, present: Present) -> Logits:
        lengths = present.sum(-1)
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.cell(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        logits: Tensor = self.tags(states)
        return logits


class Attention(nn.Module):
    """Two layers of a Transformer, norm first."""

    def __init__(self, positions: bool) -> None:
        super().__init__()
        self.positions = positions
        self.layers = nn.ModuleList(TransformerLayer(D_WORD, HEADS, HIDDEN) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(D_WORD)
        self.tags = nn.Linear(D_WORD, len(TAGS))

    def forward(self, x: Vectors, present: Present) -> Logits:
        if self.positions:
            x = x + LOUD * sines(x.shape[1], D_WORD)
        mask = present[:, None, None].expand(-1, 1, x.shape[1], -1)
        for layer in self.layers:
            x, *_ = layer(x, mask)
        logits: Tensor = self.tags(self.norm(x))
        return logits


def sines(count: int, d: int) -> Float[Tensor, "word d_word"]:
    """p[i, 2m] = sin(i / 10000^(2m / d)), p[i, 2m + 1] its cosine (Vaswani et al. 2017)."""
    rates = 10_000 ** (-torch.arange(0, d, 2) / d)
    angles = torch.arange(count)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


BUILD: Mapping[TaggerName, Callable[[], nn.Module]] = {
    "token": partial(Window, 0),
    "window_1": partial(Window, 1),
    "window_2": partial(Window, 2),
    "window_4": partial(Window, 4),
    "rnn": partial(Recurrent, nn.RNN, False),
    "gru": partial(Recurrent, nn.GRU, False),
    "lstm": partial(Recurrent, nn.LSTM, False),
    "rnn_both": partial(Recurrent, nn.RNN, True),
    "gru_both": partial(Recurrent, nn.GRU, True),
    "lstm_both": partial(Recurrent, nn.LSTM, True),
    "attention": partial(Attention, False),
    "attention_positions": partial(Attention, True),
}


@cache
def load_tagger(name: TaggerName) -> nn.Module:
    return load_weights(BUILD[name](), WEIGHTS / "taggers.safetensors", name)


@cache
def load_frequent() -> Frequent:
    return load_weights(Frequent(len(read_lexicon())), WEIGHTS / "taggers.safetensors", "frequent")


def parameters(name: TaggerName) -> int:
    """Numbers that it has learned, word vectors apart."""
    return sum(each.numel() for each in BUILD[name]().parameters())


def shares(tagger: nn.Module, x: Float[Tensor, "word d_word"]) -> Float[Tensor, "word tag"]:
    """What a tagger gives each tag, for the words of one sentence."""
    with torch.inference_mode():
        present = torch.ones(1, len(x), dtype=torch.bool)
        logits: Tensor = tagger(x[None], present)[0]
        return logits.double().softmax(-1)
