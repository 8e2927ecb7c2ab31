"""The card of a lesson's models: what they were made from, how, and how good they are."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from typing import Any

from headlight.models.lessons.training import WEIGHTS


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured over several seeds: mean, least and most; `baselines` beside it."""

    model: str
    measure: str
    mean: float
    least: float
    most: float
    seeds: int
    baselines: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, model: str, measure: str, values: Iterable[float], **baselines: float) -> Figure:
        found = [round(value, 4) for value in values]
        rounded = {name: round(value, 4) for name, value in baselines.items()}
        return cls(
            model, measure, round(mean(found), 4), min(found), max(found), len(found), rounded
        )


@dataclass(frozen=True, slots=True)
class Card:
    """`seconds` are of one processor, for all models; `settings`, a record each, by the name of a
    model; `data` by name: title, source and licence. The weights that are shipped are those of the
    first seed."""

    lesson: str
    licence: str
    data: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, Any]
    seconds: float
    figures: tuple[Figure, ...]

    def write(self, folder: Path) -> None:
        versions = {"python": platform.python_version(), "torch": version("torch")}
        told = {**asdict(self), "versions": versions}
        text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
        (folder / f"{self.lesson}.json").write_text(text, encoding="utf-8")


def read_card(lesson: str, folder: Path = WEIGHTS) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((folder / f"{lesson}.json").read_text(encoding="utf-8"))
    return card
