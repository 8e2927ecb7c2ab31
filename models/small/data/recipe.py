"""What the shipped model is trained on: which corpus, how much of it, from when to when.

Text that people wrote comes first, and short sentences of our own only in the last steps: mixed in
from the beginning they made the model worse at everything else (antecedents of GUM 0.697 instead
of 0.716, with a share of 0.08 to 0.12 in 20,000 steps).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from headlight.models.small.data.composition import compose
from headlight.models.small.data.corpus import (
    Document,
    read_conllu,
    read_litbank,
    read_novels,
    read_pairs,
)
from headlight.models.small.data.dataset import (
    Reading,
    Source,
    read_document,
    read_plain,
    read_sentences,
)
from headlight.models.small.tokenizer import train_tokenizer

ALPHABET = 3000  # single characters that the tokenizer keeps, most of them Chinese
CHARACTERS_PER_NOVEL = 150_000  # so that no author speaks louder than the others
SYNTHETIC = 3000  # documents of six short sentences each, of our own
SYNTHETIC_SHARE = 0.12  # of what the last steps read
GSD_HELD_OUT = 100  # the last sentences of GSDSimp's dev part measure; the others train


@dataclass(frozen=True, slots=True)
class Corpora:
    """Everything that is read for training. What is measured on is not among it."""

    gum: list[Document]
    ewt: list[Document]
    litbank: list[Document]
    pud_en: list[Document]
    chinese: list[Document]
    novels: list[str]
    pairs: list[tuple[str, str]]
    synthetic: list[Document]

    @classmethod
    def read(cls, folder: Path) -> Corpora:
        """Raises CorpusError, which says what is missing and where it comes from."""
        return cls(
            gum=read_conllu(folder / "gum-train.conllu"),
            ewt=read_conllu(folder / "ewt-train.conllu"),
            litbank=read_litbank(folder / "litbank-coref"),
            pud_en=read_conllu(folder / "pud-en.conllu"),
            chinese=[
                *read_conllu(folder / "pud-zh.conllu"),
                *read_conllu(folder / "gsdsimp-dev.conllu")[:-GSD_HELD_OUT],
            ],
            novels=[text[:CHARACTERS_PER_NOVEL] for text in read_novels(folder / "novels")],
            pairs=read_pairs(folder / "tatoeba-en-zh.tsv"),
            synthetic=list(compose(SYNTHETIC)),
        )

    def texts(self) -> Iterator[str]:
        """What people wrote, for the tokenizer to learn pieces from; Chinese counts more than
        once, or its characters would drown in English."""
        for documents in (self.gum, self.ewt, self.litbank, self.pud_en):
            yield from (document.text for document in documents)
        for document in self.chinese:
            yield from [document.text] * 2
        yield from self.novels
        for english, chinese in self.pairs:
            yield english
            yield chinese

    def tokenizer(self, vocabulary: int) -> Tokenizer:
        return train_tokenizer(self.texts(), vocabulary, ALPHABET)

    def annotated(self, tokenizer: Tokenizer) -> list[Source]:
        """What is annotated, its share growing towards the end."""

        def readings(documents: list[Document]) -> tuple[Reading, ...]:
            return tuple(read_document(document, tokenizer) for document in documents)

        return [
            Source("GUM", readings(self.gum), 0.25, 0.33),
            Source("EWT", readings(self.ewt), 0.26, 0.31),
            Source("LitBank", readings(self.litbank), 0.13, 0.16),
            Source("PUD, English", readings(self.pud_en), 0.03, 0.04),
            Source("PUD and GSDSimp, Chinese", readings(self.chinese), 0.07, 0.08),
        ]

    def fine_tuning(self, tokenizer: Tokenizer) -> list[Source]:
        """What the last steps read: all that there was, as much of each as in the end, and short
        sentences of our own, which ask for the antecedent among two or three candidates."""
        readings = tuple(read_document(document, tokenizer) for document in self.synthetic)
        share = SYNTHETIC_SHARE / (1 - SYNTHETIC_SHARE)
        return [
            *self.annotated(tokenizer),
            *self.plain(tokenizer),
            Source("short sentences of our own", readings, share, share),
        ]

    def plain(self, tokenizer: Tokenizer) -> list[Source]:
        """Text alone, which leads at the beginning."""
        english, chinese = zip(*self.pairs, strict=True)
        return [
            Source("novels", tuple(read_plain(t, tokenizer) for t in self.novels), 0.17, 0.05),
            Source("Tatoeba, English", (read_sentences(english, tokenizer),), 0.04, 0.01),
            Source("Tatoeba, Chinese", (read_sentences(chinese, tokenizer),), 0.06, 0.02),
        ]
