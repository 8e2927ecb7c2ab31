"""What stands between the network and the routes.

Guard is the outermost layer: security headers on every answer, a plain 500 for every bug,
one count and one duration for every request. Body reads the request's body up to its limit
and stops the work of a client that has gone.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from headlight.app.http.errors import BodyTooLarge, answer_to, bug_response, error_response
from headlight.app.http.languages import asked_for, language
from headlight.app.service.errors import Stopping
from headlight.app.service.metrics import Metrics
from headlight.app.service.pool import caller
from headlight.models.core.messages import Message

DRAINED, DRAINED_S = 64_000_000, 20  # bytes and seconds of a body that is too large
CLIENT_GONE = 499  # nginx's number for it; no answer was sent


def security_headers(frame_ancestors: str) -> dict[str, str]:
    policy = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # Plotly sets styles on its elements
        "img-src": "'self' data: blob:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": frame_ancestors,
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if frame_ancestors == "'none'":
        headers["X-Frame-Options"] = "DENY"
    return headers


class Guard:
    def __init__(self, app: ASGIApp, *, headers: dict[str, str], metrics: Metrics) -> None:
        self.app = app
        self.headers = headers
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = CLIENT_GONE
        begun = time.perf_counter()
        caller.set((scope.get("client") or ("",))[0])
        language.set(asked_for(Request(scope)))

        async def send_guarded(message: Event) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        try:
            await self.app(scope, receive, send_guarded)
        except Exception as error:
            if status != CLIENT_GONE:
                raise
            await bug_response(error)(scope, receive, send_guarded)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - begun
            self.metrics.observe(scope["method"], route, status, seconds)


class Body:
    """Reads the body before the route runs; leaves the route when the client leaves."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except BodyTooLarge as error:
            await self._drain(scope, receive)
            close = {"Connection": "close"}
            answer = error_response(error.status, error.code, error.message, headers=close)
            await answer(scope, receive, send)
            return
        if body is not None:
            await self._answer(scope, body, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body, or None if the client left while sending it."""
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > self.limit:
            raise self._too_large(f"{declared[:20]} bytes")
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self.limit:
                raise self._too_large(f"more than {self.limit} bytes")
            if not message.get("more_body", False):
                return bytes(body)

    async def _drain(self, scope: Scope, receive: Receive) -> None:
        """Reads on, and keeps nothing: many clients write all before they read an answer, and
        one that comes before is lost with the connection. Not without end, nor where the client
        declares far more, or asked first (Expect: 100-continue) and waits."""
        headers = Headers(scope=scope)
        waits = headers.get("expect", "").lower() == "100-continue"
        if waits or len(headers.get("content-length", "0")) > len(str(DRAINED)):
            return
        left = DRAINED
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAINED_S):
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    def _too_large(self, given: str) -> BodyTooLarge:
        return BodyTooLarge(
            Message(
                "the body has {given}; at most {limit} are read. Send a shorter text.",
                given=given,
                limit=self.limit,
            )
        )

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Run the route; if the client leaves first, cancel it. What others wait for goes on.

        A server that stops cancels this one: then the client is told so.
        """
        unread = [body]
        gone = asyncio.Event()
        begun = answered = False

        async def replay() -> Event:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send_noting(message: Event) -> None:
            nonlocal begun, answered
            begun = True
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                answered = True
            await send(message)

        async def watch(route: asyncio.Task[None]) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()
            if not answered:
                route.cancel()

        route = asyncio.ensure_future(self.app(scope, replay, send_noting))
        watcher = asyncio.create_task(watch(route))
        try:
            await route
        except asyncio.CancelledError:
            if gone.is_set() or answered:
                return
            if begun:
                raise
            await answer_to(Stopping())(scope, receive, send)
        finally:
            watcher.cancel()
            route.cancel()
