"""Holds every call of a module with tensors against its signature while tests run; times none.

jaxtyping's import hook puts a checker (tests/checker.py) on every function and dataclass of those
modules: a shape or a type that is written and not true fails the test that meets it. As for type
checkers, an int is taken where a float is asked for. Modules that write no shape are left to the
static types: a checker on each of their calls takes half as long again as the tests themselves.

hypothesis fails an example that takes more than 200 ms unless told otherwise: on a busy machine any
may.

Workers share tests out by their names and run those of one name once: a name that two tests bear
ends the run.
"""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from tests import checker

ROOT = Path(__file__).parents[1]

MODULES_WITH_SHAPES = [
    ".".join(("headlight", *path.relative_to(ROOT).with_suffix("").parts)).replace(
        "headlight.headlight", "headlight"
    )
    for room in ("app", "headlight", "models")
    for path in sorted((ROOT / room).rglob("*.py"))
    if "jaxtyping" in path.read_text(encoding="utf-8")
]

checker.install(MODULES_WITH_SHAPES)

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    twice = [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]
    if twice:
        raise pytest.UsageError(f"tests of one name: {', '.join(twice)}")


def pytest_runtest_setup() -> None:
    checker.begin()
