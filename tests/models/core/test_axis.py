"""What one side of a matrix counts."""

from __future__ import annotations

from headlight.models.core.axis import Axis
from headlight.models.zoo.registry import build_registry


def test_a_text_has_an_axis_of_its_tokens_and_one_of_its_words() -> None:
    sequence = build_registry().load("small").run("I saw a saw").encoder
    assert sequence is not None
    words = ("[CLS]", "I", "saw", "a", "saw", "[SEP]")
    assert sequence.axis() == Axis("token", words)
    assert sequence.axis("word") == Axis("word", words)


def test_what_is_no_text_has_an_axis_too() -> None:
    patches = Axis("patch", ("0, 0", "0, 1", "1, 0", "1, 1"))
    assert len(patches) == 4
