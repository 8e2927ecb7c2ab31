"""What a folder of weights holds, and the one reason why it cannot be read.

`check_folder` looks at files only: it costs milliseconds, so that /models can tell of a folder
before anybody asks for it. `read_config` makes the library's configuration of it. Both raise
UnsupportedModel, whose reason is what was found and whose remedy is what its owner can do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from safetensors import SafetensorError, safe_open
from transformers import CONFIG_MAPPING, AutoConfig, PreTrainedConfig

from headlight.models.core.errors import UnsupportedModel, first_line
from headlight.models.core.messages import Message, excerpt
from headlight.models.small.config import MODEL_TYPE

WEIGHTS = "model*.safetensors"
MOST_FILES = 3  # that one message names
INDEX = "model.safetensors.index.json"
SAVE = Message(
    "Save it there with model.save_pretrained(folder) and tokenizer.save_pretrained(folder)."
)

# Weights in formats that are not read: the pattern, and what the format is.
_OTHER_WEIGHTS = (
    ("*.bin", Message("pickled weights")),
    ("*.pt", Message("pickled weights")),
    ("*.pth", Message("pickled weights")),
    ("*.ckpt", Message("pickled weights")),
    ("*.gguf", Message("GGUF weights")),
    ("*.onnx", Message("an ONNX graph")),
    ("tf_model.h5", Message("TensorFlow weights")),
    ("flax_model.msgpack", Message("Flax weights")),
)
_ADAPTER = "adapter_config.json"


def check_folder(name: str, folder: Path) -> Mapping[str, Any]:
    """The folder's config.json, if its files are a checkpoint that may be read.

    Raises UnsupportedModel.
    """
    if (folder / _ADAPTER).is_file() and not any(folder.glob(WEIGHTS)):
        raise UnsupportedModel(
            Message(
                "{name} is an adapter (adapter_config.json), which holds changes to another "
                "model's weights and not the weights",
                name=name,
            ),
            remedy=Message(
                "Merge it with peft's merge_and_unload(), and save the merged model and its "
                "tokenizer with save_pretrained(folder)."
            ),
        )
    config = _read_json(name, folder / "config.json", remedy=SAVE)
    _check_weights(name, folder)
    if config.get("model_type") != MODEL_TYPE:
        _check_kind(name, config)
    return config


def read_config(name: str, folder: Path) -> PreTrainedConfig:
    """The library's configuration of the folder. Raises UnsupportedModel."""
    try:
        config: PreTrainedConfig = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # whatever a value of the wrong kind makes the library raise
        raise UnsupportedModel(
            Message(
                "config.json of {name} holds what transformers cannot read ({error})",
                name=name,
                error=first_line(error),
            ),
            remedy=Message(
                "Mend that entry, or save the model again with save_pretrained(folder)."
            ),
        ) from error
    return config


