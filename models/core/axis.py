"""What one side of a matrix counts: tokens, or anything else that attention can be between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AxisKind = Literal["token", "word", "patch", "node", "step", "dimension", "sample"]
"""token and word: pieces and words of a text; patch: a piece of an image; node: of a graph; step:
of a recurrent network; dimension: of a vector; sample: one of several draws."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The positions along one side of a matrix, in order, by what they are called."""

    kind: AxisKind
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)
