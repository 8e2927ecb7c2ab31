"""White space for texts that come as tokens: what a person would have typed between them."""

from __future__ import annotations

import regex

_CHINESE = regex.compile(r"[\p{Han}\u3000-\u303f\uff00-\uffef]")
_LEFT = regex.compile(r"[.,;:!?%)\]}”’…]+|(?:n['’]t|['’](?:s|ll|ve|m|d|re))", regex.IGNORECASE)
_RIGHT = frozenset({"(", "[", "{", "“", "‘", "$", "£"})
_DASH = frozenset({"--", "—", "–"})


def between_sentences(before: str, after: str) -> str:
    """One space, or none where Chinese stands on either side."""
    return "" if _CHINESE.match(before[-1:]) or _CHINESE.match(after[:1]) else " "


class Spacing:
    """English spacing, token by token: stops, clitics and closing marks lean on what is before
    them, opening marks on what is after, dashes on both. Straight quotes open and close by
    turns; an apostrophe after s that closes no quote is taken for a possessive."""

    def __init__(self) -> None:
        self._previous: str | None = None
        self._leans_on_next = False
        self._open: set[str] = set()

    def before(self, token: str) -> str:
        """The white space between the last token and this one: "" or " "."""
        leans_back, leans_on_next = self._leaning(token)
        gap = "" if self._previous is None or self._leans_on_next or leans_back else " "
        self._previous, self._leans_on_next = token, leans_on_next
        return gap

    def _leaning(self, token: str) -> tuple[bool, bool]:
        """Whether the token leans on the one before it, and on the one after it."""
        if token in _DASH:
            return True, True
        if token not in {'"', "'"}:
            return bool(_LEFT.fullmatch(token)), token in _RIGHT
        if token in self._open:
            self._open.remove(token)
            return True, False
        if token == "'" and self._previous is not None and self._previous.endswith("s"):
            return True, False
        self._open.add(token)
        return False, True
