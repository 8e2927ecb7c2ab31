"""What a model says of a text, and which of its heads were taught to say it.

Outputs
├── tags : tuple[Tag, ...]              the part of speech of each word
├── parents : tuple[Pointer, ...]       from each word to its syntactic parent
├── antecedents : tuple[Pointer, ...]   from each third-person pronoun to what it refers to
├── fills : tuple[Fill, ...]            what may stand at each mask token, as Candidates
└── next : Fill | None                  what may come after the last token

Words are indices into the `words` of the sequence that was read (`models.core.trace`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headlight.models.core.attention import Kind

Task = Literal["parent", "antecedent"]
OutputKind = Literal["fill", "next", "tag"]
"""What a model can say of its last vectors: what stands at a mask, what token comes next, what
part of speech a word is."""

CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class SupervisedHead:
    """A head that was trained to point at something; every other head is free.

    "parent": from a word to its syntactic parent (the root to itself), as in Strubell et al.
    2018. "antecedent": from a third-person pronoun to a mention of what it refers to.
    """

    kind: Kind
    layer: int
    head: int
    task: Task


@dataclass(frozen=True, slots=True)
class Tag:
    """The part of speech (Universal Dependencies' UPOS) of one word, and its probability."""

    word: int
    tag: str
    probability: float


@dataclass(frozen=True, slots=True)
class Pointer:
    """From one word to another of the same sequence, with the supervised head's weight, 0..1."""

    word: int
    to: int
    value: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece of the vocabulary that may stand somewhere, as a person reads it: " law" begins a
    word where the vocabulary marks spaces, "##s" continues one. And its probability."""

    piece: str
    probability: float


@dataclass(frozen=True, slots=True)
class Fill:
    """What the model would put somewhere, most probable first. `position` is that of the mask
    token, or of the last token where it is about the token that comes next."""

    position: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model says of a text. `parents` has an entry for each word that is not special
    (the root points to itself), `antecedents` one for each third-person pronoun. A model that
    was only pretrained fills masks, or says what comes next."""

    tags: tuple[Tag, ...]
    parents: tuple[Pointer, ...]
    antecedents: tuple[Pointer, ...]
    fills: tuple[Fill, ...]
    next: Fill | None = None
