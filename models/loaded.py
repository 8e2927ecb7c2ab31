"""What every model in memory can do, whoever made it: cut a text, and run it to a trace."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from models.altered import Altered, Place
from models.attention import Kind
from models.edits import Edit, alter
from models.errors import InvalidSelection, TextTooLong
from models.outputs import Taught
from models.reader import Encoding
from models.trace import Trace

Family = Literal["encoder", "decoder", "encoder-decoder"]
MAX_TOKENS = 1024  # however many more a model could read: no picture of more is legible


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What a loaded model is made of; `layers`, `heads`, `d_head` are those of its first kind.

    `taught` names the heads that were trained to point at something; every other head is free.
    """

    kinds: tuple[Kind, ...]
    layers: int
    heads: int
    d_head: int
    d_model: int
    token_limit: int
    parameters: int
    taught: tuple[Taught, ...] = ()

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
        return self.rerun(plain, alter(edits, plain.sites))

    def rerun(self, plain: Trace, altered: Mapping[Place, Altered]) -> Trace:
        """What `edited` does, with edits that were checked."""
        raise self._cannot_be_edited()

    def vary(
        self, plain: Trace, rows: Seq[Mapping[Place, Altered]]
    ) -> Float[Tensor, "row pos d_model"]:
        """The last vectors of many edited runs, made as one batch; nothing else is kept."""
        raise self._cannot_be_edited()

    def _cannot_be_edited(self) -> InvalidSelection:
        return InvalidSelection(
            f"the attention of {self.name} can be read but not edited; choose another model",
            field="model",
        )

    def refusal(self, encoding: Encoding) -> TextTooLong | None:
        """Why a text that could be cut cannot be run, or None if it can."""
        limit, two_towers = self.shape.token_limit, self.shape.family == "encoder-decoder"
        for tower, field in (
            (encoding.encoder, "text"),
            (encoding.decoder, "text_pair" if two_towers else "text"),
        ):
            if tower is not None and len(tower) > limit:
                return TextTooLong(len(tower), limit, self.name, field=field)
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
                f"{self.name} reads one text; leave out text_pair", field="text_pair"
            )
