"""What is differentiated, or watched while links are cut: one number that a model's run gives.

    vector     h_pos . u, where h_pos is a token's last vector and u its own direction, held fixed
    sentence   the same of the mean of all last vectors, special tokens among them
    fill       the logit of one piece at a mask
    next       the logit of one piece after the last token
    tag        the logit of one part of speech of a word

A piece or tag that is not named is the model's own first choice. Positions are those of
`Trace.hidden`: of the decoder, where there are two towers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from headlight.models.core.errors import InvalidSelection, check_within
from headlight.models.core.messages import Message, listed
from headlight.models.core.model import LoadedModel
from headlight.models.core.outputs import OutputKind
from headlight.models.core.trace import Sequence, Trace


@dataclass(frozen=True, slots=True)
class Vector:
    pos: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """The mean vector."""


@dataclass(frozen=True, slots=True)
class Filled:
    pos: int
    piece: str | None = None


@dataclass(frozen=True, slots=True)
class Next:
    piece: str | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    word: int
    tag: str | None = None


ObjectiveKind = Literal["vector", "sentence", "fill", "next", "tag"]
OutputSelector = Vector | Sentence | Filled | Next | Tagged


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """A target of one run. `of` gives its number for the last vectors of any run of that text,
    or of many; `name` is the piece or tag, None for a vector; `pos` the position that speaks,
    None for all of them."""

    target: OutputSelector
    pos: int | None
    name: str | None
    of: Callable[[Float[Tensor, "*run pos d_model"]], Float[Tensor, "*run"]]

    @property
    def is_vector(self) -> bool:
        return self.name is None

    @property
    def kind(self) -> ObjectiveKind:
        """What requests call it."""
        match self.target:
            case Vector():
                return "vector"
            case Sentence():
                return "sentence"
            case Filled():
                return "fill"
            case Next():
                return "next"
            case Tagged():
                return "tag"


def objective_of(model: LoadedModel, plain: Trace, target: OutputSelector) -> Objective:
    """Raises InvalidSelection, argument `objective...`, where the run has no such thing."""
    last = last_vectors(plain)
    match target:
        case Vector():
            check_within(
                "pos",
                target.pos,
                len(last),
                Message("the tokens of the text"),
                argument="objective.pos",
            )
            return Objective(target, target.pos, None, _along(last[target.pos], target.pos))
        case Sentence():
            return Objective(target, None, None, _along(last.mean(0), None))
        case Filled():
            fills = () if plain.outputs is None else plain.outputs.fills
            _check_output(model, "fill")
            check_within(
                "pos",
                target.pos,
                len(last),
                Message("the tokens of the text"),
                argument="objective.pos",
            )
            found = next((fill for fill in fills if fill.position == target.pos), None)
            if found is None:
                gaps = ", ".join(str(fill.position) for fill in fills)
                raise InvalidSelection(
                    Message(
                        "position {pos} is no mask, and only a mask is filled in; masks stand at "
                        "{masks}",
                        pos=target.pos,
                        masks=gaps,
                    )
                    if gaps
                    else Message(
                        "position {pos} is no mask, and only a mask is filled in; the "
                        "text has none",
                        pos=target.pos,
                    ),
                    argument="objective.pos",
                )
            best = found.candidates[0].piece
            return _logit(model, target, "fill", target.pos, target.piece, best, last)
        case Next():
            _check_output(model, "next")
            assert plain.outputs is not None and plain.outputs.next is not None
            best = plain.outputs.next.candidates[0].piece
            return _logit(model, target, "next", len(last) - 1, target.piece, best, last)
        case Tagged():
            _check_output(model, "tag")
            reads = _reads(plain)
            check_within(
                "word",
                target.word,
                len(reads.words),
                Message("the words of the text"),
                argument="objective.word",
            )
            word = reads.words[target.word]
            if word.special:
                raise InvalidSelection(
                    Message(
                        "word {word} is {text}, which has no part of speech; name a word that was "
                        "typed",
                        word=target.word,
                        text=word.text,
                    ),
                    argument="objective.word",
                )
            return _logit(model, target, "tag", word.tokens[0], target.tag, None, last)


def last_vectors(plain: Trace) -> Float[Tensor, "pos d_model"]:
    """Those of the run, as tensors that a graph may hold."""
    assert plain.hidden is not None, "a model that can be run again keeps its last vectors"
    with torch.inference_mode(False):
        return plain.hidden.clone()


def _along(
    vector: Float[Tensor, " d_model"], pos: int | None
) -> Callable[[Float[Tensor, "*run pos d_model"]], Float[Tensor, "*run"]]:
    """How far a vector goes in the direction that this one has: a constant, not a function."""
    direction = torch.nn.functional.normalize(vector, dim=-1)

    def of(last: Float[Tensor, "*run pos d_model"]) -> Float[Tensor, "*run"]:
        return (last.mean(-2) if pos is None else last[..., pos, :]) @ direction

    return of


def _logit(
    model: LoadedModel,
    target: OutputSelector,
    said: OutputKind,
    pos: int,
    name: str | None,
    best: str | None,
    last: Float[Tensor, "pos d_model"],
) -> Objective:
    """The logit of that class at that position; `best` names the first choice, None: the
    largest logit."""
    if name is None:
        with torch.no_grad():
            order = model.logits(said, last[[pos]])[0].argsort(descending=True).tolist()
        index = order[0]
        if best is not None:  # control tokens, that no model may put there, come before it
            index = next(each for each in order if model.name_of(said, each) == best)
    else:
        try:
            index = model.index_of(said, name)
        except InvalidSelection as error:
            argument = "objective.tag" if said == "tag" else "objective.piece"
            raise InvalidSelection(error.message, argument=argument) from None

    def of(last: Float[Tensor, "*run pos d_model"]) -> Float[Tensor, "*run"]:
        rows = last[..., pos, :]
        logits = model.logits(said, rows.reshape(-1, rows.shape[-1]))
        return logits[:, index].reshape(rows.shape[:-1])

    return Objective(target, pos, model.name_of(said, index), of)


def _check_output(model: LoadedModel, said: OutputKind) -> None:
    if said in model.outputs:
        return
    what = {
        "fill": Message("fills in masks"),
        "next": Message("says what comes next"),
        "tag": Message("tags words"),
    }
    able = listed([what[each] for each in model.outputs]) or Message("only shows its attention")
    raise InvalidSelection(
        Message(
            "{name} {able}, so its output cannot be of '{said}'; choose 'vector' or "
            "'sentence', or a model that {what}",
            name=model.name,
            able=able,
            said=said,
            what=what[said],
        ),
        argument="objective.of",
    )


def _reads(plain: Trace) -> Sequence:
    return plain.query_sequence(plain.kinds[0])
