"""What must not happen on any page: errors in the console, scripts that throw, other hosts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Request

REFUSED = re.compile(
    r"^Failed to load resource: (?:the server responded with a status of (\d+)|net::ERR_CONNECTION)"
)


@dataclass
class Watch:
    """Everything that went wrong on the pages of one test.

    Chromium writes each answer of 400 and above to the console too: those are in `refused`, by
    their status (0: no answer came), so that a test can say which ones it provokes. A breach of
    the page's Content-Security-Policy is an error in the console like any other.
    """

    address: str
    problems: list[str] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)

    def over(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("crash", lambda _: self.problems.append("the page crashed"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        refused = REFUSED.match(message.text)
        if refused:
            self.refused.add(int(refused[1] or 0))
        elif message.type == "error":
            self.problems.append(f"console: {message.text} ({message.location})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.problems.append(f"a request left the server: {request.url}")
