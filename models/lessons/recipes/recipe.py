"""What a recipe of a lesson is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Progress = tuple[str, float]
"""A model that is trained, and the CPU seconds that all have taken so far."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`make` trains all models of a lesson over so many seeds, of the corpora in a folder where it
    needs them, and leaves weights and card in another; `seeds`: how many the card that is shipped
    was made with."""

    make: Callable[[Path, int, Path | None], Iterator[Progress]]
    seeds: int
