"""From many vectors to one: a mean, and a query."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from headlight.models.core.errors import InvalidSelection
from headlight.models.core.trace import Trace
from headlight.models.lessons.pooling import pool
from headlight.models.zoo.registry import build_registry
from headlight.models.zoo.transformers import load_folder
from tests.models import headed


@pytest.fixture(scope="module")
def trace() -> Trace:
    return build_registry().load("small").run("I saw a saw in the old house.")


def test_without_sharpness_every_query_takes_home_the_mean(trace: Trace) -> None:
    found = pool(trace, 2, 1, 0)
    count = len(found.values)
    torch.testing.assert_close(found.weights, torch.full_like(found.weights, 1 / count))
    torch.testing.assert_close(found.pooled, found.mean.expand_as(found.pooled))


def test_a_sharpness_of_one_is_the_head_itself(trace: Trace) -> None:
    found = pool(trace, 2, 1, 1)
    site = trace.site("encoder", 2)
    torch.testing.assert_close(found.weights.float(), site.pattern([1])[0], atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found.pooled.float(), site.z[1], atol=1e-5, rtol=1e-5)


def test_a_bias_on_the_scores_is_the_heads_own(tmp_path: Path) -> None:
    trace = load_folder("t5", headed.t5(tmp_path)).run("once upon a time", "there was")
    site = trace.site("encoder", 0)
    assert site.bias is not None
    found = pool(trace, 0, 1, 1)
    torch.testing.assert_close(found.weights.float(), site.pattern([1])[0], atol=1e-6, rtol=1e-5)


def test_ever_more_sharply_the_strongest_key_has_all(trace: Trace) -> None:
    found = pool(trace, 2, 1, 100)
    strongest = found.scores.argmax(-1)
    assert (found.weights.argmax(-1) == strongest).all()
    assert found.weights.amax(-1).min() > 0.5


@pytest.mark.parametrize(("layer", "head"), [(4, 0), (0, 4)])
def test_a_head_that_is_not_there_is_refused(trace: Trace, layer: int, head: int) -> None:
    with pytest.raises(InvalidSelection):
        pool(trace, layer, head, 1)
