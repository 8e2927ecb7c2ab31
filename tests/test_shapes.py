"""Signatures are checked while tests run (tests/conftest.py): one that is not true fails here."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import TypeCheckError

from headlight.app.features.attribution import Attributions
from headlight.models.core.attention import attention_scores
from headlight.models.core.edits import Temperature
from headlight.run import Run


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
