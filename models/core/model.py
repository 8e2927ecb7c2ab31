"""What every model in memory can do, whoever made it: cut a text, and run it to a trace."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Any, Literal

from jaxtyping import Float
from torch import Tensor

from headlight.models.core.attention import Kind
from headlight.models.core.edit_list import interventions_of
from headlight.models.core.edits import Edit
from headlight.models.core.errors import InvalidSelection, TextTooLong
from headlight.models.core.gradients import Gradients
from headlight.models.core.interventions import BlockId, Intervention
from headlight.models.core.messages import Message, listed
from headlight.models.core.outputs import OutputKind, SupervisedHead
from headlight.models.core.trace import Sequence, Trace

Linear = Literal["plain", "packed"]
Family = Literal["encoder", "decoder", "encoder-decoder"]
MAX_TOKENS = 1024  # however many more a model could read: no picture of more is legible


@dataclass(frozen=True, slots=True)
class Encoding:
    """A text as a model reads it.

    `inputs` are the forward call's arguments, batch of 1. `decoder` is the tower that a
    decoder reads, None where there is none, or where the model has yet to write it.
    `target` is the text that `decoder`'s offsets count in an encoder-decoder model.
    """

    inputs: dict[str, Any]
    encoder: Sequence | None
    decoder: Sequence | None
    target: str | None = None

    @property
    def count(self) -> int:
        """Tokens of the longest tower."""
        return max(len(tower) for tower in (self.encoder, self.decoder) if tower is not None)


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What a loaded model is made of; `layers`, `heads`, `d_head` are those of its first kind.

    `supervised` names the heads that were trained to point at something; every other head is free.
    `outputs` is what its output heads say. `layer_numbers` are the model's own numbers of its
    layers that have attention: 0, 1, 2 ... in most. With `sinks` a row of a pattern sums to less
    than 1: the rest goes to a learned sink that is no token. From `other_from` tokens on the model
    attends in another way, which is not shown. `linear` says which kernel its linear layers use.
    """

    kinds: tuple[Kind, ...]
    layers: int
    heads: int
    d_head: int
    d_model: int
    token_limit: int
    parameters: int
    supervised: tuple[SupervisedHead, ...] = ()
    outputs: tuple[OutputKind, ...] = ()
    layer_numbers: tuple[int, ...] = ()
    sinks: bool = False
    other_from: int | None = None
    linear: Linear = "plain"

    @property
    def nbytes(self) -> int:
        """Bytes of its weights in float32; packed layers hold theirs twice, of which this counts
        one."""
        return 4 * self.parameters

    @property
    def family(self) -> Family:
        """What kind of model it is, told by the attention that it has."""
        if "cross" in self.kinds:
            return "encoder-decoder"
        return "decoder" if self.kinds == ("decoder",) else "encoder"


