"""From corpora to a shipped model: tokenizer, training, weights, figures, card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from headlight.models.core.model import LoadedModel
from headlight.models.small.config import SmallConfig
from headlight.models.small.data.corpus import Document, read_conllu
from headlight.models.small.data.dataset import Batches
from headlight.models.small.data.recipe import GSD_HELD_OUT, Corpora
from headlight.models.small.evaluation.baselines import best_head, first_noun, nearest_noun
from headlight.models.small.evaluation.card import (
    Figure,
    card_of,
    figures_table,
    read_other_seed,
    write_card,
)
from headlight.models.small.evaluation.choice import (
    DEV_SET,
    TEST_SET,
    choices_of_heads,
    first_candidate,
    nearest_candidate,
    read_choices,
)
from headlight.models.small.evaluation.examiner import (
    Examiner,
    next_word,
    point_back,
    read_sentences,
)
from headlight.models.small.evaluation.scoring import antecedent_cases
from headlight.models.small.evaluation.tables import Tables
from headlight.models.small.loading import TOKENIZER, SmallLoaded, save_folder
from headlight.models.small.model import SmallModel
from headlight.models.small.training.trainer import Progress, Settings, Training

TAGGER_STEPS = 2000
STEPS_PER_FINE_TUNING_STEP = 8  # one step with short sentences of our own for so many without


def make(
    corpus: Path,
    out: Path,
    settings: Settings,
    rival: LoadedModel,
    config: SmallConfig | None = None,
    others: Iterable[Path] = (),
) -> Iterator[Progress]:
    """Trains what is not trained yet, and leaves a folder that can be served and shipped.

    `rival` is the model whose best head stands beside the taught one in the card, `others` are
    folders of the same recipe with other seeds. Raises ValueError for one that has no card.
    """
    seeds = [read_other_seed(folder) for folder in others]
    config = config or SmallConfig()
    corpora = Corpora.read(corpus)
    tokenizer = _tokenizer(corpora, out, config)
    training = Training(
        config,
        settings,
        Batches(
            [*corpora.annotated(tokenizer), *corpora.plain(tokenizer)],
            tokens=settings.tokens,
            steps=settings.steps,
            seed=settings.seed,
            vocabulary=config.vocabulary,
        ),
        out / "training",
    )
    yield from training.run()
    fine_tuning = fine_tune(training.model, corpora, tokenizer, out, settings)
    yield from fine_tuning.run()
    save_folder(fine_tuning.model, tokenizer, out)
    figures = examine(corpus, SmallLoaded.from_folder("small", out), rival, corpora)
    facts = {**training.settings_as_json(), "fine_tuning": asdict(fine_tuning.settings)}
    seconds = training.seconds + fine_tuning.seconds
    write_card(card_of(facts, seconds, torch.get_num_threads(), figures, seeds), out)


def fine_tune(
    model: SmallModel, corpora: Corpora, tokenizer: Tokenizer, out: Path, settings: Settings
) -> Training:
    """The last steps of a training, from the weights of `model` on: at a lower rate, with short
    sentences of our own among what is read."""
    last = replace(
        settings,
        steps=max(1, settings.steps // STEPS_PER_FINE_TUNING_STEP),
        rate=settings.rate / 3,
        matrix_rate=settings.matrix_rate / 3,
        warmup=settings.warmup // STEPS_PER_FINE_TUNING_STEP,
    )
    batches = Batches(
        corpora.fine_tuning(tokenizer),
        tokens=last.tokens,
        steps=last.steps,
        seed=last.seed + 1,
        vocabulary=model.config.vocabulary,
        hide=(0.05, 0.05),
    )
    return Training(model.config, last, batches, out / "fine_tuning", model.state_dict())


def measured(corpus: Path, folder: Path, rival: LoadedModel) -> str:
    """The card's table, measured again."""
    small = SmallLoaded.from_folder("small", folder)
    return figures_table(examine(corpus, small, rival, Corpora.read(corpus)))


