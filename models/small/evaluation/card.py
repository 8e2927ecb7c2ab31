"""The model card: what the small model was made from, how, and how good it is."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from headlight.models.small.data.composition import SENTENCES
from headlight.models.small.data.recipe import GSD_HELD_OUT, SYNTHETIC

CARD_JSON, CARD_MD = "card.json", "CARD.md"
LICENCE = "CC BY-SA 4.0"

DATA = (
    {
        "name": "GUM, train (117 documents of genres that may be used freely)",
        "licence": "annotations CC BY 4.0; texts CC BY, CC BY-SA or public domain, by genre",
        "source": "https://github.com/amir-zeldes/gum",
        "used_for": "parts of speech, parents, antecedents, masked words",
    },
    {
        "name": "UD English EWT, train (540 documents)",
        "licence": "CC BY-SA 4.0",
        "source": "https://github.com/UniversalDependencies/UD_English-EWT",
        "used_for": "parts of speech, parents, masked words",
    },
    {
        "name": "LitBank coreference (100 documents)",
        "licence": "CC BY 4.0",
        "source": "https://github.com/dbamman/litbank",
        "used_for": "antecedents, masked words",
    },
    {
        "name": "The novels that LitBank is taken from",
        "licence": "public domain",
        "source": "https://github.com/dbamman/litbank",
        "used_for": "masked words",
    },
    {
        "name": "UD English PUD and UD Chinese PUD",
        "licence": "CC BY-SA 3.0",
        "source": "https://github.com/UniversalDependencies/UD_English-PUD and UD_Chinese-PUD",
        "used_for": "parts of speech, parents, masked words",
    },
    {
        "name": f"UD Chinese GSDSimp, dev (all but the last {GSD_HELD_OUT} sentences)",
        "licence": "CC BY-SA 4.0",
        "source": "https://github.com/UniversalDependencies/UD_Chinese-GSDSimp",
        "used_for": "parts of speech, parents, masked words",
    },
    {
        "name": "Tatoeba, English-Chinese pairs (each side by itself)",
        "licence": "CC BY 2.0 FR",
        "source": "https://tatoeba.org",
        "used_for": "masked words",
    },
    {
        "name": f"Short sentences of our own ({SYNTHETIC:,} texts of {SENTENCES}, from patterns)",
        "licence": "CC BY-SA 4.0",
        "source": "models/small/data/sentences",
        "used_for": "antecedents, masked words",
    },
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured line: shares in 0..1, of `count` questions; `others` are its baselines."""

    task: str
    measured_on: str
    count: int
    small: float
    others: dict[str, float]


@dataclass(frozen=True, slots=True)
class OtherSeed:
    """What a model of the same recipe got right, begun with another seed: a share a figure."""

    seed: int
    shares: list[float]


def figures_table(figures: list[Figure], others: Iterable[OtherSeed] = ()) -> str:
    """The figures beside other seeds and baselines, in markdown."""
    others = list(others)
    seeds = "".join(f" seed {each.seed} |" for each in others)
    lines = [
        f"| task | measured on | questions | small |{seeds} beside it |",
        f"| --- | --- | ---: | ---: |{' ---: |' * len(others)} --- |",
    ]
    for row, figure in enumerate(figures):
        beside = ", ".join(f"{name} {share:.3f}" for name, share in figure.others.items())
        again = "".join(f" {each.shares[row]:.3f} |" for each in others)
        lines.append(
            f"| {figure.task} | {figure.measured_on} | {figure.count:,} "
            f"| {figure.small:.3f} |{again} {beside} |"
        )
    return "\n".join(lines)


def read_other_seed(folder: Path) -> OtherSeed:
    """From the card of a trained folder. Raises ValueError for a folder without one."""
    try:
        card = json.loads((folder / CARD_JSON).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{folder} has no {CARD_JSON}; train a model there first") from None
    shares = [figure["small"] for figure in card["figures"]]
    return OtherSeed(card["training"]["seed"], shares)


def card_of(
    settings: dict[str, Any],
    seconds: float,
    threads: int,
    figures: list[Figure],
    others: Iterable[OtherSeed] = (),
) -> dict[str, Any]:
    """Everything that the card says, for programs."""
    return {
        "name": "small",
        "licence": LICENCE,
        "data": list(DATA),
        **settings,
        "seconds": round(seconds),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {threads} used",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "tokenizers", "numpy")},
        },
        "figures": [asdict(figure) for figure in figures],
        "other_seeds": [asdict(each) for each in others],
    }


def card_text(card: dict[str, Any]) -> str:
    """The same for people."""
    config, training, fine_tuning = card["config"], card["training"], card["fine_tuning"]
    data = "\n".join(
        f"- {each['name']}. {each['licence']}. {each['source']}. For {each['used_for']}."
        for each in card["data"]
    )
    others = [OtherSeed(**each) for each in card["other_seeds"]]
    figures = figures_table([Figure(**figure) for figure in card["figures"]], others)
    versions = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    return f"""# small

A bidirectional encoder of {config["layers"]} layers of {config["heads"]} heads, d_model
{config["d_model"]}, {config["vocabulary"]:,} pieces; score {config["score"]}, normaliser
{config["normaliser"]}, positions {config["positions"]}. It reads English in lower case, and
Chinese by character, at most {config["max_tokens"]} tokens. It was made to be looked into, not
to compete: it is small enough that every matrix fits on a screen.

Licence: {card["licence"]}, for what it was trained on.

## Taught heads

Layer {config["parent_head"][0]} head {config["parent_head"][1]} was taught to point from each
word to its syntactic parent (the root to itself), as in Strubell et al. 2018. Layer
{config["antecedent_head"][0]} head {config["antecedent_head"][1]} was taught to point from a
third-person pronoun to a mention of what it refers to. All other heads are free.

## Figures

On documents that it was not trained on. Antecedent: the strongest token of the pronoun's row,
itself aside, lies in a mention of the right entity, for pronouns that have one at most 96 tokens
before. Forced choice: of the candidates marked in a short sentence, the one that the pronoun's row
gives most; nothing was trained or tuned on these sentences, and none of them shares five words in a
row with a pattern that training text was made from. Part of speech and parent: by the first token
of each word, sentence by sentence. A column of a seed is the same recipe begun with that seed.

{figures}

## Training

{training["steps"]:,} steps of about {training["tokens"]:,} tokens, seed {training["seed"]}, on text
that people wrote; then {fine_tuning["steps"]:,} at a third of the rate, with short sentences of our
own among it. {card["seconds"] / 60:.0f} minutes on {card["machine"]}; {versions}.

## Data

{data}

## Limits

It knows few words and little of the world. It was taught antecedents on narrative and edited
English, and on short sentences that most often tell by gender, number or what a thing can do which
noun is meant; where only knowledge of the world tells, it guesses. Of Chinese it has seen short
sentences and little annotation.
"""


def write_card(card: dict[str, Any], folder: Path) -> None:
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (folder / CARD_JSON).write_text(text, encoding="utf-8")
    (folder / CARD_MD).write_text(card_text(card), encoding="utf-8")
