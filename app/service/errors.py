"""What the service refuses for now.

ServiceError     ask again in `retry_s` seconds
├── Busy         the queue is full, or the wait was too long
├── Stopping     the server was told to stop: another may answer
└── ModelLoading the model is being downloaded or loaded
"""

from __future__ import annotations

from headlight.models.core.messages import Message

RETRY_STOPPING_S = 5  # by then another server should stand in its place


class ServiceError(Exception):
    """Work that cannot be done now; `code` is stable, `argument` names what it is about."""

    code = "busy"

    def __init__(self, message: Message, *, retry_s: int, argument: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_s = retry_s
        self.argument = argument


class Busy(ServiceError):
    pass


class Stopping(ServiceError):
    def __init__(self) -> None:
        super().__init__(
            Message(
                "the server was told to stop before this was done; ask again in {seconds} seconds",
                seconds=RETRY_STOPPING_S,
            ),
            retry_s=RETRY_STOPPING_S,
        )


class ModelLoading(ServiceError):
    """`model`: its progress can be watched by that name, or None."""

    code = "model_loading"

    def __init__(self, message: Message, *, retry_s: int, model: str | None = None) -> None:
        super().__init__(message, retry_s=retry_s, argument="model")
        self.model = model