class LoadedModel(ABC):
    """A model in memory. Safe to use from threads."""

    name: str
    shape: ModelShape

    @abstractmethod
    def encode(self, text: str, text_pair: str | None = None) -> Encoding:
        """The text as this model reads it, however long. Raises EmptyText, InvalidText, and
        InvalidSelection for a second text where it reads one."""

    @abstractmethod
    def run(self, text: str, text_pair: str | None = None) -> Trace:
        """One run and everything it leaves behind. Raises TextTooLong too."""

    def edited(self, plain: Trace, edits: Seq[Edit]) -> Trace:
        """The run of `plain` again, its tokens and its target the same, with edits.

        Raises InvalidEdit, and InvalidSelection for a model that cannot be edited.
        """
        return self.run_with(plain, interventions_of(edits, plain.sites))

    def run_with(self, plain: Trace, interventions: Mapping[BlockId, Intervention]) -> Trace:
        """What `edited` does, with edits that were checked."""
        raise self._cannot_be_edited()

    def run_batch(
        self, plain: Trace, rows: Seq[Mapping[BlockId, Intervention]]
    ) -> Float[Tensor, "row pos d_model"]:
        """The last vectors of many edited runs, made as one batch; nothing else is kept."""
        raise self._cannot_be_edited()

    @property
    def outputs(self) -> tuple[OutputKind, ...]:
        """What it has output heads for; () where it only shows its attention."""
        return self.shape.outputs

    def logits(
        self, said: OutputKind, vectors: Float[Tensor, "n d_model"]
    ) -> Float[Tensor, "n class"]:
        """What an output head gives for rows of `Trace.hidden`: natural logarithms, up to a
        constant a row, of probabilities. Differentiable where the caller records gradients.
        Raises InvalidSelection for a model that does not say this."""
        raise self._has_no_output(said)

    def name_of(self, said: OutputKind, index: int) -> str:
        """The class of that index: an entry of the vocabulary as a person reads it, or a tag."""
        raise self._has_no_output(said)

    def index_of(self, said: OutputKind, name: str) -> int:
        """The index of that class. Raises InvalidSelection, which says what is allowed."""
        raise self._has_no_output(said)

    def differentiate(
        self, plain: Trace, scalar: Callable[[Float[Tensor, "pos d_model"]], Tensor]
    ) -> Gradients:
        """The run of `plain` again, and the gradient of `scalar` of its last vectors.

        `scalar` is called once, recording gradients; tensors of `plain` that it uses must be
        cloned outside of inference mode first. Raises InvalidSelection for a model whose
        attention can only be read.
        """
        raise self._cannot_be_differentiated()

    def embeddings(self, plain: Trace) -> Float[Tensor, "pos d_embedding"]:
        """The vectors of the tokens that are read, before positions; in most models
        d_embedding is d_model. Of an encoder-decoder model, those that its encoder reads."""
        raise self._cannot_be_differentiated()

    def from_embeddings(
        self, plain: Trace, rows: Float[Tensor, "row read d_embedding"]
    ) -> Float[Tensor, "row pos d_model"]:
        """The last vectors of the run of `plain` with each of `rows` in the place of its
        `embeddings`, made as one batch. Differentiable in `rows` where they require it."""
        raise self._cannot_be_differentiated()

    def _has_no_output(self, said: OutputKind) -> InvalidSelection:
        names = {
            "fill": Message("fill in masks"),
            "next": Message("say what comes next"),
            "tag": Message("tag words"),
        }
        able = listed([names[each] for each in self.outputs]) or Message("only show its attention")
        return InvalidSelection(
            Message(
                "{name} cannot {what}; it can {able}. Choose another model.",
                name=self.name,
                what=names[said],
                able=able,
            ),
            argument="model",
        )

    def _has_no_entry(self, name: str) -> InvalidSelection:
        return InvalidSelection(
            Message(
                "{piece} is no entry of {model}'s vocabulary; name one token as /api/v1/outputs "
                "writes them",
                piece=repr(name),
                model=self.name,
            ),
            argument="name",
        )

    def _cannot_be_differentiated(self) -> InvalidSelection:
        return InvalidSelection(
            Message(
                "the attention of {name} can be read, but no gradient reaches it; choose another "
                "model",
                name=self.name,
            ),
            argument="model",
        )

    def _cannot_be_edited(self) -> InvalidSelection:
        return InvalidSelection(
            Message(
                "the attention of {name} can be read but not edited; choose another model",
                name=self.name,
            ),
            argument="model",
        )

    def refusal(self, encoding: Encoding) -> TextTooLong | None:
        """Why a text that could be cut cannot be run, or None if it can."""
        limit, two_towers = self.shape.token_limit, self.shape.family == "encoder-decoder"
        for tower, argument in (
            (encoding.encoder, "text"),
            (encoding.decoder, "text_pair" if two_towers else "text"),
        ):
            if tower is not None and len(tower) > limit:
                return TextTooLong(len(tower), limit, self.name, argument=argument)
        return None

    def encode_to_run(self, text: str, text_pair: str | None) -> Encoding:
        """The text, cut, and short enough to run. Raises what `encode` raises, and TextTooLong."""
        encoding = self.encode(text, text_pair)
        refusal = self.refusal(encoding)
        if refusal is not None:
            raise refusal
        return encoding

    def refuse_pair(self, text_pair: str | None) -> None:
        """What a model that reads one text asks first. Raises InvalidSelection."""
        if text_pair is not None:
            raise InvalidSelection(
                Message("{name} reads one text; leave out text_pair", name=self.name),
                argument="text_pair",
            )
