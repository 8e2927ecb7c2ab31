"""A log that nobody outside can write in: control characters are spelled out."""

from __future__ import annotations

import logging
import re
import traceback

LOGGERS = (None, "uvicorn", "uvicorn.access", "uvicorn.error", "headlight")  # None: the root
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def escape(text: str) -> str:
    """The text in one line, without escape sequences: "\\x1b[31m" as these seven characters."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class ControlCharacters(logging.Filter):
    """Spells out what a record says of a request: a path, an address, a message. A traceback keeps
    its lines; each is indented, so that none can pass for a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                escape(each) if isinstance(each, str) else each for each in record.args
            )
        if isinstance(record.msg, str):
            record.msg = escape(record.msg)
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            lines = "".join(traceback.format_exception(*record.exc_info)).splitlines()
            record.exc_text = "\n".join(f"    {escape(line)}" for line in lines)
        return True


def guard_logs() -> None:
    """Every handler that a server has by now writes plain lines; once, however often called."""
    handlers = {handler for name in LOGGERS for handler in logging.getLogger(name).handlers}
    if logging.lastResort is not None:
        handlers.add(logging.lastResort)
    for handler in handlers:
        if not any(isinstance(each, ControlCharacters) for each in handler.filters):
            handler.addFilter(ControlCharacters())
