"""What can go wrong in `models/`, and the words for it.

HeadlightError
├── InputError                the caller can mend it by sending something else
│   ├── EmptyText             nothing to read
│   ├── InvalidText           not Unicode text (a lone surrogate, say)
│   ├── TextTooLong           more tokens than the model reads
│   ├── UnknownModel          not in the registry
│   ├── InvalidSelection      a kind, layer, head or position that the run does not have
│   ├── InvalidEdit           a change that cannot be made to the run: which, and why
│   └── WordNotFound          the text does not hold that word
├── ModelUnavailable          the weights are not here and cannot be fetched
├── UnsupportedModel          the weights are here, but this architecture cannot be captured
└── CorpusError               text to train or measure on is missing, or not in its format

Every message says what was given, what is allowed and what to do. `code` is
stable: programs match on it. `field` names the part of the request at fault.
"""

from __future__ import annotations


def short(number: int) -> str:
    """A number as a message shows it: a caller may send a thousand digits."""
    text = str(number)
    return text if len(text) <= 20 else f"{text[:20]}..."


class HeadlightError(Exception):
    """Base of all domain errors; `code` is stable, `field` may be None."""

    code = "error"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InputError(HeadlightError):
    """The request can be mended by its sender."""

    code = "invalid_input"


class EmptyText(InputError):
    code = "empty_text"


class InvalidText(InputError):
    code = "invalid_text"


class TextTooLong(InputError):
    code = "text_too_long"

    def __init__(self, n_tokens: int, limit: int, model: str, *, field: str = "text") -> None:
        super().__init__(
            f"{field} has {n_tokens} tokens; {model} reads at most {limit}. "
            "Shorten it or split it.",
            field=field,
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


class ModelUnavailable(HeadlightError):
    """`message` holds the reason, `remedy` what the operator can do."""

    code = "model_unavailable"

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message, field="model")
        self.remedy = remedy


class UnsupportedModel(HeadlightError):
    code = "unsupported_model"


class CorpusError(HeadlightError):
    """Raised only by the commands that train and evaluate; the server reads no corpus."""

    code = "corpus"
