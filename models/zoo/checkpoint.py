"""From a folder of safetensors to a model of the library whose every running weight is its own.

A model is made by the class that the checkpoint was saved from, so far as that decides what runs:
the bare model, with the head that fills masks or says what comes next where there is one. What
the checkpoint lacks is never drawn at random and shown: `Checkpoint.missing` names it, and the
model's trial (`models.zoo.trial`) refuses a model that runs any of it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
    MODEL_MAPPING,
    PreTrainedConfig,
    PreTrainedModel,
)

from headlight.models.core.errors import UnsupportedModel, first_line
from headlight.models.core.messages import Message
from headlight.models.core.outputs import OutputKind

FILLS = ("ForMaskedLM", "ForPreTraining")
CONTINUES = ("ForCausalLM", "LMHeadModel")
ENCODER_ALONE = "EncoderModel"  # T5EncoderModel, MT5EncoderModel, UMT5EncoderModel

_INPUTS = {
    "pixel_values": Message("pictures"),
    "input_values": Message("sound"),
    "input_features": Message("sound"),
}

# While the library makes a model it replaces PreTrainedModel.tie_weights for the whole process:
# of two models made at once, one would never have its weights tied, and both might stay so.
LOAD_LOCK = threading.RLock()


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """`model` is run and captured. `headed` is the same model with the head that says `said`;
    both None where the weights hold none.

    `missing` are the tensors of `model` that the files do not hold, or hold in another shape;
    `unexpected` are those that the files hold and nothing asked for.
    """

    model: PreTrainedModel
    headed: PreTrainedModel | None = None
    said: OutputKind | None = None
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Class:
    """How a checkpoint is loaded: the library's class, what its head says, and whether the
    model that runs is the class itself and not its base."""

    of: type[PreTrainedModel]
    said: OutputKind | None = None
    whole: bool = True


def load_checkpoint(name: str, folder: Path, config: PreTrainedConfig) -> Checkpoint:
    """Reads safetensors only, in float32, and runs no code of the folder's.

    A head is named by the config's `architectures`; one whose weights are not all in the
    checkpoint would speak at random, and is left out. Raises UnsupportedModel.
    """
    chosen = _class_of(name, config)
    if chosen.of.__name__.endswith(ENCODER_ALONE):
        config.is_encoder_decoder = False  # transformers 4 saved it as true
    checkpoint = _load(name, folder, config, chosen)
    saved_from = _saved_from(config)
    if checkpoint.missing and saved_from not in (None, chosen.of):
        # Its body may stand under another name there (LlamaForQuestionAnswering: "transformer").
        other = _load(name, folder, config, _Class(saved_from, whole=False))
        if len(other.missing) < len(checkpoint.missing):
            return other
    return checkpoint


def check_reads_text(name: str, config: PreTrainedConfig) -> None:
    """Raises UnsupportedModel for a model whose input is no text."""
    main = _class_of(name, config).of.main_input_name
    if main != "input_ids":
        raise UnsupportedModel(
            Message(
                "{name} ({model_type}) reads {inputs}, not text",
                name=name,
                model_type=config.model_type,
                inputs=_INPUTS.get(main, main),
            ),
            remedy=Message("Choose a model that reads text."),
        )


def _load(name: str, folder: Path, config: PreTrainedConfig, chosen: _Class) -> Checkpoint:
    make: Any = chosen.of
    try:
        with LOAD_LOCK:
            model, notes = make.from_pretrained(
                folder,
                config=config,
                local_files_only=True,
                use_safetensors=True,
                attn_implementation="eager",
                dtype=torch.float32,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
    except Exception as error:  # whatever a foreign checkpoint makes the library raise
        raise UnsupportedModel(
            Message(
                "transformers cannot make {class_name} of the files of {name} ({error})",
                class_name=chosen.of.__name__,
                name=name,
                error=first_line(error),
            ),
            remedy=Message(
                "Save the model again with save_pretrained(folder), or choose another model."
            ),
        ) from error
    missing = {*notes["missing_keys"], *(key for key, *_ in notes["mismatched_keys"])}
    unexpected = tuple(sorted(notes["unexpected_keys"]))
    if chosen.whole and chosen.said is None:
        return Checkpoint(model, missing=tuple(sorted(missing)), unexpected=unexpected)
    if chosen.said == "next" and config.is_encoder_decoder:
        # The head is as large as the vocabulary and mostly shares its weights.
        headed = None if any(_of_head(key) for key in missing) else model
        said = chosen.said if headed is not None else None
        inside = tuple(sorted(key for key in missing if not _of_head(key)))
        return Checkpoint(model, headed, said, inside, unexpected)
    base, prefix = model.base_model, f"{model.base_model_prefix}."
    if base is model:
        return Checkpoint(model, missing=tuple(sorted(missing)), unexpected=unexpected)
    inside = tuple(sorted(k.removeprefix(prefix) for k in missing if k.startswith(prefix)))
    if chosen.said is None or len(inside) < len(missing):
        return Checkpoint(base, missing=inside, unexpected=unexpected)
    return Checkpoint(base, model, chosen.said, inside, unexpected)


def _of_head(key: str) -> bool:
    return key.startswith(("lm_head", "final_logits_bias"))


def _class_of(name: str, config: PreTrainedConfig) -> _Class:
    """The class that the checkpoint is loaded with. Raises UnsupportedModel."""
    named = _saved_from(config)
    if named is not None and named.__name__.endswith(ENCODER_ALONE):
        return _Class(named)
    if config.is_encoder_decoder:
        speaks = _class_for(MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING, config)
        if speaks is not None and (named is None or named is speaks):
            return _Class(speaks, "next")
    elif named is not None:
        heads: tuple[tuple[tuple[str, ...], Any, OutputKind], ...] = (
            (FILLS, MODEL_FOR_MASKED_LM_MAPPING, "fill"),
            (CONTINUES, MODEL_FOR_CAUSAL_LM_MAPPING, "next"),
        )
        for endings, mapping, said in heads:
            headed = _class_for(mapping, config)
            if named.__name__.endswith(endings) and headed is not None:
                return _Class(headed, said, whole=False)
    bare = _class_for(MODEL_MAPPING, config)
    if bare is None:
        raise UnsupportedModel(
            Message(
                "transformers has no bare model for {model_type}, the model_type of {name}",
                model_type=repr(config.model_type),
                name=name,
            )
        )
    return _Class(bare)


def _class_for(mapping: Any, config: PreTrainedConfig) -> type[PreTrainedModel] | None:
    if type(config) not in mapping:
        return None
    found = mapping[type(config)]
    if isinstance(found, tuple):  # several: the one that the checkpoint was saved from
        names = config.architectures or ()
        found = next((each for each in found if each.__name__ in names), found[0])
    model_class: type[PreTrainedModel] = found
    return model_class


def _saved_from(config: PreTrainedConfig) -> type[PreTrainedModel] | None:
    """The library's class of the first of `architectures`, if it is one for this config."""
    for name in config.architectures or ():
        found = getattr(transformers, name, None)
        if isinstance(found, type) and issubclass(found, PreTrainedModel):
            return found if isinstance(config, found.config_class or ()) else None
    return None
