"""The output head of a model of the library: what turns last vectors into words.

    checkpoint = load_checkpoint(folder)         # with the head that its config names, if whole
    head = read_alone(checkpoint.headed, ...)    # the head by itself, held against the model

A run captures the bare model, and the head is applied to the rows that somebody asks for: the
logits of every position would cost more than the run. The head alone is the headed model in
which a stub hands on the vectors that it is given; it is used only where it gives the headed
model's own logits.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    PreTrainedConfig,
    PreTrainedModel,
)

from models.outputs import Said

TOLERANCE = 1e-4  # of logits, relative to the largest
FILLS = ("ForMaskedLM", "ForPreTraining")
CONTINUES = ("ForCausalLM", "LMHeadModel")

# While the library makes a model it replaces PreTrainedModel.tie_weights for the whole process:
# of two models made at once, one would never have its weights tied, and both might stay so.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """`model` is run and captured. `headed` is the same model with the head that says `said`;
    both None where the weights hold none."""

    model: PreTrainedModel
    headed: PreTrainedModel | None = None
    said: Said | None = None


def load_checkpoint(folder: Path, config: PreTrainedConfig) -> Checkpoint:
    """Reads safetensors only, in float32, and runs no code of the folder's.

    A head is named by the config's `architectures`; one whose weights are not all in the
    checkpoint would speak at random, and is left out.
    """
    auto, said = _auto_class(config)
    with _ONE_AT_A_TIME:
        model, notes = auto.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            attn_implementation="eager",
            dtype=torch.float32,
            output_loading_info=True,
        )
    if said is None:
        return Checkpoint(model)
    base = model.base_model
    if config.is_encoder_decoder:
        return Checkpoint(model) if notes["missing_keys"] else Checkpoint(model, model, said)
    inside = f"{model.base_model_prefix}."
    whole = all(key.startswith(inside) for key in notes["missing_keys"])
    return Checkpoint(base, model, said) if whole and base is not model else Checkpoint(base)


def _auto_class(config: PreTrainedConfig) -> tuple[Any, Said | None]:
    if config.is_encoder_decoder:
        return AutoModelForSeq2SeqLM, "next"
    for name in config.architectures or ():
        if name.endswith(FILLS) and type(config) in MODEL_FOR_MASKED_LM_MAPPING:
            return AutoModelForMaskedLM, "fill"
        if name.endswith(CONTINUES) and type(config) in MODEL_FOR_CAUSAL_LM_MAPPING:
            return AutoModelForCausalLM, "next"
    return AutoModel, None


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
