"""How the word vectors and the taggers that read them are made, of English corpora."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import get_args

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from headlight.models.lessons.card import Card, Figure
from headlight.models.lessons.recipes.recipe import Progress, Recipe
from headlight.models.lessons.taggers import BUILD, TAGS, Frequent, TaggerName, Window
from headlight.models.lessons.training import Settings, half_precision, save_weights, train
from headlight.models.lessons.words import KINDS, Lexicon, WordVectors, write_lexicon
from headlight.models.small.data.corpus import SOURCES, each_sentence, read_conllu

WORDS = 1500
"""Of a batch, about: whole sentences."""
UNKNOWN_SHARE = 0.1
"""Share of words whose own row is hidden in training, so that ends and shapes are learned."""
TRAIN, DEV = ("ewt-train", "gum-train"), ("ewt-dev", "gum-dev")

VECTORS = Settings(steps=900, rate=3e-3, decay=0.01, optimizer="adamw", clip=1.0, schedule="cosine")
SETTINGS: Mapping[TaggerName, Settings] = {
    name: replace(VECTORS, steps=1800) if name.startswith("attention") else VECTORS
    for name in BUILD
}
"""About four times through the corpora; attention takes eight to find its neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """Words of many sentences, one after another.

    rows    [word, part], of the lexicon
    tags    [word], places in TAGS
    starts  [sentence + 1], where each begins; the last is the count of all words
    """

    words: tuple[str, ...]
    rows: Int[Tensor, "word part"]
    tags: Int[Tensor, " word"]
    starts: Int[Tensor, " bound"]

    def __len__(self) -> int:
        return len(self.starts) - 1


def read_sentences(corpus: Path, names: tuple[str, ...]) -> list[list[tuple[str, str]]]:
    """Each sentence as words and tags."""
    return [
        [(word.text, word.tag or "X") for word in document.words[start:end]]
        for name in names
        for document, start, end in each_sentence(read_conllu(corpus / f"{name}.conllu"))
    ]


def encode(sentences: list[list[tuple[str, str]]], lexicon: Lexicon) -> Sentences:
    pairs = [pair for sentence in sentences for pair in sentence]
    lengths = torch.tensor([0, *(len(sentence) for sentence in sentences)])
    places = {tag: place for place, tag in enumerate(TAGS)}
    return Sentences(
        tuple(word for word, _ in pairs),
        torch.tensor([lexicon.rows(word) for word, _ in pairs]),
        torch.tensor([places[tag] for _, tag in pairs]),
        lengths.cumsum(0),
    )


def sentence_batches(sentences: Sentences) -> Iterator[Int[Tensor, " sentence"]]:
    """Sentences of about WORDS words together, in an order that torch's generator draws: all of
    them, then all of them again."""
    lengths = sentences.starts.diff()
    while True:
        order = torch.randperm(len(sentences))
        # Sentences of about one length stand together: little of a batch is empty.
        for block in order.split(1000):
            block = block[lengths[block].argsort(stable=True)]
            ends = lengths[block].cumsum(0) // WORDS
            groups = [block[ends == number] for number in range(int(ends[-1]) + 1)]
            for place in torch.randperm(len(groups)).tolist():
                if len(groups[place]):
                    yield groups[place]


def pad(
    sentences: Sentences, chosen: Int[Tensor, " sentence"]
) -> tuple[Int[Tensor, "sentence word"], Bool[Tensor, "sentence word"]]:
    """Where each word of those sentences stands among all, and which are there."""
    starts, lengths = sentences.starts[chosen], sentences.starts.diff()[chosen]
    steps = torch.arange(int(lengths.max()))
    present = steps < lengths[:, None]
    return (starts[:, None] + steps) * present, present


class WordModel(nn.Module):
    """Word vectors that are learned with a tagger that reads them."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.vectors = WordVectors(rows)
        self.tagger = Window(1)


def hide_words(rows: Int[Tensor, "*batch part"]) -> Int[Tensor, "*batch part"]:
    """The same with the word's own row hidden, for some of the words."""
    some = torch.rand(rows.shape[:-1]) < UNKNOWN_SHARE
    return torch.cat([rows[..., :1].masked_fill(some[..., None], 0), rows[..., 1:]], -1)


def train_vectors(sentences: Sentences, rows: int, settings: Settings) -> tuple[WordVectors, float]:
    order = sentence_batches(sentences)

    def loss(model: WordModel, _: int) -> Float[Tensor, ""]:
        at, present = pad(sentences, next(order))
        logits = model.tagger(model.vectors(hide_words(sentences.rows[at])), present)
        return nn.functional.cross_entropy(logits[present], sentences.tags[at][present])

    model, seconds = train(partial(WordModel, rows), loss, settings)
    return half_precision(model.vectors), seconds


def train_tagger(
    name: TaggerName,
    sentences: Sentences,
    x: Float[Tensor, "word d_word"],
    x_unknown: Float[Tensor, "word d_word"],
    settings: Settings,
) -> tuple[nn.Module, float]:
    """A tagger of vectors that stay as they are: `x`, or `x_unknown` where a word's own row is
    hidden."""
    order = sentence_batches(sentences)

    def loss(model: nn.Module, _: int) -> Float[Tensor, ""]:
        at, present = pad(sentences, next(order))
        some = torch.rand(at.shape) < UNKNOWN_SHARE
        logits = model(torch.where(some[..., None], x_unknown[at], x[at]), present)
        return nn.functional.cross_entropy(logits[present], sentences.tags[at][present])

    model, seconds = train(BUILD[name], loss, settings)
    return half_precision(model), seconds


