"""From sentences as requests say them to the bytes of a profile: what is asked, and its answer.

Sentences are all cut, and all that can be refused is refused, before any of them is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from headlight.app.encode import json_bytes
from headlight.app.errors import SelectionTooLarge, TextOverLimit
from headlight.app.schemas.profile import SentenceAsked
from headlight.models.core.errors import InputError
from headlight.models.core.model import Encoding, LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.measures.links import Link, Placed, place_links
from headlight.models.measures.locate import Span
from headlight.models.measures.profile import OFFSETS, Profiler

MAX_LINKS = 2_000  # in all sentences of one request


@contextmanager
def in_sentence(index: int) -> Iterator[None]:
    """Errors about a text or its links name the sentence: "sentences.17.text"."""
    try:
        yield
    except (InputError, TextOverLimit) as error:
        field = error.field or ""
        if field.partition(".")[0] in ("text", "text_pair", "links"):
            error.field = f"sentences.{index}.{field}"
            error.message = f"sentence {index}: {error.message}"
        raise


def placed_links(loaded: LoadedModel, encoding: Encoding, asked: SentenceAsked) -> Placed | None:
    """Where the links of a sentence run, None if it has no list of them.

    Raises TextTooLong if it cannot be run, InvalidSelection.
    """
    refusal = loaded.refusal(encoding)
    if refusal is not None:
        raise refusal
    if asked.links is None:
        return None
    cut = Trace(
        loaded.name,
        asked.text,
        asked.text_pair,
        (),
        encoder=encoding.encoder,
        decoder=encoding.decoder,
        target=encoding.target,
    )
    links = [
        Link(
            Span(link.from_[0], link.from_[1], link.from_segment),
            Span(link.to[0], link.to[1], link.to_segment),
        )
        for link in asked.links
    ]
    return place_links(cut, links)


def check_links(sentences: list[SentenceAsked]) -> None:
    links = sum(len(sentence.links or ()) for sentence in sentences)
    if links > MAX_LINKS:
        raise SelectionTooLarge(
            f"these sentences have {links} links; at most {MAX_LINKS} are followed. Send fewer.",
            field="sentences",
        )


def check_tokens(tokens: int, limit: int) -> None:
    if tokens > limit:
        raise SelectionTooLarge(
            f"these sentences have {tokens} tokens; at most {limit} are read in one profile. "
            "Send fewer, or shorter ones.",
            field="sentences",
        )


def profile_bytes(loaded: LoadedModel, profiler: Profiler) -> bytes:
    """The answer to all sentences."""
    found = profiler.result()
    tasks = {(each.kind, each.layer, each.head): each.task for each in loaded.shape.taught}
    return json_bytes(
        {
            "model": loaded.name,
            "sentences": found.sentences,
            "offsets": list(OFFSETS),
            "kinds": found.kinds,
            "heads": [
                {
                    **_shallow(head),
                    "to_each_special": [
                        {"piece": piece, **_shallow(share)}
                        for piece, share in head.to_each_special.items()
                    ],
                    "taught": tasks.get((head.kind, head.layer, head.head)),
                }
                for head in found.heads
            ],
        }
    )


def _shallow(record: Any) -> dict[str, Any]:
    """The fields of a record; records within it become objects by themselves."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
