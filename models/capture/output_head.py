"""The output head of a model of the library: what turns last vectors into words.

A run captures the bare model, and the head is applied to the rows that somebody asks for: the
logits of every position would cost more than the run. The head alone is the headed model in
which a stub hands on the vectors that it is given; it is used only where it gives the headed
model's own logits.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import PreTrainedModel

TOLERANCE = 1e-4  # of logits, relative to the largest


class HeadAlone:
    """Logits of last vectors. Keeps no state, so that threads may share it."""

    def __init__(self, headed: PreTrainedModel, replaced: str) -> None:
        self._twin = copy.copy(headed)
        # A copied module shares its table of parts; the twin's own lacks what ran before.
        self._twin.__dict__["_modules"] = {**headed._modules, replaced: _Stub()}
        self._two_towers = bool(headed.config.is_encoder_decoder)

    def __call__(self, vectors: Float[Tensor, "n d_model"]) -> Float[Tensor, "n class"]:
        rows = vectors[None]
        if self._two_towers:
            output = self._twin(decoder_inputs_embeds=rows, encoder_outputs=(rows,))
        else:
            output = self._twin(inputs_embeds=rows)
        logits: Tensor = output["logits"]
        return logits[0]


def read_alone(
    headed: PreTrainedModel, example: Mapping[str, Any], last: Float[Tensor, "pos d_model"]
) -> HeadAlone | None:
    """The head by itself, or None where no way of asking gives the headed model's own logits.

    `last` are the last vectors of a run over `example`.
    """
    with torch.inference_mode():
        own = headed(**example)["logits"][0]
        for replaced in (headed.base_model_prefix, "decoder"):
            if not isinstance(headed._modules.get(replaced), nn.Module):
                continue
            head = HeadAlone(headed, replaced)
            try:
                found = head(last)
            except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
                continue  # its forward does more with the model than hand its vectors on
            if found.shape == own.shape and _close(found, own):
                return head
    return None


def _close(found: Tensor, own: Tensor) -> bool:
    return bool((found - own).abs().max() <= TOLERANCE * own.abs().max().clamp(min=1))


class _Handed(tuple[Tensor]):
    """An output of nothing but last vectors, by place and by name."""

    @property
    def last_hidden_state(self) -> Tensor:
        return self[0]

    def __getattr__(self, name: str) -> None:
        return None


class _Stub(nn.Module):
    """Stands where the model was, and hands on the vectors that it is given. OPT asks the
    decoder inside its model."""

    @property
    def decoder(self) -> _Stub:
        return self

    def forward(self, *_args: Any, **given: Any) -> _Handed:
        rows = given.get("decoder_inputs_embeds")
        return _Handed((given["inputs_embeds"] if rows is None else rows,))
