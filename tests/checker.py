"""The checker of signatures, for the first calls of every function in each test.

A check of shapes costs more than most calls: a survey of claims makes 150,000 of them, and takes
six times as long when all are checked. A function that was held against its signature a hundred
times in a test is taken at its word until the next test begins.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import jaxtyping
from beartype import BeartypeConf, beartype

CHECKED_CALLS = 100

_signature_of = beartype(conf=BeartypeConf(is_pep484_tower=True))
_jaxtyped = jaxtyping.jaxtyped
_calls: Counter[Callable[..., Any]] = Counter()
_unchecked: list[Callable[..., Any]] = []


def install(modules: list[str]) -> None:
    """Checks those modules' functions and dataclasses once they are imported. jaxtyping's import
    hook decorates them with whatever stands at `jaxtyping.jaxtyped` then."""
    jaxtyping.jaxtyped = jaxtyped
    jaxtyping.install_import_hook(modules, "beartype.beartype")


def begin() -> None:
    """A test begins: every function is checked anew."""
    _calls.clear()
    while _unchecked:
        del _unchecked.pop().__no_type_check__  # type: ignore[attr-defined]


def jaxtyped(given: Any = None, *, typechecker: object = None) -> Any:
    """What `jaxtyping.jaxtyped` is, for the first calls of a test."""
    if given is None:
        return partial(jaxtyped, typechecker=typechecker)
    called = _called(given)
    return given if called is None else _jaxtyped(given, typechecker=_counting(called))


def _called(given: Any) -> Callable[..., Any] | None:
    """The function that runs, of a method, a property or a dataclass."""
    if inspect.isclass(given):
        return given.__init__ if "__dataclass_fields__" in vars(given) else None  # type: ignore[misc]
    if isinstance(given, classmethod | staticmethod):
        return given.__func__
    return given.fget if isinstance(given, property) else given


def _counting(called: Callable[..., Any]) -> Callable[[Any], Any]:
    """jaxtyping checks a function by calling another that has its signature and no body."""

    def check(signature: Callable[..., Any]) -> Callable[..., Any]:
        checked = _signature_of(signature)

        @wraps(signature)
        def counted(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            _calls[called] += 1
            # Twice a call: what was given, then what came out as well.
            if _calls[called] == 2 * CHECKED_CALLS:
                called.__no_type_check__ = True  # type: ignore[attr-defined]
                _unchecked.append(called)
            return checked(*args, **kwargs)

        return counted

    return check
