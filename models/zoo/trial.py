"""The trial of a model of the library, when it is loaded: is what it shows its own?

A model is shown only if
    every tensor that its run uses came from the checkpoint,
    a last vector comes out for every token, and it is finite,
    a text of its limit runs,
    what is captured equals its own eager attention, on a short text and on a long one.
Otherwise UnsupportedModel says which of these is not so, and what its owner can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import PreTrainedModel
from transformers.utils.generic import ModelOutput

from headlight.models.capture.comparison import without_cache
from headlight.models.capture.module_state import ModuleState
from headlight.models.capture.prepare import Captured, Longer, prepare
from headlight.models.core.errors import UnsupportedModel, first_line
from headlight.models.core.messages import Message
from headlight.models.zoo.checkpoint import Checkpoint
from headlight.models.zoo.examples import Examples

SCREENFUL = 128  # tokens
SAVE_WHOLE = Message(
    "Save the model again with save_pretrained(folder), from the model itself (of one trained "
    "with DataParallel: model.module)."
)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What a trial found: the model made ready, the most tokens that it may be asked to read,
    the arguments by which its last vectors come out, those of the short example, and whether its
    heads have sinks."""

    captured: Captured
    limit: int
    arguments: Mapping[str, Any]
    last: Float[Tensor, "pos d_model"]
    sinks: bool

    def patterns(self, examples: Examples) -> list[Float[Tensor, "head query_pos key_pos"]]:
        """Every pattern of a sentence, and of a screenful of text where the model reads as much."""
        lengths = {min(SCREENFUL, self.limit)} - set(range(examples.shortest))
        texts = [examples.short, *(examples.of_length(count) for count in lengths)]
        with torch.inference_mode():
            return [
                site.pattern(slice(None))
                for text in texts
                for site in self.captured.run(**text, **self.arguments)[0]
            ]


def try_out(name: str, checkpoint: Checkpoint, examples: Examples, limit: int) -> Trial:
    """Everything that the head of this module says. Raises UnsupportedModel.

    `limit` is what the config and the tokenizer say; fewer tokens may be found to run.
    """
    model = checkpoint.model.eval().requires_grad_(False)
    state = ModuleState(model)
    _spoil(model, checkpoint.missing)
    arguments = _arguments(name, model, examples.short, state)
    last = last_vectors(_run(model, examples.short, arguments, state))[0]
    if not bool(last.isfinite().all()):
        raise _unfinished(name, checkpoint, model)
    limit = _longest(model, examples, limit, state)
    captured = prepare(model, examples.short, Longer(examples.of_length, limit))
    if captured.other_from is not None:
        limit = captured.other_from - 1
    sites, _ = captured.run(**examples.short, **arguments)
    return Trial(captured, limit, arguments, last, any(site.sinks is not None for site in sites))


def last_vectors(output: ModelOutput) -> Float[Tensor, "row pos d_model"]:
    """The last vector of every token of the tower that speaks. Raises KeyError."""
    for name in ("decoder_hidden_states", "last_hidden_state", "hidden_states"):
        found = output.get(name)
        if found is not None:
            last: Tensor = found if isinstance(found, Tensor) else found[-1]
            return last
    raise KeyError("last_hidden_state")


def _spoil(model: PreTrainedModel, missing: tuple[str, ...]) -> None:
    """NaN in every tensor that no file held, so that a run which uses one cannot hide it."""
    for name in missing:
        try:
            tensor = model.get_parameter(name)
        except AttributeError:
            continue
        if tensor.is_floating_point():
            tensor.data.fill_(torch.nan)


def _arguments(
    name: str, model: PreTrainedModel, example: Mapping[str, Any], state: ModuleState
) -> Mapping[str, Any]:
    """What to ask a run for, beside the text, so that its last vectors come out."""
    count = next(
        example[each].shape[1] for each in ("decoder_input_ids", "input_ids") if each in example
    )
    for arguments in ({}, {"output_hidden_states": True}):
        try:
            last = last_vectors(_run(model, example, arguments, state))
        except KeyError:
            continue
        except Exception as error:  # whatever its own code raises where it wants something else
            raise UnsupportedModel(
                Message(
                    "{name} ({architecture}) does not run on text alone ({error})",
                    name=name,
                    architecture=type(model).__name__,
                    error=first_line(error),
                )
            ) from error
        if last.dim() == 3 and last.shape[1] == count:
            return arguments
    raise UnsupportedModel(
        Message(
            "{name} ({architecture}) gives no last vector for each of its tokens",
            name=name,
            architecture=type(model).__name__,
        )
    )


def _run(
    model: PreTrainedModel,
    example: Mapping[str, Any],
    arguments: Mapping[str, Any],
    state: ModuleState,
) -> ModelOutput:
    """A run as the first that the model makes."""
    state.restore()
    try:
        with torch.inference_mode():
            output: ModelOutput = model(**{**without_cache(model), **example, **arguments})
    finally:
        state.restore()
    return output


def _longest(model: PreTrainedModel, examples: Examples, limit: int, state: ModuleState) -> int:
    """The most tokens, up to `limit`, of a text that the model runs on: it was tried."""

    def runs(count: int) -> bool:
        try:
            _run(model, examples.of_length(count), {}, state)
        except (IndexError, RuntimeError, ValueError, AssertionError):
            return False
        return True

    if runs(limit):
        return limit
    fits, fails = examples.shortest, limit
    while fails - fits > 1:
        count = (fits + fails) // 2
        fits, fails = (count, fails) if runs(count) else (fits, count)
    return fits


def _unfinished(name: str, checkpoint: Checkpoint, model: PreTrainedModel) -> UnsupportedModel:
    """Why a run gives NaN: tensors that no file held, or weights that overflow."""
    missing, unexpected = checkpoint.missing, checkpoint.unexpected
    if not missing:
        broken = [key for key, weight in model.named_parameters() if not weight.isfinite().all()]
        return UnsupportedModel(
            Message(
                "a run of {name} gives NaN; {tensor} holds NaN or infinity",
                name=name,
                tensor=broken[0],
            )
            if broken
            else Message("a run of {name} gives NaN", name=name),
            remedy=Message("Mend the weights, or choose another model."),
        )
    total = sum(1 for _ in model.parameters())
    lacking = Message(
        "{count} of the {total} tensors that {name} ({architecture}) is made of are not in its "
        "files, and its run uses them: {tensors}",
        count=len(missing),
        total=total,
        name=name,
        architecture=type(model).__name__,
        tensors=", ".join(missing[:3]) + (" ..." if len(missing) > 3 else ""),
    )
    return UnsupportedModel(
        Message(
            "{lacking}; the files hold {others} instead",
            lacking=lacking,
            others=", ".join(unexpected[:2]),
        )
        if unexpected
        else lacking,
        remedy=SAVE_WHOLE,
    )