def tags_of(model: nn.Module, sentences: Sentences, vectors: WordVectors) -> Int[Tensor, " word"]:
    """What a tagger says of every word."""
    found = torch.zeros_like(sentences.tags)
    with torch.inference_mode():
        for chosen in torch.arange(len(sentences)).split(64):
            at, present = pad(sentences, chosen)
            logits = model(vectors(sentences.rows[at]), present)
            found[at[present]] = logits[present].argmax(-1)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class DevSet:
    """Sentences that were kept from training, and what is hard in them.

    ambiguous  [word], True for a form that training knows with a second tag, a tenth of the time
    pairs      places of one form that stands in one sentence with two tags, a list for each
    """

    sentences: Sentences
    ambiguous: Bool[Tensor, " word"]
    pairs: tuple[Int[Tensor, " place"], ...]


def dev_set(sentences: Sentences, known: Mapping[str, Counter[int]]) -> DevSet:
    ambiguous = [_second(known.get(word.lower(), Counter())) >= 0.1 for word in sentences.words]
    pairs = []
    for start, end in pairwise(sentences.starts.tolist()):
        places = defaultdict(list)
        for place in range(start, end):
            places[sentences.words[place]].append(place)
        for each in places.values():
            if len(set(sentences.tags[each].tolist())) > 1:
                pairs.append(torch.tensor(each))
    return DevSet(sentences, torch.tensor(ambiguous), tuple(pairs))


def _second(tags: Counter[int]) -> float:
    """Share of the second most frequent tag."""
    both = tags.most_common(2)
    return both[1][1] / tags.total() if len(both) > 1 else 0.0


def measures(found: Int[Tensor, " word"], dev: DevSet) -> dict[str, float]:
    """accuracy of all words and of really ambiguous ones; pairs: share of the forms with two tags
    in one sentence that are right everywhere in it."""
    right = found == dev.sentences.tags
    return {
        "accuracy": float(right.double().mean()),
        "ambiguous": float(right[dev.ambiguous].double().mean()),
        "pairs": sum(bool(right[each].all()) for each in dev.pairs) / len(dev.pairs),
    }


def tag_counts(sentences: Sentences) -> dict[str, Counter[int]]:
    """How often each form, in lower case, has each tag."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for word, tag in zip(sentences.words, sentences.tags.tolist(), strict=True):
        counts[word.lower()][tag] += 1
    return counts


def frequent_tags(sentences: Sentences, rows: int) -> Int[Tensor, " row"]:
    """The most frequent tag of the words that have each row of the lexicon."""
    counts = torch.zeros(rows, len(TAGS), dtype=torch.long)
    for part in range(len(KINDS)):
        counts.index_put_(
            (sentences.rows[:, part], sentences.tags), torch.tensor(1), accumulate=True
        )
    return counts.argmax(-1)


def make(out: Path, seeds: int, corpus: Path | None) -> Iterator[Progress]:
    if corpus is None:
        raise ValueError("the taggers are made of corpora; say in which folder those are")
    train_part = read_sentences(corpus, TRAIN)
    lexicon = Lexicon.of(word for sentence in train_part for word, _ in sentence)
    known = encode(train_part, lexicon)
    counts = tag_counts(known)
    parts = {
        name: dev_set(encode(read_sentences(corpus, (name,)), lexicon), counts) for name in DEV
    }
    vectors, seconds = train_vectors(known, len(lexicon), VECTORS)
    yield "words", seconds
    frequent = Frequent(len(lexicon))
    frequent.tags.copy_(frequent_tags(known, len(lexicon)))
    shipped: dict[str, nn.Module] = {"words": vectors, "frequent": frequent}
    figures = _figures(
        "frequent", [{n: frequent(p.sentences.rows) for n, p in parts.items()}], parts
    )
    with torch.no_grad():
        x = vectors(known.rows)
        x_unknown = vectors(known.rows.index_fill(1, torch.tensor([0]), 0))
    for name in get_args(TaggerName):
        found = []
        for seed in range(seeds):
            chosen = replace(SETTINGS[name], seed=seed)
            model, spent = train_tagger(name, known, x, x_unknown, chosen)
            seconds += spent
            shipped.setdefault(name, model)
            found.append({n: tags_of(model, p.sentences, vectors) for n, p in parts.items()})
        figures += _figures(name, found, parts)
        yield name, seconds
    write_lexicon(lexicon, out)
    save_weights(shipped, out / "taggers.safetensors")
    settings = {"words": VECTORS, **{str(name): each for name, each in SETTINGS.items()}}
    Card("taggers", "CC BY-SA 4.0", DATA, settings, round(seconds, 1), tuple(figures)).write(out)


def _figures(
    name: str, found: list[dict[str, Int[Tensor, " word"]]], parts: Mapping[str, DevSet]
) -> list[Figure]:
    """For each part that was asked, each measure over the seeds."""
    measured = [{part: measures(tags[part], parts[part]) for part in parts} for tags in found]
    return [
        Figure.of(name, f"{part}.{measure}", (each[part][measure] for each in measured))
        for part in parts
        for measure in ("accuracy", "ambiguous", "pairs")
    ]


DATA = {
    "ewt": {
        "title": "UD English EWT: trained on its train part, asked on dev",
        "source": SOURCES["ewt"],
        "licence": "CC BY-SA 4.0",
    },
    "gum": {
        "title": "GUM, genres that may be used freely: trained on train, asked on dev",
        "source": SOURCES["gum"],
        "licence": "annotations CC BY 4.0; texts CC BY, CC BY-SA or public domain, by genre",
    },
}

TAGGERS = Recipe(make, seeds=3)
