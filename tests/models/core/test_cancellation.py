"""Long work ends between two batches once nobody waits for it, in its own thread only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from headlight.models.core.cancellation import Cancelled, cancel_when, check_cancelled
from headlight.models.core.edits import Edit, Where, ZeroAblation
from headlight.models.core.model import LoadedModel
from headlight.models.core.trace import Trace
from headlight.models.experiments.attribution import integrated_gradients
from headlight.models.experiments.effects import measure_effect
from headlight.models.experiments.faithfulness import links_of, measure_faithfulness
from headlight.models.experiments.objective import Sentence, objective_of
from headlight.models.measures.rollout import flow, mixing
from headlight.models.zoo.transformers import load_folder
from tests.models.speaking import speaking_folder

STEPS = 256  # more than one batch


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_folder("tiny", speaking_folder(Path(tmp_path_factory.mktemp("tiny"))))


def edited(model: LoadedModel, plain: Trace) -> Any:
    return measure_effect(model, plain, [Edit(Where("encoder", 0), ZeroAblation())])


def attributed(model: LoadedModel, plain: Trace) -> Any:
    objective = objective_of(model, plain, Sentence())
    return integrated_gradients(model, plain, objective, baseline="zero", steps=STEPS)


def cut(model: LoadedModel, plain: Trace) -> Any:
    site, objective = plain.sites[0], objective_of(model, plain, Sentence())
    open_ = links_of(site, 0, None)
    return measure_faithfulness(model, plain, site, 0, open_, objective, renormalise=True)


def flowed(model: LoadedModel, plain: Trace) -> Any:
    mixed = mixing(plain, "encoder")
    return flow(mixed, 1, list(range(mixed.shape[-1])))


@pytest.mark.parametrize("work", [edited, attributed, cut, flowed])
def test_long_work_ends_at_the_next_batch_and_goes_through_where_it_is_wanted(
    model: LoadedModel, work: Callable[[LoadedModel, Trace], Any]
) -> None:
    plain = model.run("the law is just, and the cat saw its saw")
    asked: list[bool] = []

    def leaves_at_the_second() -> bool:
        asked.append(len(asked) >= 1)
        return asked[-1]

    with cancel_when(leaves_at_the_second), pytest.raises(Cancelled):
        work(model, plain)
    assert asked == [False, True]
    with cancel_when(lambda: False):
        assert work(model, plain) is not None
    assert torch.equal(model.run(plain.text).sites[0].z, plain.sites[0].z)


def test_one_thread_s_caller_is_no_other_thread_s() -> None:
    fine = threading.Event()

    def other() -> None:
        check_cancelled()
        fine.set()

    with cancel_when(lambda: True):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        with pytest.raises(Cancelled):
            check_cancelled()
    assert fine.is_set()
    check_cancelled()
