"""What can go wrong in `models/`, and the words for it.

HeadlightError
├── InputError                the caller can mend it by sending something else
│   ├── EmptyText             nothing to read
│   ├── InvalidText           not Unicode text (a lone surrogate, say)
│   ├── TextTooLong           more tokens than the model reads
│   ├── UnknownModel          not in the registry
│   ├── InvalidSelection      a kind, layer, head or position that the run does not have
│   ├── InvalidEdit           a change that cannot be made to the run: which, and why
│   ├── WordNotFound          the text does not hold that word
│   └── NotFinite             this model's run of this text overflows: where NaN begins
├── ModelRefused              a model that cannot be shown: the reason, and what to do
│   ├── ModelUnavailable      the weights are not here and cannot be fetched
│   └── UnsupportedModel      they are here, but what they would show is not the model's own
└── CorpusError               text to train or measure on is missing, or not in its format

Every message says what was given, what is allowed and what to do. `code` is
stable: programs match on it. `argument` names what was given wrongly.
"""

from __future__ import annotations

from headlight.models.core.messages import Message


def short(given: int | str) -> str:
    """A number or a word as a message shows it: a caller may send a thousand digits."""
    text = str(given)
    return text if len(text) <= 20 else f"{text[:20]}..."


class HeadlightError(Exception):
    """Base of all domain errors; `code` is stable, `argument` names what
    was given wrongly, or is None."""

    code = "error"

    def __init__(self, message: str, *, argument: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


class InputError(HeadlightError):
    """The request can be mended by its sender."""

    code = "invalid_input"
    message: Message

    def __init__(self, message: Message, *, argument: str | None = None) -> None:
        super().__init__(message, argument=argument)


class EmptyText(InputError):
    code = "empty_text"


class InvalidText(InputError):
    code = "invalid_text"


class TextTooLong(InputError):
    code = "text_too_long"

    def __init__(self, n_tokens: int, limit: int, model: str, *, argument: str = "text") -> None:
        super().__init__(
            Message(
                "{argument} has {tokens} tokens; {model} reads at most {limit}. "
                "Shorten it or split it.",
                argument=argument,
                tokens=n_tokens,
                model=model,
                limit=limit,
            ),
            argument=argument,
        )
        self.n_tokens = n_tokens
        self.limit = limit


class UnknownModel(InputError):
    code = "unknown_model"


class InvalidSelection(InputError):
    code = "invalid_selection"


class InvalidEdit(InputError):
    code = "invalid_edit"


class WordNotFound(InputError):
    code = "word_not_found"


class NotFinite(InputError):
    code = "not_finite"


class ModelRefused(HeadlightError):
    """`reason` is why, without a full stop; `remedy` is a sentence: what the operator can do."""

    def __init__(self, reason: Message, *, remedy: Message) -> None:
        said = Message("{reason}. {remedy}", reason=reason, remedy=remedy)
        super().__init__(said, argument="model")
        self.reason = reason
        self.remedy = remedy


class ModelUnavailable(ModelRefused):
    code = "model_unavailable"


ANOTHER = Message("Choose another model.")


class UnsupportedModel(ModelRefused):
    code = "unsupported_model"

    def __init__(self, reason: Message, *, remedy: Message = ANOTHER) -> None:
        super().__init__(reason, remedy=remedy)


class CorpusError(HeadlightError):
    """Raised only by the commands that train and evaluate; the server reads no corpus."""

    code = "corpus"


def check_within(
    name: str, given: int, count: int, what: Message, *, argument: str | None = None
) -> None:
    """Raises InvalidSelection for a number outside of 0 to count - 1, which are `what`. `argument`
    is what it was given as, where that has another name."""
    if not 0 <= given < count:
        raise InvalidSelection(
            Message(
                "{name} {given} is outside 0 to {last}, {what}",
                name=name,
                given=short(given),
                last=count - 1,
                what=what,
            ),
            argument=argument or name,
        )


def first_line(error: BaseException) -> str:
    """What another library says went wrong, in one line of at most 200 characters."""
    lines = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return said if len(said) <= 200 else f"{said[:197]}..."
