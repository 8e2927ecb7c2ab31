"""How good a small model is, on documents that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Seq
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer

from headlight.models.small.config import UPOS
from headlight.models.small.data.alignment import Range
from headlight.models.small.data.corpus import Document, each_sentence
from headlight.models.small.data.dataset import word_tokens
from headlight.models.small.evaluation.scoring import (
    Tally,
    antecedent_cases,
    context,
    parents_right,
    points_right,
    tags_right,
    tally,
    token_ranges,
)
from headlight.models.small.model import SmallModel, SmallRun
from headlight.models.small.tokenizer import CLS, SEP


class Examiner:
    """Reads parts of documents with one model, one part at a time as the product does."""

    def __init__(self, model: SmallModel, tokenizer: Tokenizer) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self._cut: dict[int, tuple[Document, np.ndarray, list[Range]]] = {}

    def counts(self, document: Document) -> list[int]:
        """How many tokens each word is made of."""
        _, ranges = self._tokens(document)
        return [end - first for first, end in ranges]

    def read(self, document: Document, start: int, end: int) -> SmallRun:
        """Words [start, end) of a document between [CLS] and [SEP]."""
        ids, ranges = self._tokens(document)
        read = ids[ranges[start][0] : ranges[end - 1][1]]
        with torch.inference_mode():
            run: SmallRun = self.model(torch.tensor([[CLS, *read.tolist(), SEP]]))
        return run

    def _tokens(self, document: Document) -> tuple[np.ndarray, list[Range]]:
        """Ids, and the range of each word: one after the other, since a document holds nothing
        but words and white space. The document is kept, so that its id stays its own."""
        if id(document) not in self._cut:
            self._cut[id(document)] = (document, *word_tokens(document, self.tokenizer))
        _, ids, ranges = self._cut[id(document)]
        return ids, ranges


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model got right on annotated sentences."""

    tags: Tally
    parents: Tally


def read_sentences(examiner: Examiner, documents: Iterable[Document]) -> Reading:
    """Parts of speech and parents, sentence by sentence; a longer one than the model reads is
    left out."""
    tags, parents = Tally(), Tally()
    config = examiner.model.config
    for document, start, end in each_sentence(documents):
        counts = examiner.counts(document)[start:end]
        if not sum(counts) or sum(counts) + 2 > config.max_tokens:
            continue
        run = examiner.read(document, start, end)
        words, ranges = document.words[start:end], token_ranges(counts)
        predicted = [UPOS[tag] for tag in run.tags[0].argmax(-1).tolist()]
        tags += tags_right(words, ranges, predicted)
        if config.parent_head is not None:
            layer, head = config.parent_head
            pattern = run.blocks[layer].pattern[0, head]
            parents += parents_right(words, ranges, pattern, start)
    return Reading(tags, parents)


def next_word(examiner: Examiner, documents: Iterable[Document]) -> Tally:
    """What attaching every word to the one after it gets right; the last is attached to itself."""
    found = Tally()
    for document, start, end in each_sentence(documents):
        if 0 < sum(examiner.counts(document)[start:end]) <= examiner.model.config.max_tokens - 2:
            heads = [document.words[at].head for at in range(start, end)]
            guesses = [*range(start + 1, end), end - 1]
            asked = [(h, g) for h, g in zip(heads, guesses, strict=True) if h is not None]
            found += tally(head == guess for head, guess in asked)
    return found


def point_back(examiner: Examiner, documents: Seq[Document]) -> Tally:
    """Pronouns whose strongest token, itself aside, lies in a mention of the right entity."""
    place = examiner.model.config.antecedent_head
    assert place is not None, "this model has no head that was taught antecedents"
    layer, head = place
    found = Tally()
    for document in documents:
        for case in antecedent_cases(document, examiner.counts):
            counts = examiner.counts(document)
            start, end = context(case, counts)
            run = examiner.read(document, start, end)
            row_of = token_ranges(counts[start:end])
            row = run.blocks[layer].pattern[0, head, row_of[case.pronoun - start][0]]
            found += Tally(int(points_right(case, row, row_of, start)), 1)
    return found
