"""The trainer of all models of the lessons.

A model is a function of its settings and its data: weights are drawn, and batches are, from the
seed alone. Weights are kept in half precision, and what a lesson shows is what they give.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import torch
from jaxtyping import Float, Int
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

WEIGHTS = Path(__file__).parent / "weights"
Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how fast. `decay` is an L2 penalty with "adam", and pulls the weights themselves
    with "adamw" (Loshchilov and Hutter 2019); `clip` is the largest norm of a gradient (None: as it
    is); "cosine" takes the rate down to 0 over the steps."""

    steps: int
    rate: float
    decay: float = 0.0
    optimizer: Literal["adam", "adamw"] = "adam"
    clip: float | None = None
    schedule: Literal["constant", "cosine"] = "constant"
    seed: int = 0


def train(
    build: Callable[[], Module],
    loss: Callable[[Module, int], Float[Tensor, ""]],
    settings: Settings,
    undecayed: Collection[str] = (),
) -> tuple[Module, float]:
    """A trained model and the CPU seconds that it took.

    `build` makes the model, `loss` is what a step makes smaller: of the model, at that step. Both
    draw from torch's global generator, which begins at the seed and is put back afterwards.
    `undecayed` names parameters that are not pulled to 0.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        begun = time.process_time()
        model = build()
        parts: dict[bool, list[nn.Parameter]] = {True: [], False: []}
        for name, parameter in model.named_parameters():
            parts[name in undecayed].append(parameter)
        groups = [
            {"params": parts[False], "weight_decay": settings.decay},
            {"params": parts[True], "weight_decay": 0.0},
        ]
        method = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
        optimizer = method(groups, lr=settings.rate)
        model.train()
        for step in range(settings.steps):
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * _share(settings, step)
            optimizer.zero_grad()
            loss(model, step).backward()
            if settings.clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
            optimizer.step()
        return model.eval().requires_grad_(False), time.process_time() - begun


def batches(count: int, size: int) -> Iterator[Int[Tensor, " chosen"]]:
    """So many of `count` examples at a time, without end: all in an order that torch's generator
    draws, then all again in another."""
    while True:
        yield from torch.randperm(count).split(size)


def _share(settings: Settings, step: int) -> float:
    if settings.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * step / settings.steps))


def half_precision(model: Module) -> Module:
    """The same model as it comes out of its file: each weight rounded to half precision."""
    model.load_state_dict({name: t.half().float() for name, t in model.state_dict().items()})
    return model


def save_weights(models: dict[str, nn.Module], path: Path) -> None:
    """Several models of a lesson in one file, in half precision."""
    tensors = {
        f"{name}/{key}": tensor.half().contiguous()
        for name, model in models.items()
        for key, tensor in model.state_dict().items()
    }
    save_file(tensors, path)


def load_weights(model: Module, path: Path, name: str) -> Module:
    """One of them, for a model of its shape. Raises KeyError for a name that it has not."""
    prefix = f"{name}/"
    tensors = {
        key.removeprefix(prefix): tensor.float()
        for key, tensor in load_file(path).items()
        if key.startswith(prefix)
    }
    if not tensors:
        raise KeyError(name)
    model.load_state_dict(tensors)
    return model.eval().requires_grad_(False)
