"""Nothing that a request holds can pass for a line of the log, or move a terminal."""

from __future__ import annotations

import io
import logging

import pytest

from headlight.app.service.logs import LOGGERS, ControlCharacters, escape, guard_logs

FORGED = '127.0.0.1 - "GET / HTTP/1.1" 200 OK'


def written(record: logging.LogRecord) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(ControlCharacters())
    handler.handle(record)
    return stream.getvalue()


def record(message: str, *args: object, exc_info: object = None) -> logging.LogRecord:
    return logging.LogRecord("uvicorn.access", 20, __file__, 1, message, args, exc_info)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain text, 苹果, émile", "plain text, 苹果, émile"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        (f"one\n{FORGED}", rf"one\n{FORGED}"),
        ("a\rb\tc\x00\x7f\x9b2J\u2028", r"a\rb\tc\x00\x7f\x9b2J\u2028"),
    ],
)
def test_control_characters_are_escape(given: str, shown: str) -> None:
    assert escape(given) == shown
    assert written(record("from %s at %d", given, 7)) == f"from {shown} at 7\n"
    assert written(record(given.replace("%", "%%"))) == f"{shown}\n"


def test_a_traceback_keeps_its_lines_and_none_of_them_passes_for_a_record() -> None:
    try:
        raise ValueError(f"\x1b[2J\n{FORGED}")
    except ValueError as error:
        text = written(record("failed", exc_info=(type(error), error, error.__traceback__)))
    first, *rest = text.splitlines()
    assert first == "failed"
    assert len(rest) > 2
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in text


def test_every_handler_of_a_server_is_guarded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = []
    for name in LOGGERS:
        handler = logging.NullHandler()
        monkeypatch.setattr(logging.getLogger(name), "handlers", [handler])
        handlers.append(handler)
    last = logging.NullHandler()
    monkeypatch.setattr(logging, "lastResort", last)
    guard_logs()
    guard_logs()
    assert [len(handler.filters) for handler in [*handlers, last]] == [1] * (len(LOGGERS) + 1)
