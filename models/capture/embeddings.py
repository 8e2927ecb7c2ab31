"""Input embeddings of a model of the library: taken, made leaves of a graph, or replaced.

A hook on the embedding module does all of it, so that positions and scaling stay the model's
own. What it should do is in a ContextVar: threads never see each other's, and outside of these
runs the hook does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedModel


@dataclass(slots=True, eq=False)
class _Given:
    """`rows` take the place of what `module` gives when it is first called; None: whatever an
    embedding gives becomes a leaf that gradients reach."""

    rows: Float[Tensor, "row pos d_embedding"] | None = None
    module: nn.Module | None = None
    taken: bool = False


_GIVEN: ContextVar[_Given | None] = ContextVar("headlight_embeddings", default=None)


def reading_embedding(model: PreTrainedModel) -> nn.Module | None:
    """The module that makes vectors of the text's tokens: the encoder's, where there is one."""
    return _embedding(_reader(model))


def watch_embeddings(model: PreTrainedModel) -> None:
    """Hooks every input embedding of the model, once, after loading."""
    towers = [model, _reader(model)]
    if _two_towers(model):
        towers.append(model.get_decoder())
    for module in dict.fromkeys(_embedding(tower) for tower in towers):
        if module is not None:
            module.register_forward_hook(_look)


@contextmanager
def embeddings_as_leaves() -> Iterator[None]:
    """Inside, everything that a model computes from its embeddings has gradients, though its
    weights have none."""
    token = _GIVEN.set(_Given())
    try:
        yield
    finally:
        _GIVEN.reset(token)


@contextmanager
def embeddings_given(
    module: nn.Module, rows: Float[Tensor, "row pos d_embedding"]
) -> Iterator[None]:
    """Inside, `module` gives `rows`, whatever tokens it reads, when it is first called: a module
    that both towers share is the encoder's first. Raises RuntimeError if it is never called."""
    given = _Given(rows, module)
    token = _GIVEN.set(given)
    try:
        yield
    finally:
        _GIVEN.reset(token)
    if not given.taken:
        raise RuntimeError("this model makes its input vectors without its embedding module")


@contextmanager
def gradients_on() -> Iterator[None]:
    """Gradients are recorded inside, even where the caller has switched on inference mode."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def _look(module: nn.Module, _args: tuple[Any, ...], output: Tensor) -> Tensor | None:
    given = _GIVEN.get()
    if given is None:
        return None
    # Copies: a model may write into its embeddings (CTRL scales them), which a leaf forbids.
    if given.rows is None:
        return output.detach().requires_grad_().clone()
    if module is not given.module or given.taken:
        return None
    given.taken = True
    return given.rows.to(output.dtype).clone()


def _embedding(tower: Any) -> nn.Module | None:
    try:
        found = tower.get_input_embeddings()
    except (AttributeError, NotImplementedError):  # sound and pictures have none
        return None
    return found if isinstance(found, nn.Embedding) else None


def _reader(model: PreTrainedModel) -> Any:
    """The part whose embedding is called: of T5 the encoder has one of its own, which shares the
    model's weights, in T5EncoderModel too."""
    if _two_towers(model):
        return model.get_encoder()
    inside = getattr(model, "encoder", None)
    return model if inside is None or _embedding(inside) is None else inside


def _two_towers(model: PreTrainedModel) -> bool:
    return bool(getattr(model.config, "is_encoder_decoder", False))
