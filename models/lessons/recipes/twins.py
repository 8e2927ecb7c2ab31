"""How the twins are made: one tokenizer, one order of batches, one choice changed in each.

As for `small`, products are computed in bfloat16 where the machine multiplies in it: a seed gives
the same figures again on such a machine, and others, a little off, on one that does not.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import get_args

import torch
from tokenizers import Tokenizer
from torch import nn

from headlight.models.lessons.card import Card, Figure
from headlight.models.lessons.recipes.recipe import Progress, Recipe
from headlight.models.lessons.scale import evenness
from headlight.models.lessons.training import half_precision, save_weights
from headlight.models.lessons.twins import BASE, CONFIGS, TOKENIZER, TwinName
from headlight.models.small.data.corpus import (
    SOURCES,
    Document,
    each_sentence,
    read_conllu,
    read_pairs,
)
from headlight.models.small.data.dataset import SHORT, Batches, Source, read_document
from headlight.models.small.data.dataset import read_sentences as read_plain_sentences
from headlight.models.small.data.recipe import GSD_HELD_OUT
from headlight.models.small.evaluation.examiner import Examiner, read_sentences
from headlight.models.small.loading import SmallLoaded
from headlight.models.small.model import SmallModel
from headlight.models.small.tokenizer import train_tokenizer
from headlight.models.small.training.trainer import Settings, Training
from headlight.models.text.chinese import simplified

SETTINGS = Settings(steps=3000, tokens=1280, warmup=200, seed=0)
LENGTHS = {SHORT: 0.5, 128: 0.5}
ALPHABET = 1400
"""Single characters that the tokenizer keeps, about 1,300 of them Chinese."""
MEASURED = 200
"""Sentences of which the patterns are measured."""


@dataclass(frozen=True, slots=True)
class Corpora:
    """What the twins are trained on: documents, annotated, and Chinese sentences, which are not.
    Chinese is in simplified characters."""

    ewt: list[Document]
    gum: list[Document]
    chinese: list[Document]
    sentences: list[str]

    @classmethod
    def read(cls, folder: Path) -> Corpora:
        """Raises CorpusError, which says what is missing."""
        chinese = [
            *read_conllu(folder / "pud-zh.conllu"),
            *read_conllu(folder / "gsdsimp-dev.conllu")[:-GSD_HELD_OUT],
        ]
        return cls(
            read_conllu(folder / "ewt-train.conllu"),
            read_conllu(folder / "gum-train.conllu"),
            [replace(each, text=simplified(each.text)) for each in chinese],
            [simplified(each) for _, each in read_pairs(folder / "tatoeba-en-zh.tsv")],
        )

    def tokenizer(self) -> Tokenizer:
        documents = (*self.ewt, *self.gum, *self.chinese)
        texts = [*(each.text for each in documents), *self.sentences]
        return train_tokenizer(texts, BASE.vocabulary, ALPHABET)

    def batches(self, tokenizer: Tokenizer, settings: Settings) -> Batches:
        def source(name: str, documents: list[Document], share: float) -> Source:
            readings = (read_document(each, tokenizer) for each in documents)
            return Source(name, tuple(readings), share, share)

        plain = read_plain_sentences(self.sentences, tokenizer)
        return Batches(
            [
                source("EWT", self.ewt, 0.45),
                source("GUM", self.gum, 0.3),
                source("PUD and GSDSimp, Chinese", self.chinese, 0.17),
                Source("Tatoeba, Chinese", (plain,), 0.08, 0.08),
            ],
            tokens=settings.tokens,
            steps=settings.steps,
            seed=settings.seed,
            vocabulary=BASE.vocabulary,
            lengths=LENGTHS,
        )


def train_twin(name: TwinName, batches: Batches, settings: Settings) -> tuple[SmallModel, float]:
    """A twin as it comes out of its file, and the CPU seconds that it took."""
    begun = time.process_time()
    with torch.random.fork_rng(devices=[]):
        training = Training(CONFIGS[name], settings, batches, folder=None)
        for _ in training.run():
            pass
    return half_precision(training.model), time.process_time() - begun


def untrained(name: TwinName, seed: int) -> SmallModel:
    """The twin before its first step."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return SmallModel(CONFIGS[name])


