"""The recipes by their lessons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from headlight.models.lessons.recipes.graphs import GRAPHS
from headlight.models.lessons.recipes.images import IMAGES
from headlight.models.lessons.recipes.recipe import Progress, Recipe
from headlight.models.lessons.recipes.taggers import TAGGERS
from headlight.models.lessons.recipes.twins import TWINS

RECIPES: Mapping[str, Recipe] = {
    "graphs": GRAPHS,
    "images": IMAGES,
    "taggers": TAGGERS,
    "twins": TWINS,
}


def make(
    lesson: str, out: Path, seeds: int | None = None, corpus: Path | None = None
) -> Iterator[Progress]:
    """Trains all models of a lesson, and leaves their weights and their card in a folder.

    `seeds`: of each model; as many as the card that is shipped has if None. `corpus`: a folder of
    corpora, for lessons on text. Raises ValueError for a lesson without models, or one that needs
    corpora and has none; CorpusError for a corpus that cannot be read.
    """
    if lesson not in RECIPES:
        raise ValueError(f"no lesson {lesson!r} has models; choose from {', '.join(RECIPES)}")
    out.mkdir(parents=True, exist_ok=True)
    recipe = RECIPES[lesson]
    yield from recipe.make(out, seeds or recipe.seeds, corpus)
