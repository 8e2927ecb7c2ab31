"""Signatures are checked while tests run (tests/conftest.py): one that is not true fails here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
import torch
from jaxtyping import Float, TypeCheckError
from torch import Tensor

from headlight.app.features.attribution import Attributions
from headlight.models.core.attention import attention_scores
from headlight.models.core.edits import Temperature
from headlight.run import Run
from tests import checker


def test_a_key_of_another_width_is_told_by_its_axis() -> None:
    with pytest.raises(TypeCheckError, match="d_head"):
        attention_scores(torch.ones(2, 3, 5), torch.ones(2, 4, 7))


def test_an_int_may_stand_for_a_float_and_a_word_may_not() -> None:
    assert Temperature(2).value == 2
    with pytest.raises(TypeCheckError):
        Temperature("warm")  # type: ignore[arg-type]


@pytest.mark.parametrize("checked", [Run, Attributions, Temperature])
def test_every_class_of_the_modules_with_tensors_is_checked(checked: type) -> None:
    assert hasattr(checked.__init__, "__wrapped__")


class Kinds:
    """Whatever may bear a signature; `count` columns come back, and 3 are right."""

    def __init__(self, count: int) -> None:
        self.count = count

    @checker.jaxtyped
    def method(self) -> Float[Tensor, "n n"]:
        return torch.ones(3, self.count)

    @checker.jaxtyped
    @property
    def property(self) -> Float[Tensor, "n n"]:
        return torch.ones(3, self.count)

    @checker.jaxtyped
    @classmethod
    def of_class(cls, count: int) -> Float[Tensor, "n n"]:
        return torch.ones(3, count)


@checker.jaxtyped
@dataclass
class Box:
    x: Float[Tensor, "n n"]


@cache
@checker.jaxtyped
def of_cache(count: int, call: int) -> Float[Tensor, "n n"]:
    return torch.ones(3, count)


CALLS: dict[str, Callable[[int, int], object]] = {
    "method": lambda count, _: Kinds(count).method(),
    "property": lambda count, _: Kinds(count).property,
    "class method": lambda count, _: Kinds.of_class(count),
    "dataclass": lambda count, _: Box(torch.ones(3, count)),
    "cached function": of_cache,
}


@pytest.mark.parametrize("kind", CALLS)
def test_the_hundredth_call_of_a_test_is_checked_and_the_one_after_it_is_not(kind: str) -> None:
    call = CALLS[kind]
    for number in range(checker.CHECKED_CALLS - 1):
        call(3, number)
    with pytest.raises(TypeCheckError):
        call(4, -1)
    call(3, checker.CHECKED_CALLS)
    call(4, -2)


@pytest.mark.parametrize("kind", CALLS)
def test_the_next_test_begins_anew(kind: str) -> None:
    for number in range(checker.CHECKED_CALLS + 1):
        CALLS[kind](3, 1000 + number)
    checker.begin()
    with pytest.raises(TypeCheckError):
        CALLS[kind](4, -3)
