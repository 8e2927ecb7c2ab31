"""Forced choice of antecedents: short sentences with two or three candidates for one pronoun.

A line of a file of sentences marks one pronoun, its candidates and the right one of them:

    The [trophy] does not fit in the *[suitcase] because {it} is too small.

What a head chooses is the candidate that the pronoun's row gives most, all tokens of a candidate
added up. `test.txt` is the test set: nothing was trained or tuned on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from pathlib import Path

import regex
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.errors import CorpusError
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Sequence
from headlight.models.measures.locate import Span, touched
from headlight.models.small.data.composition import FOLDER
from headlight.models.small.evaluation.scoring import Tally, tally

TEST_SET, DEV_SET = FOLDER / "test.txt", FOLDER / "dev.txt"

_MARK = regex.compile(r"(?P<right>\*)?\[(?P<candidate>[^][{}*]+)\]|\{(?P<pronoun>[^][{}*]+)\}")


@dataclass(frozen=True, slots=True)
class ChoiceSentence:
    """A sentence, the characters of its pronoun and of its candidates in order, and which
    candidate is right."""

    text: str
    pronoun: Span
    candidates: tuple[Span, ...]
    right: int

    @classmethod
    def of(cls, line: str) -> ChoiceSentence:
        """Raises CorpusError for a line without one pronoun, two candidates or one right one."""
        text, at = "", 0
        pronouns: list[Span] = []
        candidates: list[Span] = []
        right: list[int] = []
        for mark in _MARK.finditer(line):
            text += line[at : mark.start()]
            word = mark["candidate"] or mark["pronoun"]
            place = Span(len(text), len(text) + len(word))
            if mark["pronoun"]:
                pronouns.append(place)
            else:
                if mark["right"]:
                    right.append(len(candidates))
                candidates.append(place)
            text, at = text + word, mark.end()
        text += line[at:]
        if len(pronouns) != 1 or len(candidates) < 2 or len(right) != 1:
            raise CorpusError(
                f"“{line}” must mark one {{pronoun}}, at least two [candidates], "
                "and one of them as *[right]"
            )
        return cls(text, pronouns[0], tuple(candidates), right[0])


def read_choices(path: Path) -> list[ChoiceSentence]:
    """The sentences of a file, one a line. Raises CorpusError."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [ChoiceSentence.of(line) for line in lines if line.strip()]


def chosen(sentence: ChoiceSentence, row: Float[Tensor, " key_pos"], tokens: Sequence) -> int:
    """The candidate that a pronoun's row gives most; of equal ones, the first."""
    given = [float(row[touched(tokens, place)].sum()) for place in sentence.candidates]
    return given.index(max(given))


def choices_of_heads(
    model: LoadedModel, sentences: Iterable[ChoiceSentence]
) -> dict[tuple[int, int], Tally]:
    """How often each (layer, head) of an encoder chooses the right candidate.

    The pronoun's row is that of its first token.
    """
    found: dict[tuple[int, int], Tally] = {}
    for sentence in sentences:
        trace = model.run(sentence.text)
        assert trace.encoder is not None, "only heads of an encoder look both ways"
        query = touched(trace.encoder, sentence.pronoun)[0]
        for site in trace.of_kind("encoder"):
            for head, row in enumerate(site.pattern(slice(None))[:, query]):
                right = chosen(sentence, row, trace.encoder) == sentence.right
                at = (site.layer, head)
                found[at] = found.get(at, Tally()) + Tally(int(right), 1)
    return found


def first_candidate(sentences: Seq[ChoiceSentence]) -> Tally:
    """How often the first candidate is right."""
    return tally(sentence.right == 0 for sentence in sentences)


def nearest_candidate(sentences: Seq[ChoiceSentence]) -> Tally:
    """How often the last candidate before the pronoun is right."""
    return tally(
        sentence.right
        == max(
            n for n, place in enumerate(sentence.candidates) if place.start < sentence.pronoun.start
        )
        for sentence in sentences
    )
