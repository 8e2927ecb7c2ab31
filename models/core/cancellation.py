"""Whether anybody still waits for what is being computed.

Long work asks between two batches (`check_cancelled`); who starts it says how to know
(`cancel_when`). Each thread has its own answer; where nobody said anything, nothing is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_left: ContextVar[Callable[[], bool] | None] = ContextVar("left", default=None)


class Cancelled(Exception):
    """Raised in work that nobody waits for any more, so that nobody sees it."""


@contextmanager
def cancel_when(left: Callable[[], bool]) -> Iterator[None]:
    """Work within it ends at its next check once `left` is true."""
    token = _left.set(left)
    try:
        yield
    finally:
        _left.reset(token)


def check_cancelled() -> None:
    """Raises Cancelled where nobody waits any more. Cheap: call it before every batch."""
    left = _left.get()
    if left is not None and left():
        raise Cancelled