def pattern_measures(model: SmallModel, tokenizer: Tokenizer, texts: list[str]) -> dict[str, float]:
    """What its patterns are like, by layer: means over all rows that see two keys or more.

    entropy        as a share of log(keys): 0 one key has all, 1 all alike
    zeros          share of the keys that a query may see and gives nothing
    antisymmetric  size of (S - S^T) / 2 beside that of the scores S, on 0..1
    """
    loaded = SmallLoaded("twin", model, tokenizer)
    found: dict[str, list[float]] = {}
    for text in texts:
        for site in loaded.run(text).sites:
            pattern = site.pattern(slice(None)).double()
            seen = torch.ones_like(pattern, dtype=torch.bool) if site.mask is None else site.mask
            seen = seen.expand_as(pattern)
            counts = seen.sum(-1)
            zeros = ((pattern == 0) & seen).sum(-1) / counts
            scores = site.scores(slice(None)).double()
            odd = (scores - scores.mT) / 2
            for measure, value in (
                ("entropy", evenness(pattern.flatten(0, 1), seen.flatten(0, 1))),
                ("zeros", zeros[counts > 1].double().mean()),
                ("antisymmetric", (odd.norm(dim=(1, 2)) / scores.norm(dim=(1, 2))).mean()),
            ):
                found.setdefault(f"{measure}.{site.layer}", []).append(float(value))
    return {name: sum(values) / len(values) for name, values in found.items()}


def measures(
    name: TwinName, model: SmallModel, tokenizer: Tokenizer, dev: list[Document], seed: int
) -> dict[str, float]:
    """Shares of words whose tag, and whose parent, is right, and what the patterns are like, at
    the start too."""
    reading = read_sentences(Examiner(model, tokenizer), dev)
    sentences = islice(each_sentence(dev), MEASURED)
    texts = [d.text[d.words[start].start : d.words[end - 1].end] for d, start, end in sentences]
    start = pattern_measures(untrained(name, seed), tokenizer, texts)
    return {
        "tags": reading.tags.share,
        "parents": reading.parents.share,
        **pattern_measures(model, tokenizer, texts),
        **{f"start.{measure}": value for measure, value in start.items()},
    }


def make(out: Path, seeds: int, corpus: Path | None) -> Iterator[Progress]:
    if corpus is None:
        raise ValueError("the twins are made of corpora; say in which folder those are")
    corpora = Corpora.read(corpus)
    tokenizer = corpora.tokenizer()
    tokenizer.save(str(out / TOKENIZER.name))
    dev = read_conllu(corpus / "ewt-dev.conllu")
    chosen = [replace(SETTINGS, seed=seed) for seed in range(seeds)]
    orders = [corpora.batches(tokenizer, settings) for settings in chosen]
    shipped: dict[str, nn.Module] = {}
    figures: list[Figure] = []
    seconds = 0.0
    for name in get_args(TwinName):
        found, spent = [], []
        for settings, batches in zip(chosen, orders, strict=True):
            model, each = train_twin(name, batches, settings)
            spent.append(each)
            shipped.setdefault(name, model)
            found.append(measures(name, model, tokenizer, dev, settings.seed))
        seconds += sum(spent)
        figures += [Figure.of(name, key, (each[key] for each in found)) for key in found[0]]
        figures.append(Figure.of(name, "seconds", spent))
        yield name, seconds
    save_weights(shipped, out / "twins.safetensors")
    Card("twins", "CC BY-SA 4.0", DATA, {"all": SETTINGS}, round(seconds, 1), tuple(figures)).write(
        out
    )


DATA = {
    "ewt": {
        "title": "UD English EWT: trained on its train part, asked on dev",
        "source": SOURCES["ewt"],
        "licence": "CC BY-SA 4.0",
    },
    "gum": {
        "title": "GUM, train, genres that may be used freely",
        "source": SOURCES["gum"],
        "licence": "annotations CC BY 4.0; texts CC BY, CC BY-SA or public domain, by genre",
    },
    "pud-zh": {
        "title": "UD Chinese PUD",
        "source": SOURCES["pud-zh"],
        "licence": "CC BY-SA 3.0",
    },
    "tatoeba": {
        "title": "Tatoeba, Chinese sentences, for masked words alone",
        "source": SOURCES["tatoeba"],
        "licence": "CC BY 2.0 FR",
    },
    "gsdsimp": {
        "title": "UD Chinese GSDSimp, dev without its last 100 sentences",
        "source": SOURCES["gsdsimp"],
        "licence": "CC BY-SA 4.0",
    },
}

TWINS = Recipe(make, seeds=1)
