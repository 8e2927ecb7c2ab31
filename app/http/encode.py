"""Numbers to bytes: JSON, .npz, CSV and the overview's own format."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from headlight.app.http.languages import said

JSON = "application/json"
NDJSON = "application/x-ndjson"
NPZ = "application/x-npz"
CSV = "text/csv"
PLOTLY = "application/vnd.plotly.v1+json"
OVERVIEW = "application/vnd.headlight.overview"

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_SUBCLASS


def json_bytes(value: Any) -> bytes:
    """JSON in UTF-8. float32 is written in its shortest exact form; NaN becomes null.

    Dataclasses become objects with their own field names; a Message is said in the language of
    the request.
    """
    return orjson.dumps(value, _plain, _OPTIONS)


def _plain(value: object) -> object:
    """What orjson writes of a type that builds on one of its own."""
    if isinstance(value, str):
        return str(said(value))
    if isinstance(value, dict):
        return dict(value)
    raise TypeError(f"no JSON is made of {type(value).__name__}")


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """An uncompressed .npz, as numpy.load reads it: attention hardly compresses."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def csv_bytes(
    pattern: NDArray[Any], query_labels: Sequence[str], key_labels: Sequence[str]
) -> bytes:
    """One head's pattern [query, key]: a row a query, a column a key; masked cells are empty."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    columns = (f"{position}:{label}" for position, label in enumerate(key_labels))
    writer.writerow(["query_pos", "query_token", *columns])
    for position, (label, row) in enumerate(zip(query_labels, pattern, strict=True)):
        cells = ("" if np.isnan(value) else str(value) for value in row)
        writer.writerow([position, label, *cells])
    return table.getvalue().encode()


def framed_bytes(header: Any, blocks: Sequence[bytes]) -> bytes:
    """uint32 little-endian length of the header, the header as JSON, then the blocks."""
    head = json_bytes(header)
    return b"".join([len(head).to_bytes(4, "little"), head, *blocks])
