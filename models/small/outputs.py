"""What the small model says of a text: tags, parents, antecedents, and what fills a gap."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from headlight.models.core.outputs import CANDIDATES, Candidate, Fill, Outputs, Pointer, Tag
from headlight.models.core.trace import Sequence
from headlight.models.small.config import PRONOUNS, UPOS
from headlight.models.small.model import SmallModel, SmallRun
from headlight.models.small.tokenizer import MASK, SPECIAL


def outputs_of(
    model: SmallModel,
    run: SmallRun,
    ids: Int[Tensor, " pos"],
    sequence: Sequence,
    piece: Callable[[int], str],
) -> Outputs:
    """Read off one run of a single text: `sequence` are the words that its tokens make, and
    `piece` names an entry of the vocabulary."""
    config = model.config
    words = [index for index, word in enumerate(sequence.words) if not word.special]
    firsts = [sequence.words[index].tokens[0] for index in words]
    parents: tuple[Pointer, ...] = ()
    antecedents: tuple[Pointer, ...] = ()
    if config.parent_head is not None:
        layer, head = config.parent_head
        parents = _parents(run.blocks[layer].pattern[0, head], words, firsts)
    if config.antecedent_head is not None:
        layer, head = config.antecedent_head
        antecedents = _antecedents(run.blocks[layer].pattern[0, head], words, sequence)
    return Outputs(
        tags=_tags(run.tags[0].softmax(-1), words, firsts),
        parents=parents,
        antecedents=antecedents,
        fills=_fills(model, run, ids, piece),
    )


def _tags(shares: Float[Tensor, "pos tag"], words: list[int], firsts: list[int]) -> tuple[Tag, ...]:
    """The tag of a word is that of its first token, as it was trained."""
    values, best = shares[firsts].max(-1)
    return tuple(
        Tag(word, UPOS[tag], value)
        for word, tag, value in zip(words, best.tolist(), values.tolist(), strict=True)
    )


def _parents(
    pattern: Float[Tensor, "query_pos key_pos"], words: list[int], firsts: list[int]
) -> tuple[Pointer, ...]:
    """From each word's first token to the first token that gets most, its own included."""
    values, best = pattern[firsts][:, firsts].max(-1)
    return tuple(
        Pointer(word, words[to], value)
        for word, to, value in zip(words, best.tolist(), values.tolist(), strict=True)
    )


def _antecedents(
    pattern: Float[Tensor, "query_pos key_pos"], words: list[int], sequence: Sequence
) -> tuple[Pointer, ...]:
    """From each third-person pronoun to the word of the token that gets most, itself aside."""
    found = []
    for index in words:
        word = sequence.words[index]
        others = [other for other in words if other != index]
        if word.text.lower() not in PRONOUNS or not others:
            continue
        row = pattern[word.tokens[0]]
        best = max(others, key=lambda other: float(row[list(sequence.words[other].tokens)].max()))
        found.append(Pointer(index, best, float(row[list(sequence.words[best].tokens)].sum())))
    return tuple(found)


def _fills(
    model: SmallModel, run: SmallRun, ids: Int[Tensor, " pos"], piece: Callable[[int], str]
) -> tuple[Fill, ...]:
    gaps = (ids == MASK).nonzero().flatten()
    shares = torch.softmax(model.in_gaps(run.hidden[0, gaps]), dim=-1)
    shares[:, : len(SPECIAL)] = 0.0  # no control token ever stood in a gap
    values, best = shares.topk(CANDIDATES, dim=-1)
    return tuple(
        Fill(position, tuple(Candidate(piece(i), v) for i, v in zip(row, shown, strict=True)))
        for position, row, shown in zip(gaps.tolist(), best.tolist(), values.tolist(), strict=True)
    )
