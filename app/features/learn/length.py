"""How long a text may be for a lesson that shows every pair of its tokens."""

from __future__ import annotations

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.messages import Message


def check_length(count: int, limit: int) -> None:
    """Raises InvalidSelection for a text of more tokens than a lesson shows."""
    if count > limit:
        raise InvalidSelection(
            Message(
                "text has {count} tokens; this lesson shows at most {limit}. Shorten it.",
                count=count,
                limit=limit,
            ),
            argument="text",
        )
