"""Answers that are mostly tensors, in JSON and in .npz. No tensor is known here by its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headlight.app.http.encode import json_bytes, npz_bytes

Array = NDArray[Any]
LISTS = {("layer", "head"): "heads", ("layer",): "layers"}
"""The lists of a JSON answer, and the first axes of the tensors whose rows stand in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """An array and the names of its axes: ("layer", "head", "query_pos", "key_pos").

    Where layers may differ in shape, `array` is a sequence of theirs; one that a layer does not
    have is None for each of its heads.
    """

    axes: tuple[str, ...]
    array: Array | Sequence[Any]


@dataclass(frozen=True, slots=True, eq=False)
class TensorAnswer:
    """The tensors of an answer by their names, and what stands beside them in each format.

    `fields` is what the JSON says besides, its lists among it (`LISTS`): one object for each row of
    the tensors that belong there. `labels` is what the .npz holds besides.
    """

    fields: dict[str, Any]
    labels: dict[str, Array]
    tensors: dict[str, Tensor]

    def json(self) -> bytes:
        """Each tensor in its place: by itself, or a row of it in each object of its list."""
        body = dict(self.fields)
        for name, tensor in self.tensors.items():
            axes = next((axes for axes in LISTS if tensor.axes[: len(axes)] == axes), ())
            rows: Iterable[Any] = tensor.array
            if axes:
                if len(axes) > 1:
                    rows = chain.from_iterable(rows)
                for entry, row in zip(body[LISTS[axes]], rows, strict=True):
                    entry[name] = row
            else:
                body[name] = tensor.array
        return json_bytes(body)

    def npz(self) -> bytes:
        """Each tensor as one array, [layer, head, ...] where it has those axes; what no layer has
        is left out. The heads of each layer must be as many."""
        stacked = {}
        for name, tensor in self.tensors.items():
            array = tensor.array
            if not isinstance(array, np.ndarray):
                parts = [part for part in array if isinstance(part, np.ndarray)]
                if not parts:
                    continue
                assert len(parts) == len(array), f"some layers have no {name}"
                array = np.stack(parts)
            stacked[name] = array
        return npz_bytes({**self.labels, **stacked})