def _read_json(name: str, path: Path, *, remedy: Message) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnsupportedModel(
            Message("the folder of {name} holds no {file}", name=name, file=path.name),
            remedy=remedy,
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise UnsupportedModel(
            Message(
                "{file} of {name} cannot be read as JSON ({error})",
                file=path.name,
                name=name,
                error=first_line(error),
            ),
            remedy=remedy,
        ) from None
    if not isinstance(found, dict):
        raise UnsupportedModel(
            Message("{file} of {name} is no JSON object", file=path.name, name=name),
            remedy=remedy,
        )
    return found


def _check_weights(name: str, folder: Path) -> None:
    """Raises UnsupportedModel unless safetensors are there, whole and inside the folder."""
    index = folder / INDEX
    if index.is_file():
        listed = _read_json(
            name, index, remedy=Message("Copy it again from where the model came from.")
        )
        shards = listed.get("weight_map")
        if not isinstance(shards, dict) or not all(isinstance(s, str) for s in shards.values()):
            raise UnsupportedModel(
                Message(
                    "{index} of {name} has no weight_map of tensors to files",
                    index=INDEX,
                    name=name,
                ),
                remedy=SAVE,
            )
        files = sorted(set(shards.values()))
        outside = [
            shard for shard in files if PurePosixPath(shard).parts != (shard,) or "\\" in shard
        ]
        if outside:
            raise UnsupportedModel(
                Message(
                    "{index} of {name} names {outside}, which is not a file of that folder",
                    index=INDEX,
                    name=name,
                    outside=repr(outside[0][:80]),
                ),
                remedy=Message("Keep all shards beside their index, and name them without a path."),
            )
        missing = [shard for shard in files if not (folder / shard).is_file()]
        if missing:
            raise UnsupportedModel(
                Message(
                    "{count} of the {all} files that hold the weights of {name} are missing: "
                    "{files}",
                    count=len(missing),
                    all=len(files),
                    name=name,
                    files=excerpt(missing[:MOST_FILES], len(missing)),
                ),
                remedy=Message("Copy them into the folder too."),
            )
    else:
        files = sorted(path.name for path in folder.glob(WEIGHTS))
        if not files:
            raise _no_weights(name, folder)
        if "model.safetensors" not in files:
            raise UnsupportedModel(
                Message(
                    "{name} holds {files} without {index}, which says which tensor is in which",
                    name=name,
                    files=excerpt(files[:MOST_FILES], len(files)),
                    index=INDEX,
                ),
                remedy=Message("Copy the index into the folder too."),
            )
        files = ["model.safetensors"]
    for file in files:
        try:
            with safe_open(folder / file, "pt"):
                pass
        except (SafetensorError, OSError) as error:
            raise UnsupportedModel(
                Message(
                    "{file} of {name} is cut short or no safetensors file ({error})",
                    file=file,
                    name=name,
                    error=first_line(error),
                ),
                remedy=Message("Copy it again from where it came from."),
            ) from None


def _no_weights(name: str, folder: Path) -> UnsupportedModel:
    for pattern, what in _OTHER_WEIGHTS:
        others = sorted(path.name for path in folder.glob(pattern))
        if others:
            return UnsupportedModel(
                Message(
                    "the folder of {name} holds {what} ({others}) and no safetensors; nothing else "
                    "is read",
                    name=name,
                    what=what,
                    others=excerpt(others[:MOST_FILES], len(others)),
                ),
                remedy=Message(
                    "Convert it where you trust it: load it there with from_pretrained, then "
                    "save_pretrained(folder) writes safetensors."
                ),
            )
    return UnsupportedModel(
        Message("the folder of {name} holds no {weights}", name=name, weights=WEIGHTS), remedy=SAVE
    )


def _check_kind(name: str, config: Mapping[str, Any]) -> None:
    """Raises UnsupportedModel for a model that the library cannot make as it stands."""
    quantised = config.get("quantization_config")
    if quantised is not None:
        method = quantised.get("quant_method") if isinstance(quantised, dict) else None
        raise UnsupportedModel(
            Message(
                "the weights of {name} are quantised ({method}), and are not computed with as they "
                "are",
                name=name,
                method=method or Message("by a method that is not named"),
            ),
            remedy=Message(
                "Dequantise it (model.dequantize() in transformers) and save it in float32."
            ),
        )
    kind = config.get("model_type")
    if kind in CONFIG_MAPPING:
        return
    if "auto_map" in config:
        raise UnsupportedModel(
            Message(
                "{name} is made by Python code of its own folder (auto_map), which is never run",
                name=name,
            ),
            remedy=Message("Choose a model whose architecture is part of transformers."),
        )
    if not kind:
        raise UnsupportedModel(
            Message(
                "config.json of {name} names no model_type, so that nothing tells what its "
                "weights are",
                name=name,
            ),
            remedy=Message(
                'Add it, such as "model_type": "bert", or save the model again with '
                "save_pretrained(folder)."
            ),
        )
    raise UnsupportedModel(
        Message(
            "model_type {kind} of {name} is none that this transformers knows",
            kind=repr(str(kind)[:80]),
            name=name,
        ),
        remedy=Message("Install a newer transformers, or choose another model."),
    )
