"""What requests are made of. Types are strict: no number in quotes, no true for 1."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

MAX_LISTED = 1_000  # layers or heads in one selection

KIND = (
    "encoder: self-attention of an encoder; decoder: causal self-attention; cross: decoder "
    "tokens look at encoder tokens."
)

LEVEL = (
    "word: a word's row is the mean over its tokens' rows, what it gives to a word the sum over "
    "that word's tokens."
)


def distinct(values: list[Any] | None) -> list[Any] | None:
    seen: set[Any] = set()
    for value in values or ():
        if value in seen:
            raise PydanticCustomError("repeated", "repeated", {"item": value})
        seen.add(value)
    return values


def listed(item: str) -> Any:
    return Field(
        None,
        min_length=1,
        max_length=MAX_LISTED,
        description=f"{item} numbers from 0, each once, in the order wanted; null: all.",
        json_schema_extra={"uniqueItems": True},
    )


# The range of an index depends on the model, so that it is checked later, and named.
Index = Annotated[int, Field(strict=True, json_schema_extra={"minimum": 0})]
Indices = Annotated[list[Index] | None, AfterValidator(distinct)]
Named = Annotated[list[Index], AfterValidator(distinct)]
# What only some requests use is held to its least value in all of them.
Position = Annotated[int, Field(strict=True, ge=0)]
Positions = Annotated[list[Position] | None, AfterValidator(distinct)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Alternative(Strict):
    """One of several that a request may hold in one place, told apart by its field `do`.

    `names` are those of all of them: where one is wrong, its name stands in the path of the error.
    """

    names: ClassVar[set[Any]] = set()

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if "do" in cls.model_fields:
            Alternative.names.update(get_args(cls.model_fields["do"].annotation))


class TextRequest(Strict):
    """A model and what it reads."""

    model: str | None = Field(
        None, description="A name from GET /models; null: the server's default, `bert` as shipped."
    )
    text: str = Field(
        description="The text, as typed. Blank text is refused; so is text beyond the model's "
        "token limit (except by /tokens). It is never cut.",
    )
    text_pair: str | None = Field(
        None,
        description="A second text. Encoders read both as a pair ([CLS] text [SEP] pair [SEP]); "
        "for encoder-decoder models it is the target, and null lets the model write its own; "
        "decoders read one text and refuse it.",
    )
