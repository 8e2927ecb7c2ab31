"""Accept, Accept-Encoding and If-None-Match, as RFC 9110 (sections 12 and 13) reads them."""

from __future__ import annotations

import gzip
from collections.abc import Sequence

import zstandard
from starlette.requests import Request
from starlette.responses import Response

WORTH_COMPRESSING = 1_000  # bytes; below it the header costs more than it saves
ENCODINGS = ("zstd", "gzip")  # ours, best first
COMPRESSIBLE = ("text/", "application/json", "application/vnd.headlight.", "image/svg")


def weighted(header: str) -> list[tuple[str, float]]:
    """`a;q=0.5, b` as [("a", 0.5), ("b", 1.0)]; what cannot be read is left out."""
    items = []
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = -1.0
        if name and 0 <= weight <= 1:
            items.append((name, weight))
    return items


def best_media_type(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered type that the caller likes best, the first offered on a draw; None if none.

    No Accept header, or one without a readable range, accepts everything.
    """
    ranges = weighted(accept or "") or [("*/*", 1.0)]

    def liking(media_type: str) -> float:
        major = media_type.split("/")[0]
        for wanted in (media_type, f"{major}/*", "*/*"):
            weights = [weight for name, weight in ranges if name == wanted]
            if weights:
                return max(weights)
        return 0.0

    best = max(offered, key=liking)
    return best if liking(best) > 0 else None


def best_encoding(accept_encoding: str | None) -> str | None:
    """ "zstd", "gzip", or None for the bytes as they are."""
    weights = dict(weighted(accept_encoding or ""))
    best = max(ENCODINGS, key=lambda name: weights.get(name, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else None


def compress(body: bytes, encoding: str, level: int = 1) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=level).compress(body)
    return gzip.compress(body, compresslevel=level, mtime=0)


def encode_for(request: Request, body: bytes, media_type: str) -> tuple[bytes, dict[str, str]]:
    """The body as the caller can read it, and the headers that say so."""
    if not media_type.startswith(COMPRESSIBLE):
        return body, {}
    encoding = best_encoding(request.headers.get("accept-encoding"))
    if encoding is None or len(body) < WORTH_COMPRESSING:
        return body, {"Vary": "Accept-Encoding"}
    headers = {"Vary": "Accept-Encoding", "Content-Encoding": encoding}
    return compress(body, encoding), headers


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller holds what `etag` names; `*` stands for whatever there is."""
    seen = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return seen == ["*"] or etag.removeprefix("W/") in seen


def text_response(
    request: Request,
    body: bytes,
    media_type: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """A small answer, compressed where the caller reads that."""
    encoded, extra = encode_for(request, body, media_type)
    merged = {"Cache-Control": "no-store", **(headers or {}), **extra}
    return Response(encoded, status, headers=merged, media_type=media_type)