def examine(corpus: Path, small: SmallLoaded, rival: LoadedModel, corpora: Corpora) -> list[Figure]:
    """Every figure of the card, on documents that nothing was trained on."""
    gum = read_conllu(corpus / "gum-dev.conllu")
    ewt = read_conllu(corpus / "ewt-dev.conllu")
    chinese = read_conllu(corpus / "gsdsimp-dev.conllu")[-GSD_HELD_OUT:]
    examiner = Examiner(small.model, small.tokenizer)
    tagger = Examiner(per_token_tagger(small, corpora), small.tokenizer)
    figures = [_antecedents(examiner, gum, rival, corpora), _choices(small, rival)]
    english = Tables([*corpora.gum, *corpora.ewt, *corpora.pud_en])
    for name, documents, tables in (
        ("EWT dev", ewt, english),
        ("GUM dev", gum, english),
        (f"GSDSimp dev, last {GSD_HELD_OUT} sentences", chinese, Tables(corpora.chinese)),
    ):
        own, alone = read_sentences(examiner, documents), read_sentences(tagger, documents)
        beside = {
            "per-token tagger": alone.tags.share,
            "table of its training sentences": tables.tags_right(documents).share,
        }
        figures.append(Figure("part of speech", name, own.tags.total, own.tags.share, beside))
        beside = {
            "the next word": next_word(examiner, documents).share,
            "table of its training sentences": tables.parents_right(documents).share,
        }
        figures.append(Figure("parent", name, own.parents.total, own.parents.share, beside))
    return figures


def _antecedents(
    examiner: Examiner, gum: list[Document], rival: LoadedModel, corpora: Corpora
) -> Figure:
    cases = [case for document in gum for case in antecedent_cases(document, examiner.counts)]
    found = point_back(examiner, gum)
    best = best_head(rival, corpora.gum, gum)
    beside = {
        "nearest noun": nearest_noun(cases).share,
        "first noun of the sentence": first_noun(cases).share,
        f"best head of {rival.name} (layer {best.layer} head {best.head})": best.measured.share,
    }
    return Figure("antecedent", "GUM dev", found.total, found.share, beside)


def _choices(small: SmallLoaded, rival: LoadedModel) -> Figure:
    """The rival's head is chosen on other sentences than those that it is measured on."""
    sentences = read_choices(TEST_SET)
    supervised = small.model.config.antecedent_head
    assert supervised is not None, "this model has no head that was taught antecedents"
    own = choices_of_heads(small, sentences)[supervised]
    elsewhere = choices_of_heads(rival, read_choices(DEV_SET))
    best = max(elsewhere, key=lambda at: elsewhere[at].right)
    beside = {
        "first candidate": first_candidate(sentences).share,
        "nearest candidate": nearest_candidate(sentences).share,
        f"best head of {rival.name} (layer {best[0]} head {best[1]})": choices_of_heads(
            rival, sentences
        )[best].share,
    }
    name = "short sentences of our own, two or three candidates"
    return Figure("antecedent, forced choice", name, own.total, own.share, beside)


def per_token_tagger(small: SmallLoaded, corpora: Corpora) -> SmallModel:
    """A tagger of the same width that sees one token at a time, trained on the same data."""
    width = small.model.config
    config = SmallConfig(
        vocabulary=width.vocabulary,
        layers=0,
        heads=width.heads,
        d_model=width.d_model,
        max_tokens=width.max_tokens,
        positions="none",
        parent_head=None,
        antecedent_head=None,
    )
    settings = Settings(steps=TAGGER_STEPS)
    tagged = [source for source in corpora.annotated(small.tokenizer) if source.has_tags]
    batches = Batches(
        tagged,
        tokens=settings.tokens,
        steps=settings.steps,
        seed=settings.seed,
        vocabulary=config.vocabulary,
        hide=(0.0, 0.0),
    )
    training = Training(config, settings, batches, folder=None)
    for _ in training.run():
        pass
    return training.model


def _tokenizer(corpora: Corpora, out: Path, config: SmallConfig) -> Tokenizer:
    """The one that the training in `out` was begun with, or a new one."""
    path = out / TOKENIZER
    if path.is_file():
        return Tokenizer.from_file(str(path))
    tokenizer = corpora.tokenizer(config.vocabulary)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer
