"""The card: every figure beside other seeds of the recipe and what it is compared with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headlight.models.small.evaluation.card import (
    Figure,
    OtherSeed,
    card_text,
    figures_table,
    read_other_seed,
)
from headlight.models.zoo.registry import SMALL_WEIGHTS

FIGURES = [
    Figure("antecedent", "GUM dev", 1380, 0.7321, {"nearest noun": 0.25, "first noun": 0.5}),
    Figure("parent", "EWT dev", 7, 1.0, {}),
]


def test_a_figure_stands_beside_its_baselines() -> None:
    assert figures_table(FIGURES).splitlines() == [
        "| task | measured on | questions | small | beside it |",
        "| --- | --- | ---: | ---: | --- |",
        "| antecedent | GUM dev | 1,380 | 0.732 | nearest noun 0.250, first noun 0.500 |",
        "| parent | EWT dev | 7 | 1.000 |  |",
    ]


def test_other_seeds_have_a_column_each() -> None:
    others = [OtherSeed(8, [0.5, 0.25]), OtherSeed(11, [0.125, 0.0])]
    assert figures_table(FIGURES, others).splitlines() == [
        "| task | measured on | questions | small | seed 8 | seed 11 | beside it |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
        "| antecedent | GUM dev | 1,380 | 0.732 | 0.500 | 0.125 "
        "| nearest noun 0.250, first noun 0.500 |",
        "| parent | EWT dev | 7 | 1.000 | 0.250 | 0.000 |  |",
    ]


def test_the_figures_of_another_seed_are_those_of_its_card() -> None:
    card = json.loads((SMALL_WEIGHTS / "card.json").read_text(encoding="utf-8"))
    other = read_other_seed(SMALL_WEIGHTS)
    assert other.seed == card["training"]["seed"] == 7
    assert other.shares == [figure["small"] for figure in card["figures"]]


def test_a_folder_without_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no card\.json; train a model there first"):
        read_other_seed(tmp_path)


def test_the_card_for_people_says_what_the_card_for_programs_does() -> None:
    card = json.loads((SMALL_WEIGHTS / "card.json").read_text(encoding="utf-8"))
    assert card_text(card) == (SMALL_WEIGHTS / "CARD.md").read_text(encoding="utf-8")
