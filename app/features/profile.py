"""What each head does over many sentences.

Sentences are all cut, and all that can be refused is refused, before any of them is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Literal

from fastapi import Request
from pydantic import ConfigDict, Field
from starlette.responses import Response

from headlight.app.http.deps import StateDep, answers_in, api_router
from headlight.app.http.encode import JSON, NDJSON, json_bytes
from headlight.app.http.errors import SelectionTooLarge, TextOverLimit
from headlight.app.http.openapi import READING, as_lines_too, errors
from headlight.app.http.progress import in_steps, read_into
from headlight.app.http.records import fields_of, supervised_tasks
from headlight.app.schemas.answers import SUPERVISED, Answer, Count
from headlight.app.schemas.requests import Index, Strict, TextRequest
from headlight.app.service.jobs import sequential
from headlight.models.core.attention import Kind
from headlight.models.core.errors import InputError
from headlight.models.core.messages import Message
from headlight.models.core.model import Encoding, LoadedModel
from headlight.models.core.outputs import Task
from headlight.models.core.trace import Trace
from headlight.models.measures.links import Link, Placed, place_links
from headlight.models.measures.locate import Span
from headlight.models.measures.profile import OFFSETS, Profiler

router = api_router()
MAX_SENTENCES = 200
MAX_LINKS_OF_SENTENCE = 100

SEGMENT = (
    "0: in `text`; 1: in `text_pair`, the second text of a pair, or the target of an "
    "encoder-decoder model."
)

CHARACTERS = "Characters [start, end), counted from 0. Every token that they touch is meant."
NONE_COUNTS = "null where no query counts, or where it has no meaning (positions in cross)."
Characters = Annotated[list[Index], Field(min_length=2, max_length=2)]


class LinkAsked(Strict):
    """Characters that look, and characters that they should look at."""

    from_: Characters = Field(alias="from", description=f"Of the query. {CHARACTERS}")
    to: Characters = Field(description=f"Of the key. {CHARACTERS}")
    from_segment: Literal[0, 1] = Field(0, description=SEGMENT)
    to_segment: Literal[0, 1] = Field(0, description=SEGMENT)


class SentenceAsked(Strict):
    """One text that the model reads, and what is linked in it."""

    text: str = Field(description="As in every other request.")
    text_pair: str | None = Field(None, description="Likewise.")
    links: list[LinkAsked] | None = Field(
        None,
        max_length=MAX_LINKS_OF_SENTENCE,
        description="Links that heads are asked to follow, all of one sort: determiners to nouns, "
        "say. null: none.",
    )


class ProfileRequest(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sentences": [{"text": "I saw a saw"}, {"text": "The dog saw the cat."}]},
                {
                    "model": "bert",
                    "sentences": [
                        {
                            "text": "The old dog saw a cat.",
                            "links": [
                                {"from": [0, 3], "to": [8, 11]},
                                {"from": [16, 17], "to": [18, 21]},
                            ],
                        },
                        {
                            "text": "A bird sang.",
                            "links": [{"from": [0, 1], "to": [2, 6]}],
                        },
                    ],
                },
            ]
        }
    )

    model: str | None = Field(
        None, description="A name from GET /models; null: the server's default, `bert` as shipped."
    )
    sentences: list[SentenceAsked] = Field(
        min_length=1,
        max_length=MAX_SENTENCES,
        description="What the heads are measured over. All their tokens together, and all their "
        "links, are limited: see docs/api.md.",
    )


class ShareAnswer(Answer):
    """What a head gives to some of the keys, over all queries that have such a key."""

    weight: float = Field(description="0 to 1: summed over those keys, mean over the queries.")
    argmax: float = Field(
        description="0 to 1: the share of the queries whose strongest key, special tokens among "
        "them, is such a key."
    )
    queries: Count = Field(
        description="How many queries: not special, and they may look at such a key."
    )


class SpecialAnswer(ShareAnswer):
    """What a head gives to one kind of special token."""

    piece: str = Field(description="The vocabulary's entry, such as [CLS] or [SEP].")


class OffsetAnswer(Answer):
    """The neighbour at one distance, of -8 to 8, that gets most from all queries together."""

    offset: int = Field(description="key_pos - query_pos; -1: the token before.")
    weight: float = Field(description="0 to 1: mean over the queries that have that neighbour.")
    argmax: float = Field(description="0 to 1: the share of them that give it most.")
    queries: Count = Field(description="How many have it.")


class IntervalAnswer(Answer):
    """95 %, percentile bootstrap: 1,000 seeded resamples of the sentences."""

    low: float = Field(description="2.5th percentile.")
    high: float = Field(description="97.5th percentile.")


class PermutedAnswer(Answer):
    """A head's answers against the keys of other links of the same sentence: 1,000 draws, seeded.

    Sentences with a single link are left out, since nothing can be permuted there.
    """

    accuracy: float = Field(description="0 to 1: of the links of these sentences as they are.")
    mean: float = Field(description="0 to 1: mean accuracy of the draws.")
    upper: float = Field(description="Their 95th percentile.")
    p: float = Field(
        description="(1 + draws at least as accurate) / 1,001: small if the links matter."
    )


class HeadLinksAnswer(Answer):
    """How one head follows the links given."""

    accuracy: float = Field(
        description="0 to 1: share of the links where the word that the query gives most to, "
        "special tokens and its own words left out, is a word of the key."
    )
    accuracy_interval: IntervalAnswer | None = Field(description="null for a single sentence.")
    weight: float = Field(
        description="0 to 1: what the query's tokens give to the key's, as in /heads/search: sum "
        "over the key's tokens, mean over the query's; mean over the links."
    )
    weight_interval: IntervalAnswer | None = Field(description="null for a single sentence.")
    permuted: PermutedAnswer | None = Field(
        description="null where no sentence has two links that can be followed."
    )


class KindLinksAnswer(Answer):
    """What every head of a kind was asked, and what simple rules make of the same links."""

    links: Count = Field(description="How many; where none, the other numbers are null.")
    masked: Count = Field(
        description="How many more were left out: no head of this kind may look there, as in a "
        "causal model from a word to a later one."
    )
    sentences: Count = Field(description="In how many sentences.")
    offset: int | None = Field(
        description="The fixed offset in words, -8 to 8, that is right most often; chosen on "
        "these very links. null for cross."
    )
    offset_accuracy: float | None = Field(description="How often, 0 to 1.")
    nearest_accuracy: float | None = Field(
        description="0 to 1, of the nearest other word: the one before, or the one after where "
        "none is before. null for cross."
    )
    chance: float | None = Field(
        description="0 to 1: expected accuracy of any word that may be the answer, all alike."
    )
    uniform_weight: float | None = Field(
        description="0 to 1: mean weight if the query looked alike wherever it may."
    )
    permuted_links: Count = Field(description="How many stand in sentences with two or more.")


class KindProfileAnswer(Answer):
    kind: Kind
    queries: Count = Field(description="Query positions that are not special, in all sentences.")
    links: KindLinksAnswer | None = Field(description="null where no links were sent.")


class HeadProfileAnswer(Answer):
    """What one head does, over all queries that are not special, of all sentences together."""

    kind: Kind
    layer: int
    head: int
    supervised: Task | None = Field(description=SUPERVISED)
    to_previous: ShareAnswer | None = Field(
        description=f"The token right before, which is not special. {NONE_COUNTS}"
    )
    to_next: ShareAnswer | None = Field(description="The token right after, likewise.")
    to_self: ShareAnswer | None = Field(description="The query's own position.")
    to_same_word: ShareAnswer | None = Field(
        description="Tokens of another word spelled alike, in any case; in cross attention any "
        "such word of the other side. Words without a letter or digit do not count."
    )
    to_own_word: ShareAnswer | None = Field(description="Other tokens of the query's own word.")
    to_first: ShareAnswer | None = Field(
        description="Position 0, whatever stands there; a query that stands there is left out."
    )
    to_special: ShareAnswer | None = Field(description="All special tokens.")
    to_each_special: list[SpecialAnswer] = Field(
        description="Special tokens by their piece; empty where there are none."
    )
    to_offset: OffsetAnswer | None = Field(description=f"The best fixed offset. {NONE_COUNTS}")
    by_offset: list[float | None] = Field(
        description="Weight at each of `offsets`; null where no query has that neighbour. Empty "
        "for cross."
    )
    entropy: float | None = Field(description="Nats, over all keys, mean over the queries.")
    entropy_share: float | None = Field(
        description="0 to 1: entropy / ln(keys that the query may look at), mean over the queries "
        "that have two or more."
    )
    distance: float | None = Field(
        description="Positions: sum of pattern * |query_pos - key_pos| over all keys, mean over "
        "the queries. null for cross."
    )
    links: HeadLinksAnswer | None = Field(description="null where there were none to follow.")


class ProfileAnswer(Answer):
    model: str = Field(description="The model that read them.")
    sentences: Count = Field(description="How many were read.")
    offsets: list[int] = Field(description="What `by_offset` goes over: -8 to 8.")
    kinds: list[KindProfileAnswer] = Field(description="Each kind of attention of the model.")
    heads: list[HeadProfileAnswer] = Field(description="By kind, layer and head.")


MAX_LINKS = 2_000  # in all sentences of one request


@contextmanager
def in_sentence(index: int) -> Iterator[None]:
    """Errors about a text or its links name the sentence: "sentences.17.text"."""
    try:
        yield
    except (InputError, TextOverLimit) as error:
        field = error.argument or ""
        if field.partition(".")[0] in ("text", "text_pair", "links"):
            error.argument = f"sentences.{index}.{field}"
            error.message = Message(
                "sentence {index}: {problem}", index=index, problem=error.message
            )
        raise


def placed_links(loaded: LoadedModel, encoding: Encoding, body: SentenceAsked) -> Placed | None:
    """Where the links of a sentence run, None if it has no list of them.

    Raises TextTooLong if it cannot be run, InvalidSelection.
    """
    refusal = loaded.refusal(encoding)
    if refusal is not None:
        raise refusal
    if body.links is None:
        return None
    cut = Trace(
        loaded.name,
        body.text,
        body.text_pair,
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
        for link in body.links
    ]
    return place_links(cut, links)


def check_links(sentences: list[SentenceAsked]) -> None:
    links = sum(len(sentence.links or ()) for sentence in sentences)
    if links > MAX_LINKS:
        raise SelectionTooLarge(
            Message(
                "these sentences have {links} links; at most {limit} are followed. Send fewer.",
                links=links,
                limit=MAX_LINKS,
            ),
            argument="sentences",
        )


def check_tokens(tokens: int, limit: int) -> None:
    if tokens > limit:
        raise SelectionTooLarge(
            Message(
                "these sentences have {tokens} tokens; at most {limit} are read in one profile. "
                "Send fewer, or shorter ones.",
                tokens=tokens,
                limit=limit,
            ),
            argument="sentences",
        )


def profile_bytes(loaded: LoadedModel, profiler: Profiler) -> bytes:
    """The answer to all sentences."""
    found = profiler.result()
    supervised = supervised_tasks(loaded.shape.supervised)
    return json_bytes(
        {
            "model": loaded.name,
            "sentences": found.sentences,
            "offsets": list(OFFSETS),
            "kinds": found.kinds,
            "heads": [
                {
                    **fields_of(head),
                    "to_each_special": [
                        {"piece": piece, **fields_of(share)}
                        for piece, share in head.to_each_special.items()
                    ],
                    "supervised": supervised[head.kind, head.layer, head.head],
                }
                for head in found.heads
            ],
        }
    )


@router.post(
    "/heads/profile",
    operation_id="profile_heads",
    summary="What each head does over many sentences",
    response_model=ProfileAnswer,
    responses={**as_lines_too("sentence"), **errors(*READING)},
    tags=["heads"],
)
@answers_in(JSON, NDJSON)
async def get_profile(state: StateDep, request: Request, body: ProfileRequest) -> Response:
    """Where each head looks, how broadly and how far; and which links it follows, beside chance.

    Send `Accept: application/x-ndjson` to see how far it is. Closing the connection stops it.
    """
    check_links(body.sentences)
    texts = []
    for index, sentence in enumerate(body.sentences):
        read = TextRequest(model=body.model, text=sentence.text, text_pair=sentence.text_pair)
        with in_sentence(index):
            texts.append(state.resolve(read))
    profiler, steps, tokens = Profiler(), [], 0
    for index, (sentence, text) in enumerate(zip(body.sentences, texts, strict=True)):
        with in_sentence(index):
            loaded, encoding = await state.runs.encode(*text)
            links = placed_links(loaded, encoding, sentence)
        tokens += encoding.count
        check_tokens(tokens, state.settings.profile_tokens)
        steps.append(read_into(state, text, partial(profiler.add, links=links)))
    return await in_steps(
        state, request, sequential(steps), len(steps), lambda: profile_bytes(loaded, profiler)
    )
